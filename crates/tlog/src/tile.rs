//! Tiles (C2SP `tlog-tiles`): the tree in blocks of up to 256 hashes, eight levels high, and their paths.
//!
//! Tile `(level, index)` holds the roots of complete subtrees of `256^level` leaves, numbers `256 * index` and on.
//! The last tile of a level may be partial; its width is then part of its path.

use std::fmt;
use std::str::FromStr;

use crate::Error;
use crate::hash::{HASH_LEN, Hash};

/// Levels of the tree that one tile spans.
pub const HEIGHT: u8 = 8;
/// Hashes in a full tile, and entries in a full bundle.
pub const WIDTH: u16 = 256;
/// Bytes in the longest entry that a bundle can carry.
pub const MAX_ENTRY: usize = 65_535;
/// Levels of tiles that a log can need.
pub const LEVELS: u8 = 8;
/// The largest log, in leaves: far out of reach, and far enough from the end of `u64` that no sum overflows.
pub const MAX_SIZE: u64 = 1 << 60;

/// What a tile file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Entries, each with its length before it.
    Entries,
    /// Hashes of this level.
    Hashes(u8),
}

/// The place of a tile: what it holds, where it is, how wide it is. Displays and parses as its C2SP path, such as
/// `tile/0/x001/234` or `tile/entries/000.p/17`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    /// What it holds.
    pub kind: Kind,
    /// Its index within its level.
    pub index: u64,
    /// Hashes or entries in it, 1 to 256.
    pub width: u16,
}

impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Entries => write!(f, "tile/entries")?,
            Kind::Hashes(level) => write!(f, "tile/{level}")?,
        }
        // Groups of three digits, all but the last marked with an `x`, so that no folder grows beyond 1,000 names.
        let mut divisor: u64 = 1;
        while self.index / divisor >= 1000 {
            divisor *= 1000;
        }
        while divisor > 1 {
            write!(f, "/x{:03}", self.index / divisor % 1000)?;
            divisor /= 1000;
        }
        write!(f, "/{:03}", self.index % 1000)?;
        if self.width < WIDTH {
            write!(f, ".p/{}", self.width)?;
        }
        Ok(())
    }
}

impl FromStr for Tile {
    type Err = Error;

    /// Reads a path. [`Error::Malformed`] for anything but the one right spelling.
    fn from_str(path: &str) -> Result<Self, Error> {
        let bad = |why| Error::malformed("tile path", path, why);
        let rest = path.strip_prefix("tile/").ok_or_else(|| bad("it does not begin with `tile/`"))?;
        let (kind, rest) = rest.split_once('/').ok_or_else(|| bad("it has no index"))?;
        let kind = if kind == "entries" {
            Kind::Entries
        } else {
            Kind::Hashes(kind.parse().map_err(|_| bad("its level is not a number"))?)
        };
        let (index, width) = match rest.split_once(".p/") {
            None => (rest, WIDTH),
            Some((index, width)) => {
                let width = width.parse().map_err(|_| bad("its width is not a number"))?;
                (index, width)
            }
        };
        let mut number: u64 = 0;
        for group in index.split('/') {
            let digits = group.strip_prefix('x').unwrap_or(group);
            let value: u64 = digits.parse().map_err(|_| bad("its index is not a number"))?;
            number = number
                .checked_mul(1000)
                .and_then(|n| n.checked_add(value))
                .ok_or_else(|| bad("its index is too large"))?;
        }
        let tile = Self { kind, index: number, width };
        // Leading zeros, signs, missing marks and the like all come out different.
        if tile.to_string() != path {
            return Err(bad("it is not spelt as C2SP asks"));
        }
        if width == 0 || width > WIDTH || matches!(kind, Kind::Hashes(level) if level > 63) {
            return Err(bad("its width or level is out of range"));
        }
        Ok(tile)
    }
}

/// Every tile that a log of `size` leaves has, entries first, then level by level; the last of each may be partial.
pub fn tiles_of(size: u64) -> impl Iterator<Item = Tile> {
    let entries = level_of(size, 0).map(|tile| Tile { kind: Kind::Entries, ..tile });
    entries.chain((0..LEVELS).flat_map(move |level| level_of(size, level)))
}

fn level_of(size: u64, level: u8) -> impl Iterator<Item = Tile> {
    let count = hashes_at(size, level);
    (0..count.div_ceil(u64::from(WIDTH))).map(move |index| Tile {
        kind: Kind::Hashes(level),
        index,
        width: width_at(size, level, index),
    })
}

/// How many hashes a log of `size` leaves has at a tile level.
pub fn hashes_at(size: u64, level: u8) -> u64 {
    size.checked_shr(u32::from(level) * u32::from(HEIGHT)).unwrap_or(0)
}

/// How wide the tile is in a log of `size` leaves, 0 where there is none.
pub fn width_at(size: u64, level: u8, index: u64) -> u16 {
    let before = index.saturating_mul(u64::from(WIDTH));
    let left = hashes_at(size, level).saturating_sub(before);
    u16::try_from(left).map_or(WIDTH, |left| left.min(WIDTH))
}

/// The content of a hash tile: its hashes, one after the other.
pub fn encode_hashes(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

/// Reads the content of a hash tile. [`Error::Malformed`] unless it is 1 to 256 whole hashes.
pub fn decode_hashes(bytes: &[u8]) -> Result<Vec<Hash>, Error> {
    let (hashes, rest) = bytes.as_chunks::<HASH_LEN>();
    if hashes.is_empty() || hashes.len() > usize::from(WIDTH) || !rest.is_empty() {
        let length = bytes.len().to_string();
        return Err(Error::malformed("hash tile of length", &length, "it is not 1 to 256 hashes of 32 bytes"));
    }
    Ok(hashes.iter().copied().map(Hash).collect())
}

/// The content of an entry bundle: each entry with its length before it, two bytes, big-endian.
/// [`Error::EntryTooLong`] for an entry over 65,535 bytes.
pub fn encode_entries<T: AsRef<[u8]>>(entries: &[T]) -> Result<Vec<u8>, Error> {
    let mut bundle = Vec::with_capacity(entries.iter().map(|entry| entry.as_ref().len() + 2).sum());
    for entry in entries {
        let entry = entry.as_ref();
        let length = u16::try_from(entry.len()).map_err(|_| Error::EntryTooLong { length: entry.len() })?;
        bundle.extend_from_slice(&length.to_be_bytes());
        bundle.extend_from_slice(entry);
    }
    Ok(bundle)
}

/// Reads an entry bundle. [`Error::Malformed`] when it ends within an entry, is empty or holds over 256 entries.
pub fn decode_entries(bundle: &[u8]) -> Result<Vec<&[u8]>, Error> {
    let bad = |why| Error::malformed("entry bundle of length", &bundle.len().to_string(), why);
    let mut entries = Vec::new();
    let mut rest = bundle;
    while let Some((length, after)) = rest.split_first_chunk::<2>() {
        let length = usize::from(u16::from_be_bytes(*length));
        let (entry, after) = after.split_at_checked(length).ok_or_else(|| bad("it ends within an entry"))?;
        entries.push(entry);
        rest = after;
    }
    if !rest.is_empty() {
        return Err(bad("it ends within a length"));
    }
    if entries.is_empty() || entries.len() > usize::from(WIDTH) {
        return Err(bad("it does not hold 1 to 256 entries"));
    }
    Ok(entries)
}
