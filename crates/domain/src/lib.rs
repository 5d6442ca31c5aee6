//! The nouns and rules of a practice, pure: no I/O, no clock of its own, no randomness of its own.
//!
//! Each noun is one module, and the same noun names the file in every layer above
//! (`domain/src/patient.rs`, `store/src/patient.rs`, `app/src/patient/open.rs`, `web/src/patients/`).

pub mod access;
pub mod account;
pub mod audit;
pub mod cents;
pub mod clock;
pub mod id;
pub mod npi;

pub use cents::Cents;
pub use clock::{Clock, Entropy, Instant};
