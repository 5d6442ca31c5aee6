//! Use cases over a real store.

mod claims;
mod clinic;
