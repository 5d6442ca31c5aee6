//! Claims: make them from signed visits, scrub them, send them in batches, read what comes back.

mod acknowledge;
mod answered;
mod batch;
mod list;
mod make;
mod release;
mod simulated;

pub(crate) use acknowledge::acknowledgement_kind;
pub use acknowledge::{AckOutcome, AckRead, Came};
pub use batch::{BatchPage, CHOSEN_MAX};
pub use list::{BillingWaits, ClaimList, ClaimPage, ClaimTab, Count};
pub use make::{Made, MadeMany};
pub use release::{Released, release_in};
pub use store::claim::{ClaimMoment, ListedClaim};
pub use store::file::FileInfo;
