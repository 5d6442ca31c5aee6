//! Hashes of the Merkle tree (RFC 6962 section 2.1): SHA-256 with a prefix that keeps leaves and nodes apart.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};

use crate::Error;

/// Bytes in a hash.
pub const HASH_LEN: usize = 32;

/// A SHA-256 hash: of a leaf, of a node, or the root of a tree.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; HASH_LEN]);

impl Hash {
    /// The hash as bytes.
    pub const fn as_bytes(&self) -> &[u8; HASH_LEN] {
        &self.0
    }

    /// The hash as standard base64, as checkpoints carry it.
    pub fn to_base64(&self) -> String {
        STANDARD.encode(self.0)
    }

    /// Reads standard, padded base64. [`Error::Malformed`] when it is anything but 32 bytes in their one spelling.
    pub fn from_base64(text: &str) -> Result<Self, Error> {
        STANDARD
            .decode(text)
            .ok()
            .and_then(|bytes| Self::from_slice(&bytes))
            .ok_or_else(|| Error::malformed("hash", text, "it is not 32 bytes of padded base64"))
    }

    /// Reads 64 lower-case hexadecimal digits, as [`Display`](fmt::Display) writes them.
    pub fn from_hex(text: &str) -> Result<Self, Error> {
        let bytes = unhex(text.as_bytes());
        bytes
            .and_then(|bytes| Self::from_slice(&bytes))
            .ok_or_else(|| Error::malformed("hash", text, "it is not 64 lower-case hexadecimal digits"))
    }

    /// The hash in a slice of exactly 32 bytes.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

/// The hash of a leaf: SHA-256 over a zero byte and the entry.
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Hash(Sha256::new().chain_update([0]).chain_update(entry).finalize().into())
}

/// The hash of a node: SHA-256 over a one byte and its two children.
pub fn node_hash(left: Hash, right: Hash) -> Hash {
    Hash(Sha256::new().chain_update([1]).chain_update(left.0).chain_update(right.0).finalize().into())
}

/// The root of a tree without leaves: SHA-256 of nothing.
pub fn empty_root() -> Hash {
    sha256(&[])
}

/// Plain SHA-256, as key ids and manifests use it.
pub fn sha256(bytes: &[u8]) -> Hash {
    Hash(Sha256::digest(bytes).into())
}

/// Bytes from lower-case hexadecimal digits; upper case is refused so that each value has one spelling.
pub(crate) fn unhex(digits: &[u8]) -> Option<Vec<u8>> {
    fn nibble(digit: u8) -> Option<u8> {
        match digit {
            b'0'..=b'9' => Some(digit - b'0'),
            b'a'..=b'f' => Some(digit - b'a' + 10),
            _ => None,
        }
    }
    let (pairs, rest) = digits.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|&[high, low]| Some(nibble(high)? << 4 | nibble(low)?)).collect()
}
