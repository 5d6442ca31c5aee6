//! Checking the log against itself: every leaf, every tile, every checkpoint. Streams, so memory stays flat.

use std::str::FromStr;

use tlog::{Checkpoint, Edge, Note, leaf_hash};

use super::numbering::{Failure, tile};
use super::{Log, Verifier};
use crate::db::Tx;
use crate::error::Result;
use crate::{params, sql};

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Numbered events.
    pub entries: u64,
    /// Events that wait for the sequencer.
    pub unsequenced: u64,
    /// The root over them, hexadecimal.
    pub root: String,
    /// The newest checkpoint, as signed.
    pub checkpoint: Option<String>,
    /// Everything that does not fit, in words.
    pub faults: Vec<String>,
}

/// Leaves read at a time.
const CHUNK: i64 = 5_000;
/// More faults than this are not listed: the first tell enough.
const FAULTS: usize = 50;

/// Re-hashes every leaf to the head and checks every checkpoint's signature and place.
pub fn verify(log: &Log, tx: &mut Tx) -> Result<Report> {
    let mut report = Report::default();
    let checkpoints = tx.query(sql!("SELECT at, size, note FROM audit_checkpoint ORDER BY size, at"), &[])?;
    let mut due = Vec::new();
    for row in &checkpoints {
        let note: String = row.get("note")?;
        match read_checkpoint(log, &note) {
            Ok(checkpoint) => due.push(checkpoint),
            Err(why) => report.fault(format!("the checkpoint at size {}: {why}", row.get::<i64>("size")?)),
        }
        report.checkpoint = Some(note);
    }
    let mut due = due.into_iter().peekable();
    let mut edge = Edge::new();
    check_due(&edge, &mut due, &mut report);
    loop {
        let from = i64::try_from(edge.size()).unwrap_or(i64::MAX);
        let rows = tx.query(
            sql!(
                "SELECT event_id, leaf_index, at, act, actor, leaf FROM audit_event
                 WHERE leaf_index >= $1 ORDER BY leaf_index LIMIT $2"
            ),
            params![from, CHUNK],
        )?;
        for row in &rows {
            let index: u64 = row.get("leaf_index")?;
            if index != edge.size() {
                report.fault(format!("leaf {} is missing", edge.size()));
                return Ok(report);
            }
            let leaf: Vec<u8> = row.get("leaf")?;
            check_columns(row, &leaf, index, &mut report)?;
            edge.push(leaf_hash(&leaf));
            check_due(&edge, &mut due, &mut report);
        }
        check_tiles(tx, &mut edge, &mut report);
        if rows.len() < usize::try_from(CHUNK).unwrap_or(usize::MAX) {
            break;
        }
    }
    finish(tx, &edge, &mut report)?;
    for checkpoint in due {
        report.fault(format!("a checkpoint speaks of {} entries and only {} are there", checkpoint.size, edge.size()));
    }
    Ok(report)
}

impl Report {
    /// Whole: nothing contradicts anything.
    pub fn ok(&self) -> bool {
        self.faults.is_empty()
    }

    fn fault(&mut self, words: String) {
        if self.faults.len() < FAULTS {
            self.faults.push(words);
        }
    }
}

fn read_checkpoint(log: &Log, note: &str) -> Result<Checkpoint, String> {
    let parsed = Note::parse(note.as_bytes()).map_err(|e| e.to_string())?;
    let key = log.verifier_key().map_err(|e| e.to_string())?;
    parsed.verify(&key, &Verifier).map_err(|e| e.to_string())?;
    let checkpoint = Checkpoint::from_str(parsed.text()).map_err(|e| e.to_string())?;
    if checkpoint.origin == log.origin { Ok(checkpoint) } else { Err("it is another log's".to_owned()) }
}

fn check_due(edge: &Edge, due: &mut std::iter::Peekable<impl Iterator<Item = Checkpoint>>, report: &mut Report) {
    while let Some(checkpoint) = due.next_if(|c| c.size <= edge.size()) {
        if checkpoint.size != edge.size() || checkpoint.root != edge.root() {
            report.fault(format!("the entries up to {} do not give the root that was signed then", checkpoint.size));
        }
    }
}

/// The columns that pages filter by must say what the leaf says.
fn check_columns(row: &crate::db::Row, leaf: &[u8], index: u64, report: &mut Report) -> Result<()> {
    let Some(decoded) = domain::audit::Leaf::decode(leaf) else {
        report.fault(format!("leaf {index} cannot be read"));
        return Ok(());
    };
    let same = row.get::<String>("event_id")? == decoded.id.as_str()
        && row.get::<i64>("at")? == decoded.at.micros()
        && row.get::<String>("act")? == decoded.act.as_str()
        && row.get::<String>("actor")? == decoded.actor;
    if !same {
        report.fault(format!("the row of leaf {index} does not say what its leaf says"));
    }
    Ok(())
}

/// The tiles that the re-hashed leaves give must be those that are stored.
fn check_tiles(tx: &mut Tx, edge: &mut Edge, report: &mut Report) {
    let changed: Vec<_> = edge.changed().map(|(level, index, hashes)| (level, index, hashes.to_vec())).collect();
    for (level, index, hashes) in changed {
        // A tile that cannot even be read is a fault like one with other hashes.
        let stored = tile(tx, level, index).ok().flatten();
        if !stored.is_some_and(|stored| stored.starts_with(&hashes)) {
            report.fault(format!("tile {level}/{index} is not what its entries give"));
        }
    }
    edge.saved();
}

fn finish(tx: &mut Tx, edge: &Edge, report: &mut Report) -> Result<()> {
    let open =
        tx.query_one(sql!("SELECT CAST(count(*) AS BIGINT) AS n FROM audit_event WHERE leaf_index IS NULL"), &[])?;
    report.unsequenced = open.get("n")?;
    report.entries = edge.size();
    report.root = edge.root().to_string();
    let head = super::numbering::load(tx);
    match head {
        Ok(head) if head.size() == edge.size() && head.root() == edge.root() => {}
        Ok(head) => report.fault(format!("the head says {} entries and {} are there", head.size(), edge.size())),
        Err(error) => report.fault(error.to_string()),
    }
    Ok(())
}

impl From<Failure> for crate::Error {
    fn from(failure: Failure) -> Self {
        failure.into_error()
    }
}
