//! What the log is called. Its name is unique among all practices by a part of its key. After somebody accepted that an older
//! copy was put back, it goes on under another name: what was signed under the old one stays true of what was lost.

use aws_lc_rs::digest::{SHA256, digest};
use domain::Instant;
use domain::audit::Event;
use tlog::{Signer as _, VerifierKey};

use super::Log;
use crate::db::{Row, Tx};
use crate::error::{Error, Result};
use crate::{params, sql};

/// An older copy that somebody accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restore {
    /// The log goes on as `NAME/rN`; the first one makes it 2.
    pub generation: i64,
    /// When it was accepted.
    pub at: Instant,
    /// Entries that the copy had.
    pub size: u64,
    /// Why, in the words of who accepted it.
    pub reason: String,
}

impl Log {
    /// The name of a generation; 1 is the first. Under 0 signed who made the log before names carried a part of the key.
    pub fn name(&self, generation: i64) -> String {
        let practice = &self.practice;
        if generation < 1 {
            return format!("wellkept/{practice}/audit");
        }
        let hash = digest(&SHA256, &self.signer.public_key());
        let id = hex::encode(hash.as_ref().get(..4).unwrap_or_default());
        let later = if generation > 1 { format!("/r{generation}") } else { String::new() };
        format!("wellkept/{practice}-{id}/audit{later}")
    }

    /// Which generation a checkpoint is of; `None` when it is another log's.
    pub fn generation(&self, origin: &str) -> Option<i64> {
        let number = match origin.strip_prefix(&self.name(1)) {
            None => 0,
            Some("") => 1,
            Some(later) => later.strip_prefix("/r")?.parse().ok()?,
        };
        (self.name(number) == origin).then_some(number)
    }

    /// The name of a generation and the public key that verifies it, in the form that Go calls a `vkey`.
    pub fn key(&self, generation: i64) -> Result<VerifierKey> {
        VerifierKey::new(self.name(generation), self.signer.public_key()).map_err(|e| Error::Log(e.to_string()))
    }
}

/// The generation that the log is in.
pub fn generation(tx: &mut Tx) -> Result<i64> {
    Ok(restores(tx)?.last().map_or(1, |restore| restore.generation))
}

/// Every older copy that was accepted, oldest first.
pub fn restores(tx: &mut Tx) -> Result<Vec<Restore>> {
    let rows = tx.query(sql!("SELECT generation, at, size, reason FROM audit_restore ORDER BY generation"), &[])?;
    let restore = |row: &Row| {
        let (generation, at) = (row.get("generation")?, row.get("at")?);
        Ok(Restore { generation, at, size: row.get("size")?, reason: row.get("reason")? })
    };
    rows.iter().map(restore).collect()
}

/// Accepts the log as it is, with its event, and gives it a name that it never had: beyond its own and `beyond`, the newest
/// generation that was seen elsewhere. Returns the generation.
pub fn accept_restore(tx: &mut Tx, reason: &str, beyond: i64, event: Event) -> Result<i64> {
    let next = generation(tx)?.max(beyond) + 1;
    let (now, size) = (tx.now(), super::latest_size(tx)?);
    let event = tx.audit(event.with("generation", next).with("entries", size).with("reason", reason));
    tx.execute(
        sql!("INSERT INTO audit_restore (generation, at, size, reason, event_id) VALUES ($1, $2, $3, $4, $5)"),
        params![next, now, size, reason, event],
    )?;
    tx.execute(
        sql!("UPDATE audit_witness SET state = 'down', said = 'not asked since then' WHERE state = 'contradicts'"),
        &[],
    )?;
    Ok(next)
}
