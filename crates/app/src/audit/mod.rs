//! The audit log as its readers see it: export it, check it.

mod export;
mod look;
pub mod outside;
mod siem;
#[cfg(test)]
mod tests;
mod verify;

pub use export::Exported;
pub(crate) use look::in_lines;
pub use look::{LogFilter, LogLine, LogPage, Person, Strip};
pub use siem::{Handed, Part};
pub use store::audit::name::Restore;
pub use verify::verify_pack;
pub(crate) use verify::{Folder, check_pack};
