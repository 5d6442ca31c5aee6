//! Look at what the log has since the last look, and open the alerts that the rules make of it.

use std::collections::{BTreeMap, BTreeSet};

use domain::Instant;
use domain::account::Account;
use domain::alert::rules::{Found, Kin, Known, Sight, Told, failed_account, look, opened};
use domain::alert::{Alert, LONGEST_QUIET, Rule};
use domain::audit::{Act, Event};
use domain::id::{AccountId, AlertId, PatientId};
use domain::name::search_key;
use domain::place::Location;
use store::audit::read::{Entry, Lately, from_place, lately_by, lately_of};
use store::audit::{Content, Log};
use store::record::Stamp;
use store::{Tx, alert, directory, evidence};

use crate::{App, Result};

/// Events of the log that one look takes.
const PART: i64 = 500;
/// Events that the rules look back at for one person, or for one act.
const BACK: i64 = 2_000;

/// What one look did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// Alerts that it opened.
    pub alerts: usize,
    /// Whether the log may have more.
    pub more: bool,
}

/// A part of the log with what the rules need beside it.
struct Part {
    /// Its first place.
    from: i64,
    /// The place after its last.
    next: i64,
    /// What the rules look back at, then the part's own events.
    events: Vec<Sight>,
    /// How many of them are no part's own.
    seen: usize,
    known: Known,
    told: Vec<Told>,
}

impl App {
    /// Looks at the next part of the log. The alerts, their events and the place that the next look begins at are one transaction,
    /// which fails when another look was there first: a crash loses no alert, and none is opened twice. Call it every half minute,
    /// and again at once while there is more.
    pub fn look_for_alerts(&self) -> Result<Looked> {
        let log = self.store.log().clone();
        let Some(mut part) = self.store.read("alert.part", |tx| part(&log, tx))? else { return Ok(Looked::default()) };
        let found = look(&part.events, part.seen, &part.known, &mut part.told);
        let new: Vec<(Alert, Found)> = found.into_iter().map(|found| (self.new_alert(&found), found)).collect();
        let (from, next) = (part.from, part.next);
        let looked = Looked { alerts: new.len(), more: next - from >= PART };
        let event = self.system_event(Act::AlertOpened, "alerts");
        let stamp = Stamp { actor: event.actor.to_string(), reason: "a rule fired".to_owned() };
        let kept = self.store.write("alert.open", move |tx| {
            alert::advance(tx, from, next)?;
            for (new, found) in &new {
                alert::insert(tx, new, found, &stamp)?;
                tx.audit(opening(event.clone(), new));
            }
            Ok(())
        });
        match kept {
            // Another look was faster, and has done the same.
            Err(store::Error::Stale("alert_place")) => Ok(Looked { alerts: 0, more: true }),
            kept => Ok(kept.map(|_| looked)?),
        }
    }

    /// What was found, as an alert that waits from now on.
    pub(crate) fn new_alert(&self, found: &Found) -> Alert {
        let now = self.clock.now();
        Alert {
            id: AlertId::new(now, &*self.entropy),
            rule: found.rule,
            about: found.about.clone(),
            patient: found.patient.clone(),
            count: found.count,
            events: found.events.clone(),
            at: found.at,
            opened_at: now,
            due_at: now.plus_seconds(found.rule.terms().severity.hours() * 3600),
            closed: None,
        }
    }
}

/// The event of an opening.
pub(crate) fn opening(event: Event, alert: &Alert) -> Event {
    let event = event.object("alert", &alert.id).with("rule", alert.rule).with("count", alert.count);
    event.about(alert.patient.clone()).showing(["alert"])
}

/// The next part of the log, or nothing where the rules have seen all of it.
fn part(log: &Log, tx: &mut Tx) -> store::Result<Option<Part>> {
    let from = alert::place(tx)?;
    // With the event before the first new one, against which the clock is held.
    let entries = from_place(log, tx, from.saturating_sub(1).max(0), PART + i64::from(from > 0))?;
    let Some(next) = entries.last().map(|last| place(last) + 1).filter(|next| *next > from) else { return Ok(None) };
    let mut sights: BTreeMap<i64, Sight> = entries.into_iter().filter_map(sight).collect();
    let new: Vec<Sight> = sights.range(from..).map(|(_, sight)| sight.clone()).collect();
    let (first, last) = (new.iter().map(|s| s.at).min(), new.iter().map(|s| s.at).max());
    let (Some(first), Some(last)) = (first, last) else {
        // None of them can be read, so that there is nothing to look at.
        let (events, known, told) = Default::default();
        return Ok(Some(Part { from, next, events, seen: 0, known, told }));
    };
    for entry in back(log, tx, &new, (first, last), from)? {
        sights.extend(sight(entry));
    }
    let seen = sights.range(..from).count();
    let (known, events) = (known(tx, &new)?, sights.into_values().collect());
    let told = alert::told(tx, first.plus_seconds(-LONGEST_QUIET), last.plus_seconds(LONGEST_QUIET))?;
    Ok(Some(Part { from, next, events, seen, known, told }))
}

fn place(entry: &Entry) -> i64 {
    entry.index.and_then(|index| i64::try_from(index).ok()).unwrap_or(0)
}

/// What was destroyed cannot be looked at, and what cannot be read is for `verify` to say.
fn sight(entry: Entry) -> Option<(i64, Sight)> {
    let index = place(&entry);
    let Content::Open(event) = entry.content else { return None };
    Some((index, Sight { id: entry.id, at: entry.at, event }))
}

/// What was before this part by those who open records or are refused in it, and which sign-ins failed, when one does in it.
fn back(
    log: &Log,
    tx: &mut Tx,
    new: &[Sight],
    (first, to): (Instant, Instant),
    before: i64,
) -> store::Result<Vec<Entry>> {
    let lately = |rule: Rule| Lately { from: first.plus_seconds(-rule.terms().window), to, before, limit: BACK };
    let counted = |event: &Event| opened(event).is_some() || event.act == Act::Denied;
    let actors: BTreeSet<String> =
        new.iter().filter(|s| counted(&s.event)).map(|s| s.event.actor.to_string()).collect();
    let mut all = Vec::new();
    for actor in &actors {
        // The rules that count what one person does have one window.
        all.extend(lately_by(log, tx, actor, &lately(Rule::ManyRecords))?);
    }
    if new.iter().any(|s| failed_account(&s.event).is_some()) {
        all.extend(lately_of(log, tx, Act::SignInFailed, &lately(Rule::ManyPlaces))?);
    }
    Ok(all)
}

fn known(tx: &mut Tx, new: &[Sight]) -> store::Result<Known> {
    let decoy = evidence::canary(tx, "patient")?.and_then(|id| PatientId::parse(&id).ok());
    let locations = directory::all::<Location>(tx)?.into_iter().map(|location| location.value);
    let hours = locations.map(|location| (location.zone.rules().clone(), location.hours)).collect();
    let people: BTreeMap<AccountId, Account> =
        store::account::all(tx)?.into_iter().map(|(id, account)| (id, account.value)).collect();
    let mut alike = BTreeMap::new();
    let pairs: BTreeSet<(&AccountId, &PatientId)> = new.iter().filter_map(|s| opened(&s.event)).collect();
    for (who, whose) in pairs {
        let name = people.get(who).map_or("", |account| account.name.as_str());
        if let Some(kin) = kin(tx, name, whose)? {
            alike.insert((who.clone(), whose.clone()), kin);
        }
    }
    Ok(Known { kin: alike, decoy, hours })
}

/// How the name of an account is like a patient's. It is one line, so each word after the first may be the family name, and all
/// of them together.
fn kin(tx: &mut Tx, name: &str, patient: &PatientId) -> store::Result<Option<Kin>> {
    let Some((given, rest)) = name.split_once(' ') else { return Ok(None) };
    let (given, most) = (search_key(given), Rule::FamilyName.terms().above + 1);
    let families: BTreeSet<String> =
        rest.split(' ').chain([rest]).map(search_key).filter(|key| !key.is_empty()).collect();
    for family in &families {
        if let Some(kin) = alert::kin(tx, patient, family, &given, most)? {
            return Ok(Some(kin));
        }
    }
    Ok(None)
}
