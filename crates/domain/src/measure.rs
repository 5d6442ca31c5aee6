//! Measures that the practice follows over time: how soon access ends, and how often signing in fails
//! (45 CFR 164.308(a)(3)(ii)(C), (a)(5)(ii)(C)).

use std::collections::BTreeMap;
use std::fmt;

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::access::names;
use crate::clock::Instant;
use crate::form::{FieldFault, needed, parse_line};
use crate::place::Zone;

/// Weeks of its own past that a week is held against.
pub const PAST: usize = 12;
/// Fewer weeks than these say nothing.
pub const PAST_LEAST: usize = 4;
/// A week is high only when it is above its past by more than so many, however quiet that was.
const FLOOR: u64 = 10;
/// Characters that a note has at least, and at most.
const NOTE: (usize, usize) = (20, 500);

names! {
    /// What is measured.
    Measure {
        /// From the end of employment to the last credential that was refused.
        TimeToRevoke = "time_to_revoke", "Time to revoke";
        /// How often signing in failed in a week.
        FailedSignIns = "failed_sign_ins", "Failed sign-ins";
    }
}

/// The value in the middle; of two in the middle the mean, rounded down.
pub fn median(values: &[i64]) -> Option<i64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let half = sorted.len() / 2;
    let upper = *sorted.get(half)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *sorted.get(half.checked_sub(1)?)?;
    Some(lower + (upper - lower) / 2)
}

/// What the past of a count lets one expect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Baseline {
    /// The usual count.
    pub median: u64,
    /// More than this is high: three standard deviations above, as the median of the distances to the median estimates them.
    pub limit: u64,
}

impl Baseline {
    /// Of the counts before, the newest last; nothing when there are too few.
    pub fn of(before: &[u64]) -> Option<Self> {
        let recent = before.get(before.len().saturating_sub(PAST)..)?;
        if recent.len() < PAST_LEAST {
            return None;
        }
        let values: Vec<i64> = recent.iter().map(|n| i64::try_from(*n).unwrap_or(i64::MAX)).collect();
        let middle = median(&values)?;
        let distances: Vec<i64> = values.iter().map(|n| n.saturating_sub(middle).saturating_abs()).collect();
        let spread = u64::try_from(median(&distances)?).ok()?;
        let median = u64::try_from(middle).ok()?;
        // 3 × 1.4826, rounded up.
        let above = spread.saturating_mul(9).div_ceil(2);
        Some(Self { median, limit: median.saturating_add(above.max(FLOOR)) })
    }
}

/// One week, Monday to Sunday at the practice, with its count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Week {
    /// Its Monday.
    pub monday: Date,
    /// How many.
    pub count: u64,
    /// What the weeks before let one expect; nothing where they are too few.
    pub baseline: Option<Baseline>,
    /// It is not over.
    pub running: bool,
}

impl Week {
    /// Whether it is above what its past lets one expect.
    pub fn is_high(&self) -> bool {
        self.baseline.is_some_and(|baseline| self.count > baseline.limit)
    }
}

/// The Monday of the week of a day.
pub fn monday(day: Date) -> Date {
    let since = i64::from(day.weekday().to_monday_zero_offset());
    day.saturating_sub(since.days())
}

/// The weeks from the first whole one after `first` until the one of `now`, from counts by hour since 1970 (UTC).
pub fn weeks(hours: &[(i64, u64)], first: Instant, now: Instant, zone: &Zone) -> Vec<Week> {
    let (begun, this) = (zone.date(first), monday(zone.date(now)));
    let mut at = monday(begun);
    if at < begun {
        at = at.saturating_add(7.days());
    }
    let mut counts: BTreeMap<Date, u64> = BTreeMap::new();
    for (hour, n) in hours {
        let day = zone.date(Instant::from_micros(hour.saturating_mul(3_600_000_000)));
        *counts.entry(monday(day)).or_default() += n;
    }
    let mut all: Vec<Week> = Vec::new();
    while at <= this {
        let count = counts.get(&at).copied().unwrap_or(0);
        let before: Vec<u64> = all.iter().map(|week| week.count).collect();
        all.push(Week { monday: at, count, baseline: Baseline::of(&before), running: at == this });
        at = at.saturating_add(7.days());
    }
    all
}

/// The quarter of a day: `2026 Q2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quarter {
    /// The year.
    pub year: i16,
    /// 1 to 4.
    pub number: i8,
}

impl Quarter {
    /// Of this day.
    pub fn of(day: Date) -> Self {
        Self { year: day.year(), number: (day.month() - 1) / 3 + 1 }
    }

    /// The one before.
    #[must_use]
    pub fn before(self) -> Self {
        match self.number {
            ..=1 => Self { year: self.year.saturating_sub(1), number: 4 },
            number => Self { number: number - 1, ..self },
        }
    }
}

impl fmt::Display for Quarter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} Q{}", self.year, self.number)
    }
}

/// What was improved because of a measure, in words.
pub fn note(words: &str) -> Result<String, Vec<FieldFault>> {
    let fault = |message: String| vec![FieldFault { field: "words".to_owned(), message }];
    let words = needed("note", words, |text| parse_line(text, NOTE.1)).map_err(fault)?;
    if words.chars().count() < NOTE.0 {
        return Err(fault(format!("say in at least {} characters what was changed, and what was seen before", NOTE.0)));
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn s_aud_06_the_middle_of_some_values() {
        assert_eq!((median(&[]), median(&[7]), median(&[9, 1, 4])), (None, Some(7), Some(4)));
        assert_eq!(median(&[10, 1, 4, 7]), Some(5));
    }

    #[test]
    fn s_aud_08_one_bad_week_does_not_move_what_is_usual() {
        let of = |before: &[u64]| Baseline::of(before).map(|b| (b.median, b.limit));
        assert_eq!(of(&[3, 4, 5]), None, "too few");
        assert_eq!(of(&[0, 0, 0, 0]), Some((0, 10)), "a quiet practice may fail ten times");
        assert_eq!(of(&[10, 14, 10, 14, 12]), Some((12, 22)));
        assert_eq!(of(&[10, 14, 10, 14, 900]), Some((14, 32)));
        let long: Vec<u64> = std::iter::repeat_n(500, 40).chain(std::iter::repeat_n(2, PAST)).collect();
        assert_eq!(of(&long), Some((2, 12)), "older weeks do not count");
    }

    #[test]
    fn s_aud_08_weeks_begin_on_monday_at_the_practice() {
        let zone = Zone::parse("America/New_York").unwrap();
        let at = |text: &str| Instant::from(text.parse::<jiff::Timestamp>().unwrap());
        // Sunday evening in Ohio is Monday in UTC.
        let hour = at("2026-06-08T03:00:00Z").micros() / 3_600_000_000;
        let (first, now) = (at("2026-05-20T13:00:00Z"), at("2026-06-09T13:00:00Z"));
        let all = weeks(&[(hour, 4), (hour + 2, 5)], first, now, &zone);
        let counts: Vec<(Date, u64, bool)> = all.iter().map(|w| (w.monday, w.count, w.running)).collect();
        let expect = [(date(2026, 5, 25), 0, false), (date(2026, 6, 1), 4, false), (date(2026, 6, 8), 5, true)];
        assert_eq!(counts, expect, "the week in which it began is not whole");
        assert!(all.iter().all(|week| week.baseline.is_none() && !week.is_high()));
    }

    #[test]
    fn s_aud_06_quarters() {
        let q = Quarter::of(date(2026, 1, 31));
        assert_eq!((q.to_string(), q.before().to_string()), ("2026 Q1".to_owned(), "2025 Q4".to_owned()));
        assert_eq!(Quarter::of(date(2026, 12, 1)).before(), Quarter { year: 2026, number: 3 });
    }

    #[test]
    fn a_note_says_something() {
        assert!(note("better").is_err() && note(" ").is_err());
        assert!(note("Payroll now tells us on the last day by phone").is_ok());
    }
}
