//! Patients: the one search box, the chart, the form.

mod chart;
mod form;
mod list;

use domain::access::{Action, ResourceKind};

use crate::route::{Route, get, post};

/// The routes of this noun.
pub(crate) const ROUTES: &[Route] = &[
    get("/patients", Action::PatientFind, ResourceKind::Practice, list::list),
    get("/find", Action::PatientFind, ResourceKind::Practice, list::palette),
    get("/patients/new", Action::PatientEdit, ResourceKind::Practice, form::new),
    post("/patients", Action::PatientEdit, ResourceKind::Practice, form::register),
    get("/patients/{id}", Action::PatientView, ResourceKind::Patient, chart::chart),
    get("/patients/{id}/edit", Action::PatientView, ResourceKind::Patient, form::edit),
    post("/patients/{id}", Action::PatientEdit, ResourceKind::Patient, form::change),
];

/// What other nouns show beside a chart, each with its own page and its own event.
fn beside(id: &domain::id::PatientId) -> maud::Markup {
    let links = [
        ("Book a visit", format!("/schedule/book?patient={id}")),
        ("Charges and claims", format!("/claims?patient={id}")),
    ];
    let body = maud::html! {
        ul.plain.pad { @for (label, href) in &links { li { a href=(href) { (label) } } } }
    };
    crate::components::card("Next", &body)
}
