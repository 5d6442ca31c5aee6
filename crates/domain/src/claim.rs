//! Claims: what we ask a payer to pay, frozen as it was when it was built.
//!
//! A claim holds copies of everything that it says. A new member number or address changes later claims and never an old one.

mod ack;
mod file;
mod number;
mod scrub;
mod sender;
mod state;

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use ack::{AckMeaning, batch_repeats, envelope_repeats, file_repeats, read_ack, refusal};
pub use file::{BatchContext, FileError, envelope, to_837p};
pub use number::{BadControlNumber, ControlNumber};
pub use scrub::{FixAt, Rule, ScrubFault, Severity, is_ready, scrub};
pub use sender::{Envelopes, NotTheirs};
pub use state::{ClaimState, ClaimStep, ClaimStepRefused, next};

use crate::access::names;
use crate::cents::{Cents, CentsError};
use crate::charge::{Diagnosis, Modifier, Procedure};
use crate::coverage::Coverage;
use crate::id::{AccountId, ChargeId, ClaimId, PatientId, VisitId};
use crate::name::PersonName;
use crate::npi::Npi;
use crate::patient::{Patient, Sex};
use crate::payer::Payer;
use crate::place::{Address, Location, PlaceOfService, Practice, Provider};
use crate::visit::Visit;

names! {
    /// What a claim is to the payer. The stored name is the X12 code (CLM05-3).
    Frequency {
        /// The first of its kind.
        Original = "1", "Original";
        /// Stands in the place of one that the payer has.
        Replacement = "7", "Replacement";
        /// Takes one back that the payer has.
        Void = "8", "Void";
    }
}

/// The patient as the claim says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimPatient {
    /// Whose claim it is.
    pub id: PatientId,
    /// Name.
    pub name: PersonName,
    /// Date of birth.
    pub birth_date: Date,
    /// Administrative sex.
    pub sex: Sex,
    /// Address.
    pub address: Option<Address>,
    /// Date of death, when known.
    pub died_on: Option<Date>,
}

/// Where the service was, as the claim says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimPlace {
    /// Name.
    pub name: String,
    /// Address.
    pub address: Address,
    /// CLM05-1.
    pub place_of_service: PlaceOfService,
    /// Its NPI, when it has its own.
    pub npi: Option<Npi>,
}

/// One line of a claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimLine {
    /// The charge it came from.
    pub charge: ChargeId,
    /// REF*6R: comes back in the 835 and tells two equal lines apart.
    pub control_number: String,
    /// What was done.
    pub code: Procedure,
    /// At most four.
    pub modifiers: Vec<Modifier>,
    /// How many.
    pub units: u32,
    /// Units times price.
    pub amount: Cents,
    /// Which diagnoses, counted from 1.
    pub pointers: Vec<u8>,
}

/// Somebody keeps a claim from leaving.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Why, in the person's own words.
    pub reason: String,
    /// Who.
    pub by: AccountId,
}

/// A claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Its id.
    pub id: ClaimId,
    /// CLM01: comes back in the 277CA and the 835. Each version of a claim has its own.
    pub control_number: ControlNumber,
    /// The visit it bills.
    pub visit: VisitId,
    /// Which signed version of the visit's charges.
    pub visit_version: u32,
    /// Original, replacement or void.
    pub frequency: Frequency,
    /// The claim that this one replaces or voids.
    pub replaces: Option<ClaimId>,
    /// REF*F8: the payer's number of the claim that this one replaces or voids.
    pub original_payer_number: Option<String>,
    /// The payer's number of this claim, once the payer has told it.
    pub payer_number: Option<String>,
    /// The payer.
    pub payer: Payer,
    /// The coverage.
    pub coverage: Coverage,
    /// The patient.
    pub patient: ClaimPatient,
    /// Who bills.
    pub billing: Practice,
    /// Who rendered the services.
    pub rendering: Provider,
    /// Where.
    pub place: ClaimPlace,
    /// The local date at the location.
    pub date_of_service: Date,
    /// In order.
    pub diagnoses: Vec<Diagnosis>,
    /// The lines.
    pub lines: Vec<ClaimLine>,
    /// The sum of the lines (CLM02).
    pub total: Cents,
    /// Where it stands.
    pub state: ClaimState,
    /// Kept from leaving by a person. The scrubber blocks it until the hold ends.
    #[serde(default)]
    pub hold: Option<Hold>,
}

/// What a claim is built from, as it stands now.
#[derive(Clone, Copy, Debug)]
pub struct ClaimSource<'a> {
    /// Signed.
    pub visit: &'a Visit,
    /// The visit's patient.
    pub patient: &'a Patient,
    /// Of that patient, chosen as of the date of service.
    pub coverage: &'a Coverage,
    /// The coverage's payer.
    pub payer: &'a Payer,
    /// Who bills.
    pub practice: &'a Practice,
    /// The visit's provider.
    pub provider: &'a Provider,
    /// The visit's location.
    pub location: &'a Location,
}

/// Why a claim cannot be built or replaced.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimError {
    /// The charges are not signed.
    #[error("the charges of this visit are not signed: a clinician signs them before they are billed")]
    NotSigned,
    /// A record belongs to somebody or something else.
    #[error("the {0} is not the visit's: nothing was built")]
    NotTheVisits(&'static str),
    /// A replacement or void needs the number that the payer gave the claim.
    #[error("the payer has not told its number for claim `{0}` yet: it is needed to replace or void it")]
    NoPayerNumber(String),
    /// A replacement or void goes to the payer that has the claim.
    #[error("claim `{0}` went to another payer")]
    OtherPayer(String),
    /// The sum does not fit.
    #[error(transparent)]
    Amount(#[from] CentsError),
}

impl Claim {
    /// Builds an original claim from a signed visit. `control_number` is new.
    pub fn build(source: ClaimSource<'_>, id: ClaimId, control_number: ControlNumber) -> Result<Self, ClaimError> {
        let ClaimSource { visit, patient, coverage, payer, practice, provider, location } = source;
        if visit.signed.is_none() {
            return Err(ClaimError::NotSigned);
        }
        for (what, same) in [
            ("patient", patient.id == visit.patient),
            ("coverage", coverage.patient == visit.patient),
            ("payer", payer.id == coverage.payer),
            ("provider", provider.id == visit.provider),
            ("location", location.id == visit.location),
        ] {
            if !same {
                return Err(ClaimError::NotTheVisits(what));
            }
        }
        Ok(Self {
            lines: lines(visit, &control_number)?,
            total: visit.total()?,
            id,
            control_number,
            visit: visit.id.clone(),
            visit_version: visit.version,
            frequency: Frequency::Original,
            replaces: None,
            original_payer_number: None,
            payer_number: None,
            payer: payer.on_claim(),
            coverage: coverage.clone(),
            patient: ClaimPatient::of(patient),
            billing: practice.clone(),
            rendering: provider.clone(),
            place: ClaimPlace::of(location),
            date_of_service: visit.date_of_service,
            diagnoses: visit.diagnoses.clone(),
            state: ClaimState::Built,
            hold: None,
        })
    }

    /// Makes this newly built claim the replacement of one that the payer has (frequency 7).
    pub fn replacing(mut self, old: &Self) -> Result<Self, ClaimError> {
        self.refer_to(old, Frequency::Replacement)?;
        Ok(self)
    }

    /// The claim that takes this one back (frequency 8): the same content under a new number.
    pub fn voided_by(&self, id: ClaimId, control_number: ControlNumber) -> Result<Self, ClaimError> {
        let mut void = self.clone();
        for (at, line) in void.lines.iter_mut().enumerate() {
            line.control_number = control_number.line(at);
        }
        (void.id, void.control_number, void.state, void.payer_number) = (id, control_number, ClaimState::Built, None);
        void.hold = None;
        void.refer_to(self, Frequency::Void)?;
        Ok(void)
    }

    fn refer_to(&mut self, old: &Self, frequency: Frequency) -> Result<(), ClaimError> {
        if old.payer.id != self.payer.id {
            return Err(ClaimError::OtherPayer(old.control_number.to_string()));
        }
        let number = old.payer_number.clone();
        let number = number.ok_or_else(|| ClaimError::NoPayerNumber(old.control_number.to_string()))?;
        self.frequency = frequency;
        self.replaces = Some(old.id.clone());
        self.original_payer_number = Some(number);
        Ok(())
    }

    /// Takes a step to the next state.
    pub fn step(&mut self, step: ClaimStep) -> Result<(), ClaimStepRefused> {
        self.state = next(self.state, step)?;
        Ok(())
    }

    /// The last day on which the payer takes the claim.
    pub fn file_by(&self) -> Date {
        let days = jiff::Span::new().days(i64::from(self.payer.timely_filing_days));
        self.date_of_service.checked_add(days).unwrap_or(Date::MAX)
    }
}

impl ClaimPatient {
    fn of(patient: &Patient) -> Self {
        Self {
            id: patient.id.clone(),
            name: patient.name.clone(),
            birth_date: patient.birth_date,
            sex: patient.sex,
            address: patient.address.clone(),
            died_on: patient.died_on,
        }
    }
}

impl ClaimPlace {
    fn of(location: &Location) -> Self {
        Self {
            name: location.name.clone(),
            address: location.address.clone(),
            place_of_service: location.place_of_service.clone(),
            npi: location.npi.clone(),
        }
    }
}

fn lines(visit: &Visit, number: &ControlNumber) -> Result<Vec<ClaimLine>, CentsError> {
    let line = |(at, charge): (usize, &crate::charge::Charge)| {
        Ok(ClaimLine {
            charge: charge.id.clone(),
            control_number: number.line(at),
            code: charge.code.clone(),
            modifiers: charge.modifiers.clone(),
            units: charge.units,
            amount: charge.amount()?,
            pointers: charge.pointers.clone(),
        })
    };
    visit.charges.iter().enumerate().map(line).collect()
}

#[cfg(test)]
mod tests;
