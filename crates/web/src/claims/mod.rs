//! Claims: the work list, one claim with its timeline, batches, and acknowledgements.

mod acknowledge;
mod batch;
mod detail;
mod list;

use domain::access::{Action, ResourceKind};
use domain::batch::BatchState;
use domain::claim::ClaimState;
use domain::id::ClaimId;

use crate::components::{Button, PageContext, Status, Tone, csrf_field};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::route::{Route, get, post};
use crate::server::Web;

/// The routes of this noun.
pub(crate) const ROUTES: &[Route] = &[
    get("/claims", Action::ClaimView, ResourceKind::Practice, list::list),
    get("/claims/batches", Action::ClaimView, ResourceKind::Practice, batch::list),
    post("/claims/batches", Action::ClaimEdit, ResourceKind::Practice, batch::make),
    get("/claims/batches/{id}", Action::ClaimView, ResourceKind::Practice, batch::show),
    post("/claims/batches/{id}/release", Action::ClaimRelease, ResourceKind::Practice, batch::release),
    post("/claims/batches/{id}/undo", Action::ClaimEdit, ResourceKind::Practice, batch::undo),
    post("/claims/batches/{id}/file", Action::ClaimView, ResourceKind::Practice, batch::file),
    get("/claims/acknowledgements", Action::ClaimView, ResourceKind::Practice, acknowledge::list),
    post("/claims/acknowledgements", Action::ClaimEdit, ResourceKind::Practice, acknowledge::upload),
    get("/claims/{id}", Action::ClaimView, ResourceKind::Patient, detail::show),
    post("/claims/{id}/rebuild", Action::ClaimEdit, ResourceKind::Patient, rebuild),
    post("/claims/{id}/resend", Action::ClaimEdit, ResourceKind::Patient, resend),
    post("/claims/{id}/void", Action::ClaimEdit, ResourceKind::Patient, void),
];

/// `POST /claims/{id}/rebuild`.
fn rebuild(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", ClaimId::parse)?;
    web.app.rebuild_claim(ask.cx()?, &id, ask.today)?;
    Ok(Reply::see(format!("/claims/{id}")))
}

/// `POST /claims/{id}/resend`.
fn resend(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", ClaimId::parse)?;
    web.app.resend_claim(ask.cx()?, &id, ask.today)?;
    Ok(Reply::see("/claims?tab=ready"))
}

/// `POST /claims/{id}/void`.
fn void(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("id", ClaimId::parse)?;
    web.app.void_claim(ask.cx()?, &id, ask.today)?;
    Ok(Reply::see("/claims?tab=ready"))
}

/// A form of one button.
fn act(cx: &PageContext, href: &str, button: &Button<'_>) -> maud::Markup {
    maud::html! { form.inline method="post" action=(href) { (csrf_field(cx)) (button) } }
}

/// How a claim's state looks, on every page.
impl Status for ClaimState {
    fn word(&self) -> &'static str {
        self.label()
    }

    fn tone(&self) -> Tone {
        match self {
            Self::Built => Tone::Warn,
            Self::Ready | Self::Batched | Self::Released | Self::Received | Self::Accepted => Tone::Info,
            Self::Rejected | Self::Denied | Self::Reversed => Tone::Bad,
            Self::Paid => Tone::Ok,
            Self::PartlyPaid => Tone::Violet,
            Self::Superseded => Tone::Mute,
        }
    }
}

/// How a batch's state looks, on every page.
impl Status for BatchState {
    fn word(&self) -> &'static str {
        self.label()
    }

    fn tone(&self) -> Tone {
        match self {
            Self::Open => Tone::Warn,
            Self::Released => Tone::Info,
            Self::Received => Tone::Ok,
            Self::Rejected => Tone::Bad,
            Self::Undone => Tone::Mute,
        }
    }
}
