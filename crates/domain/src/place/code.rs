//! Codes of the practice: tax number, taxonomy, place of service, time zone.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::address::checked_text;

/// Why a code of the practice is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// Not nine digits.
    #[error("`{0}` is not a tax number: it has nine digits")]
    TaxId(String),
    /// Not ten characters that end in X.
    #[error("`{0}` is not a taxonomy code: it has ten characters and ends in X, like 207Q00000X")]
    Taxonomy(String),
    /// Not two digits.
    #[error("`{0}` is not a place of service: it has two digits, like 11 for an office")]
    PlaceOfService(String),
    /// Not a zone of the IANA database.
    #[error("`{0}` is not a time zone: write it like America/Chicago")]
    Zone(String),
}

fn short(text: &str) -> String {
    text.trim().chars().take(40).collect()
}

/// A tax number, nine digits: an employer's (REF*EI), or a person's social security number (REF*SY).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TaxId {
    digits: String,
    /// Whether it is a social security number.
    pub is_ssn: bool,
}

impl TaxId {
    /// Reads `12-3456789`, and knows a social security number by its hyphens (`123-45-6789`).
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        let trimmed = text.trim();
        let digits: String = trimmed.chars().filter(|c| *c != '-').collect();
        if digits.len() != 9 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(CodeError::TaxId(short(text)));
        }
        Ok(Self { digits, is_ssn: trimmed.matches('-').count() == 2 })
    }

    /// Nine digits.
    pub fn as_str(&self) -> &str {
        &self.digits
    }
}

impl TryFrom<String> for TaxId {
    type Error = CodeError;
    fn try_from(text: String) -> Result<Self, CodeError> {
        Self::parse(&text)
    }
}

impl From<TaxId> for String {
    fn from(id: TaxId) -> Self {
        id.to_string()
    }
}

impl fmt::Display for TaxId {
    /// With hyphens, which tell the two kinds apart.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (head, rest) = self.digits.split_at_checked(if self.is_ssn { 3 } else { 2 }).unwrap_or(("", &self.digits));
        match rest.split_at_checked(2) {
            Some((middle, last)) if self.is_ssn => write!(f, "{head}-{middle}-{last}"),
            _ => write!(f, "{head}-{rest}"),
        }
    }
}

/// A provider taxonomy code (NUCC): ten characters ending in X.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Taxonomy(String);
checked_text!(Taxonomy, CodeError);

impl Taxonomy {
    /// Reads a code in either case.
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        let upper = text.trim().to_ascii_uppercase();
        let good = upper.len() == 10 && upper.ends_with('X') && upper.bytes().all(|b| b.is_ascii_alphanumeric());
        if good { Ok(Self(upper)) } else { Err(CodeError::Taxonomy(short(text))) }
    }
}

/// A place of service code (CLM05-1): two digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PlaceOfService(String);
checked_text!(PlaceOfService, CodeError);

impl PlaceOfService {
    /// Reads two digits.
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        let text = text.trim();
        let good = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit()) && text != "00";
        if good { Ok(Self(text.to_owned())) } else { Err(CodeError::PlaceOfService(short(text))) }
    }

    /// `11`, an office.
    pub fn office() -> Self {
        Self("11".to_owned())
    }
}

/// A time zone of the IANA database, by name. The rules come with the program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone {
    name: String,
    rules: jiff::tz::TimeZone,
}

impl Zone {
    /// Reads a name like `America/Chicago`. Offsets and abbreviations are refused: they do not know daylight saving time.
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        let bad = || CodeError::Zone(short(text));
        let rules = jiff::tz::TimeZone::get(text.trim()).map_err(|_| bad())?;
        let name = rules.iana_name().filter(|n| n.contains('/') || *n == "UTC").ok_or_else(bad)?.to_owned();
        Ok(Self { name, rules })
    }

    /// The IANA name.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// The rules, for calendar arithmetic.
    pub fn rules(&self) -> &jiff::tz::TimeZone {
        &self.rules
    }

    /// The local date at an instant.
    pub fn date(&self, at: crate::Instant) -> jiff::civil::Date {
        self.local(at).date()
    }

    /// The wall clock at an instant.
    pub fn local(&self, at: crate::Instant) -> jiff::civil::DateTime {
        self.rules.to_datetime(at.timestamp())
    }
}

impl TryFrom<String> for Zone {
    type Error = CodeError;
    fn try_from(text: String) -> Result<Self, CodeError> {
        Self::parse(&text)
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.name
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn an_evening_visit_is_dated_where_it_happens() {
        // 2026-03-02T03:30Z is still the first of March in Chicago.
        let at = crate::Instant::from(jiff::Timestamp::from_second(1_772_422_200).unwrap());
        assert_eq!(Zone::parse("America/Chicago").unwrap().date(at), date(2026, 3, 1));
        assert_eq!(Zone::parse("UTC").unwrap().date(at), date(2026, 3, 2));
    }

    #[test]
    fn zones_are_places() {
        for bad in ["", "CST", "UTC+5", "America/Atlantis", "../etc/passwd"] {
            assert!(Zone::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(Zone::parse("america/chicago").unwrap().as_str(), "America/Chicago");
    }

    #[test]
    fn codes_have_their_shapes() {
        assert!(!TaxId::parse("12-3456789").unwrap().is_ssn);
        assert!(TaxId::parse("123-45-6789").unwrap().is_ssn);
        for shown in ["12-3456789", "123-45-6789"] {
            let id = TaxId::parse(shown).unwrap();
            assert_eq!(serde_json::to_string(&id).unwrap(), format!("\"{shown}\""));
        }
        assert!(TaxId::parse("12345678").is_err());
        assert!(Taxonomy::parse("207q00000x").is_ok());
        assert!(Taxonomy::parse("207Q000000").is_err());
        assert!(PlaceOfService::parse("11").is_ok());
        assert!(PlaceOfService::parse("1").is_err());
    }
}
