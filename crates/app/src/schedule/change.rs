//! Move a visit, and take a visit through its steps. Only a person's act does either, and the history keeps each.

use domain::access::Action;
use domain::audit::Act;
use domain::form::{FieldFault, parse_line};
use domain::id::AppointmentId;
use domain::place::{Location, Provider};
use domain::schedule::{Appointment, MoveForm, Status, Step};
use domain::visit::Visit;

use super::book::{at_time, elsewhere, reasonable};
use crate::access::Resource;
use crate::{App, Cx, Error, Result, stamp};

/// A move that was made.
#[derive(Clone, Debug)]
pub struct Moved {
    /// Where the visit now is.
    pub visit: Appointment,
    /// Its version, which a move back names.
    pub version: i64,
    /// The form that moves it back.
    pub back: MoveForm,
}

/// What the transaction of a move came to.
enum Tried {
    Moved(Box<Moved>),
    Faults(Vec<FieldFault>),
    Refused(FieldFault),
}

impl App {
    /// Moves version `version` of a visit. A taken or closed time and faults of the form come back as [`Error::Invalid`].
    pub fn move_visit(&self, cx: &Cx, id: &AppointmentId, version: i64, form: &MoveForm) -> Result<Moved> {
        let overbooks = !form.overbook_reason.trim().is_empty();
        let action = if overbooks { Action::ScheduleOverbook } else { Action::ScheduleEdit };
        let (subject, id, form, now) = (id.clone(), id.clone(), form.clone(), self.clock.now());
        let (stamp, event) = (stamp(cx, "moved"), self.event(cx, Act::AppointmentChanged));
        let tried = self.change(
            cx,
            action,
            move |tx| store::schedule::subject(tx, &subject).map(Resource::Patient),
            move |tx, grant| {
                let old = store::schedule::one(tx, &id)?.value;
                // From here on its day is the day of service of what is charged.
                if Visit::may_follow(old.status) {
                    let message = "this visit has begun, so it stays where it was".to_owned();
                    return Ok(Tried::Faults(vec![FieldFault { field: "time".to_owned(), message }]));
                }
                let location = store::directory::one::<Location>(tx, old.location.as_str())?.value;
                let new = match form.read(&old, &location) {
                    Ok(new) => new,
                    Err(faults) => return Ok(Tried::Faults(faults)),
                };
                if let Err(Error::Invalid(faults)) = reasonable(new.date(), location.zone.date(now)) {
                    return Ok(Tried::Faults(faults));
                }
                let provider = store::directory::one::<Provider>(tx, new.provider.as_str())?.value;
                if !provider.works_at(&location.id) {
                    return Ok(Tried::Refused(elsewhere(&provider, &location)));
                }
                if let Err(refusal) = store::schedule::reschedule(tx, grant, &new, version, &location, &stamp)? {
                    return Ok(Tried::Refused(at_time(&refusal)));
                }
                let event = event.clone().about([new.patient.clone()]).showing(["appointments"]);
                let event = event.object("appointment", &new.id).with("act", "move");
                tx.audit(event.with("from", old.at).with("to", new.at));
                let back = MoveForm::from(&old);
                Ok(Tried::Moved(Box::new(Moved { visit: new, version: version + 1, back })))
            },
        )?;
        match tried {
            Tried::Moved(moved) => Ok(*moved),
            Tried::Faults(faults) => Err(Error::Invalid(faults)),
            Tried::Refused(fault) => Err(self.with_a_way_out(cx, fault)),
        }
    }

    /// Takes a step with version `version` of a visit. Calling a visit off needs a reason.
    pub fn step_visit(
        &self,
        cx: &Cx,
        id: &AppointmentId,
        version: i64,
        step: Step,
        reason: &str,
    ) -> Result<Appointment> {
        let reason = match reason.trim() {
            "" if step.needs_reason() => Err("say why, in a few words".to_owned()),
            "" => Ok(step.label().to_lowercase()),
            text => parse_line(text, 200)
                .map(|line| format!("{}: {line}", step.label().to_lowercase()))
                .map_err(|e| e.to_string()),
        };
        let reason =
            reason.map_err(|message| Error::Invalid(vec![FieldFault { field: "reason".to_owned(), message }]))?;
        let (subject, id) = (id.clone(), id.clone());
        let (stamp, event) = (stamp(cx, &reason), self.event(cx, Act::AppointmentChanged));
        self.change(
            cx,
            Action::ScheduleEdit,
            move |tx| store::schedule::subject(tx, &subject).map(Resource::Patient),
            move |tx, grant| {
                let visit = store::schedule::step(tx, grant, &id, version, step, &stamp)?;
                let event = event.clone().about([visit.patient.clone()]).showing(["appointments"]);
                tx.audit(event.object("appointment", &id).with("act", step).with("status", visit.status));
                // Who was seen waits for charges from now on, whoever records them.
                if matches!(visit.status, Status::Seen | Status::CheckedOut) {
                    crate::visit::of_appointment(tx, &visit, &stamp)?;
                }
                Ok(visit)
            },
        )
    }
}
