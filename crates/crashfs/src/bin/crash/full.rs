//! A full disk: the k-th write fails, once or until somebody frees some space, while many threads write.

use std::sync::{Mutex, PoisonError};

use crashfs::{Call, Error, Failure, Fault, Position, Recorder};
use store::Store;

use crate::judge::{Depth, Findings, judge, look};
use crate::practice::{Template, folder, options, scratch};
use crate::workload::{Ack, Load, run};

/// Every so many writes of the load one is made to fail.
const STEP: usize = 37;
/// Writes after which a run is taken to have had none left to fail.
const MOST: usize = 4000;
/// Crash images of each run.
const IMAGES: usize = 6;

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
    let home = scratch()?;
    let data = home.path().join("recorded");
    let recorder = Recorder::new(&template.place(&data)?)?;
    let acks: Mutex<Vec<(Position, Ack)>> = Mutex::default();
    let hear = |ack| {
        let at = recorder.mark();
        acks.lock().unwrap_or_else(PoisonError::into_inner).push((at, ack));
    };
    let place = format!("{fault:?}");
    let store = Store::open(options(&data, &template.kek(), Some(crashfs::VFS), seed)?)?;
    recorder.arm(fault);
    let done = run(&store, &Load { threads: 8, each: 12, seed, run: "full".to_owned() }, &hear);
    recorder.heal();
    let injected = recorder.counts().injected;
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
    let mut acks = std::mem::take(&mut *acks.lock().unwrap_or_else(PoisonError::into_inner));
    acks.sort_by_key(|(at, _)| *at);
    let all: Vec<&Ack> = acks.iter().map(|(_, ack)| ack).collect();
    // Before it is closed: nobody needs to start it again.
    let mut alive = Findings { opened: 1, ..Findings::default() };
    look(&store, &all, Depth::Usual, &place, &mut alive);
    outcome.findings += alive;
    let log = recorder.log();
    drop(store);
    drop(recorder);
    outcome.findings += judge(options(&data, &template.kek(), None, seed)?, &all, Depth::Whole, &place);
    let crash = home.path().join("crashed");
    for image in log.images(seed, IMAGES) {
        image.write_to(&folder(&crash))?;
        let due: Vec<&Ack> = acks.iter().take_while(|(at, _)| *at <= image.cut).map(|(_, ack)| ack).collect();
        let place = format!("{place}, cut {}", image.cut.get());
        outcome.findings += judge(options(&crash, &template.kek(), None, seed)?, &due, Depth::Usual, &place);
    }
    Ok(true)
}
