//! What just happened, said once.

use maud::{Markup, html};

use super::{Button, Hx, Icon, PageContext, Tone, icon};

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

/// A short message in the corner, with the way back where there is one. A partial swaps it into `#toasts`, out of band.
pub fn toast(cx: &PageContext, text: &str, undo: Option<&str>) -> Markup {
    html! {
        div #toasts .toasts hx-nonce=(cx.nonce.as_str()) hx-swap-oob="innerHTML" {
            div.toast {
                span { (text) }
                @if let Some(url) = undo { (Hx::post(cx, url).target("#main").button(&Button::plain("Undo").small().undo())) }
                button.x type="button" data-dismiss title="Put away" { (icon(Icon::X)) span.vh { "Put this message away" } }
            }
        }
    }
}
