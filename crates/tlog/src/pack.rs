//! Evidence packs: a log in files that an outsider can check without us and without a network.
//!
//! | path | what it holds |
//! |---|---|
//! | `checkpoint` | the signed checkpoint, with any witness's signatures |
//! | `vkey` | the log's verifier key and a newline |
//! | `tile/..` | hash tiles and entry bundles, exactly those that the checkpoint's size names |
//! | anything else | files put beside the log, such as `events/..`; vouched for by the manifest alone |
//! | `manifest` | a note under the log's key that names every other file with its hash and size |
//!
//! The manifest's text is a heading, then a line for each file in order of path:
//! `<SHA-256 in hexadecimal>  <bytes>  <path>`. It has exactly one spelling, and so does its one signature, so no byte of
//! any file can change, appear or go without a fault.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::hash::{Hash, sha256};
use crate::note::{Signer, VerifierKey};
use crate::proof::Tiles;
use crate::tile::{Kind, MAX_SIZE, encode_entries, encode_hashes, tiles_of};
use crate::{Checkpoint, Error, Note};

mod verify;

pub use verify::{Report, verify_pack};

/// Path of the signed checkpoint.
pub const CHECKPOINT: &str = "checkpoint";
/// Path of the log's verifier key.
pub const VKEY: &str = "vkey";
/// Path of the signed list of all other files.
pub const MANIFEST: &str = "manifest";

/// The manifest's first line. A checkpoint's second line is a number and this one's a hash, so that neither can pass
/// for the other under the same key.
const HEADING: &str = "evidence pack, version 1";

/// Where a pack's files are read from: a folder, an archive, or a map in memory.
pub trait Files {
    /// The path of every file, from the pack's root, with forward slashes.
    fn paths(&self) -> Vec<String>;

    /// The bytes of a file; on failure, why not, for a person to read.
    fn read(&self, path: &str) -> Result<Cow<'_, [u8]>, String>;
}

impl Files for BTreeMap<String, Vec<u8>> {
    fn paths(&self) -> Vec<String> {
        self.keys().cloned().collect()
    }

    fn read(&self, path: &str) -> Result<Cow<'_, [u8]>, String> {
        let bytes = self.get(path).ok_or("there is no such file")?;
        Ok(Cow::Borrowed(bytes))
    }
}

/// A log that can be packed: its tiles and its entries.
pub trait Log: Tiles {
    /// The first `width` entries of bundle `index`: those from `256 * index` on.
    fn entries(&self, index: u64, width: u16) -> Result<Vec<Vec<u8>>, Self::Error>;
}

/// Writes the pack of a log as of a checkpoint, file by file, through `write(path, bytes)`; the manifest comes last.
///
/// `signer` is the log's key and has signed `checkpoint`, whose origin names it. `extra` are files to put beside the log. What
/// storage holds is written as it is, so that a damaged log can still be handed over: run [`verify_pack`] on the result.
///
/// Fails with what `log`, `extra` and `write` fail with; with [`Error::Pack`] when the pack could not verify; with
/// [`Error::TileWidth`], [`Error::MissingTile`] or [`Error::MissingEntries`] when storage is short of the checkpoint's size.
pub fn write_pack<L: Log + ?Sized>(
    log: &L,
    checkpoint: &Note,
    signer: &dyn Signer,
    extra: impl IntoIterator<Item = Result<(String, Vec<u8>), L::Error>>,
    mut write: impl FnMut(&str, &[u8]) -> Result<(), L::Error>,
) -> Result<(), L::Error> {
    let head: Checkpoint = checkpoint.text().parse()?;
    let key = VerifierKey::new(head.origin, signer.public_key())?;
    if !checkpoint.signatures().iter().any(|signature| signature.name == key.name() && signature.id == key.id()) {
        let why = "its checkpoint is not signed by the key that is to sign the manifest";
        return Err(Error::Pack { why }.into());
    }
    if head.size > MAX_SIZE {
        return Err(Error::TooLarge { size: head.size }.into());
    }
    let mut listed = BTreeMap::new();
    let mut add = |path: String, bytes: &[u8]| -> Result<(), L::Error> {
        write(&path, bytes)?;
        let line = Line::of(bytes);
        match listed.insert(path, line) {
            None => Ok(()),
            Some(_) => Err(Error::Pack { why: "two of its files have the same path" }.into()),
        }
    };
    add(CHECKPOINT.to_owned(), checkpoint.to_string().as_bytes())?;
    add(VKEY.to_owned(), format!("{key}\n").as_bytes())?;
    for tile in tiles_of(head.size) {
        let bytes = match tile.kind {
            Kind::Entries => entries_of(log, tile.index, tile.width)?,
            Kind::Hashes(level) => hashes_of(log, level, tile.index, tile.width)?,
        };
        add(tile.to_string(), &bytes)?;
    }
    for file in extra {
        let (path, bytes) = file?;
        if path == MANIFEST || path.starts_with("tile/") || !is_plain(&path) {
            let why = "a file beside the log needs a plain path outside `tile/`";
            return Err(Error::malformed("pack path", &path, why).into());
        }
        add(path, &bytes)?;
    }
    let manifest = Note::sign(manifest_text(&listed), key.name(), signer)?;
    write(MANIFEST, manifest.to_string().as_bytes())
}

fn entries_of<L: Log + ?Sized>(log: &L, index: u64, width: u16) -> Result<Vec<u8>, L::Error> {
    let entries = log.entries(index, width)?;
    let expected = usize::from(width);
    let found = entries.len();
    if found != expected {
        return Err(Error::MissingEntries { index, expected, found }.into());
    }
    Ok(encode_entries(&entries)?)
}

fn hashes_of<L: Log + ?Sized>(log: &L, level: u8, index: u64, width: u16) -> Result<Vec<u8>, L::Error> {
    let hashes = log.tile(level, index)?.ok_or(Error::MissingTile { level, index })?;
    let expected = usize::from(width);
    let found = hashes.len();
    // The log may have grown since the checkpoint, and the tile with it.
    let hashes = hashes.get(..expected).ok_or(Error::TileWidth { level, index, expected, found })?;
    Ok(encode_hashes(hashes))
}

/// What the manifest says of a file.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Line {
    hash: Hash,
    size: u64,
}

impl Line {
    fn of(bytes: &[u8]) -> Self {
        Self { hash: sha256(bytes), size: u64::try_from(bytes.len()).unwrap_or(u64::MAX) }
    }
}

fn manifest_text(files: &BTreeMap<String, Line>) -> String {
    let line = |(path, line): (&String, &Line)| format!("{}  {}  {path}\n", line.hash, line.size);
    let lines = files.iter().map(line);
    std::iter::once(format!("{HEADING}\n")).chain(lines).collect()
}

/// Reads a manifest's text; `None` for anything but its one spelling.
fn parse_manifest(text: &str) -> Option<BTreeMap<String, Line>> {
    let mut files = BTreeMap::new();
    for line in text.strip_suffix('\n')?.split('\n').skip(1) {
        let mut parts = line.splitn(3, "  ");
        let hash = Hash::from_hex(parts.next()?).ok()?;
        let size = parts.next()?.parse().ok()?;
        files.insert(parts.next()?.to_owned(), Line { hash, size });
    }
    (manifest_text(&files) == text).then_some(files)
}

/// Whether a path is one that every file system and every reader takes the same way.
fn is_plain(path: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    path.split('/').all(|name| !name.is_empty() && !name.starts_with('.') && name.chars().all(plain))
}
