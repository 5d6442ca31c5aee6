//! The way to a partner: where it leads, what proves it, what went over it.

mod delivery;
mod form;
mod page;

use domain::access::{Action, ResourceKind};
use domain::delivery::DeliveryState;

pub(crate) use delivery::{card as delivery_card, say};

use crate::components::{Status, Tone};
use crate::route::{Route, get, post};

/// The routes of this noun.
pub(crate) const ROUTES: &[Route] = &[
    get("/partners/{id}/connector", Action::PartnerView, ResourceKind::Practice, page::show),
    get("/partners/{id}/connector/edit", Action::ConnectorEdit, ResourceKind::Practice, form::edit),
    post("/partners/{id}/connector", Action::ConnectorEdit, ResourceKind::Practice, form::set),
    post("/partners/{id}/connector/key", Action::ConnectorEdit, ResourceKind::Practice, page::renew_key),
    post("/partners/{id}/connector/pause", Action::ConnectorEdit, ResourceKind::Practice, page::pause),
    post("/partners/{id}/connector/resume", Action::ConnectorEdit, ResourceKind::Practice, page::resume),
    post("/partners/{id}/connector/test", Action::ConnectorEdit, ResourceKind::Practice, page::test),
];

impl Status for DeliveryState {
    fn word(&self) -> &'static str {
        self.label()
    }

    fn tone(&self) -> Tone {
        match self {
            Self::Waiting => Tone::Info,
            Self::Sending => Tone::Violet,
            Self::Delivered => Tone::Ok,
            Self::Refused => Tone::Bad,
            Self::Unsure => Tone::Warn,
        }
    }
}
