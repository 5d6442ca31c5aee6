//! V-37: a silent probe is a failure.

use domain::compliance::Finding;

use crate::compliance::{PROBES, ProbeEnv};
use crate::{App, Result};

pub(super) fn run(app: &App, _env: &ProbeEnv) -> Result<Finding> {
    let newest = app.newest_probes()?;
    let now = app.clock.now();
    let others = || PROBES.iter().filter(|probe| probe.id != "V-37");
    if !others().any(|probe| newest.contains_key(probe.id)) {
        return Ok(Finding::unknown("no probe has ever run here"));
    }
    let silent: Vec<&str> =
        others().filter(|probe| newest.get(probe.id).is_none_or(|e| !e.counts(now))).map(|probe| probe.id).collect();
    let found = if silent.is_empty() {
        Finding::pass("every other probe ran in its time")
    } else {
        Finding::fail(format!("not run in their time: {}", silent.join(", ")))
    };
    let count = u64::try_from(others().count()).unwrap_or(u64::MAX);
    Ok(found.over(count, count).with("probes", count).with("silent", silent.len()))
}
