//! V-23: nobody who left used anything of theirs after that, and access ended within an hour.

use domain::Instant;
use domain::account::leaving::{AIM, AccessEnd};
use domain::audit::Act;
use domain::compliance::Finding;
use store::account::{self, leaving};
use store::{Tx, audit};

use super::DAY;
use crate::compliance::ProbeEnv;
use crate::{App, Result};

/// How far back leavers are looked at.
const BACK: i64 = 90 * DAY;
/// Seconds that the event of an end may come after its instant.
const APART: i64 = 120;

pub(super) fn run(app: &App, _env: &ProbeEnv) -> Result<Finding> {
    let now = app.clock.now();
    let from = now.plus_seconds(-BACK);
    let (ends, counted, faults) = app.store.read("leavers", |tx| {
        let counted = audit::read::counts(tx, from)?;
        let counted = counted.into_iter().find(|(act, _)| act == Act::AccessEnded.as_str()).map_or(0, |(_, n)| n);
        let ends: Vec<AccessEnd> =
            leaving::all(tx)?.into_iter().filter(|end| end.ended_at >= from.plus_seconds(-APART)).collect();
        let mut faults = Vec::new();
        for end in ends.iter().filter(|end| end.ending.left_at.is_some()) {
            faults.extend(fault(tx, end)?);
        }
        Ok((ends, usize::try_from(counted).unwrap_or(0), faults))
    })?;
    let left: Vec<&AccessEnd> = ends.iter().filter(|end| end.ending.left_at.is_some()).collect();
    let recent = ends.iter().filter(|end| end.ended_at >= from).count();
    let n = u64::try_from(left.len()).unwrap_or(u64::MAX);
    let found = if !(recent..=ends.len()).contains(&counted) {
        Finding::fail(format!("the log has {counted} ends of access in the last 90 days, and {recent} are kept"))
    } else if let Some(first) = faults.first() {
        Finding::fail(format!("{} of {n} leavers are not in order, the first because {first}", faults.len()))
    } else if left.is_empty() {
        Finding::unknown("nobody has left in the last 90 days, so there is nothing to hold against the clock")
    } else {
        Finding::pass("access of everybody who left ended within an hour, and nothing of theirs was used after that")
    };
    let worst = left.iter().filter_map(|end| end.outlasted()).max().unwrap_or(0);
    Ok(found.over(n, n).with("leavers", n).with("not_in_order", faults.len()).with("worst_seconds", worst))
}

/// What is wrong with how somebody's access ended.
fn fault(tx: &mut Tx, end: &AccessEnd) -> store::Result<Option<&'static str>> {
    let Some(left) = end.ending.left_at else { return Ok(None) };
    let within = |at: Instant| at <= left.max(end.ended_at) && at <= left.plus_seconds(AIM);
    // Whoever came back acts again: then only what was known at the end counts.
    let out = account::load(tx, &end.account)?.value.disabled_at.is_some();
    let acted = leaving::last_act(tx, &end.account)?.map(|(at, _)| at).filter(|_| out);
    let active = leaving::last_active(tx, &end.account)?.filter(|_| out);
    let used = end.accepted_at.max(acted).max(active);
    Ok(if leaving::event_at(tx, &end.ended_event)?.is_none() {
        Some("the log does not have its event")
    } else if used.is_some_and(|at| !within(at)) {
        Some("something of theirs was accepted afterwards")
    } else if end.outlasted().is_some_and(|seconds| seconds > AIM) {
        Some("access outlasted employment by more than an hour")
    } else if end.sessions + end.tokens > 0 && end.refused.is_none() {
        Some("what was open was never seen refused")
    } else {
        None
    })
}
