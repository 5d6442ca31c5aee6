//! API clients: who may call, what each was given, what it uses.

mod form;
mod list;
mod one;

use domain::access::{Action, ResourceKind};

use crate::route::{Route, get, post};

/// The routes of this noun.
pub(crate) const ROUTES: &[Route] = &[
    get("/clients", Action::ClientView, ResourceKind::Practice, list::list),
    get("/clients/new", Action::ClientEdit, ResourceKind::Practice, form::new),
    post("/clients", Action::ClientEdit, ResourceKind::Practice, form::register),
    get("/clients/{id}", Action::ClientView, ResourceKind::Practice, one::show),
    get("/clients/{id}/edit", Action::ClientEdit, ResourceKind::Practice, form::edit),
    post("/clients/{id}", Action::ClientEdit, ResourceKind::Practice, form::change),
    post("/clients/{id}/keys", Action::ClientEdit, ResourceKind::Practice, one::add_key),
    post("/clients/{id}/keys/withdraw", Action::ClientEdit, ResourceKind::Practice, one::withdraw_key),
    post("/clients/{id}/disable", Action::ClientEdit, ResourceKind::Practice, one::disable),
    post("/clients/{id}/enable", Action::ClientEdit, ResourceKind::Practice, one::enable),
];

const CLIENTS: &[(&str, &str)] = &[("API clients", "/clients")];
