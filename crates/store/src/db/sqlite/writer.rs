//! The one writer: takes every waiting closure, runs each in a savepoint, and commits them together.
//!
//! A savepoint is not isolation. A full disk inside one rolls the whole group back, so after each closure the writer asks
//! whether the transaction still lives; when it died, or COMMIT failed, nobody gets a receipt and the closures run again one
//! by one. No statement here may be deferred to COMMIT, or one closure could fail its neighbours.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;

use rusqlite::Connection;

use super::{Cached, batch};
use crate::audit::{Log, Pending};
use crate::db::{Collected, Surroundings, Tx};
use crate::error::{Error, Result};

/// The most closures in one commit: bounds how long the first waits for the last.
const GROUP: usize = 256;

/// What a closure is to the writer.
type Run = Box<dyn FnMut(&mut Tx) -> Result<()> + Send>;

/// A closure with its name; it leaves its value where its caller finds it.
pub(crate) struct Work {
    pub(crate) name: &'static str,
    pub(crate) run: Run,
}

/// What a committed closure leaves: its events, now durable.
pub(crate) type Outcome = Vec<Collected>;

struct Job {
    work: Work,
    reply: Sender<Result<Outcome>>,
}

/// The way to the writer thread. Dropping it lets the thread finish what waits and stop.
pub(crate) struct Handle {
    jobs: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Handle {
    /// Queues `work` and waits until it is committed or refused.
    pub(crate) fn submit(&self, work: Work) -> Result<Outcome> {
        let (reply, answer) = channel();
        let jobs = self.jobs.as_ref().ok_or(Error::Stopping)?;
        jobs.send(Job { work, reply }).map_err(|_| Error::Stopping)?;
        answer.recv().map_err(|_| Error::Stopping)?
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // The thread catches the panics of closures; one of its own has been reported by the hook already.
            let _ = thread.join();
        }
    }
}

/// Starts the thread that owns the writing connection.
pub(crate) fn start(conn: Connection, around: Surroundings, log: Arc<Log>) -> Result<Handle> {
    let (jobs, queue) = sync_channel(4 * GROUP);
    let writer = Writer { conn, around, log };
    let thread = std::thread::Builder::new().name("writer".to_owned()).spawn(move || writer.run(&queue));
    let thread = thread.map_err(|e| Error::Unavailable(e.to_string()))?;
    Ok(Handle { jobs: Some(jobs), thread: Some(thread) })
}

struct Writer {
    conn: Connection,
    around: Surroundings,
    log: Arc<Log>,
}

impl Writer {
    fn run(mut self, queue: &Receiver<Job>) {
        while let Ok(first) = queue.recv() {
            let mut group = vec![first];
            group.extend(queue.try_iter().take(GROUP - 1));
            self.commit_together(group);
        }
        // A clean stop leaves no WAL behind; a failure here loses nothing, the next open recovers it.
        let _ = batch(&self.conn, "PRAGMA wal_checkpoint(TRUNCATE)");
    }

    fn commit_together(&mut self, mut group: Vec<Job>) {
        match self.attempt(&mut group) {
            Ok(outcomes) => answer(group, outcomes),
            Err(_) if group.len() > 1 => {
                for job in group {
                    self.commit_together(vec![job]);
                }
            }
            Err(error) => answer(group, vec![Err(error)]),
        }
    }

    /// Runs the group in one transaction. An error means that nothing of it was committed.
    fn attempt(&mut self, group: &mut [Job]) -> Result<Vec<Result<Outcome>>> {
        batch(&self.conn, "BEGIN IMMEDIATE")?;
        let done = self.run_group(group);
        if done.is_err() && !self.conn.is_autocommit() {
            batch(&self.conn, "ROLLBACK")?;
        }
        done
    }

    fn run_group(&self, group: &mut [Job]) -> Result<Vec<Result<Outcome>>> {
        let mut pending = Pending::default();
        let mut outcomes = Vec::with_capacity(group.len());
        for job in group {
            outcomes.push(self.run_one(&mut job.work, &mut pending)?);
        }
        let mut statements = Cached { conn: &self.conn, around: &self.around };
        pending.finish(&mut Tx::new(&mut statements, &self.around))?;
        batch(&self.conn, "COMMIT")?;
        Ok(outcomes)
    }

    /// The outer error means that the whole transaction is lost, the inner one that this closure was undone.
    fn run_one(&self, work: &mut Work, pending: &mut Pending) -> Result<Result<Outcome>> {
        batch(&self.conn, "SAVEPOINT one")?;
        let mut statements = Cached { conn: &self.conn, around: &self.around };
        let mut tx = Tx::new(&mut statements, &self.around);
        let ran = catch_unwind(AssertUnwindSafe(|| (work.run)(&mut tx))).unwrap_or(Err(Error::Panicked(work.name)));
        let events = tx.take_events();
        let kept = ran.and_then(|()| pending.add(&self.log, &mut tx, &events));
        match kept {
            Ok(()) => {
                batch(&self.conn, "RELEASE one")?;
                Ok(Ok(events))
            }
            // The engine has rolled everything back already: nobody in this group was committed.
            Err(error) if self.conn.is_autocommit() => Err(error),
            Err(error) => {
                batch(&self.conn, "ROLLBACK TO one; RELEASE one")?;
                Ok(Err(error))
            }
        }
    }
}

fn answer(group: Vec<Job>, outcomes: Vec<Result<Outcome>>) {
    for (job, outcome) in group.into_iter().zip(outcomes) {
        // Whoever asked may have gone away; the act stands all the same.
        let _ = job.reply.send(outcome);
    }
}
