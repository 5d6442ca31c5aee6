//! What several transactions share: names, addresses, identifiers, adjustments.

use crate::money::Quantity;
use serde::{Deserialize, Serialize};

/// A person's name (NM1 with entity type 1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// NM103.
    pub last: String,
    /// NM104.
    pub first: Option<String>,
    /// NM105.
    pub middle: Option<String>,
    /// NM107: JR, III.
    pub suffix: Option<String>,
}

/// A person or an organization (NM102).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Name {
    /// NM102 = 1.
    Person(Person),
    /// NM102 = 2.
    Organization(String),
}

impl Default for Name {
    fn default() -> Self {
        Self::Organization(String::new())
    }
}

impl Name {
    /// An organization.
    pub fn organization(name: impl Into<String>) -> Self {
        Self::Organization(name.into())
    }

    /// A person with a last and a first name.
    pub fn person(last: impl Into<String>, first: impl Into<String>) -> Self {
        Self::Person(Person { last: last.into(), first: Some(first.into()), ..Person::default() })
    }

    /// `LAST, FIRST M` or the organization's name.
    pub fn display(&self) -> String {
        match self {
            Self::Organization(name) => name.clone(),
            Self::Person(person) => person.display(),
        }
    }
}

impl Person {
    /// `LAST, FIRST M SUFFIX`, leaving out what is not there.
    pub fn display(&self) -> String {
        let given: Vec<&str> =
            [&self.first, &self.middle, &self.suffix].into_iter().filter_map(Option::as_deref).collect();
        if given.is_empty() { self.last.clone() } else { format!("{}, {}", self.last, given.join(" ")) }
    }
}

/// A qualified identifier: `XX` NPI, `MI` member id, `PI` payer id, `46` ETIN, `FI` tax id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identifier {
    /// NM108 or N103.
    pub qualifier: String,
    /// NM109 or N104.
    pub value: String,
}

impl Identifier {
    /// A qualifier with its value.
    pub fn new(qualifier: impl Into<String>, value: impl Into<String>) -> Self {
        Self { qualifier: qualifier.into(), value: value.into() }
    }

    /// A national provider identifier (XX).
    pub fn npi(value: impl Into<String>) -> Self {
        Self::new("XX", value)
    }
}

/// A name with an optional identifier: any NM1 or N1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entity {
    /// The name.
    pub name: Name,
    /// The identifier.
    pub id: Option<Identifier>,
}

/// A street address (N3, N4).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// N301.
    pub line1: String,
    /// N302.
    pub line2: Option<String>,
    /// N401.
    pub city: String,
    /// N402: two letters in the US and Canada.
    pub state: Option<String>,
    /// N403: five or nine digits; nine for the billing provider and the facility.
    pub zip: Option<String>,
    /// N404, when not the US.
    pub country: Option<String>,
}

/// A contact (PER).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// PER01: IC, CX, BL.
    pub function: String,
    /// PER02.
    pub name: Option<String>,
    /// PER03 to PER08: qualifier (TE, EM, FX, EX, UR) and number.
    pub numbers: Vec<Identifier>,
}

impl Contact {
    /// A contact with a telephone number (ten digits).
    pub fn phone(name: impl Into<String>, number: impl Into<String>) -> Self {
        Self { function: "IC".into(), name: Some(name.into()), numbers: vec![Identifier::new("TE", number)] }
    }
}

/// A reference number (REF).
pub type Reference = Identifier;

/// A coded amount (AMT).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    /// AMT01.
    pub qualifier: String,
    /// AMT02, in cents.
    pub cents: i64,
}

/// A segment that was read but has no field of its own. It is kept, so that a person can see it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    /// Which segment of the file, from 1.
    pub segment: usize,
    /// Its text without the terminator.
    pub text: String,
}

/// Who bears an adjustment (CAS01).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum AdjustmentGroup {
    /// Contractual obligation: the provider writes it off.
    #[serde(rename = "CO")]
    Contractual,
    /// Patient responsibility: bill the patient or the next payer.
    #[serde(rename = "PR")]
    Patient,
    /// Other, as what an earlier payer paid.
    #[serde(rename = "OA")]
    Other,
    /// Payer initiated.
    #[serde(rename = "PI")]
    PayerInitiated,
    /// A code that 5010 does not have; kept as sent.
    #[serde(untagged)]
    Unknown(String),
}

impl AdjustmentGroup {
    /// The code of CAS01.
    pub fn code(&self) -> &str {
        match self {
            Self::Contractual => "CO",
            Self::Patient => "PR",
            Self::Other => "OA",
            Self::PayerInitiated => "PI",
            Self::Unknown(code) => code,
        }
    }

    /// Reads CAS01.
    pub fn from_code(code: &str) -> Self {
        match code {
            "CO" => Self::Contractual,
            "PR" => Self::Patient,
            "OA" => Self::Other,
            "PI" => Self::PayerInitiated,
            other => Self::Unknown(other.to_owned()),
        }
    }
}

/// One adjustment: a triplet of a CAS segment. A positive amount lowers the payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adjustment {
    /// CAS01.
    pub group: AdjustmentGroup,
    /// The claim adjustment reason code (CARC).
    pub reason: String,
    /// In cents.
    pub cents: i64,
    /// Units adjusted.
    pub quantity: Option<Quantity>,
}

/// A procedure (SV101, SVC01, SVD03).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Procedure {
    /// HC for HCPCS; N4 for a drug; AD, NU, HP and others.
    pub qualifier: String,
    /// The code.
    pub code: String,
    /// Up to four.
    pub modifiers: Vec<String>,
    /// Free text, for codes that ask for it.
    pub description: Option<String>,
}

impl Procedure {
    /// A HCPCS code without modifiers.
    pub fn hcpcs(code: impl Into<String>) -> Self {
        Self { qualifier: "HC".into(), code: code.into(), ..Self::default() }
    }
}

/// Patient's sex as claims carry it (DMG03).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sex {
    /// F
    #[serde(rename = "F")]
    Female,
    /// M
    #[serde(rename = "M")]
    Male,
    /// U
    #[default]
    #[serde(rename = "U")]
    Unknown,
}

impl Sex {
    /// The code of DMG03.
    pub fn code(self) -> &'static str {
        match self {
            Self::Female => "F",
            Self::Male => "M",
            Self::Unknown => "U",
        }
    }

    /// Reads DMG03; anything else is unknown.
    pub fn from_code(code: &[u8]) -> Self {
        match code {
            b"F" => Self::Female,
            b"M" => Self::Male,
            _ => Self::Unknown,
        }
    }
}

/// Whether a national provider identifier has the right form and check digit (Luhn over 80840 and the number; 45 CFR 162.406).
pub fn npi_is_valid(npi: &str) -> bool {
    let bytes = npi.as_bytes();
    let form = bytes.len() == 10 && bytes.iter().all(u8::is_ascii_digit) && matches!(bytes.first(), Some(b'1' | b'2'));
    if !form {
        return false;
    }
    let sum: u32 = bytes
        .iter()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0');
            let doubled = if place % 2 == 1 { digit * 2 } else { digit };
            if doubled > 9 { doubled - 9 } else { doubled }
        })
        .sum();
    // 24 is what the prefix 80840 adds to the sum.
    (sum + 24).is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn npi_check_digits() {
        for good in ["1234567893", "1264965462", "2319167518"] {
            assert!(npi_is_valid(good), "{good}");
        }
        for bad in ["1234567890", "123456789", "3234567893", "12345678931", "12345678A3", ""] {
            assert!(!npi_is_valid(bad), "{bad}");
        }
    }

    #[test]
    fn unknown_adjustment_groups_survive() {
        let group = AdjustmentGroup::from_code("CR");
        assert_eq!(serde_json::to_string(&group).expect("json"), "\"CR\"");
        assert_eq!(serde_json::from_str::<AdjustmentGroup>("\"CO\"").expect("json"), AdjustmentGroup::Contractual);
        assert_eq!(group.code(), "CR");
    }
}
