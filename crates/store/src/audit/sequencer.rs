//! The PostgreSQL sequencer: one thread, under a session advisory lock, numbers the open events and writes their tiles.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use tlog::leaf_hash;

use super::numbering::{load, save, to_i64};
use crate::db::{PostgresTarget, Prepared, Session, Surroundings, Tx};
use crate::error::{Error, Result};
use crate::{params, sql};

/// Events numbered in one commit.
const BATCH: i64 = 2_000;
/// How often it looks without being told: for events of a process that died before it told.
const LOOK: Duration = Duration::from_millis(200);

/// The running sequencer. Dropping it stops the thread.
pub(crate) struct Sequencer {
    wake: SyncSender<()>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Sequencer {
    pub(crate) fn start(target: PostgresTarget, around: Surroundings) -> Result<Self> {
        let (wake, woken) = sync_channel(1);
        let stop = Arc::new(AtomicBool::new(false));
        let stopping = Arc::clone(&stop);
        let thread = std::thread::Builder::new()
            .name("sequencer".to_owned())
            .spawn(move || run(&target, &around, &woken, &stopping))
            .map_err(|e| Error::Unavailable(e.to_string()))?;
        Ok(Self { wake, stop, thread: Some(thread) })
    }

    /// Says that there is something to number. A full channel has said so already.
    pub(crate) fn wake(&self) {
        let _ = self.wake.try_send(());
    }
}

impl Drop for Sequencer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        self.wake();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(target: &PostgresTarget, around: &Surroundings, woken: &Receiver<()>, stop: &AtomicBool) {
    let mut session = None;
    while !stop.load(Ordering::SeqCst) {
        if let Err(error) = work(&mut session, target, around) {
            tracing::warn!(error = %error, "the audit sequencer lost its connection and will reconnect");
            session = None;
        }
        if woken.recv_timeout(LOOK) == Err(RecvTimeoutError::Disconnected) {
            break;
        }
    }
    // What was acknowledged before the stop gets its number before the process ends.
    let _ = work(&mut session, target, around);
}

fn work(session: &mut Option<Session>, target: &PostgresTarget, around: &Surroundings) -> Result<()> {
    let session = match session {
        Some(session) => session,
        None => {
            let mut opened = Session::open(target)?;
            // Two processes may run for a moment while one replaces the other: only the holder numbers.
            opened.batch("SELECT pg_advisory_lock(hashtext(current_schema()))")?;
            session.insert(opened)
        }
    };
    while number(session, around)? == BATCH {}
    Ok(())
}

/// Numbers up to [`BATCH`] events in one READ COMMITTED transaction; returns how many.
fn number(session: &mut Session, around: &Surroundings) -> Result<i64> {
    session.batch("BEGIN ISOLATION LEVEL READ COMMITTED")?;
    let mut statements = Prepared { session, around };
    let numbered = number_in(&mut Tx::new(&mut statements, around));
    match numbered {
        Ok(count) => session.batch("COMMIT").map(|()| count),
        Err(error) => {
            let _ = session.batch("ROLLBACK");
            Err(error)
        }
    }
}

fn number_in(tx: &mut Tx) -> Result<i64> {
    let open = tx.query(
        sql!("SELECT event_id, leaf FROM audit_event WHERE leaf_index IS NULL ORDER BY event_id LIMIT $1"),
        params![BATCH],
    )?;
    if open.is_empty() {
        return Ok(0);
    }
    let mut edge = load(tx)?;
    for row in &open {
        let index = to_i64(edge.size())?;
        let leaf: Vec<u8> = row.get("leaf")?;
        edge.push(leaf_hash(&leaf));
        let id: String = row.get("event_id")?;
        tx.execute(sql!("UPDATE audit_event SET leaf_index = $1 WHERE event_id = $2"), params![index, id])?;
    }
    save(tx, &edge)?;
    to_i64(u64::try_from(open.len()).unwrap_or(0))
}
