//! National Provider Identifier: ten digits, the last a Luhn check digit over the prefix 80840 (45 CFR 162.406).

use std::fmt;

use serde::{Deserialize, Serialize};

/// A well-formed NPI.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Npi(String);

/// Why a text is no NPI.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NpiError {
    /// Not ten digits, or not starting with 1 or 2.
    #[error("`{0}` is not an NPI: it has ten digits and starts with 1 or 2")]
    Shape(String),
    /// The last digit does not fit the others.
    #[error("`{0}` is not an NPI: its check digit should be {1}, so a digit was probably mistyped")]
    CheckDigit(String, u32),
}

impl Npi {
    /// Reads an NPI and checks its digit.
    pub fn parse(text: &str) -> Result<Self, NpiError> {
        let text = text.trim();
        let ten_digits = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit());
        if !ten_digits || !text.starts_with(['1', '2']) {
            return Err(NpiError::Shape(text.chars().take(20).collect()));
        }
        let (nine, last) = text.split_at(9);
        let expected = check_digit(nine);
        if last != expected.to_string() {
            return Err(NpiError::CheckDigit(text.to_owned(), expected));
        }
        Ok(Self(text.to_owned()))
    }

    /// A made-up NPI from nine digits; the check digit is added. For synthetic practices.
    pub fn from_nine(nine: &str) -> Result<Self, NpiError> {
        Self::parse(&format!("{nine}{}", check_digit(nine)))
    }

    /// The ten digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The Luhn digit of `80840` followed by `nine`.
fn check_digit(nine: &str) -> u32 {
    let digits = nine.chars().rev().filter_map(|c| c.to_digit(10));
    // 24 is what the prefix 80840 adds to the sum.
    let sum = digits.enumerate().fold(24, |sum, (i, d)| {
        let d = if i % 2 == 0 { d * 2 } else { d };
        sum + d / 10 + d % 10
    });
    (10 - sum % 10) % 10
}

impl TryFrom<String> for Npi {
    type Error = NpiError;
    fn try_from(text: String) -> Result<Self, NpiError> {
        Self::parse(&text)
    }
}

impl From<Npi> for String {
    fn from(npi: Npi) -> Self {
        npi.0
    }
}

impl fmt::Display for Npi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_check_digit() {
        assert!(Npi::parse("1234567893").is_ok());
        assert_eq!(Npi::parse("1234567890"), Err(NpiError::CheckDigit("1234567890".to_owned(), 3)));
        assert!(matches!(Npi::parse("3234567893"), Err(NpiError::Shape(_))));
        assert!(matches!(Npi::parse("12345"), Err(NpiError::Shape(_))));
    }
}
