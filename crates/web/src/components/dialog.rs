//! Dialogs: the browser's own, which keep the focus inside and give it back.

use maud::{Markup, html};

use super::{Icon, icon};

/// A dialog that [`super::Button::opens`] opens by its id. `shown` opens it as it arrives: for a question in a partial.
pub fn dialog(id: &str, title: &str, body: &Markup, footer: Option<&Markup>, shown: bool) -> Markup {
    html! {
        dialog id=(id) aria-labelledby={ (id) "-title" } data-shown=[shown.then_some("")] {
            header {
                h2 id={ (id) "-title" } { (title) }
                button.x type="button" data-close title="Close (Esc)" { (icon(Icon::X)) span.vh { "Close" } }
            }
            div.pad { (body) }
            @if let Some(footer) = footer { footer { (footer) } }
        }
    }
}
