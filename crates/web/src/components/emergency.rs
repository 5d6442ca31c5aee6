//! The bar over every page while a restricted record is open in an emergency: it never leaves the eye.

use maud::{Markup, html};

use super::{Button, EmergencyBar, Icon, PageContext, clock, form, icon};

/// How long it still lasts, the way to the record, and the way out.
pub(super) fn bar(cx: &PageContext, open: &EmergencyBar) -> Markup {
    html! {
        section.flash.bad.emergency aria-label="Emergency access" {
            (icon(Icon::AlertOctagon))
            p {
                b { "Emergency access is open" } " for one record, to read it. "
                (open.minutes) @if open.minutes == 1 { " minute" } @else { " minutes" } " left, until " (clock(open.ends)) ". "
                "What you look at is recorded and reviewed."
            }
            (Button::link("The record", &open.record).small())
            (form(cx, "/emergency/end", &html! { (Button::submit("End now").small().danger()) }))
        }
    }
}
