//! The audit log: a sentence an event, and how whole it is.

mod siem;
mod witnesses;

use app::audit::{LogFilter, LogLine, LogPage, Strip};
use domain::Instant;
use domain::access::{Action, ResourceKind};
use domain::audit::{Act, Outcome};
use domain::compliance::Verdict;
use domain::id::{AccountId, EventId, PatientId};
use maud::{Markup, html};

use crate::components::{
    Button, Field, Icon, Nav, Page, Table, TableColumn, Tone, Width, card, date, definition_list, empty_state, form,
    instant, instant_exact, tag,
};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::route::{Route, get, post};
use crate::server::Web;

/// The routes of this noun.
pub(crate) const ROUTES: &[Route] = &[
    get("/audit", Action::AuditView, ResourceKind::AuditLog, log),
    post("/audit/verify", Action::AuditView, ResourceKind::AuditLog, verify),
];

/// `GET /audit?act=&person=&patient=&before=`.
fn log(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let filter = read_filter(ask)?;
    let found = web.app.audit_log(ask.cx()?, &filter)?;
    let page = ask.page(Nav::Audit);
    let body = html! {
        (witnesses::alarm(&found.strip))
        (siem::alarm(&found.strip))
        (integrity(web, &found.strip))
        (witnesses::witnesses(web, &found.strip))
        (siem::receivers(web, &found.strip))
        (facets(ask, &found))
        @if found.lines.is_empty() {
            (empty_state(Icon::ListCheck, "No such event", "Nothing in the log fits. Take a filter away.", None))
        } @else {
            (events(web, &found))
        }
        @if !ask.query("before").is_empty() { (Button::link("Newest events", &format!("/audit?{}", kept(ask)))) }
        @if let Some((at, id)) = &found.next {
            (Button::link("Older events", &format!("/audit?{}before={}.{id}", kept(ask), at.micros())))
        }
    };
    let actions =
        form(&page, &format!("/audit/verify?{}", kept(ask)), &html! { (Button::submit("Verify the log").primary()) });
    Ok(Reply::page(Page::new(&page, "Audit log").actions(actions).render(&body)))
}

/// `POST /audit/verify`.
fn verify(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    read_filter(ask)?;
    web.app.verify_log(ask.cx()?)?;
    Ok(Reply::see(format!("/audit?{}", kept(ask))))
}

fn read_filter(ask: &Ask) -> Result<LogFilter, Failure> {
    const WRONG: Failure = Failure::BadRequest("the filter cannot be read: choose it on the page");
    let given = |name| Some(ask.query(name)).filter(|text| !text.is_empty());
    let before = given("before").map(|text| {
        let (at, id) = text.split_once('.').ok_or(WRONG)?;
        let at = at.parse().map(Instant::from_micros).map_err(|_| WRONG)?;
        Ok::<_, Failure>((at, EventId::parse(id).map_err(|_| WRONG)?))
    });
    Ok(LogFilter {
        act: given("act").map(|text| Act::parse(text).ok_or(WRONG)).transpose()?,
        account: given("person").map(|text| AccountId::parse(text).map_err(|_| WRONG)).transpose()?,
        patient: given("patient").map(|text| PatientId::parse(text).map_err(|_| WRONG)).transpose()?,
        before: before.transpose()?,
    })
}

/// The filters in force, for the address of the next page. They were read before, so they are ids and names only.
fn kept(ask: &Ask) -> String {
    let given = ["act", "person", "patient"].into_iter().filter(|name| !ask.query(name).is_empty());
    given.map(|name| format!("{name}={}&", ask.query(name))).collect()
}

fn integrity(web: &Web, strip: &Strip) -> Markup {
    let at = |at: Instant| instant(at.timestamp(), &web.zone);
    let none = || html! { span.sub { "not yet" } };
    let verified = match &strip.verified {
        None => none(),
        Some(e) => {
            let (tone, word) = match e.finding.verdict {
                Verdict::Pass => (Tone::Ok, "Whole"),
                Verdict::Fail => (Tone::Bad, "Damaged"),
                Verdict::NotEvaluable => (Tone::Warn, "Unknown"),
            };
            html! { (tag(tone, word)) " " (at(e.at)) ": " (e.finding.said) }
        }
    };
    let checkpoint = strip.checkpoint.as_ref();
    let rows = [
        ("Entries", html! { (strip.size) }),
        ("Root", checkpoint.map_or_else(none, |(.., root)| html! { code { (root) } })),
        (
            "Last checkpoint",
            checkpoint.map_or_else(none, |(when, size, _)| html! { (at(*when)) " over " (size) " entries" }),
        ),
        ("Verified", verified),
        ("Signed with", html! { code { (strip.vkey) } }),
        (
            "Check it yourself",
            html! { code { "wellkept export audit --out pack" } ", then " code { "wellkept verify pack" } },
        ),
    ];
    card("Transparency log", &definition_list(&rows))
}

fn facets(ask: &Ask, found: &LogPage) -> Markup {
    let any = [("", "Any")];
    let acts: Vec<(&str, &str)> = any.into_iter().chain(Act::ALL.iter().map(|a| (a.as_str(), a.label()))).collect();
    let people: Vec<(&str, &str)> =
        any.into_iter().chain(found.people.iter().map(|(id, name)| (id.as_str(), name.as_str()))).collect();
    html! {
        form.form.inline method="get" action="/audit" role="search" {
            (Field::select("act", "What", &acts).value(ask.query("act")).width(Width::Long))
            (Field::select("person", "Who", &people).value(ask.query("person")).width(Width::Long))
            @if !ask.query("patient").is_empty() { input type="hidden" name="patient" value=(ask.query("patient")); }
            (Button::submit("Show"))
            @if !ask.query("patient").is_empty() { (Button::link("All patients", "/audit").quiet()) }
        }
    }
}

fn events(web: &Web, found: &LogPage) -> Markup {
    let columns = [
        TableColumn::text("When"),
        TableColumn::prose("What"),
        TableColumn::text("Patient"),
        TableColumn::number("Entry"),
    ];
    let rows = html! {
        @for line in &found.lines {
            tr {
                td { (instant_exact(line.at.timestamp(), &web.zone)) }
                td {
                    (line.sentence)
                    @if line.outcome == Outcome::Denied { " " (tag(Tone::Bad, "Refused")) }
                    @if !line.detail.is_empty() { span.sub { (line.detail) } }
                }
                td {
                    @if let [one] = line.patients.as_slice() {
                        a href={ "/audit?patient=" (one) } {
                            @match &line.person { Some(person) => (person.name), None => "One patient" }
                            span.vh { ": all events" }
                        }
                        @if let Some(person) = &line.person { span.sub { "DOB " (date(person.born)) } }
                    }
                }
                td.num { @match line.index { Some(n) => (n), None => "open" } }
            }
        }
    };
    Table::new("Events, newest first", &columns).rows(&rows)
}

/// Some events for a page about what they are part of, each with the way to its entry.
pub(crate) fn entries(web: &Web, caption: &str, lines: &[LogLine]) -> Markup {
    let columns = [TableColumn::text("When"), TableColumn::prose("What"), TableColumn::number("Entry of the log")];
    let rows = html! {
        @for line in lines {
            tr {
                td { (instant_exact(line.at.timestamp(), &web.zone)) }
                td {
                    (line.sentence)
                    @if line.outcome == Outcome::Denied { " " (tag(Tone::Bad, "Refused")) }
                    span.sub { (line.detail) }
                }
                td.num { a.target href=(in_the_log(line)) { @match line.index { Some(n) => (n), None => "open" } } }
            }
        }
    };
    Table::new(caption, &columns).rows(&rows)
}

/// The log from this event on.
fn in_the_log(line: &LogLine) -> String {
    format!("/audit?before={}", from(line.at, &line.id))
}

/// What `before` is for a page that begins with this event, whatever else was recorded in the same instant.
pub(crate) fn from(at: Instant, id: &EventId) -> String {
    format!("{}.{}", at.micros(), id.successor())
}
