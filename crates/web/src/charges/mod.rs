//! Visits and their charges: what waits to be recorded, signed or billed, and the entry page.

mod entry;
mod list;
mod start;

use domain::access::{Action, ResourceKind};
use domain::visit::Stage;

use crate::components::Tone;
use crate::route::{Route, get, post};

/// The routes of this noun.
pub(crate) const ROUTES: &[Route] = &[
    get("/charges", Action::ChargeView, ResourceKind::Practice, list::list),
    post("/charges/bill", Action::ClaimEdit, ResourceKind::Practice, list::bill),
    get("/charges/new", Action::ChargeEdit, ResourceKind::Patient, start::new),
    post("/charges/new", Action::ChargeEdit, ResourceKind::Patient, start::start),
    get("/charges/{id}", Action::ChargeView, ResourceKind::Patient, entry::show),
    post("/charges/{id}", Action::ChargeEdit, ResourceKind::Patient, entry::save),
    post("/charges/{id}/sign", Action::ChargeSign, ResourceKind::Patient, entry::sign),
    post("/charges/{id}/correct", Action::ChargeEdit, ResourceKind::Patient, entry::correct),
    post("/charges/{id}/bill", Action::ClaimEdit, ResourceKind::Patient, entry::bill),
];

/// How a stage looks, on every page.
impl crate::components::Status for Stage {
    fn word(&self) -> &'static str {
        self.label()
    }

    fn tone(&self) -> Tone {
        match self {
            Self::Empty => Tone::Mute,
            Self::Draft => Tone::Warn,
            Self::Signed => Tone::Info,
            Self::Billed | Self::SelfPay => Tone::Ok,
        }
    }
}
