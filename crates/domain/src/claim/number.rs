//! Claim control numbers: what a payer gives back to us, so it may tell nothing and must be ours alone.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::clock::Entropy;

/// Digits and letters that are not taken for one another (Crockford's base 32).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// CLM01: sixteen random characters, 80 bits. It names no patient and no visit, and the next one cannot be guessed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ControlNumber(String);

/// A text that we did not make as a control number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not one of our claim numbers")]
pub struct BadControlNumber(pub String);

impl ControlNumber {
    /// A new number. The store refuses the same one twice.
    pub fn new(entropy: &dyn Entropy) -> Self {
        let mut random = [0_u8; 10];
        entropy.fill(&mut random);
        let bits = random.iter().fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
        let symbol = |at: u32| {
            let index = usize::try_from(bits >> (at * 5) & 31).unwrap_or(0);
            char::from(ALPHABET.get(index).copied().unwrap_or(b'0'))
        };
        Self((0..16).rev().map(symbol).collect())
    }

    /// Reads a number of ours.
    pub fn parse(text: &str) -> Result<Self, BadControlNumber> {
        let good = text.len() == 16 && text.bytes().all(|b| ALPHABET.contains(&b));
        if good { Ok(Self(text.to_owned())) } else { Err(BadControlNumber(text.chars().take(40).collect())) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The control number of the line at a place, from 0 (REF*6R, at most 30 characters).
    pub fn line(&self, at: usize) -> String {
        format!("{}{:02}", self.0, at + 1)
    }
}

impl TryFrom<String> for ControlNumber {
    type Error = BadControlNumber;
    fn try_from(text: String) -> Result<Self, BadControlNumber> {
        Self::parse(&text)
    }
}

impl From<ControlNumber> for String {
    fn from(number: ControlNumber) -> Self {
        number.0
    }
}

impl fmt::Display for ControlNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Bytes(u8);
    impl Entropy for Bytes {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    #[test]
    fn every_bit_of_the_randomness_counts() {
        assert_eq!(ControlNumber::new(&Bytes(0)).as_str(), "0000000000000000");
        assert_eq!(ControlNumber::new(&Bytes(255)).as_str(), "ZZZZZZZZZZZZZZZZ");
        let number = ControlNumber::new(&Bytes(0b1010_0101));
        assert_eq!(number.as_str(), "MPJTB9D5MPJTB9D5");
        assert_eq!(ControlNumber::parse(number.as_str()), Ok(number.clone()));
        assert_eq!(number.line(0), "MPJTB9D5MPJTB9D501");
    }

    #[test]
    fn refuses_what_we_did_not_make() {
        for bad in ["", "1234", "MPJTB9D5MPJTB9DI", "mpjtb9d5mpjtb9d5", "MPJTB9D5MPJTB9D501"] {
            assert!(ControlNumber::parse(bad).is_err(), "{bad}");
        }
    }
}
