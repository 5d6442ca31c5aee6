//! The search that keeps its words out of addresses: a page's search box posts them, and the page is asked for with sealed ones.

use maud::{Markup, html};

use crate::components::{Button, Field, PageContext, csrf_field};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// The pages with a search box for patients.
const PAGES: [&str; 3] = ["/patients", "/charges/new", "/schedule/book"];
/// What else their addresses keep: ids, dates and times.
const KEPT: [&str; 4] = ["provider", "date", "time", "location"];

/// The search box of the page at `to`, which keeps what `kept` says.
pub(crate) fn find_form(cx: &PageContext, to: &str, kept: &[(&str, &str)], label: &str, words: &str) -> Markup {
    html! {
        form.form.inline method="post" action="/find/words" role="search" {
            (csrf_field(cx))
            input type="hidden" name="to" value=(to);
            @for (name, value) in kept { @if plain(value) { input type="hidden" name=(name) value=(value); } }
            (Field::search("q", label).value(words).autofocus())
            (Button::submit("Find").primary())
        }
    }
}

/// `POST /find/words`: `to`, `q`, and what the page keeps.
pub(super) fn words(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let to = PAGES.iter().find(|page| **page == ask.field("to"));
    let to = to.ok_or(Failure::BadRequest("no page of patients has this address"))?;
    let sealed = match ask.field("q").trim() {
        "" => String::new(),
        words => web.app.seal_words(ask.cx()?, words)?,
    };
    let kept = KEPT.iter().map(|name| (*name, ask.field(name))).filter(|(_, value)| plain(value));
    let pairs: Vec<String> =
        std::iter::once(("w", sealed.as_str())).chain(kept).map(|(name, value)| format!("{name}={value}")).collect();
    Ok(Reply::see(format!("{to}?{}", pairs.join("&"))))
}

/// What is looked for: sealed words, or plain ones that somebody typed into the address.
pub(crate) fn looked_for(web: &Web, ask: &Ask) -> Result<String, Failure> {
    Ok(match ask.query("w") {
        "" => ask.query("q").to_owned(),
        sealed => web.app.open_words(ask.cx()?, sealed).unwrap_or_default(),
    })
}

/// Whether a text is an id, a date or a time, and so may stand in an address.
pub(crate) fn plain(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | ':'))
}
