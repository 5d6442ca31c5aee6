//! Buttons and links that look like buttons.

use maud::{Markup, Render, html};

use super::{Icon, icon};

/// A button, or a link that looks like one. Write it into a page with `(Button::submit("Save").primary())`.
#[derive(Clone, Debug)]
#[must_use]
pub struct Button<'a> {
    label: &'a str,
    about: Option<&'a str>,
    href: Option<&'a str>,
    kind: &'static str,
    looks: Vec<&'static str>,
    icon: Option<Icon>,
    bare: bool,
    key: Option<&'static str>,
    name: Option<(&'a str, &'a str)>,
    opens: Option<&'a str>,
    hook: Option<&'static str>,
}

impl<'a> Button<'a> {
    const fn new(label: &'a str, kind: &'static str) -> Self {
        Self {
            label,
            about: None,
            href: None,
            kind,
            looks: Vec::new(),
            icon: None,
            bare: false,
            key: None,
            name: None,
            opens: None,
            hook: None,
        }
    }

    /// Submits its form.
    pub const fn submit(label: &'a str) -> Self {
        Self::new(label, "submit")
    }

    /// A link to another page.
    pub const fn link(label: &'a str, href: &'a str) -> Self {
        let mut this = Self::new(label, "button");
        this.href = Some(href);
        this
    }

    /// Opens the dialog with this id.
    pub const fn opens(label: &'a str, dialog: &'a str) -> Self {
        let mut this = Self::new(label, "button");
        this.opens = Some(dialog);
        this
    }

    /// Closes the dialog it is in.
    pub const fn closes(label: &'a str) -> Self {
        let mut this = Self::new(label, "button");
        this.hook = Some("close");
        this
    }

    /// A plain button, for [`super::Hx::button`].
    pub const fn plain(label: &'a str) -> Self {
        Self::new(label, "button")
    }

    /// The one main action of a page or form.
    pub fn primary(self) -> Self {
        self.look("pri")
    }

    /// An act that takes something away.
    pub fn danger(self) -> Self {
        self.look("danger")
    }

    /// Without a border.
    pub fn quiet(self) -> Self {
        self.look("quiet")
    }

    /// For rows and bars.
    pub fn small(self) -> Self {
        self.look("sm")
    }

    /// An icon before the label.
    pub const fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    /// Only the icon is drawn; the label is its name and its tooltip.
    pub const fn icon_only(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self.bare = true;
        self
    }

    /// Words for a screen reader after the label, so that no two buttons of a list sound alike: `for claim 48210`.
    pub const fn about(mut self, words: &'a str) -> Self {
        self.about = Some(words);
        self
    }

    /// A single key that presses it.
    pub const fn key(mut self, key: &'static str) -> Self {
        self.key = Some(key);
        self
    }

    /// A name and a value that go with its form.
    pub const fn value(mut self, name: &'a str, value: &'a str) -> Self {
        self.name = Some((name, value));
        self
    }

    /// The target of Ctrl+Z.
    pub const fn undo(mut self) -> Self {
        self.hook = Some("undo");
        self
    }

    fn look(mut self, class: &'static str) -> Self {
        self.looks.push(class);
        self
    }

    pub(super) fn class(&self) -> String {
        let mut class = String::from("btn");
        for look in &self.looks {
            class.push(' ');
            class.push_str(look);
        }
        class
    }

    pub(super) const fn key_name(&self) -> Option<&'static str> {
        self.key
    }

    pub(super) fn is_undo(&self) -> bool {
        self.hook == Some("undo")
    }

    pub(super) fn inside(&self) -> Markup {
        html! {
            @if let Some(i) = self.icon { (icon(i)) }
            @if self.bare { span.vh { (self.label) } } @else { (self.label) }
            @if let Some(words) = self.about { span.vh { " " (words) } }
            @if let Some(key) = self.key { kbd { (key) } }
        }
    }
}

impl Render for Button<'_> {
    fn render(&self) -> Markup {
        let title = self.bare.then_some(self.label);
        let class = self.class();
        if let Some(href) = self.href {
            return html! { a class=(class) href=(href) title=[title] aria-keyshortcuts=[self.key] { (self.inside()) } };
        }
        let hook = |name| (self.hook == Some(name)).then_some("");
        html! {
            button class=(class) type=(self.kind) title=[title] aria-keyshortcuts=[self.key]
                name=[self.name.map(|n| n.0)] value=[self.name.map(|n| n.1)]
                data-open=[self.opens] data-close=[hook("close")] data-undo=[hook("undo")] { (self.inside()) }
        }
    }
}
