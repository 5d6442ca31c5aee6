//! Remittances: take a file in, look at what it says, post it.

mod import;
mod post;
mod preview;
mod queue;
#[cfg(test)]
mod tests;

pub use import::Imported;
pub use post::PostedRemittance;
pub use preview::{OurClaim, Preview, RawFile};
pub use queue::Queue;
pub use store::ledger::PostingLine;
pub use store::remittance::{InBooks, Queued, Unread};
