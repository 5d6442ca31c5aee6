//! Book a visit: the page with the first openings, and the booking itself.

use domain::access::{Action, ResourceKind, Role};
use domain::audit::Act;
use domain::form::{FieldFault, parse_date};
use domain::id::{AppointmentId, LocationId, PatientId, ProviderId};
use domain::patient::FieldGroup;
use domain::place::{Location, Provider};
use domain::schedule::{Appointment, BookingForm, BookingRefusal, VisitKind};
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
    /// Who sees patients there.
    pub providers: Vec<Provider>,
    /// Where.
    pub location: Location,
    /// Every location.
    pub locations: Vec<Location>,
    /// The first times that fit what the form says so far.
    pub openings: Vec<Opening>,
    /// Whether the role may book over a taken time.
    pub may_overbook: bool,
    /// Who may, in words.
    pub who_may_overbook: String,
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
        let may_overbook = self.may_overbook(cx.role);
        let who_may_overbook = self.who_may_overbook();
        let wanted = ProviderId::parse(&form.provider).ok();
        let minutes = minutes(form);
        let page = self.look(
            cx,
            Action::ScheduleEdit,
            |tx| store::patient::subject(tx, patient).map(Resource::Patient),
            |tx, grant| {
                let (locations, location) = locations(tx, location)?;
                let mut providers = providers(tx)?;
                providers.retain(|p| p.works_at(&location.id));
                let from = parse_date(&form.date).unwrap_or_else(|_| location.zone.date(now));
                let wish = Wish { provider: wanted.as_ref(), minutes, from, now };
                let openings = openings(tx, &location, &providers, &wish)?;
                let who_may_overbook = who_may_overbook.clone();
                let page = |patient: store::record::Versioned<_>| {
                    let patient = who(patient.value, false);
                    BookingPage { patient, providers, location, locations, openings, may_overbook, who_may_overbook }
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
        let tried = self.change(
            cx,
            action,
            move |tx| store::patient::subject(tx, &patient).map(Resource::Patient),
            move |tx, grant| {
                let provider = store::directory::one::<Provider>(tx, booked.provider.as_str())?.value;
                if !provider.works_at(&location.id) {
                    return Ok(Err(elsewhere(&provider, &location)));
                }
                let outcome = store::schedule::book(tx, grant, &booked, &location, &stamp)?;
                if outcome.is_ok() {
                    let event = event.clone().about([booked.patient.clone()]).showing(["appointments", "visit_reason"]);
                    tx.audit(
                        event.object("appointment", &booked.id).with("overbooked", booked.overbook_reason.is_some()),
                    );
                }
                Ok(outcome.map_err(|refusal| at_time(&refusal)))
            },
        )?;
        match tried {
            Ok(()) => Ok(appointment),
            Err(fault) => Err(self.with_a_way_out(cx, fault)),
        }
    }

    /// Whether the role may book over a taken time.
    pub(super) fn may_overbook(&self, role: Role) -> bool {
        self.role_may(role, Action::ScheduleOverbook, ResourceKind::Practice)
    }

    /// The roles that may, in words: `clinician or practice manager`.
    pub fn who_may_overbook(&self) -> String {
        let roles = Role::ALL.iter().filter(|role| self.may_overbook(**role));
        roles.map(|role| role.label().to_lowercase()).collect::<Vec<_>>().join(" or ")
    }

    /// A refused time with what this person can do about it.
    pub(super) fn with_a_way_out(&self, cx: &Cx, mut fault: FieldFault) -> Error {
        if fault.field == "time" {
            let way = if self.may_overbook(cx.role) {
                ", or give a reason to book it all the same".to_owned()
            } else {
                format!(", or ask a {} to book it all the same", self.who_may_overbook())
            };
            fault.message.push_str(&way);
        }
        Error::Invalid(vec![fault])
    }
}

/// A refusal as a fault of the field `time`.
pub(super) fn at_time(why: &BookingRefusal) -> FieldFault {
    FieldFault { field: "time".to_owned(), message: why.to_string() }
}

/// A clinician is not booked where the clinician does not work.
pub(super) fn elsewhere(provider: &Provider, location: &Location) -> FieldFault {
    let message =
        format!("{} does not see patients at {}: choose another clinician or place", provider.name, location.name);
    FieldFault { field: "provider".to_owned(), message }
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
