//! Inclusion and consistency proofs (RFC 6962 section 2.1, RFC 9162 sections 2.1.3 and 2.1.4), from tiles.
//!
//! What storage returns is not checked here: a proof built from lying tiles does not verify against the signed root,
//! so check what you build before you show it.

use std::collections::BTreeMap;

use crate::Error;
use crate::hash::{Hash, empty_root, node_hash};
use crate::tile::{HEIGHT, MAX_SIZE, WIDTH, width_at};

/// Storage of tiles.
pub trait Tiles {
    /// What reading can fail with.
    type Error: From<Error>;

    /// The hashes of a tile, `None` where there is none. It may be wider than a proof needs, because the log has grown.
    fn tile(&self, level: u8, index: u64) -> Result<Option<Vec<Hash>>, Self::Error>;
}

impl<T: Tiles + ?Sized> Tiles for &T {
    type Error = T::Error;

    fn tile(&self, level: u8, index: u64) -> Result<Option<Vec<Hash>>, Self::Error> {
        (**self).tile(level, index)
    }
}

/// The root of the log when it had `size` leaves.
pub fn root_at<T: Tiles + ?Sized>(tiles: &T, size: u64) -> Result<Hash, T::Error> {
    check_size(size)?;
    if size == 0 {
        return Ok(empty_root());
    }
    Reader::new(tiles, size).range(0, size)
}

/// The hash of one leaf.
pub fn leaf_at<T: Tiles + ?Sized>(tiles: &T, index: u64, size: u64) -> Result<Hash, T::Error> {
    check_leaf(index, size)?;
    Reader::new(tiles, size).complete(index, 0)
}

/// Proof that leaf `index` is in the log of `size` leaves: the hashes beside its path, lowest first.
/// [`Error::OutOfRange`] when it is not.
pub fn inclusion<T: Tiles + ?Sized>(tiles: &T, index: u64, size: u64) -> Result<Vec<Hash>, T::Error> {
    check_leaf(index, size)?;
    let mut reader = Reader::new(tiles, size);
    let mut proof = Vec::new();
    let (mut from, mut to) = (0, size);
    while to - from > 1 {
        let middle = from + split(to - from);
        if index < middle {
            proof.push(reader.range(middle, to)?);
            to = middle;
        } else {
            proof.push(reader.range(from, middle)?);
            from = middle;
        }
    }
    proof.reverse();
    Ok(proof)
}

/// Proof that the log of `old` leaves is the beginning of the log of `new` leaves. Empty when `old` is 0 or `new`.
/// [`Error::OutOfRange`] when `old` is larger.
pub fn consistency<T: Tiles + ?Sized>(tiles: &T, old: u64, new: u64) -> Result<Vec<Hash>, T::Error> {
    check_size(new)?;
    if old > new {
        return Err(Error::OutOfRange { asked: old, size: new }.into());
    }
    let mut proof = Vec::new();
    if old == 0 || old == new {
        return Ok(proof);
    }
    let mut reader = Reader::new(tiles, new);
    let (mut from, mut to) = (0, new);
    while old != to {
        let middle = from + split(to - from);
        if old <= middle {
            proof.push(reader.range(middle, to)?);
            to = middle;
        } else {
            proof.push(reader.range(from, middle)?);
            from = middle;
        }
    }
    if from > 0 {
        proof.push(reader.range(from, to)?);
    }
    proof.reverse();
    Ok(proof)
}

/// Checks that a leaf hash is at `index` in the log of `size` leaves with this root (RFC 9162 section 2.1.3.2).
/// [`Error::Proof`] when the proof does not show it.
pub fn verify_inclusion(leaf: Hash, index: u64, size: u64, proof: &[Hash], root: Hash) -> Result<(), Error> {
    check_leaf(index, size)?;
    let fail = |why| Error::Proof { what: "inclusion", why };
    let mut climb = Climb { node: index, last: size - 1 };
    let mut hash = leaf;
    for &beside in proof {
        hash = match climb.step().ok_or_else(|| fail(TOO_LONG))? {
            Side::Left => node_hash(beside, hash),
            Side::Right => node_hash(hash, beside),
        };
    }
    if climb.last != 0 {
        return Err(fail(TOO_SHORT));
    }
    if hash != root {
        return Err(fail("it leads to another root"));
    }
    Ok(())
}

/// Checks that a log of `new.0` leaves with root `new.1` begins with the log of `old.0` leaves with root `old.1`
/// (RFC 9162 section 2.1.4.2). [`Error::Proof`] when the proof does not show it.
pub fn verify_consistency(old: (u64, Hash), new: (u64, Hash), proof: &[Hash]) -> Result<(), Error> {
    let ((old_size, old_root), (new_size, new_root)) = (old, new);
    let fail = |why| Error::Proof { what: "consistency", why };
    check_size(new_size)?;
    if old_size > new_size {
        return Err(fail("the earlier log is the larger one"));
    }
    if old_size == 0 || old_size == new_size {
        let expected = if old_size == 0 { empty_root() } else { new_root };
        if !proof.is_empty() {
            return Err(fail(TOO_LONG));
        }
        if old_root != expected || (new_size == 0 && new_root != expected) {
            return Err(fail("the roots differ"));
        }
        return Ok(());
    }
    let mut climb = Climb { node: old_size - 1, last: new_size - 1 };
    while climb.node % 2 == 1 {
        climb.up();
    }
    // A complete tree is its own first node, and the proof leaves it out.
    let mut rest = proof.iter().copied();
    let first = if old_size.is_power_of_two() { Some(old_root) } else { rest.next() };
    let first = first.ok_or_else(|| fail(TOO_SHORT))?;
    let (mut old_hash, mut new_hash) = (first, first);
    for beside in rest {
        match climb.step().ok_or_else(|| fail(TOO_LONG))? {
            Side::Left => {
                old_hash = node_hash(beside, old_hash);
                new_hash = node_hash(beside, new_hash);
            }
            Side::Right => new_hash = node_hash(new_hash, beside),
        }
    }
    if climb.last != 0 {
        return Err(fail(TOO_SHORT));
    }
    if old_hash != old_root {
        return Err(fail("it leads to another earlier root"));
    }
    if new_hash != new_root {
        return Err(fail("it leads to another root"));
    }
    Ok(())
}

const TOO_LONG: &str = "it is longer than the log's size allows";
const TOO_SHORT: &str = "it is shorter than the log's size asks for";

/// The way from a node up to the root: its number and that of the last node, level by level.
struct Climb {
    node: u64,
    last: u64,
}

/// On which side of the path the next hash of a proof lies.
enum Side {
    Left,
    Right,
}

impl Climb {
    fn up(&mut self) {
        self.node >>= 1;
        self.last >>= 1;
    }

    /// Goes up past the next hash; `None` when the root is reached already.
    fn step(&mut self) -> Option<Side> {
        if self.last == 0 {
            return None;
        }
        let side = if self.node % 2 == 1 || self.node == self.last {
            // The last node of an uneven level has nothing beside it and rises as it is.
            while self.node.is_multiple_of(2) && self.node != 0 {
                self.up();
            }
            Side::Left
        } else {
            Side::Right
        };
        self.up();
        Some(side)
    }
}

fn check_size(size: u64) -> Result<(), Error> {
    if size > MAX_SIZE {
        return Err(Error::TooLarge { size });
    }
    Ok(())
}

fn check_leaf(index: u64, size: u64) -> Result<(), Error> {
    check_size(size)?;
    if index >= size {
        return Err(Error::OutOfRange { asked: index, size });
    }
    Ok(())
}

/// The largest power of two below `count`, which is at least 2: where RFC 6962 splits a tree.
fn split(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}

/// Reads hashes of the tree of one size, each tile once.
struct Reader<'a, T: ?Sized> {
    tiles: &'a T,
    size: u64,
    seen: BTreeMap<(u8, u64), Vec<Hash>>,
}

impl<'a, T: Tiles + ?Sized> Reader<'a, T> {
    fn new(tiles: &'a T, size: u64) -> Self {
        Self { tiles, size, seen: BTreeMap::new() }
    }

    /// The hash over leaves `from` to before `to`, a range that RFC 6962 splits off: `from` is a multiple of the
    /// smallest power of two that holds the range.
    fn range(&mut self, from: u64, to: u64) -> Result<Hash, T::Error> {
        let mut roots = Vec::new();
        let mut at = from;
        while at < to {
            let height = (to - at).ilog2();
            roots.push(self.complete(at, height)?);
            at += 1 << height;
        }
        let root = roots.into_iter().rev().reduce(|right, left| node_hash(left, right));
        Ok(root.unwrap_or_else(empty_root))
    }

    /// The root of the complete subtree of `2^height` leaves that begins at leaf `from`.
    fn complete(&mut self, from: u64, height: u32) -> Result<Hash, T::Error> {
        let level = u8::try_from(height / u32::from(HEIGHT)).unwrap_or(u8::MAX);
        let first = from >> (u32::from(level) * u32::from(HEIGHT));
        let count = 1_usize << (height % u32::from(HEIGHT));
        let start = usize::try_from(first % u64::from(WIDTH)).unwrap_or(usize::MAX);
        let index = first >> HEIGHT;
        let hashes = self.tile(level, index)?;
        let found = hashes.len();
        let Some(slice) = start.checked_add(count).and_then(|end| hashes.get(start..end)) else {
            let expected = usize::from(width_at(self.size, level, index));
            return Err(Error::TileWidth { level, index, expected, found }.into());
        };
        let mut row = slice.to_vec();
        while row.len() > 1 {
            row = row.as_chunks::<2>().0.iter().map(|&[left, right]| node_hash(left, right)).collect();
        }
        row.pop().ok_or_else(|| Error::MissingTile { level, index }.into())
    }

    fn tile(&mut self, level: u8, index: u64) -> Result<&[Hash], T::Error> {
        use std::collections::btree_map::Entry;
        match self.seen.entry((level, index)) {
            Entry::Occupied(entry) => Ok(entry.into_mut()),
            Entry::Vacant(entry) => {
                let hashes = self.tiles.tile(level, index)?;
                Ok(entry.insert(hashes.ok_or(Error::MissingTile { level, index })?))
            }
        }
    }
}
