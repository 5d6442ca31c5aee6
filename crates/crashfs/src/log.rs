//! The log of what SQLite asked of the disk.

use std::path::PathBuf;
use std::sync::Arc;

use crate::image::{Disk, Images};

/// A place in the log: everything before it had been handed to the disk. Acknowledgements and cuts are compared by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(pub(crate) usize);

impl Position {
    /// The number of operations before this place.
    pub fn get(self) -> usize {
        self.0
    }
}

/// A file's identity, which outlives its name: a deleted and recreated file is another one.
pub(crate) type Inode = usize;

/// One thing asked of the disk.
#[derive(Debug, Clone)]
pub(crate) enum Op {
    /// `name` now stands for the new, empty `inode`.
    Create { name: PathBuf, inode: Inode },
    /// `name` is gone; `synced` when the directory was synced with it.
    Delete { name: PathBuf, synced: bool },
    /// Bytes at an offset.
    Write { inode: Inode, offset: usize, bytes: Box<[u8]> },
    /// The file has this many bytes now.
    Truncate { inode: Inode, size: usize },
    /// All of the file's writes so far are on the platter.
    Sync { inode: Inode },
    /// A sync failed: the system may have dropped the writes it was about, and will not try them again.
    SyncFailed { inode: Inode },
}

/// What was recorded: the files at the start, and every operation since.
#[derive(Debug, Clone)]
pub struct Log {
    /// Files that were there, whole and synced, when recording began; the index is the inode.
    pub(crate) base: Arc<Vec<(PathBuf, Vec<u8>)>>,
    pub(crate) ops: Arc<Vec<Op>>,
}

impl Log {
    /// The position behind the last operation.
    pub fn end(&self) -> Position {
        Position(self.ops.len())
    }

    /// Bytes written, over all files.
    pub fn bytes(&self) -> usize {
        self.ops.iter().map(|op| if let Op::Write { bytes, .. } = op { bytes.len() } else { 0 }).sum()
    }

    /// Syncs that succeeded.
    pub fn syncs(&self) -> usize {
        self.ops.iter().filter(|op| matches!(op, Op::Sync { .. })).count()
    }

    /// `count` crash images of an honest disk, in the order of their cuts. The same seed gives the same images.
    pub fn images(&self, seed: u64, count: usize) -> Images<'_> {
        self.images_of(Disk::Honest, seed, count)
    }

    /// `count` crash images of the given kind of disk.
    pub fn images_of(&self, disk: Disk, seed: u64, count: usize) -> Images<'_> {
        Images::new(self, disk, seed, count)
    }
}
