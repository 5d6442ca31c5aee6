//! Writing the log as an evidence pack: what an outsider checks without us.

use tlog::pack::Log as PackLog;
use tlog::{Hash, Note, Tiles};

use super::numbering::{Failure, tile, to_i64};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::store::Store;
use crate::{params, sql};

/// Where an event is in the log: `None` while the sequencer has not numbered it, and for an event that there is not.
pub fn place(tx: &mut Tx, event: &domain::id::EventId) -> Result<Option<i64>> {
    let row = tx.query_opt(sql!("SELECT leaf_index FROM audit_event WHERE event_id = $1"), params![event])?;
    row.map_or(Ok(None), |row| row.get("leaf_index"))
}

/// Writes the pack of the log as of `checkpoint`, a signed note of this log, file by file through `write(path, bytes)`. One
/// bundle of 256 entries is in memory at a time.
pub fn write_pack(store: &Store, checkpoint: &str, mut write: impl FnMut(&str, &[u8]) -> Result<()>) -> Result<()> {
    let note = Note::parse(checkpoint.as_bytes()).map_err(|e| Error::Log(e.to_string()))?;
    let write = |path: &str, bytes: &[u8]| write(path, bytes).map_err(Failure::Store);
    tlog::pack::write_pack(&Source(store), &note, &store.log().signer, [], write).map_err(Failure::into_error)
}

/// The stored tiles and entries, each read by itself.
pub(super) struct Source<'a>(pub(super) &'a Store);

impl Tiles for Source<'_> {
    type Error = Failure;

    fn tile(&self, level: u8, index: u64) -> Result<Option<Vec<Hash>>, Failure> {
        self.0.read("pack tile", |tx| tile(tx, level, index)).map_err(Failure::Store)
    }
}

impl PackLog for Source<'_> {
    fn entries(&self, index: u64, width: u16) -> Result<Vec<Vec<u8>>, Failure> {
        let entries = self.0.read("pack entries", |tx| {
            let from = to_i64(index.saturating_mul(256))?;
            let rows = tx.query(
                sql!("SELECT leaf FROM audit_event WHERE leaf_index >= $1 AND leaf_index < $2 ORDER BY leaf_index"),
                params![from, from.saturating_add(i64::from(width))],
            )?;
            rows.iter().map(|row| row.get("leaf")).collect()
        });
        entries.map_err(Failure::Store)
    }
}
