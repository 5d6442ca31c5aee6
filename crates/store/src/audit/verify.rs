//! Checking the log against itself: leaves, bodies, tiles, checkpoints. Streams, so memory stays flat.

use std::cell::RefCell;

use domain::Instant;
use domain::audit::Act;
use tlog::proof::{consistency, inclusion, verify_consistency, verify_inclusion};
use tlog::{Checkpoint, Edge, Hash, Note, Tiles, leaf_hash};

use super::Log;
use super::due::Due;
use super::numbering::{Failure, tile, to_i64};
use super::rows::Rows;
use crate::db::{Row, Tx};
use crate::error::{Error, Result};
use crate::{params, sql};

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Numbered events.
    pub entries: u64,
    /// How many of them were read and hashed.
    pub hashed: u64,
    /// Events that wait for the sequencer.
    pub unsequenced: u64,
    /// The root over them, hexadecimal.
    pub root: String,
    /// The newest checkpoint, as signed.
    pub checkpoint: Option<String>,
    /// The newest checkpoint that the entries were found to agree with: where [`grown`] may go on from.
    pub anchor: Option<Anchor>,
    /// Everything that does not fit, in words.
    pub faults: Vec<String>,
    /// Entries that say that somebody accepted an older copy.
    restores: usize,
}

/// A signed checkpoint that the entries before it agreed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// When it was signed.
    pub at: Instant,
    /// Entries under it.
    pub size: u64,
    /// Their root.
    pub root: Hash,
}

/// Leaves read at a time.
const CHUNK: i64 = 5_000;
/// More faults than this are not listed: the first tell enough.
const FAULTS: usize = 50;

/// Re-hashes every leaf to the head, opens every body, and checks every checkpoint's signature and place.
pub fn verify(log: &Log, tx: &mut Tx) -> Result<Report> {
    let mut run = Run::start(log, tx, Instant::from_micros(i64::MIN))?;
    let mut edge = Edge::new();
    if run.rehash(tx, &mut edge)? {
        run.finish(tx, &edge)?;
        let extra = run.rows.extra(tx, run.report.unsequenced)?;
        run.report.faults(extra);
        let (accepted, said) = (super::name::restores(tx)?.len(), run.report.restores);
        if accepted != said {
            run.report.fault(format!("the log was renamed {accepted} times, and {said} entries say so"));
        }
    }
    Ok(run.report)
}

/// What came after a checkpoint that was found whole before: the tiles must still come to its root, every newer leaf is
/// re-hashed to the head, the stored tiles must prove that the head's log begins with the checkpoint's, and each older leaf of
/// `sample` must be in it.
pub fn grown(log: &Log, tx: &mut Tx, from: Anchor, sample: &[u64]) -> Result<Report> {
    let mut run = Run::start(log, tx, from.at)?;
    let signed = tx.query_opt(sql!("SELECT note FROM audit_checkpoint WHERE at = $1"), params![from.at])?;
    let signed = signed.map(|row| row.get::<String>("note")).transpose()?;
    let signed = signed.and_then(|note| read_checkpoint(log, &note).ok());
    if !signed.is_some_and(|c| c.size == from.size && c.root == from.root) {
        run.report.fault(format!(
            "the checkpoint over {} entries, which was good before, is gone or says otherwise",
            from.size
        ));
    }
    let mut edge = match edge_at(tx, from.size) {
        Ok(edge) => edge,
        Err(error) => {
            run.report.fault(error.to_string());
            return Ok(run.report);
        }
    };
    if edge.root() != from.root {
        let size = from.size;
        run.report.fault(format!("the tiles of the first {size} entries do not come to the root that was signed"));
    }
    if run.rehash(tx, &mut edge)? {
        run.finish(tx, &edge)?;
        run.prove(tx, from, (edge.size(), edge.root()), sample)?;
    }
    Ok(run.report)
}

/// The right edge of the log as it was at `size`, from tiles that have grown since.
fn edge_at(tx: &mut Tx, size: u64) -> Result<Edge> {
    let cut = |level, index, mut hashes: Vec<Hash>| {
        hashes.truncate(usize::from(tlog::tile::width_at(size, level, index)));
        hashes
    };
    Edge::load(size, |level, index| {
        tile(tx, level, index).map(|found| found.map(|hashes| cut(level, index, hashes))).map_err(Failure::Store)
    })
    .map_err(Failure::into_error)
}

/// One look at the log, from where it begins to its head.
struct Run<'l> {
    log: &'l Log,
    rows: Rows<'l>,
    due: Due,
    report: Report,
}

impl<'l> Run<'l> {
    fn start(log: &'l Log, tx: &mut Tx, since: Instant) -> Result<Self> {
        let newest = super::latest_checkpoint(tx)?.map(|row| row.get("note")).transpose()?;
        let report = Report { checkpoint: newest, ..Report::default() };
        Ok(Self { log, rows: Rows::new(log, tx)?, due: Due::since(since), report })
    }

    /// Hashes every leaf after the edge; false when one is missing, after which nothing more can be said.
    fn rehash(&mut self, tx: &mut Tx, edge: &mut Edge) -> Result<bool> {
        self.check_due(tx, edge)?;
        loop {
            let rows = tx.query(
                sql!(
                    "SELECT event_id, leaf_index, at, act, actor, outcome, leaf, key_id, sealed FROM audit_event
                     WHERE leaf_index >= $1 ORDER BY leaf_index LIMIT $2"
                ),
                params![to_i64(edge.size())?, CHUNK],
            )?;
            for row in &rows {
                let index: u64 = row.get("leaf_index")?;
                if index != edge.size() {
                    self.report.fault(format!("leaf {} is missing", edge.size()));
                    return Ok(false);
                }
                let leaf: Vec<u8> = row.get("leaf")?;
                self.check_row(row, &leaf, index)?;
                edge.push(leaf_hash(&leaf));
                self.report.hashed += 1;
                self.check_due(tx, edge)?;
            }
            check_tiles(tx, edge, &mut self.report);
            let hidden = self.rows.subjects(tx)?;
            self.report.faults(hidden);
            if rows.len() < usize::try_from(CHUNK).unwrap_or(usize::MAX) {
                return Ok(true);
            }
        }
    }

    /// The stored tiles must show that the log grew from the anchor, and that the sampled leaves are in it.
    fn prove(&mut self, tx: &mut Tx, from: Anchor, head: (u64, Hash), sample: &[u64]) -> Result<()> {
        let (size, root) = head;
        let tiles = Stored(RefCell::new(tx));
        let grew = consistency(&tiles, from.size, size).map_err(Failure::into_error);
        let grew = grew.and_then(|proof| verify_consistency((from.size, from.root), head, &proof).map_err(tree));
        if let Err(error) = grew {
            let size = from.size;
            self.report.fault(format!("the log did not grow from the checkpoint over {size} entries: {error}"));
        }
        for index in sample {
            let row = tiles.0.borrow_mut().query_opt(
                sql!(
                    "SELECT event_id, leaf_index, at, act, actor, outcome, leaf, key_id, sealed FROM audit_event
                     WHERE leaf_index = $1"
                ),
                params![to_i64(*index)?],
            )?;
            let Some(row) = row else {
                self.report.fault(format!("leaf {index} is missing"));
                continue;
            };
            let leaf: Vec<u8> = row.get("leaf")?;
            self.check_row(&row, &leaf, *index)?;
            let there = inclusion(&tiles, *index, size).map_err(Failure::into_error);
            let there =
                there.and_then(|proof| verify_inclusion(leaf_hash(&leaf), *index, size, &proof, root).map_err(tree));
            if let Err(error) = there {
                self.report.fault(format!("leaf {index} is not what the log holds there: {error}"));
            }
            self.report.hashed += 1;
        }
        let hidden = self.rows.subjects(tx)?;
        self.report.faults(hidden);
        Ok(())
    }

    /// Holds the checkpoints over no more than the entries so far against them.
    fn check_due(&mut self, tx: &mut Tx, edge: &Edge) -> Result<()> {
        while let Some((at, checkpoint)) = self.due.next_within(edge.size(), self.log, tx, &mut self.report)? {
            let Checkpoint { size, root, .. } = checkpoint;
            // A clock that was set back makes an older checkpoint come later; the tiles know the root of then.
            let then = if size == edge.size() { Some(edge.root()) } else { edge_at(tx, size).ok().map(|e| e.root()) };
            if then != Some(root) {
                self.report.fault(format!("the entries up to {size} do not give the root that was signed then"));
            } else if self.report.anchor.is_none_or(|anchor| anchor.size <= size) {
                self.report.anchor = Some(Anchor { at, size, root });
            }
        }
        Ok(())
    }

    /// The columns that pages filter by must say what the leaf says, and the body must be the one that the leaf commits to.
    fn check_row(&mut self, row: &Row, leaf: &[u8], index: u64) -> Result<()> {
        let Some(decoded) = domain::audit::Leaf::decode(leaf) else {
            self.report.fault(format!("leaf {index} cannot be read"));
            return Ok(());
        };
        let same = row.get::<String>("event_id")? == decoded.id.as_str()
            && row.get::<i64>("at")? == decoded.at.micros()
            && row.get::<String>("act")? == decoded.act.as_str()
            && row.get::<String>("actor")? == decoded.actor;
        if !same {
            self.report.fault(format!("the row of leaf {index} does not say what its leaf says"));
        }
        self.report.restores += usize::from(decoded.act == Act::RestoreAccepted);
        let found = self.rows.check(row, &decoded, index)?;
        self.report.faults(found);
        Ok(())
    }

    fn finish(&mut self, tx: &mut Tx, edge: &Edge) -> Result<()> {
        let report = &mut self.report;
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
        // One of those that are left speaks of too much; behind it there may be others that do not.
        while let Some((_, checkpoint)) = self.due.next_within(u64::MAX, self.log, tx, &mut self.report)? {
            let (said, there) = (checkpoint.size, edge.size());
            self.report.fault(format!("a checkpoint speaks of {said} entries and only {there} are there"));
            self.check_due(tx, edge)?;
        }
        Ok(())
    }
}

fn tree(error: tlog::Error) -> Error {
    Failure::Tree(error).into_error()
}

/// The stored tiles, for proofs.
struct Stored<'a, 'b>(RefCell<&'a mut Tx<'b>>);

impl Tiles for Stored<'_, '_> {
    type Error = Failure;

    fn tile(&self, level: u8, index: u64) -> Result<Option<Vec<Hash>>, Failure> {
        tile(&mut self.0.borrow_mut(), level, index).map_err(Failure::Store)
    }
}

impl Report {
    /// Whole: nothing contradicts anything.
    pub fn ok(&self) -> bool {
        self.faults.is_empty()
    }

    pub(super) fn fault(&mut self, words: String) {
        self.faults(Some(words));
    }

    fn faults(&mut self, words: impl IntoIterator<Item = String>) {
        let room = FAULTS.saturating_sub(self.faults.len());
        self.faults.extend(words.into_iter().take(room));
    }
}

/// A note as a checkpoint of this log, under its signature.
pub(super) fn read_checkpoint(log: &Log, note: &str) -> Result<Checkpoint, String> {
    let note = Note::parse(note.as_bytes()).map_err(|e| e.to_string())?;
    super::outside::read(log, &note)
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

impl From<Failure> for crate::Error {
    fn from(failure: Failure) -> Self {
        failure.into_error()
    }
}
