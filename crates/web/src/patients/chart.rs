//! A patient's administrative chart.

use app::patient::{Chart, ChartVisit};
use domain::access::{Action, ResourceKind};
use domain::coverage::Coverage;
use domain::id::PatientId;
use domain::patient::{FieldGroup, Patient};
use maud::{Markup, html};

use crate::components::{
    Button, Icon, Nav, Page, PageContext, Table, TableColumn, Tone, badge, card, clock, date, definition_list,
    empty_state, tag,
};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::schedule::to_charges;
use crate::server::Web;

/// `GET /patients/{id}`.
pub(super) fn chart(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", PatientId::parse)?;
    let chart = web.app.open_patient(ask.cx()?, &id)?;
    let patient = &chart.patient;
    let page = ask.page(Nav::Patients);
    let edit = format!("/patients/{id}/edit");
    let (log, history) = (format!("/audit?patient={id}"), format!("/patients/{id}/history"));
    let restriction = format!("/patients/{id}/restriction");
    let (claims, book) = (format!("/claims?patient={id}"), format!("/schedule/book?patient={id}"));
    let role = ask.cx()?.role;
    // In an emergency the record is open for reading, whatever the role does otherwise.
    let may = |action, kind| !chart.emergency && web.app.role_may(role, action, kind);
    let body = html! {
        (banner(&chart, ask.today))
        div.two {
            div.stack {
                @if chart.shows.contains(&FieldGroup::Contact) { (contact(patient)) }
                @if !patient.guardians.is_empty() { (guardians(patient)) }
            }
            div.stack {
                @if let Some(coverages) = &chart.coverages { (coverage_card(&chart, coverages, ask.today, may(Action::PatientEdit, ResourceKind::Practice))) }
                @if let Some(visits) = &chart.visits { (visits_card(&page, visits)) }
            }
        }
    };
    let actions = html! {
        @if may(Action::AuditView, ResourceKind::AuditLog) { (Button::link("Who looked", &log)) }
        @if may(Action::PatientRestrict, ResourceKind::Patient) { (Button::link("Who may open it", &restriction)) }
        (Button::link("History", &history))
        @if may(Action::ClaimView, ResourceKind::Practice) { (Button::link("Claims", &claims)) }
        @if may(Action::PatientEdit, ResourceKind::Practice) { (Button::link("Change", &edit).key("e")) }
        @if may(Action::ScheduleEdit, ResourceKind::Practice) { (Button::link("Book a visit", &book).primary().key("n")) }
    };
    let crumbs = [("Patients", "/patients")];
    Ok(Reply::page(Page::new(&page, "Patient").crumbs(&crumbs).actions(actions).render(&body)))
}

fn visits_card(cx: &PageContext, visits: &[ChartVisit]) -> Markup {
    if visits.is_empty() {
        return card("Visits", &html! { p.pad.sub { "None yet." } });
    }
    let columns = [
        TableColumn::text("When"),
        TableColumn::text("With"),
        TableColumn::text("Status"),
        TableColumn::unnamed("Charges"),
    ];
    let rows = html! {
        @for ChartVisit { appointment: a, provider, charges } in visits {
            tr {
                th scope="row" { a href={ "/schedule/" (a.id) } { (date(a.date())) ", " (clock(a.start.time())) } }
                td { (provider) br; span.sub { (a.kind.label()) } }
                td { (badge(&a.status)) }
                td { @if let Some(to) = charges { (to_charges(cx, &a.id, to, &format!("of {}", a.date()))) } }
            }
        }
    };
    card("Visits", &Table::new("Visits, the latest first", &columns).rows(&rows))
}

/// The line that never leaves the eye: who this is.
fn banner(chart: &Chart, today: jiff::civil::Date) -> Markup {
    let patient = &chart.patient;
    let age = patient.age_on(today);
    html! {
        section.card aria-label="Patient" {
            h2 { (patient.name) }
            p.pad {
                "Born " (date(patient.birth_date)) " · " (age) " · " (patient.sex.label()) " · " (patient.mrn)
                @if age.is_minor() { " " (tag(Tone::Info, "Minor")) }
                @if chart.restricted { " " (tag(Tone::Warn, "Restricted")) }
                @if let Some(name) = &patient.name.preferred { " · prefers “" (name) "”" }
            }
        }
    }
}

fn contact(patient: &Patient) -> Markup {
    let missing = || html! { span.sub { "not given" } };
    let line = |text: Option<String>| text.map_or_else(missing, |text| html! { (text) });
    let address = patient.address.as_ref().map_or_else(missing, |a| {
        html! { (a.line1) @if let Some(l) = &a.line2 { br; (l) } br; (a.city) ", " (a.state) " " (a.zip) }
    });
    let rows = [
        ("Phone", line(patient.phone.as_ref().map(ToString::to_string))),
        ("Email", line(patient.email.clone())),
        ("Address", address),
    ];
    card("Contact", &definition_list(&rows))
}

fn guardians(patient: &Patient) -> Markup {
    let rows = html! {
        ul.plain.pad {
            @for g in &patient.guardians {
                li { b { (g.name) } ", " (g.relation.label()) @if let Some(phone) = &g.phone { ", " (phone) } }
            }
        }
    };
    card("Who speaks for the patient", &rows)
}

fn coverage_card(chart: &Chart, coverages: &[Coverage], today: jiff::civil::Date, may_edit: bool) -> Markup {
    let form = format!("/patients/{}/coverage", chart.patient.id);
    let add = may_edit.then(|| Button::link("Add a coverage", &form).small());
    if coverages.is_empty() {
        let why = "The patient pays, or a card still has to be entered.";
        return card("Coverage", &empty_state(Icon::ShieldX, "No coverage", why, add.as_ref()));
    }
    let name =
        |c: &Coverage| chart.payers.iter().find(|p| p.id == c.payer).map_or("Unknown payer", |p| p.name.as_str());
    let body = html! {
        @for c in coverages { (coverage_line(c, name(c), c.is_in_force(today), may_edit.then_some(&form))) }
        @if let Some(add) = add { div.pad { (add) } }
    };
    card("Coverage", &body)
}

fn coverage_line(c: &Coverage, payer: &str, in_force: bool, form: Option<&String>) -> Markup {
    html! {
        div.pad.row {
            div {
                b { (payer) } " "
                @if in_force { (tag(Tone::Ok, "In force")) } @else { (tag(Tone::Mute, "Not in force")) }
                br; span.sub {
                    (c.priority.label()) " · member " (c.member_id)
                    @if let Some(group) = &c.group { " · group " (group) }
                    @if let Some(day) = c.from { " · from " (date(day)) }
                    @if let Some(day) = c.to { " · to " (date(day)) }
                    @if let Some(s) = &c.subscriber { " · subscriber " (s.name) " (" (c.relationship.label()) ")" }
                }
            }
            @if let Some(form) = form {
                span.sp { (Button::link("Change", &format!("{form}?coverage={}", c.id)).small().about(&format!("the coverage of {payer}"))) }
            }
        }
    }
}
