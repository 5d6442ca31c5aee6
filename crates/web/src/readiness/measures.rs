//! Measures over time, for the officials: how soon access ended, how often signing in failed, and what was improved because of
//! them.

use app::compliance::{Leaver, Measures, QuarterFigures};
use domain::Instant;
use domain::access::{Action, ResourceKind};
use domain::id::EventId;
use domain::measure::{Measure, Week};
use maud::{Markup, html};

use crate::account::leaving::{duration, event_link, outlasted};
use crate::components::{
    Bar, Button, Field, FieldError, Fill, Mark, Nav, Page, PrintHeader, Table, TableColumn, Tone, bar_chart, card,
    column_chart, date, error_summary, form, instant, sheet, tag,
};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

const TITLE: &str = "Measures";
const SECOND: i64 = 1_000_000;

/// `GET /readiness/measures`.
pub(super) fn page(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    Ok(Reply::page(whole(web, ask, &[])?))
}

/// `GET /readiness/measures/print`.
pub(super) fn print(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let may = web.app.may_print(ask.cx()?)?;
    let found = web.app.measures(ask.cx()?)?;
    let view = View { web, ask, links: false, log: false };
    let printed = instant(web.app.clock.now().timestamp(), &web.zone);
    let header = PrintHeader { title: TITLE, printed: &printed, reference: None, health: false };
    let body = html! { @for measure in Measure::ALL { (view.measure(*measure, &found, &[])) } };
    Ok(Reply::printed(&may, sheet(&ask.page(Nav::Readiness), &header, &body)))
}

/// `POST /readiness/measures`: what was improved because of one of them.
pub(super) fn improved(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let measure = Measure::parse(ask.field("measure")).ok_or(Failure::BadRequest("there is no such measure"))?;
    match web.app.note_improvement(ask.cx()?, measure, ask.field(measure.as_str())) {
        Ok(()) => Ok(Reply::see("/readiness/measures")),
        Err(app::Error::Invalid(faults)) => {
            let beside = |fault| FieldError { field: measure.as_str().to_owned(), ..FieldError::from(fault) };
            let errors: Vec<FieldError> = faults.into_iter().map(beside).collect();
            Ok(Reply::again(whole(web, ask, &errors)?))
        }
        Err(other) => Err(other.into()),
    }
}

fn whole(web: &Web, ask: &Ask, errors: &[FieldError]) -> Result<Markup, Failure> {
    let (cx, page) = (ask.cx()?, ask.page(Nav::Readiness));
    let found = web.app.measures(cx)?;
    let links = web.app.role_may(cx.role, Action::AccountView, ResourceKind::Practice);
    let log = web.app.role_may(cx.role, Action::AuditView, ResourceKind::AuditLog);
    let view = View { web, ask, links, log };
    let body = html! {
        div.stack {
            (error_summary(errors))
            @for measure in Measure::ALL { (view.measure(*measure, &found, errors)) }
        }
    };
    let print = html! { @if page.takes.print { (Button::link("Print", "/readiness/measures/print")) } };
    Ok(Page::new(&page, TITLE).crumbs(&[("Readiness", "/readiness")]).actions(print).render(&body))
}

/// Who looks, and where the page may lead. On paper nothing leads anywhere.
struct View<'a> {
    web: &'a Web,
    ask: &'a Ask,
    links: bool,
    log: bool,
}

impl View<'_> {
    fn measure(&self, measure: Measure, found: &Measures, errors: &[FieldError]) -> Markup {
        let figures = match measure {
            Measure::TimeToRevoke => self.revoking(found),
            Measure::FailedSignIns => self.failing(&found.weeks),
        };
        let body = html! { (figures) (self.notes(measure, found, errors)) };
        card(measure.label(), &body)
    }

    fn revoking(&self, found: &Measures) -> Markup {
        let bar = |q: &QuarterFigures| Bar {
            label: q.quarter.to_string(),
            parts: vec![(Fill::Ok, q.in_time), (Fill::Bad, q.leavers.saturating_sub(q.in_time))],
            note: if q.leavers == 0 { "nobody left".to_owned() } else { format!("{} of {}", q.in_time, q.leavers) },
        };
        let bars: Vec<Bar> = found.quarters.iter().rev().map(bar).collect();
        let key = [(Fill::Ok, "access ended within an hour of employment"), (Fill::Bad, "later")];
        html! {
            div.pad.stack {
                p.sub { "For how long access outlasted employment, and how soon after the last credential that was accepted the first was refused. Each leads to the person's page with its events." }
                div.narrow { (bar_chart("revoke", "Leavers whose access ended within an hour", &bars, &key)) }
            }
            (quarters(&found.quarters))
            @if !found.leavers.is_empty() { (self.leavers(&found.leavers)) }
        }
    }

    fn leavers(&self, leavers: &[Leaver]) -> Markup {
        let columns = [
            "Name",
            "Employment ended",
            "Access ended",
            "Outlasted it by",
            "Last accepted",
            "First refused",
            "Time to revoke",
        ]
        .map(TableColumn::text);
        let rows = html! {
            @for one in leavers {
                @let end = &one.end;
                tr {
                    th scope="row" { @if self.links { a href={ "/people/" (one.account) } { (one.name) } } @else { (one.name) } }
                    td data-role="Employment ended" { (self.at(end.ending.left_at, None)) }
                    td data-role="Access ended" { div { (self.at(Some(end.ended_at), Some((end.ended_at, &end.ended_event)))) } }
                    td data-role="Outlasted it by" { div { (outlasted(end)) @if end.used_after() { " " (tag(Tone::Bad, "used after")) } } }
                    td data-role="Last accepted" { div { (self.at(end.accepted_at, one.acted_at.zip(end.accepted_event.as_ref()))) } }
                    td data-role="First refused" { div { (self.at(end.refused.as_ref().map(|(at, _)| *at), end.refused.as_ref().map(|(at, id)| (*at, id)))) } }
                    td data-role="Time to revoke" { @match end.time_to_revoke() { Some(micros) => (duration(micros)), None => span.sub { "not tried yet" } } }
                }
            }
        };
        html! { div.matrix { (Table::new("People who left", &columns).rows(&rows)) } }
    }

    /// An instant, with its event in the log for who may read it.
    fn at(&self, at: Option<Instant>, event: Option<(Instant, &EventId)>) -> Markup {
        html! {
            @match at { Some(at) => (instant(at.timestamp(), &self.web.zone)), None => span.sub { "none" } }
            @if let (true, Some((at, id))) = (self.log, event) { " " (event_link(at, id)) }
        }
    }

    fn failing(&self, weeks: &[Week]) -> Markup {
        let mark = |week: &Week| Mark {
            label: format!("{}/{}", week.monday.month(), week.monday.day()),
            count: week.count,
            limit: week.baseline.map(|baseline| baseline.limit),
            fill: if week.is_high() { Fill::Bad } else { Fill::Info },
        };
        let marks: Vec<Mark> = weeks.iter().map(mark).collect();
        let key = [
            (Fill::Info, "failed in the week"),
            (Fill::Bad, "more than its past lets one expect"),
            (Fill::Warn, "the most that it lets one expect"),
        ];
        let columns = [
            TableColumn::text("Week of"),
            TableColumn::number("Failed"),
            TableColumn::number("Usual"),
            TableColumn::number("At most"),
            TableColumn::text("Standing"),
        ];
        let rows = html! {
            @for week in weeks.iter().rev() {
                tr {
                    th scope="row" { (date(week.monday)) }
                    td.num data-role="Failed" { (week.count) }
                    td.num data-role="Usual" { (figure(week.baseline.map(|baseline| baseline.median))) }
                    td.num data-role="At most" { (figure(week.baseline.map(|baseline| baseline.limit))) }
                    td data-role="Standing" { div {
                        @if week.is_high() { (tag(Tone::Bad, "High")) }
                        @else if week.baseline.is_none() { span.sub { "its past is too short" } }
                        @else { (tag(Tone::Ok, "As usual")) }
                        @if week.running { " " span.sub { "so far" } }
                    } }
                }
            }
        };
        html! {
            div.pad.stack {
                p.sub {
                    "Wrong passwords, codes and passkeys in a week, against the twelve weeks before: the median, and three standard deviations above it as the median of the distances estimates them, or ten more where that is less."
                    @if self.log { " " a href="/audit?act=account.sign_in_failed" { "Each of them in the log" } "." }
                }
                @if weeks.is_empty() { p { "The log has no whole week yet." } }
                @else { div.narrow { (column_chart("failed", "Failed sign-ins by week", &marks, &key)) } }
            }
            @if !weeks.is_empty() { div.matrix { (Table::new("Failed sign-ins by week", &columns).rows(&rows)) } }
        }
    }

    fn notes(&self, measure: Measure, found: &Measures, errors: &[FieldError]) -> Markup {
        let notes = found.notes.get(&measure).map(Vec::as_slice).unwrap_or_default();
        let name = measure.as_str();
        let may = self
            .ask
            .cx()
            .is_ok_and(|cx| self.links && self.web.app.role_may(cx.role, Action::ProbeRun, ResourceKind::Compliance));
        html! {
            div.pad.stack {
                h3 { "What was improved because of it" }
                @if notes.is_empty() { p.sub { "Nothing is noted yet." } }
                @else {
                    ul {
                        @for note in notes {
                            li {
                                (note.finding.said) br;
                                span.sub {
                                    @if let Some(by) = note.finding.observed.get("by") { (by) ", " }
                                    (self.at(Some(note.at), Some((note.at, &note.event))))
                                }
                            }
                        }
                    }
                }
                @if may {
                    div.no-print {
                        (form(&self.ask.page(Nav::Readiness), "/readiness/measures", &html! {
                            input type="hidden" name="measure" value=(name);
                            (Field::area(name, &format!("{}: what was changed, and what was seen before", measure.label()))
                                .hint("Kept with the date and your name.").value(self.ask.field(name)).required().max(500).errors(errors))
                            div.row { (Button::submit("Keep the note")) }
                        }))
                    }
                }
            }
        }
    }
}

fn figure(n: Option<u64>) -> String {
    n.map_or_else(|| "–".to_owned(), |n| n.to_string())
}

fn quarters(quarters: &[QuarterFigures]) -> Markup {
    let names = [
        "Quarter",
        "Left",
        "Within an hour",
        "Outlasted, median",
        "Outlasted, worst",
        "Revoked, median",
        "Revoked, worst",
    ];
    let columns = names.map(TableColumn::text);
    let words = |n: Option<i64>, unit: i64| n.map_or_else(|| "–".to_owned(), |n| duration(n.saturating_mul(unit)));
    let cells = |q: &QuarterFigures| {
        let (outlasted, revoked) = (q.outlasted.unzip(), q.revoked.unzip());
        [
            q.leavers.to_string(),
            q.in_time.to_string(),
            words(outlasted.0, SECOND),
            words(outlasted.1, SECOND),
            words(revoked.0, 1),
            words(revoked.1, 1),
        ]
    };
    let rows = html! {
        @for q in quarters {
            tr {
                th scope="row" { (q.quarter) }
                @for (name, cell) in names.iter().skip(1).zip(cells(q)) { td data-role=(name) { (cell) } }
            }
        }
    };
    html! { div.matrix { (Table::new("Time to revoke by quarter", &columns).rows(&rows)) } }
}
