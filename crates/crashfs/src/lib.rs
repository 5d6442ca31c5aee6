//! A recording SQLite VFS for crash tests.
//!
//! A [`Recorder`] watches one directory. Every write, truncation, sync, creation and deletion that SQLite makes there goes
//! through to the real disk and is also logged, in one order over all files. An acknowledgement is a position in that log
//! ([`Recorder::mark`]). [`Log::images`] then plays the power cut: it stops the log anywhere, keeps what was synced, keeps a
//! random part of what was not, in sectors of 512 bytes, and hands out the files as a disk might show them afterwards. The
//! caller opens them and looks for what it had acknowledged.
//!
//! The recorder can also make the k-th call fail ([`Recorder::arm`]), once or until [`Recorder::heal`].
//!
//! It works below the encryption: under SQLCipher the bytes seen here are ciphertext.
//!
//! Tests only. This is the one crate with unsafe code.

mod error;
mod image;
mod log;
pub mod plain;
mod recorder;
mod rng;
mod vfs;

pub use error::Error;
pub use image::{Disk, Image, Images};
pub use log::{Log, Position};
pub use recorder::{Call, Counts, Failure, Fault, Recorder};
pub use rng::Rng;

/// The VFS's name, for code that opens by name. It is registered by the first [`Recorder::new`], and is the default then.
pub const VFS: &str = "crashfs";

/// What a disk writes whole or not at all, in bytes.
pub const SECTOR: usize = 512;
