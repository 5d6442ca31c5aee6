//! Payers: who pays, what kind of plan each is, and the numbers that it is known by.

mod form;
mod list;
mod one;

use domain::access::{Action, ResourceKind};

use crate::route::{Route, get, post};

const PRACTICE: ResourceKind = ResourceKind::Practice;
const PAYERS: &[(&str, &str)] = &[("Payers", "/payers")];

/// The routes of this noun.
pub(crate) const ROUTES: &[Route] = &[
    get("/payers", Action::PayerView, PRACTICE, list::list),
    get("/payers/new", Action::PayerEdit, PRACTICE, form::new),
    post("/payers", Action::PayerEdit, PRACTICE, form::add),
    get("/payers/{id}", Action::PayerView, PRACTICE, one::show),
    get("/payers/{id}/edit", Action::PayerEdit, PRACTICE, form::edit),
    post("/payers/{id}", Action::PayerEdit, PRACTICE, form::change),
    post("/payers/{id}/numbers", Action::PayerEdit, PRACTICE, one::add_number),
    post("/payers/{id}/numbers/end", Action::PayerEdit, PRACTICE, one::end_number),
];
