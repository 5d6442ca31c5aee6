//! The one search box: what a few letters or digits may mean.

use jiff::civil::Date;

use crate::form::parse_date;
use crate::name::search_key;

/// What a person looks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatientQuery {
    /// Everybody, in the order of names.
    All,
    /// A date of birth.
    Born(Date),
    /// The end of a telephone number, or a record number: digits.
    Digits(String),
    /// Beginnings of the family and given name, folded. The given one may be empty.
    Name {
        /// Family name.
        family: String,
        /// Given name.
        given: String,
    },
}

impl PatientQuery {
    /// Reads `alv mar`, `Alvarez, Maria`, `6/9/1984`, `555-0134`, `P-1042`.
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        if text.is_empty() {
            return Self::All;
        }
        if let Ok(date) = parse_date(text) {
            return Self::Born(date);
        }
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        if digits.len() >= 3 && !text.chars().any(|c| c.is_alphabetic() && !matches!(c, 'p' | 'P')) {
            return Self::Digits(digits);
        }
        let (family, given) = match text.split_once(',') {
            Some((family, given)) => (family, given),
            None => text.split_once(char::is_whitespace).unwrap_or((text, "")),
        };
        Self::Name { family: search_key(family), given: search_key(given) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &PatientQuery) {
        assert_eq!(PatientQuery::parse(text), *expect, "{text}");
    }

    #[test]
    fn one_box_reads_names_dates_and_numbers() {
        let name = |f: &str, g: &str| PatientQuery::Name { family: f.into(), given: g.into() };
        check("  ", &PatientQuery::All);
        check("Núñez, ma", &name("nunez", "ma"));
        check("alv mar", &name("alv", "mar"));
        check("6/9/1984", &PatientQuery::Born(jiff::civil::date(1984, 6, 9)));
        check("555-0134", &PatientQuery::Digits("5550134".into()));
        check("P-1042", &PatientQuery::Digits("1042".into()));
    }
}
