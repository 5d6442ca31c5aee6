//! Payments: the queue of remittances, the upload, a remittance in plain words, its file as it came.

mod file;
mod payer;
mod queue;
mod show;
mod words;

pub(crate) use queue::work;

use domain::access::{Action, ResourceKind};
use domain::remittance::RemittanceState;

use crate::components::{Status, Tone};
use crate::route::{Route, get, post};

const PRACTICE: ResourceKind = ResourceKind::Practice;

/// The routes of this noun.
pub(crate) const ROUTES: &[Route] = &[
    get("/payments", Action::RemittanceView, PRACTICE, queue::queue),
    post("/payments", Action::RemittancePost, PRACTICE, queue::upload),
    post("/payments/waiting/{item}", Action::RemittancePost, PRACTICE, queue::finish),
    get("/payments/files/{file}", Action::RemittanceView, PRACTICE, file::file),
    post("/payments/files/{file}/raw", Action::RemittanceView, PRACTICE, file::raw),
    post("/payments/files/{file}/read", Action::RemittancePost, PRACTICE, file::read),
    get("/payments/{remittance}", Action::RemittanceView, PRACTICE, show::show),
    post("/payments/{remittance}/post", Action::RemittancePost, PRACTICE, show::post),
    post("/payments/{remittance}/payer", Action::PayerEdit, PRACTICE, payer::name),
];

impl Status for RemittanceState {
    fn word(&self) -> &'static str {
        self.label()
    }

    fn tone(&self) -> Tone {
        match self {
            Self::Matched => Tone::Info,
            Self::NeedsLook | Self::PartlyPosted => Tone::Warn,
            Self::Unbalanced => Tone::Bad,
            Self::Duplicate | Self::Superseded => Tone::Mute,
            Self::Posted => Tone::Ok,
        }
    }
}
