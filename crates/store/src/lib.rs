//! What lasts: two database engines behind one SQL text, the audit log, the keys, and one module a noun.
//!
//! Nothing above this crate can run SQL, and nothing that holds ePHI leaves it except as [`Phi`], which opens only with
//! the [`Receipt`] of a durable audit event.

pub mod account;
pub mod alert;
pub mod audit;
pub mod batch;
pub mod claim;
pub mod client;
pub mod connector;
pub mod coverage;
pub mod db;
pub mod delivery;
pub mod device;
pub mod directory;
pub mod emergency;
mod error;
pub mod evidence;
pub mod file;
#[cfg(feature = "instant-log")]
pub mod instant;
pub mod intake;
pub mod keys;
pub mod ledger;
pub mod patient;
pub mod phi;
pub mod record;
pub mod remittance;
pub mod restriction;
pub mod review;
pub mod sample;
pub mod schedule;
pub mod session;
mod store;
pub mod visit;
pub mod work;

pub use db::{Row, Sql, Tx, Value};
pub use error::{Error, Result};
pub use phi::{Committed, Disclosed, Fields, Phi, Receipt, ReleaseError};
pub use store::{Engine, Options, Store, lock};

/// Whether the log that acknowledges at once was compiled in. The product refuses to compile when it was.
pub const INSTANT_LOG: bool = cfg!(feature = "instant-log");
