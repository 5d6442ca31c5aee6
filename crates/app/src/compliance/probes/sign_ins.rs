//! V-24: failed sign-ins of the last weeks against those before.

use domain::compliance::Finding;
use domain::measure::{PAST_LEAST, Week};

use crate::compliance::ProbeEnv;
use crate::compliance::measures::failed_weeks;
use crate::{App, Result};

/// The newest weeks that are judged: the running one and the last whole one.
const JUDGED: usize = 2;

pub(super) fn run(app: &App, _env: &ProbeEnv) -> Result<Finding> {
    let (now, zone) = (app.clock.now(), app.practice_facts()?.zone);
    let weeks = app.store.read("failed sign-ins", |tx| failed_weeks(tx, now, &zone))?;
    let judged: Vec<&Week> = weeks.iter().rev().take(JUDGED).filter(|week| week.baseline.is_some()).collect();
    let n = u64::try_from(weeks.len()).unwrap_or(u64::MAX);
    let (Some(newest), Some(base)) = (judged.first(), judged.first().and_then(|week| week.baseline)) else {
        let said = format!("the log has {n} weeks, and {PAST_LEAST} whole ones are needed to hold one against");
        return Ok(Finding::unknown(said).over(0, n).with("weeks", n));
    };
    let found = match judged.iter().find(|week| week.is_high()) {
        Some(high) => {
            let limit = high.baseline.map_or(0, |baseline| baseline.limit);
            Finding::fail(format!(
                "signing in failed {} times in the week of {}, and its past lets one expect {limit} at most",
                high.count, high.monday
            ))
        }
        None => Finding::pass("signing in failed no more often than the weeks before let one expect"),
    };
    let looked = u64::try_from(judged.len()).unwrap_or(u64::MAX);
    Ok(found.over(looked, n).with("this_week", newest.count).with("usual", base.median).with("limit", base.limit))
}
