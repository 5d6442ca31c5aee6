//! The audit log as its readers see it: export it, check it.

mod export;
#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;
mod verify;

pub use verify::verify_pack;
