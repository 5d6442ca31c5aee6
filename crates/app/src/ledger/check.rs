//! The look through the books: each entry with its rows, held against what was posted. It takes as long as the books are
//! long, so it goes on a part at a time beside everything else, and pages show what the last one found.

use domain::audit::Act;
pub use store::ledger::{Check, Checked, Difference};

use crate::{App, Result};

/// Entries in one part. The next checkpoint waits for it, on the same thread.
const PART: u32 = 1000;
/// Seconds between two looks.
const EVERY: i64 = 24 * 3600;

impl App {
    /// Whether the last look through the books is a day old.
    pub fn books_check_is_due(&self) -> Result<bool> {
        let (last, now) = (self.store.read("last look", store::ledger::last_check)?, self.clock.now());
        Ok(last.is_none_or(|last| now.seconds_since(last.at) >= EVERY || last.at > now))
    }

    /// Goes on with a look by a part. Once it has come to the end, what it found is kept, and returned.
    pub fn go_on_with_books(&self, look: &mut Check) -> Result<Option<Checked>> {
        if let Some(next) = self.store.read("books", |tx| look.go_on(tx, PART))? {
            *look = next;
            return Ok(None);
        }
        let (look, event) = (look.clone(), self.system_event(Act::BooksChecked, "books"));
        let kept = self.store.write("books", move |tx| {
            let found = look.keep(tx)?;
            tx.audit(event.clone().with("entries", found.entries).with("broken", found.broken));
            Ok(found)
        })?;
        Ok(Some(kept.value))
    }

    /// Looks through the whole books at once.
    pub fn check_books(&self) -> Result<Checked> {
        let mut look = Check::default();
        loop {
            if let Some(found) = self.go_on_with_books(&mut look)? {
                return Ok(found);
            }
        }
    }
}
