//! The weekly sample of the audit log that people read (45 CFR 164.308(a)(1)(ii)(D)): drawn so that nobody can choose it, and so
//! that anybody who holds the log's entries draws the very same.
//!
//! - A week is an ISO week in UTC. It begins with the first entry that was recorded at or after its Monday's midnight, and ends
//!   before the first entry of the next: every entry is in one week, by its place and not by its clock.
//! - Its candidates are the entries of people (`account:`) whose act concerns patients, as the public leaf says it.
//! - Its seed is the root of the log at the end of the week, over every entry until then.
//! - The rank of a candidate is `SHA-256("wellkept-sample/v1\n" week "\n" root "\n" place "\n")`, the root in hexadecimal and the
//!   place in decimal. The [`SIZE`] lowest are the sample.

use std::fmt;
use std::str::FromStr;

use jiff::ToSpan as _;
use jiff::civil::{Date, ISOWeekDate, Weekday};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::access::names;
use crate::audit::Leaf;
use crate::clock::Instant;
use crate::id::{AccountId, EventId, SampleItemId};

/// Events of a week that somebody reads: of a small practice each hundredth or so, by everybody over a few weeks.
pub const SIZE: usize = 25;
/// Days from the draw until each was read.
pub const DAYS: i64 = 7;

const DOMAIN: &str = "wellkept-sample/v1";

/// An ISO week, written `2026-W47`. Its instants are UTC, so that everybody means the same entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Week(Date);

impl Week {
    /// The week that this instant is in.
    pub fn of(at: Instant) -> Self {
        Self::holding(at.timestamp().to_zoned(TimeZone::UTC).date())
    }

    fn holding(day: Date) -> Self {
        let monday = day.iso_week_date();
        Self(ISOWeekDate::new(monday.year(), monday.week(), Weekday::Monday).map_or(day, ISOWeekDate::date))
    }

    /// The midnight at its beginning.
    pub fn start(self) -> Instant {
        self.0.to_zoned(TimeZone::UTC).map_or_else(|_| Instant::default(), |at| at.timestamp().into())
    }

    /// The week after it.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(7.days()))
    }

    /// The week before it.
    #[must_use]
    pub fn before(self) -> Self {
        Self(self.0.saturating_sub(7.days()))
    }

    /// Its Monday.
    pub const fn monday(self) -> Date {
        self.0
    }
}

impl fmt::Display for Week {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let week = self.0.iso_week_date();
        write!(f, "{:04}-W{:02}", week.year(), week.week())
    }
}

impl FromStr for Week {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "a week is written like `2026-W47`";
        let (year, week) = text.split_once("-W").ok_or(WRONG)?;
        let (year, week) = (year.parse().map_err(|_| WRONG)?, week.parse().map_err(|_| WRONG)?);
        let monday = ISOWeekDate::new(year, week, Weekday::Monday).map_err(|_| WRONG)?;
        let week = Self(monday.date());
        // One form only.
        if week.to_string() == text { Ok(week) } else { Err(WRONG) }
    }
}

impl Serialize for Week {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Week {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Whether an entry may be drawn: a person's, and about patients.
pub fn is_candidate(leaf: &Leaf) -> bool {
    leaf.actor.starts_with("account:") && leaf.act.concerns_patients()
}

/// The rank of the entry at `place` in the draw of a week whose root is `root` (hexadecimal).
fn rank(week: Week, root: &str, place: u64) -> [u8; 32] {
    Sha256::digest(format!("{DOMAIN}\n{week}\n{root}\n{place}\n")).into()
}

/// The places that are drawn of the candidates, in the order of the log.
pub fn draw(week: Week, root: &str, candidates: &[u64]) -> Vec<u64> {
    let mut ranked: Vec<([u8; 32], u64)> = candidates.iter().map(|place| (rank(week, root, *place), *place)).collect();
    ranked.sort_unstable();
    let mut drawn: Vec<u64> = ranked.into_iter().take(SIZE).map(|(_, place)| place).collect();
    drawn.sort_unstable();
    drawn
}

/// The sample of a week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// Which week.
    pub week: Week,
    /// The place of its first entry.
    pub from: u64,
    /// The place after its last one: the size of the log whose root is the seed.
    pub to: u64,
    /// The root of the log of that size, in hexadecimal.
    pub root: String,
    /// How many entries could have been drawn.
    pub candidates: u64,
    /// When it was drawn.
    pub drawn_at: Instant,
    /// When each of it was read at the latest.
    pub due_at: Instant,
}

names! {
    /// What somebody who read an event found.
    Finding {
        /// The work explains it.
        InOrder = "in_order", "In order";
        /// It does not, so an alert was opened.
        NotInOrder = "not_in_order", "Not in order";
    }
}

names! {
    /// Where an event of the sample stands.
    State {
        /// Nobody read it yet.
        Waiting = "waiting", "To read";
        /// Nobody read it in time.
        Overdue = "overdue", "Overdue";
        /// The work explains it.
        InOrder = "in_order", "In order";
        /// It does not.
        NotInOrder = "not_in_order", "Not in order";
    }
}

/// What somebody said of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// Who.
    pub by: AccountId,
    /// When.
    pub at: Instant,
    /// What.
    pub finding: Finding,
    /// Why, in words; may be empty where it is in order.
    pub words: String,
}

/// One event of a sample.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its id.
    pub id: SampleItemId,
    /// Of which week's sample.
    pub week: Week,
    /// Its place in the log.
    pub place: u64,
    /// The event.
    pub event: EventId,
    /// When it was recorded.
    pub at: Instant,
    /// Whose act it was: never reads it.
    pub actor: AccountId,
    /// When it was read at the latest.
    pub due_at: Instant,
    /// What was found.
    pub reading: Option<Reading>,
}

impl Item {
    /// Where it stands at this instant.
    pub fn state(&self, now: Instant) -> State {
        match &self.reading {
            Some(Reading { finding: Finding::InOrder, .. }) => State::InOrder,
            Some(Reading { finding: Finding::NotInOrder, .. }) => State::NotInOrder,
            None if now >= self.due_at => State::Overdue,
            None => State::Waiting,
        }
    }

    /// Keeps what was found, when it may be: by somebody else, and once.
    pub fn read(mut self, reading: Reading) -> Result<Self, &'static str> {
        if self.actor == reading.by {
            return Err("nobody reads what they did themself: ask the other official");
        }
        if self.reading.is_some() {
            return Err("somebody said already what this event was: reload the page");
        }
        self.reading = Some(reading);
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        Instant::from(text.parse::<jiff::Timestamp>().unwrap())
    }

    #[test]
    fn a_week_begins_on_monday_and_is_written_in_one_form() {
        let week: Week = "2026-W01".parse().unwrap();
        assert_eq!(week.start(), at("2025-12-29T00:00:00Z"));
        assert_eq!(Week::of(at("2026-01-04T23:59:59Z")), week);
        assert_eq!(Week::of(at("2026-01-05T00:00:00Z")), week.next());
        assert_eq!(week.next().before().to_string(), "2026-W01");
        assert_eq!("2026-W53".parse::<Week>().unwrap().next().to_string(), "2027-W01");
        for wrong in ["2026-W1", "2026-W00", "2025-W53", "2026W01", "2026-W01 ", ""] {
            assert!(wrong.parse::<Week>().is_err(), "{wrong}");
        }
    }

    /// The ranks are those of `printf '..' | sha256sum`, so that they are nobody's but the documentation's.
    #[test]
    fn s_aud_05_the_draw_is_that_of_the_documentation() {
        let (week, root) = ("2026-W47".parse().unwrap(), "ab".repeat(32));
        assert_eq!(
            hex::encode(rank(week, &root, 1234)),
            "084a181a07b5e7a30a499da88ce50bde0df0470df514bd9ed6402ebbd71eed0b"
        );
        let all: Vec<u64> = (100..1100).collect();
        let drawn = draw(week, &root, &all);
        assert_eq!(drawn.len(), SIZE);
        assert!(drawn.is_sorted() && drawn.iter().all(|place| all.contains(place)));
        let last = drawn.iter().map(|place| rank(week, &root, *place)).max().unwrap();
        assert!(all.iter().all(|place| drawn.contains(place) || rank(week, &root, *place) > last));
        assert_ne!(draw(week, &"ac".repeat(32), &all), drawn, "another root draws others");
        assert_ne!(draw(Week::next(week), &root, &all), drawn, "another week draws others");
        assert_eq!(draw(week, &root, &[7, 3]), [3, 7], "a quiet week is read whole");
    }

    /// Over many weeks each entry is drawn about as often as any other.
    #[test]
    fn s_aud_05_no_place_is_likelier_than_another() {
        let all: Vec<u64> = (0..100).collect();
        let mut drawn = [0_u32; 100];
        for n in 0..400 {
            for place in draw("2026-W47".parse().unwrap(), &format!("{n:064x}"), &all) {
                drawn[usize::try_from(place).unwrap()] += 1;
            }
        }
        assert!(drawn.iter().all(|n| (60..=145).contains(n)), "{drawn:?}");
    }

    #[test]
    fn an_event_is_read_once_by_somebody_else() {
        let person = |n: u8| AccountId::parse(&format!("01890000-0000-7000-8000-0000000000{n:02}")).unwrap();
        let item = Item {
            id: SampleItemId::parse("01890000-0000-7000-8000-000000000001").unwrap(),
            week: "2026-W47".parse().unwrap(),
            place: 7,
            event: EventId::parse("01890000-0000-7000-8000-000000000001").unwrap(),
            at: at("2026-11-17T09:00:00Z"),
            actor: person(2),
            due_at: at("2026-11-30T00:00:00Z"),
            reading: None,
        };
        assert_eq!(item.state(at("2026-11-29T23:59:59Z")), State::Waiting);
        assert_eq!(item.state(at("2026-11-30T00:00:00Z")), State::Overdue);
        let reading = |by, finding| Reading { by: person(by), at: item.due_at, finding, words: String::new() };
        assert!(item.clone().read(reading(2, Finding::InOrder)).unwrap_err().contains("themself"));
        let read = item.clone().read(reading(3, Finding::NotInOrder)).unwrap();
        assert_eq!(read.state(at("2030-01-01T00:00:00Z")), State::NotInOrder);
        assert!(read.read(reading(4, Finding::InOrder)).unwrap_err().contains("already"));
    }
}
