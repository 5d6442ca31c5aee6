//! Tests, and what they share: a log in memory, a tree by definition, an Ed25519 key.

mod note;
mod pack;
mod tile;
mod tree;
mod witness;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};

use crate::{Edge, Error, Hash, Signer, Tiles, Verify, leaf_hash, node_hash};

/// An Ed25519 key from a seed, so that tests repeat.
pub(crate) struct Key(Ed25519KeyPair);

impl Key {
    pub(crate) fn new(seed: u8) -> Self {
        Self(Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap())
    }
}

impl Signer for Key {
    fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).as_ref().try_into().unwrap()
    }

    fn public_key(&self) -> [u8; 32] {
        self.0.public_key().as_ref().try_into().unwrap()
    }
}

/// Ed25519 by aws-lc.
pub(crate) struct AwsLc;

impl Verify for AwsLc {
    fn verify(&self, public: &[u8; 32], message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, public).verify(message, signature).is_ok()
    }
}

/// Tiles in memory.
#[derive(Clone, Default)]
pub(crate) struct Memory {
    pub(crate) tiles: BTreeMap<(u8, u64), Vec<Hash>>,
}

impl Memory {
    pub(crate) fn save(&mut self, edge: &mut Edge) {
        for (level, index, hashes) in edge.changed() {
            self.tiles.insert((level, index), hashes.to_vec());
        }
        edge.saved();
    }
}

impl Tiles for Memory {
    type Error = Error;

    fn tile(&self, level: u8, index: u64) -> Result<Option<Vec<Hash>>, Error> {
        Ok(self.tiles.get(&(level, index)).cloned())
    }
}

/// Leaf hashes of the entries "0", "1", ..
pub(crate) fn leaves(count: u64) -> Vec<Hash> {
    (0..count).map(|n| leaf_hash(n.to_string().as_bytes())).collect()
}

/// Leaves in [`big_log`]: three levels of tiles, the last of each partial.
pub(crate) const BIG: u64 = 256 * 256 * 2 + 256 * 3 + 77;

/// A log that is made once.
pub(crate) fn big_log() -> &'static (Vec<Hash>, Memory) {
    static LOG: OnceLock<(Vec<Hash>, Memory)> = OnceLock::new();
    LOG.get_or_init(|| {
        let leaves = leaves(BIG);
        let mut edge = Edge::new();
        for leaf in &leaves {
            edge.push(*leaf);
        }
        let mut memory = Memory::default();
        memory.save(&mut edge);
        (leaves, memory)
    })
}

/// The root as RFC 6962 section 2.1 defines it, word for word.
pub(crate) fn defined_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => crate::hash::empty_root(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            node_hash(defined_root(left), defined_root(right))
        }
    }
}
