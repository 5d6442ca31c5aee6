//! V-13: the log against its checkpoints, and a canary read that must be in it.

use domain::Instant;
use domain::access::Role;
use domain::audit::Act;
use domain::compliance::{EvidenceKind, Finding, Verdict};
use domain::id::EventId;
use store::audit::verify::{self, Anchor};
use tlog::Hash;

use crate::audit::outside::{Compared, Reach};
use crate::compliance::ProbeEnv;
use crate::{App, Error, Result};

/// Older entries that each run looks up again, by chance.
const SAMPLE: u64 = 500;
/// Results that are looked through for the last pass.
const BEFORE: u32 = 20;

/// What came since the last pass, and a sample of what was before. The first run hashes everything.
pub(super) fn run(app: &App, _env: &ProbeEnv) -> Result<Finding> {
    examine(app, last_anchor(app)?)
}

/// Everything, whatever was found before.
pub(in crate::compliance) fn run_whole(app: &App) -> Result<Finding> {
    examine(app, None)
}

fn examine(app: &App, anchor: Option<Anchor>) -> Result<Finding> {
    if app.store.read("log size", store::audit::latest_size)? == 0 {
        return Ok(Finding::unknown("the log has no entry yet, so there is nothing to hold it against"));
    }
    let patient = app.canary_patient()?;
    let chart = app.open_patient(&app.canary_cx(Role::FrontDesk), &patient)?;
    let event = chart.event().clone();
    app.wait_for(&event)?;
    let appeared = has_event(app, &event, &patient)?;
    // What is found whole now is where the next run goes on from.
    app.store.checkpoint()?;
    let log = app.store.log().clone();
    let report = app.store.read("verify", |tx| match anchor {
        None => verify::verify(&log, tx),
        Some(anchor) => verify::grown(&log, tx, anchor, &sample(app, anchor.size)),
    });
    let report = match report {
        Ok(report) => report,
        Err(store::Error::Log(why)) => return Ok(Finding::fail(format!("the log is damaged: {why}"))),
        Err(other) => return Err(other.into()),
    };
    let outside = if report.ok() { app.compare_outside(Reach::Near)? } else { Compared::default() };
    let contradicts = outside.faults().next();
    let found = match (report.faults.first(), appeared) {
        (Some(first), _) => Finding::fail(format!("the log does not fit itself: {first}")),
        (None, _) if contradicts.is_some() => Finding::fail(format!(
            "the log is not the one that was seen elsewhere: {}",
            contradicts.unwrap_or_default()
        )),
        (None, false) => Finding::fail("a canary record was read and the log does not say so"),
        (None, true) if anchor.is_none() => {
            Finding::pass("every entry is as it was signed, and the canary read is there")
        }
        (None, true) => Finding::pass(
            "the log grew from its last good checkpoint, every newer entry and the sampled older ones are as they were signed, \
             and the canary read is there",
        ),
    };
    let found = found.over(report.hashed, report.entries).with("entries", report.entries).with("root", &report.root);
    let found = found.with("faults", report.faults.len()).with("unsequenced", report.unsequenced);
    let found = found.with("kept_elsewhere", outside.agree).with("contradicted_by", outside.contradict.len());
    Ok(match report.anchor {
        Some(Anchor { at, size, root }) => {
            found.with("checkpoint_at", at.micros()).with("checkpoint_size", size).with("checkpoint_root", root)
        }
        None => found,
    })
}

/// The checkpoint that the last pass ended with.
fn last_anchor(app: &App) -> Result<Option<Anchor>> {
    let history =
        app.store.read("last pass", |tx| store::evidence::history(tx, EvidenceKind::Probe, "V-13", BEFORE))?;
    let pass = history.into_iter().find(|e| e.finding.verdict == Verdict::Pass);
    Ok(pass.and_then(|e| {
        let seen = |name| e.finding.observed.get(name).map(String::as_str);
        let at = Instant::from_micros(seen("checkpoint_at")?.parse().ok()?);
        let root = Hash::from_hex(seen("checkpoint_root")?).ok()?;
        Some(Anchor { at, size: seen("checkpoint_size")?.parse().ok()?, root })
    }))
}

/// Entries before `size` that nobody could choose: all of them when they are few.
fn sample(app: &App, size: u64) -> Vec<u64> {
    if size <= SAMPLE {
        return (0..size).collect();
    }
    let chance = || {
        let mut bytes = [0_u8; 8];
        app.entropy.fill(&mut bytes);
        u64::from_le_bytes(bytes) % size
    };
    std::iter::repeat_with(chance).take(usize::try_from(SAMPLE).unwrap_or(0)).collect()
}

/// Whether the log holds this event as a look at this patient.
fn has_event(app: &App, event: &EventId, patient: &domain::id::PatientId) -> Result<bool> {
    let log = app.store.log().clone();
    let Some(entry) = app.store.read("canary event", |tx| store::audit::read::one(&log, tx, event))? else {
        return Ok(false);
    };
    let look = app.system_event(Act::AuditViewed, "probe").about(entry.subjects()).showing(entry.fields());
    let receipt = app.store.record(look)?;
    let entry = entry.release(&receipt).map_err(|e| Error::Release(e.to_string()))?;
    let same = entry.content.event().is_some_and(|e| e.act == Act::PatientViewed && e.subjects == [patient.clone()]);
    Ok(same && entry.index.is_some())
}
