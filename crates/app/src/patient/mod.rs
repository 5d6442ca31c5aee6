//! Patients: find, open, register, change.

mod find;
mod open;
mod register;

pub use find::FoundPatient;
pub(crate) use find::names;
pub use open::Chart;
pub use register::Registered;
