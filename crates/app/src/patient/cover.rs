//! Add a coverage to a patient, or put one right: a new card, a last day, a mistyped number.

use domain::access::Action;
use domain::audit::Act;
use domain::coverage::{Coverage, CoverageForm};
use domain::id::{CoverageId, PatientId};
use domain::name::PersonName;
use domain::patient::{FieldGroup, Patient};
use domain::payer::Payer;
use jiff::civil::Date;
use store::Disclosed;
use store::record::Versioned;

use super::find::names;
use crate::access::Resource;
use crate::{App, Cx, Error, Result, stamp};

/// A coverage that is there already, as its form names it.
#[derive(Clone, Debug)]
pub struct Known {
    /// Which.
    pub id: CoverageId,
    /// The version that was shown.
    pub version: i64,
}

/// What the form needs around it.
#[derive(Clone, Debug)]
pub struct CoveragePage {
    /// The patient's name.
    pub name: PersonName,
    /// The date of birth.
    pub birth_date: Date,
    /// The record number.
    pub mrn: String,
    /// The coverage as it stands, and which it is; nothing for a new one.
    pub known: Option<(Known, CoverageForm)>,
    /// The payers to choose from.
    pub payers: Vec<Payer>,
}

impl App {
    /// The page for a new coverage, or for one that the patient has.
    pub fn coverage_page(
        &self,
        cx: &Cx,
        patient: &PatientId,
        coverage: Option<&CoverageId>,
    ) -> Result<Disclosed<CoveragePage>> {
        let page = self.look(
            cx,
            Action::PatientEdit,
            |tx| store::patient::subject(tx, patient).map(Resource::Patient),
            |tx, grant| {
                let payers = store::directory::all::<Payer>(tx)?.into_iter().map(|p| p.value).collect();
                let both = store::patient::open(tx, grant)?.and(store::coverage::of_patient(tx, grant)?);
                let cut = |(patient, all): (Versioned<Patient>, Vec<Versioned<Coverage>>)| {
                    let found = all.into_iter().find(|c| Some(&c.value.id) == coverage);
                    let Patient { name, birth_date, mrn, .. } = patient.value;
                    let known = found.map(|c| {
                        let form = CoverageForm::from(&c.value);
                        (Known { id: c.value.id, version: c.version }, form)
                    });
                    CoveragePage { name, birth_date, mrn, known, payers }
                };
                let shown = [FieldGroup::Identity, FieldGroup::Coverage];
                let groups: Vec<_> = grant.fields().iter().copied().filter(|g| shown.contains(g)).collect();
                Ok(both.cut(cut, &names(&groups)))
            },
        )?;
        self.disclose_with(cx, self.event(cx, Act::PatientViewed).with("for", "coverage"), page)
    }

    /// Keeps a coverage: a new one, or the next version of one that the patient has.
    pub fn keep_coverage(
        &self,
        cx: &Cx,
        patient: &PatientId,
        known: Option<Known>,
        form: &CoverageForm,
        today: Date,
    ) -> Result<()> {
        let _ = self.authorize(cx, Action::PatientEdit, Resource::Practice)?;
        let draft = form.read(&self.payers()?, today).map_err(Error::Invalid)?;
        let (subject, patient, new) =
            (patient.clone(), patient.clone(), CoverageId::new(self.clock.now(), &*self.entropy));
        let stamp = stamp(cx, if known.is_some() { "changed by hand" } else { "added" });
        let event = self.event(cx, Act::PatientChanged).with("what", "coverage");
        self.change(
            cx,
            Action::PatientEdit,
            move |tx| store::patient::subject(tx, &subject).map(Resource::Patient),
            move |tx, grant| {
                let id = known.as_ref().map_or(&new, |k| &k.id);
                let mut coverage = draft.clone().into_coverage(id.clone(), patient.clone());
                match &known {
                    None => store::coverage::add(tx, grant, &coverage, &stamp)?,
                    Some(known) => {
                        let old = store::coverage::records(tx, grant)?.into_iter().find(|c| c.id == known.id);
                        let old = old.ok_or(store::Error::NotFound("coverage"))?;
                        // The form has no field for where the subscriber lives.
                        if let (Some(new), Some(old)) = (&mut coverage.subscriber, old.subscriber) {
                            new.address = old.address;
                        }
                        store::coverage::change(tx, grant, &coverage, known.version, &stamp)?;
                    }
                }
                tx.audit(event.clone().about([patient.clone()]).object("coverage", id).showing(["coverage"]));
                Ok(())
            },
        )
    }
}
