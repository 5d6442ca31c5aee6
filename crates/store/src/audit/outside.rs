//! The log against what is kept of it outside of its database: checkpoints that it signed before.

use std::fmt;

use domain::Instant;
use tlog::proof::{consistency, verify_consistency};
use tlog::{Checkpoint, Hash, Note};

use super::name::generation;
use super::numbering::{Failure, load, to_i64};
use super::pack::Source;
use super::{Log, Verifier};
use crate::db::{Row, Tx};
use crate::error::{Error, Result};
use crate::store::Store;
use crate::{params, sql};

/// How the log differs from a checkpoint that it signed before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Differs {
    /// Fewer entries are here than were signed: an older copy was put back, or the end was cut off.
    Shorter,
    /// As many entries are here, and they are not the ones that were signed: two histories.
    Other,
    /// It was signed under a name that the log took after a restore of which this copy knows nothing.
    LaterName,
}

/// A checkpoint of this log that contradicts what is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// How.
    pub differs: Differs,
    /// The checkpoint.
    pub seen: Checkpoint,
    /// Entries here.
    pub here: u64,
}

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Checkpoint { origin, size, root, .. } = &self.seen;
        let here = self.here;
        write!(f, "a checkpoint that this log signed over {size} entries (root {root}), and ")?;
        match self.differs {
            Differs::Shorter => {
                write!(f, "only {here} entries are here: an older copy was put back, or the end was cut off")
            }
            Differs::Other => write!(
                f,
                "the first {size} of the {here} entries here are not those: the log was rewritten, or two copies of it went on apart"
            ),
            Differs::LaterName => write!(
                f,
                "it is named `{origin}`, which this copy does not know: it is from before a restore that was accepted"
            ),
        }
    }
}

/// A checkpoint that this log signed, read from outside; why it is none, in words.
pub fn read(log: &Log, note: &Note) -> Result<Checkpoint, String> {
    let checkpoint: Checkpoint = note.text().parse().map_err(|e: tlog::Error| e.to_string())?;
    let generation = log.generation(&checkpoint.origin).ok_or("it is another log's")?;
    let key = log.key(generation).map_err(|e| e.to_string())?;
    note.verify(&key, &Verifier).map_err(|e| e.to_string())?;
    Ok(checkpoint)
}

/// Holds the log against a checkpoint that it signed. `None`: the log here begins with that one, or the checkpoint is from before
/// a restore that somebody accepted.
pub fn compare(store: &Store, seen: &Checkpoint) -> Result<Option<Contradiction>> {
    let log = store.log();
    let Some(named) = log.generation(&seen.origin) else { return Ok(None) };
    let (here, present) = store.read("compare", |tx| Ok((load(tx)?, generation(tx)?)))?;
    let contradiction = |differs| Ok(Some(Contradiction { differs, seen: seen.clone(), here: here.size() }));
    if named > present {
        return contradiction(Differs::LaterName);
    }
    // What stood against the log under an older name is in the event of the restore that somebody accepted.
    if named < present {
        return Ok(None);
    }
    if seen.size > here.size() {
        return contradiction(Differs::Shorter);
    }
    // Tiles that do not give their own head are no better than other entries.
    let grown = consistency(&Source(store), seen.size, here.size()).map_err(Failure::into_error).and_then(|proof| {
        verify_consistency((seen.size, seen.root), (here.size(), here.root()), &proof)
            .map_err(Failure::from)
            .map_err(Failure::into_error)
    });
    match grown {
        Ok(()) => Ok(None),
        Err(Error::Log(_)) => contradiction(Differs::Other),
        Err(other) => Err(other),
    }
}

/// Proof that the log of `old` entries is the beginning of the log of `new`, for a witness.
pub fn growth(store: &Store, old: u64, new: u64) -> Result<Vec<Hash>> {
    consistency(&Source(store), old, new).map_err(Failure::into_error)
}

/// The root of the log when it had this many entries.
pub fn root_at(store: &Store, size: u64) -> Result<Hash> {
    tlog::proof::root_at(&Source(store), size).map_err(Failure::into_error)
}

/// How the last asking of a witness went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WitnessState {
    /// It saw the newest checkpoint.
    Seen,
    /// It could not be asked, or did not cosign.
    Down,
    /// It holds a checkpoint that contradicts what is here.
    Contradicts,
}

impl WitnessState {
    const NAMES: [(Self, &'static str); 3] =
        [(Self::Seen, "seen"), (Self::Down, "down"), (Self::Contradicts, "contradicts")];

    /// Its stored name.
    pub fn as_str(self) -> &'static str {
        Self::NAMES.iter().find(|(state, _)| *state == self).map_or("down", |(_, name)| name)
    }
}

/// What is known of a witness.
#[derive(Clone, Debug)]
pub struct WitnessRow {
    /// Its name in the configuration.
    pub name: String,
    /// When it was asked last.
    pub asked_at: Instant,
    /// How that went.
    pub state: WitnessState,
    /// The same in words, for people; empty when all is well.
    pub said: String,
    /// The newest checkpoint that it saw.
    pub seen: Option<Seen>,
}

/// A checkpoint that a witness saw.
#[derive(Clone, Debug)]
pub struct Seen {
    /// When: by the witness's own clock where it cosigned, by ours where it is a folder.
    pub at: Instant,
    /// Entries under it.
    pub size: u64,
    /// The checkpoint with its signatures.
    pub note: String,
}

/// Every witness that was ever asked, by name.
pub fn witnesses(tx: &mut Tx) -> Result<Vec<WitnessRow>> {
    let rows = tx
        .query(sql!("SELECT name, asked_at, state, said, seen_at, size, note FROM audit_witness ORDER BY name"), &[])?;
    rows.iter().map(witness).collect()
}

fn witness(row: &Row) -> Result<WitnessRow> {
    let state: String = row.get("state")?;
    let state = WitnessState::NAMES.iter().find(|(_, name)| *name == state).ok_or_else(|| row.corrupt("state"))?.0;
    let seen = match row.get::<Option<Instant>>("seen_at")? {
        Some(at) => Some(Seen { at, size: row.get("size")?, note: row.get("note")? }),
        None => None,
    };
    Ok(WitnessRow { name: row.get("name")?, asked_at: row.get("asked_at")?, state, said: row.get("said")?, seen })
}

/// Keeps how the asking of a witness went. What it saw before stays where it saw nothing new, and a contradiction stays while it
/// cannot be asked again. Returns how it stood before.
pub fn keep_witness(tx: &mut Tx, found: &WitnessRow) -> Result<Option<WitnessState>> {
    let before = witnesses(tx)?.into_iter().find(|row| row.name == found.name).map(|row| row.state);
    if found.state == WitnessState::Down && before == Some(WitnessState::Contradicts) {
        return Ok(before);
    }
    let seen = found.seen.as_ref();
    let size = seen.map(|seen| to_i64(seen.size)).transpose()?;
    tx.execute(
        sql!(
            "INSERT INTO audit_witness (name, asked_at, state, said, seen_at, size, note)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (name) DO UPDATE SET asked_at = excluded.asked_at, state = excluded.state, said = excluded.said,
               seen_at = COALESCE(excluded.seen_at, audit_witness.seen_at),
               size = COALESCE(excluded.size, audit_witness.size),
               note = COALESCE(excluded.note, audit_witness.note)"
        ),
        params![
            found.name,
            found.asked_at,
            found.state.as_str(),
            found.said,
            seen.map(|seen| seen.at),
            size,
            seen.map(|seen| seen.note.clone())
        ],
    )?;
    Ok(before)
}
