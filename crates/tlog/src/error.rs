//! The one error type of the crate.

use std::fmt;

/// What went wrong, where, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// Storage has no tile where a log of this size must have one.
    MissingTile {
        /// Tile level, 0 for leaf hashes.
        level: u8,
        /// Tile index within the level.
        index: u64,
    },
    /// A stored tile does not have as many hashes as the log's size asks for.
    TileWidth {
        /// Tile level, 0 for leaf hashes.
        level: u8,
        /// Tile index within the level.
        index: u64,
        /// Hashes that the log's size asks for.
        expected: usize,
        /// Hashes in the stored tile.
        found: usize,
    },
    /// Storage has no entries where a log of this size must have some.
    MissingEntries {
        /// Index of the entry bundle.
        index: u64,
        /// Entries that the log's size asks for.
        expected: usize,
        /// Entries that storage has.
        found: usize,
    },
    /// A leaf or a size lies outside the log.
    OutOfRange {
        /// The leaf index or tree size asked for.
        asked: u64,
        /// The size of the log, in leaves.
        size: u64,
    },
    /// A log size that no log can reach.
    TooLarge {
        /// The size, in leaves.
        size: u64,
    },
    /// An entry longer than a bundle can carry (65,535 bytes).
    EntryTooLong {
        /// Bytes in the entry.
        length: usize,
    },
    /// Text that is not what it should be: a path, a hash, a note, a key, a checkpoint.
    Malformed {
        /// What was being read, such as "tile path".
        what: &'static str,
        /// The offending input, shortened.
        input: String,
        /// Why it was refused.
        why: &'static str,
    },
    /// No signature on the note verifies under the key.
    Unsigned {
        /// Name of the key that should have signed.
        key: String,
        /// Why its signature was not accepted.
        why: &'static str,
    },
    /// A proof does not lead to the root it was checked against.
    Proof {
        /// Which proof: "inclusion" or "consistency".
        what: &'static str,
        /// Why it fails.
        why: &'static str,
    },
    /// A pack was asked for that would not verify.
    Pack {
        /// Why the pack cannot be written.
        why: &'static str,
    },
}

impl Error {
    pub(crate) fn malformed(what: &'static str, input: &str, why: &'static str) -> Self {
        Self::Malformed { what, input: input.chars().take(80).collect(), why }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingTile { level, index } => {
                write!(f, "log tile `{level}/{index}` is missing from storage; restore it from a backup or a pack")
            }
            Self::TileWidth { level, index, expected, found } => write!(
                f,
                "log tile `{level}/{index}` holds `{found}` hashes where the log's size asks for `{expected}`; \
                 storage was damaged or rolled back: compare it with a saved checkpoint"
            ),
            Self::MissingEntries { index, expected, found } => write!(
                f,
                "entry bundle `{index}` has `{found}` entries where the log's size asks for `{expected}`; restore \
                 them from a backup or a pack"
            ),
            Self::OutOfRange { asked, size } => {
                write!(f, "`{asked}` lies outside a log of `{size}` entries; ask for an index or a size within it")
            }
            Self::TooLarge { size } => {
                write!(f, "a log of `{size}` entries is larger than any log can be; the stored size is damaged")
            }
            Self::EntryTooLong { length } => {
                write!(f, "a log entry of `{length}` bytes is longer than 65535; commit to a digest of it instead")
            }
            Self::Malformed { what, input, why } => {
                write!(f, "{what} `{}` is malformed: {why}", input.escape_debug())
            }
            Self::Unsigned { key, why } => {
                write!(f, "the note is not signed by `{}`: {why}; check that it is the right key", key.escape_debug())
            }
            Self::Proof { what, why } => {
                write!(f, "the {what} proof does not hold: {why}; treat the log as tampered with until shown otherwise")
            }
            Self::Pack { why } => write!(f, "the pack cannot be written: {why}"),
        }
    }
}

impl std::error::Error for Error {}
