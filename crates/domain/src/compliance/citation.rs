//! Citations of 45 CFR Part 164.

use std::fmt;

/// A section with its paragraphs, such as `164.312(a)(2)(iv)`. The paragraph levels are those of the CFR: letter, number, roman, capital.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Citation(String);

/// A text that is no citation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a citation of 45 CFR Part 164: write it like 164.312(a)(2)(iv)")]
pub struct BadCitation(pub String);

impl Citation {
    /// Reads a citation.
    pub fn parse(text: &str) -> Result<Self, BadCitation> {
        let bad = || BadCitation(text.chars().take(60).collect());
        let (section, paragraphs) = text.split_once('(').ok_or_else(bad)?;
        let number = section.strip_prefix("164.").ok_or_else(bad)?;
        if number.len() != 3 || !number.bytes().all(|b| b.is_ascii_digit()) {
            return Err(bad());
        }
        let paragraphs = paragraphs.strip_suffix(')').ok_or_else(bad)?;
        let mut levels = 0;
        for (level, paragraph) in paragraphs.split(")(").enumerate() {
            let fits = match level {
                0 => one(paragraph, |b| b.is_ascii_lowercase()),
                1 => !paragraph.is_empty() && paragraph.bytes().all(|b| b.is_ascii_digit()),
                2 => !paragraph.is_empty() && paragraph.bytes().all(|b| b"ivx".contains(&b)),
                3 => one(paragraph, |b| b.is_ascii_uppercase()),
                _ => false,
            };
            if !fits {
                return Err(bad());
            }
            levels += 1;
        }
        if levels == 0 { Err(bad()) } else { Ok(Self(text.to_owned())) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn one(text: &str, fits: impl Fn(u8) -> bool) -> bool {
    matches!(text.as_bytes(), [b] if fits(*b))
}

impl fmt::Display for Citation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
