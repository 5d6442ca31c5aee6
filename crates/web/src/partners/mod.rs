//! Partners: who gets our files, under which agreement, and whose claims go there.

mod form;
mod list;

use domain::access::{Action, ResourceKind};

use crate::route::{Route, get, post};

/// The routes of this noun.
pub(crate) const ROUTES: &[Route] = &[
    get("/partners", Action::PartnerView, ResourceKind::Practice, list::list),
    get("/partners/new", Action::PartnerEdit, ResourceKind::Practice, form::new),
    post("/partners", Action::PartnerEdit, ResourceKind::Practice, form::add),
    get("/partners/{id}", Action::PartnerView, ResourceKind::Practice, form::show),
    post("/partners/{id}", Action::PartnerEdit, ResourceKind::Practice, form::change),
    post("/partners/{id}/payers", Action::PartnerEdit, ResourceKind::Practice, form::route),
];
