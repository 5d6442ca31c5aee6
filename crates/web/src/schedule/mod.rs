//! The schedule and the home page: a day as grid, list and sheet; a visit; booking and moving.

mod book;
mod day;
mod home;
mod list;
mod moves;
mod print;
mod visit;

use app::schedule::ToCharge;
use domain::access::{Action, ResourceKind};
use domain::id::{AppointmentId, LocationId};
use domain::place::Provider;
use domain::schedule::Status;
use jiff::civil::Date;
use maud::{Markup, html};

use crate::components::{Button, FieldError, PageContext, Tone, csrf_field};
use crate::failure::Failure;
use crate::request::Ask;
use crate::route::{Route, get, post};

/// The routes of this noun.
pub(crate) const ROUTES: &[Route] = &[
    get("/", Action::HomeView, ResourceKind::Practice, home::home),
    get("/schedule", Action::ScheduleView, ResourceKind::Practice, day::day),
    get("/schedule/print", Action::ScheduleView, ResourceKind::Practice, print::print),
    get("/schedule/book", Action::ScheduleEdit, ResourceKind::Patient, book::form),
    post("/schedule/book", Action::ScheduleEdit, ResourceKind::Patient, book::book),
    post("/schedule/move", Action::ScheduleEdit, ResourceKind::Patient, moves::dropped),
    get("/schedule/{id}", Action::ScheduleView, ResourceKind::Patient, visit::visit),
    post("/schedule/{id}/charges", Action::ChargeEdit, ResourceKind::Patient, visit::charge),
    get("/schedule/{id}/move", Action::ScheduleView, ResourceKind::Patient, moves::form),
    post("/schedule/{id}/move", Action::ScheduleEdit, ResourceKind::Patient, moves::moved),
    post("/schedule/{id}/step", Action::ScheduleEdit, ResourceKind::Patient, visit::step),
];

/// How a status looks, on every page.
impl crate::components::Status for Status {
    fn word(&self) -> &'static str {
        self.label()
    }

    fn tone(&self) -> Tone {
        match self {
            Self::Scheduled | Self::Cancelled => Tone::Mute,
            Self::Confirmed => Tone::Info,
            Self::Arrived => Tone::Warn,
            Self::Roomed => Tone::Violet,
            Self::Seen | Self::CheckedOut => Tone::Ok,
            Self::NoShow => Tone::Bad,
        }
    }
}

/// The location that the address names; one that cannot be read is a page that is not there.
fn location(text: &str) -> Result<Option<LocationId>, Failure> {
    match text {
        "" => Ok(None),
        text => LocationId::parse(text).map(Some).map_err(|_| Failure::NotFound),
    }
}

/// The date that the address names.
fn date(ask: &Ask) -> Result<Option<Date>, Failure> {
    match ask.query("date") {
        "" => Ok(None),
        text => domain::form::parse_date(text)
            .map(Some)
            .map_err(|_| Failure::BadRequest("the date in the address cannot be read: write it like 2026-06-09")),
    }
}

/// `Ruth Amaya, MD`.
fn provider_name(provider: &Provider) -> String {
    let name = provider.name.to_string();
    provider.credential.as_ref().map_or_else(|| name.clone(), |credential| format!("{name}, {credential}"))
}

/// The way to the charges of a visit: the charges themselves, or a button that starts them.
pub(crate) fn to_charges(cx: &PageContext, id: &AppointmentId, to: &ToCharge, about: &str) -> Markup {
    let label = if to.recorded { "Charges" } else { "Record charges" };
    match &to.visit {
        Some(visit) => html! { (Button::link(label, &format!("/charges/{visit}")).small().about(about)) },
        None => html! {
            form method="post" action={ "/schedule/" (id) "/charges" } {
                (csrf_field(cx))
                (Button::submit(label).small().about(about))
            }
        },
    }
}

/// What keeps a booking off a time, where the person's role does not go over it: the form says who may.
fn only_others(who: &str) -> FieldError {
    let message = format!("your role does not book over a taken time or outside opening hours: ask a {who}");
    FieldError { field: "time".to_owned(), message }
}

/// The address of a day.
fn day_href(date: Date, location: &LocationId, view: &str) -> String {
    let view = if view == "list" { "&view=list" } else { "" };
    format!("/schedule?date={date}&location={location}{view}")
}

fn version(ask: &Ask) -> Result<i64, Failure> {
    either(ask, "version").parse().map_err(|_| Failure::BadRequest("the form has lost its version: reload the page"))
}

/// A field of the form, or of the address that the form was posted to.
fn either<'a>(ask: &'a Ask, name: &str) -> &'a str {
    match ask.field(name) {
        "" => ask.query(name),
        text => text,
    }
}

fn errors(faults: Vec<domain::form::FieldFault>) -> Vec<FieldError> {
    faults.into_iter().map(FieldError::from).collect()
}
