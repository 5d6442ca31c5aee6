//! V-07: the practice's files as somebody who took the disk would see them.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use domain::compliance::Finding;
use store::Engine;

use crate::compliance::ProbeEnv;
use crate::{App, Error, Result};

/// Bits a byte: what is encrypted has nearly 8, and text has 4 to 5.
const ENTROPY: f64 = 7.5;
/// Fewer bytes than this say nothing about their spread.
const ENOUGH: u64 = 8192;
/// Bytes read at a time.
const CHUNK: usize = 256 * 1024;
/// Files that must be there, or nothing was looked at.
const MUST: [&str; 2] = ["practice.db", "keys.db"];
/// Files of the server that are no ciphertext and hold none of a patient's: the wrapped key, its kind, and the indexes of the
/// write-ahead logs, which are page numbers.
const PLAIN: [&str; 4] = [store::keys::WRAPPED, "kek", "practice.db-shm", "keys.db-shm"];

pub(super) fn run(app: &App, _env: &ProbeEnv) -> Result<Finding> {
    if matches!(app.store.options().engine, Engine::Postgres(_)) {
        return Ok(Finding::unknown(
            "the practice is on a PostgreSQL server, whose volume this process cannot read: that it is encrypted is for a person to attest",
        ));
    }
    let mut bytes = [0_u8; 24];
    app.entropy.fill(&mut bytes);
    let marker = format!("canary-{}", hex::encode(bytes));
    let planted = marker.clone();
    app.store.write("plant", move |tx| store::evidence::plant(tx, "marker", &planted))?;
    let folder = app.store.folder();
    let mut found = examine(&folder, &marker)?;
    if found.verdict == domain::compliance::Verdict::Pass {
        let mut wrong = [0_u8; 32];
        app.entropy.fill(&mut wrong);
        let right = app.store.derive("practice.db")?;
        if store::evidence::opens_with(&folder.join("practice.db"), &wrong) {
            found = Finding::fail("practice.db opens with a key that is not its own");
        } else if !store::evidence::opens_with(&folder.join("practice.db"), &right) {
            found = Finding::unknown("practice.db opens with no key, so that a wrong one fails says nothing");
        }
    }
    Ok(found)
}

/// Looks at the raw bytes of every file in a practice's folder.
pub(in crate::compliance) fn examine(folder: &Path, marker: &str) -> Result<Finding> {
    if let Some(missing) = MUST.iter().find(|name| !folder.join(name).is_file()) {
        return Ok(Finding::unknown(format!("`{missing}` is not there to be looked at")));
    }
    let (mut files, mut total) = (0_u64, 0_u64);
    for path in files_in(folder)? {
        let name = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
        if PLAIN.contains(&name.as_str()) {
            continue;
        }
        let mut scan = Scan::new(marker);
        // Gone since the folder was listed: a write-ahead log that was folded in.
        let Some(file) = open(&path)? else { continue };
        let bytes = read(&file, &mut scan).map_err(|e| Error::Refused(format!("`{name}` cannot be read: {e}")))?;
        if let Some(why) = scan.readable(!name.contains(".db")) {
            return Ok(Finding::fail(format!("`{name}`: {why}")).over(files + 1, files + 1));
        }
        files += 1;
        total += bytes;
    }
    Ok(Finding::pass(
        "no file has a plain header, a readable table or the planted marker, and a wrong key opens nothing",
    )
    .over(files, files)
    .with("bytes", total))
}

fn files_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let failed = |e: std::io::Error| Error::Refused(format!("`{}` cannot be listed: {e}", folder.display()));
    let (mut files, mut waiting) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(at) = waiting.pop() {
        for entry in std::fs::read_dir(&at).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            match entry.file_type().map_err(failed)? {
                kind if kind.is_dir() => waiting.push(entry.path()),
                kind if kind.is_file() => files.push(entry.path()),
                // A link's target is not in the folder.
                _ => {}
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Opens a file to be looked at; `None` when it is gone.
///
/// Closing any descriptor of a file drops every lock that the process has on it (POSIX), those of the database's own
/// connections too. So a database file is opened once here and stays open as long as it has a name.
fn open(path: &Path) -> Result<Option<Arc<File>>> {
    static HELD: Mutex<BTreeMap<(u64, u64), Arc<File>>> = Mutex::new(BTreeMap::new());
    let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
    held.retain(|_, file| file.metadata().is_ok_and(|m| m.nlink() > 0));
    let found = std::fs::metadata(path).and_then(|m| match held.get(&(m.dev(), m.ino())) {
        Some(file) => Ok(Arc::clone(file)),
        None => {
            let file = Arc::new(File::open(path)?);
            let opened = file.metadata()?;
            held.insert((opened.dev(), opened.ino()), Arc::clone(&file));
            Ok(file)
        }
    });
    match found {
        Ok(file) => Ok(Some(file)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(Error::Refused(format!("`{}` cannot be read: {e}", path.display()))),
    }
}

/// Reads the whole file through `scan`, a chunk at a time; returns how many bytes there were.
fn read(file: &File, scan: &mut Scan) -> std::io::Result<u64> {
    let mut buffer = vec![0_u8; CHUNK];
    let mut at = 0_u64;
    loop {
        let read = file.read_at(&mut buffer, at)?;
        if read == 0 {
            return Ok(at);
        }
        scan.take(buffer.get(..read).unwrap_or_default());
        at += u64::try_from(read).unwrap_or(0);
    }
}

/// What was seen of a file so far.
pub(in crate::compliance) struct Scan {
    marker: String,
    found: Option<&'static str>,
    counts: [u64; 256],
    total: u64,
    text: bool,
    /// The end of the chunk before, where something may have begun.
    tail: Vec<u8>,
}

impl Scan {
    pub(in crate::compliance) fn new(marker: &str) -> Self {
        Self { marker: marker.to_owned(), found: None, counts: [0; 256], total: 0, text: true, tail: Vec::new() }
    }

    /// The next bytes of the file.
    pub(in crate::compliance) fn take(&mut self, bytes: &[u8]) {
        if self.total == 0 && bytes.starts_with(b"SQLite format 3") {
            self.found = Some("it begins as a plain database does");
        }
        let joined = [&self.tail, bytes].concat();
        let holds = |needle: &str| memchr::memmem::find(&joined, needle.as_bytes()).is_some();
        if holds(&self.marker) {
            self.found = self.found.or(Some("the planted marker can be read in it"));
        } else if holds("CREATE TABLE") {
            self.found = self.found.or(Some("the names of its tables can be read in it"));
        }
        let keep = joined.len().saturating_sub(self.marker.len().max(16));
        self.tail = joined.get(keep..).unwrap_or_default().to_vec();
        for byte in bytes {
            if let Some(count) = self.counts.get_mut(usize::from(*byte)) {
                *count += 1;
            }
            self.text &= *byte >= b' ' || matches!(byte, b'\n' | b'\r' | b'\t');
        }
        self.total += u64::try_from(bytes.len()).unwrap_or(0);
    }

    /// What is readable, if anything is. A file that the server did not put there may not even be text.
    pub(in crate::compliance) fn readable(&self, stray: bool) -> Option<String> {
        if let Some(found) = self.found {
            return Some(found.to_owned());
        }
        if stray && self.text && self.total > 0 {
            return Some("it can be read as text, and it is no file of the server".to_owned());
        }
        let spread = self.entropy();
        (self.total >= ENOUGH && spread < ENTROPY)
            .then(|| format!("its bytes are too regular for ciphertext ({spread:.2} bits a byte)"))
    }

    /// Shannon's entropy, in bits a byte.
    fn entropy(&self) -> f64 {
        let number = |n: u64| f64::from(u32::try_from(n / self.scale()).unwrap_or(u32::MAX));
        let total = number(self.total);
        let share = |count: &u64| number(*count) / total;
        -self.counts.iter().filter(|c| share(c) > 0.0).map(|c| share(c) * share(c).log2()).sum::<f64>()
    }

    /// What brings the counts of a huge file into the range that a float holds exactly.
    fn scale(&self) -> u64 {
        self.total / u64::from(u32::MAX) + 1
    }
}
