//! Civil dates and times as X12 writes them. No clock and no zone: X12 carries neither.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A day of the calendar, always valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

fn digits(bytes: &[u8]) -> Option<u32> {
    if bytes.is_empty() || bytes.len() > 8 {
        return None;
    }
    bytes.iter().try_fold(0_u32, |n, b| b.is_ascii_digit().then(|| n * 10 + u32::from(b - b'0')))
}

fn days_in(year: u16, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 31,
    }
}

impl Date {
    /// The day, if the calendar has it. Years run from 1 to 9999.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let real = (1..=9999).contains(&year) && (1..=12).contains(&month) && day >= 1 && day <= days_in(year, month);
        real.then_some(Self { year, month, day })
    }

    /// Reads format D8, `CCYYMMDD`.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        if bytes.len() != 8 {
            return None;
        }
        let number = digits(bytes)?;
        Self::new(
            u16::try_from(number / 10_000).ok()?,
            u8::try_from(number / 100 % 100).ok()?,
            u8::try_from(number % 100).ok()?,
        )
    }

    /// Reads `YYMMDD` as ISA09 has it; the century is 2000.
    pub fn parse_short(bytes: &[u8]) -> Option<Self> {
        if bytes.len() != 6 {
            return None;
        }
        let number = digits(bytes)?;
        Self::new(
            2000 + u16::try_from(number / 10_000).ok()?,
            u8::try_from(number / 100 % 100).ok()?,
            u8::try_from(number % 100).ok()?,
        )
    }

    /// Reads `YYYY-MM-DD`.
    pub fn parse_iso(text: &str) -> Option<Self> {
        match text.as_bytes() {
            [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] => Self::parse(&[*y1, *y2, *y3, *y4, *m1, *m2, *d1, *d2]),
            _ => None,
        }
    }

    /// `CCYYMMDD`.
    pub fn compact(self) -> String {
        format!("{:04}{:02}{:02}", self.year, self.month, self.day)
    }

    /// `YYMMDD`, for ISA09 only.
    pub fn short(self) -> String {
        format!("{:02}{:02}{:02}", self.year % 100, self.month, self.day)
    }

    /// The year.
    pub fn year(self) -> u16 {
        self.year
    }

    /// The month, from 1.
    pub fn month(self) -> u8 {
        self.month
    }

    /// The day of the month, from 1.
    pub fn day(self) -> u8 {
        self.day
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse_iso(&text).ok_or_else(|| serde::de::Error::custom(format!("`{text}` is not a date (YYYY-MM-DD)")))
    }
}

/// One day, or a first and a last day (formats D8 and RD8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Period {
    /// The first day.
    pub from: Date,
    /// The last day, when it is written as a range.
    pub to: Option<Date>,
}

impl Period {
    /// A single day.
    pub fn day(day: Date) -> Self {
        Self { from: day, to: None }
    }

    /// Reads a date element by its format qualifier (`D8`, `RD8`; `DT` keeps the day only).
    pub fn parse(format: &[u8], bytes: &[u8]) -> Option<Self> {
        match format {
            b"RD8" => {
                let (from, to) = bytes.split_at_checked(8)?;
                let (from, to) = (Date::parse(from)?, Date::parse(to.strip_prefix(b"-")?)?);
                (from <= to).then_some(Self { from, to: Some(to) })
            }
            b"DT" => Date::parse(bytes.get(..8)?).map(Self::day),
            _ => Date::parse(bytes).map(Self::day),
        }
    }

    /// The format qualifier that [`Period::text`] needs.
    pub fn format(self) -> &'static str {
        if self.to.is_some() { "RD8" } else { "D8" }
    }

    /// The element's text.
    pub fn text(self) -> String {
        match self.to {
            Some(to) => format!("{}-{}", self.from.compact(), to.compact()),
            None => self.from.compact(),
        }
    }

    /// The last day.
    pub fn last(self) -> Date {
        self.to.unwrap_or(self.from)
    }
}

/// A time of day to the minute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Time {
    hour: u8,
    minute: u8,
}

impl Time {
    /// The time, if the day has it.
    pub fn new(hour: u8, minute: u8) -> Option<Self> {
        (hour < 24 && minute < 60).then_some(Self { hour, minute })
    }

    /// Reads `HHMM`, with or without seconds and parts of them, which are dropped.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        if !matches!(bytes.len(), 4 | 6 | 7 | 8) {
            return None;
        }
        let number = digits(bytes.get(..4)?)?;
        let rest = bytes.get(4..)?;
        let seconds = if rest.is_empty() { 0 } else { digits(rest.get(..2)?)? };
        if seconds > 59 || !rest.iter().all(u8::is_ascii_digit) {
            return None;
        }
        Self::new(u8::try_from(number / 100).ok()?, u8::try_from(number % 100).ok()?)
    }

    /// `HHMM`.
    pub fn compact(self) -> String {
        format!("{:02}{:02}", self.hour, self.minute)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.hour, self.minute)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_real_days_are_dates() {
        assert_eq!(Date::parse(b"20240229").map(|d| d.to_string()), Some("2024-02-29".into()));
        for bad in ["20230229", "20260431", "2026011", "20261301", "20260100", "2026 101", ""] {
            assert_eq!(Date::parse(bad.as_bytes()), None, "{bad}");
        }
        assert_eq!(Date::parse_short(b"261006").map(Date::compact), Some("20261006".into()));
    }

    #[test]
    fn ranges_run_forward() {
        assert!(Period::parse(b"RD8", b"20260101-20260102").is_some());
        assert!(Period::parse(b"RD8", b"20260102-20260101").is_none());
        assert!(Period::parse(b"RD8", b"20260102").is_none());
    }

    #[test]
    fn times_have_minutes() {
        assert_eq!(Time::parse(b"100831").map(Time::compact), Some("1008".into()));
        assert!(Time::parse(b"2400").is_none());
        assert!(Time::parse(b"1275").is_none());
    }
}
