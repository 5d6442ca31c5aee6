//! One visit: what it is, its next steps, and who did what to it.

use app::schedule::VisitPage;
use domain::id::AppointmentId;
use domain::schedule::Step;
use domain::visit::Visit;
use maud::{Markup, html};

use super::{day, day_href, errors, provider_name, to_charges, version};
use crate::components::{
    Button, Field, FieldError, Nav, Page, PageContext, Table, TableColumn, Tone, badge, card, clock, csrf_field, date,
    definition_list, error_summary, form, instant, tag,
};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `GET /schedule/{id}`.
pub(super) fn visit(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", AppointmentId::parse)?;
    let page = web.app.open_visit(ask.cx()?, &id, None)?;
    Ok(Reply::page(whole(&ask.page(Nav::Schedule), &page, "", &[])))
}

/// `POST /schedule/{id}/step`: `step`, `version`, and `reason` where the step needs one.
pub(super) fn step(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", AppointmentId::parse)?;
    let step = Step::parse(ask.field("step")).ok_or(Failure::BadRequest("the form has lost its step"))?;
    match web.app.step_visit(ask.cx()?, &id, version(ask)?, step, ask.field("reason")) {
        Ok(visit) if ask.field("back") == "list" => Ok(Reply::see(day_href(visit.date(), &visit.location, "list"))),
        Ok(visit) => Ok(Reply::see(format!("/schedule/{}", visit.id))),
        Err(app::Error::Invalid(faults)) => {
            let page = web.app.open_visit(ask.cx()?, &id, None)?;
            Ok(Reply::again(whole(&ask.page(Nav::Schedule), &page, ask.field("reason"), &errors(faults))))
        }
        Err(other) => Err(other.into()),
    }
}

/// `POST /schedule/{id}/charges`: to the charges of the visit, which begin now when they have not yet.
pub(super) fn charge(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", AppointmentId::parse)?;
    Ok(Reply::see(format!("/charges/{}", web.app.charge_appointment(ask.cx()?, &id)?)))
}

fn whole(cx: &PageContext, page: &VisitPage, typed: &str, e: &[FieldError]) -> Markup {
    let visit = &page.visit;
    let to_day = day_href(visit.start.date(), &page.location.id, "grid");
    let to_move = format!("/schedule/{}/move", visit.id);
    let body = html! {
        (error_summary(e))
        section.card.pad.patient aria-label="Patient" {
            h2 { a href={ "/patients/" (visit.patient.id) } { (visit.patient.name) } }
            p {
                "Born " (date(visit.patient.birth_date)) " · " (visit.patient.mrn)
                @if let Some(phone) = &visit.patient.phone { " · " (phone) }
            }
        }
        div.two {
            div.stack {
                (facts(page))
                @if page.may_edit { (steps(cx, page, typed, e)) }
            }
            (history(page))
        }
    };
    let actions = html! {
        @if let Some(to) = &visit.charges { (to_charges(cx, &visit.id, to, "of this visit")) }
        @if page.may_edit && visit.status.takes_time() && !Visit::may_follow(visit.status) { (Button::link("Move…", &to_move).key("e")) }
    };
    Page::new(cx, "Visit").crumbs(&[("Schedule", "/schedule"), ("Day", &to_day)]).actions(actions).render(&body)
}

fn facts(page: &VisitPage) -> Markup {
    let visit = &page.visit;
    let with = page.providers.iter().find(|p| p.id == page.provider).map(provider_name).unwrap_or_default();
    let mut rows = vec![
        (
            "When",
            html! { (date(visit.start.date())) ", " (clock(visit.start.time())) " · " (visit.minutes) " minutes" br; span.sub { (page.location.zone) } },
        ),
        ("With", html! { (with) }),
        ("Where", html! { (page.location.name) }),
        ("What", html! { (day::what(visit)) }),
        (
            "Status",
            html! {
                (badge(&visit.status))
                @if let Some(minutes) = visit.waited { " waits " (minutes) " min" }
            },
        ),
    ];
    if visit.lane > 0 || visit.overbook_reason.is_some() {
        rows.push(("Overbooked", html! { (tag(Tone::Warn, "Over a rule")) " " (visit.overbook_reason.as_deref().unwrap_or("with a reason")) }));
    }
    if let Some(uncovered) = visit.uncovered {
        rows.push((
            "Coverage",
            if uncovered { tag(Tone::Bad, "None in force that day") } else { tag(Tone::Ok, "In force that day") },
        ));
    }
    card("Visit", &definition_list(&rows))
}

/// A button for each step that is open from here; calling it off asks why.
fn steps(cx: &PageContext, page: &VisitPage, typed: &str, e: &[FieldError]) -> Markup {
    let visit = &page.visit;
    let post = format!("/schedule/{}/step", visit.id);
    let open: Vec<Step> = visit.status.steps().collect();
    if open.is_empty() {
        return card("Next", &html! { p.pad.sub { "This visit is over. Its history stays." } });
    }
    let plain = open.iter().filter(|s| !s.needs_reason());
    let body = html! {
        form.pad method="post" action=(post) {
            (csrf_field(cx))
            input type="hidden" name="version" value=(visit.version);
            div.row {
                @for (i, step) in plain.enumerate() {
                    @let button = Button::submit(step.label()).value("step", step.as_str());
                    @if i == 0 { (button.primary()) } @else { (button) }
                }
            }
        }
        @if open.contains(&Step::Cancel) {
            details.pad open[!e.is_empty()] {
                summary { "Cancel this visit" }
                (form(cx, &post, &html! {
                    input type="hidden" name="version" value=(visit.version);
                    input type="hidden" name="step" value=(Step::Cancel);
                    (Field::text("reason", "Why, and who called it off").value(typed).max(200).required().errors(e))
                    (Button::submit("Cancel the visit").danger())
                }))
            }
        }
    };
    card("Next", &body)
}

fn history(page: &VisitPage) -> Markup {
    let columns = [
        TableColumn::text("When"),
        TableColumn::text("Who"),
        TableColumn::prose("What"),
        TableColumn::text("Then"),
        TableColumn::text("For"),
    ];
    let rows = html! {
        @for line in page.history.iter().rev() {
            tr {
                td { (instant(line.at.timestamp(), page.location.zone.rules())) }
                td { (line.actor) }
                td { (line.what) }
                td { (badge(&line.status)) }
                td { (line.start.strftime("%-m/%-d, %-I:%M %p")) }
            }
        }
    };
    card("History", &Table::new("Changes of this visit, the newest first", &columns).rows(&rows))
}
