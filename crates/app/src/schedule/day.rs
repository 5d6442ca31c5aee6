//! A day of the schedule at one location: a column a provider. One event names everybody shown.

use domain::Instant;
use domain::access::{Action, ResourceKind};
use domain::audit::Act;
use domain::coverage::in_force;
use domain::id::{AppointmentId, LocationId, PatientId};
use domain::name::PersonName;
use domain::patient::FieldGroup;
use domain::place::{Location, Phone, Provider};
use domain::schedule::{Slot, Status, VisitKind, open_slots};
use jiff::civil::{Date, DateTime, Time};
use store::Disclosed;
use store::schedule::{Booked, Busy};

use super::{LONG_WAIT, after, keep, locations, providers, who};
use crate::access::Resource;
use crate::{App, Cx, Result};

/// What a day shows, of what the role may see.
const SHOWN: [FieldGroup; 4] =
    [FieldGroup::Identity, FieldGroup::Appointments, FieldGroup::VisitReason, FieldGroup::Coverage];
/// Minutes of the open times that a day shows.
const OPEN: u16 = 30;

/// Who comes: what tells two people apart.
#[derive(Clone, Debug)]
pub struct VisitPatient {
    /// The id.
    pub id: PatientId,
    /// The record number.
    pub mrn: String,
    /// The name.
    pub name: PersonName,
    /// The date of birth.
    pub birth_date: Date,
    /// The telephone, on the page of one visit, for roles that see contacts.
    pub phone: Option<Phone>,
}

/// One visit as a page shows it.
#[derive(Clone, Debug)]
pub struct DayVisit {
    /// The visit.
    pub id: AppointmentId,
    /// Its version, for the next change.
    pub version: i64,
    /// Who comes.
    pub patient: VisitPatient,
    /// Local date and time.
    pub start: DateTime,
    /// The instant.
    pub at: Instant,
    /// How long, in minutes.
    pub minutes: u16,
    /// What kind.
    pub kind: VisitKind,
    /// Where it stands.
    pub status: Status,
    /// Why the patient comes, for roles that need it.
    pub reason: Option<String>,
    /// Why it was booked over a taken time, for roles that see the reason.
    pub overbook_reason: Option<String>,
    /// 0, or which lane beside a taken time.
    pub lane: i64,
    /// Whole minutes since the patient arrived, while the patient waits.
    pub waited: Option<i64>,
    /// Whether no coverage is in force that day; nothing for roles that do not see coverage.
    pub uncovered: Option<bool>,
}

/// Time that is taken by something the reader does not see: a patient whose record is closed, or another location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Local date and time.
    pub start: DateTime,
    /// How long, in minutes.
    pub minutes: u16,
    /// At another location.
    pub elsewhere: bool,
}

/// A provider's day.
#[derive(Clone, Debug)]
pub struct ProviderDay {
    /// Who.
    pub provider: Provider,
    /// The visits, by time.
    pub visits: Vec<DayVisit>,
    /// Time that is taken without a visit shown.
    pub taken: Vec<Taken>,
    /// Open half hours, from now on.
    pub open: Vec<Slot>,
}

/// A day.
#[derive(Clone, Debug)]
pub struct Day {
    /// The local date.
    pub date: Date,
    /// Today's local date.
    pub today: Date,
    /// The local time, when the day is today.
    pub clock: Option<Time>,
    /// The instant it was read.
    pub now: Instant,
    /// Where.
    pub location: Location,
    /// Every location.
    pub locations: Vec<Location>,
    /// A column a provider.
    pub columns: Vec<ProviderDay>,
    /// Whether the role books and moves at all.
    pub may_edit: bool,
}

impl Day {
    /// Every visit with its provider, by time.
    pub fn visits(&self) -> Vec<(&Provider, &DayVisit)> {
        let mut all: Vec<_> =
            self.columns.iter().flat_map(|c| c.visits.iter().map(move |visit| (&c.provider, visit))).collect();
        all.sort_by_key(|(_, visit)| (visit.at, visit.lane));
        all
    }

    /// Those who have waited too long, the longest first.
    pub fn long_waits(&self) -> Vec<(&Provider, &DayVisit)> {
        let mut waits = self.visits();
        waits.retain(|(_, visit)| visit.waited.is_some_and(|minutes| minutes > LONG_WAIT));
        waits.sort_by_key(|(_, visit)| std::cmp::Reverse(visit.waited));
        waits
    }
}

impl App {
    /// The schedule of a local day at a location; without them today, at the first. `how` says on what: `grid`, `list`, `print`.
    pub fn schedule_day(
        &self,
        cx: &Cx,
        date: Option<Date>,
        location: Option<&LocationId>,
        how: &str,
    ) -> Result<Disclosed<Day>> {
        let now = self.clock.now();
        let may_edit = self.role_may(cx.role, Action::ScheduleEdit, ResourceKind::Practice);
        let day = self.look(
            cx,
            Action::ScheduleView,
            |_| Ok(Resource::Practice),
            |tx, grant| {
                let (locations, location) = locations(tx, location)?;
                let today = location.zone.date(now);
                let date = date.unwrap_or(today);
                let providers = providers(tx)?;
                let busy = store::schedule::busy(tx, date, after(date))?;
                let booked = store::schedule::day(tx, grant, date, &location.id)?;
                let shows = grant.fields();
                let page = move |booked: Vec<Booked>| {
                    let columns = columns(providers, &booked, &busy, &Place { location: &location, date, now }, shows);
                    let clock = (date == today).then(|| location.zone.local(now).time());
                    Day { date, today, clock, now, location, locations, columns, may_edit }
                };
                // The day is part of the event, so it goes along.
                Ok((date, booked.cut(page, &keep(shows, &SHOWN))))
            },
        )?;
        let (date, day) = day;
        self.disclose_with(cx, self.event(cx, Act::ScheduleViewed).with("day", date).with("as", how), day)
    }
}

/// When and where a day is read.
struct Place<'a> {
    location: &'a Location,
    date: Date,
    now: Instant,
}

fn columns(
    providers: Vec<Provider>,
    booked: &[Booked],
    busy: &[Busy],
    place: &Place<'_>,
    shows: &[FieldGroup],
) -> Vec<ProviderDay> {
    let Place { location, date, now } = *place;
    let mut columns: Vec<ProviderDay> = Vec::with_capacity(providers.len());
    for provider in providers {
        let mine: Vec<&Busy> = busy.iter().filter(|b| b.provider == provider.id).collect();
        let spans: Vec<(Instant, Instant)> = mine.iter().map(|b| (b.from, b.to)).collect();
        let visits: Vec<DayVisit> = booked
            .iter()
            .filter(|b| b.appointment.provider == provider.id)
            .map(|b| visit(b.clone(), now, shows, false))
            .collect();
        let hidden = mine.iter().filter(|b| visits.iter().all(|v| v.id != b.id));
        let taken = hidden.map(|b| taken(b, location)).collect();
        let mut open = open_slots(date, &location.zone, &location.hours, &spans, OPEN, OPEN);
        open.retain(|slot| slot.at >= now);
        columns.push(ProviderDay { provider, visits, taken, open });
    }
    columns
}

fn taken(busy: &Busy, location: &Location) -> Taken {
    let minutes = u16::try_from(busy.to.seconds_since(busy.from) / 60).unwrap_or(0);
    Taken { start: location.zone.local(busy.from), minutes, elsewhere: busy.location != location.id }
}

/// A visit cut to what the role sees.
pub(super) fn visit(booked: Booked, now: Instant, shows: &[FieldGroup], contact: bool) -> DayVisit {
    let Booked { appointment: a, version, lane, since, patient, coverages } = booked;
    let sees = |group| shows.contains(&group);
    let reason = sees(FieldGroup::VisitReason);
    DayVisit {
        uncovered: sees(FieldGroup::Coverage).then(|| in_force(&coverages, a.date()).is_empty()),
        waited: (a.status == Status::Arrived).then(|| now.seconds_since(since) / 60),
        patient: who(patient, contact && sees(FieldGroup::Contact)),
        reason: a.reason.filter(|_| reason),
        overbook_reason: a.overbook_reason.filter(|_| reason),
        id: a.id,
        version,
        start: a.start,
        at: a.at,
        minutes: a.minutes,
        kind: a.kind,
        status: a.status,
        lane,
    }
}
