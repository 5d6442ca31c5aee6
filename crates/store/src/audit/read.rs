//! Reading the log back: newest first, by facet, with bodies opened.

use domain::Instant;
use domain::audit::{Event, Leaf, commitment};
use domain::id::{AccountId, EventId, PatientId};

use super::Log;
use crate::db::{Row, Tx};
use crate::error::{Error, Result};
use crate::phi::Phi;
use crate::{params, sql};

/// Which events to list. `None` is any.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// The stored name of an act.
    pub act: Option<String>,
    /// The actor as the leaf has it.
    pub actor: Option<String>,
    /// A patient whom the events concern.
    pub patient: Option<PatientId>,
    /// Only events before this one: the next page.
    pub before: Option<(Instant, EventId)>,
}

/// An event as it was stored.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its id.
    pub id: EventId,
    /// Its place in the log; `None` while it waits for the sequencer.
    pub index: Option<u64>,
    /// When it was recorded.
    pub at: Instant,
    /// The event, or `None` when its content was destroyed under authority.
    pub event: Option<Event>,
}

/// The events of a page, newest first. They name patients, so they are ePHI themselves.
pub fn list(log: &Log, tx: &mut Tx, filter: &Filter, limit: u32) -> Result<Phi<Vec<Entry>>> {
    let (at, id) = match &filter.before {
        Some((at, id)) => (at.micros(), id.as_str().to_owned()),
        None => (i64::MAX, String::new()),
    };
    let rows = match &filter.patient {
        Some(patient) => tx.query(
            sql!(
                "SELECT e.event_id, e.leaf_index, e.at, e.leaf, e.key_id, e.sealed
                 FROM audit_event e JOIN audit_subject s ON s.event_id = e.event_id
                 WHERE s.patient_id = $1 AND (e.at < $2 OR (e.at = $2 AND e.event_id < $3))
                   AND (CAST($4 AS TEXT) IS NULL OR e.act = $4) AND (CAST($5 AS TEXT) IS NULL OR e.actor = $5)
                 ORDER BY e.at DESC, e.event_id DESC LIMIT $6"
            ),
            params![patient, at, id, filter.act, filter.actor, i64::from(limit)],
        )?,
        None => tx.query(
            sql!(
                "SELECT event_id, leaf_index, at, leaf, key_id, sealed FROM audit_event
                 WHERE (at < $1 OR (at = $1 AND event_id < $2))
                   AND (CAST($3 AS TEXT) IS NULL OR act = $3) AND (CAST($4 AS TEXT) IS NULL OR actor = $4)
                 ORDER BY at DESC, event_id DESC LIMIT $5"
            ),
            params![at, id, filter.act, filter.actor, i64::from(limit)],
        )?,
    };
    let entries: Vec<Entry> = rows.iter().map(|row| entry(log, row)).collect::<Result<_>>()?;
    let subjects: Vec<_> = entries.iter().filter_map(|e| e.event.as_ref()).flat_map(|e| e.subjects.clone()).collect();
    Ok(Phi::new(entries, subjects, ["audit"]))
}

/// One event by its id.
pub fn one(log: &Log, tx: &mut Tx, id: &EventId) -> Result<Option<Phi<Entry>>> {
    let row = tx.query_opt(
        sql!("SELECT event_id, leaf_index, at, leaf, key_id, sealed FROM audit_event WHERE event_id = $1"),
        params![id],
    )?;
    let Some(row) = row else { return Ok(None) };
    let entry = entry(log, &row)?;
    let subjects = entry.event.as_ref().map(|e| e.subjects.clone()).unwrap_or_default();
    Ok(Some(Phi::new(entry, subjects, ["audit"])))
}

/// How many events there are of each act since an instant: counts only, no ePHI.
pub fn counts(tx: &mut Tx, since: Instant) -> Result<Vec<(String, i64)>> {
    let rows = tx.query(
        sql!("SELECT act, CAST(count(*) AS BIGINT) AS n FROM audit_event WHERE at >= $1 GROUP BY act ORDER BY act"),
        params![since],
    )?;
    rows.iter().map(|row| Ok((row.get("act")?, row.get("n")?))).collect()
}

/// The actor name of an account.
pub fn actor_of(account: &AccountId) -> String {
    domain::audit::Actor::Account(account.clone()).to_string()
}

fn entry(log: &Log, row: &Row) -> Result<Entry> {
    let id: EventId = row.get("event_id")?;
    let sealed: Option<Vec<u8>> = row.get("sealed")?;
    let event = match sealed {
        Some(sealed) => Some(open(log, row, &id, &sealed)?),
        None => None,
    };
    Ok(Entry { id, index: row.get("leaf_index")?, at: row.get("at")?, event })
}

/// Opens a body and holds it against the leaf's commitment.
fn open(log: &Log, row: &Row, id: &EventId, sealed: &[u8]) -> Result<Event> {
    let key_id: String = row.get("key_id")?;
    let leaf: Vec<u8> = row.get("leaf")?;
    let leaf = Leaf::decode(&leaf).ok_or_else(|| row.corrupt("leaf"))?;
    let (salt, canonical) = log.open_body(&key_id, id, sealed)?;
    if commitment(&salt, &canonical) != leaf.commitment {
        return Err(Error::Log(format!("event {id} is not the one that its leaf commits to")));
    }
    serde_json::from_slice(&canonical).map_err(|_| row.corrupt("sealed"))
}
