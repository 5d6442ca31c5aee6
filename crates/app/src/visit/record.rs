//! Start a visit, record its charges, sign them, correct them.

use domain::access::Action;
use domain::audit::Act;
use domain::charge::ChargesForm;
use domain::form::{Faults, FieldFault, parse_date};
use domain::id::{AppointmentId, ChargeId, LocationId, PatientId, ProviderId, VisitId};
use domain::schedule::Appointment;
use domain::visit::{Visit, VisitError};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use store::Tx;
use store::record::Stamp;

use crate::access::Resource;
use crate::{App, Cx, Error, Result, stamp};

/// A visit that no appointment leads to, as typed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NewVisit {
    /// Who was seen.
    pub patient: String,
    /// By whom.
    pub provider: String,
    /// Where.
    pub location: String,
    /// The local date there.
    pub date: String,
}

impl NewVisit {
    fn read(&self, today: Date) -> Result<(PatientId, ProviderId, LocationId, Date), Vec<FieldFault>> {
        let mut faults = Faults::new();
        let choose = |what: &str| format!("choose the {what}");
        let patient = faults.take("patient", PatientId::parse(&self.patient).map_err(|_| choose("patient")));
        let provider = faults.take("provider", ProviderId::parse(&self.provider).map_err(|_| choose("clinician")));
        let location = faults.take("location", LocationId::parse(&self.location).map_err(|_| choose("place")));
        let date = faults.take("date", parse_date(&self.date));
        if date.is_some_and(|d| d > today) {
            faults.add("date", "a visit that has not happened has no charges: book it instead");
        }
        let all = patient.zip(provider).zip(location).zip(date);
        faults.finish(all.map(|(((patient, provider), location), date)| (patient, provider, location, date)))
    }
}

impl App {
    /// Starts a visit that no appointment leads to. `today` is the practice's date.
    pub fn start_visit(&self, cx: &Cx, form: &NewVisit, today: Date) -> Result<VisitId> {
        let (patient, provider, location, date_of_service) = form.read(today).map_err(Error::Invalid)?;
        let id = VisitId::new(self.clock.now(), &*self.entropy);
        let visit = Visit {
            id: id.clone(),
            appointment: None,
            patient,
            provider,
            location,
            date_of_service,
            diagnoses: Vec::new(),
            charges: Vec::new(),
            version: 1,
            signed: None,
        };
        let asked = visit.clone();
        let (stamp, event) = (stamp(cx, "started without an appointment"), self.event(cx, Act::ChargesRecorded));
        self.change(
            cx,
            Action::ChargeEdit,
            move |tx| {
                let Visit { id, patient, provider, .. } = &asked;
                store::visit::subject_of(tx, id, patient, provider).map(Resource::Visit)
            },
            move |tx, _grant| {
                store::directory::one::<domain::place::Location>(tx, visit.location.as_str())?;
                store::visit::create(tx, &visit, &stamp)?;
                let event = event.clone().object("visit", &visit.id).about([visit.patient.clone()]);
                tx.audit(event.showing(["charges"]));
                Ok(())
            },
        )?;
        Ok(id)
    }

    /// The visit that an appointment became, made now when it is not there yet.
    pub fn charge_appointment(&self, cx: &Cx, id: &AppointmentId) -> Result<VisitId> {
        let (subject, id, new) = (id.clone(), id.clone(), VisitId::new(self.clock.now(), &*self.entropy));
        let (stamp, event) = (stamp(cx, "started"), self.event(cx, Act::ChargesRecorded));
        self.change(
            cx,
            Action::ChargeEdit,
            move |tx| {
                let Appointment { patient, provider, .. } = store::schedule::one(tx, &subject)?.value;
                store::visit::subject_of(tx, &new, &patient, &provider).map(Resource::Visit)
            },
            move |tx, _grant| {
                let appointment = store::schedule::one(tx, &id)?.value;
                if !Visit::may_follow(appointment.status) {
                    let why = format!("the patient is `{}`", appointment.status.label());
                    return Err(store::Error::Refused(format!("{why}: charges are recorded from the room on")));
                }
                let visit = of_appointment(tx, &appointment, &stamp)?;
                let event = event.clone().object("visit", &visit).about([appointment.patient]);
                tx.audit(event.showing(["charges"]));
                Ok(visit)
            },
        )
    }

    /// Records diagnoses and lines on version `version` of an unsigned visit, in the place of those that were there.
    pub fn record_charges(&self, cx: &Cx, id: &VisitId, version: i64, form: &ChargesForm) -> Result<()> {
        let draft = form.read().map_err(Error::Invalid)?;
        self.change_visit(cx, (Action::ChargeEdit, Act::ChargesRecorded), id, version, "recorded", move |tx, visit| {
            let (now, entropy) = (tx.now(), tx.entropy());
            visit.record(draft.clone(), || ChargeId::new(now, entropy)).map_err(refused)
        })
    }

    /// Signs version `version` and so locks it. Only the clinician of the visit may.
    pub fn sign_charges(&self, cx: &Cx, id: &VisitId, version: i64) -> Result<()> {
        let by = cx.account.clone();
        self.change_visit(cx, (Action::ChargeSign, Act::ChargesSigned), id, version, "signed", move |tx, visit| {
            visit.sign(by.clone(), tx.now()).map_err(refused)
        })
    }

    /// Starts the next version of signed charges, unsigned; the signed one stays in the history.
    pub fn correct_charges(&self, cx: &Cx, id: &VisitId, version: i64) -> Result<()> {
        self.change_visit(cx, (Action::ChargeEdit, Act::ChargesRecorded), id, version, "correction", |_, visit| {
            visit.correct().map_err(refused)
        })
    }

    #[expect(clippy::too_many_arguments, reason = "the three acts on charges differ in just these")]
    fn change_visit(
        &self,
        cx: &Cx,
        (action, act): (Action, Act),
        id: &VisitId,
        version: i64,
        reason: &str,
        change: impl Fn(&mut Tx, &mut Visit) -> store::Result<()> + Send + 'static,
    ) -> Result<()> {
        let (subject, id) = (id.clone(), id.clone());
        let (stamp, event) = (stamp(cx, reason), self.event(cx, act).object("visit", &id));
        self.change(
            cx,
            action,
            move |tx| store::visit::subject(tx, &subject).map(Resource::Visit),
            move |tx, _grant| {
                let mut visit = store::visit::record(tx, &id)?.value;
                change(tx, &mut visit)?;
                store::visit::change(tx, &visit, version, &stamp)?;
                let event = event.clone().with("version", visit.version).about([visit.patient.clone()]);
                tx.audit(event.showing(["charges"]));
                Ok(())
            },
        )
    }
}

/// The visit of an appointment, made when it is not there yet. The store's key keeps it the only one.
pub(crate) fn of_appointment(tx: &mut Tx, appointment: &Appointment, stamp: &Stamp) -> store::Result<VisitId> {
    if let Some(known) = store::visit::of_appointment(tx, &appointment.id)? {
        return Ok(known);
    }
    let visit = Visit::of(appointment, VisitId::new(tx.now(), tx.entropy()));
    store::visit::create(tx, &visit, stamp)?;
    Ok(visit.id)
}

#[expect(clippy::needless_pass_by_value, reason = "the shape of map_err")]
fn refused(error: VisitError) -> store::Error {
    store::Error::Refused(error.to_string())
}
