//! An empty place says why it is empty and what to do.

use maud::{Markup, html};

use super::{Button, Icon, icon};

/// One sentence on why nothing is here, and the one thing to do about it.
pub fn empty_state(drawing: Icon, title: &str, why: &str, action: Option<&Button<'_>>) -> Markup {
    html! {
        div.empty { (icon(drawing)) h2 { (title) } p { (why) } @if let Some(button) = action { (button) } }
    }
}
