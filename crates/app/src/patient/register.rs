//! Register a patient with a coverage, or change one.

use domain::access::Action;
use domain::audit::Act;
use domain::coverage::CoverageForm;
use domain::form::FieldFault;
use domain::id::{CoverageId, PatientId};
use domain::patient::{Identity, POSSIBLE, Patient, PatientForm, alike};
use domain::payer::Payer;
use jiff::civil::Date;
use store::Disclosed;

use super::find::FoundPatient;
use crate::access::Resource;
use crate::{App, Cx, Error, Result, stamp};

/// What registering came to.
pub enum Registered {
    /// The new patient.
    New(PatientId),
    /// People who may be the same: the desk looks, and registers again with `sure`.
    PerhapsKnown(Disclosed<Vec<FoundPatient>>),
}

impl App {
    /// Registers a patient. `today` is the practice's date; `sure` says that the desk has seen the people alike.
    pub fn register_patient(
        &self,
        cx: &Cx,
        form: &PatientForm,
        coverage: &CoverageForm,
        sure: bool,
        today: Date,
    ) -> Result<Registered> {
        let _ = self.authorize(cx, Action::PatientEdit, Resource::Practice)?;
        let payers = self.payers()?;
        let patient = form.read(today);
        let cover = if coverage.is_blank() { Ok(None) } else { coverage.read(&payers, today).map(Some) };
        let (draft, cover) = both(patient, cover)?;
        if !sure {
            let alike = self.patients_alike(cx, &draft.identity())?;
            if !alike.is_empty() {
                return Ok(Registered::PerhapsKnown(alike));
            }
        }
        let (now, id) = (self.clock.now(), PatientId::new(self.clock.now(), &*self.entropy));
        let cover = cover.map(|c| c.into_coverage(CoverageId::new(now, &*self.entropy), id.clone()));
        let (patient_id, stamp, event) = (id.clone(), stamp(cx, "registered"), self.event(cx, Act::PatientRegistered));
        self.change(
            cx,
            Action::PatientEdit,
            |_| Ok(Resource::Practice),
            move |tx, grant| {
                let mrn = format!("P-{}", 1000 + store::directory::next_number(tx, "mrn")?);
                let patient = draft.clone().into_patient(patient_id.clone(), mrn);
                store::patient::register(tx, grant, &patient, false, &stamp)?;
                if let Some(cover) = &cover {
                    store::coverage::add(tx, grant, cover, &stamp)?;
                }
                let fields = ["identity", "contact", "guardians", "coverage"];
                tx.audit(event.clone().about([patient_id.clone()]).showing(fields));
                Ok(())
            },
        )?;
        Ok(Registered::New(id))
    }

    /// Changes version `version` of a patient.
    pub fn change_patient(&self, cx: &Cx, id: &PatientId, version: i64, form: &PatientForm, today: Date) -> Result<()> {
        let _ = self.authorize(cx, Action::PatientEdit, Resource::Practice)?;
        let draft = form.read(today).map_err(Error::Invalid)?;
        let (subject, changed) = (id.clone(), id.clone());
        let (stamp, event) = (stamp(cx, "changed by hand"), self.event(cx, Act::PatientChanged));
        self.change(
            cx,
            Action::PatientEdit,
            move |tx| store::patient::subject(tx, &subject).map(Resource::Patient),
            move |tx, grant| {
                let old = store::patient::record(tx, grant)?;
                let mut new = Patient { died_on: old.died_on, ..draft.clone().into_patient(changed.clone(), old.mrn) };
                // A form without guardians does not ask for them, and takes nobody away who speaks for a child.
                if new.guardians.is_empty() {
                    new.guardians = old.guardians;
                }
                store::patient::change(tx, grant, &new, version, &stamp)?;
                tx.audit(event.clone().about([changed.clone()]).showing(["identity", "contact", "guardians"]));
                Ok(())
            },
        )
    }

    /// The payers that the practice knows; no ePHI.
    pub fn payers(&self) -> Result<Vec<Payer>> {
        let payers = self.store.read("payers", store::directory::all::<Payer>)?;
        Ok(payers.into_iter().map(|p| p.value).collect())
    }

    fn patients_alike(&self, cx: &Cx, new: &Identity<'_>) -> Result<Disclosed<Vec<FoundPatient>>> {
        let born = new.birth_date.to_string();
        let found = self.find_patients(cx, &born, 50)?;
        Ok(found.map(|all| all.into_iter().filter(|known| is_alike(known, new)).collect()))
    }
}

fn is_alike(known: &FoundPatient, new: &Identity<'_>) -> bool {
    let known = Identity { name: &known.name, birth_date: known.birth_date, phone: known.phone.as_ref() };
    alike(known, Identity { name: new.name, birth_date: new.birth_date, phone: new.phone }).score >= POSSIBLE
}

/// Both halves of the form, or the faults of both.
fn both<A, B>(a: Result<A, Vec<FieldFault>>, b: Result<B, Vec<FieldFault>>) -> Result<(A, B)> {
    match (a, b) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (a, b) => Err(Error::Invalid([a.err().unwrap_or_default(), b.err().unwrap_or_default()].concat())),
    }
}
