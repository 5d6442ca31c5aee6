//! V-07: the database files as somebody who took the disk would see them.

use std::path::Path;
use std::process::{Command, Stdio};

use domain::compliance::Finding;
use store::Engine;

use crate::compliance::ProbeEnv;
use crate::{App, Error, Result};

/// Bits a byte: what is encrypted has nearly 8, and text has 4 to 5.
const ENTROPY: f64 = 7.5;
/// Fewer bytes than this say nothing about their spread.
const ENOUGH: usize = 8192;

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

/// Looks at the raw bytes of the files in a practice's folder.
pub(in crate::compliance) fn examine(folder: &Path, marker: &str) -> Result<Finding> {
    let (mut files, mut total) = (0_u32, 0_usize);
    for name in ["practice.db", "practice.db-wal", "keys.db"] {
        let path = folder.join(name);
        if !path.exists() {
            if name == "practice.db-wal" {
                continue;
            }
            return Ok(Finding::unknown(format!("`{name}` is not there to be looked at")));
        }
        let bytes = raw(&path)?;
        if let Some(why) = scan(&bytes, marker) {
            return Ok(Finding::fail(format!("`{name}`: {why}")));
        }
        files += 1;
        total += bytes.len();
    }
    Ok(Finding::pass(
        "no file has a plain header, a readable table or the planted marker, and a wrong key opens nothing",
    )
    .with("files", files)
    .with("bytes", total))
}

/// What is readable in these bytes, if anything is.
pub(in crate::compliance) fn scan(bytes: &[u8], marker: &str) -> Option<String> {
    let holds = |needle: &[u8]| memchr::memmem::find(bytes, needle).is_some();
    if bytes.starts_with(b"SQLite format 3") {
        return Some("it begins as a plain database does".to_owned());
    }
    if holds(marker.as_bytes()) {
        return Some("the planted marker can be read in it".to_owned());
    }
    if holds(b"CREATE TABLE") {
        return Some("the names of its tables can be read in it".to_owned());
    }
    let spread = entropy(bytes);
    (bytes.len() >= ENOUGH && spread < ENTROPY)
        .then(|| format!("its bytes are too regular for ciphertext ({spread:.2} bits a byte)"))
}

/// Shannon's entropy, in bits a byte.
fn entropy(bytes: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in bytes {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count = count.saturating_add(1);
        }
    }
    let total = f64::from(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
    let share = |count: &u32| f64::from(*count) / total;
    -counts.iter().filter(|c| **c > 0).map(|c| share(c) * share(c).log2()).sum::<f64>()
}

/// Reads a file in a child process: opening and closing it here would drop the locks that the database holds on it.
fn raw(path: &Path) -> Result<Vec<u8>> {
    let read = Command::new("cat").arg(path).stdin(Stdio::null()).stderr(Stdio::null()).output();
    match read {
        Ok(read) if read.status.success() => Ok(read.stdout),
        Ok(_) | Err(_) => {
            Err(Error::Refused(format!("`{}` cannot be read by the child process `cat`", path.display())))
        }
    }
}
