//! Reading the log back: newest first, by facet, with bodies opened.

use domain::Instant;
use domain::audit::{Act, Event, Leaf};
use domain::id::{AccountId, EventId, PatientId};

use super::Log;
use super::content::{Content, Destroyed, open};
use crate::db::{Row, Tx, Value};
use crate::error::Result;
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
    /// What happened, as far as it can be read.
    pub content: Content,
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
        None => newest(tx, filter, params![at, id, i64::from(limit)])?,
    };
    let entries = entries(log, tx, &rows)?;
    let subjects: Vec<_> = entries.iter().flat_map(Entry::subjects).cloned().collect();
    Ok(Phi::new(entries, subjects, ["audit"]))
}

/// One event by its id.
pub fn one(log: &Log, tx: &mut Tx, id: &EventId) -> Result<Option<Phi<Entry>>> {
    let row = tx.query_opt(
        sql!("SELECT event_id, leaf_index, at, leaf, key_id, sealed FROM audit_event WHERE event_id = $1"),
        params![id],
    )?;
    let entry = entries(log, tx, row.as_slice())?.pop();
    Ok(entry.map(|entry| {
        let subjects = entry.subjects().to_vec();
        Phi::new(entry, subjects, ["audit"])
    }))
}

/// The content of one event, for checks whose answer is a count: it does not leave the store.
pub(crate) fn content(log: &Log, tx: &mut Tx, id: &EventId) -> Result<Option<Content>> {
    let row = tx.query_opt(
        sql!("SELECT event_id, leaf_index, at, leaf, key_id, sealed FROM audit_event WHERE event_id = $1"),
        params![id],
    )?;
    Ok(entries(log, tx, row.as_slice())?.pop().map(|entry| entry.content))
}

/// The numbered events from a place of the log on, in its order, for the rules over the log: they do not leave them.
pub fn from_place(log: &Log, tx: &mut Tx, place: i64, limit: i64) -> Result<Vec<Entry>> {
    let rows = tx.query(
        sql!(
            "SELECT event_id, leaf_index, at, leaf, key_id, sealed FROM audit_event
             WHERE leaf_index >= $1 ORDER BY leaf_index LIMIT $2"
        ),
        params![place, limit],
    )?;
    entries(log, tx, &rows)
}

/// Who, or what, and when: the events that a rule looks back at.
#[derive(Clone, Debug)]
pub struct Lately {
    /// From this instant on.
    pub from: Instant,
    /// Until this one.
    pub to: Instant,
    /// Before this place of the log.
    pub before: i64,
    /// The newest so many.
    pub limit: i64,
}

/// The same of one actor lately, the newest first.
pub fn lately_by(log: &Log, tx: &mut Tx, actor: &str, lately: &Lately) -> Result<Vec<Entry>> {
    let rows = tx.query(
        sql!(
            "SELECT event_id, leaf_index, at, leaf, key_id, sealed FROM audit_event
             WHERE actor = $1 AND at >= $2 AND at <= $3 AND leaf_index < $4 ORDER BY at DESC LIMIT $5"
        ),
        params![actor, lately.from, lately.to, lately.before, lately.limit],
    )?;
    entries(log, tx, &rows)
}

/// The same of one act lately, the newest first.
pub fn lately_of(log: &Log, tx: &mut Tx, act: Act, lately: &Lately) -> Result<Vec<Entry>> {
    let rows = tx.query(
        sql!(
            "SELECT event_id, leaf_index, at, leaf, key_id, sealed FROM audit_event
             WHERE act = $1 AND at >= $2 AND at <= $3 AND leaf_index < $4 ORDER BY at DESC LIMIT $5"
        ),
        params![act.as_str(), lately.from, lately.to, lately.before, lately.limit],
    )?;
    entries(log, tx, &rows)
}

/// A statement for each choice, so that each finds its rows by an index: (at, id) of the last page, how many, act, actor.
fn newest(tx: &mut Tx, filter: &Filter, page: &[Value]) -> Result<Vec<Row>> {
    match (&filter.act, &filter.actor) {
        (None, None) => tx.query(
            sql!(
                "SELECT event_id, leaf_index, at, leaf, key_id, sealed FROM audit_event
                 WHERE (at, event_id) < ($1, $2) ORDER BY at DESC, event_id DESC LIMIT $3"
            ),
            page,
        ),
        (Some(act), None) => tx.query(
            sql!(
                "SELECT event_id, leaf_index, at, leaf, key_id, sealed FROM audit_event
                 WHERE (at, event_id) < ($1, $2) AND act = $4 ORDER BY at DESC, event_id DESC LIMIT $3"
            ),
            &[page, params![act]].concat(),
        ),
        (None, Some(actor)) => tx.query(
            sql!(
                "SELECT event_id, leaf_index, at, leaf, key_id, sealed FROM audit_event
                 WHERE (at, event_id) < ($1, $2) AND actor = $4 ORDER BY at DESC, event_id DESC LIMIT $3"
            ),
            &[page, params![actor]].concat(),
        ),
        (Some(act), Some(actor)) => tx.query(
            sql!(
                "SELECT event_id, leaf_index, at, leaf, key_id, sealed FROM audit_event
                 WHERE (at, event_id) < ($1, $2) AND act = $4 AND actor = $5
                 ORDER BY at DESC, event_id DESC LIMIT $3"
            ),
            &[page, params![act, actor]].concat(),
        ),
    }
}

/// How many events there are of each act since an instant: counts only, no ePHI.
pub fn counts(tx: &mut Tx, since: Instant) -> Result<Vec<(String, i64)>> {
    let rows = tx.query(
        sql!("SELECT act, CAST(count(*) AS BIGINT) AS n FROM audit_event WHERE at >= $1 GROUP BY act ORDER BY act"),
        params![since],
    )?;
    rows.iter().map(|row| Ok((row.get("act")?, row.get("n")?))).collect()
}

/// How many events of one act there are in each hour (since 1970, UTC) from an instant on: counts only, no ePHI.
pub fn by_hour(tx: &mut Tx, act: Act, since: Instant) -> Result<Vec<(i64, u64)>> {
    let rows = tx.query(
        sql!(
            "SELECT at / 3600000000 AS hour, CAST(count(*) AS BIGINT) AS n FROM audit_event
             WHERE act = $1 AND at >= $2 GROUP BY at / 3600000000 ORDER BY hour"
        ),
        params![act.as_str(), since],
    )?;
    rows.iter().map(|row| Ok((row.get("hour")?, row.get("n")?))).collect()
}

/// When the first event was.
pub fn first_at(tx: &mut Tx) -> Result<Option<Instant>> {
    tx.query_one(sql!("SELECT min(at) AS at FROM audit_event"), &[])?.get("at")
}

/// The actor name of an account.
pub fn actor_of(account: &AccountId) -> String {
    domain::audit::Actor::Account(account.clone()).to_string()
}

fn entries(log: &Log, tx: &mut Tx, rows: &[Row]) -> Result<Vec<Entry>> {
    let mut entries = Vec::with_capacity(rows.len());
    let mut destroyed = None;
    for row in rows {
        let leaf = Leaf::decode(&row.get::<Vec<u8>>("leaf")?);
        let event = leaf.map(|leaf| open::<Event>(log, row, &leaf)).transpose()?.flatten();
        let content = match event {
            Some(event) => Content::Open(event),
            None => {
                // Seldom needed, so only asked for then.
                let said: &Destroyed = match &mut destroyed {
                    Some(said) => said,
                    none => none.insert(Destroyed::load(log, tx)?),
                };
                if said.covers(row)? { Content::Destroyed } else { Content::Unreadable }
            }
        };
        entries.push(Entry { id: row.get("event_id")?, index: row.get("leaf_index")?, at: row.get("at")?, content });
    }
    Ok(entries)
}

impl Entry {
    fn subjects(&self) -> &[PatientId] {
        self.content.event().map(|event| event.subjects.as_slice()).unwrap_or_default()
    }
}
