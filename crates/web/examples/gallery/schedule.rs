//! The day's grid, with a move that really moves, asks when the time is taken, and can be undone.

use jiff::civil::Time;
use maud::{Markup, html};
use web::components::{
    Attention, Block, Button, Card, Column, DayGrid, Hx, Icon, Nav, Page, PageContext, Script, Swap, Tab, Tone,
    attention_list, dialog, key_hint, out_of_band, segments, tag, toast,
};

/// What was moved since the gallery started: card, provider, time.
#[derive(Default)]
pub(crate) struct Moves(Vec<(String, String, Time)>);

/// What the grid's script posts.
#[derive(serde::Deserialize)]
pub(crate) struct Moved {
    appointment: String,
    provider: String,
    time: String,
}

const PROVIDERS: [(&str, &str, &str); 4] = [
    ("p1", "Ruth Amaya, MD", "Family medicine"),
    ("p2", "Omar Sayegh, DO", "Internal medicine"),
    ("p3", "Lena Fischer, NP", "Pediatrics"),
    ("p4", "Kofi Mensah, PA-C", "Same-day care"),
];
const NAMES: [&str; 12] = [
    "Alvarez", "Baptiste", "Chen", "Delgado", "Eriksen", "Farouk", "Goldberg", "Huang", "Ibrahim", "Kowalski",
    "Larsen", "Mbeki",
];
const WHY: [&str; 6] = ["Follow-up", "New patient", "Annual exam", "Sick visit", "Lab review", "Procedure"];
const MINUTES: [u16; 6] = [15, 30, 30, 15, 45, 60];

fn at(minutes: u16) -> Time {
    Time::midnight().wrapping_add(jiff::SignedDuration::from_mins(i64::from(minutes)))
}

fn status(start: u16, n: usize) -> (Tone, String) {
    let (tone, word) = match (start, n % 9) {
        (0..600, 4) => (Tone::Bad, "No-show"),
        (0..600, _) => (Tone::Ok, "Done"),
        (600..660, _) => (Tone::Violet, "In room"),
        (660..690, _) => (Tone::Warn, "Arrived"),
        (_, 0..=2) => (Tone::Mute, "Scheduled"),
        _ => (Tone::Info, "Confirmed"),
    };
    (tone, word.to_owned())
}

fn columns(moves: &Moves) -> Vec<Column> {
    let mut n = 0_usize;
    let mut columns: Vec<Column> = PROVIDERS
        .iter()
        .zip(0_u16..)
        .map(|((id, name, detail), p)| {
            let mut cards = Vec::new();
            let mut start = 480 + p * 15;
            while start < 960 {
                n += 1;
                let minutes = MINUTES.get((n * 7) % 6).copied().unwrap_or(15);
                let lunch = start < 780 && start + minutes > 720;
                if !lunch && !n.is_multiple_of(5) {
                    cards.push(card(n, start, minutes));
                }
                start = if lunch { 780 } else { start + minutes };
            }
            let blocks = vec![Block { starts: at(720), minutes: 60, label: "Lunch".to_owned() }];
            let detail = format!("{detail} · {} booked", cards.len());
            Column { provider: (*id).to_owned(), name: (*name).to_owned(), detail, cards, blocks, open: Vec::new() }
        })
        .collect();
    for (id, provider, time) in &moves.0 {
        let found =
            columns.iter_mut().find_map(|c| c.cards.iter().position(|x| x.id == *id).map(|i| c.cards.remove(i)));
        if let (Some(mut card), Some(column)) = (found, columns.iter_mut().find(|c| c.provider == *provider)) {
            card.starts = *time;
            column.cards.push(card);
            column.cards.sort_by_key(|c| c.starts);
        }
    }
    columns
}

fn card(n: usize, start: u16, minutes: u16) -> Card {
    let (tone, word) = status(start, n);
    Card {
        id: format!("a{n}"),
        version: "1".to_owned(),
        href: format!("/appointment-{n}"),
        starts: at(start),
        minutes,
        patient: format!(
            "{}, {}.",
            NAMES.get(n % 12).copied().unwrap_or_default(),
            ["A", "M", "J", "K"].get(n % 4).copied().unwrap_or_default()
        ),
        reason: WHY.get((n * 5) % 6).copied().unwrap_or_default().to_owned(),
        gone: tone == Tone::Bad,
        status: (tone, word),
        coverage_problem: (n % 11 == 3).then(|| "coverage problem".to_owned()),
        lane: None,
    }
}

fn grid(moves: &Moves) -> Markup {
    let columns = columns(moves);
    let now = Some(Time::constant(11, 15, 0, 0));
    DayGrid {
        id: "day",
        opens: Time::constant(7, 30, 0, 0),
        rows: 38,
        step: 15,
        move_to: Some("/schedule/move"),
        now,
        columns: &columns,
    }
    .render()
}

/// The whole page.
pub(crate) fn page(cx: &PageContext, moves: &Moves) -> Markup {
    let cx = PageContext { active: Some(Nav::Schedule), ..cx.clone() };
    let attention = [
        item(Tone::Bad, Icon::ShieldX, "3 patients today have no active coverage", Some("First: Delgado, M. at 11:30")),
        item(Tone::Warn, Icon::Clock, "2 arrived more than 15 min ago", Some("Dr. Sayegh is running 22 min behind")),
        item(Tone::Warn, Icon::Phone, "9 not confirmed for tomorrow", Some("Reminders went out at 8:00 AM")),
        item(Tone::Info, Icon::InfoCircle, "4 people on the waitlist fit an open slot", None),
    ];
    let key = [
        (Tone::Ok, "Done"),
        (Tone::Violet, "In room"),
        (Tone::Warn, "Arrived"),
        (Tone::Info, "Confirmed"),
        (Tone::Mute, "Scheduled"),
        (Tone::Bad, "No-show"),
    ];
    Page::new(&cx, "Tuesday, June 9")
        .beside(html! {
            div.seg role="group" aria-label="Day" {
                (Button::link("Previous day", "/schedule").icon_only(Icon::ChevronLeft))
                (Button::link("Today", "/schedule"))
                (Button::link("Next day", "/schedule").icon_only(Icon::ChevronRight))
            }
            (segments("View", &[Tab::new("Day", "/schedule", true), Tab::new("Week", "/schedule", false), Tab::new("List", "/claims", false)]))
            span.sub { "54 booked · 7 open · 2 no-shows" }
        })
        .actions(html! { (Button::link("Print", "/sheet").icon(Icon::Printer)) (Button::link("New appointment", "/form").primary().key("n")) })
        .scripts(&[Script::Schedule])
        .keys(&[("arrow keys", "go from appointment to appointment"), ("m", "move one: arrows, then Enter or Esc"), ("n", "new appointment")])
        .render(&html! {
            (key_hint("schedule", &[("↑ ↓ ← →", "go about"), ("m", "move one"), ("Enter", "open; dragging works too")]))
            div.side {
                (grid(moves))
                aside.stack aria-label="Needs attention" {
                    (attention_list("Needs you now", &attention))
                    section.card { h2 { "Status key" } p.pad.row { @for (tone, word) in key { (tag(tone, word)) } } }
                }
            }
        })
}

fn item(tone: Tone, icon: Icon, text: &str, detail: Option<&str>) -> Attention {
    Attention {
        tone,
        icon,
        text: text.to_owned(),
        href: "/claims".to_owned(),
        status: None,
        detail: detail.map(str::to_owned),
    }
}

/// The answer to a move: the grid as it now is, and a message with the way back; or a question when the time is taken.
pub(crate) fn moved(cx: &PageContext, moves: &mut Moves, wish: Moved) -> Markup {
    let Ok(time) = wish.time.parse::<Time>() else { return grid(moves) };
    let taken = columns(moves)
        .iter()
        .any(|c| c.provider == wish.provider && c.cards.iter().any(|x| x.id != wish.appointment && x.starts == time));
    if taken {
        let ask = dialog(
            "ask",
            "That time is taken",
            &html! { p { "Another patient has this time. Book over it, with a reason, from the appointment's page." } },
            Some(&html! { (Button::closes("Leave it")) }),
            true,
        );
        return html! { (grid(moves)) (out_of_band(cx, "flash", &ask)) };
    }
    moves.0.push((wish.appointment, wish.provider, time));
    html! { (grid(moves)) (toast(cx, "Moved", Some(Hx::post(cx, "/schedule/undo").target("#day").swap(Swap::Morph)))) }
}

/// The answer to Undo.
pub(crate) fn undone(cx: &PageContext, moves: &mut Moves) -> Markup {
    moves.0.pop();
    html! { (grid(moves)) (toast(cx, "Moved back", None)) }
}
