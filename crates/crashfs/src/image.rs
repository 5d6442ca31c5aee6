//! The power cut: from a log to the files a disk might show afterwards.
//!
//! The model of the disk:
//! - a sync makes all writes to its file durable, and the file's name too;
//! - without one, each sector of 512 bytes holds any of the states it went through since, independent of its neighbours;
//! - truncations reach the disk in their order, and nothing written beyond a truncation's size reaches it before the truncation;
//! - a name created or deleted without a sync may be there or not;
//! - a failed sync leaves its writes in limbo: a later sync covers only the sectors written again since.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::SECTOR;
use crate::error::Error;
use crate::log::{Inode, Log, Op, Position};
use crate::rng::Rng;

/// How the simulated disk treats a sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disk {
    /// A sync that returned is kept.
    Honest,
    /// Syncs are ignored: anything since the start of the recording may be missing. Shows that the harness can fail.
    Lying,
}

/// One disk after one power cut.
#[derive(Debug, Clone)]
pub struct Image {
    /// Where the log was cut. What was acknowledged at or before it must be found.
    pub cut: Position,
    /// The files, by name relative to the watched directory.
    pub files: BTreeMap<PathBuf, Vec<u8>>,
}

impl Image {
    /// Writes the files into `dir`, which is made, and emptied of plain files first.
    pub fn write_to(&self, dir: &Path) -> Result<(), Error> {
        std::fs::create_dir_all(dir).map_err(Error::at(dir))?;
        for old in std::fs::read_dir(dir).map_err(Error::at(dir))? {
            let path = old.map_err(Error::at(dir))?.path();
            if path.is_file() {
                std::fs::remove_file(&path).map_err(Error::at(&path))?;
            }
        }
        for (name, bytes) in &self.files {
            let path = dir.join(name);
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent).map_err(Error::at(parent))?;
            }
            std::fs::write(&path, bytes).map_err(Error::at(&path))?;
        }
        Ok(())
    }
}

/// Crash images in the order of their cuts, so that one pass over the log makes them all.
#[derive(Debug)]
pub struct Images<'a> {
    log: &'a Log,
    disk: Disk,
    rng: Rng,
    /// Cuts still to make, largest first.
    cuts: Vec<usize>,
    done: usize,
    inodes: BTreeMap<Inode, Content>,
    names: BTreeMap<PathBuf, Name>,
}

/// What a name stands for.
#[derive(Debug, Default)]
struct Name {
    /// What the directory on the platter says.
    synced: Option<Inode>,
    /// What was said since, in order, without a sync.
    since: Vec<Option<Inode>>,
}

/// A file's bytes.
#[derive(Debug, Default)]
struct Content {
    /// On the platter.
    synced: Vec<u8>,
    /// Asked for since the last sync.
    pending: Vec<Pending>,
}

/// (Part of) an operation that no sync covers yet.
#[derive(Debug, Clone, Copy)]
struct Pending {
    /// Index into the log.
    op: usize,
    /// The part of the operation's bytes that is meant.
    from: usize,
    to: usize,
    /// A sync of it failed.
    limbo: bool,
}

/// A change that can be applied to a file's bytes.
#[derive(Debug, Clone, Copy)]
enum Change<'a> {
    Write { offset: usize, bytes: &'a [u8] },
    Truncate(usize),
}

impl<'a> Images<'a> {
    pub(crate) fn new(log: &'a Log, disk: Disk, seed: u64, count: usize) -> Self {
        let mut rng = Rng::new(seed);
        let mut cuts: Vec<usize> = (0..count).map(|_| rng.up_to(log.ops.len())).collect();
        cuts.sort_unstable_by(|a, b| b.cmp(a));
        let mut images = Self { log, disk, rng, cuts, done: 0, inodes: BTreeMap::new(), names: BTreeMap::new() };
        for (inode, (name, bytes)) in log.base.iter().enumerate() {
            images.inodes.insert(inode, Content { synced: bytes.clone(), pending: Vec::new() });
            images.names.insert(name.clone(), Name { synced: Some(inode), since: Vec::new() });
        }
        images
    }

    /// Takes the simulated disk past the operation at `index`.
    fn play(&mut self, index: usize) {
        let Some(op) = self.log.ops.get(index) else { return };
        match op {
            Op::Create { name, inode } => {
                self.inodes.insert(*inode, Content::default());
                self.names.entry(name.clone()).or_default().since.push(Some(*inode));
            }
            Op::Delete { name, synced } => {
                let entry = self.names.entry(name.clone()).or_default();
                if *synced && self.disk == Disk::Honest {
                    *entry = Name::default();
                } else {
                    entry.since.push(None);
                }
            }
            Op::Write { inode, bytes, .. } => {
                self.pend(*inode, Pending { op: index, from: 0, to: bytes.len(), limbo: false });
            }
            Op::Truncate { inode, .. } => self.pend(*inode, Pending { op: index, from: 0, to: 0, limbo: false }),
            Op::Sync { inode } => {
                if self.disk == Disk::Honest {
                    self.sync(*inode);
                }
            }
            Op::SyncFailed { inode } => {
                if let Some(content) = self.inodes.get_mut(inode) {
                    content.pending.iter_mut().for_each(|pending| pending.limbo = true);
                }
            }
        }
    }

    fn pend(&mut self, inode: Inode, pending: Pending) {
        self.inodes.entry(inode).or_default().pending.push(pending);
    }

    fn sync(&mut self, inode: Inode) {
        for name in self.names.values_mut() {
            if let Some(at) = name.since.iter().position(|said| *said == Some(inode)) {
                name.synced = Some(inode);
                name.since.drain(..=at);
            }
        }
        let log = self.log;
        let Some(content) = self.inodes.get_mut(&inode) else { return };
        let pending = std::mem::take(&mut content.pending);
        let written_again: BTreeSet<usize> = if pending.iter().any(|p| p.limbo) {
            pending.iter().filter(|p| !p.limbo).flat_map(|p| sectors(log, *p)).map(|(sector, _)| sector).collect()
        } else {
            BTreeSet::new()
        };
        for p in pending {
            if !p.limbo {
                apply(&mut content.synced, change(log, p));
                continue;
            }
            for (sector, part) in sectors(log, p) {
                if written_again.contains(&sector) {
                    apply(&mut content.synced, change(log, part));
                } else {
                    content.pending.push(part);
                }
            }
            // A truncation is the file system's own record, not the file's data: it is journalled with the next sync.
            if let Some(Change::Truncate(size)) = change(log, p) {
                apply(&mut content.synced, Some(Change::Truncate(size)));
            }
        }
    }

    /// The files as this cut leaves them.
    fn draw(&mut self) -> BTreeMap<PathBuf, Vec<u8>> {
        let (log, inodes, names, rng) = (self.log, &self.inodes, &self.names, &mut self.rng);
        let mut files = BTreeMap::new();
        for (path, name) in names {
            let said = rng.up_to(name.since.len());
            let inode = if said == 0 { name.synced } else { name.since.get(said - 1).copied().flatten() };
            if let Some(content) = inode.and_then(|inode| inodes.get(&inode)) {
                files.insert(path.clone(), tear(log, content, rng));
            }
        }
        files
    }
}

impl Iterator for Images<'_> {
    type Item = Image;

    fn next(&mut self) -> Option<Image> {
        let cut = self.cuts.pop()?;
        while self.done < cut {
            self.play(self.done);
            self.done += 1;
        }
        Some(Image { cut: Position(cut), files: self.draw() })
    }
}

/// The bytes of one file after the cut: all that was synced, and some of what was not.
fn tear(log: &Log, content: &Content, rng: &mut Rng) -> Vec<u8> {
    let mut bytes = content.synced.clone();
    if content.pending.is_empty() {
        return bytes;
    }
    // Some cuts lose all, some nothing, some a little, some much.
    let keep = [0, 5, 50, 95, 100].get(rng.up_to(4)).copied().unwrap_or(50);
    let mut states: BTreeMap<usize, usize> = BTreeMap::new();
    for (sector, _) in content.pending.iter().flat_map(|p| sectors(log, *p)) {
        *states.entry(sector).or_default() += 1;
    }
    // How many of its pending writes each sector took.
    for taken in states.values_mut() {
        if !rng.chance(keep) {
            *taken = if keep == 0 || rng.chance(50) { 0 } else { rng.up_to(*taken - 1) };
        }
    }
    let truncations = content.pending.iter().filter(|p| matches!(change(log, **p), Some(Change::Truncate(_)))).count();
    let mut to_truncate = if keep == 100 { truncations } else { rng.up_to(truncations) };
    // Beyond this size nothing later can have reached the disk.
    let mut wall = usize::MAX;
    let mut asked = bytes.len();
    for p in &content.pending {
        match change(log, *p) {
            Some(Change::Truncate(size)) if to_truncate > 0 => {
                to_truncate -= 1;
                asked = size;
                apply(&mut bytes, Some(Change::Truncate(size)));
            }
            Some(Change::Truncate(size)) => wall = wall.min(size),
            Some(Change::Write { .. }) | None => {}
        }
        for (sector, part) in sectors(log, *p) {
            let Some(Change::Write { offset, bytes: new }) = change(log, part) else { continue };
            asked = asked.max((offset + new.len()).min(wall));
            if let Some(left) = states.get_mut(&sector).filter(|left| **left > 0) {
                *left -= 1;
                if offset + new.len() <= wall {
                    apply(&mut bytes, Some(Change::Write { offset, bytes: new }));
                }
            }
        }
    }
    // The size may have been recorded before the bytes were.
    if keep != 0 && bytes.len() < asked && rng.chance(25) {
        bytes.resize(asked, 0);
    }
    bytes
}

/// What a pending part asks for.
fn change(log: &Log, part: Pending) -> Option<Change<'_>> {
    match log.ops.get(part.op)? {
        Op::Write { offset, bytes, .. } => {
            Some(Change::Write { offset: offset + part.from, bytes: bytes.get(part.from..part.to)? })
        }
        Op::Truncate { size, .. } => Some(Change::Truncate(*size)),
        Op::Create { .. } | Op::Delete { .. } | Op::Sync { .. } | Op::SyncFailed { .. } => None,
    }
}

/// A pending write cut at the sector boundaries of its file, with the sectors' numbers. Empty for a truncation.
fn sectors(log: &Log, part: Pending) -> impl Iterator<Item = (usize, Pending)> {
    let start = match log.ops.get(part.op) {
        Some(Op::Write { offset, .. }) => *offset,
        _ => 0,
    };
    let mut from = part.from;
    std::iter::from_fn(move || {
        if from >= part.to {
            return None;
        }
        let sector = (start + from) / SECTOR;
        let to = part.to.min((sector + 1) * SECTOR - start);
        let piece = Pending { from, to, ..part };
        from = to;
        Some((sector, piece))
    })
}

fn apply(file: &mut Vec<u8>, change: Option<Change<'_>>) {
    match change {
        Some(Change::Truncate(size)) => file.resize(size, 0),
        Some(Change::Write { offset, bytes }) => {
            let end = offset + bytes.len();
            if file.len() < end {
                file.resize(end, 0);
            }
            if let Some(place) = file.get_mut(offset..end) {
                place.copy_from_slice(bytes);
            }
        }
        None => {}
    }
}

#[cfg(test)]
mod tests;
