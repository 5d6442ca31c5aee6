//! A full disk: the k-th write fails, once or until somebody frees some space, while many threads write.

use crashfs::{Call, Disk, Error, Failure, Fault};

use crate::judge::{Depth, Findings, look};
use crate::practice::Template;
use crate::recorded::{Cuts, Recording};
use crate::workload::{Load, run};

/// Every so many writes of the load one is made to fail.
const STEP: usize = 37;
/// Writes after which a run is taken to have had none left to fail.
const MOST: usize = 4000;
/// Crash images of each run.
const IMAGES: u64 = 6;

/// What came of it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Outcome {
    /// What the practice showed while it was open, after it was opened again, and in crash images.
    pub(crate) findings: Findings,
    /// Runs with a failure.
    pub(crate) runs: u64,
    /// Calls that were made to fail.
    pub(crate) injected: u64,
    /// Operations that were refused for it.
    pub(crate) refused: u64,
    /// Runs in which the same open store could not write once there was room again.
    pub(crate) stuck: u64,
}

/// Fails each [`STEP`]-th write in turn.
pub(crate) fn fill(template: &Template, seed: u64) -> Result<Outcome, Error> {
    let mut outcome = Outcome::default();
    for lasting in [false, true] {
        for nth in (1..=MOST).step_by(STEP) {
            let nth = u64::try_from(nth).unwrap_or(1);
            let fault = Fault { call: Call::Write, nth, failure: Failure::Full, lasting };
            if !one(template, fault, seed ^ nth, &mut outcome)? {
                break;
            }
        }
    }
    Ok(outcome)
}

/// One run; false when the load had fewer writes than the fault waits for.
fn one(template: &Template, fault: Fault, seed: u64, outcome: &mut Outcome) -> Result<bool, Error> {
    let place = format!("{fault:?}");
    let recording = Recording::new(template, seed)?;
    let hear = |ack| recording.hear(ack);
    let store = recording.open()?;
    recording.recorder.arm(fault);
    let done = run(&store, &Load { threads: 8, each: 12, seed, run: "full".to_owned() }, &hear);
    recording.recorder.heal();
    let injected = recording.recorder.counts().injected;
    if injected == 0 {
        return Ok(false);
    }
    outcome.runs += 1;
    outcome.injected += injected;
    outcome.refused += done.refused;
    let after = run(&store, &Load { threads: 4, each: 6, seed: !seed, run: "room".to_owned() }, &hear);
    if let Some(why) = after.why {
        eprintln!("{place}: after there was room again: {why}");
        outcome.stuck += 1;
    }
    // Before it is closed: nobody needs to start it again.
    let mut alive = Findings { opened: 1, ..Findings::default() };
    recording.heard(|acks| look(&store, acks, Depth::Usual, &place, &mut alive));
    outcome.findings += alive;
    drop(store);
    // Closing writes too; the cuts are through what came before it and through it.
    let recorded = recording.end();
    outcome.findings += recorded.judge_end(&place)?;
    let cuts = Cuts { images: IMAGES, disk: Disk::Honest, whole_every: u64::MAX, place: &place };
    outcome.findings += recorded.judge_cuts(cuts)?;
    Ok(true)
}
