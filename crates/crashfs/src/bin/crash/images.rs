//! Power cuts: the real store under load on the recording VFS, then each crash image opened and judged.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crashfs::{Disk, Error};

use crate::judge::Findings;
use crate::practice::Template;
use crate::recorded::{Cuts, Recording};
use crate::workload::{Load, keep_checkpointing, run};

/// Images drawn from one recording: many recordings, so that many interleavings are cut.
const PER_RECORDING: u64 = 200;
/// Each of so many images is looked at whole.
const WHOLE_EVERY: u64 = 50;
/// Recordings made and judged at once.
const WORKERS: usize = 2;

/// What to do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// Images in all.
    pub(crate) images: u64,
    /// Whether the disk keeps what it synced.
    pub(crate) disk: Disk,
    /// What everything is drawn from.
    pub(crate) seed: u64,
}

/// What came of it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Outcome {
    /// What the images showed.
    pub(crate) findings: Findings,
    /// Recordings made.
    pub(crate) recordings: u64,
    /// Acknowledgements over all recordings.
    pub(crate) acked: u64,
    /// Syncs in them: with `acked` the size of the groups.
    pub(crate) syncs: u64,
    /// Checkpoints of the WAL forced while others wrote.
    pub(crate) checkpoints: u64,
}

/// Makes and judges all images.
pub(crate) fn cut_power(template: &Template, plan: Plan) -> Result<Outcome, Error> {
    let recordings = plan.images.div_ceil(PER_RECORDING);
    let next = AtomicU64::new(0);
    let outcome = Mutex::new(Outcome::default());
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS)
            .map(|_| {
                scope.spawn(|| {
                    loop {
                        let n = next.fetch_add(1, Ordering::Relaxed);
                        if n >= recordings {
                            return Ok(());
                        }
                        let images = PER_RECORDING.min(plan.images - n * PER_RECORDING);
                        let one = recording(template, Plan { images, seed: plan.seed ^ n.rotate_left(48), ..plan })?;
                        let mut all = outcome.lock().unwrap_or_else(PoisonError::into_inner);
                        all.findings += one.findings;
                        all.recordings += 1;
                        all.acked += one.acked;
                        all.syncs += one.syncs;
                        all.checkpoints += one.checkpoints;
                    }
                })
            })
            .collect();
        workers.into_iter().try_for_each(|worker| {
            worker.join().unwrap_or_else(|_| Err(Error::Harness("a worker of the harness panicked".to_owned())))
        })
    })?;
    Ok(outcome.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// One recording and its images.
fn recording(template: &Template, plan: Plan) -> Result<Outcome, Error> {
    let recording = Recording::new(template, plan.seed)?;
    let mut outcome = Outcome { recordings: 1, ..Outcome::default() };
    // Closed and opened again in the middle: both ends of a process's life are cut too.
    for (part, threads) in [("a", 16), ("b", 5)] {
        let store = recording.open()?;
        let load = Load { threads, each: 12, seed: plan.seed, run: part.to_owned() };
        let stop = AtomicBool::new(false);
        let (done, times) = std::thread::scope(|scope| {
            let checkpointer = scope.spawn(|| keep_checkpointing(&store, &stop));
            let done = run(&store, &load, &|ack| recording.hear(ack));
            stop.store(true, Ordering::Relaxed);
            (done, checkpointer.join().unwrap_or(Ok(0)))
        });
        outcome.checkpoints += times?;
        if let Some(why) = done.why {
            return Err(Error::Harness(format!("the workload failed on a disk that works: {why}")));
        }
    }
    let recorded = recording.end();
    outcome.acked = recorded.acked();
    outcome.syncs = u64::try_from(recorded.log.syncs()).unwrap_or(u64::MAX);
    let place = match plan.disk {
        Disk::Honest => format!("recording {:#x}", plan.seed),
        Disk::Lying => String::new(),
    };
    let cuts = Cuts { images: plan.images, disk: plan.disk, whole_every: WHOLE_EVERY, place: &place };
    outcome.findings = recorded.judge_cuts(cuts)?;
    Ok(outcome)
}
