//! Emergency access to a restricted record (45 CFR 164.312(a)(2)(ii)): open it, end it, and look at it afterwards.
//!
//! Nothing here lets anybody by. A use is a row; the session that has it open says so to the policies when the patient of the
//! row is asked for, and they allow reading. When the row is over, or the session is, they refuse again.

mod begin;
mod end;
mod list;
mod review;

pub use list::{Emergencies, EmergencyFilter, EmergencyRow, Tally, Waiting, Whose};
pub use review::{EmergencyPage, ReviewForm};
