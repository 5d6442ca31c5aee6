//! 277CA (005010X214): for each claim, whether the receiver took it in.
//!
//! Only category A2 starts a payer's clock; A3, A4, A6, A7 and A8 mean that the claim never entered and must be sent as new.

mod read;
mod write;

use crate::common::{Entity, Procedure, Reference};
use crate::date::{Date, Period, Time};
use serde::{Deserialize, Serialize};

pub use read::read_277ca;

/// The version in use.
pub const VERSION_277CA: &str = "005010X214";

/// One claim acknowledgment: one file of claims answered by one source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimAck {
    /// BHT03.
    pub reference: String,
    /// BHT04.
    pub date: Option<Date>,
    /// BHT05.
    pub time: Time,
    /// NM101 of the source: PR payer, AY clearinghouse.
    pub source_kind: String,
    /// Loop 2100A.
    pub source: Entity,
    /// TRN02 of loop 2200A: the source's trace number.
    pub source_trace: String,
    /// DTP*050.
    pub received: Option<Date>,
    /// DTP*009.
    pub processed: Option<Date>,
    /// Loop 2100B: who sent the claims.
    pub receiver: Entity,
    /// TRN02 of loop 2200B: our BHT03.
    pub batch_reference: String,
    /// STC of loop 2200B.
    pub statuses: Vec<AckStatus>,
    /// QTY and AMT of loop 2200B.
    pub totals: AckTotals,
    /// Loops 2000C.
    pub providers: Vec<AckProvider>,
}

impl ClaimAck {
    /// All claims, whatever the provider.
    pub fn claims(&self) -> impl Iterator<Item = &AckClaim> {
        self.providers.iter().flat_map(|provider| &provider.claims)
    }
}

/// Counts and amounts to reconcile (QTY 90 and AA or QA and QC, AMT YU and YY).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AckTotals {
    /// QTY*90 or QTY*QA.
    pub accepted: Option<u32>,
    /// QTY*AA or QTY*QC.
    pub rejected: Option<u32>,
    /// AMT*YU, in cents.
    pub accepted_cents: Option<i64>,
    /// AMT*YY, in cents.
    pub rejected_cents: Option<i64>,
}

/// A billing provider (loop 2000C).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AckProvider {
    /// NM1*85.
    pub provider: Entity,
    /// TRN02.
    pub trace: Option<String>,
    /// STC.
    pub statuses: Vec<AckStatus>,
    /// REF.
    pub references: Vec<Reference>,
    /// QTY and AMT.
    pub totals: AckTotals,
    /// Loops 2000D.
    pub claims: Vec<AckClaim>,
}

/// A claim (loops 2000D, 2200D).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AckClaim {
    /// NM1*QC.
    pub patient: Entity,
    /// TRN02: our CLM01.
    pub control_number: String,
    /// STC.
    pub statuses: Vec<AckStatus>,
    /// REF*1K.
    pub payer_claim_number: Option<String>,
    /// REF*D9.
    pub clearinghouse_number: Option<String>,
    /// Further REF.
    pub references: Vec<Reference>,
    /// DTP*472.
    pub service: Option<Period>,
    /// Loops 2220D.
    pub lines: Vec<AckLine>,
    /// Which segment of the file is the claim's TRN (reading only).
    pub segment: Option<usize>,
}

impl AckClaim {
    /// Whether the claim went in. Unknown, when no status says so, is not accepted.
    pub fn is_accepted(&self) -> bool {
        !self.statuses.is_empty() && self.statuses.iter().all(|s| s.action == Action::Accept)
    }

    /// Whether the payer itself took the claim for adjudication (A2).
    pub fn is_in_adjudication(&self) -> bool {
        self.is_accepted() && self.statuses.iter().any(|s| s.codes.iter().any(|c| c.category == "A2"))
    }
}

/// A service line with a status of its own (loop 2220D).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AckLine {
    /// SVC01.
    pub procedure: Procedure,
    /// SVC02, in cents.
    pub charge_cents: i64,
    /// STC.
    pub statuses: Vec<AckStatus>,
    /// REF*FJ: our line key.
    pub control_number: Option<String>,
    /// DTP*472.
    pub service: Option<Period>,
}

/// STC03.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// WQ
    Accept,
    /// U, and whatever is not WQ.
    #[default]
    Reject,
}

/// A status (STC).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AckStatus {
    /// STC01, STC10 and STC11.
    pub codes: Vec<StatusCode>,
    /// STC02.
    pub date: Option<Date>,
    /// STC03.
    pub action: Action,
    /// STC04, in cents.
    pub cents: Option<i64>,
    /// STC12.
    pub message: Option<String>,
}

/// Category, status and whom it is about (C043).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusCode {
    /// A0 to A8.
    pub category: String,
    /// Claim status code.
    pub status: String,
    /// Entity: 85, PR, QC, ..
    pub entity: Option<String>,
}
