//! Open a patient's administrative chart, cut to what the role needs.

use domain::access::{Action, ResourceKind};
use domain::audit::Act;
use domain::coverage::Coverage;
use domain::id::PatientId;
use domain::patient::{FieldGroup, Guardian, Patient};
use domain::payer::Payer;
use domain::place::Provider;
use domain::schedule::Appointment;
use store::Disclosed;
use store::record::Versioned;
use store::schedule::Seen;

use super::find::names;
use crate::access::Resource;
use crate::schedule::ToCharge;
use crate::{App, Asker as _, Cx, Result};

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
    /// The latest visits, those to come first, when the role sees appointments.
    pub visits: Option<Vec<ChartVisit>>,
    /// Which groups are shown.
    pub shows: Vec<FieldGroup>,
    /// Whether the record is restricted.
    pub restricted: bool,
    /// Whether it is open for reading only, in an emergency.
    pub emergency: bool,
}

/// One visit in the chart.
#[derive(Clone, Debug)]
pub struct ChartVisit {
    /// The appointment.
    pub appointment: Appointment,
    /// With whom; empty when the clinician is not known any more.
    pub provider: String,
    /// The way to its charges; nothing for roles that do not see them, and before there is one.
    pub charges: Option<ToCharge>,
}

/// How many visits a chart shows.
const VISITS: u32 = 8;

impl App {
    /// The chart of a patient.
    pub fn open_patient(&self, cx: &Cx, id: &PatientId) -> Result<Disclosed<Chart>> {
        let charges = self.role_may(cx.role, Action::ChargeView, ResourceKind::Practice);
        let emergency = cx.emergency(id).is_some();
        let chart = self.look(
            cx,
            Action::PatientView,
            |tx| store::patient::subject(tx, id).map(Resource::Patient),
            |tx, grant| {
                let patient = store::patient::open(tx, grant)?;
                let coverages = store::coverage::of_patient(tx, grant)?;
                let payers = store::directory::all::<Payer>(tx)?.into_iter().map(|p| p.value).collect();
                let providers = store::directory::all::<Provider>(tx)?;
                let seen = store::schedule::of_patient(tx, grant, VISITS)?;
                let restricted = store::restriction::is_in_force(tx, grant)?;
                let shows = grant.fields().to_vec();
                let visits = |seen: Vec<Seen>| seen.into_iter().map(|s| visit(s, &providers, charges)).collect();
                let cut = |((p, c), seen)| {
                    let visits = shows.contains(&FieldGroup::Appointments).then(|| visits(seen));
                    Chart { visits, restricted, emergency, ..cut(p, c, payers, shows) }
                };
                Ok(patient.and(coverages).and(seen).cut(cut, &names(grant.fields())))
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
    Chart { patient, version, coverages, payers, visits: None, shows, restricted: false, emergency: false }
}

fn visit((mut appointment, charged): Seen, providers: &[Versioned<Provider>], charges: bool) -> ChartVisit {
    // A chart says when and with whom; why is on the visit's own page.
    (appointment.reason, appointment.overbook_reason) = (None, None);
    let with = providers.iter().find(|p| p.value.id == appointment.provider);
    let provider = with.map(|p| p.value.name.sorted()).unwrap_or_default();
    let charges = charges.then(|| ToCharge::of(appointment.status, charged)).flatten();
    ChartVisit { appointment, provider, charges }
}
