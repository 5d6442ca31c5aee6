//! Money and quantities: whole cents and thousandths, never floating point.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Why bytes are not a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NumberError {
    /// Nothing there.
    Empty,
    /// A byte that no decimal number has; X12 allows digits, one point and a leading minus (type R).
    Malformed(String),
    /// More decimal places than the unit has.
    TooPrecise(String),
    /// Larger than 64 bits hold.
    TooLarge(String),
}

impl fmt::Display for NumberError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the number is empty"),
            Self::Malformed(text) => write!(f, "`{text}` is not a decimal number (digits, one point, a leading minus)"),
            Self::TooPrecise(text) => write!(f, "`{text}` has more decimal places than its unit"),
            Self::TooLarge(text) => write!(f, "`{text}` is too large"),
        }
    }
}

impl std::error::Error for NumberError {}

fn shown(bytes: &[u8]) -> String {
    crate::segment::shown(bytes, 24)
}

/// Reads a decimal as an integer of `10^-places`; zeros beyond `places` are accepted.
fn parse_scaled(bytes: &[u8], places: u32) -> Result<i64, NumberError> {
    let (negative, digits) = match bytes.split_first() {
        None => return Err(NumberError::Empty),
        Some((b'-', rest)) => (true, rest),
        // Some payers send a plus sign; the standard forbids writing one, not understanding one.
        Some((b'+', rest)) => (false, rest),
        Some(_) => (false, bytes),
    };
    let mut value: i64 = 0;
    let mut seen = false;
    let mut decimals: Option<u32> = None;
    for &byte in digits {
        match byte {
            b'0'..=b'9' => {
                seen = true;
                if let Some(count) = &mut decimals {
                    if *count == places {
                        if byte == b'0' {
                            continue;
                        }
                        return Err(NumberError::TooPrecise(shown(bytes)));
                    }
                    *count += 1;
                }
                value = value
                    .checked_mul(10)
                    .and_then(|v| v.checked_add(i64::from(byte - b'0')))
                    .ok_or_else(|| NumberError::TooLarge(shown(bytes)))?;
            }
            b'.' if decimals.is_none() => decimals = Some(0),
            _ => return Err(NumberError::Malformed(shown(bytes))),
        }
    }
    if !seen {
        return Err(NumberError::Malformed(shown(bytes)));
    }
    for _ in decimals.unwrap_or(0)..places {
        value = value.checked_mul(10).ok_or_else(|| NumberError::TooLarge(shown(bytes)))?;
    }
    Ok(if negative { -value } else { value })
}

fn format_scaled(value: i64, places: u32) -> String {
    let unit = 10_u64.pow(places);
    let (sign, size) = (if value < 0 { "-" } else { "" }, value.unsigned_abs());
    let (whole, part) = (size / unit, size % unit);
    if part == 0 {
        return format!("{sign}{whole}");
    }
    let width = usize::try_from(places).unwrap_or(0);
    let text = format!("{sign}{whole}.{part:0width$}");
    text.trim_end_matches('0').to_owned()
}

/// Reads a monetary element (type R) as cents: `12.5` is 1250, `-3` is -300. A third decimal other than zero is refused, never rounded.
pub fn parse_cents(bytes: &[u8]) -> Result<i64, NumberError> {
    parse_scaled(bytes, 2)
}

/// Writes cents the shortest way, as X12 asks: no trailing zeros, no plus sign, no leading zero but one.
pub fn format_cents(cents: i64) -> String {
    format_scaled(cents, 2)
}

/// A count of units in thousandths, so that `0.5` and `1.25` stay exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Quantity(pub i64);

impl Quantity {
    /// One unit, which is what most service lines bill.
    pub const ONE: Self = Self(1000);

    /// Reads a decimal with up to three places.
    pub fn parse(bytes: &[u8]) -> Result<Self, NumberError> {
        parse_scaled(bytes, 3).map(Self)
    }
}

impl From<i32> for Quantity {
    fn from(units: i32) -> Self {
        Self(i64::from(units) * 1000)
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format_scaled(self.0, 3))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cents_are_exact() {
        for (text, cents) in
            [("0", 0), ("12", 1200), ("12.5", 1250), ("-12.05", -1205), (".5", 50), ("100.", 10_000), ("7.100", 710)]
        {
            assert_eq!(parse_cents(text.as_bytes()), Ok(cents), "{text}");
        }
        for (cents, text) in
            [(0, "0"), (5, "0.05"), (-5, "-0.05"), (1250, "12.5"), (1200, "12"), (i64::MIN, "-92233720368547758.08")]
        {
            assert_eq!(format_cents(cents), text);
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in ["", "-", ".", "1,000", "1.2.3", "12.345", "1E3", "$5", " 5", "99999999999999999999"] {
            assert!(parse_cents(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn quantities_keep_fractions() {
        assert_eq!(Quantity::parse(b"1.25"), Ok(Quantity(1250)));
        assert_eq!(Quantity::from(3).to_string(), "3");
        assert_eq!(Quantity(500).to_string(), "0.5");
    }
}
