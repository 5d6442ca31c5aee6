//! The right edge of the tree: all that an append needs, a tile a level at most.

use crate::Error;
use crate::hash::{Hash, empty_root, node_hash};
use crate::tile::{HEIGHT, LEVELS, MAX_SIZE, WIDTH, hashes_at, width_at};

/// The right edge of a log: its size and the last, partial tile of each level.
///
/// The store loads it from its rows in the transaction that appends (never from memory: another process, a
/// rollback or a restore may have moved the log), pushes leaf hashes, saves [`changed`](Self::changed), and signs
/// [`root`](Self::root).
#[derive(Clone, Debug, Default)]
pub struct Edge {
    size: u64,
    levels: Vec<Level>,
    full: Vec<(u8, u64, Vec<Hash>)>,
}

/// The last tile of a level while it is not full.
#[derive(Clone, Debug, Default)]
struct Level {
    index: u64,
    hashes: Vec<Hash>,
    /// Roots of the complete subtrees that cover `hashes`, largest first; what the next push merges with.
    roots: Vec<Hash>,
    changed: bool,
}

impl Level {
    /// Adds a hash; when that fills the tile, empties it and returns its hashes and their root.
    fn push(&mut self, hash: Hash) -> Option<(Vec<Hash>, Hash)> {
        self.hashes.push(hash);
        let mut root = hash;
        let mut covered = self.hashes.len();
        while covered.is_multiple_of(2)
            && let Some(left) = self.roots.pop()
        {
            root = node_hash(left, root);
            covered /= 2;
        }
        if self.hashes.len() < usize::from(WIDTH) {
            self.roots.push(root);
            return None;
        }
        self.roots.clear();
        let full = Vec::with_capacity(usize::from(WIDTH));
        Some((std::mem::replace(&mut self.hashes, full), root))
    }
}

impl Edge {
    /// The edge of an empty log.
    pub fn new() -> Self {
        Self::default()
    }

    /// The edge of a log of `size` leaves, from its stored tiles. `tile(level, index)` is asked for the last,
    /// partial tile of each level, at most once each.
    ///
    /// Fails with what `tile` fails with, and with [`Error::MissingTile`], [`Error::TileWidth`] or
    /// [`Error::TooLarge`] when the stored tiles cannot be those of a log of this size.
    pub fn load<E: From<Error>>(
        size: u64,
        mut tile: impl FnMut(u8, u64) -> Result<Option<Vec<Hash>>, E>,
    ) -> Result<Self, E> {
        if size > MAX_SIZE {
            return Err(Error::TooLarge { size }.into());
        }
        let mut levels = Vec::new();
        for level in 0..LEVELS {
            let count = hashes_at(size, level);
            if count == 0 {
                break;
            }
            let mut edge = Level { index: count >> HEIGHT, ..Level::default() };
            let expected = usize::from(width_at(size, level, edge.index));
            if expected > 0 {
                let index = edge.index;
                let hashes = tile(level, index)?.ok_or(Error::MissingTile { level, index })?;
                if hashes.len() != expected {
                    let found = hashes.len();
                    return Err(Error::TileWidth { level, index, expected, found }.into());
                }
                for hash in hashes {
                    edge.push(hash);
                }
            }
            levels.push(edge);
        }
        Ok(Self { size, levels, full: Vec::new() })
    }

    /// Leaves in the log.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf and returns its index.
    pub fn push(&mut self, leaf: Hash) -> u64 {
        let mut hash = leaf;
        for level in 0..LEVELS {
            let at = usize::from(level);
            if self.levels.len() <= at {
                self.levels.push(Level::default());
            }
            let Some(edge) = self.levels.get_mut(at) else {
                break;
            };
            edge.changed = true;
            let Some((hashes, root)) = edge.push(hash) else {
                break;
            };
            self.full.push((level, edge.index, hashes));
            edge.index += 1;
            edge.changed = false;
            hash = root;
        }
        let index = self.size;
        self.size += 1;
        index
    }

    /// The root of the log as it stands; of an empty one, [`empty_root`].
    pub fn root(&self) -> Hash {
        // Smallest subtree first: each one before it hangs to the left of all that came so far.
        self.levels
            .iter()
            .flat_map(|level| level.roots.iter().rev())
            .copied()
            .reduce(|right, left| node_hash(left, right))
            .unwrap_or_else(empty_root)
    }

    /// The tiles that differ from what storage has: `(level, index, hashes)`, full ones first, each place once.
    pub fn changed(&self) -> impl Iterator<Item = (u8, u64, &[Hash])> {
        let full = self.full.iter().map(|(level, index, hashes)| (*level, *index, hashes.as_slice()));
        let partial = (0..LEVELS).zip(&self.levels);
        let partial =
            partial.filter(|(_, edge)| edge.changed).map(|(level, edge)| (level, edge.index, edge.hashes.as_slice()));
        full.chain(partial)
    }

    /// Forgets which tiles changed: call it when storage has them and the edge is to be pushed to again. A long run of
    /// pushes keeps every tile it fills until then.
    pub fn saved(&mut self) {
        self.saved_full();
        for level in &mut self.levels {
            level.changed = false;
        }
    }

    /// Forgets the full tiles among the changed ones, and no partial tile.
    pub(crate) fn saved_full(&mut self) {
        self.full.clear();
    }
}
