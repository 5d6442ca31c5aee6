//! Answers to what we send: [`Ta1`] for the envelope, [`Ack999`] for the guide, [`ClaimAck`] (277CA) for each claim.

mod ack999;
mod claim_ack;
mod ta1;

pub use ack999::{Ack999, ElementNote, SegmentNote, SetResponse, VERSION_999, read_999};
pub use claim_ack::{
    AckClaim, AckLine, AckProvider, AckStatus, AckTotals, Action, ClaimAck, StatusCode, VERSION_277CA, read_277ca,
};
pub use ta1::{Ta1, read_ta1};

use serde::{Deserialize, Serialize};

/// Verdict on an envelope, a set or a group (TA104, IK501, AK901).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// A
    #[default]
    Accepted,
    /// E: accepted, errors noted.
    AcceptedWithErrors,
    /// P: a group of which some sets were accepted.
    Partial,
    /// R, and M, W, X of the security kinds.
    Rejected,
}

impl Verdict {
    /// The letter.
    pub fn code(self) -> &'static str {
        match self {
            Self::Accepted => "A",
            Self::AcceptedWithErrors => "E",
            Self::Partial => "P",
            Self::Rejected => "R",
        }
    }

    /// Reads the letter; what is not known counts as rejected, since it is certainly not an acceptance.
    pub fn from_code(code: &[u8]) -> Self {
        match code {
            b"A" => Self::Accepted,
            b"E" => Self::AcceptedWithErrors,
            b"P" => Self::Partial,
            _ => Self::Rejected,
        }
    }

    /// Whether the receiver goes on with it.
    pub fn is_accepted(self) -> bool {
        matches!(self, Self::Accepted | Self::AcceptedWithErrors)
    }
}
