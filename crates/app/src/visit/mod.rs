//! Visits: what waits for charges, entering them, signing them.

mod list;
mod record;

pub use list::{ChargesPage, VisitList, VisitRow};
pub use record::NewVisit;
pub(crate) use record::of_appointment;
