//! V-13: the log against its checkpoints, and a canary read that must be in it.

use domain::access::Role;
use domain::audit::Act;
use domain::compliance::Finding;
use domain::id::EventId;

use crate::compliance::ProbeEnv;
use crate::{App, Error, Result};

pub(super) fn run(app: &App, _env: &ProbeEnv) -> Result<Finding> {
    let size = app.store.read("log size", store::audit::latest_size)?;
    if size == 0 {
        return Ok(Finding::unknown("the log has no entry yet, so there is nothing to hold it against"));
    }
    if app.store.read("checkpoint", store::audit::latest_checkpoint)?.is_none() {
        app.store.checkpoint()?;
    }
    let patient = app.canary_patient()?;
    let chart = app.open_patient(&app.canary_cx(Role::FrontDesk), &patient)?;
    let event = chart.event().clone();
    app.wait_for(&event)?;
    let appeared = has_event(app, &event, &patient)?;
    let log = app.store.log().clone();
    let report = match app.store.read("verify", |tx| store::audit::verify::verify(&log, tx)) {
        Ok(report) => report,
        Err(store::Error::Log(why)) => return Ok(Finding::fail(format!("the log is damaged: {why}"))),
        Err(other) => return Err(other.into()),
    };
    let found = match (report.faults.first(), appeared) {
        (Some(first), _) => Finding::fail(format!("the log does not fit itself: {first}")),
        (None, false) => Finding::fail("a canary record was read and the log does not say so"),
        (None, true) => {
            Finding::pass("every entry since the first checkpoint is as it was signed, and the canary read is there")
        }
    };
    let found = found.with("entries", report.entries).with("root", &report.root).with("faults", report.faults.len());
    // The next run starts from what was found whole.
    if report.faults.is_empty() {
        app.store.checkpoint()?;
    }
    Ok(found)
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
    let same = entry.event.as_ref().is_some_and(|e| e.act == Act::PatientViewed && e.subjects == [patient.clone()]);
    Ok(same && entry.index.is_some())
}
