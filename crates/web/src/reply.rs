//! What handlers answer with.

use std::fmt;

use app::device::{Printing, Saving};
use http::StatusCode;
use maud::Markup;

use crate::components::Sheet;
use crate::failure::Failure;
use crate::request::Ask;
use crate::server::Web;

/// An answer. Pages are made from disclosed values only, so their event is durable before a byte of this exists.
#[derive(Debug)]
pub enum Reply {
    /// A page or a part of one.
    Html(StatusCode, Markup),
    /// Go there next, with GET.
    See(String),
    /// Go to another host, which the practice's configuration names.
    Away(String),
    /// What is left to do asks the network.
    Outside(Outside),
    /// A file to save.
    File(SavedFile),
    /// What a script of ours reads: JSON.
    Json(String),
    /// The same with cookies to set: name and value, an empty value clears.
    Cookies(Box<Reply>, Vec<(&'static str, String)>),
    /// The same with headers, by lower-case name: what the browser's part of the session listens to.
    Headers(Box<Reply>, Vec<(&'static str, String)>),
}

/// A file to save. Whoever may not save files has no proof to make one of.
#[derive(Debug)]
pub struct SavedFile {
    name: String,
    mime: &'static str,
    bytes: Vec<u8>,
}

impl SavedFile {
    /// The name to save it under, what it is, and its bytes.
    pub(crate) fn into_parts(self) -> (String, &'static str, Vec<u8>) {
        (self.name, self.mime, self.bytes)
    }
}

/// What is left of a handler when it has to ask the network: done beside the threads that serve pages, few at a time.
pub struct Outside(pub(crate) Rest);

type Rest = Box<dyn FnOnce(&Web, &Ask) -> Result<Reply, Failure> + Send>;

impl fmt::Debug for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Outside")
    }
}

impl Reply {
    /// Goes on with `rest`, which asks the network.
    pub(crate) fn outside(rest: impl FnOnce(&Web, &Ask) -> Result<Self, Failure> + Send + 'static) -> Self {
        Self::Outside(Outside(Box::new(rest)))
    }

    /// A page for paper.
    pub fn printed(_may: &Printing, sheet: Sheet) -> Self {
        Self::page(sheet.markup())
    }

    /// A file to save under this name.
    pub fn file(_may: &Saving, name: String, mime: &'static str, bytes: Vec<u8>) -> Self {
        Self::File(SavedFile { name, mime, bytes })
    }

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
