//! The harness tried on something simple: one SQLCipher table, one row a transaction.
//!
//! With `synchronous=FULL` no acknowledged row may be missing. With `NORMAL`, or on a disk that ignores syncs, rows must be
//! missing: a harness that cannot fail proves nothing.

use std::path::Path;

use rusqlite::{Connection, params};

use crate::error::Error;
use crate::image::{Disk, Image};
use crate::log::Position;
use crate::recorder::{Call, Failure, Fault, Recorder};
use crate::rng::Rng;

/// The database's file name.
pub const FILE: &str = "plain.db";

/// SQLite's `synchronous` setting under trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Synchronous {
    /// Sync at each commit.
    Full,
    /// Sync at checkpoints only.
    Normal,
}

/// One batch of crash images.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// How the database commits.
    pub synchronous: Synchronous,
    /// What the disk does with a sync.
    pub disk: Disk,
    /// Rows to add, each in a transaction of its own.
    pub rows: i64,
    /// Images to open.
    pub images: usize,
    /// What the rows and the images are drawn from.
    pub seed: u64,
}

/// What a batch of crash images showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Images opened.
    pub images: usize,
    /// Acknowledged rows by the end of the run.
    pub acknowledged: usize,
    /// Images in which an acknowledged row was missing.
    pub lost: usize,
    /// Images that would not open or read, or failed an integrity check.
    pub corrupt: usize,
    /// Images in which a row was missing although a later one was there.
    pub gaps: usize,
}

/// Opens the database in `dir`, made if need be, with a fixed test key.
pub fn open(dir: &Path, synchronous: Synchronous) -> Result<Connection, Error> {
    let db = Connection::open(dir.join(FILE))?;
    db.execute_batch("PRAGMA key = \"x'000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f'\";")?;
    // A torn page is what some images are made to show; the caller hears of it as an error.
    db.query_row("PRAGMA cipher_log_level = NONE", [], |_| Ok(()))?;
    db.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    db.execute_batch(match synchronous {
        Synchronous::Full => "PRAGMA synchronous = FULL",
        Synchronous::Normal => "PRAGMA synchronous = NORMAL",
    })?;
    // Small, so that the run holds many checkpoints: they are the dangerous moments.
    db.query_row("PRAGMA wal_autocheckpoint = 60", [], |_| Ok(()))?;
    db.execute_batch("CREATE TABLE IF NOT EXISTS event (id INTEGER PRIMARY KEY, body BLOB NOT NULL)")?;
    Ok(db)
}

/// Commits one row; `Ok` is the acknowledgement.
pub fn add(db: &Connection, id: i64, body: &[u8]) -> Result<(), Error> {
    db.execute("INSERT INTO event (id, body) VALUES ($1, $2)", params![id, body])?;
    Ok(())
}

/// Adds the rows in `dir` under a recorder, then opens the crash images in `scratch`.
pub fn run(dir: &Path, scratch: &Path, plan: Plan) -> Result<Tally, Error> {
    let Plan { synchronous, disk, rows, images, seed } = plan;
    drop(open(dir, synchronous)?);
    let recorder = Recorder::new(dir)?;
    let mut rng = Rng::new(seed);
    let mut acked = Vec::new();
    let db = open(dir, synchronous)?;
    for id in 1..=rows {
        let body = vec![u8::try_from(id % 251).unwrap_or_default(); rng.up_to(900)];
        add(&db, id, &body)?;
        acked.push((recorder.mark(), id));
    }
    let log = recorder.log();
    drop(db);
    let mut tally = Tally { acknowledged: acked.len(), ..Tally::default() };
    for image in log.images_of(disk, seed, images) {
        image.write_to(scratch)?;
        judge(&image, scratch, &acked, &mut tally);
    }
    Ok(tally)
}

/// Opens one written image and counts what it shows.
fn judge(image: &Image, scratch: &Path, acked: &[(Position, i64)], tally: &mut Tally) {
    tally.images += 1;
    let Ok(ids) = survivors(scratch) else {
        tally.corrupt += 1;
        return;
    };
    let due = acked.iter().take_while(|(at, _)| *at <= image.cut).count();
    if ids.len() < due {
        tally.lost += 1;
    }
    if ids.iter().zip(1..).any(|(id, want)| *id != want) {
        tally.gaps += 1;
    }
}

/// The ids in the database of `dir`, after its pages and indexes were checked.
pub fn survivors(dir: &Path) -> Result<Vec<i64>, Error> {
    let db = open(dir, Synchronous::Full)?;
    check(&db)?;
    let mut statement = db.prepare("SELECT id FROM event ORDER BY id")?;
    let ids = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(ids)
}

/// Fails if a page's authentication code or SQLite's structure is wrong.
pub fn check(db: &Connection) -> Result<(), Error> {
    let said: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    if said != "ok" {
        return Err(rusqlite::Error::InvalidColumnName(said).into());
    }
    // The next check reads the main file past the WAL, whose pages may rightly be torn there until they are checkpointed.
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    let mut statement = db.prepare("PRAGMA cipher_integrity_check")?;
    let bad: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    bad.first().map_or(Ok(()), |page| Err(rusqlite::Error::InvalidColumnName(page.clone()).into()))
}

/// What injected failures showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FaultTally {
    /// Calls that were made to fail, one a run.
    pub injected: u64,
    /// Acknowledged rows missing, in the files as they stood or in a crash image of them.
    pub lost: usize,
    /// Runs whose database was damaged.
    pub corrupt: usize,
    /// Runs in which the same connection could not write again once the disk was well.
    pub stuck: usize,
}

/// For each k: makes the k-th `call` fail while rows are added, heals the disk, adds more rows over the same connection, and
/// looks for every acknowledged one. Stops when a run has fewer than k calls.
pub fn fail_each(
    dir: &Path,
    scratch: &Path,
    call: Call,
    failure: Failure,
    step: u64,
    seed: u64,
) -> Result<FaultTally, Error> {
    let mut tally = FaultTally::default();
    for nth in (1..).step_by(usize::try_from(step).unwrap_or(1)) {
        let home = dir.join(format!("{call:?}-{failure:?}-{nth}"));
        std::fs::create_dir_all(&home).map_err(Error::at(&home))?;
        drop(open(&home, Synchronous::Full)?);
        let recorder = Recorder::new(&home)?;
        let db = open(&home, Synchronous::Full)?;
        recorder.arm(Fault { call, nth, failure, lasting: failure == Failure::Full });
        let mut acked = Vec::new();
        for id in 1..=40 {
            if add(&db, id, &[7; 400]).is_ok() {
                acked.push((recorder.mark(), id));
            }
        }
        recorder.heal();
        for id in 41..=80 {
            if add(&db, id, &[8; 400]).is_err() {
                tally.stuck += 1;
                break;
            }
            acked.push((recorder.mark(), id));
        }
        if recorder.counts().injected == 0 {
            return Ok(tally);
        }
        tally.injected += 1;
        let log = recorder.log();
        drop(db);
        drop(recorder);
        missing(&home, &acked, &mut tally);
        for image in log.images(seed ^ nth, 8) {
            image.write_to(scratch)?;
            let due: Vec<_> = acked.iter().copied().filter(|(at, _)| *at <= image.cut).collect();
            missing(scratch, &due, &mut tally);
        }
        std::fs::remove_dir_all(&home).map_err(Error::at(&home))?;
    }
    Ok(tally)
}

fn missing(dir: &Path, due: &[(Position, i64)], tally: &mut FaultTally) {
    match survivors(dir) {
        Ok(ids) => tally.lost += due.iter().filter(|(_, id)| ids.binary_search(id).is_err()).count(),
        Err(_) => tally.corrupt += 1,
    }
}
