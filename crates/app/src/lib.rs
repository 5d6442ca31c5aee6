//! The use cases: authorize, load, decide, store, disclose.

pub mod access;
