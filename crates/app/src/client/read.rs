//! What clients read: a day of the schedule, and patients by a few letters. Each gets what its scope shows, from the same
//! loads as the pages, and no record that is restricted or closed to its owner.

use domain::access::Action;
use domain::audit::Act;
use domain::id::{AppointmentId, LocationId, PatientId, ProviderId};
use domain::patient::PatientQuery;
use domain::place::{Location, Provider};
use domain::schedule::{Status, VisitKind};
use jiff::civil::{Date, DateTime};
use store::Disclosed;
use store::schedule::Booked;

use super::ClientCx;
use crate::access::Resource;
use crate::patient::names;
use crate::schedule::{locations, providers};
use crate::{App, Error, Result};

/// The most patients that one search gives: who gets more has asked too little.
const PATIENTS: u32 = 20;
/// The fewest letters or digits of a search.
const LETTERS: usize = 2;

/// A patient, as clients are told.
#[derive(Clone, Debug)]
pub struct ApiPatient {
    /// The id.
    pub id: PatientId,
    /// The record number.
    pub mrn: String,
    /// The family name.
    pub family: String,
    /// The given name.
    pub given: String,
    /// The date of birth.
    pub birth_date: Date,
}

/// A visit, as clients are told.
#[derive(Clone, Debug)]
pub struct ApiVisit {
    /// The id.
    pub id: AppointmentId,
    /// Its version.
    pub version: i64,
    /// Local date and time.
    pub start: DateTime,
    /// How long, in minutes.
    pub minutes: u16,
    /// What kind.
    pub kind: VisitKind,
    /// Where it stands.
    pub status: Status,
    /// With whom.
    pub provider: ProviderId,
    /// Who comes.
    pub patient: ApiPatient,
}

/// A day at a location.
#[derive(Clone, Debug)]
pub struct ApiDay {
    /// The local date.
    pub date: Date,
    /// Where.
    pub location: Location,
    /// Every location.
    pub locations: Vec<Location>,
    /// Who works there.
    pub providers: Vec<Provider>,
    /// The visits, by time.
    pub visits: Vec<ApiVisit>,
}

impl App {
    /// The schedule of a local day at a location; without them today, at the first.
    pub fn schedule_for_client(
        &self,
        cx: &ClientCx,
        date: Option<Date>,
        location: Option<&LocationId>,
    ) -> Result<Disclosed<ApiDay>> {
        let now = self.clock.now();
        let (date, day) = self.look(
            cx,
            Action::ScheduleView,
            |_| Ok(Resource::Practice),
            |tx, grant| {
                let (locations, location) = locations(tx, location)?;
                let date = date.unwrap_or_else(|| location.zone.date(now));
                let providers = providers(tx)?;
                let booked = store::schedule::day(tx, grant, date, &location.id)?;
                let day = |booked: Vec<Booked>| {
                    let visits = booked.into_iter().map(visit).collect();
                    ApiDay { date, location, locations, providers, visits }
                };
                Ok((date, booked.cut(day, &names(grant.fields()))))
            },
        )?;
        self.tell(cx, self.event(cx, Act::ScheduleViewed).with("day", date), day)
    }

    /// Up to twenty patients who fit `text`. A search for nothing in particular is refused: nobody gets the whole list.
    pub fn find_for_client(&self, cx: &ClientCx, text: &str) -> Result<Disclosed<Vec<ApiPatient>>> {
        let letters = text.chars().filter(|c| c.is_alphanumeric()).count();
        let query = PatientQuery::parse(text);
        if letters < LETTERS || query == PatientQuery::All {
            return Err(Error::Invalid(vec![domain::form::FieldFault {
                field: "q".to_owned(),
                message: "give at least two letters of a name, a birth date, or three digits".to_owned(),
            }]));
        }
        let found = self.look(
            cx,
            Action::PatientFind,
            |_| Ok(Resource::Practice),
            |tx, grant| {
                let found = store::patient::find(tx, grant, &query, PATIENTS)?;
                Ok(found.cut(|all| all.into_iter().map(patient).collect::<Vec<_>>(), &names(grant.fields())))
            },
        )?;
        self.tell(cx, self.event(cx, Act::PatientsFound).with("letters", letters), found)
    }
}

fn visit(booked: Booked) -> ApiVisit {
    let Booked { appointment: a, version, patient: who, .. } = booked;
    ApiVisit {
        id: a.id,
        version,
        start: a.start,
        minutes: a.minutes,
        kind: a.kind,
        status: a.status,
        provider: a.provider,
        patient: patient(who),
    }
}

fn patient(patient: domain::patient::Patient) -> ApiPatient {
    let domain::patient::Patient { id, mrn, name, birth_date, .. } = patient;
    ApiPatient { id, mrn, family: name.family.as_str().to_owned(), given: name.given.as_str().to_owned(), birth_date }
}
