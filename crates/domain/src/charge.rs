//! Charges: what was done, for how much, for which diagnosis.

mod form;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use form::{ChargeDraft, ChargeForm, ChargesDraft, ChargesForm, letter};

use crate::cents::{Cents, CentsError};
use crate::id::ChargeId;

/// Most diagnoses on a claim (2300 HI).
pub const DIAGNOSES_MAX: usize = 12;
/// Most pointers and most modifiers on a line (SV107, SV101).
pub const POINTERS_MAX: usize = 4;
/// Most lines on a professional claim (2400 LX).
pub const LINES_MAX: usize = 50;

/// Why a code is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChargeError {
    /// Not the shape of an ICD-10-CM code.
    #[error("`{0}` is not a diagnosis code: it looks like E11.9, a letter, a digit, and one to five more")]
    Diagnosis(String),
    /// Not five characters.
    #[error("`{0}` is not a service code: it has five letters or digits, like G0463")]
    Procedure(String),
    /// Not two characters.
    #[error("`{0}` is not a modifier: it has two letters or digits")]
    Modifier(String),
}

fn short(text: &str) -> String {
    text.trim().chars().take(20).collect()
}

macro_rules! code {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The stored text, which files carry.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = ChargeError;
            fn try_from(text: String) -> Result<Self, ChargeError> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(code: $name) -> Self {
                code.0
            }
        }
    };
}

code! {
    /// A diagnosis: the shape of an ICD-10-CM code, upper case, without its dot.
    Diagnosis
}
code! {
    /// A service: five letters or digits (HCPCS, or a code of the practice's own). What it means is not ours to hold.
    Procedure
}
code! {
    /// A modifier: two letters or digits.
    Modifier
}

impl Diagnosis {
    /// Reads a code with or without its dot, in either case.
    pub fn parse(text: &str) -> Result<Self, ChargeError> {
        let bad = || ChargeError::Diagnosis(short(text));
        let upper = text.trim().to_ascii_uppercase();
        if upper.find('.').is_some_and(|at| at != 3) || upper.ends_with('.') {
            return Err(bad());
        }
        let code = upper.replacen('.', "", 1);
        let shape = code.bytes().enumerate().all(|(i, b)| match i {
            0 => b.is_ascii_uppercase(),
            1 => b.is_ascii_digit(),
            _ => b.is_ascii_alphanumeric(),
        });
        if shape && (3..=7).contains(&code.len()) { Ok(Self(code)) } else { Err(bad()) }
    }
}

impl fmt::Display for Diagnosis {
    /// With its dot.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.split_at_checked(3) {
            Some((category, rest)) if !rest.is_empty() => write!(f, "{category}.{rest}"),
            _ => f.write_str(&self.0),
        }
    }
}

impl Procedure {
    /// Reads a code in either case.
    pub fn parse(text: &str) -> Result<Self, ChargeError> {
        let code = text.trim().to_ascii_uppercase();
        let good = code.len() == 5 && code.bytes().all(|b| b.is_ascii_alphanumeric());
        if good { Ok(Self(code)) } else { Err(ChargeError::Procedure(short(text))) }
    }
}

impl fmt::Display for Procedure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Modifier {
    /// Reads a modifier in either case.
    pub fn parse(text: &str) -> Result<Self, ChargeError> {
        let code = text.trim().to_ascii_uppercase();
        let good = code.len() == 2 && code.bytes().all(|b| b.is_ascii_alphanumeric());
        if good { Ok(Self(code)) } else { Err(ChargeError::Modifier(short(text))) }
    }
}

impl fmt::Display for Modifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One charge line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// Its id.
    pub id: ChargeId,
    /// What was done.
    pub code: Procedure,
    /// At most four.
    pub modifiers: Vec<Modifier>,
    /// How many, at least one.
    pub units: u32,
    /// Price of one.
    pub unit_price: Cents,
    /// Which diagnoses it was for, counted from 1, most important first; one to four.
    pub pointers: Vec<u8>,
}

impl Charge {
    /// Units times price.
    pub fn amount(&self) -> Result<Cents, CentsError> {
        self.unit_price.checked_mul(i64::from(self.units))
    }
}

/// An item of the practice's fee schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fee {
    /// The service.
    pub code: Procedure,
    /// The practice's own words for it.
    pub label: String,
    /// Price of one unit.
    pub price: Cents,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Option<(&str, &str)>) {
        let read = Diagnosis::parse(text).ok();
        let parts = read.map(|d| (d.as_str().to_owned(), d.to_string()));
        assert_eq!(parts, expect.map(|(a, b)| (a.to_owned(), b.to_owned())), "{text}");
    }

    #[test]
    fn diagnoses_have_their_shape() {
        check("e11.9", Some(("E119", "E11.9")));
        check("I10", Some(("I10", "I10")));
        check("S72.001A", Some(("S72001A", "S72.001A")));
        check("C4A.0", Some(("C4A0", "C4A.0")));
        for bad in ["", "E1", "E11.", "11.9", "E.119", "E11.9.1", "S72.001AB", "E1*9", "É119"] {
            check(bad, None);
        }
    }

    #[test]
    fn services_and_modifiers() {
        assert_eq!(Procedure::parse(" lv010 ").unwrap().as_str(), "LV010");
        for bad in ["G046", "G04630", "G:463", ""] {
            assert!(Procedure::parse(bad).is_err(), "{bad}");
        }
        assert!(Modifier::parse("25").is_ok());
        assert!(Modifier::parse("2").is_err());
    }
}
