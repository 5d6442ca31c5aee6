//! Alerts: rules look at every event of the log, and people look into what they noticed (45 CFR 164.308(a)(1)(ii)(D)).

mod close;
mod list;
mod look;

pub use list::{AlertPage, AlertRow, Alerts};
pub use look::Looked;
pub(crate) use look::opening;
