//! Where people work from: the practice's own networks, and registered devices for everywhere else (45 CFR 164.310(b), (c)).
//!
//! Every request is held against both by [`store::device::origin`] when its session is opened, and what that comes to is decided
//! by the policies with everything else.

mod enrol;
mod networks;
mod page;
mod register;
mod report;
mod take;
#[cfg(test)]
mod tests;

pub use enrol::Enrol;
pub use page::{DevicePage, DeviceRow, Devices, SaidOf};
pub use register::GivenCode;
pub(crate) use register::end_all;
pub use report::Seen;
pub use take::{Printing, Saving};
