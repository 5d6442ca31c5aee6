//! Open a patient's administrative chart, cut to what the role needs.

use domain::access::Action;
use domain::audit::Act;
use domain::coverage::{Coverage, Payer};
use domain::id::PatientId;
use domain::patient::{FieldGroup, Guardian, Patient};
use store::Disclosed;
use store::record::Versioned;

use super::find::names;
use crate::access::Resource;
use crate::{App, Cx, Result};

/// The chart. What the role does not need is not in it.
#[derive(Clone, Debug)]
pub struct Chart {
    /// The record, without contact and guardians when the role does not see them.
    pub patient: Patient,
    /// The record's version, for the edit form.
    pub version: i64,
    /// Coverages, when the role sees them.
    pub coverages: Option<Vec<Coverage>>,
    /// The payers that they name.
    pub payers: Vec<Payer>,
    /// Which groups are shown.
    pub shows: Vec<FieldGroup>,
}

impl App {
    /// The chart of a patient.
    pub fn open_patient(&self, cx: &Cx, id: &PatientId) -> Result<Disclosed<Chart>> {
        let chart = self.look(
            cx,
            Action::PatientView,
            |tx| store::patient::subject(tx, id).map(Resource::Patient),
            |tx, grant| {
                let patient = store::patient::open(tx, grant)?;
                let coverages = store::coverage::of_patient(tx, grant)?;
                let payers = store::directory::all::<Payer>(tx)?.into_iter().map(|p| p.value).collect();
                let shows = grant.fields().to_vec();
                Ok(patient.and(coverages).cut(|(p, c)| cut(p, c, payers, shows), &names(grant.fields())))
            },
        )?;
        self.disclose(cx, Act::PatientViewed, chart)
    }
}

fn cut(
    patient: Versioned<Patient>,
    coverages: Vec<Versioned<Coverage>>,
    payers: Vec<Payer>,
    shows: Vec<FieldGroup>,
) -> Chart {
    let Versioned { value: mut patient, version } = patient;
    if !shows.contains(&FieldGroup::Contact) {
        (patient.address, patient.phone, patient.email) = (None, None, None);
    }
    if !shows.contains(&FieldGroup::Guardians) {
        patient.guardians = Vec::<Guardian>::new();
    }
    let coverages = shows.contains(&FieldGroup::Coverage).then(|| coverages.into_iter().map(|c| c.value).collect());
    Chart { patient, version, coverages, payers, shows }
}
