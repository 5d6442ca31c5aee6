//! Measures over time: how soon access ended, and how often signing in failed; and what was improved because of them.

use std::collections::BTreeMap;

use domain::Instant;
use domain::access::Action;
use domain::account::leaving::{AIM, AccessEnd};
use domain::audit::Act;
use domain::compliance::{Evidence, EvidenceKind, Finding};
use domain::id::AccountId;
use domain::measure::{Measure, PAST, Quarter, Week, median, note, weeks};
use domain::place::Zone;
use store::account::leaving;
use store::audit::read::{by_hour, first_at};
use store::{Tx, directory};

use crate::access::Resource;
use crate::account::{name_of, who};
use crate::practice::Facts;
use crate::{App, Cx, Error, Result};

/// Quarters that are shown, the present one among them.
const QUARTERS: usize = 5;
/// Weeks that are shown.
const WEEKS: usize = 26;
/// Notes that are shown of each measure.
const NOTES: u32 = 50;
const DAY: i64 = 86_400;

/// Somebody who left, with how access ended.
#[derive(Clone, Debug)]
pub struct Leaver {
    /// Who.
    pub account: AccountId,
    /// The name.
    pub name: String,
    /// In which quarter access ended.
    pub quarter: Quarter,
    /// The end.
    pub end: AccessEnd,
    /// When the person's last act in the log was.
    pub acted_at: Option<Instant>,
}

/// One quarter in figures. Durations are pairs: the median, and the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuarterFigures {
    /// Which.
    pub quarter: Quarter,
    /// How many left.
    pub leavers: u32,
    /// How many of them were out within the aim.
    pub in_time: u32,
    /// Seconds for which access outlasted employment.
    pub outlasted: Option<(i64, i64)>,
    /// Microseconds from the last credential that was accepted to the first that was refused.
    pub revoked: Option<(i64, i64)>,
}

/// The page.
#[derive(Clone, Debug)]
pub struct Measures {
    /// The last quarters, the newest first.
    pub quarters: Vec<QuarterFigures>,
    /// Who left in them, the last first.
    pub leavers: Vec<Leaver>,
    /// The last weeks of failed sign-ins, the oldest first.
    pub weeks: Vec<Week>,
    /// What was improved, the newest first.
    pub notes: BTreeMap<Measure, Vec<Evidence>>,
}

impl App {
    /// The measures, from the same events as everything else. No ePHI is in them.
    pub fn measures(&self, cx: &Cx) -> Result<Measures> {
        let now = self.clock.now();
        self.look(
            cx,
            Action::ReadinessView,
            |_| Ok(Resource::Compliance),
            |tx, _| {
                let zone = directory::one::<Facts>(tx, "facts")?.value.zone;
                let present = Quarter::of(zone.date(now));
                let shown: Vec<Quarter> =
                    std::iter::successors(Some(present), |quarter| Some(quarter.before())).take(QUARTERS).collect();
                let leavers = leavers(tx, &zone, &shown)?;
                let quarters = shown.iter().map(|quarter| figures(*quarter, &leavers)).collect();
                let mut weeks = failed_weeks(tx, now, &zone)?;
                let weeks = weeks.split_off(weeks.len().saturating_sub(WEEKS));
                let mut notes = BTreeMap::new();
                for measure in Measure::ALL {
                    let of = store::evidence::history(tx, EvidenceKind::Improvement, measure.as_str(), NOTES)?;
                    notes.insert(*measure, of);
                }
                Ok(Measures { quarters, leavers, weeks, notes })
            },
        )
    }

    /// Keeps what was improved because of a measure, with who says so.
    pub fn note_improvement(&self, cx: &Cx, measure: Measure, words: &str) -> Result<()> {
        let _ = self.authorize(cx, Action::ProbeRun, Resource::Compliance)?;
        let words = note(words).map_err(Error::Invalid)?;
        let by = self.store.read("improvement.by", |tx| Ok(name_of(&who(tx)?, &cx.account)))?;
        let finding = Finding::pass(words).with("by", by).with("account", &cx.account);
        let event = self.event(cx, Act::EvidenceAdded).with("what", "improvement");
        let expires = self.clock.now().plus_seconds(365 * DAY);
        self.keep(EvidenceKind::Improvement, measure.as_str(), finding, expires, event)?;
        Ok(())
    }
}

/// How often signing in failed, week by week, since the log began or for as long as the shown weeks and their past take.
pub(super) fn failed_weeks(tx: &mut Tx, now: Instant, zone: &Zone) -> store::Result<Vec<Week>> {
    let Some(began) = first_at(tx)? else { return Ok(Vec::new()) };
    let back = i64::try_from(WEEKS + PAST).unwrap_or(0) * 7 * DAY;
    let first = began.max(now.plus_seconds(-back));
    Ok(weeks(&by_hour(tx, Act::SignInFailed, first)?, first, now, zone))
}

fn leavers(tx: &mut Tx, zone: &Zone, shown: &[Quarter]) -> store::Result<Vec<Leaver>> {
    let people = who(tx)?;
    let mut all = Vec::new();
    for end in leaving::all(tx)? {
        let quarter = Quarter::of(zone.date(end.ended_at));
        if end.ending.left_at.is_none() || !shown.contains(&quarter) {
            continue;
        }
        let acted_at = match &end.accepted_event {
            Some(event) => leaving::event_at(tx, event)?,
            None => None,
        };
        all.push(Leaver { account: end.account.clone(), name: name_of(&people, &end.account), quarter, end, acted_at });
    }
    Ok(all)
}

fn figures(quarter: Quarter, leavers: &[Leaver]) -> QuarterFigures {
    let of: Vec<&AccessEnd> = leavers.iter().filter(|l| l.quarter == quarter).map(|l| &l.end).collect();
    let pair = |values: Vec<i64>| median(&values).zip(values.iter().max().copied());
    let outlasted: Vec<i64> = of.iter().filter_map(|end| end.outlasted()).collect();
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    QuarterFigures {
        quarter,
        leavers: count(of.len()),
        in_time: count(outlasted.iter().filter(|seconds| **seconds <= AIM).count()),
        outlasted: pair(outlasted),
        revoked: pair(of.iter().filter_map(|end| end.time_to_revoke()).collect()),
    }
}
