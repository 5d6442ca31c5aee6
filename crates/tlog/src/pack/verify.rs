//! The outsider's side of a pack.

use std::collections::BTreeSet;

use super::{CHECKPOINT, Files, Line, MANIFEST, VKEY, is_plain, parse_manifest};
use crate::hash::{Hash, empty_root, leaf_hash};
use crate::note::{VerifierKey, Verify};
use crate::tile::{Kind, MAX_SIZE, Tile, WIDTH, decode_entries, encode_hashes, tiles_of, width_at};
use crate::{Checkpoint, Edge, Error, Note};

/// Faults of one kind that are named one by one; the rest are counted.
const NAMED: usize = 20;

/// What a pack was found to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Entries that were read and hashed.
    pub entries: u64,
    /// The root over those entries; it is the signed root when there are no faults.
    pub root: Hash,
    /// The checkpoint with its signatures, as in the pack; empty when there is none that can be read.
    pub checkpoint: String,
    /// The key that everything was verified under; empty when there is none that can be read. When no key was expected, this
    /// is whatever the pack itself says, and is for a person to compare.
    pub vkey: String,
    /// Everything that is wrong, in sentences; empty only when the pack is whole.
    pub faults: Vec<String>,
}

impl Report {
    /// Whether the pack is whole.
    pub fn is_whole(&self) -> bool {
        self.faults.is_empty()
    }
}

/// Verifies a pack: the signatures of checkpoint and manifest, every file against the manifest, and every entry up through
/// every tile to the signed root.
///
/// With an `expected` verifier key the pack must be that log's. Without one it is only shown to be whole in itself: whoever
/// made it could have made the key too.
pub fn verify_pack<F: Files + ?Sized>(files: &F, verify: &dyn Verify, expected: Option<&str>) -> Report {
    let mut checker = Checker {
        files,
        verify,
        paths: files.paths(),
        report: Report {
            entries: 0,
            root: empty_root(),
            checkpoint: String::new(),
            vkey: String::new(),
            faults: Vec::new(),
        },
    };
    checker.paths.sort_unstable();
    let key = checker.key(expected);
    checker.manifest(key.as_ref());
    if let Some(head) = checker.checkpoint(key.as_ref()) {
        checker.tile_paths(head.size);
        checker.entries(&head);
    }
    checker.report
}

struct Checker<'a, F: ?Sized> {
    files: &'a F,
    verify: &'a dyn Verify,
    paths: Vec<String>,
    report: Report,
}

impl<F: Files + ?Sized> Checker<'_, F> {
    fn fault(&mut self, fault: impl Into<String>) {
        self.report.faults.push(fault.into());
    }

    /// Notes faults of one kind: the first few by path, then how many more.
    fn faults<'p>(&mut self, paths: impl Iterator<Item = &'p str>, what: &str) {
        let mut more = 0_u64;
        for (at, path) in paths.enumerate() {
            if at < NAMED {
                self.fault(format!("`{}` {what}", path.escape_debug()));
            } else {
                more += 1;
            }
        }
        if more > 0 {
            self.fault(format!("so with {more} more files: each {what}"));
        }
    }

    /// The bytes of a file that the pack must have; a fault when it has not.
    fn read(&mut self, path: &str) -> Option<Vec<u8>> {
        match self.files.read(path) {
            Ok(bytes) => Some(bytes.into_owned()),
            Err(why) => {
                self.fault(format!("`{path}` cannot be read: {why}"));
                None
            }
        }
    }

    fn key(&mut self, expected: Option<&str>) -> Option<VerifierKey> {
        let expected = expected.map(str::trim);
        let bytes = self.read(VKEY);
        let text = bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let own = text.as_ref().and_then(|text| text.strip_suffix('\n'));
        if let (Some(own), Some(expected)) = (own, expected)
            && own != expected
        {
            self.fault(format!("`{VKEY}` is not the expected key `{}`", expected.escape_debug()));
        }
        if text.is_some() && own.is_none() {
            self.fault(format!("`{VKEY}` does not end with a newline"));
        }
        match expected.or(own)?.parse::<VerifierKey>() {
            Ok(key) => {
                self.report.vkey = key.to_string();
                Some(key)
            }
            Err(error) => {
                self.fault(error.to_string());
                None
            }
        }
    }

    /// A signed note in its one spelling, verified; `None` when it cannot be read, but not when its signature is wrong.
    fn note(&mut self, path: &str, key: Option<&VerifierKey>) -> Option<Note> {
        let bytes = self.read(path)?;
        let note = match Note::parse(&bytes) {
            Ok(note) => note,
            Err(error) => {
                self.fault(format!("`{path}` is not a signed note: {error}"));
                return None;
            }
        };
        if note.to_string().as_bytes() != bytes {
            self.fault(format!("`{path}` is not spelt as a signed note is"));
        }
        if let Some(key) = key
            && let Err(error) = note.verify(key, self.verify)
        {
            self.fault(format!("`{path}`: {error}"));
        }
        Some(note)
    }

    /// Holds every file against the manifest.
    fn manifest(&mut self, key: Option<&VerifierKey>) {
        let Some(note) = self.note(MANIFEST, key) else {
            return;
        };
        // A line by another key would be a byte that no signature covers.
        if note.signatures().len() != 1 {
            self.fault(format!("`{MANIFEST}` has other signatures beside the log's"));
        }
        let Some(listed) = parse_manifest(note.text()) else {
            self.fault(format!("`{MANIFEST}` is not a list of files in the form of a pack's"));
            return;
        };
        let paths = std::mem::take(&mut self.paths);
        let present: BTreeSet<&str> = paths.iter().map(String::as_str).collect();
        let missing = listed.keys().map(String::as_str).filter(|path| !present.contains(path));
        self.faults(missing, "is in the manifest and not in the pack");
        let extra = present.iter().copied().filter(|path| *path != MANIFEST && !listed.contains_key(*path));
        self.faults(extra, "is in the pack and not in the manifest");
        let odd = present.iter().copied().filter(|path| !is_plain(path));
        self.faults(odd, "is not a plain path");
        let files = self.files;
        let changed = listed.iter().filter(|(path, _)| present.contains(path.as_str()));
        let changed =
            changed.filter(|(path, line)| files.read(path).map(|bytes| Line::of(&bytes)).as_ref() != Ok(*line));
        self.faults(changed.map(|(path, _)| path.as_str()), "is not the file that the manifest names");
        self.paths = paths;
    }

    fn checkpoint(&mut self, key: Option<&VerifierKey>) -> Option<Checkpoint> {
        let note = self.note(CHECKPOINT, key)?;
        self.report.checkpoint = note.to_string();
        let head: Checkpoint = match note.text().parse() {
            Ok(head) => head,
            Err(error) => {
                self.fault(format!("`{CHECKPOINT}`: {error}"));
                return None;
            }
        };
        if key.is_some_and(|key| key.name() != head.origin) {
            self.fault(format!("`{CHECKPOINT}` names another log than its key does"));
        }
        if head.size > MAX_SIZE {
            self.fault(format!("`{CHECKPOINT}`: {}", Error::TooLarge { size: head.size }));
            return None;
        }
        Some(head)
    }

    /// Holds the paths under `tile/` against the size: all that it names must be there, and nothing else.
    fn tile_paths(&mut self, size: u64) {
        let paths = std::mem::take(&mut self.paths);
        let belongs = |path: &str| {
            path.parse::<Tile>().is_ok_and(|tile| {
                let level = match tile.kind {
                    Kind::Entries => 0,
                    Kind::Hashes(level) => level,
                };
                width_at(size, level, tile.index) == tile.width
            })
        };
        let tiles = paths.iter().map(String::as_str).filter(|path| path.starts_with("tile/"));
        let (good, odd): (BTreeSet<&str>, BTreeSet<&str>) = tiles.partition(|path| belongs(path));
        self.faults(odd.into_iter(), "is no tile of a log of this size");
        // A forged size may name more tiles than there is time for, so stop at the first few that are missing.
        let missing = tiles_of(size).map(|tile| tile.to_string()).filter(|path| !good.contains(path.as_str()));
        let missing: Vec<String> = missing.take(NAMED).collect();
        self.faults(missing.iter().map(String::as_str), "is missing from a log of this size");
        self.paths = paths;
    }

    /// Hashes every entry up to the root.
    fn entries(&mut self, head: &Checkpoint) {
        let mut edge = Edge::new();
        for index in 0..head.size.div_ceil(u64::from(WIDTH)) {
            let width = width_at(head.size, 0, index);
            let tile = Tile { kind: Kind::Entries, index, width };
            // A missing file is a fault already.
            let Some(bytes) = self.read(&tile.to_string()) else {
                break;
            };
            let entries = match decode_entries(&bytes) {
                Ok(entries) if entries.len() == usize::from(width) => entries,
                Ok(entries) => {
                    self.fault(format!("`{tile}` holds {} entries and not {width}", entries.len()));
                    break;
                }
                Err(error) => {
                    self.fault(format!("`{tile}`: {error}"));
                    break;
                }
            };
            for entry in entries {
                edge.push(leaf_hash(entry));
            }
            // The last bundle ends the log, and with it every partial tile.
            let last = edge.size() == head.size;
            self.tiles(&edge, last);
            edge.saved_full();
        }
        self.report.entries = edge.size();
        self.report.root = edge.root();
        if edge.size() != head.size {
            self.fault(format!("the entries stop at {} of the checkpoint's {}", edge.size(), head.size));
        } else if edge.root() != head.root {
            let (found, signed) = (edge.root(), head.root);
            self.fault(format!("the entries come to the root `{found}`, and the checkpoint signs `{signed}`"));
        }
    }

    /// Holds tiles against those that the entries come to: full ones, and with `partial` the others too.
    fn tiles(&mut self, edge: &Edge, partial: bool) {
        for (level, index, hashes) in edge.changed() {
            let width = u16::try_from(hashes.len()).unwrap_or(WIDTH);
            if width < WIDTH && !partial {
                continue;
            }
            let tile = Tile { kind: Kind::Hashes(level), index, width };
            if let Ok(bytes) = self.files.read(&tile.to_string())
                && *bytes != encode_hashes(hashes)
            {
                self.fault(format!("`{tile}` is not what the entries come to"));
            }
        }
    }
}
