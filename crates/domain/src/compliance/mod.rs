//! The compliance program as data: safeguards, what shows that they hold, and for how long that counts.
//!
//! One rule runs through it: what is unknown never passes. Evidence that is missing, out of date, or that could not be
//! gathered leaves its safeguard *unknown*.

mod catalogue;
mod citation;
mod evidence;
mod standing;
#[cfg(test)]
mod tests;

pub use catalogue::{CatalogueError, Mark, Safeguard, catalogue};
pub use citation::{BadCitation, Citation};
pub use evidence::{Evidence, EvidenceKind, Finding, Verdict};
pub use standing::{Shown, Standing, standing};
