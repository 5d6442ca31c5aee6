//! Deliveries: the outbox. A row commits with the release of its file.

use domain::Instant;
use domain::delivery::Delivery;
use domain::id::{BatchId, DeliveryId, PartnerId};

use crate::audit::Log;
use crate::audit::read::content;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::phi::Phi;
use crate::record::{Stamp, Versioned, decode, hit, keep};
use crate::{file, params, sql};

const KIND: &str = "delivery";

/// Puts a released file into the outbox. A file that is there already is an error: it leaves once.
pub fn queue(tx: &mut Tx, delivery: &Delivery, stamp: &Stamp) -> Result<()> {
    let encoded = keep(tx, KIND, delivery.id.as_str(), 1, delivery, stamp)?;
    let queued = tx.execute(
        sql!(
            "INSERT INTO delivery (id, file_id, batch_id, partner_id, state, queued_at, due_at, version, body, checksum)
             VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $9) ON CONFLICT (file_id) DO NOTHING"
        ),
        params![
            delivery.id,
            delivery.file,
            delivery.batch,
            delivery.partner,
            delivery.state.as_str(),
            delivery.queued_at,
            delivery.due_at,
            encoded.body,
            encoded.checksum
        ],
    )?;
    hit(queued, KIND)
}

/// Replaces version `version`.
pub fn change(tx: &mut Tx, delivery: &Delivery, version: i64, stamp: &Stamp) -> Result<()> {
    let encoded = keep(tx, KIND, delivery.id.as_str(), version + 1, delivery, stamp)?;
    let changed = tx.execute(
        sql!(
            "UPDATE delivery SET state = $3, due_at = $4, version = version + 1, body = $5, checksum = $6
             WHERE id = $1 AND version = $2"
        ),
        params![delivery.id, version, delivery.state.as_str(), delivery.due_at, encoded.body, encoded.checksum],
    )?;
    hit(changed, KIND)
}

/// One delivery.
pub fn open(tx: &mut Tx, id: &DeliveryId) -> Result<Versioned<Delivery>> {
    let row = tx.query_opt(sql!("SELECT id, version, body, checksum FROM delivery WHERE id = $1"), params![id])?;
    decode(&row.ok_or(Error::NotFound(KIND))?, KIND)
}

/// The delivery of a batch's file, when its partner had a connector at the release.
pub fn of_batch(tx: &mut Tx, batch: &BatchId) -> Result<Option<Versioned<Delivery>>> {
    let row =
        tx.query_opt(sql!("SELECT id, version, body, checksum FROM delivery WHERE batch_id = $1"), params![batch])?;
    row.map(|row| decode(&row, KIND)).transpose()
}

/// Up to `limit` deliveries to a partner, latest first.
pub fn of_partner(tx: &mut Tx, partner: &PartnerId, limit: u32) -> Result<Vec<Delivery>> {
    let rows = tx.query(
        sql!(
            "SELECT id, version, body, checksum FROM delivery
             WHERE partner_id = $1 ORDER BY queued_at DESC, id DESC LIMIT $2"
        ),
        params![partner, i64::from(limit)],
    )?;
    rows.iter().map(|row| Ok(decode::<Delivery>(row, KIND)?.value)).collect()
}

/// What is to be sent, or looked for, by now: longest due first.
pub fn due(tx: &mut Tx, now: Instant) -> Result<Vec<Delivery>> {
    let rows = tx.query(
        sql!(
            "SELECT id, version, body, checksum FROM delivery
             WHERE state IN ('waiting', 'sending') AND due_at <= $1 ORDER BY due_at, id"
        ),
        params![now],
    )?;
    rows.iter().map(|row| Ok(decode::<Delivery>(row, KIND)?.value)).collect()
}

/// A file on its way, held against the log.
#[derive(Clone, Debug)]
pub struct Told {
    /// The delivery.
    pub delivery: Delivery,
    /// The digest that the file is kept under.
    pub digest: String,
    /// Of each attempt, whether its event says all that it should; nothing where the event cannot be read.
    pub attempts: Vec<Option<bool>>,
}

/// Every delivery that was queued since, held against the log. The events stay here.
pub fn told(log: &Log, tx: &mut Tx, since: Instant) -> Result<Vec<Told>> {
    let rows = tx.query(
        sql!(
            "SELECT delivery.id AS id, delivery.version AS version, delivery.body AS body, delivery.checksum AS checksum,
                    file.digest AS digest
             FROM delivery JOIN file ON file.id = delivery.file_id WHERE delivery.queued_at >= $1 ORDER BY delivery.id"
        ),
        params![since],
    )?;
    let mut all = Vec::with_capacity(rows.len());
    for row in &rows {
        let delivery: Delivery = decode(row, KIND)?.value;
        let mut attempts = Vec::new();
        for attempt in &delivery.attempts {
            attempts.push(match content(log, tx, &attempt.event)? {
                // An event that is not there says nothing.
                None => Some(false),
                Some(content) => content.event().map(|event| delivery.is_told_by(event)),
            });
        }
        all.push(Told { delivery, digest: row.get("digest")?, attempts });
    }
    Ok(all)
}

/// The bytes of a file that waits in the outbox, about everybody in it. A person released it, with everybody in it, to this partner.
pub fn bytes(tx: &mut Tx, id: &DeliveryId) -> Result<Phi<Vec<u8>>> {
    let row = tx.query_opt(
        sql!(
            "SELECT file.id AS id, file.digest AS digest, file.bytes AS bytes FROM delivery JOIN file ON file.id = delivery.file_id
             WHERE delivery.id = $1 AND delivery.state = 'waiting'"
        ),
        params![id],
    )?;
    file::released(tx, &row.ok_or(Error::NotFound(KIND))?)
}
