//! Use cases over a real store.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on should stop there"
)]

mod acknowledgements;
mod claims;
mod clinic;
mod corrections;
