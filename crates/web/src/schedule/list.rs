//! The day as a list: everything the grid has, in reading order, with the next step as a button.

use app::schedule::{Day, DayVisit};
use domain::place::Provider;
use domain::schedule::Step;
use maud::{Markup, html};

use super::{day, provider_name, to_charges};
use crate::components::{
    Button, Icon, PageContext, Table, TableColumn, Tone, badge, clock, csrf_field, date, empty_state, tag,
};

/// `GET /schedule?view=list`.
pub(super) fn list(cx: &PageContext, day: &Day) -> Markup {
    let visits = day.visits();
    if visits.is_empty() {
        let book = day.may_edit.then(|| Button::link("Book a visit", "/schedule/book").primary());
        return empty_state(Icon::CalendarEvent, "No visits", "Nobody is booked on this day.", book.as_ref());
    }
    let mut columns = vec![
        TableColumn::text("Time"),
        TableColumn::text("Patient"),
        TableColumn::text("Born"),
        TableColumn::text("With"),
        TableColumn::text("Visit"),
        TableColumn::text("Status"),
    ];
    if day.may_edit {
        columns.push(TableColumn::unnamed("Next step"));
    }
    if day.may_charge {
        columns.push(TableColumn::unnamed("Charges"));
    }
    let rows = html! { @for (provider, visit) in &visits { (row(cx, day, provider, visit)) } };
    Table::new("Visits of the day", &columns).keys().rows(&rows)
}

fn row(cx: &PageContext, day: &Day, provider: &Provider, visit: &DayVisit) -> Markup {
    let href = format!("/schedule/{}", visit.id);
    html! {
        tr {
            td { (clock(visit.start.time())) " " span.sub { (visit.minutes) " min" } }
            th scope="row" { a href=(href) { (visit.patient.name.sorted()) } }
            td { (date(visit.patient.birth_date)) }
            td { (provider_name(provider)) }
            td { (day::what(visit)) @if visit.lane > 0 { " " (tag(Tone::Warn, "Overbooked")) } }
            td {
                (badge(&visit.status))
                @if let Some(minutes) = visit.waited { " " span.sub { "waits " (minutes) " min" } }
                @if visit.uncovered == Some(true) { " " (tag(Tone::Bad, "No coverage")) }
            }
            @if day.may_edit { td { @if let Some(step) = next(visit) { (button(cx, visit, step)) } } }
            @if day.may_charge {
                td { @if let Some(to) = &visit.charges { (to_charges(cx, &visit.id, to, &format!("for {}", visit.patient.name.sorted()))) } }
            }
        }
    }
}

/// The usual next step.
fn next(visit: &DayVisit) -> Option<Step> {
    let usual = [Step::Arrive, Step::Room, Step::See, Step::CheckOut];
    visit.status.steps().find(|step| usual.contains(step))
}

fn button(cx: &PageContext, visit: &DayVisit, step: Step) -> Markup {
    let about = format!("for {}", visit.patient.name.sorted());
    html! {
        form method="post" action={ "/schedule/" (visit.id) "/step" } {
            (csrf_field(cx))
            input type="hidden" name="version" value=(visit.version);
            input type="hidden" name="back" value="list";
            (Button::submit(step.label()).small().value("step", step.as_str()).about(&about))
        }
    }
}
