//! Partners: who gets our files, on what ground, and which payers' claims go there.

mod change;
mod form;
mod list;

pub use form::PartnerForm;
pub use list::PartnerPage;
