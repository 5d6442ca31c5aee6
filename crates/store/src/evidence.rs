//! Evidence about safeguards, each piece in one commit with its event; and the canaries that probes plant.

use std::path::Path;

use domain::Instant;
use domain::audit::Event;
use domain::compliance::{Evidence, EvidenceKind, Finding};
use domain::id::{EvidenceId, SessionId};
use sha2::{Digest, Sha256};

use crate::db::{Row, Tx};
use crate::error::{Error, Result};
use crate::{params, sql};

/// Keeps a finding, and adds its event with the finding's checksum, in this transaction.
pub fn add(
    tx: &mut Tx,
    kind: EvidenceKind,
    subject: &str,
    finding: &Finding,
    expires_at: Instant,
    event: Event,
) -> Result<EvidenceId> {
    let now = tx.now();
    let id = EvidenceId::new(now, tx.entropy());
    let body = serde_json::to_string(finding).map_err(|e| Error::Refused(format!("evidence cannot be stored: {e}")))?;
    let sum = checksum(&[id.as_str(), kind.as_str(), subject, &now.to_string(), &expires_at.to_string(), &body]);
    let event = event.object("evidence", &id).with("verdict", finding.verdict).with("checksum", &sum);
    let event = tx.audit(event.with("subject", subject));
    tx.execute(
        sql!(
            "INSERT INTO evidence (id, kind, subject, at, expires_at, body, checksum, event_id)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        ),
        params![id, kind.as_str(), subject, now, expires_at, body, sum, event],
    )?;
    tx.execute(
        sql!(
            "INSERT INTO evidence_newest (kind, subject, evidence_id) VALUES ($1, $2, $3)
             ON CONFLICT (kind, subject) DO UPDATE SET evidence_id = excluded.evidence_id"
        ),
        params![kind.as_str(), subject, id],
    )?;
    Ok(id)
}

/// The newest evidence of every subject.
pub fn newest(tx: &mut Tx) -> Result<Vec<Evidence>> {
    let rows = tx.query(
        sql!(
            "SELECT e.id, e.kind, e.subject, e.at, e.expires_at, e.body, e.checksum, e.event_id, a.leaf_index
             FROM evidence_newest n JOIN evidence e ON e.id = n.evidence_id
             LEFT JOIN audit_event a ON a.event_id = e.event_id ORDER BY e.kind, e.subject"
        ),
        &[],
    )?;
    rows.iter().map(evidence).collect()
}

/// The newest evidence of a subject.
pub fn latest(tx: &mut Tx, kind: EvidenceKind, subject: &str) -> Result<Option<Evidence>> {
    Ok(history(tx, kind, subject, 1)?.into_iter().next())
}

/// Up to `limit` pieces of evidence of a subject, newest first.
pub fn history(tx: &mut Tx, kind: EvidenceKind, subject: &str, limit: u32) -> Result<Vec<Evidence>> {
    let rows = tx.query(
        sql!(
            "SELECT e.id, e.kind, e.subject, e.at, e.expires_at, e.body, e.checksum, e.event_id, a.leaf_index
             FROM evidence e LEFT JOIN audit_event a ON a.event_id = e.event_id
             WHERE e.kind = $1 AND e.subject = $2 ORDER BY e.at DESC, e.id DESC LIMIT $3"
        ),
        params![kind.as_str(), subject, i64::from(limit)],
    )?;
    rows.iter().map(evidence).collect()
}

fn evidence(row: &Row) -> Result<Evidence> {
    let (id, kind): (EvidenceId, String) = (row.get("id")?, row.get("kind")?);
    let (subject, body): (String, String) = (row.get("subject")?, row.get("body")?);
    let (at, expires_at): (Instant, Instant) = (row.get("at")?, row.get("expires_at")?);
    let sum = checksum(&[id.as_str(), &kind, &subject, &at.to_string(), &expires_at.to_string(), &body]);
    if sum != row.get::<String>("checksum")? {
        return Err(row.corrupt("checksum"));
    }
    let finding: Finding = serde_json::from_str(&body).map_err(|_| row.corrupt("body"))?;
    let kind = EvidenceKind::parse(&kind).ok_or_else(|| row.corrupt("kind"))?;
    Ok(Evidence {
        id,
        kind,
        subject,
        at,
        expires_at,
        finding,
        event: row.get("event_id")?,
        leaf: row.get("leaf_index")?,
    })
}

fn checksum(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update(b"\n");
    }
    hex::encode(hash.finalize())
}

/// What is planted under a name.
pub fn canary(tx: &mut Tx, name: &str) -> Result<Option<String>> {
    let row = tx.query_opt(sql!("SELECT value FROM canary WHERE name = $1"), params![name])?;
    row.map(|row| row.get("value")).transpose()
}

/// Plants a value under a name, instead of the one that was there.
pub fn plant(tx: &mut Tx, name: &str, value: &str) -> Result<()> {
    tx.execute(
        sql!(
            "INSERT INTO canary (name, value) VALUES ($1, $2)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        ),
        params![name, value],
    )?;
    Ok(())
}

/// Moves a canary's session into the past, as if nobody had used it for so long. No other session can be moved.
pub fn leave_idle(tx: &mut Tx, session: &SessionId, seconds: i64) -> Result<bool> {
    let micros = seconds.saturating_mul(1_000_000);
    let changed = tx.execute(
        sql!("UPDATE session SET active_at = active_at - $2, began_at = began_at - $2 WHERE id = $1 AND canary = 1"),
        params![session, micros],
    )?;
    Ok(changed == 1)
}

/// Whether the database file at `path` opens with this key. A probe asks with a key that is wrong.
pub fn opens_with(path: &Path, key: &[u8; 32]) -> bool {
    crate::db::opens_with(path, key)
}
