//! Tabs that are links, because each view has an address of its own.

use maud::{Markup, html};

/// One view.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Tab<'a> {
    /// Its name.
    pub label: &'a str,
    /// Its address.
    pub href: &'a str,
    /// How many things are in it.
    pub count: Option<u64>,
    /// And perhaps more: nobody counted on.
    pub more: bool,
    /// It is the one shown.
    pub current: bool,
}

impl<'a> Tab<'a> {
    /// A view without a count.
    pub const fn new(label: &'a str, href: &'a str, current: bool) -> Self {
        Self { label, href, count: None, more: false, current }
    }

    /// The same with a count.
    pub const fn count(mut self, count: u64) -> Self {
        self.count = Some(count);
        self
    }

    /// There may be more than were counted.
    pub const fn or_more(mut self, more: bool) -> Self {
        self.more = more;
        self
    }
}

/// Views of a list, side by side: `label` says of what.
pub fn tabs(label: &str, tabs: &[Tab<'_>]) -> Markup {
    html! {
        nav.tabs aria-label=(label) {
            @for tab in tabs {
                a href=(tab.href) aria-current=[tab.current.then_some("page")] { (tab.label) @if let Some(n) = tab.count { " " (n) @if tab.more { "+" } } }
            }
        }
    }
}

/// A small switch between a few views: day, week, list.
pub fn segments(label: &str, tabs: &[Tab<'_>]) -> Markup {
    html! {
        div.seg role="group" aria-label=(label) {
            @for tab in tabs { a.btn href=(tab.href) aria-current=[tab.current.then_some("true")] { (tab.label) } }
        }
    }
}
