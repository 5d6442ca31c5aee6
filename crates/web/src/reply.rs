//! What handlers answer with.

use http::StatusCode;
use maud::Markup;

/// An answer. Pages are made from disclosed values only, so their event is durable before a byte of this exists.
#[derive(Debug)]
pub enum Reply {
    /// A page or a part of one.
    Html(StatusCode, Markup),
    /// Go there next, with GET.
    See(String),
    /// A file to save.
    File {
        /// The name to save it under.
        name: String,
        /// What it is.
        mime: &'static str,
        /// Its bytes.
        bytes: Vec<u8>,
    },
    /// What a script of ours reads: JSON.
    Json(String),
    /// The same with cookies to set: name and value, an empty value clears.
    Cookies(Box<Reply>, Vec<(&'static str, String)>),
    /// The same with headers, by lower-case name: what the browser's part of the session listens to.
    Headers(Box<Reply>, Vec<(&'static str, String)>),
}

impl Reply {
    /// A page.
    pub fn page(markup: Markup) -> Self {
        Self::Html(StatusCode::OK, markup)
    }

    /// Done, and there is nothing to show: 204.
    pub fn nothing() -> Self {
        Self::Html(StatusCode::NO_CONTENT, Markup::default())
    }

    /// A form that came back with faults: 422, which htmx swaps too.
    pub fn again(markup: Markup) -> Self {
        Self::Html(StatusCode::UNPROCESSABLE_ENTITY, markup)
    }

    /// The browser drops what it kept of pages, those behind its Back button too. Its storage holds nothing about anybody.
    #[must_use]
    pub fn forgotten(self) -> Self {
        Self::Headers(Box::new(self), vec![("clear-site-data", "\"cache\"".to_owned())])
    }

    /// Go there next.
    pub fn see(path: impl Into<String>) -> Self {
        Self::See(path.into())
    }
}
