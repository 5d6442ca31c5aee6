//! The practice's own check of its log, and the outsider's check of a pack: a folder of files and nothing else. No store, no
//! keys, no network.

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use store::audit::Verifier;
use tlog::pack::{Files, verify_pack as check};

use super::outside::{Compared, Reach};
use crate::{App, Error, Result};

impl App {
    /// Checks the practice's log against itself, every entry and every body of it, and against what is kept of it elsewhere, in the
    /// form of [`verify_pack`]'s report.
    pub fn verify_data(&self) -> Result<Value> {
        let log = self.store.log().clone();
        let report = self.store.read("verify", |tx| store::audit::verify::verify(&log, tx))?;
        let mut faults = report.faults;
        // A log that does not fit itself cannot be held against anything.
        let outside = if faults.is_empty() { self.compare_outside(Reach::Everybody)? } else { Compared::default() };
        faults.extend(outside.faults());
        Ok(json!({
            "ok": faults.is_empty(),
            "entries": report.entries,
            "root": report.root,
            "agree": outside.agree,
            "unasked": outside.unasked.iter().map(|(who, why)| format!("{who}: {why}")).collect::<Vec<_>>(),
            "checkpoint": report.checkpoint.unwrap_or_default(),
            "vkey": self.store.log_key()?.to_string(),
            "unsequenced": report.unsequenced,
            "faults": faults,
        }))
    }
}

/// Verifies the pack in the folder `path`. With `vkey` it must be that log's; without, it is shown whole in itself, and the
/// report's `vkey` is for a person to compare with one from a trusted hand.
///
/// The report is `{"ok", "entries", "root", "checkpoint", "vkey", "faults"}`. A folder that cannot be read is an error; anything wrong
/// with what is in it is a fault.
pub fn verify_pack(path: &Path, vkey: Option<&str>) -> Result<Value> {
    Ok(check_pack(&Folder::open(path)?, vkey))
}

/// The report of [`verify_pack`].
pub(crate) fn check_pack(folder: &Folder, vkey: Option<&str>) -> Value {
    let report = check(folder, &Verifier, vkey);
    json!({
        "ok": report.is_whole(),
        "entries": report.entries,
        "root": report.root.to_string(),
        "checkpoint": report.checkpoint,
        "vkey": report.vkey,
        "faults": report.faults,
    })
}

/// Bytes of the largest file that is read: the manifest of a log of a billion entries.
const LARGEST: u64 = 1 << 30;

/// The files of a folder, listed once.
pub(crate) struct Folder {
    root: PathBuf,
    paths: Vec<String>,
}

impl Folder {
    pub(crate) fn open(root: &Path) -> Result<Self> {
        let mut folder = Self { root: root.to_owned(), paths: Vec::new() };
        let mut waiting = vec![PathBuf::new()];
        while let Some(at) = waiting.pop() {
            let full = root.join(&at);
            let failed =
                |e: std::io::Error| Error::Refused(format!("`{}` cannot be read as a pack: {e}", full.display()));
            let mut empty = true;
            for entry in fs::read_dir(&full).map_err(failed)? {
                let entry = entry.map_err(failed)?;
                empty = false;
                let inner = at.join(entry.file_name());
                if entry.file_type().map_err(failed)?.is_dir() {
                    waiting.push(inner);
                } else {
                    folder.paths.push(plain(&inner));
                }
            }
            // An empty folder holds no byte, but a pack has none: the trailing slash makes it an extra.
            if empty && !at.as_os_str().is_empty() {
                folder.paths.push(format!("{}/", plain(&at)));
            }
        }
        Ok(folder)
    }
}

/// The path with forward slashes. A name that is no UTF-8 comes out changed, and so is named by no manifest.
fn plain(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

impl Files for Folder {
    fn paths(&self) -> Vec<String> {
        self.paths.clone()
    }

    fn read(&self, path: &str) -> Result<Cow<'_, [u8]>, String> {
        let full = self.root.join(path);
        let meta = fs::symlink_metadata(&full).map_err(|e| e.to_string())?;
        if !meta.file_type().is_file() {
            // What a link leads to is not in the pack, and changes when it likes.
            return Err("it is a link or a special file".to_owned());
        }
        if meta.len() > LARGEST {
            return Err("it is larger than any file of a pack".to_owned());
        }
        fs::read(&full).map(Cow::Owned).map_err(|e| e.to_string())
    }
}
