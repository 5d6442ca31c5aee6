//! A day of the schedule at one location: a column a provider. One event names everybody shown.

use domain::Instant;
use domain::access::{Action, ResourceKind};
use domain::audit::Act;
use domain::coverage::in_force;
use domain::id::{AppointmentId, LocationId, PatientId, VisitId};
use domain::name::PersonName;
use domain::patient::FieldGroup;
use domain::place::{Location, Phone, Provider};
use domain::schedule::{Slot, Status, VisitKind, open_slots};
use domain::visit::{Stage, Visit};
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
    /// The way to its charges; nothing for roles that do not see them, and before there is one.
    pub charges: Option<ToCharge>,
}

/// The way from a visit to its charges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToCharge {
    /// The visit on the books, once it is made.
    pub visit: Option<VisitId>,
    /// Whether anything is recorded there.
    pub recorded: bool,
}

impl ToCharge {
    /// Of an appointment at `status` with what is on the books; nothing before the patient is in a room.
    pub(crate) fn of(status: Status, charged: Option<(VisitId, Stage)>) -> Option<Self> {
        let recorded = charged.as_ref().is_some_and(|(_, stage)| *stage != Stage::Empty);
        Visit::may_follow(status).then(|| Self { visit: charged.map(|(id, _)| id), recorded })
    }
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
    /// Whether the role sees charges.
    pub may_charge: bool,
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
        let may = |action| self.role_may(cx.role, action, ResourceKind::Practice);
        let (may_edit, may_charge) = (may(Action::ScheduleEdit), may(Action::ChargeView));
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
                let view = View { shows: grant.fields(), contact: false, charges: may_charge, now };
                let page = move |booked: Vec<Booked>| {
                    let columns = columns(providers, &booked, &busy, &location, date, &view);
                    let clock = (date == today).then(|| location.zone.local(now).time());
                    Day { date, today, clock, now, location, locations, columns, may_edit, may_charge }
                };
                // The day is part of the event, so it goes along.
                Ok((date, booked.cut(page, &keep(grant.fields(), &SHOWN))))
            },
        )?;
        let (date, day) = day;
        self.disclose_with(cx, self.event(cx, Act::ScheduleViewed).with("day", date).with("as", how), day)
    }
}

/// What the reader sees of a visit, and when.
pub(super) struct View<'a> {
    pub(super) shows: &'a [FieldGroup],
    /// The telephone too, where the role sees contacts.
    pub(super) contact: bool,
    /// The way to the charges.
    pub(super) charges: bool,
    pub(super) now: Instant,
}

fn columns(
    providers: Vec<Provider>,
    booked: &[Booked],
    busy: &[Busy],
    location: &Location,
    date: Date,
    view: &View<'_>,
) -> Vec<ProviderDay> {
    let mut columns: Vec<ProviderDay> = Vec::with_capacity(providers.len());
    for provider in providers {
        let mine: Vec<&Busy> = busy.iter().filter(|b| b.provider == provider.id).collect();
        let spans: Vec<(Instant, Instant)> = mine.iter().map(|b| (b.from, b.to)).collect();
        let visits: Vec<DayVisit> =
            booked.iter().filter(|b| b.appointment.provider == provider.id).map(|b| visit(b.clone(), view)).collect();
        let hidden = mine.iter().filter(|b| visits.iter().all(|v| v.id != b.id));
        let taken: Vec<Taken> = hidden.map(|b| taken(b, location)).collect();
        // Somebody who works elsewhere has a column for a visit that is here all the same.
        if !provider.works_at(&location.id) && visits.is_empty() && taken.iter().all(|t| t.elsewhere) {
            continue;
        }
        let mut open = open_slots(date, &location.zone, &location.hours, &spans, OPEN, OPEN);
        open.retain(|slot| slot.at >= view.now);
        columns.push(ProviderDay { provider, visits, taken, open });
    }
    columns
}

fn taken(busy: &Busy, location: &Location) -> Taken {
    let minutes = u16::try_from(busy.to.seconds_since(busy.from) / 60).unwrap_or(0);
    Taken { start: location.zone.local(busy.from), minutes, elsewhere: busy.location != location.id }
}

/// A visit cut to what the role sees.
pub(super) fn visit(booked: Booked, view: &View<'_>) -> DayVisit {
    let Booked { appointment: a, version, lane, since, patient, coverages, charged } = booked;
    let sees = |group| view.shows.contains(&group);
    let reason = sees(FieldGroup::VisitReason);
    DayVisit {
        charges: view.charges.then(|| ToCharge::of(a.status, charged)).flatten(),
        uncovered: sees(FieldGroup::Coverage).then(|| in_force(&coverages, a.date()).is_empty()),
        waited: (a.status == Status::Arrived).then(|| view.now.seconds_since(since) / 60),
        patient: who(patient, view.contact && sees(FieldGroup::Contact)),
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
