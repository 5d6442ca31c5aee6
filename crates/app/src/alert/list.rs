//! What is open, what was closed, and one alert with the events that it is made of.

use std::collections::BTreeMap;

use domain::Instant;
use domain::access::{Action, ResourceKind};
use domain::alert::{Alert, State};
use domain::audit::{Act, Actor};
use domain::id::{AccountId, AlertId};
use domain::patient::{FieldGroup, Patient};
use store::audit::read::Entry;
use store::{Disclosed, alert};

use crate::access::Resource;
use crate::account::{name_of, who};
use crate::audit::{LogLine, in_lines};
use crate::emergency::{Waiting, Whose};
use crate::{App, Cx, Result};

/// What a page about alerts shows: they themselves, their events, and who the patients are.
const KEEP: [&str; 3] = ["alert", "audit", FieldGroup::Identity.as_str()];

/// One alert.
#[derive(Clone, Debug)]
pub struct AlertRow {
    /// The alert.
    pub alert: Alert,
    /// Where it stands.
    pub state: State,
    /// What happened, in a sentence that names the patient when the reader may know.
    pub sentence: String,
    /// Whom it is about: a name.
    pub who: String,
    /// Whose record, when it is one and the reader may know.
    pub whose: Option<Whose>,
    /// Who closed it.
    pub closer: String,
}

/// The page.
#[derive(Clone, Debug)]
pub struct Alerts {
    /// Open, the one that is due first at the head.
    pub open: Vec<AlertRow>,
    /// Closed, the newest first.
    pub closed: Vec<AlertRow>,
}

/// One alert with its events.
#[derive(Clone, Debug)]
pub struct AlertPage {
    /// The alert.
    pub row: AlertRow,
    /// The newest events that it is made of, oldest first.
    pub events: Vec<LogLine>,
    /// Whether this person may close it now.
    pub may_close: bool,
}

impl App {
    /// The alerts that are open, and those that were closed.
    pub fn alerts(&self, cx: &Cx) -> Result<Disclosed<Alerts>> {
        let now = self.clock.now();
        let page = self.look(
            cx,
            Action::AlertReview,
            |_| Ok(Resource::Practice),
            |tx, grant| {
                let both = alert::waiting(tx, grant)?.and(alert::closed(tx, grant)?);
                let people = who(tx)?;
                let both = self.with_patients(cx, tx, both, &KEEP)?;
                let cut = |((open, closed), patients): ((Vec<Alert>, Vec<Alert>), Vec<Patient>)| {
                    let view = View { people, patients, now };
                    let rows = |alerts: Vec<Alert>| alerts.into_iter().map(|alert| view.row(alert)).collect();
                    Alerts { open: rows(open), closed: rows(closed) }
                };
                Ok(both.cut(cut, &KEEP))
            },
        )?;
        self.disclose(cx, Act::AlertViewed, page)
    }

    /// One alert, with the newest of the events that it is made of.
    pub fn alert(&self, cx: &Cx, id: &AlertId) -> Result<Disclosed<AlertPage>> {
        let log = self.store.log().clone();
        let (now, me) = (self.clock.now(), cx.account.clone());
        let page = self.look(
            cx,
            Action::AlertReview,
            |_| Ok(Resource::Practice),
            |tx, grant| {
                let found = alert::open(&log, tx, grant, id)?;
                let people = who(tx)?;
                let both = self.with_patients(cx, tx, found, &KEEP)?;
                let cut = |((alert, events), patients): ((Alert, Vec<Entry>), Vec<Patient>)| {
                    let events = in_lines(events, &people, &patients);
                    let may_close = alert.closed.is_none() && alert.account() != Some(&me);
                    AlertPage { row: View { people, patients, now }.row(alert), events, may_close }
                };
                Ok(both.cut(cut, &KEEP))
            },
        )?;
        self.disclose_with(cx, self.event(cx, Act::AlertViewed).object("alert", id), page)
    }

    /// How many are open, for those who look into them: the notice on every page of theirs.
    pub fn alerts_waiting(&self, cx: &Cx) -> Result<Option<Waiting>> {
        if !self.role_may(cx.role, Action::AlertReview, ResourceKind::Practice) {
            return Ok(None);
        }
        let (all, late) = self.store.read("alert.counts", alert::counts)?;
        Ok(Some(Waiting { all, late }))
    }
}

/// What a row is made with.
struct View {
    people: BTreeMap<AccountId, String>,
    patients: Vec<Patient>,
    now: Instant,
}

impl View {
    fn row(&self, alert: Alert) -> AlertRow {
        let patient = self.patients.iter().find(|p| Some(&p.id) == alert.patient.as_ref());
        let name = patient.map_or_else(|| "a patient".to_owned(), |p| p.name.to_string());
        let whose = patient.map(|p| Whose { name: p.name.clone(), born: p.birth_date });
        let who = self.actor(&alert.about);
        let sentence = alert.sentence(&who, &name);
        let closer = alert.closed.as_ref().map(|closed| self.name(&closed.by)).unwrap_or_default();
        AlertRow { state: alert.state(self.now), sentence, who, whose, closer, alert }
    }

    fn actor(&self, actor: &Actor) -> String {
        match actor {
            Actor::Account(id) => self.name(id),
            Actor::Client(_) => "A program".to_owned(),
            Actor::Anonymous => "Somebody not signed in".to_owned(),
            Actor::System(_) => "The server".to_owned(),
        }
    }

    fn name(&self, id: &AccountId) -> String {
        name_of(&self.people, id)
    }
}
