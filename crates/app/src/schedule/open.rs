//! One visit with its history, and the times it could move to.

use domain::Instant;
use domain::access::{Action, ResourceKind};
use domain::audit::Act;
use domain::id::{AppointmentId, ProviderId};
use domain::patient::FieldGroup;
use domain::place::{Location, Provider};
use domain::schedule::Status;
use jiff::civil::{Date, DateTime};
use store::Disclosed;
use store::schedule::{Booked, Change};

use super::day::{View, visit};
use super::openings::{Wish, openings};
use super::{DayVisit, Opening, keep, providers};
use crate::access::Resource;
use crate::account::Names;
use crate::{App, Asker as _, Cx, Result};

/// What one visit shows, of what the role may see.
const SHOWN: [FieldGroup; 5] = [
    FieldGroup::Identity,
    FieldGroup::Contact,
    FieldGroup::Appointments,
    FieldGroup::VisitReason,
    FieldGroup::Coverage,
];

/// A line of a visit's history.
#[derive(Clone, Debug)]
pub struct HistoryLine {
    /// When.
    pub at: Instant,
    /// Who: a name and a role.
    pub actor: String,
    /// What was done and why.
    pub what: String,
    /// Where the visit then stood.
    pub status: Status,
    /// When it then was.
    pub start: DateTime,
}

/// One visit.
#[derive(Clone, Debug)]
pub struct VisitPage {
    /// The visit.
    pub visit: DayVisit,
    /// With whom.
    pub provider: ProviderId,
    /// Everybody who sees patients.
    pub providers: Vec<Provider>,
    /// Where.
    pub location: Location,
    /// Oldest first.
    pub history: Vec<HistoryLine>,
    /// The first times it could move to.
    pub openings: Vec<Opening>,
    /// Whether the role changes visits.
    pub may_edit: bool,
    /// Whether the role may book over a taken time.
    pub may_overbook: bool,
}

impl App {
    /// One visit. `moving` also looks for the first openings of its length, from that day on.
    pub fn open_visit(&self, cx: &Cx, id: &AppointmentId, moving: Option<Date>) -> Result<Disclosed<VisitPage>> {
        let now = self.clock.now();
        let may = |action| self.role_may(cx.role, action, ResourceKind::Practice);
        let (may_edit, charges) = (may(Action::ScheduleEdit), may(Action::ChargeView));
        let may_overbook = may(Action::ScheduleOverbook);
        let page = self.look(
            cx,
            Action::ScheduleView,
            |tx| store::schedule::subject(tx, id).map(Resource::Patient),
            |tx, grant| {
                let plain = store::schedule::one(tx, id)?.value;
                let location = store::directory::one::<Location>(tx, plain.location.as_str())?.value;
                let mut providers = providers(tx)?;
                providers.retain(|p| p.id == plain.provider || p.works_at(&location.id));
                let openings = match moving {
                    Some(from) => {
                        let wish = Wish { provider: Some(&plain.provider), minutes: plain.minutes, from, now };
                        openings(tx, &location, &providers, &wish)?
                    }
                    None => Vec::new(),
                };
                let provider = plain.provider;
                let names = Names::read(tx)?;
                let shows = grant.fields();
                // In an emergency it is open for reading only.
                let reads = grant.patient().is_some_and(|patient| cx.emergency(patient).is_some());
                let (may_edit, may_overbook) = (may_edit && !reads, may_overbook && !reads);
                let page = |(booked, changes): (Booked, Vec<Change>)| {
                    let visit = visit(booked, &View { shows, contact: true, charges, now });
                    let history = changes.into_iter().map(|change| line(change, &names)).collect();
                    VisitPage { visit, provider, providers, location, history, openings, may_edit, may_overbook }
                };
                Ok(store::schedule::open(tx, grant, id)?.cut(page, &keep(shows, &SHOWN)))
            },
        )?;
        self.disclose_with(cx, self.event(cx, Act::ScheduleViewed).object("appointment", id), page)
    }
}

fn line(change: Change, names: &Names) -> HistoryLine {
    let Change { at, actor, reason, appointment } = change;
    let actor = names.of(&actor);
    HistoryLine { at, actor, what: reason, status: appointment.status, start: appointment.start }
}
