//! A transparency log without I/O: the RFC 6962 Merkle tree, C2SP tiles, checkpoints, signed notes, proofs and
//! evidence packs.
//!
//! Nothing here reads a file, a clock, a random source or a key. The store keeps the tiles and hands them in, the
//! caller signs and verifies through [`note::Signer`] and [`note::Verify`]. Storage is never trusted: whatever it
//! returns, these functions answer with a value or an [`Error`] and do not panic, and what a proof shows is shown
//! against a signed root.
//!
//! A writer goes through [`edge::Edge`]: load the right edge, push leaf hashes, save the changed tiles, sign a
//! [`checkpoint::Checkpoint`]. A reader goes through [`proof`]. An outsider goes through
//! [`pack::verify_pack`]. A witness goes through [`witness`].
//!
//! Sources: RFC 6962 section 2, RFC 9162 section 2.1, and C2SP `tlog-tiles`, `tlog-checkpoint`, `tlog-cosignature`, `tlog-witness`
//! and `signed-note`.

pub mod checkpoint;
pub mod edge;
mod error;
pub mod hash;
pub mod note;
pub mod pack;
pub mod proof;
pub mod tile;
pub mod witness;

pub use checkpoint::Checkpoint;
pub use edge::Edge;
pub use error::Error;
pub use hash::{Hash, leaf_hash, node_hash};
pub use note::{KeyId, Note, Signature, Signer, VerifierKey, Verify, WitnessKey};
pub use proof::Tiles;

#[cfg(test)]
mod tests;
