//! What somebody looks for, sealed. Names and birth dates do not stand in addresses: browsers keep those, and show them to whoever
//! uses the PC next. The same person may open the address again.

use crate::{App, Cx, Result};

/// Letters that are looked for at most.
const LONGEST: usize = 80;

impl App {
    /// Words for an address, readable for this person only.
    pub fn seal_words(&self, cx: &Cx, words: &str) -> Result<String> {
        let words: String = words.chars().take(LONGEST).collect();
        Ok(hex::encode(self.store.seal_column(&place(cx), words.as_bytes())?))
    }

    /// The words back; none when they are somebody else's, or damaged.
    pub fn open_words(&self, cx: &Cx, sealed: &str) -> Option<String> {
        let bytes = hex::decode(sealed).ok()?;
        String::from_utf8(self.store.open_column(&place(cx), &bytes).ok()?).ok()
    }
}

fn place(cx: &Cx) -> String {
    format!("search|{}|words", cx.account)
}
