//! The practice's own setup: what claims say of it, where it sees patients, and who sees them.

mod location;
mod practice;
mod provider;

use app::practice::Settings;
use domain::access::{Action, ResourceKind};
use domain::place::{DAYS, Location, Provider};
use maud::{Markup, html};

use crate::components::{
    Button, FieldError, Icon, Nav, Page, Table, TableColumn, Tone, definition_list, empty_state, tag,
};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::route::{Route, get, post};
use crate::server::Web;

/// The routes of this noun.
pub(crate) const ROUTES: &[Route] = &[
    get("/settings", Action::PracticeEdit, ResourceKind::Practice, overview),
    get("/settings/practice", Action::PracticeEdit, ResourceKind::Practice, practice::edit),
    post("/settings/practice", Action::PracticeEdit, ResourceKind::Practice, practice::change),
    get("/settings/locations/new", Action::PracticeEdit, ResourceKind::Practice, location::new),
    post("/settings/locations", Action::PracticeEdit, ResourceKind::Practice, location::add),
    get("/settings/locations/{location}", Action::PracticeEdit, ResourceKind::Practice, location::edit),
    post("/settings/locations/{location}", Action::PracticeEdit, ResourceKind::Practice, location::change),
    get("/settings/clinicians/new", Action::PracticeEdit, ResourceKind::Practice, provider::new),
    post("/settings/clinicians", Action::PracticeEdit, ResourceKind::Practice, provider::add),
    get("/settings/clinicians/{provider}", Action::PracticeEdit, ResourceKind::Practice, provider::edit),
    post("/settings/clinicians/{provider}", Action::PracticeEdit, ResourceKind::Practice, provider::change),
];

/// The way back.
const SETTINGS: &[(&str, &str)] = &[("Settings", "/settings")];

/// `GET /settings`.
fn overview(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let settings = web.app.settings(ask.cx()?)?;
    let page = ask.page(Nav::Settings);
    let body = html! {
        div.stack {
            (section("practice", "The practice", &Button::link("Change", "/settings/practice"), &about(&settings)))
            (section("locations", "Locations", &Button::link("Add a location", "/settings/locations/new"), &locations(&settings.locations.iter().map(|l| &l.value).collect::<Vec<_>>())))
            (section("clinicians", "Clinicians", &Button::link("Add a clinician", "/settings/clinicians/new"), &providers(&settings)))
        }
    };
    Ok(Reply::page(Page::new(&page, "Settings").render(&body)))
}

fn section(id: &str, title: &str, action: &Button<'_>, body: &Markup) -> Markup {
    html! {
        section.card aria-labelledby=(id) {
            header { h2 #(id) { (title) } span.sp { (action) } }
            (body)
        }
    }
}

fn about(settings: &Settings) -> Markup {
    let Some(practice) = settings.practice.as_ref().map(|p| &p.value) else {
        let why = "Claims need its name on tax papers, its NPI, its tax number and its address.";
        let write = Button::link("Write it", "/settings/practice").primary();
        return empty_state(Icon::BuildingStore, "Nothing is written of the practice", why, Some(&write));
    };
    let address = |a: &domain::place::Address| {
        html! { (a.line1) @if let Some(line2) = &a.line2 { ", " (line2) } ", " (a.city) ", " (a.state) " " (a.zip) }
    };
    let pay_to = practice.pay_to.as_ref().map_or_else(|| html! { span.sub { "the same" } }, address);
    definition_list(&[
        ("Called", html! { (settings.facts.name) }),
        ("On tax papers", html! { (practice.legal_name) }),
        ("NPI", html! { (practice.npi) }),
        ("Tax number", html! { @if practice.tax_id.is_ssn { "a social security number" } @else { (practice.tax_id) } }),
        ("Taxonomy", html! { (practice.taxonomy.as_str()) }),
        ("Address", address(&practice.billing_address)),
        ("Payments go to", pay_to),
        ("Payers call", html! { (practice.contact) ", " (practice.phone) }),
    ])
}

fn locations(all: &[&Location]) -> Markup {
    if all.is_empty() {
        let why = "Visits are booked at a location, in its hours and its time zone.";
        let add = Button::link("Add the first", "/settings/locations/new").primary();
        return empty_state(Icon::CalendarEvent, "No locations", why, Some(&add));
    }
    let columns = [
        TableColumn::text("Location"),
        TableColumn::text("City"),
        TableColumn::text("Time zone"),
        TableColumn::text("Open"),
    ];
    let rows = html! {
        @for location in all {
            tr {
                th scope="row" { a href={ "/settings/locations/" (location.id) } { (location.name) } }
                td { (location.address.city) ", " (location.address.state) }
                td { (location.zone) }
                td { (open_days(location)) }
            }
        }
    };
    Table::new("Locations", &columns).keys().rows(&rows)
}

/// `Mon, Tue, Sat`.
fn open_days(location: &Location) -> String {
    let open = DAYS.iter().zip(&location.hours.days).filter(|(_, hours)| hours.is_some());
    open.map(|((_, name), _)| name.get(..3).unwrap_or(name)).collect::<Vec<_>>().join(", ")
}

fn providers(settings: &Settings) -> Markup {
    if settings.providers.is_empty() {
        let why = "Visits are booked with a clinician, and claims name the one who saw the patient.";
        let add = Button::link("Add the first", "/settings/clinicians/new").primary();
        return empty_state(Icon::Stethoscope, "No clinicians", why, Some(&add));
    }
    let columns = [
        TableColumn::text("Clinician"),
        TableColumn::text("NPI"),
        TableColumn::text("Sees patients at"),
        TableColumn::text("Signs in as"),
    ];
    let at = |provider: &Provider| {
        let names = settings.locations.iter().filter(|l| provider.locations.contains(&l.value.id));
        names.map(|l| l.value.name.as_str()).collect::<Vec<_>>().join(", ")
    };
    let account = |provider: &Provider| {
        let found = settings.accounts.iter().find(|(id, _)| Some(id) == provider.account.as_ref());
        found.map(|(_, name)| name.clone())
    };
    let rows = html! {
        @for provider in settings.providers.iter().map(|p| &p.value) {
            tr {
                th scope="row" {
                    a href={ "/settings/clinicians/" (provider.id) } { (provider.name.sorted()) }
                    @if let Some(credential) = &provider.credential { " " span.sub { (credential) } }
                }
                td { (provider.npi) }
                td { @if provider.locations.is_empty() { "every location" } @else { (at(provider)) } }
                td { @match account(provider) { Some(name) => (name), None => (tag(Tone::Warn, "nobody: charges cannot be signed")) } }
            }
        }
    };
    Table::new("Clinicians", &columns).keys().rows(&rows)
}

fn errors(faults: Vec<domain::form::FieldFault>) -> Vec<FieldError> {
    faults.into_iter().map(FieldError::from).collect()
}

fn version(ask: &Ask) -> Result<i64, Failure> {
    ask.field("version").parse().map_err(|_| Failure::BadRequest("the form has lost its version"))
}
