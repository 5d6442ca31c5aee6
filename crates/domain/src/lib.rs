//! The nouns and rules of a practice, pure: no I/O, no clock of its own, no randomness of its own.
//!
//! Each noun is one module, and the same noun names the file in every layer above
//! (`domain/src/patient.rs`, `store/src/patient.rs`, `app/src/patient/open.rs`, `web/src/patients/`).

pub mod access;
pub mod account;
pub mod alert;
pub mod audit;
pub mod batch;
pub mod cents;
pub mod charge;
pub mod claim;
pub mod client;
pub mod clock;
pub mod compliance;
pub mod connector;
pub mod coverage;
pub mod delivery;
pub mod device;
pub mod emergency;
#[cfg(test)]
mod fixture;
pub mod form;
pub mod grant;
pub mod id;
pub mod ledger;
pub mod measure;
pub mod name;
pub mod npi;
pub mod partner;
pub mod patient;
pub mod payer;
pub mod place;
pub mod remittance;
pub mod restriction;
pub mod review;
pub mod sample;
pub mod schedule;
pub mod siem;
pub mod visit;
pub mod work;

pub use cents::Cents;
pub use clock::{Clock, Entropy, Instant};
