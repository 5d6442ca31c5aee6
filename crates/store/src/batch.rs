//! Batches of claims. A batch holds counts and numbers and nobody's record; its claims are [`crate::claim`]'s.

use domain::batch::{Batch, BatchState};
use domain::id::{BatchId, PartnerId};

use crate::db::Tx;
use crate::error::{Error, Result};
use crate::record::{Stamp, Versioned, decode, hit, keep};
use crate::{params, sql};

const KIND: &str = "batch";

/// Adds a batch.
pub fn create(tx: &mut Tx, batch: &Batch, stamp: &Stamp) -> Result<()> {
    let encoded = keep(tx, KIND, batch.id.as_str(), 1, batch, stamp)?;
    tx.execute(
        sql!(
            "INSERT INTO batch (id, partner_id, state, reference, interchange, group_control, made_at, released_at,
                                version, body, checksum)
             VALUES ($1, $2, $3, $4, NULL, NULL, $5, NULL, 1, $6, $7)"
        ),
        params![
            batch.id,
            batch.partner,
            batch.state.as_str(),
            batch.reference,
            batch.made_at,
            encoded.body,
            encoded.checksum
        ],
    )?;
    Ok(())
}

/// Replaces version `version` of a batch.
pub fn change(tx: &mut Tx, batch: &Batch, version: i64, stamp: &Stamp) -> Result<()> {
    let encoded = keep(tx, KIND, batch.id.as_str(), version + 1, batch, stamp)?;
    let release = batch.release.as_ref();
    let changed = tx.execute(
        sql!(
            "UPDATE batch SET state = $3, interchange = $4, group_control = $5, released_at = $6, version = version + 1,
                              body = $7, checksum = $8
             WHERE id = $1 AND version = $2"
        ),
        params![
            batch.id,
            version,
            batch.state.as_str(),
            release.map(|r| r.interchange),
            release.map(|r| r.group),
            release.map(|r| r.at),
            encoded.body,
            encoded.checksum
        ],
    )?;
    hit(changed, KIND)
}

/// A batch.
pub fn open(tx: &mut Tx, id: &BatchId) -> Result<Versioned<Batch>> {
    let row = tx.query_opt(sql!("SELECT id, version, body, checksum FROM batch WHERE id = $1"), params![id])?;
    decode(&row.ok_or(Error::NotFound(KIND))?, KIND)
}

/// The batch whose interchange (ISA13) a TA1 answers.
pub fn by_interchange(tx: &mut Tx, number: i64) -> Result<Option<Versioned<Batch>>> {
    let row =
        tx.query_opt(sql!("SELECT id, version, body, checksum FROM batch WHERE interchange = $1"), params![number])?;
    row.map(|row| decode(&row, KIND)).transpose()
}

/// The batch whose group (GS06) a 999 answers.
pub fn by_group(tx: &mut Tx, number: i64) -> Result<Option<Versioned<Batch>>> {
    let row =
        tx.query_opt(sql!("SELECT id, version, body, checksum FROM batch WHERE group_control = $1"), params![number])?;
    row.map(|row| decode(&row, KIND)).transpose()
}

/// The batch with our number (BHT03), which a 277CA brings back.
pub fn by_reference(tx: &mut Tx, reference: &str) -> Result<Option<Versioned<Batch>>> {
    let row = tx.query_opt(
        sql!("SELECT id, version, body, checksum FROM batch WHERE reference = $1"),
        params![reference.trim()],
    )?;
    row.map(|row| decode(&row, KIND)).transpose()
}

/// Up to `limit` released batches of a partner, latest first.
pub fn released_to(tx: &mut Tx, partner: &PartnerId, limit: u32) -> Result<Vec<Batch>> {
    let rows = tx.query(
        sql!(
            "SELECT id, version, body, checksum FROM batch
             WHERE partner_id = $1 AND released_at IS NOT NULL ORDER BY released_at DESC, id DESC LIMIT $2"
        ),
        params![partner, i64::from(limit)],
    )?;
    rows.iter().map(|row| Ok(decode::<Batch>(row, KIND)?.value)).collect()
}

/// Up to `limit` batches, latest first; of one state, or of all.
pub fn list(tx: &mut Tx, state: Option<BatchState>, limit: u32) -> Result<Vec<Batch>> {
    let state = state.map(|s| s.as_str().to_owned());
    let rows = tx.query(
        sql!(
            "SELECT id, version, body, checksum FROM batch
             WHERE CAST($1 AS TEXT) IS NULL OR state = $1 ORDER BY made_at DESC, id DESC LIMIT $2"
        ),
        params![state, i64::from(limit)],
    )?;
    rows.iter().map(|row| Ok(decode::<Batch>(row, KIND)?.value)).collect()
}
