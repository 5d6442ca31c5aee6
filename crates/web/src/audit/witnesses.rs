//! Who keeps checkpoints of the log elsewhere, what they saw, and when.

use app::audit::Strip;
use app::audit::outside::{Kind, WitnessState, Witnessed};
use domain::Instant;
use maud::{Markup, html};

use crate::components::{Table, TableColumn, Tone, card, flash, instant, tag};
use crate::server::Web;

/// What must be seen first: somebody holds another log than the one that is here.
pub(super) fn alarm(strip: &Strip) -> Markup {
    let contradict: Vec<&Witnessed> =
        strip.witnesses.iter().filter(|w| matches!(w.asked, Some((_, WitnessState::Contradicts)))).collect();
    html! {
        @if !contradict.is_empty() {
            (flash(Tone::Bad, &html! {
                strong { "This is not the log that was seen elsewhere." }
                @for witness in contradict { p { (witness.name) ": " (witness.said) "." } }
                p {
                    "Treat it as an incident. Put the newest copy back, or say why this one is right: "
                    code { "wellkept audit accept-restore --reason TEXT" } "."
                }
            }))
        }
    }
}

pub(super) fn witnesses(web: &Web, strip: &Strip) -> Markup {
    let now = web.app.clock.now();
    let at = |at: Instant| instant(at.timestamp(), &web.zone);
    let columns = [TableColumn::text("Who"), TableColumn::text("Saw"), TableColumn::text("State")];
    let rows = html! {
        @for witness in &strip.witnesses {
            tr {
                td { (capital(&witness.name)) span.sub { (kind(witness.kind)) } }
                td {
                    @match witness.seen {
                        Some((when, size)) => { (saw(size, strip.size)) span.sub { (at(when)) } },
                        None => "nothing yet",
                    }
                }
                td { (state(witness, now)) @if !witness.said.is_empty() { span.sub { (witness.said) } } }
            }
        }
    };
    let alone = strip.witnesses.iter().all(|witness| witness.kind == Kind::Beside);
    card(
        "Seen elsewhere",
        &html! {
            @if !strip.witnesses.is_empty() { (Table::new("Who keeps checkpoints of the log", &columns).rows(&rows)) }
            div.pad.stack {
                @if alone {
                    p {
                        (tag(Tone::Warn, "No witness")) " Nobody but this machine knows how far the log had come. Name a witness or "
                        "a folder on another disk in the configuration."
                    }
                }
                @for restore in &strip.restores {
                    p {
                        (tag(Tone::Warn, "Older copy accepted")) " " (at(restore.at)) ", " (restore.size) " entries were kept: "
                        (restore.reason)
                    }
                }
                p.sub {
                    "Each holds a checkpoint that this log signed. In step means that nobody has cut the log here back or rewritten "
                    "it below what they saw. It does not show what came after their last look, nor on whose machine a witness is. "
                    "Whoever may write to the key's folder, or to a folder on another disk, can take away what is kept there; a "
                    "witness's memory is its keeper's."
                }
            }
        },
    )
}

fn capital(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Beside => "a file in the folder of the wrapping key",
        Kind::Folder => "a folder",
        Kind::Witness => "a witness, which cosigns",
    }
}

fn saw(size: u64, here: i64) -> String {
    match u64::try_from(here).unwrap_or(0).checked_sub(size) {
        Some(0) => format!("all {size} entries"),
        Some(later) => format!("{size} entries, all but the last {later}"),
        None => format!("{size} entries"),
    }
}

fn state(witness: &Witnessed, now: Instant) -> Markup {
    let stale = witness.is_stale(now);
    html! {
        @match witness.asked {
            None => (tag(Tone::Info, "Not asked yet")),
            Some((_, WitnessState::Contradicts)) => (tag(Tone::Bad, "Contradicts")),
            Some((_, WitnessState::Down)) => (tag(Tone::Warn, "Not reached")),
            Some((_, WitnessState::Seen)) if !stale => (tag(Tone::Ok, "In step")),
            Some((_, WitnessState::Seen)) => {},
        }
        @if stale && witness.seen.is_some() { " " (tag(Tone::Warn, "Stale")) }
    }
}
