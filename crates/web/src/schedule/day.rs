//! A day of the schedule: the grid with what needs somebody beside it, or the list.

use app::schedule::{Day, DayVisit, ProviderDay};
use jiff::SignedDuration;
use jiff::civil::Time;
use maud::{Markup, html};

use super::{day_href, list, provider_name};
use crate::components::{
    Attention, Block, Button, Card, Column, DayGrid, Icon, Nav, Open, Page, PageContext, Script, Status as _, Tab,
    Tone, attention_list, badge, empty_state, key_hint, segments,
};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// The element that a move's answer replaces.
pub(super) const GRID: &str = "day";
/// Minutes a row of the grid.
const STEP: u16 = 15;

const KEYS: [(&str, &str); 4] = [
    ("arrow keys", "go from visit to visit"),
    ("m", "move one: arrows, then Enter or Esc"),
    ("Enter", "open a visit: arrive, room, check out, move, cancel"),
    ("n", "book a visit"),
];

/// `GET /schedule?date=&location=&view=`.
pub(super) fn day(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let (date, location) = (super::date(ask)?, super::location(ask.query("location"))?);
    let view = if ask.query("view") == "list" { "list" } else { "grid" };
    let day = web.app.schedule_day(ask.cx()?, date, location.as_ref(), view)?;
    Ok(Reply::page(page(&ask.page(Nav::Schedule), &day, view)))
}

pub(super) fn page(cx: &PageContext, day: &Day, view: &str) -> Markup {
    let title = day.date.strftime("%A, %B %-d").to_string();
    let print = format!("/schedule/print?date={}&location={}", day.date, day.location.id);
    let book = format!("/schedule/book?date={}&location={}", day.date, day.location.id);
    let actions = html! {
        @if cx.takes.print { (Button::link("Print", &print).icon(Icon::Printer)) }
        @if day.may_edit { (Button::link("Book a visit", &book).primary().key("n")) }
    };
    let body = if view == "list" { list::list(cx, day) } else { with_side(day) };
    Page::new(cx, &title)
        .beside(beside(day, view))
        .actions(actions)
        .scripts(if view == "list" { &[] } else { &[Script::Schedule] })
        .keys(if view == "list" { &[] } else { &KEYS })
        .render(&body)
}

/// The days beside this one, the views, the locations, and the counts.
fn beside(day: &Day, view: &str) -> Markup {
    let here = |date| day_href(date, &day.location.id, view);
    let (before, next) = (day.date.yesterday().ok().map(here), day.date.tomorrow().ok().map(here));
    let (grid, list) = (day_href(day.date, &day.location.id, "grid"), day_href(day.date, &day.location.id, "list"));
    let visits = day.visits();
    let count = |stays: bool| visits.iter().filter(|(_, v)| v.status.takes_time() == stays).count();
    let open: usize = day.columns.iter().map(|c| c.open.len()).sum();
    let places: Vec<String> = day.locations.iter().map(|l| day_href(day.date, &l.id, view)).collect();
    let places: Vec<Tab> =
        day.locations.iter().zip(&places).map(|(l, href)| Tab::new(&l.name, href, l.id == day.location.id)).collect();
    let noon = day.date.at(12, 0, 0, 0).to_zoned(day.location.zone.rules().clone());
    let zone = noon.map_or_else(|_| String::new(), |noon| noon.strftime("%Z").to_string());
    html! {
        div.seg role="group" aria-label="Day" {
            @if let Some(href) = &before { (Button::link("Previous day", href).icon_only(Icon::ChevronLeft)) }
            (Button::link("Today", &here(day.today)))
            @if let Some(href) = &next { (Button::link("Next day", href).icon_only(Icon::ChevronRight)) }
        }
        (segments("View", &[Tab::new("Day", &grid, view != "list"), Tab::new("List", &list, view == "list")]))
        @if places.len() > 1 { (segments("Location", &places)) }
        span.sub { span title=(day.location.zone) { "Times in " (zone) } " · " (count(true)) " booked · " (open) " open half hours · " (count(false)) " cancelled or no-show" }
    }
}

fn with_side(day: &Day) -> Markup {
    if day.columns.is_empty() {
        let why = "The schedule has a column for each clinician, and none is entered yet.";
        return empty_state(Icon::CalendarEvent, "No clinicians yet", why, None);
    }
    html! {
        @if day.may_edit {
            (key_hint("schedule", &[("↑ ↓ ← →", "go about"), ("m", "move one"), ("Enter", "open; dragging works too")]))
        }
        div.side {
            (grid(day))
            aside.stack aria-label="Needs attention" {
                (needs(day))
                section.card {
                    h2 { "Status key" }
                    p.pad.row { @for status in domain::schedule::Status::ALL { (badge(status)) " " } }
                }
            }
        }
    }
}

/// What needs somebody now, the most pressing first.
fn needs(day: &Day) -> Markup {
    let href = |visit: &DayVisit| format!("/schedule/{}", visit.id);
    let mut items: Vec<Attention> = Vec::new();
    for (provider, visit) in day.long_waits() {
        let minutes = visit.waited.unwrap_or_default();
        items.push(Attention {
            tone: Tone::Bad,
            icon: Icon::Clock,
            text: format!("{} has waited {minutes} min", visit.patient.name.sorted()),
            href: href(visit),
            status: None,
            detail: Some(format!("{} with {}", visit.start.strftime("%-I:%M %p"), provider_name(provider))),
        });
    }
    let visits = day.visits();
    let mut first = |tone, icon, words: &str, fits: &dyn Fn(&DayVisit) -> bool| {
        let found: Vec<&DayVisit> =
            visits.iter().map(|(_, v)| *v).filter(|v| v.status.takes_time() && fits(v)).collect();
        if let Some(visit) = found.first() {
            let text = format!("{} {words}", found.len());
            let detail = format!("First: {} at {}", visit.patient.name.sorted(), visit.start.strftime("%-I:%M %p"));
            items.push(Attention { tone, icon, text, href: href(visit), status: None, detail: Some(detail) });
        }
    };
    let before =
        |v: &DayVisit| matches!(v.status, domain::schedule::Status::Scheduled | domain::schedule::Status::Confirmed);
    first(Tone::Bad, Icon::Clock, "should be here and has not arrived", &|v| before(v) && v.at < day.now);
    first(Tone::Bad, Icon::ShieldX, "without coverage that day", &|v| v.uncovered == Some(true));
    first(Tone::Warn, Icon::Phone, "not confirmed", &|v| {
        v.status == domain::schedule::Status::Scheduled && v.at >= day.now
    });
    if items.is_empty() {
        return crate::components::card("Needs you now", &html! { p.pad.sub { "Nothing waits for you." } });
    }
    attention_list("Needs you now", &items)
}

/// The grid itself, which a move's answer is too.
pub(super) fn grid(day: &Day) -> Markup {
    let (opens, rows) = extent(day);
    let columns: Vec<Column> = day.columns.iter().map(|c| column(day, c)).collect();
    DayGrid {
        id: GRID,
        opens,
        rows,
        step: STEP,
        move_to: day.may_edit.then_some("/schedule/move"),
        now: day.clock,
        columns: &columns,
    }
    .render()
}

/// The first row and how many there are: the opening hours, stretched to whole hours around visits outside them.
fn extent(day: &Day) -> (Time, u16) {
    let hours = day.location.hours.on(day.date.weekday());
    let visits = day.visits();
    let starts = visits.iter().map(|(_, v)| minute(v.start.time()));
    let ends = visits.iter().map(|(_, v)| minute(v.start.time()) + v.minutes);
    let first = starts.chain(hours.map(|h| minute(h.open))).min().unwrap_or(8 * 60) / 60 * 60;
    let last = ends.chain(hours.map(|h| minute(h.close))).max().unwrap_or(17 * 60).div_ceil(60) * 60;
    let opens = Time::midnight().wrapping_add(SignedDuration::from_mins(i64::from(first)));
    (opens, (last.min(24 * 60) - first).max(60) / STEP)
}

fn minute(time: Time) -> u16 {
    let of = |n: i8| u16::try_from(n).unwrap_or(0);
    of(time.hour()) * 60 + of(time.minute())
}

fn column(day: &Day, column: &ProviderDay) -> Column {
    let mut blocks: Vec<Block> = column
        .taken
        .iter()
        .map(|t| Block {
            starts: t.start.time(),
            minutes: t.minutes,
            label: if t.elsewhere { "At another location" } else { "Taken" }.to_owned(),
        })
        .collect();
    let lunch = day.location.hours.on(day.date.weekday()).and_then(|hours| hours.lunch);
    if let Some((from, to)) = lunch {
        blocks.push(Block { starts: from, minutes: minute(to) - minute(from), label: "Lunch".to_owned() });
    }
    let shown: Vec<&DayVisit> = column.visits.iter().filter(|v| in_grid(column, v)).collect();
    let booked = column.visits.iter().filter(|v| v.status.takes_time()).count();
    let open = if day.may_edit { column.open.iter().map(|slot| open(day, column, slot)).collect() } else { Vec::new() };
    Column {
        provider: column.provider.id.to_string(),
        name: provider_name(&column.provider),
        detail: format!("{booked} booked · {} open", column.open.len()),
        cards: shown.iter().map(|v| card(v, &shown)).collect(),
        blocks,
        open,
    }
}

fn open(day: &Day, column: &ProviderDay, slot: &domain::schedule::Slot) -> Open {
    let time = slot.start.time();
    Open {
        starts: time,
        minutes: 30,
        href: format!(
            "/schedule/book?provider={}&date={}&time={}&location={}",
            column.provider.id,
            day.date,
            time.strftime("%H:%M"),
            day.location.id
        ),
    }
}

/// A cancelled visit is in the list only, and so is a no-show whose time somebody else has.
fn in_grid(column: &ProviderDay, visit: &DayVisit) -> bool {
    let free = || !column.visits.iter().any(|o| o.id != visit.id && o.status.takes_time() && overlap(o, visit));
    visit.status.takes_time() || (visit.status == domain::schedule::Status::NoShow && free())
}

fn overlap(a: &DayVisit, b: &DayVisit) -> bool {
    let end = |v: &DayVisit| v.at.plus_seconds(i64::from(v.minutes) * 60);
    a.at < end(b) && b.at < end(a)
}

fn card(visit: &DayVisit, others: &[&DayVisit]) -> Card {
    let doubled = others.iter().any(|o| o.id != visit.id && overlap(o, visit));
    Card {
        id: visit.id.to_string(),
        version: visit.version.to_string(),
        href: format!("/schedule/{}", visit.id),
        starts: visit.start.time(),
        minutes: visit.minutes,
        patient: short_name(visit),
        reason: what(visit),
        status: (visit.status.tone(), visit.status.word().to_owned()),
        gone: !visit.status.takes_time(),
        coverage_problem: (visit.uncovered == Some(true)).then(|| "No coverage that day.".to_owned()),
        lane: doubled.then_some(if visit.lane == 0 { 1 } else { 2 }),
    }
}

/// `Larsen, E. (1984)`: a card has no room for the whole date of birth, and a name alone tells nobody apart.
pub(super) fn short_name(visit: &DayVisit) -> String {
    let name = &visit.patient.name;
    let initial: String = name.given.as_str().chars().take(1).collect();
    format!("{}, {initial}. ({})", name.family, visit.patient.birth_date.year())
}

/// The kind, with the reason for those who see it.
pub(super) fn what(visit: &DayVisit) -> String {
    let kind = visit.kind.label();
    visit.reason.as_ref().map_or_else(|| kind.to_owned(), |reason| format!("{kind}: {reason}"))
}
