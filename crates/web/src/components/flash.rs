//! What just happened, said once.

use maud::{Markup, html};

use super::{Button, Hx, Icon, PageContext, Tone, icon, out_of_band};

/// A message above the page's content.
#[derive(Clone, Debug)]
pub struct Flash {
    /// How it looks.
    pub tone: Tone,
    /// What happened, as a sentence.
    pub text: String,
}

const fn tone_icon(tone: Tone) -> Icon {
    match tone {
        Tone::Ok => Icon::CircleCheck,
        Tone::Warn => Icon::AlertTriangle,
        Tone::Bad => Icon::AlertOctagon,
        Tone::Info | Tone::Violet | Tone::Mute => Icon::InfoCircle,
    }
}

/// A message above the page's content. A bad one interrupts a screen reader, the others wait.
pub fn flash(tone: Tone, body: &Markup) -> Markup {
    let role = if tone == Tone::Bad { "alert" } else { "status" };
    html! {
        div.flash.(tone.class()) role=(role) {
            (icon(tone_icon(tone)))
            div { (body) }
            button.x type="button" data-dismiss title="Put away" { (icon(Icon::X)) span.vh { "Put this message away" } }
        }
    }
}

/// A short message in the corner, with the way back where there is one: `undo` is the request that Undo, or Ctrl+Z, makes.
/// It goes beside the first part of a partial answer.
pub fn toast(cx: &PageContext, text: &str, undo: Option<Hx<'_>>) -> Markup {
    out_of_band(
        cx,
        "toasts",
        &html! {
            div.toast {
                span { (text) }
                @if let Some(undo) = undo { (undo.button(&Button::plain("Undo").small().undo())) }
                button.x type="button" data-dismiss title="Put away" { (icon(Icon::X)) span.vh { "Put this message away" } }
            }
        },
    )
}
