//! What happened in a visit: diagnoses and charges, and the signature that locks them.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::access::names;
use crate::cents::{Cents, CentsError};
use crate::charge::{Charge, ChargeDraft, ChargesDraft, Diagnosis};
use crate::clock::Instant;
use crate::id::{AccountId, AppointmentId, ChargeId, LocationId, PatientId, ProviderId, VisitId};
use crate::schedule::{Appointment, Status};

names! {
    /// Where a visit stands on the way to a claim.
    Stage {
        /// Nothing is recorded yet.
        Empty = "empty", "No charges";
        /// Recorded, not signed.
        Draft = "draft", "To sign";
        /// Signed, and no claim yet.
        Signed = "signed", "To bill";
        /// A claim was made.
        Billed = "billed", "Billed";
        /// No coverage that day: the patient pays.
        SelfPay = "self_pay", "Patient pays";
    }
}

impl Stage {
    /// Where the charges alone put it.
    pub fn of(visit: &Visit) -> Self {
        if visit.signed.is_some() {
            Self::Signed
        } else if visit.charges.is_empty() {
            Self::Empty
        } else {
            Self::Draft
        }
    }
}

/// Who signed the charges, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Who.
    pub by: AccountId,
    /// When.
    pub at: Instant,
}

/// A visit and its charges. Signing locks the version; a change after it starts the next one, unsigned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// Its id.
    pub id: VisitId,
    /// The appointment it came from; `None` when it was entered without one.
    pub appointment: Option<AppointmentId>,
    /// Who was seen.
    pub patient: PatientId,
    /// By whom.
    pub provider: ProviderId,
    /// Where.
    pub location: LocationId,
    /// The local date at the location.
    pub date_of_service: Date,
    /// In order, unique, at most twelve.
    pub diagnoses: Vec<Diagnosis>,
    /// The lines.
    pub charges: Vec<Charge>,
    /// Version of the charges, from 1.
    pub version: u32,
    /// The signature on this version.
    pub signed: Option<Signature>,
}

/// Why charges cannot be changed or signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VisitError {
    /// Signed charges are changed by starting a new version.
    #[error("these charges are signed: start a correction to change them")]
    Signed,
    /// There is nothing to correct yet.
    #[error("these charges are not signed yet: change them as they are")]
    NotSigned,
    /// No line.
    #[error("there is no charge to sign: add a line, or cancel the visit")]
    Empty,
    /// No diagnosis.
    #[error("there is no diagnosis: a claim needs at least one")]
    NoDiagnosis,
    /// A line points at no diagnosis that is there.
    #[error("line {0} points at a diagnosis that is not there")]
    Pointer(usize),
    /// The sum does not fit.
    #[error(transparent)]
    Amount(#[from] CentsError),
}

impl Visit {
    /// Whether an appointment at this status has come so far that charges may be recorded.
    pub const fn may_follow(status: Status) -> bool {
        matches!(status, Status::Roomed | Status::Seen | Status::CheckedOut)
    }

    /// The visit of an appointment, with no charges yet. The date of service is the appointment's local date.
    pub fn of(appointment: &Appointment, id: VisitId) -> Self {
        Self {
            id,
            appointment: Some(appointment.id.clone()),
            patient: appointment.patient.clone(),
            provider: appointment.provider.clone(),
            location: appointment.location.clone(),
            date_of_service: appointment.date(),
            diagnoses: Vec::new(),
            charges: Vec::new(),
            version: 1,
            signed: None,
        }
    }

    /// Replaces diagnoses and lines; `new_id` gives each line its id. Refused once signed.
    pub fn record(&mut self, draft: ChargesDraft, mut new_id: impl FnMut() -> ChargeId) -> Result<(), VisitError> {
        if self.signed.is_some() {
            return Err(VisitError::Signed);
        }
        self.diagnoses = draft.diagnoses;
        self.charges = draft.lines.into_iter().map(|line: ChargeDraft| line.into_charge(new_id())).collect();
        Ok(())
    }

    /// Signs and so locks this version.
    pub fn sign(&mut self, by: AccountId, at: Instant) -> Result<(), VisitError> {
        if self.signed.is_some() {
            return Err(VisitError::Signed);
        }
        if self.charges.is_empty() {
            return Err(VisitError::Empty);
        }
        if self.diagnoses.is_empty() {
            return Err(VisitError::NoDiagnosis);
        }
        let missing = |p: &u8| *p == 0 || usize::from(*p) > self.diagnoses.len();
        let dangling = self.charges.iter().position(|c| c.pointers.is_empty() || c.pointers.iter().any(missing));
        if let Some(at) = dangling {
            return Err(VisitError::Pointer(at + 1));
        }
        self.total()?;
        self.signed = Some(Signature { by, at });
        Ok(())
    }

    /// Starts the next version, unsigned, to correct signed charges. The signed version stays in the history.
    pub fn correct(&mut self) -> Result<(), VisitError> {
        if self.signed.take().is_none() {
            return Err(VisitError::NotSigned);
        }
        self.version = self.version.saturating_add(1);
        Ok(())
    }

    /// The sum of the lines.
    pub fn total(&self) -> Result<Cents, CentsError> {
        self.charges.iter().try_fold(Cents::ZERO, |sum, charge| sum.checked_add(charge.amount()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charge::{ChargeForm, ChargesForm};

    const ID: &str = "01890000-0000-7000-8000-000000000001";

    fn visit() -> Visit {
        Visit {
            id: VisitId::parse(ID).unwrap(),
            appointment: AppointmentId::parse(ID).ok(),
            patient: PatientId::parse(ID).unwrap(),
            provider: ProviderId::parse(ID).unwrap(),
            location: LocationId::parse(ID).unwrap(),
            date_of_service: jiff::civil::date(2026, 3, 2),
            diagnoses: Vec::new(),
            charges: Vec::new(),
            version: 1,
            signed: None,
        }
    }

    fn draft() -> ChargesDraft {
        let line = ChargeForm { code: "LV010".into(), price: "80".into(), units: "2".into(), ..ChargeForm::default() };
        ChargesForm { diagnoses: vec!["I10".into()], lines: vec![line] }.read().unwrap()
    }

    #[test]
    fn signing_locks_and_a_correction_is_a_new_version() {
        let (by, at) = (AccountId::parse(ID).unwrap(), Instant::from_micros(1));
        let new_id = || ChargeId::parse(ID).unwrap();
        let mut visit = visit();
        assert_eq!(visit.sign(by.clone(), at), Err(VisitError::Empty));
        assert_eq!(visit.correct(), Err(VisitError::NotSigned));
        visit.record(draft(), new_id).unwrap();
        assert_eq!(visit.total(), Ok(Cents::new(16_000)));
        visit.sign(by.clone(), at).unwrap();
        assert_eq!(visit.record(draft(), new_id), Err(VisitError::Signed));
        assert_eq!(visit.sign(by.clone(), at), Err(VisitError::Signed));
        visit.correct().unwrap();
        assert_eq!((visit.version, visit.signed.is_none()), (2, true));
        visit.diagnoses.clear();
        assert_eq!(visit.sign(by.clone(), at), Err(VisitError::NoDiagnosis));
        visit.diagnoses = draft().diagnoses;
        visit.charges[0].pointers = vec![2];
        assert_eq!(visit.sign(by, at), Err(VisitError::Pointer(1)));
    }
}
