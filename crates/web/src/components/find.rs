//! The find box (Ctrl K, `/`) and the answers the server gives it.

use maud::{Markup, html};

use super::{Hx, Icon, PageContext, Trigger, icon};

/// One answer of `POST /find`.
#[derive(Clone, Debug)]
pub struct FindHit {
    /// Where it leads.
    pub href: String,
    /// The name: `Larsen, Emma`.
    pub title: String,
    /// What tells it from another: date of birth, last visit. Names always go with a date of birth.
    pub detail: String,
}

/// The answer to `POST /find`: options of the find box's list.
pub fn find_results(hits: &[FindHit]) -> Markup {
    html! {
        @for (i, hit) in hits.iter().enumerate() {
            a role="option" id={ "palette-hit-" (i) } href=(hit.href) tabindex="-1" aria-selected="false" {
                (icon(Icon::User)) span { (hit.title) } span.sub { (hit.detail) }
            }
        }
    }
}

/// The dialog itself, once a page.
pub(super) fn palette(cx: &PageContext) -> Markup {
    let label = "Type a page, or a patient's name or date of birth";
    let ask = Hx::post(cx, "/find").target("#palette-found").trigger(Trigger::Typing).latest();
    html! {
        dialog.pal #palette aria-label="Find a page or patient" {
            (ask.find_input(label, "palette-list"))
            div role="listbox" id="palette-list" aria-label="Results" {
                div role="group" id="palette-pages" aria-label="Pages" {}
                div role="group" id="palette-found" aria-label="Patients" {}
            }
            footer { kbd { "↑" } kbd { "↓" } " move" kbd { "Enter" } " open" kbd { "Esc" } " close" }
        }
    }
}
