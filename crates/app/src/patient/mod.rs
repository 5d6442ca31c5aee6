//! Patients: find, open, register, change, and what was done to their records.

mod cover;
mod find;
mod history;
mod open;
mod register;

pub use cover::{CoveragePage, Known};
pub use find::FoundPatient;
pub(crate) use find::names;
pub use history::{Changed, Timeline};
pub use open::{Chart, ChartVisit};
pub use register::Registered;
