//! The weekly sample of the audit log: drawn so that nobody chooses it, read by people (45 CFR 164.308(a)(1)(ii)(D)).

mod draw;
mod list;
mod pack;
mod read;

pub use list::{SampleItem, SamplePage, SampleRow, Samples};
pub use pack::sample_of_pack;
