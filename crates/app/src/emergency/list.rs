//! What waits for a review, what was opened, and the figures over it.

use std::collections::BTreeMap;

use domain::Instant;
use domain::access::{Action, ResourceKind};
use domain::audit::Act;
use domain::emergency::{Emergency, State};
use domain::id::{AccountId, PatientId};
use domain::name::PersonName;
use domain::patient::{FieldGroup, Patient};
use jiff::ToSpan as _;
use jiff::civil::Date;
use store::emergency;
use store::{Disclosed, Phi, Tx};

use crate::access::{Decision, Resource};
use crate::account::{name_of, who};
use crate::{App, Asker as _, Cx, Result};

/// Months that the page looks back over, the present one among them.
const MONTHS: i32 = 12;

/// What a page about uses shows: they themselves, their events, and who the patients are.
pub(super) const KEEP: [&str; 3] = ["emergency", "audit", FieldGroup::Identity.as_str()];

/// Which uses to list; `None` is any.
#[derive(Clone, Debug, Default)]
pub struct EmergencyFilter {
    /// The first day of a month.
    pub month: Option<Date>,
    /// Who.
    pub account: Option<AccountId>,
    /// Where they stand.
    pub state: Option<State>,
}

/// A patient as a list names one.
#[derive(Clone, Debug)]
pub struct Whose {
    /// The name.
    pub name: PersonName,
    /// The date of birth.
    pub born: Date,
}

/// One use.
#[derive(Clone, Debug)]
pub struct EmergencyRow {
    /// The use.
    pub emergency: Emergency,
    /// Where it stands.
    pub state: State,
    /// Who: a name.
    pub who: String,
    /// Whose record, when the reader may know.
    pub whose: Option<Whose>,
}

/// The figures of one month, or of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally<K> {
    /// Of what.
    pub key: K,
    /// What it is called.
    pub label: String,
    /// How many stand where, in the order of [`State::ALL`].
    pub states: Vec<(State, usize)>,
}

/// How many wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Without a review, those that are open now among them.
    pub all: u32,
    /// Past their day.
    pub late: u32,
}

/// The page.
#[derive(Clone, Debug)]
pub struct Emergencies {
    /// Without a review, the one that is due first at the head.
    pub waiting: Vec<EmergencyRow>,
    /// What the filter leaves of the last twelve months, newest first.
    pub used: Vec<EmergencyRow>,
    /// By month, newest first.
    pub months: Vec<Tally<Date>>,
    /// By person.
    pub people: Vec<Tally<AccountId>>,
    /// All of the twelve months.
    pub whole: Vec<(State, usize)>,
}

impl App {
    /// What waits for a review, and what was opened in the last twelve months.
    pub fn emergencies(&self, cx: &Cx, filter: &EmergencyFilter, today: Date) -> Result<Disclosed<Emergencies>> {
        self.sweep_emergencies()?;
        let zone = self.practice_facts()?.zone.rules().clone();
        let now = self.clock.now();
        let first = today.first_of_month();
        let from = first.checked_sub((MONTHS - 1).months()).unwrap_or(first);
        let from = from.to_zoned(zone.clone()).map_or(now, |at| Instant::from(at.timestamp()));
        let page = self.look(
            cx,
            Action::EmergencyReview,
            |_| Ok(Resource::Practice),
            |tx, grant| {
                let both = emergency::waiting(tx, grant)?.and(emergency::list(tx, grant, from, now.plus_seconds(1))?);
                let people = who(tx)?;
                let both = self.with_patients(cx, tx, both, &KEEP)?;
                let month = |e: &Emergency| e.opened_at.timestamp().to_zoned(zone.clone()).date().first_of_month();
                let cut = |((waiting, used), patients): ((Vec<Emergency>, Vec<Emergency>), Vec<Patient>)| {
                    let view = View { people, patients, now };
                    let waiting = waiting.into_iter().map(|e| view.row(e)).collect();
                    let used: Vec<EmergencyRow> = used.into_iter().map(|e| view.row(e)).collect();
                    let months = tallies(&used, |e| month(e), |m| m.strftime("%B %Y").to_string());
                    let by_person = tallies(&used, |e| e.account.clone(), |id| view.name(id));
                    let whole = states(&used.iter().collect::<Vec<_>>());
                    let kept = used.into_iter().filter(|row| {
                        filter.month.is_none_or(|m| month(&row.emergency) == m)
                            && filter.account.as_ref().is_none_or(|a| row.emergency.account == *a)
                            && filter.state.is_none_or(|s| row.state == s)
                    });
                    let months = months.into_iter().rev().collect();
                    Emergencies { waiting, used: kept.collect(), months, people: by_person, whole }
                };
                Ok(both.cut(cut, &KEEP))
            },
        )?;
        self.disclose(cx, Act::EmergencyViewed, page)
    }

    /// How many wait for a review, for those who review: the notice on every page of theirs.
    pub fn emergencies_waiting(&self, cx: &Cx) -> Result<Option<Waiting>> {
        if !self.role_may(cx.role, Action::EmergencyReview, ResourceKind::Practice) {
            return Ok(None);
        }
        let (all, late) = self.store.read("emergency.counts", emergency::counts)?;
        Ok(Some(Waiting { all, late }))
    }

    /// What was read with who the patients are, as far as the reader finds patients at all. `keep` names what is read.
    pub(crate) fn with_patients<T>(
        &self,
        cx: &Cx,
        tx: &mut Tx,
        phi: Phi<T>,
        keep: &[&str],
    ) -> store::Result<Phi<(T, Vec<Patient>)>> {
        let may = cx.decide(&self.policies, Action::PatientFind, Resource::Practice);
        let Decision::Allowed(grant) = may else {
            return Ok(phi.cut(|value| (value, Vec::new()), keep));
        };
        let ids: Vec<PatientId> = phi.subjects().collect();
        let people = store::patient::named(tx, &grant, &ids)?;
        Ok(phi.and(people))
    }
}

/// What a row is made with.
pub(super) struct View {
    pub(super) people: BTreeMap<AccountId, String>,
    pub(super) patients: Vec<Patient>,
    pub(super) now: Instant,
}

impl View {
    pub(super) fn row(&self, emergency: Emergency) -> EmergencyRow {
        let whose = self.patients.iter().find(|p| p.id == emergency.patient);
        let whose = whose.map(|p| Whose { name: p.name.clone(), born: p.birth_date });
        EmergencyRow { state: emergency.state(self.now), who: self.name(&emergency.account), whose, emergency }
    }

    pub(super) fn name(&self, id: &AccountId) -> String {
        name_of(&self.people, id)
    }
}

fn tallies<K: Ord + Clone>(
    rows: &[EmergencyRow],
    key: impl Fn(&Emergency) -> K,
    label: impl Fn(&K) -> String,
) -> Vec<Tally<K>> {
    let mut groups: BTreeMap<K, Vec<&EmergencyRow>> = BTreeMap::new();
    for row in rows {
        groups.entry(key(&row.emergency)).or_default().push(row);
    }
    groups.into_iter().map(|(k, rows)| Tally { label: label(&k), key: k, states: states(&rows) }).collect()
}

fn states(rows: &[&EmergencyRow]) -> Vec<(State, usize)> {
    State::ALL.iter().map(|state| (*state, rows.iter().filter(|row| row.state == *state).count())).collect()
}
