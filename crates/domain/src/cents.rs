//! Money: whole cents, checked.

use std::fmt;
use std::iter::Sum;

use serde::{Deserialize, Serialize};

/// An amount of US money in whole cents. Negative is a credit.
///
/// There is no conversion from a float, so a float can never reach the ledger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cents(i64);

/// A sum or an amount that does not fit, or a text that is no amount.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CentsError {
    /// The sum is beyond what 64 bits hold.
    #[error("the amount is too large to add up")]
    Overflow,
    /// The text is not an amount in dollars.
    #[error("`{0}` is not an amount: write dollars and cents, like 125.00")]
    NotAnAmount(String),
}

impl Cents {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// An amount of `cents` cents.
    pub const fn new(cents: i64) -> Self {
        Self(cents)
    }

    /// The amount in cents.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// The sum, or an error when it does not fit.
    pub fn checked_add(self, other: Self) -> Result<Self, CentsError> {
        self.0.checked_add(other.0).map(Self).ok_or(CentsError::Overflow)
    }

    /// The difference, or an error when it does not fit.
    pub fn checked_sub(self, other: Self) -> Result<Self, CentsError> {
        self.0.checked_sub(other.0).map(Self).ok_or(CentsError::Overflow)
    }

    /// The amount for `units` units of this price.
    pub fn checked_mul(self, units: i64) -> Result<Self, CentsError> {
        self.0.checked_mul(units).map(Self).ok_or(CentsError::Overflow)
    }

    /// The same amount on the other side.
    #[must_use]
    pub const fn negated(self) -> Self {
        Self(self.0.saturating_neg())
    }

    /// The checked sum of many amounts.
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Result<Self, CentsError> {
        amounts.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }

    /// Reads what a person types: `125`, `125.5`, `$1,250.00`, `-3.20`.
    pub fn parse(text: &str) -> Result<Self, CentsError> {
        let bad = || CentsError::NotAnAmount(text.to_owned());
        let cleaned: String = text.trim().chars().filter(|c| !matches!(c, '$' | ',')).collect();
        let (sign, digits) = match cleaned.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, cleaned.as_str()),
        };
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(part) || part.len() > 2 {
            return Err(bad());
        }
        let whole: i64 = whole.parse().map_err(|_| bad())?;
        let part: i64 = format!("{part:0<2}").parse().map_err(|_| bad())?;
        whole.checked_mul(100).and_then(|c| c.checked_add(part)).map(|c| Self(sign * c)).ok_or(CentsError::Overflow)
    }
}

impl Sum for Cents {
    /// Saturating: for totals on a page, where the parts were checked when they were written.
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        Self(iter.fold(0, |total, c| total.saturating_add(c.0)))
    }
}

impl fmt::Display for Cents {
    /// `1,250.00`, `-3.20`; the currency sign is the page's business.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.0.unsigned_abs();
        let mut whole = (magnitude / 100).to_string();
        let mut at = whole.len();
        while at > 3 {
            at -= 3;
            whole.insert(at, ',');
        }
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}{whole}.{:02}", magnitude % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, cents: i64, shown: &str) {
        let parsed = Cents::parse(text).unwrap();
        assert_eq!(parsed, Cents::new(cents));
        assert_eq!(parsed.to_string(), shown);
    }

    #[test]
    fn reads_and_shows_what_people_write() {
        check("125", 12_500, "125.00");
        check("$1,250.5", 125_050, "1,250.50");
        check("-3.20", -320, "-3.20");
        check("1234567.89", 123_456_789, "1,234,567.89");
    }

    #[test]
    fn refuses_what_is_no_amount() {
        for text in ["", ".", "1.234", "1e3", "abc", "--1", "1.-2"] {
            assert!(Cents::parse(text).is_err(), "{text}");
        }
        assert_eq!(Cents::parse("92233720368547758.08"), Err(CentsError::Overflow));
    }

    #[test]
    fn never_wraps() {
        assert_eq!(Cents::new(i64::MAX).checked_add(Cents::new(1)), Err(CentsError::Overflow));
        assert_eq!(Cents::sum([Cents::new(1), Cents::new(i64::MAX)]), Err(CentsError::Overflow));
    }
}
