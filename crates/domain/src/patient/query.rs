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
    /// Beginnings of words of a name, folded, in any order, the longest first; none stands for a text without letters.
    Name(Vec<String>),
}

/// As many words of a name are looked for; more would find nobody else.
pub const QUERY_WORDS: usize = 3;

impl PatientQuery {
    /// Reads `alv mar`, `Maria Alvarez`, `Alvarez, Maria`, `6/9/1984`, `555-0134`, `P-1042`.
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        if text.is_empty() {
            return Self::All;
        }
        if let Ok(date) = parse_date(text) {
            return Self::Born(date);
        }
        let mut digits: String = text.chars().filter(char::is_ascii_digit).collect();
        // The country's code before ten digits is no part of a telephone number here.
        if digits.len() == 11 && digits.starts_with('1') {
            digits.remove(0);
        }
        if digits.len() >= 3 && !text.chars().any(|c| c.is_alphabetic() && !matches!(c, 'p' | 'P')) {
            return Self::Digits(digits);
        }
        let mut words: Vec<String> = search_key(text).split(' ').map(str::to_owned).filter(|w| !w.is_empty()).collect();
        // The longest word fits the fewest names, so the search begins with it.
        words.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
        words.truncate(QUERY_WORDS);
        Self::Name(words)
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
        let name = |words: &[&str]| PatientQuery::Name(words.iter().map(|w| (*w).to_owned()).collect());
        check("  ", &PatientQuery::All);
        check("Núñez, ma", &name(&["nunez", "ma"]));
        check("alv mar", &name(&["alv", "mar"]));
        check("nadia quetzal-ibarra", &name(&["quetzal", "ibarra", "nadia"]));
        check("de la Cruz, Ana María", &name(&["maria", "cruz", "ana"]));
        check("--", &name(&[]));
        check("6/9/1984", &PatientQuery::Born(jiff::civil::date(1984, 6, 9)));
        check("555-0134", &PatientQuery::Digits("5550134".into()));
        check("+1 (937) 555-0142", &PatientQuery::Digits("9375550142".into()));
        check("P-1042", &PatientQuery::Digits("1042".into()));
    }
}
