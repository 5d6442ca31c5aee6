//! Addresses and telephones of the United States.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::form::{Faults, needed, parse_line};

/// States, the District, territories and military mail: the two-letter forms of the postal service.
const STATES: [&str; 62] = [
    "AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "FL", "GA", "HI", "ID", "IL", "IN", "IA", "KS", "KY", "LA", "ME",
    "MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE", "NV", "NH", "NJ", "NM", "NY", "NC", "ND", "OH", "OK", "OR", "PA",
    "RI", "SC", "SD", "TN", "TX", "UT", "VT", "VA", "WA", "WV", "WI", "WY", "DC", "AS", "GU", "MP", "PR", "VI", "AA",
    "AE", "AP", "FM", "MH", "PW",
];

/// Why a part of an address or a telephone number is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// Not a two-letter state.
    #[error("`{0}` is not a state: write two letters, like IL")]
    State(String),
    /// Not five or nine digits.
    #[error("`{0}` is not a ZIP code: write five digits, or nine like 60601-1234")]
    Zip(String),
    /// Not ten digits.
    #[error("`{0}` is not a telephone number: write ten digits, like 312-555-0142")]
    Phone(String),
    /// An area code or exchange cannot start with 0 or 1.
    #[error("`{0}` is not a telephone number: neither its area code nor the three digits after it start with 0 or 1")]
    PhoneArea(String),
}

fn short(text: &str) -> String {
    text.trim().chars().take(30).collect()
}

macro_rules! checked_text {
    ($name:ident, $error:ty) => {
        impl TryFrom<String> for $name {
            type Error = $error;
            fn try_from(text: String) -> Result<Self, $error> {
                Self::parse(&text)
            }
        }
        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }
        impl $name {
            /// The stored text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}
pub(crate) use checked_text;

/// A state or territory, two upper-case letters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UsState(String);
checked_text!(UsState, PlaceError);

impl UsState {
    /// Reads two letters in either case.
    pub fn parse(text: &str) -> Result<Self, PlaceError> {
        let upper = text.trim().to_ascii_uppercase();
        if STATES.contains(&upper.as_str()) { Ok(Self(upper)) } else { Err(PlaceError::State(short(text))) }
    }

    /// Every value, for a list to choose from.
    pub fn all() -> impl Iterator<Item = &'static str> {
        STATES.into_iter()
    }
}

impl fmt::Display for UsState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A ZIP code: five or nine digits, kept without the hyphen as X12 wants it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zip(String);
checked_text!(Zip, PlaceError);

impl Zip {
    /// Reads `60601`, `60601-1234` or `606011234`.
    pub fn parse(text: &str) -> Result<Self, PlaceError> {
        let trimmed = text.trim();
        let digits = match trimmed.split_once('-') {
            Some((five, four)) if five.len() == 5 && four.len() == 4 => format!("{five}{four}"),
            Some(_) => return Err(PlaceError::Zip(short(text))),
            None => trimmed.to_owned(),
        };
        let good = matches!(digits.len(), 5 | 9) && digits.bytes().all(|b| b.is_ascii_digit());
        if good { Ok(Self(digits)) } else { Err(PlaceError::Zip(short(text))) }
    }

    /// Whether the four digits after the first five are there.
    pub fn is_nine(&self) -> bool {
        self.0.len() == 9
    }
}

impl fmt::Display for Zip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.split_at_checked(5) {
            Some((five, four)) if !four.is_empty() => write!(f, "{five}-{four}"),
            _ => f.write_str(&self.0),
        }
    }
}

/// A telephone number of the North American plan: ten digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Phone(String);
checked_text!(Phone, PlaceError);

impl Phone {
    /// Reads ten digits in any usual punctuation, with or without a leading 1.
    pub fn parse(text: &str) -> Result<Self, PlaceError> {
        let allowed = |c: char| c.is_ascii_digit() || " ()-.+/".contains(c);
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let digits = match digits.strip_prefix('1') {
            Some(rest) if digits.len() == 11 => rest.to_owned(),
            _ => digits,
        };
        if digits.len() != 10 || !text.trim().chars().all(allowed) {
            return Err(PlaceError::Phone(short(text)));
        }
        let starts = [digits.chars().next(), digits.chars().nth(3)];
        if starts.iter().any(|c| matches!(c, Some('0' | '1'))) {
            return Err(PlaceError::PhoneArea(short(text)));
        }
        Ok(Self(digits))
    }
}

impl fmt::Display for Phone {
    /// `(312) 555-0142`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (area, rest) = self.0.split_at_checked(3).unwrap_or((&self.0, ""));
        let (exchange, line) = rest.split_at_checked(3).unwrap_or((rest, ""));
        write!(f, "({area}) {exchange}-{line}")
    }
}

/// A postal address in the United States.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Address {
    /// Street and number, or PO box.
    pub line1: String,
    /// Suite, apartment.
    pub line2: Option<String>,
    /// City.
    pub city: String,
    /// State.
    pub state: UsState,
    /// ZIP code.
    pub zip: Zip,
}

/// The texts of an address as a form has them.
#[derive(Clone, Copy, Debug, Default)]
pub struct AddressParts<'a> {
    /// Street and number.
    pub line1: &'a str,
    /// Suite; may be blank.
    pub line2: &'a str,
    /// City.
    pub city: &'a str,
    /// State, two letters.
    pub state: &'a str,
    /// ZIP.
    pub zip: &'a str,
}

impl AddressParts<'_> {
    /// Whether nothing at all was filled in.
    pub fn is_blank(&self) -> bool {
        [self.line1, self.line2, self.city, self.state, self.zip].iter().all(|t| t.trim().is_empty())
    }
}

impl Address {
    /// Reads the parts of a form; `prefix` stands before each field name.
    pub fn read(prefix: &str, parts: AddressParts<'_>, faults: &mut Faults) -> Option<Self> {
        let field = |name: &str| format!("{prefix}{name}");
        let line1 = faults.take(&field("line1"), needed("street", parts.line1, |t| parse_line(t, 55)));
        let line2 = faults.optional(&field("line2"), parts.line2, |t| parse_line(t, 55));
        let city = faults.take(&field("city"), needed("city", parts.city, |t| parse_line(t, 30)));
        let state = faults.take(&field("state"), needed("state", parts.state, UsState::parse));
        let zip = faults.take(&field("zip"), needed("ZIP code", parts.zip, Zip::parse));
        Some(Self { line1: line1?, line2, city: city?, state: state?, zip: zip? })
    }

    /// Whether it is a post office box, where no billing provider can be (2010AA).
    pub fn is_po_box(&self) -> bool {
        [Some(&self.line1), self.line2.as_ref()].into_iter().flatten().any(|line| is_box(line))
    }
}

fn is_box(line: &str) -> bool {
    let folded: String = line.to_ascii_lowercase().chars().filter(|c| *c != '.').collect();
    let words: Vec<&str> = folded.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()).collect();
    words.windows(2).any(|w| matches!(w, ["po" | "pob", next] if next.starts_with("box") || next.starts_with(|c: char| c.is_ascii_digit())))
        || words.windows(3).any(|w| matches!(w, ["post", "office", "box"] | ["p", "o", "box"]))
        || words.first().is_some_and(|w| *w == "pobox" || *w == "box" || is_run_together(w))
}

/// `POBox12`.
fn is_run_together(word: &str) -> bool {
    word.strip_prefix("pobox").is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
}

impl fmt::Display for Address {
    /// One line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.line1)?;
        if let Some(line2) = &self.line2 {
            write!(f, ", {line2}")?;
        }
        write!(f, ", {}, {} {}", self.city, self.state, self.zip)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(line1: &str) -> Address {
        let mut faults = Faults::new();
        let parts = AddressParts { line1, line2: "", city: "Springfield", state: "il", zip: "62701-1234" };
        Address::read("", parts, &mut faults).unwrap()
    }

    #[test]
    fn post_office_boxes_in_their_disguises() {
        for line in
            ["PO Box 12", "P.O. Box 12", "p o box 7", "Post Office Box 9", "POBox12", "PO. BOX #4", "Box 12", "POB 44"]
        {
            assert!(address(line).is_po_box(), "{line}");
        }
        for line in ["12 Box Elder Rd", "400 Post Rd", "77 Po River Ave", "1 Boxwood Ln", "9 Pobox Hill Rd"] {
            assert!(!address(line).is_po_box(), "{line}");
        }
    }

    #[test]
    fn reads_and_shows() {
        assert_eq!(address("1 Elm St").to_string(), "1 Elm St, Springfield, IL 62701-1234");
        assert_eq!(Zip::parse("606011234").unwrap().to_string(), "60601-1234");
        assert!(!Zip::parse("60601").unwrap().is_nine());
        assert_eq!(Phone::parse("+1 (312) 555-0142").unwrap().to_string(), "(312) 555-0142");
    }

    #[test]
    fn refuses_what_is_none() {
        for bad in ["6060", "60601-12", "6060A", "60-601", "６０６０１"] {
            assert!(Zip::parse(bad).is_err(), "{bad}");
        }
        for bad in ["312-555-014", "call me", "0125550142", "3121550142", "312-555-0142 x5"] {
            assert!(Phone::parse(bad).is_err(), "{bad}");
        }
        assert!(UsState::parse("XX").is_err());
        assert!(serde_json::from_str::<Zip>("\"1\"").is_err(), "a stored value is checked as well");
    }
}
