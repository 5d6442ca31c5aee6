//! V-15: people look into alerts in time, and read the sample of each week, which is the one that the log gives.

use domain::Instant;
use domain::alert::Alert;
use domain::compliance::Finding;
use domain::sample::{Item, Sample, Week};
use store::{alert, sample};

use super::{DAY, HOUR};
use crate::compliance::ProbeEnv;
use crate::{App, Result};

/// How far back a late look counts; what waits now does, however old.
const BACK: i64 = 30 * DAY;
/// How long a week may be over before its sample is missed.
const DRAWN: i64 = 2 * DAY;

/// What there is to judge by.
struct Known {
    alerts: Vec<Alert>,
    samples: Vec<(Sample, Vec<Item>)>,
    /// An entry is older than an hour and the rules have not looked at it.
    behind: bool,
}

pub(super) fn run(app: &App, _env: &ProbeEnv) -> Result<Finding> {
    let now = app.clock.now();
    let known = app.store.read("alerts and samples", |tx| {
        let place = u64::try_from(alert::place(tx)?).unwrap_or(0);
        let recent = sample::first_place(tx, now.plus_seconds(-HOUR))?;
        let recent =
            recent.map_or_else(|| store::audit::latest_size(tx), |place| Ok(i64::try_from(place).unwrap_or(0)))?;
        let mut samples = Vec::new();
        for one in sample::all(tx)?.into_iter().filter(|s| now.seconds_since(s.due_at) < BACK) {
            samples.push((one.clone(), sample::items(tx, one.week)?));
        }
        let behind = place < u64::try_from(recent).unwrap_or(0);
        Ok(Known { alerts: alert::since(tx, now.plus_seconds(-BACK))?, samples, behind })
    })?;
    let items = || known.samples.iter().flat_map(|(_, items)| items);
    let waiting = known.alerts.iter().filter(|a| a.closed.is_none()).count();
    let unread = items().filter(|item| item.reading.is_none()).count();
    let n = u64::try_from(known.alerts.len() + items().count()).unwrap_or(u64::MAX);
    Ok(judge(app, &known, now)?
        .over(n, n)
        .with("alerts", known.alerts.len())
        .with("alerts_open", waiting)
        .with("samples", known.samples.len())
        .with("sampled", items().count())
        .with("sampled_unread", unread))
}

fn judge(app: &App, known: &Known, now: Instant) -> Result<Finding> {
    let late_alerts = known.alerts.iter().filter(|a| late(a.due_at, a.closed.as_ref().map(|c| c.at), now)).count();
    let items = || known.samples.iter().flat_map(|(_, items)| items);
    let late_items = items().filter(|i| late(i.due_at, i.reading.as_ref().map(|r| r.at), now)).count();
    if late_alerts + late_items > 0 {
        return Ok(Finding::fail(format!(
            "{late_alerts} alerts and {late_items} sampled events were not looked into in time"
        )));
    }
    if items().any(|item| item.reading.as_ref().is_some_and(|reading| reading.by == item.actor)) {
        return Ok(Finding::fail("somebody read what they did themself"));
    }
    for (sample, items) in &known.samples {
        if !is_what_the_log_gives(app, sample, items)? {
            return Ok(Finding::fail(format!("the sample of {} is not the one that the log gives", sample.week)));
        }
    }
    if let Some(week) = app.week_to_draw()?
        && app.drawn(week)?.is_some()
    {
        let said = format!("the sample of {week} was not drawn");
        let missed = now.seconds_since(week.next().start()) > DRAWN;
        return Ok(if missed { Finding::fail(said) } else { Finding::unknown(said) });
    }
    Ok(match known.samples.first() {
        _ if known.behind => Finding::unknown("the rules have not looked at entries that are older than an hour"),
        None => Finding::unknown("no week has been over since the log began"),
        Some((newest, _)) if newest.week.next() < Week::of(now) => {
            Finding::unknown(format!("nothing was recorded that ends the week after {}", newest.week))
        }
        Some(_) => Finding::pass("every alert and every sampled event was looked into in time, by somebody else"),
    })
}

fn late(due: Instant, done: Option<Instant>, now: Instant) -> bool {
    done.unwrap_or(now) >= due
}

/// Whether it was drawn as anybody draws it.
fn is_what_the_log_gives(app: &App, sample: &Sample, items: &[Item]) -> Result<bool> {
    let Some(drawn) = app.drawn(sample.week)? else { return Ok(false) };
    let places: Vec<u64> = items.iter().map(|item| item.place).collect();
    Ok(drawn.sample.root == sample.root && drawn.sample.candidates == sample.candidates && drawn.places == places)
}
