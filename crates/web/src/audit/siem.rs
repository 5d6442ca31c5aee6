//! Who is sent the log, and how far they got.

use app::audit::{Handed, Strip};
use maud::{Markup, html};

use crate::components::{Table, TableColumn, Tone, card, flash, instant, tag};
use crate::server::Web;

/// What must be seen first: somebody who watches the log from elsewhere sees an old one.
pub(super) fn alarm(strip: &Strip) -> Markup {
    let behind: Vec<&Handed> = strip.siem.iter().filter(|one| one.behind).collect();
    html! {
        @if !behind.is_empty() {
            (flash(Tone::Bad, &html! {
                strong { "The log is not handed over." }
                @for one in behind { p { (one.receiver.name) ": " (why(one)) "." } }
            }))
        }
    }
}

pub(super) fn receivers(web: &Web, strip: &Strip) -> Markup {
    if strip.siem.is_empty() {
        return html! {};
    }
    let size = u64::try_from(strip.size).unwrap_or(0);
    let columns = [TableColumn::text("To whom"), TableColumn::text("Handed over"), TableColumn::text("State")];
    let rows = html! {
        @for one in &strip.siem {
            @let left = size.saturating_sub(one.receiver.next);
            tr {
                td { (one.receiver.name) }
                td {
                    @if left == 0 { "all " (size) " entries" } @else { (one.receiver.next) " entries, " (left) " wait" }
                    span.sub { "last complete " (instant(one.receiver.caught_up_at.timestamp(), &web.zone)) }
                }
                td {
                    @if one.behind { (tag(Tone::Bad, "Behind")) }
                    @else if one.receiver.said.is_empty() { (tag(Tone::Ok, "In step")) }
                    @else { (tag(Tone::Warn, "Not reached")) }
                    @if !one.receiver.said.is_empty() { span.sub { (one.receiver.said) } }
                }
            }
        }
    };
    card(
        "Sent elsewhere",
        &html! {
            (Table::new("Systems that are sent the log", &columns).rows(&rows))
            div.pad {
                p.sub {
                    "Each entry, in its order, without names, dates of birth and reasons; a patient is a hash that only this practice can make. "
                    "Handed over means that the other end took all of it; not that it kept it."
                }
            }
        },
    )
}

fn why(one: &Handed) -> &str {
    if one.receiver.said.is_empty() { "more was recorded than it takes" } else { &one.receiver.said }
}
