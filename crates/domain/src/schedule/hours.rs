//! Opening hours, and the free times of a clinician's day.

use std::fmt;

use jiff::civil::{Date, DateTime, Time, Weekday, time};
use serde::{Deserialize, Serialize};

use super::wall::{Fold, resolve};
use crate::clock::Instant;
use crate::form::parse_time;
use crate::place::Zone;

/// The hours of one day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayHours {
    /// When the first visit may start.
    pub open: Time,
    /// When the last visit has to end.
    pub close: Time,
    /// When nobody is seen, from and to.
    pub lunch: Option<(Time, Time)>,
}

/// Opening hours of a week, Monday first; `None` is closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// Monday to Sunday.
    pub days: [Option<DayHours>; 7],
}

/// Hours that make no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HoursError {
    /// Closing is not after opening.
    #[error("the day closes before it opens")]
    Backwards,
    /// Lunch is not inside the day.
    #[error("lunch is not within the opening hours")]
    Lunch,
    /// In no form that we know.
    #[error("`{0}` is not hours of a day: write them like 8:00-17:00, or 8:00-12:00, 13:00-17:00 with lunch between")]
    Shape(String),
}

impl DayHours {
    /// Eight to five, with lunch from twelve to one.
    pub const fn usual() -> Self {
        Self { open: time(8, 0, 0, 0), close: time(17, 0, 0, 0), lunch: Some((time(12, 0, 0, 0), time(13, 0, 0, 0))) }
    }

    /// Reads `8:00-17:00`, or `8:00-12:00, 13:00-17:00` where what lies between is lunch. Times as [`parse_time`] has them.
    pub fn parse(text: &str) -> Result<Self, HoursError> {
        let bad = || HoursError::Shape(text.trim().chars().take(40).collect());
        let span = |part: &str| {
            let (from, to) = part.split_once(['-', '\u{2013}'])?;
            Some((parse_time(from).ok()?, parse_time(to).ok()?))
        };
        let spans: Vec<(Time, Time)> = text.split(',').map(span).collect::<Option<_>>().ok_or_else(bad)?;
        let day = match spans.as_slice() {
            [(open, close)] => Self { open: *open, close: *close, lunch: None },
            [(open, noon), (after, close)] => Self { open: *open, close: *close, lunch: Some((*noon, *after)) },
            _ => return Err(bad()),
        };
        day.check().map(|()| day)
    }

    /// Whether the times follow each other.
    pub fn check(&self) -> Result<(), HoursError> {
        if self.close <= self.open {
            return Err(HoursError::Backwards);
        }
        match self.lunch {
            Some((from, to)) if from < self.open || to <= from || self.close < to => Err(HoursError::Lunch),
            _ => Ok(()),
        }
    }

    fn admits(&self, start: Time, end: Time) -> bool {
        let at_lunch = self.lunch.is_some_and(|(from, to)| start < to && from < end);
        self.open <= start && start < end && end <= self.close && !at_lunch
    }
}

impl fmt::Display for DayHours {
    /// As [`DayHours::parse`] reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (open, close) = (self.open.strftime("%-H:%M"), self.close.strftime("%-H:%M"));
        match self.lunch {
            None => write!(f, "{open}-{close}"),
            Some((from, to)) => write!(f, "{open}-{}, {}-{close}", from.strftime("%-H:%M"), to.strftime("%-H:%M")),
        }
    }
}

impl Default for Hours {
    /// Monday to Friday, the usual day.
    fn default() -> Self {
        let day = Some(DayHours::usual());
        Self { days: [day, day, day, day, day, None, None] }
    }
}

impl Hours {
    /// The hours of a weekday.
    pub fn on(&self, weekday: Weekday) -> Option<&DayHours> {
        let at = usize::try_from(weekday.to_monday_zero_offset()).ok()?;
        self.days.get(at)?.as_ref()
    }

    /// Whether a visit of so many minutes lies within the hours. A visit over midnight never does.
    pub fn admit(&self, start: DateTime, minutes: u16) -> bool {
        let end = start.checked_add(jiff::Span::new().minutes(i64::from(minutes)));
        let Ok(end) = end else { return false };
        let same_day = end.date() == start.date();
        same_day && self.on(start.weekday()).is_some_and(|day| day.admits(start.time(), end.time()))
    }
}

/// A free time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Local date and time.
    pub start: DateTime,
    /// The instant.
    pub at: Instant,
}

/// The free times of `minutes` in a day, every `every` minutes from opening, that touch none of the `taken` spans (from, to).
/// A time that the clocks jump over is left out; of one that comes twice the first is given.
pub fn open_slots(
    day: Date,
    zone: &Zone,
    hours: &Hours,
    taken: &[(Instant, Instant)],
    minutes: u16,
    every: u16,
) -> Vec<Slot> {
    let mut slots = Vec::new();
    let Some(open) = hours.on(day.weekday()) else { return slots };
    let mut start = day.to_datetime(open.open);
    while start.date() == day && start.time() < open.close {
        if hours.admit(start, minutes)
            && let Ok(at) = resolve(start, zone, Some(Fold::Earlier))
        {
            let end = at.plus_seconds(i64::from(minutes) * 60);
            if taken.iter().all(|(from, to)| end <= *from || *to <= at) {
                slots.push(Slot { start, at });
            }
        }
        match start.checked_add(jiff::Span::new().minutes(i64::from(every.max(1)))) {
            Ok(next) => start = next,
            Err(_) => break,
        }
    }
    slots
}

/// Those of `slots` that start at `now` or later and do not overlap each other, earliest first: what a person can read out.
pub fn spread(slots: &[Slot], minutes: u16, now: Instant) -> Vec<Slot> {
    let mut kept: Vec<Slot> = Vec::new();
    for slot in slots.iter().filter(|slot| slot.at >= now) {
        let free_from = kept.last().map_or(now, |last| last.at.plus_seconds(i64::from(minutes) * 60));
        if slot.at >= free_from {
            kept.push(*slot);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn hours_are_read_as_they_are_written() {
        let usual = DayHours::usual();
        assert_eq!(usual.to_string(), "8:00-12:00, 13:00-17:00");
        assert_eq!(DayHours::parse(&usual.to_string()), Ok(usual));
        assert_eq!(DayHours::parse("8 am - 5 pm"), Ok(DayHours { lunch: None, ..usual }));
        for bad in ["", "8:00", "8:00-12:00,", "25:00-26:00", "8-9-10", "8:00-9:00, 10:00-11:00, 12:00-13:00"] {
            assert!(matches!(DayHours::parse(bad), Err(HoursError::Shape(_))), "{bad}");
        }
        assert_eq!(DayHours::parse("17:00-8:00"), Err(HoursError::Backwards));
        assert_eq!(DayHours::parse("8:00-13:00, 12:00-17:00"), Err(HoursError::Lunch));
    }

    fn starts(day: Date, hours: &Hours, taken: &[(&str, u16)], minutes: u16) -> Vec<String> {
        let zone = Zone::parse("America/Chicago").unwrap();
        let span = |(at, minutes): &(&str, u16)| {
            let start = day.to_datetime(crate::form::parse_time(at).unwrap());
            let at = resolve(start, &zone, None).unwrap();
            (at, at.plus_seconds(i64::from(*minutes) * 60))
        };
        let taken: Vec<_> = taken.iter().map(span).collect();
        let slots = open_slots(day, &zone, hours, &taken, minutes, 30);
        slots.iter().map(|s| s.start.strftime("%H:%M").to_string()).collect()
    }

    fn morning(open: i8, close: i8) -> Hours {
        let day = DayHours { open: time(open, 0, 0, 0), close: time(close, 0, 0, 0), lunch: None };
        Hours { days: [Some(day); 7] }
    }

    #[test]
    fn free_times_of_a_day() {
        let monday = date(2026, 3, 2);
        assert_eq!(starts(monday, &Hours::default(), &[], 30).len(), 16, "nine hours less lunch");
        assert_eq!(starts(monday, &morning(8, 10), &[("8:15", 30)], 30), ["09:00", "09:30"]);
        assert_eq!(starts(monday, &morning(8, 10), &[("8:30", 30)], 30), ["08:00", "09:00", "09:30"], "ends may touch");
        assert_eq!(starts(monday, &morning(8, 10), &[], 60), ["08:00", "08:30", "09:00"]);
        assert!(starts(date(2026, 3, 1), &Hours::default(), &[], 30).is_empty(), "closed on Sunday");
    }

    #[test]
    fn openings_are_spread_over_the_free_time() {
        let (day, zone) = (date(2026, 3, 2), Zone::parse("America/Chicago").unwrap());
        let at = |h, m| resolve(day.at(h, m, 0, 0), &zone, None).unwrap();
        let slots = open_slots(day, &zone, &morning(9, 11), &[(at(9, 20), at(9, 45))], 20, 5);
        let spread = spread(&slots, 20, at(8, 0));
        let starts: Vec<String> = spread.iter().map(|s| s.start.strftime("%H:%M").to_string()).collect();
        assert_eq!(starts, ["09:00", "09:45", "10:05", "10:25"]);
        assert_eq!(super::spread(&slots, 20, at(10, 10)).len(), 2, "what is past is not offered");
    }

    #[test]
    fn the_missing_hour_is_not_offered() {
        assert_eq!(starts(date(2026, 3, 8), &morning(1, 4), &[], 30), ["01:00", "01:30", "03:00", "03:30"]);
        assert_eq!(starts(date(2026, 11, 1), &morning(1, 2), &[], 30), ["01:00", "01:30"]);
    }

    #[test]
    fn lunch_is_kept() {
        assert!(!Hours::default().admit(date(2026, 3, 2).at(11, 45, 0, 0), 30));
        assert!(Hours::default().admit(date(2026, 3, 2).at(11, 30, 0, 0), 30));
        assert!(!morning(0, 23).admit(date(2026, 3, 2).at(22, 59, 0, 0), 90));
        let bad = DayHours { close: time(7, 0, 0, 0), ..DayHours::usual() };
        assert_eq!(bad.check(), Err(HoursError::Backwards));
    }
}
