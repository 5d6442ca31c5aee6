//! The whole page: head, top bar, side bar, content.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::nav::rail;
use super::{Flash, Icon, Nonce, PageContext, csrf_field, emergency, find, flash, icon, session};
use crate::assets;

/// A script that a page needs beside the ones of every page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Script {
    /// The day's grid.
    Schedule,
    /// Passkeys.
    Passkey,
}

impl Script {
    const fn name(self) -> &'static str {
        match self {
            Self::Schedule => "schedule.js",
            Self::Passkey => "passkey.js",
        }
    }
}

/// The keys of every page.
const KEYS: &[(&str, &str)] = &[
    ("Ctrl K  /", "find a page or patient"),
    ("g then a letter", "go to a page of the side bar"),
    ("j  k", "next and previous row of a list"),
    ("x  Shift X", "select a row, select up to here"),
    ("Enter  e", "open a row, edit it"),
    ("Ctrl Enter", "save the form"),
    ("Ctrl Z", "undo, where it is offered"),
    ("l", "lock now"),
    ("?", "this list"),
];

/// A page in the shell. End with [`render`](Self::render).
#[derive(Debug)]
#[must_use]
pub struct Page<'a> {
    cx: &'a PageContext,
    title: &'a str,
    crumbs: &'a [(&'a str, &'a str)],
    beside: Option<Markup>,
    actions: Option<Markup>,
    flash: Option<&'a Flash>,
    scripts: &'a [Script],
    keys: &'a [(&'a str, &'a str)],
}

impl<'a> Page<'a> {
    /// A page with this heading. The heading is in the window's title too, so it names no patient.
    pub const fn new(cx: &'a PageContext, title: &'a str) -> Self {
        Self { cx, title, crumbs: &[], beside: None, actions: None, flash: None, scripts: &[], keys: &[] }
    }

    /// The pages above this one: words and addresses.
    pub const fn crumbs(mut self, crumbs: &'a [(&'a str, &'a str)]) -> Self {
        self.crumbs = crumbs;
        self
    }

    /// Beside the heading: a badge, a line in `span.sub`, a switch of views.
    pub fn beside(mut self, markup: Markup) -> Self {
        self.beside = Some(markup);
        self
    }

    /// At the right of the heading: buttons, the main one last.
    pub fn actions(mut self, markup: Markup) -> Self {
        self.actions = Some(markup);
        self
    }

    /// What just happened.
    pub const fn flash(mut self, flash: Option<&'a Flash>) -> Self {
        self.flash = flash;
        self
    }

    /// More scripts.
    pub const fn scripts(mut self, scripts: &'a [Script]) -> Self {
        self.scripts = scripts;
        self
    }

    /// The page's own keys, for the list behind `?`.
    pub const fn keys(mut self, keys: &'a [(&'a str, &'a str)]) -> Self {
        self.keys = keys;
        self
    }

    /// The page around its content.
    pub fn render(self, body: &Markup) -> Markup {
        let cx = self.cx;
        html! {
            (DOCTYPE)
            html lang="en" data-theme=(cx.preferences.theme.as_str()) data-singlekeys=(if cx.preferences.single_keys { "on" } else { "off" }) {
                (head(&cx.nonce, self.title, Some(&cx.csrf), self.scripts))
                body {
                    a.skip href="#main" { "Skip to main content" }
                    div.app {
                        (top(cx))
                        (rail(&cx.nav, cx.active))
                        main #main tabindex="-1" {
                            p.print-only { (cx.practice) ". Health information prints from the page's own Print button, which keeps a record." }
                            @if let Some(open) = &cx.emergency { (emergency::bar(cx, open)) }
                            (crumbs(self.crumbs, self.title))
                            div.head {
                                h1 { (self.title) }
                                @if let Some(beside) = &self.beside { (beside) }
                                @if let Some(actions) = &self.actions { div.sp { (actions) } }
                            }
                            div #flash { @if let Some(f) = self.flash { (flash::flash(f.tone, &html! { (f.text) })) } }
                            (body)
                        }
                    }
                    p.flash.bad.toasts.no-print #offline role="alert" hidden {
                        (icon(Icon::AlertOctagon)) "The server does not answer. What you typed is still here; try again in a moment."
                    }
                    div.toasts #toasts role="status" {}
                    div.vh #live role="status" aria-live="polite" {}
                    (find::palette(cx))
                    (keys(self.keys))
                    (session::dialogs(cx))
                }
            }
        }
    }
}

/// A page outside a session: sign in, enrol, an error before anybody is known. The form's own token goes in `body`.
pub fn bare_page(nonce: &Nonce, practice: &str, title: &str, scripts: &[Script], body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" data-theme="auto" {
            (head(nonce, title, None, scripts))
            body {
                div.gate {
                    main #main {
                        p { span.logo { "Wellkept" } br; span.sub { (practice) } }
                        section.card { div.pad.stack { h1 { (title) } (body) } }
                    }
                }
            }
        }
    }
}

/// A page outside the shell that may be printed whole, because no patient is in it: recovery codes.
pub fn bare_sheet(nonce: &Nonce, practice: &str, title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" data-theme="light" {
            (head(nonce, title, None, &[]))
            body.sheet {
                main #main {
                    header.sheet-head { span.sub { (practice) } h1 { (title) } }
                    (body)
                }
            }
        }
    }
}

/// The head: what may run is named with the response's nonce, and nothing comes from anywhere else.
pub(super) fn head(nonce: &Nonce, title: &str, csrf: Option<&str>, scripts: &[Script]) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width,initial-scale=1";
            meta name="referrer" content="same-origin";
            title { (title) " · Wellkept" }
            meta name="htmx-config" content=(PreEscaped(HTMX_CONFIG));
            @if let Some(csrf) = csrf { meta name="csrf" content=(csrf); }
            link rel="icon" href=(assets::url("favicon.svg"));
            link rel="stylesheet" href=(assets::url("app.css"));
            script type="module" src=(assets::url("app.js")) nonce=(nonce.as_str()) {}
            @if csrf.is_some() { script type="module" src=(assets::url("keys.js")) nonce=(nonce.as_str()) {} }
            @for script in scripts { script type="module" src=(assets::url(script.name())) nonce=(nonce.as_str()) {} }
        }
    }
}

/// No style that the policy would block, only our own extension, and Back asks the server again, so that it is recorded.
const HTMX_CONFIG: &str = "{&quot;includeIndicatorCSS&quot;:false,&quot;extensions&quot;:&quot;hx-csp&quot;,&quot;prefix&quot;:&quot;&quot;,&quot;history&quot;:&quot;reload&quot;}";

fn top(cx: &PageContext) -> Markup {
    html! {
        header.top {
            a.logo href="/" { "Wellkept" }
            span.chip.wide { (cx.practice) }
            a.find href="/patients" data-find { (icon(Icon::Search)) span { "Find page or patient" } kbd { "Ctrl K" } }
            (session::clock(cx))
            a.chip.menu href="#rail" { "Menu" }
            a.chip href="/me" { span { span.vh { "Your account: " } (cx.user) span.wide { " · " (cx.role) } } }
            form.no-print method="post" action="/sign-out" { (csrf_field(cx)) button.chip type="submit" { "Sign out" } }
        }
    }
}

fn crumbs(above: &[(&str, &str)], title: &str) -> Markup {
    html! {
        @if !above.is_empty() {
            nav.crumbs aria-label="Breadcrumb" {
                ol {
                    @for (words, href) in above { li { a href=(href) { (words) } } }
                    li aria-current="page" { (title) }
                }
            }
        }
    }
}

fn keys(own: &[(&str, &str)]) -> Markup {
    html! {
        button.vh type="button" data-open="keys" aria-keyshortcuts="?" tabindex="-1" { "Keys of this page" }
        (super::dialog("keys", "Keys", &html! {
            dl.keys {
                @for (key, what) in own.iter().chain(KEYS) { dt { kbd { (key) } } dd { (what) } }
            }
        }, None, false))
    }
}
