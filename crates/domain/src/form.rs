//! What people type: faults by field, and the dates and times in the forms that they are usually written.

use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};

/// One thing wrong with one field of a form, in words for the person who typed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldFault {
    /// The name of the input, as the page has it.
    pub field: String,
    /// What is wrong and what to do.
    pub message: String,
}

/// Collects faults while a form is read, so that a person sees all of them at once.
#[derive(Debug, Default)]
pub struct Faults(Vec<FieldFault>);

impl Faults {
    /// Nothing wrong yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes a fault.
    pub fn add(&mut self, field: &str, message: impl AsRef<str>) {
        self.0.push(FieldFault { field: field.to_owned(), message: message.as_ref().to_owned() });
    }

    /// The value, or `None` with its fault noted.
    pub fn take<T, E: ToString>(&mut self, field: &str, result: Result<T, E>) -> Option<T> {
        result.map_err(|e| self.add(field, e.to_string())).ok()
    }

    /// Reads a field that may be left blank.
    pub fn optional<T, E: ToString>(
        &mut self,
        field: &str,
        text: &str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = text.trim();
        if text.is_empty() { None } else { self.take(field, read(text)) }
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value when it is there and nothing was wrong; all the faults otherwise.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Vec<FieldFault>> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(self.0),
        }
    }

    /// The faults so far.
    pub fn into_inner(self) -> Vec<FieldFault> {
        self.0
    }
}

/// Why a text is no date or time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WhenError {
    /// In no form that we know.
    #[error("`{0}` is not a date: write it like 6/9/1984 or 1984-06-09")]
    NotADate(String),
    /// A two-digit year, which may be one of two centuries.
    #[error("`{0}` has a year of two digits: write all four")]
    ShortYear(String),
    /// The month has no such day.
    #[error("there is no such day as `{0}`: {1}")]
    NoSuchDay(String, &'static str),
    /// In no form that we know.
    #[error("`{0}` is not a time of day: write it like 9:30 AM or 14:15")]
    NotATime(String),
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Reads a date: `6/9/1984`, `06-09-1984`, `1984-06-09`, `06091984`, `19840609`, `June 9, 1984`, `9 Jun 1984`.
/// Numbers are month first, as the United States write them, unless the year leads.
pub fn parse_date(text: &str) -> Result<Date, WhenError> {
    let text = text.trim();
    let short: String = text.chars().take(30).collect();
    let bad = || WhenError::NotADate(short.clone());
    let parts = date_parts(text).ok_or_else(bad)?;
    let [first, second, third] = parts;
    let (year, month, day) = if first.len() == 4 { (first, second, third) } else { (third, first, second) };
    if year.len() == 2 {
        return Err(WhenError::ShortYear(short));
    }
    if year.len() != 4 || month.len() > 2 || day.len() > 2 {
        return Err(bad());
    }
    let number = |s: &str| s.parse::<i16>().map_err(|_| bad());
    let (year, month, day) = (number(&year)?, number(&month)?, number(&day)?);
    let small = |n: i16| i8::try_from(n).map_err(|_| bad());
    Date::new(year, small(month)?, small(day)?).map_err(|_| WhenError::NoSuchDay(short.clone(), why(year, month)))
}

fn why(year: i16, month: i16) -> &'static str {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => "that February has 29 days",
        2 => "that February has 28 days, the year is no leap year",
        4 | 6 | 9 | 11 => "that month has 30 days",
        1..=12 => "a month has at most 31 days, and the first is 1",
        _ => "months go from 1 to 12, and the month comes before the day",
    }
}

/// Three texts of digits: either the year leads, or month and day do and the year is last.
fn date_parts(text: &str) -> Option<[String; 3]> {
    if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        // A year of our time starts with 18 to 21, and no month does.
        let cut: [usize; 2] =
            if text.starts_with("18") || text.starts_with("19") || text.starts_with('2') { [4, 6] } else { [2, 4] };
        let get = |from: usize, to: usize| text.get(from..to).map(str::to_owned);
        return Some([get(0, cut[0])?, get(cut[0], cut[1])?, get(cut[1], 8)?]);
    }
    let mut words: Vec<String> =
        text.split(['/', '-', '.', ' ', ',']).filter(|w| !w.is_empty()).map(str::to_ascii_lowercase).collect();
    if let Some(at) = words.iter().take(2).position(|w| w.starts_with(|c: char| c.is_ascii_alphabetic())) {
        let name = words.remove(at);
        let month = MONTHS.iter().position(|m| name.len() >= 3 && name.starts_with(m))? + 1;
        words.insert(0, month.to_string());
    }
    let digits = words.iter().all(|w| w.bytes().all(|b| b.is_ascii_digit()));
    let parts: [String; 3] = words.try_into().ok()?;
    digits.then_some(parts)
}

/// Reads a time of day: `9:30`, `9:30 AM`, `2pm`, `14:15`, `0930`.
pub fn parse_time(text: &str) -> Result<Time, WhenError> {
    let bad = || WhenError::NotATime(text.trim().chars().take(20).collect());
    let lower: String = text.trim().to_ascii_lowercase().chars().filter(|c| !matches!(c, ' ' | '.')).collect();
    let (digits, half) = match (lower.strip_suffix("am"), lower.strip_suffix("pm")) {
        (Some(rest), _) => (rest, Some(0_i8)),
        (_, Some(rest)) => (rest, Some(12)),
        _ => (lower.as_str(), None),
    };
    let (hour, minute) = match digits.split_once(':') {
        Some((hour, minute)) if minute.len() == 2 => (hour, minute),
        None if digits.len() <= 2 && half.is_some() => (digits, "00"),
        None if matches!(digits.len(), 3 | 4) && digits.is_ascii() => digits.split_at(digits.len() - 2),
        _ => return Err(bad()),
    };
    if !hour.bytes().chain(minute.bytes()).all(|b| b.is_ascii_digit()) {
        return Err(bad());
    }
    let (hour, minute): (i8, i8) = (hour.parse().map_err(|_| bad())?, minute.parse().map_err(|_| bad())?);
    let hour = match half {
        Some(_) if !(1..=12).contains(&hour) => return Err(bad()),
        Some(half) => hour % 12 + half,
        None => hour,
    };
    Time::new(hour, minute, 0, 0).map_err(|_| bad())
}

/// Reads one line of text that a person typed: trimmed, single spaces, no control or invisible direction characters.
pub fn parse_line(text: &str, max: usize) -> Result<String, LineError> {
    let bad = |c: &char| c.is_control() || is_invisible(*c);
    // A tab or line break inside pasted text is a space; a NUL or an escape is not.
    let text: String = text.chars().map(|c| if matches!(c, '\t' | '\n' | '\r') { ' ' } else { c }).collect();
    if text.chars().any(|c| bad(&c)) {
        return Err(LineError::Control);
    }
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.chars().count() {
        0 => Err(LineError::Empty),
        n if n > max => Err(LineError::TooLong(max)),
        _ => Ok(line),
    }
}

/// Characters that change how text looks without being seen: joiners, direction overrides, byte-order marks.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

/// A field that must be filled: a blank one is asked for by its name, so that a list of faults can be read by itself.
pub fn needed<T, E: ToString>(what: &str, text: &str, read: impl FnOnce(&str) -> Result<T, E>) -> Result<T, String> {
    if text.trim().is_empty() {
        return Err(format!("fill in the {what}"));
    }
    read(text).map_err(|e| e.to_string())
}

/// Why a text is no line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// Nothing but spaces.
    #[error("fill this in")]
    Empty,
    /// More characters than the field holds.
    #[error("this is longer than {0} characters")]
    TooLong(usize),
    /// A control character or an invisible one.
    #[error("this holds a character that cannot be seen: type it again rather than paste it")]
    Control,
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{date, time};

    fn check(text: &str, expect: Date) {
        assert_eq!(parse_date(text), Ok(expect), "{text}");
    }

    #[test]
    fn dates_as_people_write_them() {
        let june = date(1984, 6, 9);
        for text in [
            "6/9/1984",
            "06/09/1984",
            "6-9-1984",
            "1984-06-09",
            "1984/6/9",
            "06091984",
            "19840609",
            "June 9, 1984",
            "9 Jun 1984",
            " 6.9.1984 ",
        ] {
            check(text, june);
        }
        check("2/29/2024", date(2024, 2, 29));
        check("12312001", date(2001, 12, 31));
        check("20011231", date(2001, 12, 31));
    }

    #[test]
    fn impossible_dates_say_why() {
        for (text, words) in [
            ("2/29/2023", "28 days"),
            ("2/30/2024", "29 days"),
            ("2/29/1900", "no leap year"),
            ("4/31/2020", "30 days"),
            ("13/1/2020", "months go from"),
            ("6/9/84", "two digits"),
            ("yesterday", "not a date"),
            ("1/2", "not a date"),
            ("1/2/3/2004", "not a date"),
            ("+1/02/2004", "not a date"),
            ("", "not a date"),
            ("６/９/1984", "not a date"),
        ] {
            let message = parse_date(text).unwrap_err().to_string();
            assert!(message.contains(words), "{text}: {message}");
        }
    }

    #[test]
    fn times_as_people_write_them() {
        for (text, expect) in [
            ("9:30", time(9, 30, 0, 0)),
            ("9:30 AM", time(9, 30, 0, 0)),
            ("12:05 am", time(0, 5, 0, 0)),
            ("12 p.m.", time(12, 0, 0, 0)),
            ("2pm", time(14, 0, 0, 0)),
            ("0930", time(9, 30, 0, 0)),
            ("23:59", time(23, 59, 0, 0)),
        ] {
            assert_eq!(parse_time(text), Ok(expect), "{text}");
        }
        for text in ["", "9", "24:00", "13 pm", "0 am", "9:5", "9:60", "é30", "-1:30"] {
            assert!(parse_time(text).is_err(), "{text}");
        }
    }

    #[test]
    fn lines_refuse_what_cannot_be_seen() {
        assert_eq!(parse_line("  12   Elm\tSt ", 55), Ok("12 Elm St".to_owned()));
        assert_eq!(parse_line("a\0b", 55), Err(LineError::Control));
        assert_eq!(parse_line("a\u{202E}b", 55), Err(LineError::Control));
        assert_eq!(parse_line("abc", 2), Err(LineError::TooLong(2)));
        assert_eq!(parse_line(" \t ", 2), Err(LineError::Empty));
    }
}
