//! Checkpoints in files, and what a witness holds.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use domain::Instant;
use store::audit::{Log, Verifier, outside};
use tlog::{Checkpoint, Note, WitnessKey};

use super::{Place, Wire, held_path};

/// Files of a folder that are looked into: the youngest may have been begun and not written.
const NEWEST: usize = 2;

impl Place {
    /// The newest checkpoints of this log that are kept there. Those that it did not sign are passed over. The error says in
    /// words why nobody can be asked.
    pub(super) fn held(&self, log: &Log, generation: i64) -> Result<Vec<Checkpoint>, String> {
        match self {
            Self::Beside(folder) => read_notes(log, &beside(folder, log)),
            Self::Folder(folder) => {
                let mut files = days(folder, log)?;
                files.sort();
                let newest = files.iter().rev().take(NEWEST);
                let all: Vec<Vec<Checkpoint>> = newest.map(|path| read_notes(log, path)).collect::<Result<_, _>>()?;
                Ok(largest(all.concat()))
            }
            Self::Witness(key, wire) => {
                // It may hold one under the name that the log took after a restore of which this copy does not know.
                let names = [log.name(generation), log.name(generation + 1)];
                let held: Vec<Option<Checkpoint>> =
                    names.iter().map(|name| of_witness(log, name, key, &**wire)).collect::<Result<_, _>>()?;
                Ok(held.into_iter().flatten().collect())
            }
        }
    }

    /// Keeps a checkpoint in a file; with a witness there is nothing to write.
    pub(super) fn write(&self, log: &Log, now: Instant, note: &str) -> Result<(), String> {
        match self {
            Self::Beside(folder) => {
                let path = beside(folder, log);
                replace_file(&path, note.as_bytes()).map_err(|e| words(&path, &e))
            }
            Self::Folder(folder) => {
                let day = now.timestamp().to_zoned(jiff::tz::TimeZone::UTC).date();
                let path = folder.join(format!("{}.{day}{DAY}", flat(log)));
                append(&path, note).map_err(|e| words(&path, &e))
            }
            Self::Witness(..) => Ok(()),
        }
    }
}

const DAY: &str = ".checkpoints";

/// Writes a file so that it is either the old one or the new one, and is durable when this returns.
pub fn replace_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut aside = path.as_os_str().to_owned();
    aside.push(".new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&aside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&aside, path)?;
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// The log's first name as a file name has it. It carries a part of the log's key, so two practices never share a file.
fn flat(log: &Log) -> String {
    log.name(1).replace('/', "-")
}

fn beside(folder: &Path, log: &Log) -> PathBuf {
    folder.join(format!("{}.seen", flat(log)))
}

/// The files of this log in a folder. The folder is not made: where a disk is missing, its folder must be missing too.
fn days(folder: &Path, log: &Log) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(folder).map_err(|e| words(folder, &e))?;
    let mine = format!("{}.", flat(log));
    let is_mine = |name: &str| name.starts_with(&mine) && name.ends_with(DAY);
    let paths = entries.flatten().map(|entry| entry.path());
    Ok(paths.filter(|path| path.file_name().is_some_and(|name| is_mine(&name.to_string_lossy()))).collect())
}

/// A line before each note, so that one that was cut short does not spoil the next.
fn append(path: &Path, note: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).mode(0o644).open(path)?;
    file.write_all(format!("{MARK}{note}").as_bytes())?;
    file.sync_all()
}

const MARK: &str = "--\n";

/// The largest checkpoints in a file, by name; none when there is no file. What cannot be read or was not signed by this log is
/// passed over: it proves nothing.
fn read_notes(log: &Log, path: &Path) -> Result<Vec<Checkpoint>, String> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(words(path, &e)),
    };
    let text = String::from_utf8_lossy(&bytes);
    let notes = text.split(MARK).filter_map(|part| Note::parse(part.as_bytes()).ok());
    let notes: Vec<(Checkpoint, Note)> = notes.filter_map(|note| Some((note.text().parse().ok()?, note))).collect();
    // Only the largest of each name are verified: a day has over a thousand.
    let mut found: Vec<Checkpoint> = Vec::new();
    let mut names: Vec<&str> = notes.iter().map(|(checkpoint, _)| checkpoint.origin.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let mut mine: Vec<&(Checkpoint, Note)> = notes.iter().filter(|(c, _)| c.origin == name).collect();
        mine.sort_by_key(|(c, _)| std::cmp::Reverse(c.size));
        let signed = mine.iter().find_map(|(_, note)| outside::read(log, note).ok());
        found.extend(signed);
    }
    Ok(found)
}

/// The largest of each name.
fn largest(mut all: Vec<Checkpoint>) -> Vec<Checkpoint> {
    all.sort_by(|a, b| (&a.origin, b.size).cmp(&(&b.origin, a.size)));
    all.dedup_by(|b, a| a.origin == b.origin);
    all
}

/// The newest checkpoint of this name that the witness holds, with the log's signature and the witness's; `None` when it holds
/// none, and of a witness that hands out none.
fn of_witness(log: &Log, name: &str, key: &WitnessKey, wire: &dyn Wire) -> Result<Option<Checkpoint>, String> {
    let reply = wire.ask(&held_path(name), None)?;
    match reply.status {
        200 => {
            let note = Note::parse(&reply.body).map_err(|e| e.to_string())?;
            tlog::witness::cosigned_at(&note, key, &Verifier).map_err(|e| e.to_string())?;
            outside::read(log, &note).map(Some)
        }
        404 | 405 => Ok(None),
        status => Err(format!("it answered {status}")),
    }
}

fn words(path: &Path, error: &io::Error) -> String {
    format!("`{}`: {error}", path.display())
}
