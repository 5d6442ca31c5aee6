//! Patients: find, open, register, change, restrict, and what was done to their records.

mod cover;
mod find;
mod history;
mod open;
mod register;
mod restrict;
mod words;

pub use cover::{CoveragePage, Known};
pub(crate) use find::names;
pub use find::{Found, FoundPatient};
pub use history::{Changed, Timeline};
pub use open::{Chart, ChartVisit};
pub use register::Registered;
pub use restrict::{RestrictionPage, Somebody};
