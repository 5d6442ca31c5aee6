//! The professional claim, 837P (005010X222A1): plain structures, a writer and a reader.
//!
//! Loops are named where a field comes from; nobody needs to know HL segments to use them.

mod check;
mod read;
mod write;

use crate::common::{
    Address, Adjustment, Amount, Contact, Entity, Identifier, Name, Person, Procedure, Reference, Sex, Unread,
};
use crate::date::{Date, Period, Time};
use crate::money::Quantity;
use serde::{Deserialize, Serialize};

pub use read::read;

/// The adopted version (GS08, ST03).
pub const VERSION: &str = "005010X222A1";

/// Claims of one billing provider, sent as one transaction set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// BHT03: our own number for the batch, at most 50 characters.
    pub reference: String,
    /// BHT04.
    pub date: Option<Date>,
    /// BHT05.
    pub time: Time,
    /// BHT02: true when the same batch is sent again (18).
    pub reissue: bool,
    /// Loop 1000A.
    pub submitter: Submitter,
    /// Loop 1000B.
    pub receiver: Entity,
    /// Loop 2000A.
    pub billing: BillingProvider,
    /// Loops 2300.
    pub claims: Vec<Claim837P>,
    /// Segments without a field here (reading only).
    pub unread: Vec<Unread>,
}

/// Who sends the file (loop 1000A).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submitter {
    /// NM1*41.
    pub name: Name,
    /// NM109, qualifier 46.
    pub id: String,
    /// PER, one or two.
    pub contacts: Vec<Contact>,
}

/// Who bills (loops 2000A, 2010AA, 2010AB).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillingProvider {
    /// NM1*85.
    pub name: Name,
    /// NM109, qualifier XX. Empty for an atypical provider, which has [`BillingProvider::references`] instead.
    pub npi: String,
    /// PRV*BI*PXC.
    pub taxonomy: Option<String>,
    /// N3 and N4: a street, not a post office box; a nine-digit ZIP code.
    pub address: Address,
    /// REF*EI (employer) or REF*SY (social security).
    pub tax_id: Identifier,
    /// Further REF: 0B, 1G, G2, LU.
    pub references: Vec<Reference>,
    /// PER*IC.
    pub contacts: Vec<Contact>,
    /// Loop 2010AB, when payments go elsewhere.
    pub pay_to: Option<Address>,
}

/// Which claim this is to the payer (CLM05-3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Frequency {
    /// 1
    #[default]
    Original,
    /// 7: replaces the claim named in [`Claim837P::payer_claim_number`].
    Replacement,
    /// 8: takes back the claim named in [`Claim837P::payer_claim_number`].
    Void,
}

impl Frequency {
    /// The code of CLM05-3.
    pub fn code(self) -> &'static str {
        match self {
            Self::Original => "1",
            Self::Replacement => "7",
            Self::Void => "8",
        }
    }
}

/// Where the payer stands in the order of payers (SBR01).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PayerOrder {
    /// P
    #[default]
    #[serde(rename = "P")]
    Primary,
    /// S
    #[serde(rename = "S")]
    Secondary,
    /// T
    #[serde(rename = "T")]
    Tertiary,
    /// A to H, or U for unknown.
    #[serde(untagged)]
    Later(String),
}

impl PayerOrder {
    /// The code of SBR01.
    pub fn code(&self) -> &str {
        match self {
            Self::Primary => "P",
            Self::Secondary => "S",
            Self::Tertiary => "T",
            Self::Later(code) => code,
        }
    }

    /// Reads SBR01.
    pub fn from_code(code: &str) -> Self {
        match code {
            "P" => Self::Primary,
            "S" => Self::Secondary,
            "T" => Self::Tertiary,
            other => Self::Later(other.to_owned()),
        }
    }
}

/// The holder of the policy (loops 2000B, 2010BA).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscriber {
    /// SBR01.
    pub order: PayerOrder,
    /// SBR03: the group or policy number.
    pub group_number: Option<String>,
    /// SBR04: the plan's name, only without a group number.
    pub group_name: Option<String>,
    /// SBR05: why Medicare is secondary.
    pub medicare_secondary: Option<String>,
    /// SBR09: what kind of plan (12 PPO, CI commercial, MB Medicare B, MC Medicaid, ..).
    pub filing: Option<String>,
    /// NM1*IL.
    pub name: Name,
    /// NM109, qualifier MI.
    pub member_id: String,
    /// N3 and N4; required when the subscriber is the patient.
    pub address: Option<Address>,
    /// DMG02; required when the subscriber is the patient.
    pub birth_date: Option<Date>,
    /// DMG03.
    pub sex: Sex,
    /// REF*SY and REF*Y4.
    pub references: Vec<Reference>,
}

/// A patient who is not the subscriber and has no member id of his own (loops 2000C, 2010CA).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dependent {
    /// PAT01: 01 spouse, 19 child, 20 employee, 21 unknown, 39, 40, 53 life partner, G8 other.
    pub relationship: String,
    /// NM1*QC.
    pub name: Person,
    /// N3 and N4.
    pub address: Option<Address>,
    /// DMG02.
    pub birth_date: Option<Date>,
    /// DMG03.
    pub sex: Sex,
    /// REF.
    pub references: Vec<Reference>,
}

/// Who is asked to pay (loop 2010BB).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payer {
    /// NM103.
    pub name: String,
    /// NM108 (PI or XV) and NM109.
    pub id: Identifier,
    /// N3 and N4.
    pub address: Option<Address>,
    /// REF: 2U, FY, NF, G2, LU.
    pub references: Vec<Reference>,
}

/// CLM07.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Assignment {
    /// A: accepts assignment.
    #[default]
    #[serde(rename = "A")]
    Assigned,
    /// B: for clinical laboratory services only.
    #[serde(rename = "B")]
    LaboratoryOnly,
    /// C: not assigned.
    #[serde(rename = "C")]
    NotAssigned,
}

impl Assignment {
    /// The code of CLM07.
    pub fn code(self) -> &'static str {
        match self {
            Self::Assigned => "A",
            Self::LaboratoryOnly => "B",
            Self::NotAssigned => "C",
        }
    }
}

/// CLM08.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Benefits {
    /// Y: the payer pays the provider.
    #[default]
    #[serde(rename = "Y")]
    Assigned,
    /// N
    #[serde(rename = "N")]
    NotAssigned,
    /// W: does not apply.
    #[serde(rename = "W")]
    NotApplicable,
}

impl Benefits {
    /// The code of CLM08.
    pub fn code(self) -> &'static str {
        match self {
            Self::Assigned => "Y",
            Self::NotAssigned => "N",
            Self::NotApplicable => "W",
        }
    }
}

/// CLM09.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Release {
    /// Y: a signed statement is on file.
    #[default]
    #[serde(rename = "Y")]
    Signed,
    /// I: informed consent where the law asks for no signature.
    #[serde(rename = "I")]
    Informed,
}

impl Release {
    /// The code of CLM09.
    pub fn code(self) -> &'static str {
        match self {
            Self::Signed => "Y",
            Self::Informed => "I",
        }
    }
}

/// An accident behind a claim (CLM11).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accident {
    /// CLM11-1 to -3: AA car, EM work, OA other.
    pub causes: Vec<String>,
    /// CLM11-4.
    pub state: Option<String>,
    /// CLM11-5.
    pub country: Option<String>,
    /// DTP*439.
    pub date: Option<Date>,
}

/// A diagnosis (HI). The first of a claim is the principal one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// ICD-10-CM without its dot.
    pub code: String,
    /// False for the old code set (BK, BF), which only reading meets.
    pub icd10: bool,
}

impl Diagnosis {
    /// An ICD-10-CM code; a dot is taken out.
    pub fn icd10(code: &str) -> Self {
        Self { code: code.replace('.', ""), icd10: true }
    }
}

/// A provider or a place named by a claim or a line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provider {
    /// NM103 to NM107.
    pub name: Name,
    /// NM109, qualifier XX.
    pub npi: Option<String>,
    /// PRV*PE*PXC.
    pub taxonomy: Option<String>,
    /// N3 and N4.
    pub address: Option<Address>,
    /// REF: 0B, 1G, G2, LU.
    pub references: Vec<Reference>,
}

/// A dated event of the claim or line (DTP), other than the date of service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// DTP01: 431 onset, 454 initial treatment, 304 last seen, 484 last period, 435 admitted, 096 discharged, 573 adjudicated, ..
    pub qualifier: String,
    /// DTP03.
    pub period: Period,
}

/// A pointer to an attachment (PWK).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// PWK01.
    pub kind: String,
    /// PWK02: EL, FX, BM, EM, FT, AA.
    pub transmission: String,
    /// PWK06, qualifier AC.
    pub control_number: Option<String>,
}

/// A note (NTE).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// NTE01: ADD, CER, DCP, DGN, TPO.
    pub qualifier: String,
    /// NTE02, at most 80 characters.
    pub text: String,
}

/// One claim with the people and the payer that it is about (loops 2000B to 2400).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim837P {
    /// The policy holder.
    pub subscriber: Subscriber,
    /// The patient, when he is not the subscriber.
    pub patient: Option<Dependent>,
    /// The payer this claim goes to.
    pub payer: Payer,
    /// CLM01: our unique key, at most 20 characters; it comes back in 277CA and 835.
    pub control_number: String,
    /// CLM02, in cents; the sum of the lines.
    pub charge_cents: i64,
    /// CLM05-1: place of service.
    pub place_of_service: String,
    /// CLM05-3.
    pub frequency: Frequency,
    /// REF*F8; required with a replacement or void.
    pub payer_claim_number: Option<String>,
    /// CLM06.
    pub provider_signature: bool,
    /// CLM07.
    pub assignment: Assignment,
    /// CLM08.
    pub benefits: Benefits,
    /// CLM09.
    pub release: Release,
    /// CLM10 = P: the provider signed for the patient.
    pub signed_by_provider: bool,
    /// CLM11.
    pub accident: Option<Accident>,
    /// CLM20.
    pub delay_reason: Option<String>,
    /// DTP.
    pub events: Vec<Event>,
    /// PWK.
    pub attachments: Vec<Attachment>,
    /// AMT*F5: what the patient has paid, in cents.
    pub patient_paid_cents: Option<i64>,
    /// REF*G1.
    pub prior_authorization: Option<String>,
    /// REF*9F.
    pub referral: Option<String>,
    /// REF*D9.
    pub clearinghouse_number: Option<String>,
    /// Further REF: X4 CLIA, EW, EA, P4, 1J, 4N, ..
    pub references: Vec<Reference>,
    /// NTE.
    pub note: Option<Note>,
    /// HI with ABK and ABF, at most 12.
    pub diagnoses: Vec<Diagnosis>,
    /// Loop 2310A: DN.
    pub referring: Option<Provider>,
    /// Loop 2310B: 82; left out when it is the billing provider.
    pub rendering: Option<Provider>,
    /// Loop 2310C: 77; left out when it is the billing address.
    pub facility: Option<Provider>,
    /// Loop 2310D: DQ.
    pub supervising: Option<Provider>,
    /// Loops 2320: payers that have already answered, or come later.
    pub other_payers: Vec<OtherPayer>,
    /// Loops 2400, 1 to 50.
    pub lines: Vec<ServiceLine>,
    /// Which segment of the file held CLM (reading only).
    pub segment: Option<usize>,
}

impl Claim837P {
    /// The patient's name: the dependent's, or the subscriber's.
    pub fn patient_name(&self) -> Name {
        self.patient.as_ref().map_or_else(|| self.subscriber.name.clone(), |patient| Name::Person(patient.name.clone()))
    }
}

/// Another payer of the same claim (loops 2320, 2330A, 2330B).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherPayer {
    /// SBR01.
    pub order: PayerOrder,
    /// SBR02: how the patient stands to the holder; 18 self.
    pub relationship: String,
    /// SBR03.
    pub group_number: Option<String>,
    /// SBR04.
    pub group_name: Option<String>,
    /// SBR05.
    pub medicare_secondary: Option<String>,
    /// SBR09.
    pub filing: Option<String>,
    /// CAS at the claim.
    pub adjustments: Vec<Adjustment>,
    /// AMT*D in cents; 0 is an answer.
    pub paid_cents: Option<i64>,
    /// Further AMT: A8 not covered, EAF left to the patient.
    pub amounts: Vec<Amount>,
    /// OI03.
    pub benefits: Benefits,
    /// OI06.
    pub release: Release,
    /// Loop 2330A.
    pub subscriber: Entity,
    /// Loop 2330A N3 and N4.
    pub subscriber_address: Option<Address>,
    /// Loop 2330B.
    pub payer: Entity,
    /// Loop 2330B DTP*573.
    pub adjudicated: Option<Date>,
    /// Loop 2330B REF*F8: that payer's claim number.
    pub claim_number: Option<String>,
    /// Loop 2330B, other REF.
    pub references: Vec<Reference>,
}

/// A drug behind a line (loop 2410).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drug {
    /// LIN03: the NDC, 11 digits.
    pub ndc: String,
    /// CTP04.
    pub quantity: Quantity,
    /// CTP05-1: F2, GR, ME, ML, UN.
    pub unit: String,
}

/// What an earlier payer decided on a line (loop 2430).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adjudication {
    /// SVD01: NM109 of that payer.
    pub payer_id: String,
    /// SVD02, in cents.
    pub paid_cents: i64,
    /// SVD03.
    pub procedure: Procedure,
    /// SVD05.
    pub quantity: Quantity,
    /// SVD06: the line it was bundled into.
    pub bundled_line: Option<String>,
    /// CAS.
    pub adjustments: Vec<Adjustment>,
    /// DTP*573.
    pub date: Option<Date>,
    /// AMT*EAF, in cents.
    pub patient_owes_cents: Option<i64>,
}

/// A service line (loop 2400).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceLine {
    /// SV101.
    pub procedure: Procedure,
    /// SV102, in cents.
    pub charge_cents: i64,
    /// SV103: UN units or MJ minutes.
    pub unit: String,
    /// SV104.
    pub quantity: Quantity,
    /// SV105, only when it differs from the claim's.
    pub place_of_service: Option<String>,
    /// SV107: 1 to 4 places in [`Claim837P::diagnoses`], from 1.
    pub pointers: Vec<u8>,
    /// SV109.
    pub emergency: bool,
    /// DTP*472.
    pub service: Option<Period>,
    /// Other DTP.
    pub events: Vec<Event>,
    /// REF*6R: our unique key for the line, at most 30 characters; it comes back in the 835.
    pub control_number: Option<String>,
    /// REF*G1.
    pub prior_authorization: Option<String>,
    /// Further REF.
    pub references: Vec<Reference>,
    /// AMT*T, in cents.
    pub tax_cents: Option<i64>,
    /// NTE.
    pub note: Option<Note>,
    /// Loop 2410.
    pub drug: Option<Drug>,
    /// Loop 2420A: 82, only when it differs from the claim's.
    pub rendering: Option<Provider>,
    /// Loop 2420E: DK.
    pub ordering: Option<Provider>,
    /// Loops 2430.
    pub adjudications: Vec<Adjudication>,
}
