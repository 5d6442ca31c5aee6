//! Patients: the one search box, the chart, the form, the history.

mod chart;
mod cover;
mod find;
mod form;
mod history;
mod list;
mod restriction;

use domain::access::{Action, ResourceKind};

use crate::route::{Route, get, post};
pub(crate) use find::{find_form, looked_for, plain};

/// The routes of this noun.
pub(crate) const ROUTES: &[Route] = &[
    get("/patients", Action::PatientFind, ResourceKind::Practice, list::list),
    post("/find", Action::PatientFind, ResourceKind::Practice, list::palette),
    post("/find/words", Action::PatientFind, ResourceKind::Practice, find::words),
    get("/patients/new", Action::PatientEdit, ResourceKind::Practice, form::new),
    post("/patients", Action::PatientEdit, ResourceKind::Practice, form::register),
    get("/patients/{id}", Action::PatientView, ResourceKind::Patient, chart::chart),
    get("/patients/{id}/history", Action::PatientView, ResourceKind::Patient, history::history),
    get("/patients/{id}/coverage", Action::PatientEdit, ResourceKind::Patient, cover::show),
    post("/patients/{id}/coverage", Action::PatientEdit, ResourceKind::Patient, cover::save),
    get("/patients/{id}/restriction", Action::PatientRestrict, ResourceKind::Patient, restriction::show),
    post("/patients/{id}/restriction", Action::PatientRestrict, ResourceKind::Patient, restriction::place),
    post("/patients/{id}/restriction/lift", Action::PatientRestrict, ResourceKind::Patient, restriction::lift),
    get("/patients/{id}/edit", Action::PatientView, ResourceKind::Patient, form::edit),
    post("/patients/{id}", Action::PatientEdit, ResourceKind::Patient, form::change),
];
