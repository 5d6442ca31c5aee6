//! Book a visit: the page with the first openings, and the booking itself.

use domain::access::{Action, ResourceKind};
use domain::audit::Act;
use domain::form::{FieldFault, parse_date};
use domain::id::{AppointmentId, LocationId, PatientId, ProviderId};
use domain::patient::FieldGroup;
use domain::place::{Location, Provider};
use domain::schedule::{Appointment, BookingForm, VisitKind};
use jiff::ToSpan as _;
use jiff::civil::Date;
use store::Disclosed;

use super::openings::{Wish, openings};
use super::{Opening, VisitPatient, keep, locations, providers, who};
use crate::access::Resource;
use crate::{App, Cx, Error, Result, stamp};

/// What the booking form needs around it.
#[derive(Clone, Debug)]
pub struct BookingPage {
    /// Who comes.
    pub patient: VisitPatient,
    /// Who sees patients.
    pub providers: Vec<Provider>,
    /// Where.
    pub location: Location,
    /// Every location.
    pub locations: Vec<Location>,
    /// The first times that fit what the form says so far.
    pub openings: Vec<Opening>,
    /// Whether the role may book over a taken time.
    pub may_overbook: bool,
}

impl App {
    /// The page for booking a visit of a patient.
    pub fn booking_page(
        &self,
        cx: &Cx,
        patient: &PatientId,
        location: Option<&LocationId>,
        form: &BookingForm,
    ) -> Result<Disclosed<BookingPage>> {
        let now = self.clock.now();
        let may_overbook = self.role_may(cx.role, Action::ScheduleOverbook, ResourceKind::Practice);
        let wanted = ProviderId::parse(&form.provider).ok();
        let minutes = minutes(form);
        let page = self.look(
            cx,
            Action::ScheduleEdit,
            |tx| store::patient::subject(tx, patient).map(Resource::Patient),
            |tx, grant| {
                let (locations, location) = locations(tx, location)?;
                let providers = providers(tx)?;
                let from = parse_date(&form.date).unwrap_or_else(|_| location.zone.date(now));
                let wish = Wish { provider: wanted.as_ref(), minutes, from, now };
                let openings = openings(tx, &location, &providers, &wish)?;
                let page = |patient: store::record::Versioned<_>| {
                    let patient = who(patient.value, false);
                    BookingPage { patient, providers, location, locations, openings, may_overbook }
                };
                Ok(store::patient::open(tx, grant)?.cut(page, &keep(grant.fields(), &[FieldGroup::Identity])))
            },
        )?;
        self.disclose_with(cx, self.event(cx, Act::PatientViewed).with("for", "booking"), page)
    }

    /// Books a visit. A taken time, a closed one, and faults of the form come back as [`Error::Invalid`].
    pub fn book_visit(&self, cx: &Cx, location: Option<&LocationId>, form: &BookingForm) -> Result<Appointment> {
        let (_, location) = self.store.read("location", |tx| locations(tx, location))?;
        let draft = form.read(&location).map_err(Error::Invalid)?;
        let now = self.clock.now();
        reasonable(draft.start.date(), location.zone.date(now))?;
        let action = if draft.overbook_reason.is_some() { Action::ScheduleOverbook } else { Action::ScheduleEdit };
        let appointment = draft.into_appointment(AppointmentId::new(now, &*self.entropy), &location);
        let (booked, patient) = (appointment.clone(), appointment.patient.clone());
        let (stamp, event) = (stamp(cx, "booked"), self.event(cx, Act::AppointmentBooked));
        let refusal = self.change(
            cx,
            action,
            move |tx| store::patient::subject(tx, &patient).map(Resource::Patient),
            move |tx, grant| {
                store::directory::one::<Provider>(tx, booked.provider.as_str())?;
                let outcome = store::schedule::book(tx, grant, &booked, &location, &stamp)?;
                if outcome.is_ok() {
                    let event = event.clone().about([booked.patient.clone()]).showing(["appointments", "visit_reason"]);
                    tx.audit(
                        event.object("appointment", &booked.id).with("overbooked", booked.overbook_reason.is_some()),
                    );
                }
                Ok(outcome.err())
            },
        )?;
        match refusal {
            None => Ok(appointment),
            Some(refusal) => Err(at_time(&refusal)),
        }
    }
}

/// A refusal as a fault of the field `time`.
pub(super) fn at_time(why: &impl ToString) -> Error {
    Error::Invalid(vec![FieldFault { field: "time".to_owned(), message: why.to_string() }])
}

/// The minutes that the form asks for, or those usual for its kind, or those of a follow-up.
fn minutes(form: &BookingForm) -> u16 {
    let kind = VisitKind::parse(&form.kind).unwrap_or(VisitKind::FollowUp);
    form.minutes.trim().parse().ok().filter(|m| *m > 0).unwrap_or(kind.minutes())
}

/// A visit is at most a month ago (what was written on paper while the server was away) and two years ahead: beyond that
/// somebody mistyped the year.
pub(super) fn reasonable(day: Date, today: Date) -> Result<()> {
    let (earliest, latest) = (today.saturating_sub(1.month()), today.saturating_add(2.years()));
    if (earliest..=latest).contains(&day) {
        return Ok(());
    }
    let message = format!("this is not between {earliest} and {latest}: check the year");
    Err(Error::Invalid(vec![FieldFault { field: "date".to_owned(), message }]))
}
