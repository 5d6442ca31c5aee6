//! The audit log as its readers see it: export it, check it.

mod export;
#[cfg(test)]
pub(crate) mod fixture;
mod look;
#[cfg(test)]
mod tests;
mod verify;

pub use look::{LogFilter, LogLine, LogPage, Strip};
pub use verify::verify_pack;
