//! The log for systems elsewhere: its entries in their order, and how far each receiver was sent it.

use aws_lc_rs::digest::{SHA256, digest};
use domain::Instant;
use domain::audit::{Event, Leaf};
use tlog::Signer as _;

use super::Log;
use super::content::open;
use super::numbering::to_i64;
use crate::db::{Row, Tx};
use crate::error::Result;
use crate::record::hit;
use crate::{params, sql};

/// What keeps a patient's hash apart from anything else that the log's key signs.
const PATIENT: &str = "wellkept-patient-hash/v1";

/// An entry: its place, its public part, and its content where that can be read.
pub type Numbered = (u64, Leaf, Option<Event>);

/// How far a receiver was sent the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receiver {
    /// Its name in the configuration.
    pub name: String,
    /// The first place that was not handed over yet.
    pub next: u64,
    /// When all that was there had been handed over, the last time.
    pub caught_up_at: Instant,
    /// When it was tried last.
    pub tried_at: Instant,
    /// Why that failed; empty when it did not.
    pub said: String,
}

impl Log {
    /// What stands for a patient's id elsewhere: the same for the same patient, and of no use without the log's key, whose
    /// signature (deterministic, RFC 8032) makes it.
    pub fn pseudonym(&self, patient: &str) -> String {
        let signature = self.signer.sign(format!("{PATIENT}\n{patient}\n").as_bytes());
        hex::encode(digest(&SHA256, &signature).as_ref().get(..16).unwrap_or_default())
    }
}

/// The numbered entries from a place on, in their order.
pub fn numbered(log: &Log, tx: &mut Tx, from: u64, limit: i64) -> Result<Vec<Numbered>> {
    let rows = tx.query(
        sql!(
            "SELECT event_id, leaf_index, leaf, key_id, sealed FROM audit_event
             WHERE leaf_index >= $1 ORDER BY leaf_index LIMIT $2"
        ),
        params![to_i64(from)?, limit],
    )?;
    let entry = |row: &Row| {
        let leaf = Leaf::decode(&row.get::<Vec<u8>>("leaf")?).ok_or_else(|| row.corrupt("leaf"))?;
        let event = open(log, row, &leaf)?;
        Ok((row.get("leaf_index")?, leaf, event))
    };
    rows.iter().map(entry).collect()
}

/// Every receiver, by name.
pub fn receivers(tx: &mut Tx) -> Result<Vec<Receiver>> {
    let rows = tx.query(sql!("SELECT name, next, caught_up_at, tried_at, said FROM siem ORDER BY name"), &[])?;
    let receiver = |row: &Row| {
        let (name, next, said) = (row.get("name")?, row.get("next")?, row.get("said")?);
        Ok(Receiver { name, next, caught_up_at: row.get("caught_up_at")?, tried_at: row.get("tried_at")?, said })
    };
    rows.iter().map(receiver).collect()
}

/// Takes these for the receivers: a new one gets the whole log, and one that is not among them any more is forgotten.
pub fn receivers_are(tx: &mut Tx, names: &[String]) -> Result<()> {
    let now = tx.now();
    for old in receivers(tx)?.iter().filter(|old| !names.contains(&old.name)) {
        tx.execute(sql!("DELETE FROM siem WHERE name = $1"), params![old.name])?;
    }
    for name in names {
        tx.execute(
            sql!(
                "INSERT INTO siem (name, next, caught_up_at, tried_at, said) VALUES ($1, 0, $2, $2, '')
                 ON CONFLICT (name) DO NOTHING"
            ),
            params![name, now],
        )?;
    }
    Ok(())
}

/// Says that everything from `from` to before `to` was handed over, and whether that was all. Stale when somebody else did.
pub fn handed_over(tx: &mut Tx, name: &str, from: u64, to: u64, all: bool) -> Result<()> {
    let now = tx.now();
    let moved = tx.execute(
        sql!(
            "UPDATE siem SET next = $3, tried_at = $4, said = '',
               caught_up_at = CASE WHEN $5 = 1 THEN $4 ELSE caught_up_at END
             WHERE name = $1 AND next = $2"
        ),
        params![name, to_i64(from)?, to_i64(to)?, now, i64::from(all)],
    )?;
    hit(moved, "siem")
}

/// Says why nothing could be handed over.
pub fn not_handed_over(tx: &mut Tx, name: &str, said: &str) -> Result<()> {
    let now = tx.now();
    tx.execute(sql!("UPDATE siem SET tried_at = $2, said = $3 WHERE name = $1"), params![name, now, said])?;
    Ok(())
}
