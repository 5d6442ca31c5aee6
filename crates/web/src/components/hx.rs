//! The only place that writes an htmx attribute. The browser's extension ignores any that does not carry the response's
//! nonce, so markup that somebody smuggled into a page stays dead.

use std::borrow::Cow;

use maud::{Markup, html};

use super::form::csrf_field;
use super::{Button, PageContext};

/// How an answer takes its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Swap {
    /// Replaces what is inside the target.
    Inner,
    /// Replaces the target.
    Outer,
    /// Changes the target to match, keeping focus and what was typed.
    Morph,
    /// Adds after the target's last child.
    Append,
    /// Removes the target.
    Delete,
    /// Changes nothing; the answer acts by its headers.
    None,
}

impl Swap {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Inner => "innerHTML",
            Self::Outer => "outerHTML",
            Self::Morph => "outerMorph",
            Self::Append => "beforeend",
            Self::Delete => "delete",
            Self::None => "none",
        }
    }
}

/// When a request goes out. Without one: a form on submit, a field on change, anything else on click.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// When the page or the partial has come: for slow panels.
    Load,
    /// When it scrolls into view.
    Revealed,
    /// While somebody types, after a pause.
    Typing,
    /// A filter form: on change, while typing, and on submit.
    Filter,
    /// Every so many seconds. A poll is not activity and does not keep a session alive.
    Every(u16),
}

impl Trigger {
    fn text(self) -> Cow<'static, str> {
        match self {
            Self::Load => "load".into(),
            Self::Revealed => "intersect once".into(),
            Self::Typing => "input changed delay:200ms".into(),
            Self::Filter => "change, submit, input changed delay:300ms".into(),
            Self::Every(seconds) => format!("every {seconds}s").into(),
        }
    }
}

/// A request that a part of the page makes, and where its answer goes. End with [`form`](Self::form),
/// [`button`](Self::button), [`link`](Self::link), [`region`](Self::region) or [`search`](Self::search).
#[derive(Clone, Debug)]
#[must_use]
pub struct Hx<'a> {
    cx: &'a PageContext,
    post: bool,
    url: &'a str,
    target: Option<&'a str>,
    swap: Option<Swap>,
    trigger: Option<Trigger>,
    select: Option<&'a str>,
    confirm: Option<&'a str>,
    include: Option<&'a str>,
    sync: Option<&'a str>,
    push: bool,
    id: Option<&'a str>,
    class: Option<&'a str>,
}

impl<'a> Hx<'a> {
    const fn new(cx: &'a PageContext, post: bool, url: &'a str) -> Self {
        Self {
            cx,
            post,
            url,
            target: None,
            swap: None,
            trigger: None,
            select: None,
            confirm: None,
            include: None,
            sync: None,
            push: false,
            id: None,
            class: None,
        }
    }

    /// Asks for `url`.
    pub const fn get(cx: &'a PageContext, url: &'a str) -> Self {
        Self::new(cx, false, url)
    }

    /// Posts to `url`. The token against forged requests goes along, in the form or as a header.
    pub const fn post(cx: &'a PageContext, url: &'a str) -> Self {
        Self::new(cx, true, url)
    }

    /// The element that the answer goes to, as a selector: `#claims`, `closest tr`. Without one: this element.
    pub const fn target(mut self, selector: &'a str) -> Self {
        self.target = Some(selector);
        self
    }

    /// How the answer takes its place. Without one: inside.
    pub const fn swap(mut self, swap: Swap) -> Self {
        self.swap = Some(swap);
        self
    }

    /// When it goes out.
    pub const fn trigger(mut self, trigger: Trigger) -> Self {
        self.trigger = Some(trigger);
        self
    }

    /// Takes only this part of the answer, so that a full page can serve as a partial.
    pub const fn select(mut self, selector: &'a str) -> Self {
        self.select = Some(selector);
        self
    }

    /// Asks before it goes out. Only for sending claims, exports, merges and changes of role; the rest can be undone.
    pub const fn confirm(mut self, question: &'a str) -> Self {
        self.confirm = Some(question);
        self
    }

    /// Sends these fields along.
    pub const fn include(mut self, selector: &'a str) -> Self {
        self.include = Some(selector);
        self
    }

    /// A newer request from the same place replaces one under way.
    pub const fn latest(mut self) -> Self {
        self.sync = Some("this:replace");
        self
    }

    /// The address bar follows. Never for an address that holds a patient's name.
    pub const fn push_url(mut self) -> Self {
        self.push = true;
        self
    }

    /// The element's id.
    pub const fn id(mut self, id: &'a str) -> Self {
        self.id = Some(id);
        self
    }

    /// The element's class.
    pub const fn class(mut self, class: &'a str) -> Self {
        self.class = Some(class);
        self
    }

    /// A form that also works without scripts. A posting one carries the token.
    pub fn form(self, body: &Markup) -> Markup {
        let h = self.attributes();
        html! {
            form id=[self.id] class=[self.class] method=(if self.post { "post" } else { "get" }) action=(self.url)
                hx-nonce=(h.nonce) hx-get=[h.get] hx-post=[h.post] hx-target=[self.target] hx-swap=[h.swap] hx-trigger=[h.trigger]
                hx-select=[self.select] hx-confirm=[self.confirm] hx-include=[self.include] hx-sync=[self.sync] hx-push-url=[h.push] {
                @if self.post { (csrf_field(self.cx)) }
                (body)
            }
        }
    }

    /// A button outside a form.
    pub fn button(self, button: &Button<'_>) -> Markup {
        let h = self.attributes();
        html! {
            button id=[self.id] class=(button.class()) type="button" aria-keyshortcuts=[button.key_name()] data-undo[button.is_undo()]
                hx-nonce=(h.nonce) hx-get=[h.get] hx-post=[h.post] hx-target=[self.target] hx-swap=[h.swap] hx-trigger=[h.trigger]
                hx-select=[self.select] hx-confirm=[self.confirm] hx-include=[self.include] hx-sync=[self.sync] hx-push-url=[h.push] {
                (button.inside())
            }
        }
    }

    /// A link that also works without scripts.
    pub fn link(self, body: &Markup) -> Markup {
        let h = self.attributes();
        html! {
            a id=[self.id] class=[self.class] href=(self.url)
                hx-nonce=(h.nonce) hx-get=[h.get] hx-target=[self.target] hx-swap=[h.swap] hx-trigger=[h.trigger]
                hx-select=[self.select] hx-include=[self.include] hx-sync=[self.sync] hx-push-url=[h.push] { (body) }
        }
    }

    /// A part of the page that loads or polls; `body` is shown until the answer comes.
    pub fn region(self, body: &Markup) -> Markup {
        let h = self.attributes();
        html! {
            div id=[self.id] class=[self.class]
                hx-nonce=(h.nonce) hx-get=[h.get] hx-post=[h.post] hx-target=[self.target] hx-swap=[h.swap] hx-trigger=[h.trigger]
                hx-select=[self.select] hx-include=[self.include] hx-sync=[self.sync] hx-headers=[h.headers] { (body) }
        }
    }

    /// A search field that asks while somebody types: `name` is what it sends, `label` what a screen reader says.
    pub fn search(self, name: &str, label: &str, value: &str) -> Markup {
        let h = self.attributes();
        html! {
            input id=[self.id] class=(self.class.unwrap_or("input")) type="search" name=(name) aria-label=(label) value=(value) autocomplete="off"
                hx-nonce=(h.nonce) hx-get=[h.get] hx-post=[h.post] hx-target=[self.target] hx-swap=[h.swap] hx-trigger=[h.trigger]
                hx-select=[self.select] hx-include=[self.include] hx-sync=[self.sync];
        }
    }

    /// The find box's field, in [`super::find`].
    pub(super) fn find_input(self, label: &str, list: &str) -> Markup {
        let h = self.attributes();
        html! {
            input type="text" name="q" role="combobox" aria-expanded="true" aria-controls=(list) aria-autocomplete="list" aria-label=(label)
                placeholder=(label) autocomplete="off" spellcheck="false" maxlength="80" autofocus
                hx-nonce=(h.nonce) hx-get=[h.get] hx-post=[h.post] hx-target=[self.target] hx-swap=[h.swap] hx-trigger=[h.trigger] hx-sync=[self.sync];
        }
    }

    fn attributes(&self) -> Attributes<'a> {
        Attributes {
            nonce: self.cx.nonce.as_str(),
            get: (!self.post).then_some(self.url),
            post: self.post.then_some(self.url),
            swap: self.swap.map(Swap::as_str),
            trigger: self.trigger.map(Trigger::text),
            push: self.push.then_some("true"),
            headers: matches!(self.trigger, Some(Trigger::Every(_))).then_some(POLL),
        }
    }
}

/// The attributes whose text is worked out.
struct Attributes<'a> {
    nonce: &'a str,
    get: Option<&'a str>,
    post: Option<&'a str>,
    swap: Option<&'static str>,
    trigger: Option<Cow<'static, str>>,
    push: Option<&'static str>,
    headers: Option<&'static str>,
}

/// Tells the server that the page asks by itself, so that the session's clock goes on.
const POLL: &str = r#"{"Wellkept-Poll":"1"}"#;

/// A second part of a partial answer: it replaces what is inside the page's element with this id, wherever the first part goes.
pub fn out_of_band(cx: &PageContext, id: &str, body: &Markup) -> Markup {
    html! { div id=(id) hx-nonce=(cx.nonce.as_str()) hx-swap-oob="innerHTML" { (body) } }
}

#[cfg(test)]
mod tests;
