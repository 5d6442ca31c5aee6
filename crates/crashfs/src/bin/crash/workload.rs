//! What a practice does all day, as far as the disk is concerned: many threads that disclose, change and sign.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crashfs::{Error, Rng};
use domain::audit::{Act, Actor, Event, Purpose};
use domain::id::{EventId, PatientId};
use rusqlite::Connection;
use serde_json::json;
use store::record::Stamp;
use store::{Store, directory, record};

/// The kind of the records that are kept.
pub(crate) const KEPT: &str = "crash";
/// The kind of records whose closure fails after writing them: none may ever be seen.
pub(crate) const UNDONE: &str = "crash-undone";
/// The counter that must never give a number twice.
pub(crate) const COUNTER: &str = "crash";
/// How many patients there are: each has a key of its own in `keys.db`, made at first use.
const PATIENTS: usize = 60;

/// Something the store said is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ack {
    /// A record may be shown now: its event was acknowledged.
    Disclosure(EventId),
    /// A record was changed, with its event and a number of the counter.
    Act {
        /// The record.
        row: String,
        /// The event in the same transaction.
        event: EventId,
        /// The number given.
        number: i64,
    },
    /// A checkpoint was signed and handed out.
    Note(String),
}

/// How much to do.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    /// Threads that write at once.
    pub(crate) threads: usize,
    /// Operations of each.
    pub(crate) each: usize,
    /// What they are drawn from.
    pub(crate) seed: u64,
    /// What keeps record names apart when the same practice is worked on again.
    pub(crate) run: String,
}

/// How it went.
#[derive(Debug, Default)]
pub(crate) struct Done {
    /// Operations that the store refused or failed, those meant to fail not counted.
    pub(crate) refused: u64,
    /// What it said the first time.
    pub(crate) why: Option<String>,
}

/// Runs the load; `acked` hears of each acknowledgement right after it.
pub(crate) fn run(store: &Store, load: &Load, acked: &(impl Fn(Ack) + Sync)) -> Done {
    let done = Mutex::new(Done::default());
    std::thread::scope(|scope| {
        for thread in 0..load.threads {
            let done = &done;
            scope.spawn(move || {
                let mut rng = Rng::new(load.seed ^ u64::try_from(thread).unwrap_or(0).rotate_left(40));
                for n in 0..load.each {
                    match one(store, &mut rng, format!("{}-{thread}-{n}", load.run)) {
                        Ok(Some(ack)) => acked(ack),
                        Ok(None) => {}
                        Err(error) => {
                            let mut done = done.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                            done.refused += 1;
                            done.why.get_or_insert(error.to_string());
                        }
                    }
                }
            });
        }
    });
    done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// One operation; what was acknowledged, if anything.
fn one(store: &Store, rng: &mut Rng, row: String) -> store::Result<Option<Ack>> {
    let patient = patient(rng.up_to(PATIENTS - 1))?;
    match rng.up_to(19) {
        0..=8 => disclose(store, patient).map(|event| Some(Ack::Disclosure(event))),
        9 => undo(store, row, patient),
        10 => Ok(store.checkpoint()?.map(Ack::Note)),
        _ => change(store, row, patient, rng.up_to(2500)).map(Some),
    }
}

fn disclose(store: &Store, patient: PatientId) -> store::Result<EventId> {
    let event = event(Act::PatientViewed).about([patient]).showing(["identity", "contact"]);
    store.record(event).map(|receipt| receipt.event().clone())
}

fn change(store: &Store, row: String, patient: PatientId, size: usize) -> store::Result<Ack> {
    let name = row.clone();
    let committed = store.write("crash-change", move |tx| {
        let event = tx.audit(event(Act::PatientChanged).about([patient.clone()]));
        let number = directory::next_number(tx, COUNTER)?;
        let stamp = Stamp { actor: "system:crash".to_owned(), reason: event.to_string() };
        record::keep(tx, KEPT, &name, 1, &json!({ "number": number, "text": "x".repeat(size) }), &stamp)?;
        Ok((event, number))
    })?;
    let (event, number) = committed.value;
    Ok(Ack::Act { row, event, number })
}

/// Writes and then fails: its savepoint is undone in the middle of its neighbours' group.
fn undo(store: &Store, row: String, patient: PatientId) -> store::Result<Option<Ack>> {
    let tried = store.write("crash-undo", move |tx| -> store::Result<()> {
        tx.audit(event(Act::PatientRegistered).about([patient.clone()]));
        let stamp = Stamp { actor: "system:crash".to_owned(), reason: "fails".to_owned() };
        record::keep(tx, UNDONE, &row, 1, &json!({}), &stamp)?;
        Err(store::Error::NotFound(UNDONE))
    });
    match tried {
        Err(store::Error::NotFound(UNDONE)) => Ok(None),
        Err(error) => Err(error),
        Ok(_) => Err(store::Error::Refused("a closure that failed was committed".to_owned())),
    }
}

fn event(act: Act) -> Event {
    Event::new(act, Actor::System("crash".to_owned()), Purpose::SelfCheck)
}

fn patient(n: usize) -> store::Result<PatientId> {
    let id = PatientId::parse(&format!("01890000-0000-7000-8000-{n:012}"));
    id.map_err(|error| store::Error::Refused(error.to_string()))
}

/// A second connection to the practice's file, as a backup opens one.
pub(crate) fn connect(store: &Store) -> Result<Connection, Error> {
    raw(&store.folder().join("practice.db"), &*store.derive("practice.db")?)
}

fn raw(path: &Path, key: &[u8; 32]) -> Result<Connection, Error> {
    let db = Connection::open(path)?;
    db.execute_batch(&format!(
        "PRAGMA key = \"x'{}'\"; PRAGMA cipher_hmac_algorithm = HMAC_SHA256;",
        hex::encode(key)
    ))?;
    db.query_row("PRAGMA cipher_log_level = NONE", [], |_| Ok(()))?;
    db.busy_timeout(Duration::from_secs(5))?;
    Ok(db)
}

/// Checkpoints the WAL again and again while others write, until `stop`: the moments at which a page moves from one file to
/// the other are the dangerous ones.
pub(crate) fn keep_checkpointing(store: &Store, stop: &AtomicBool) -> Result<u64, Error> {
    let db = connect(store)?;
    let mut times = 0;
    while !stop.load(Ordering::Relaxed) {
        let how = if times % 3 == 2 { "PRAGMA wal_checkpoint(RESTART)" } else { "PRAGMA wal_checkpoint(PASSIVE)" };
        // Busy is an answer here, not a failure.
        if db.query_row(how, [], |_| Ok(())).is_ok() {
            times += 1;
        }
        std::thread::sleep(Duration::from_millis(4));
    }
    Ok(times)
}
