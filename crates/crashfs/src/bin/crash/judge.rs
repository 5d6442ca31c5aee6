//! Opens a practice after a crash and holds it against what was acknowledged.

use std::collections::{HashMap, HashSet};
use std::ops::AddAssign;
use std::sync::Mutex;

use crashfs::{Error, plain};
use domain::audit::{Act, Actor, Event, Purpose};
use serde_json::Value;
use store::audit::{latest_size, read, verify};
use store::{Options, Store, Tx, params, record, sql};

use crate::workload::{Ack, COUNTER, KEPT, UNDONE, connect};

/// How closely to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// Each acknowledged row, event and checkpoint; each act with its event and each event with its act; record checksums;
    /// every leaf, tile and checkpoint of the log re-hashed; one sealed body opened.
    Usual,
    /// Also each sealed body, each page's authentication code, SQLite's structure, and another write.
    Whole,
}

/// What was found, over any number of openings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Findings {
    /// Practices opened.
    pub(crate) opened: u64,
    /// Of them with [`Depth::Whole`].
    pub(crate) whole: u64,
    /// Acknowledgements looked for.
    pub(crate) due: u64,
    /// Acknowledged rows and checkpoints that were not there.
    pub(crate) lost: u64,
    /// Acknowledged events of disclosures that were not there.
    pub(crate) disclosures: u64,
    /// Acts without their event, events without their act, numbers given twice, rows of undone closures.
    pub(crate) torn: u64,
    /// Practices that would not open, read, verify or write.
    pub(crate) corrupt: u64,
}

impl AddAssign for Findings {
    fn add_assign(&mut self, other: Self) {
        self.opened += other.opened;
        self.whole += other.whole;
        self.due += other.due;
        self.lost += other.lost;
        self.disclosures += other.disclosures;
        self.torn += other.torn;
        self.corrupt += other.corrupt;
    }
}

#[cfg(test)]
impl Findings {
    /// Whether a promise was broken.
    pub(crate) fn broken(&self) -> bool {
        self.lost + self.disclosures + self.torn + self.corrupt > 0
    }
}

/// What the practice holds.
struct Held {
    /// Each event with its act.
    events: HashMap<String, String>,
    /// Each record with its event and its number.
    rows: HashMap<String, (String, i64)>,
    notes: HashSet<String>,
    /// Rows that an undone closure left.
    undone: i64,
    /// The counter's next number.
    next: i64,
    size: i64,
}

/// Opens the practice and looks. `place` names it in messages; empty for one that is meant to be broken.
pub(crate) fn judge(options: Options, due: &[&Ack], depth: Depth, place: &str) -> Findings {
    let mut findings = Findings { opened: 1, due: u64::try_from(due.len()).unwrap_or(u64::MAX), ..Findings::default() };
    match Store::open(options) {
        Ok(store) => look(&store, due, depth, place, &mut findings),
        Err(error) => wrong(&mut findings.corrupt, place, &error.to_string()),
    }
    findings
}

/// The same on a store that is open.
pub(crate) fn look(store: &Store, due: &[&Ack], depth: Depth, place: &str, findings: &mut Findings) {
    match store.read("crash-held", held) {
        Ok(held) => {
            acknowledged(&held, due, place, findings);
            consistent(&held, place, findings);
        }
        Err(error) => return wrong(&mut findings.corrupt, place, &error.to_string()),
    }
    if let Err(error) = intact(store, due, depth) {
        wrong(&mut findings.corrupt, place, &error.to_string());
    }
    if depth == Depth::Whole {
        findings.whole += 1;
    }
}

/// Counts a fault, and prints the first few. Without a place nothing is printed: the faults are meant.
pub(crate) fn wrong(count: &mut u64, place: &str, why: &str) {
    static PRINTED: Mutex<u32> = Mutex::new(0);
    *count += 1;
    if place.is_empty() {
        return;
    }
    let mut printed = PRINTED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if *printed < 20 {
        *printed += 1;
        eprintln!("{place}: {why}");
    }
}

fn held(tx: &mut Tx) -> store::Result<Held> {
    let mut held = Held {
        events: HashMap::new(),
        rows: HashMap::new(),
        notes: HashSet::new(),
        undone: 0,
        next: 1,
        size: latest_size(tx)?,
    };
    for row in tx.query(sql!("SELECT event_id, act FROM audit_event"), &[])? {
        held.events.insert(row.get("event_id")?, row.get("act")?);
    }
    let rows = tx
        .query(sql!("SELECT id, version, reason, body, checksum FROM record_version WHERE kind = $1"), params![KEPT])?;
    for row in rows {
        let number = record::decode::<Value>(&row, KEPT)?.value.get("number").and_then(Value::as_i64);
        held.rows.insert(row.get("id")?, (row.get("reason")?, number.unwrap_or(0)));
    }
    for row in tx.query(sql!("SELECT note FROM audit_checkpoint"), &[])? {
        held.notes.insert(row.get("note")?);
    }
    let undone = tx
        .query_one(sql!("SELECT CAST(count(*) AS BIGINT) AS n FROM record_version WHERE kind = $1"), params![UNDONE])?;
    held.undone = undone.get("n")?;
    if let Some(row) = tx.query_opt(sql!("SELECT next FROM counter WHERE name = $1"), params![COUNTER])? {
        held.next = row.get("next")?;
    }
    Ok(held)
}

fn acknowledged(held: &Held, due: &[&Ack], place: &str, findings: &mut Findings) {
    for ack in due {
        match ack {
            Ack::Disclosure(event) if !held.events.contains_key(event.as_str()) => {
                wrong(&mut findings.disclosures, place, &format!("the event {event} of a disclosure is not there"));
            }
            Ack::Act { row, event, number } if held.rows.get(row) != Some(&(event.to_string(), *number)) => {
                wrong(&mut findings.lost, place, &format!("the acknowledged record {row} is not there"));
            }
            Ack::Note(note) if !held.notes.contains(note) => {
                wrong(&mut findings.lost, place, "a checkpoint that was handed out is not there");
            }
            Ack::Disclosure(_) | Ack::Act { .. } | Ack::Note(_) => {}
        }
    }
}

/// Act and event stand or fall together, whether acknowledged or not.
fn consistent(held: &Held, place: &str, findings: &mut Findings) {
    let changed = Act::PatientChanged.as_str();
    let mut of_acts = HashSet::new();
    let mut numbers = HashSet::new();
    for (row, (event, number)) in &held.rows {
        if held.events.get(event).map(String::as_str) != Some(changed) {
            wrong(&mut findings.torn, place, &format!("the record {row} has no event"));
        }
        of_acts.insert(event);
        if !numbers.insert(number) || *number >= held.next {
            wrong(&mut findings.torn, place, &format!("the number {number} is given twice, or will be"));
        }
    }
    let acts = held.events.iter().filter(|(_, act)| *act == changed);
    if let Some((event, _)) = acts.clone().find(|(event, _)| !of_acts.contains(event)) {
        wrong(&mut findings.torn, place, &format!("the event {event} has no record"));
    }
    if held.undone != 0 || held.events.values().any(|act| act == Act::PatientRegistered.as_str()) {
        wrong(&mut findings.torn, place, "a closure that failed left something behind");
    }
    if usize::try_from(held.size) != Ok(held.events.len()) {
        let (size, events) = (held.size, held.events.len());
        wrong(&mut findings.torn, place, &format!("the log's head says {size} and there are {events} events"));
    }
}

fn intact(store: &Store, due: &[&Ack], depth: Depth) -> Result<(), Error> {
    verified(store)?;
    let events: Vec<_> = due
        .iter()
        .filter_map(|ack| match ack {
            Ack::Disclosure(event) | Ack::Act { event, .. } => Some(event),
            Ack::Note(_) => None,
        })
        .collect();
    let opened = if depth == Depth::Whole { events.len() } else { 1 };
    let log = store.log();
    // The latest ones: their keys are the youngest in `keys.db`.
    store.read("crash-bodies", |tx| {
        for event in events.iter().rev().take(opened) {
            if read::one(log, tx, event)?.is_none() {
                return Err(store::Error::NotFound("event"));
            }
        }
        Ok(())
    })?;
    if depth == Depth::Whole { undamaged(store, depth) } else { Ok(()) }
}

/// The log verifies; with [`Depth::Whole`] every page fits its code too, and another write can be made.
pub(crate) fn undamaged(store: &Store, depth: Depth) -> Result<(), Error> {
    if depth == Depth::Whole {
        let db = connect(store)?;
        plain::check(&db)?;
        drop(db);
        store.record(Event::new(Act::ServerStarted, Actor::System("crash".to_owned()), Purpose::Operations))?;
    }
    verified(store)
}

/// The whole log re-hashed: leaves, tiles, head, checkpoints and their signatures.
fn verified(store: &Store) -> Result<(), Error> {
    let log = store.log();
    let report = store.read("crash-verify", |tx| verify::verify(log, tx))?;
    match report.faults.first() {
        None => Ok(()),
        Some(fault) => Err(Error::Harness(format!("the log does not verify: {fault}"))),
    }
}
