//! The remittance advice, 835 (005010X221A1): what a payer says it did with claims, and the payment it belongs to.

mod read;
mod write;

use crate::common::{Address, Adjustment, Amount, Contact, Entity, Identifier, Procedure, Reference, Unread};
use crate::date::Date;
use crate::money::Quantity;
use serde::{Deserialize, Serialize};

pub use read::read;
pub(crate) use read::read_set;

/// The adopted version (GS08).
pub const VERSION: &str = "005010X221A1";

/// One 835: one payment, or one notice of none. A file may hold several.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remittance {
    /// ST02 (reading only).
    pub set_control: String,
    /// Which segment of the file is ST (reading only).
    pub segment: Option<usize>,
    /// Which segment of the file is BPR (reading only).
    pub payment_segment: Option<usize>,
    /// BPR01: I remittance with payment, H notice only, C, D, P, U, X.
    pub handling: String,
    /// BPR02, in cents; never negative.
    pub payment_cents: i64,
    /// BPR03: C credit, D debit.
    pub credit_debit: String,
    /// BPR04: ACH, CHK, NON, FWT, BOP.
    pub method: String,
    /// BPR05: CCP or CTX.
    pub format: Option<String>,
    /// BPR06 to BPR09.
    pub from_account: Option<BankAccount>,
    /// BPR10: 1 and the payer's tax id.
    pub originator: Option<String>,
    /// BPR11.
    pub originator_supplement: Option<String>,
    /// BPR12 to BPR15.
    pub to_account: Option<BankAccount>,
    /// BPR16: when the money moves.
    pub date: Option<Date>,
    /// TRN02: check or EFT trace number; the same as in the bank's addenda.
    pub trace: String,
    /// TRN03: 1 and the payer's tax id.
    pub trace_originator: String,
    /// TRN04.
    pub trace_supplement: Option<String>,
    /// CUR02, when not dollars.
    pub currency: Option<String>,
    /// REF*EV: the receiver's id.
    pub receiver: Option<String>,
    /// REF*F2: the payer's software version.
    pub software_version: Option<String>,
    /// DTM*405.
    pub production_date: Option<Date>,
    /// Loop 1000A.
    pub payer: RemitParty,
    /// Loop 1000B.
    pub payee: RemitParty,
    /// Loops 2100.
    pub claims: Vec<RemitClaim>,
    /// PLB: money that belongs to no claim.
    pub provider_adjustments: Vec<ProviderAdjustment>,
    /// Segments without a field here.
    pub unread: Vec<Unread>,
}

/// A bank account (BPR06 to 09, 12 to 15).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankAccount {
    /// 01 (ABA routing number) or 04.
    pub routing_qualifier: String,
    /// The routing number.
    pub routing: String,
    /// DA or SG.
    pub account_qualifier: Option<String>,
    /// The account number.
    pub account: Option<String>,
}

/// Payer or payee (N1, N3, N4, REF, PER).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemitParty {
    /// N102.
    pub name: String,
    /// N103 and N104.
    pub id: Option<Identifier>,
    /// N3 and N4.
    pub address: Option<Address>,
    /// REF: 2U, EO, HI, NF for the payer; TJ, PQ, 0B, D3 for the payee.
    pub references: Vec<Reference>,
    /// PER: BL, CX, IC.
    pub contacts: Vec<Contact>,
}

/// A paid, denied, reversed or forwarded claim (loop 2100).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemitClaim {
    /// CLP01: our CLM01.
    pub control_number: String,
    /// CLP02: 1 primary, 2, 3, 4 denied, 19 to 21 forwarded, 22 reversal, 23, 25.
    pub status: String,
    /// CLP03, in cents.
    pub charge_cents: i64,
    /// CLP04, in cents.
    pub paid_cents: i64,
    /// CLP05, in cents; often missing in a reversal.
    pub patient_cents: Option<i64>,
    /// CLP06.
    pub filing: String,
    /// CLP07: the payer's number, for a later replacement or void.
    pub payer_claim_number: Option<String>,
    /// CLP08.
    pub place_of_service: Option<String>,
    /// CLP09.
    pub frequency: Option<String>,
    /// CLP11.
    pub drg: Option<String>,
    /// LX01 of the loop 2000 around it.
    pub batch: Option<String>,
    /// NM1*QC.
    pub patient: Option<Entity>,
    /// NM1*IL, when not the patient.
    pub subscriber: Option<Entity>,
    /// NM1*74: the name or number as the payer has it.
    pub corrected: Option<Entity>,
    /// NM1*82.
    pub rendering: Option<Entity>,
    /// NM1*TT: the claim was forwarded there; do not bill it again.
    pub crossover: Option<Entity>,
    /// NM1*PR: a payer that should have been billed first.
    pub priority_payer: Option<Entity>,
    /// NM1*GB.
    pub other_subscriber: Option<Entity>,
    /// CAS at the claim.
    pub adjustments: Vec<Adjustment>,
    /// MIA.
    pub inpatient: Option<Inpatient>,
    /// MOA.
    pub outpatient: Option<Outpatient>,
    /// REF.
    pub references: Vec<Reference>,
    /// DTM: 232 and 233 service, 036 expiry, 050 received.
    pub dates: Vec<Dated>,
    /// PER*CX.
    pub contacts: Vec<Contact>,
    /// AMT.
    pub amounts: Vec<Amount>,
    /// QTY.
    pub quantities: Vec<Counted>,
    /// Loops 2110.
    pub lines: Vec<RemitLine>,
    /// Which segment of the file is CLP (reading only).
    pub segment: Option<usize>,
    /// Segments without a field here.
    pub unread: Vec<Unread>,
}

impl RemitClaim {
    /// Whether this takes back an earlier payment (CLP02 = 22).
    pub fn is_reversal(&self) -> bool {
        self.status == "22"
    }

    /// Whether the payer denied the claim as a whole (CLP02 = 4).
    pub fn is_denied(&self) -> bool {
        self.status == "4"
    }

    /// Whether the payer sent the claim on to another one (19, 20, 21, 23).
    pub fn is_forwarded(&self) -> bool {
        matches!(self.status.as_str(), "19" | "20" | "21" | "23")
    }

    /// Remark codes of MIA and MOA, in order.
    pub fn remarks(&self) -> Vec<&str> {
        let inpatient = self.inpatient.iter().flat_map(|mia| &mia.remarks);
        inpatient.chain(self.outpatient.iter().flat_map(|moa| &moa.remarks)).map(String::as_str).collect()
    }
}

/// A qualified date (DTM).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dated {
    /// DTM01.
    pub qualifier: String,
    /// DTM02.
    pub date: Date,
}

/// A qualified quantity (QTY).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// QTY01.
    pub qualifier: String,
    /// QTY02.
    pub quantity: Quantity,
}

/// Inpatient adjudication (MIA).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inpatient {
    /// MIA01: covered days.
    pub days: Option<Quantity>,
    /// The money elements MIA02, 04, 06 to 14, 16 to 19 and 24, by their number, in cents.
    pub amounts: Vec<(u8, i64)>,
    /// MIA03 and MIA15: lifetime psychiatric days, cost report days.
    pub counts: Vec<(u8, Quantity)>,
    /// MIA05, MIA20 to 23.
    pub remarks: Vec<String>,
}

/// Outpatient adjudication (MOA).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outpatient {
    /// MOA01: reimbursement rate, as written.
    pub rate: Option<String>,
    /// MOA02, in cents.
    pub hcpcs_payable_cents: Option<i64>,
    /// MOA03 to MOA07.
    pub remarks: Vec<String>,
    /// MOA08, in cents.
    pub esrd_cents: Option<i64>,
    /// MOA09, in cents.
    pub nonpayable_cents: Option<i64>,
}

/// A service line as paid (loop 2110).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemitLine {
    /// SVC01: what was paid.
    pub procedure: Procedure,
    /// SVC02, in cents.
    pub charge_cents: i64,
    /// SVC03, in cents.
    pub paid_cents: i64,
    /// SVC04: revenue code.
    pub revenue_code: Option<String>,
    /// SVC05: units paid; one when the payer leaves it out.
    pub quantity: Option<Quantity>,
    /// SVC06: what we had sent, when the payer changed it.
    pub submitted: Option<Procedure>,
    /// SVC07: units sent, when they differ.
    pub submitted_quantity: Option<Quantity>,
    /// DTM: 150 and 151, or 472.
    pub dates: Vec<Dated>,
    /// CAS.
    pub adjustments: Vec<Adjustment>,
    /// REF*6R: our line key.
    pub control_number: Option<String>,
    /// Further REF.
    pub references: Vec<Reference>,
    /// AMT: B6 allowed, ..
    pub amounts: Vec<Amount>,
    /// QTY.
    pub quantities: Vec<Counted>,
    /// LQ: code list (HE, RX) and remark code.
    pub remarks: Vec<Identifier>,
    /// Which segment of the file is SVC (reading only).
    pub segment: Option<usize>,
}

impl RemitLine {
    /// The day of service: DTM*472, else DTM*150.
    pub fn service_date(&self) -> Option<Date> {
        let find = |qualifier: &str| self.dates.iter().find(|d| d.qualifier == qualifier).map(|d| d.date);
        find("472").or_else(|| find("150"))
    }
}

/// One adjustment of a PLB segment. Positive lowers the payment, negative raises it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderAdjustment {
    /// PLB01.
    pub provider: String,
    /// PLB02: end of the fiscal year.
    pub fiscal_year_end: Option<Date>,
    /// PLB03-1: WO, FB, L6, 72, CS, ..
    pub reason: String,
    /// PLB03-2: often a claim number or name.
    pub reference: Option<String>,
    /// PLB04, in cents.
    pub cents: i64,
    /// Which segment of the file is PLB (reading only).
    pub segment: Option<usize>,
}
