//! The rules themselves: each a small pure function over one event and what came before it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan as _;
use jiff::tz::TimeZone;

use super::{EVENTS, Rule};
use crate::account::throttle::source_prefix;
use crate::audit::{Act, Actor, Event, Outcome, Purpose};
use crate::clock::Instant;
use crate::id::{AccountId, EventId, PatientId};
use crate::schedule::Hours;

/// Hours that people come earlier and stay later than visits begin and end.
const GRACE: i64 = 1;

/// One event of the log, as it was recorded.
#[derive(Clone, Debug)]
pub struct Sight {
    /// Its id.
    pub id: EventId,
    /// When.
    pub at: Instant,
    /// What.
    pub event: Event,
}

/// How a person's name and a patient's are alike. The family name is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kin {
    /// The first name is the same too.
    pub given: bool,
    /// How many patients have the family name, as far as it matters.
    pub bearers: u64,
}

/// What the rules know beside the log.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Who opened whose record, where the family names are the same.
    pub kin: BTreeMap<(AccountId, PatientId), Kin>,
    /// The patient that the system's own checks use.
    pub decoy: Option<PatientId>,
    /// When each location sees patients.
    pub hours: Vec<(TimeZone, Hours)>,
}

/// What a rule found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Which rule.
    pub rule: Rule,
    /// Whom it is about.
    pub about: Actor,
    /// Whose record, when it is one.
    pub patient: Option<PatientId>,
    /// What it counted.
    pub count: u64,
    /// The events that it is made of, oldest first: the last one made it fire.
    pub events: Vec<EventId>,
    /// When that one was.
    pub at: Instant,
}

/// An alert that was opened before, so that it is not said again at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Which rule.
    pub rule: Rule,
    /// Of whom or what: [`Found::key`].
    pub key: String,
    /// When the event was.
    pub at: Instant,
}

impl Found {
    /// What is not said again for a while.
    pub fn key(&self) -> String {
        match (&self.patient, self.rule) {
            (Some(patient), Rule::OwnName | Rule::FamilyName) => format!("{} {patient}", self.about),
            _ => self.about.to_string(),
        }
    }
}

/// What the events after the first `seen` give, in their order. `events` are those of the log in its order: whatever the rules
/// look back at, the one before the first new one, and the new ones.
pub fn look(events: &[Sight], seen: usize, known: &Known, told: &mut Vec<Told>) -> Vec<Found> {
    let mut all = Vec::new();
    for place in seen..events.len() {
        let Some((now, before)) = events.get(..=place).and_then(<[Sight]>::split_last) else { break };
        for found in Rule::ALL.iter().filter_map(|rule| check(*rule, before, now, known)) {
            let (key, quiet) = (found.key(), found.rule.terms().quiet);
            let near = |t: &Told| t.at.seconds_since(found.at).abs() < quiet;
            if !told.iter().any(|t| t.rule == found.rule && t.key == key && near(t)) {
                told.push(Told { rule: found.rule, key, at: found.at });
                all.push(found);
            }
        }
    }
    all
}

/// Whether this event, after those before it, makes the rule fire. The system's own checks do things that nobody else should.
fn check(rule: Rule, before: &[Sight], now: &Sight, known: &Known) -> Option<Found> {
    if now.event.purpose == Purpose::SelfCheck {
        return None;
    }
    match rule {
        Rule::ManyRecords => many_records(before, now),
        Rule::OwnName => own_name(now, known),
        Rule::FamilyName => family_name(now, known),
        Rule::AfterHours => after_hours(now, known),
        Rule::ManyPlaces => many_places(before, now),
        Rule::DisabledAccount => disabled_account(now),
        Rule::ManyRefusals => many_refusals(before, now),
        Rule::LargeExport => large_export(now),
        Rule::Decoy => decoy(now, known),
        Rule::ClockBack => clock_back(before, now),
        Rule::OneHand => one_hand(now),
        Rule::Safeguard => safeguard(now),
        // A person opens it.
        Rule::Sampled => None,
    }
}

/// Whose record a person opened: one patient, and not a figure on the home page.
pub fn opened(event: &Event) -> Option<(&AccountId, &PatientId)> {
    let shows = matches!(
        event.act,
        Act::PatientViewed | Act::ScheduleViewed | Act::ChargesViewed | Act::ClaimsViewed | Act::LedgerViewed
    );
    let counts = event.detail.get("as").is_some_and(|how| how == "counts");
    match (&event.actor, event.subjects.as_slice()) {
        (Actor::Account(who), [one]) if shows && !counts && event.outcome == Outcome::Done => Some((who, one)),
        _ => None,
    }
}

/// The account that signing in failed for.
pub fn failed_account(event: &Event) -> Option<AccountId> {
    let failed = event.act == Act::SignInFailed && event.outcome == Outcome::Failed;
    let object = event.object.as_deref().filter(|_| failed)?;
    AccountId::parse(object.strip_prefix("account:")?).ok()
}

fn many_records(before: &[Sight], now: &Sight) -> Option<Found> {
    let (who, _) = opened(&now.event)?;
    let own = |s: &&Sight| opened(&s.event).is_some_and(|(other, _)| other == who);
    let looks = lately(Rule::ManyRecords, before, now, own);
    let patients: BTreeSet<&PatientId> = looks.iter().filter_map(|s| opened(&s.event)).map(|(_, one)| one).collect();
    fire(Rule::ManyRecords, patients.len(), now.event.actor.clone(), &looks)
}

fn own_name(now: &Sight, known: &Known) -> Option<Found> {
    let _ = kin(now, known).filter(|kin| kin.given)?;
    Some(made(Rule::OwnName, 1, now.event.actor.clone(), &[now]).of(&now.event))
}

/// A name that many patients have says nothing.
fn family_name(now: &Sight, known: &Known) -> Option<Found> {
    let _ = kin(now, known).filter(|kin| !kin.given && kin.bearers <= Rule::FamilyName.terms().above)?;
    Some(made(Rule::FamilyName, 1, now.event.actor.clone(), &[now]).of(&now.event))
}

fn kin<'k>(now: &Sight, known: &'k Known) -> Option<&'k Kin> {
    let (who, whose) = opened(&now.event)?;
    known.kin.get(&(who.clone(), whose.clone()))
}

/// Where no hours are written down, no time is outside of them.
fn after_hours(now: &Sight, known: &Known) -> Option<Found> {
    let _ = opened(&now.event)?;
    if known.hours.is_empty() || known.hours.iter().any(|(zone, hours)| is_staffed(zone, hours, now.at)) {
        return None;
    }
    Some(made(Rule::AfterHours, 1, now.event.actor.clone(), &[now]).of(&now.event))
}

fn is_staffed(zone: &TimeZone, hours: &Hours, at: Instant) -> bool {
    let local = at.timestamp().to_zoned(zone.clone()).datetime();
    let Some(day) = hours.on(local.weekday()) else { return false };
    let (open, close) = (local.date().to_datetime(day.open), local.date().to_datetime(day.close));
    open.saturating_sub(GRACE.hours()) <= local && local < close.saturating_add(GRACE.hours())
}

fn many_places(before: &[Sight], now: &Sight) -> Option<Found> {
    let account = failed_account(&now.event)?;
    let same = |s: &&Sight| failed_account(&s.event).as_ref() == Some(&account);
    let tries = lately(Rule::ManyPlaces, before, now, same);
    let places: BTreeSet<String> = tries.iter().filter_map(|s| s.event.source.as_deref()).map(source_prefix).collect();
    fire(Rule::ManyPlaces, places.len(), Actor::Account(account), &tries)
}

fn disabled_account(now: &Sight) -> Option<Found> {
    let account = failed_account(&now.event)?;
    let right = now.event.detail.get("reason").is_some_and(|reason| reason == "disabled");
    fire(Rule::DisabledAccount, usize::from(right), Actor::Account(account), &[now])
}

fn many_refusals(before: &[Sight], now: &Sight) -> Option<Found> {
    let refused = |s: &&Sight| s.event.act == Act::Denied && s.event.actor == now.event.actor;
    let known = matches!(now.event.actor, Actor::Account(_) | Actor::Client(_));
    if !known || !refused(&now) {
        return None;
    }
    let all = lately(Rule::ManyRefusals, before, now, refused);
    fire(Rule::ManyRefusals, all.len(), now.event.actor.clone(), &all)
}

fn large_export(now: &Sight) -> Option<Found> {
    if now.event.act != Act::ExportBegun {
        return None;
    }
    if now.event.detail.get("what").is_some_and(|what| what == "audit log") {
        return Some(made(Rule::LargeExport, 0, now.event.actor.clone(), &[now]));
    }
    fire(Rule::LargeExport, now.event.subjects.len(), now.event.actor.clone(), &[now])
}

/// Who reads the log sees the checks' own events in it, which name the decoy.
fn decoy(now: &Sight, known: &Known) -> Option<Found> {
    let reads_the_log = matches!(
        now.event.act,
        Act::AuditViewed | Act::AlertViewed | Act::AlertOpened | Act::AlertClosed | Act::SampleViewed | Act::SampleRead
    );
    let touched = known.decoy.as_ref().is_some_and(|decoy| now.event.subjects.contains(decoy));
    fire(Rule::Decoy, usize::from(touched && !reads_the_log), now.event.actor.clone(), &[now])
}

/// The one before it in the log, whoever did it. Acts that run side by side differ by seconds.
fn clock_back(before: &[Sight], now: &Sight) -> Option<Found> {
    let last = before.last()?;
    let back = usize::try_from(last.at.seconds_since(now.at)).unwrap_or(0);
    fire(Rule::ClockBack, back, Actor::System("clock".to_owned()), &[last, now])
}

fn one_hand(now: &Sight) -> Option<Found> {
    let gave = matches!(now.event.act, Act::AccountCreated | Act::AccountChanged);
    let alone = gave && now.event.detail.get("alone").is_some_and(|alone| alone == "true");
    fire(Rule::OneHand, usize::from(alone), now.event.actor.clone(), &[now])
}

fn safeguard(now: &Sight) -> Option<Found> {
    let said = now.event.detail.get("alert").is_some_and(|alert| alert == "true");
    let failed = said || now.event.act == Act::LogContradicted;
    fire(Rule::Safeguard, usize::from(failed), now.event.actor.clone(), &[now])
}

/// The events of the rule's window that fit, and this one.
fn lately<'s>(rule: Rule, before: &'s [Sight], now: &'s Sight, fits: impl Fn(&&Sight) -> bool) -> Vec<&'s Sight> {
    let window = rule.terms().window;
    let recent = |s: &&Sight| s.at <= now.at && now.at.seconds_since(s.at) < window;
    before.iter().filter(|s| recent(s) && fits(s)).chain([now]).collect()
}

/// The rule fires when it counted more than its terms allow.
fn fire(rule: Rule, count: usize, about: Actor, events: &[&Sight]) -> Option<Found> {
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    (count > rule.terms().above).then(|| made(rule, count, about, events))
}

fn made(rule: Rule, count: u64, about: Actor, events: &[&Sight]) -> Found {
    let newest = events.iter().skip(events.len().saturating_sub(EVENTS)).map(|s| s.id.clone()).collect();
    let at = events.last().map(|s| s.at).unwrap_or_default();
    Found { rule, about, patient: None, count, events: newest, at }
}

impl Found {
    /// It is about the one patient of this event.
    fn of(mut self, event: &Event) -> Self {
        self.patient = event.subjects.first().cloned();
        self
    }
}

#[cfg(test)]
mod tests;
