//! Reports that API clients handed in, byte for byte, each in one commit with its event. They are not to hold ePHI.

use domain::Instant;
use domain::audit::Event;
use domain::client::IntakeKind;
use domain::id::{ClientId, EventId, IntakeId};
use sha2::{Digest, Sha256};

use crate::db::Tx;
use crate::error::Result;
use crate::{params, sql};

/// A report, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Its id.
    pub id: IntakeId,
    /// What it is.
    pub kind: IntakeKind,
    /// When it came.
    pub received_at: Instant,
    /// SHA-256 of its bytes, hexadecimal.
    pub digest: String,
    /// Bytes.
    pub size: u64,
    /// Its event in the log.
    pub event: EventId,
}

/// What taking a report came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The report.
    pub report: Report,
    /// False when the same bytes came from the same client before: a retry.
    pub new: bool,
}

/// Keeps a report and adds its event with the report's digest. The same bytes twice are one report.
pub fn take(tx: &mut Tx, client: &ClientId, kind: IntakeKind, body: &str, event: Event) -> Result<Taken> {
    let digest = hex::encode(Sha256::digest(body.as_bytes()));
    let before = tx.query_opt(
        sql!(
            "SELECT id, kind, received_at, digest, size, event_id FROM intake
             WHERE client_id = $1 AND kind = $2 AND digest = $3"
        ),
        params![client, kind.as_str(), digest],
    )?;
    if let Some(row) = before {
        let report = read(&row)?;
        tx.audit(event.object("intake", &report.id).with("digest", &digest).with("again", true));
        return Ok(Taken { report, new: false });
    }
    let (now, size) = (tx.now(), u64::try_from(body.len()).unwrap_or(u64::MAX));
    let id = IntakeId::new(now, tx.entropy());
    let event = tx.audit(event.object("intake", &id).with("digest", &digest));
    tx.execute(
        sql!(
            "INSERT INTO intake (id, kind, client_id, received_at, digest, size, body, event_id)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        ),
        params![id, kind.as_str(), client, now, digest, i64::try_from(size).unwrap_or(i64::MAX), body, event],
    )?;
    Ok(Taken { report: Report { id, kind, received_at: now, digest, size, event }, new: true })
}

/// The latest reports of a client, newest first.
pub fn of_client(tx: &mut Tx, client: &ClientId, limit: u32) -> Result<Vec<Report>> {
    let rows = tx.query(
        sql!(
            "SELECT id, kind, received_at, digest, size, event_id FROM intake
             WHERE client_id = $1 ORDER BY received_at DESC, id DESC LIMIT $2"
        ),
        params![client, i64::from(limit)],
    )?;
    rows.iter().map(read).collect()
}

fn read(row: &crate::db::Row) -> Result<Report> {
    Ok(Report {
        id: row.get("id")?,
        kind: row.parse("kind", |text| IntakeKind::parse(text).ok_or(()))?,
        received_at: row.get("received_at")?,
        digest: row.get("digest")?,
        size: row.get("size")?,
        event: row.get("event_id")?,
    })
}
