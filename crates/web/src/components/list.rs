//! Lists of what needs somebody, and hints about keys.

use maud::{Markup, html};

use super::{Icon, Tone, icon, tag};

/// One thing that needs somebody: what, where to do it, and the worst case in a line.
#[derive(Clone, Debug)]
pub struct Attention {
    /// How pressing it is.
    pub tone: Tone,
    /// The drawing before it.
    pub icon: Icon,
    /// What it is, as a sentence; the link's text.
    pub text: String,
    /// Where to do something about it.
    pub href: String,
    /// A status word behind it.
    pub status: Option<(Tone, String)>,
    /// The worst item, the owner, the date.
    pub detail: Option<String>,
}

/// The list of what needs somebody.
pub fn attention_list(title: &str, items: &[Attention]) -> Markup {
    html! {
        section.card.att aria-label=(title) {
            h2 { (title) }
            ul {
                @for item in items {
                    li {
                        span.(item.tone.class()) { (icon(item.icon)) }
                        span {
                            a href=(item.href) { (item.text) }
                            @if let Some((tone, word)) = &item.status { " " (tag(*tone, word)) }
                            @if let Some(detail) = &item.detail { br; span.sub { (detail) } }
                        }
                    }
                }
            }
        }
    }
}

/// A hint about keys, shown on a person's first visits: `keys` are pairs of a key and what it does.
pub fn key_hint(name: &str, keys: &[(&str, &str)]) -> Markup {
    html! {
        p.hint.no-print data-hint=(name) hidden {
            @for (key, what) in keys { span { kbd { (key) } " " (what) } }
            button.x type="button" data-hint-away title="Do not show again" { (icon(Icon::X)) span.vh { "Do not show this hint again" } }
        }
    }
}
