//! Names of people: kept as they are written, spelled in the X12 character set only where a file needs it.

mod latin;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::form::{Faults, LineError, needed, parse_line};
pub use latin::{search_key, x12_text};

/// Longest part of a name, in characters; X12 holds 60 of a family name (NM103).
pub const NAME_MAX: usize = 60;

/// One part of a name: 1 to [`NAME_MAX`] characters of any script, with no control character.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NamePart(String);

impl NamePart {
    /// Reads a part of a name; spaces are made single.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let line = parse_line(text, NAME_MAX)?;
        if line.chars().any(char::is_alphabetic) { Ok(Self(line)) } else { Err(NameError::NoLetter) }
    }

    /// The text, as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a text is no part of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Empty, too long, or with characters that cannot be seen.
    #[error(transparent)]
    Line(#[from] LineError),
    /// Nothing in it can be read.
    #[error("a name has at least one letter")]
    NoLetter,
}

impl TryFrom<String> for NamePart {
    type Error = NameError;
    fn try_from(text: String) -> Result<Self, NameError> {
        Self::parse(&text)
    }
}

impl From<NamePart> for String {
    fn from(part: NamePart) -> Self {
        part.0
    }
}

impl fmt::Display for NamePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A person's name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PersonName {
    /// Family name.
    pub family: NamePart,
    /// First name.
    pub given: NamePart,
    /// Middle name or initial.
    pub middle: Option<NamePart>,
    /// `Jr`, `III`.
    pub suffix: Option<NamePart>,
    /// What the person wants to be called, when it is not the given name.
    pub preferred: Option<NamePart>,
}

/// A name in the X12 basic character set, cut to the lengths of NM103, NM104, NM105 and NM107. A part may be empty when
/// nothing of it can be spelled in Latin letters; a claim with such a family name is held by the scrubber.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct X12Name {
    /// NM103.
    pub family: String,
    /// NM104.
    pub given: String,
    /// NM105.
    pub middle: String,
    /// NM107.
    pub suffix: String,
}

impl PersonName {
    /// A name of two parts.
    pub fn new(family: &str, given: &str) -> Result<Self, NameError> {
        let (family, given) = (NamePart::parse(family)?, NamePart::parse(given)?);
        Ok(Self { family, given, middle: None, suffix: None, preferred: None })
    }

    /// Reads the parts of a form; `prefix` stands before each field name. Blank optional parts are left out.
    pub fn read(prefix: &str, parts: NameParts<'_>, faults: &mut Faults) -> Option<Self> {
        let field = |name: &str| format!("{prefix}{name}");
        let family = faults.take(&field("family"), needed("family name", parts.family, NamePart::parse));
        let given = faults.take(&field("given"), needed("first name", parts.given, NamePart::parse));
        let middle = faults.optional(&field("middle"), parts.middle, NamePart::parse);
        let suffix = faults.optional(&field("suffix"), parts.suffix, NamePart::parse);
        let preferred = faults.optional(&field("preferred"), parts.preferred, NamePart::parse);
        Some(Self { family: family?, given: given?, middle, suffix, preferred })
    }

    /// The name as an 837 can carry it.
    pub fn for_x12(&self) -> X12Name {
        let part = |p: &Option<NamePart>, max| p.as_ref().map(|p| x12_text(p.as_str(), max)).unwrap_or_default();
        X12Name {
            family: x12_text(self.family.as_str(), 60),
            given: x12_text(self.given.as_str(), 35),
            middle: part(&self.middle, 25),
            suffix: part(&self.suffix, 10),
        }
    }

    /// Folded words to search in: family, given, preferred and middle name.
    pub fn search_key(&self) -> String {
        let parts = [Some(&self.family), Some(&self.given), self.preferred.as_ref(), self.middle.as_ref()];
        let keys: Vec<String> = parts.into_iter().flatten().map(|p| search_key(p.as_str())).collect();
        keys.join(" ")
    }

    /// `Family, Given M. Suffix`, as lists show it.
    pub fn sorted(&self) -> String {
        let tail = |p: &Option<NamePart>| p.as_ref().map(|p| format!(" {p}")).unwrap_or_default();
        format!("{}{}, {}{}", self.family, tail(&self.suffix), self.given, tail(&self.middle))
    }
}

/// The texts of a name as a form has them.
#[derive(Clone, Copy, Debug, Default)]
pub struct NameParts<'a> {
    /// Family name.
    pub family: &'a str,
    /// First name.
    pub given: &'a str,
    /// Middle name; may be blank.
    pub middle: &'a str,
    /// Suffix; may be blank.
    pub suffix: &'a str,
    /// Preferred name; may be blank.
    pub preferred: &'a str,
}

impl fmt::Display for PersonName {
    /// `Given Middle Family Suffix`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.given.as_str())?;
        for part in [self.middle.as_ref(), Some(&self.family), self.suffix.as_ref()].into_iter().flatten() {
            write!(f, " {part}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_was_written_and_spells_it_for_x12() {
        let name = PersonName::new("Peña-Łukaszewicz", "Zoë").unwrap();
        assert_eq!(name.to_string(), "Zoë Peña-Łukaszewicz");
        assert_eq!(name.sorted(), "Peña-Łukaszewicz, Zoë");
        let x12 = name.for_x12();
        assert_eq!((x12.family.as_str(), x12.given.as_str()), ("PENA-LUKASZEWICZ", "ZOE"));
        assert_eq!(name.search_key(), "pena lukaszewicz zoe");
    }

    #[test]
    fn refuses_what_is_no_name() {
        for bad in ["", "  ", "a\0b", "\u{1b}[31mred", "12", "---", &"x".repeat(61)] {
            assert!(NamePart::parse(bad).is_err(), "{bad:?}");
        }
        assert!(NamePart::parse("<script>alert(1)</script>").is_ok(), "odd, but escaping is the page's work");
        assert!(serde_json::from_str::<NamePart>("\"a\\u0000\"").is_err(), "a stored name is checked as well");
    }

    #[test]
    fn a_form_names_the_field() {
        let mut faults = Faults::new();
        let parts = NameParts { family: "", given: "Ann", suffix: "\0", ..NameParts::default() };
        assert_eq!(PersonName::read("subscriber_", parts, &mut faults), None);
        let fields: Vec<String> = faults.into_inner().into_iter().map(|f| f.field).collect();
        assert_eq!(fields, ["subscriber_family", "subscriber_suffix"]);
    }
}
