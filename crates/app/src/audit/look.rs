//! Read the log, a sentence an event. Reading it is an event too.

use std::collections::BTreeMap;

use domain::access::Action;
use domain::audit::{Act, Actor, Event, Outcome, Purpose};
use domain::compliance::{Evidence, EvidenceKind, Verdict};
use domain::id::{AccountId, EventId, PatientId};
use domain::patient::Patient;
use domain::{Cents, Instant};
use jiff::civil::Date;
use store::Disclosed;
use store::audit::Content;
use store::audit::name::Restore;
use store::audit::read::{Entry, Filter, actor_of, list};

use super::outside::Witnessed;
use super::siem::{Handed, handed};
use crate::access::{Decision, Resource};
use crate::cx::SELF_CHECK;
use crate::{App, Asker as _, Cx, Result};

/// Events of a page.
const SHOWN: u32 = 50;

/// Which events to show; `None` is any.
#[derive(Clone, Debug, Default)]
pub struct LogFilter {
    /// What was done.
    pub act: Option<Act>,
    /// Who did it.
    pub account: Option<AccountId>,
    /// Whose record.
    pub patient: Option<PatientId>,
    /// Only what was before this event.
    pub before: Option<(Instant, EventId)>,
}

/// One event in words.
#[derive(Clone, Debug)]
pub struct LogLine {
    /// Its id.
    pub id: EventId,
    /// Its place in the log.
    pub index: Option<u64>,
    /// When.
    pub at: Instant,
    /// `Dana W. viewed Rosa Amaya`, or `Dana W. viewed a patient` for who may not know more.
    pub sentence: String,
    /// Which parts were shown or changed, why, and facts.
    pub detail: String,
    /// Whose records.
    pub patients: Vec<PatientId>,
    /// Who that is, when it is one patient and the reader may know.
    pub person: Option<Person>,
    /// How it ended.
    pub outcome: Outcome,
}

/// A patient as the log names one.
#[derive(Clone, Debug)]
pub struct Person {
    /// Given name and family name.
    pub name: String,
    /// The birth date, which tells two of one name apart.
    pub born: Date,
}

/// How whole the log is, and since when that is known.
#[derive(Clone, Debug)]
pub struct Strip {
    /// Numbered events.
    pub size: i64,
    /// The newest checkpoint: when it was signed, its size, its root in hexadecimal, as `wellkept verify` says it.
    pub checkpoint: Option<(Instant, i64, String)>,
    /// The last time that everything was re-hashed, and what was found.
    pub verified: Option<Evidence>,
    /// Who keeps checkpoints of it elsewhere.
    pub witnesses: Vec<Witnessed>,
    /// Who is sent the log.
    pub siem: Vec<Handed>,
    /// Older copies that somebody accepted, oldest first.
    pub restores: Vec<Restore>,
    /// The log's name and key now.
    pub vkey: String,
}

/// A page of the log.
#[derive(Clone, Debug)]
pub struct LogPage {
    /// Newest first.
    pub lines: Vec<LogLine>,
    /// Where the next page begins.
    pub next: Option<(Instant, EventId)>,
    /// People to choose from.
    pub people: Vec<(AccountId, String)>,
    /// The state of the log.
    pub strip: Strip,
}

impl App {
    /// A page of the log. Who looks at it is on record before it is shown.
    pub fn audit_log(&self, cx: &Cx, filter: &LogFilter) -> Result<Disclosed<LogPage>> {
        let log = self.store.log().clone();
        let wanted = Filter {
            act: filter.act.map(|act| act.as_str().to_owned()),
            actor: filter.account.as_ref().map(actor_of),
            patient: filter.patient.clone(),
            before: filter.before.clone(),
        };
        let page = self.look(
            cx,
            Action::AuditView,
            |_| Ok(Resource::AuditLog),
            |tx, _grant| {
                let accounts = store::account::all(tx)?;
                let names: BTreeMap<AccountId, String> =
                    accounts.into_iter().map(|(id, account)| (id, account.value.short_name())).collect();
                let size = store::audit::latest_size(tx)?;
                let checkpoint = store::audit::latest_checkpoint(tx)?.map(|row| read_checkpoint(&row)).transpose()?;
                let verified = store::evidence::latest(tx, EvidenceKind::Probe, "V-13")?;
                let entries = list(&log, tx, &wanted, SHOWN)?;
                let generation = store::audit::name::generation(tx)?;
                let strip = Strip {
                    size,
                    checkpoint,
                    verified,
                    witnesses: self.outside.witnessed(store::audit::outside::witnesses(tx)?),
                    siem: handed(store::audit::siem::receivers(tx)?, size, self.clock.now()),
                    restores: store::audit::name::restores(tx)?,
                    vkey: log.key(generation)?.to_string(),
                };
                // Whoever may find a patient reads who it was; for the others the events stay without names.
                let may = cx.decide(&self.policies, Action::PatientFind, Resource::Practice);
                let Decision::Allowed(grant) = may else {
                    return Ok(entries.cut(|e| in_words(e, names, &BTreeMap::new(), strip), &["audit"]));
                };
                let ids: Vec<PatientId> = entries.subjects().collect();
                let people = store::patient::named(tx, &grant, &ids)?;
                let all = entries.and(people);
                Ok(all.cut(|(e, people)| in_words(e, names, &persons(&people), strip), &["audit", "identity"]))
            },
        )?;
        let event = self.event(cx, Act::AuditViewed).with("page", "log");
        self.disclose_with(cx, event, page)
    }

    /// Re-hashes the whole log and looks for a canary read in it, now.
    pub fn verify_log(&self, cx: &Cx) -> Result<Evidence> {
        let _ = self.authorize(cx, Action::AuditView, Resource::AuditLog)?;
        self.prove_whole_log()
    }
}

fn read_checkpoint(row: &store::Row) -> store::Result<(Instant, i64, String)> {
    let note: String = row.get("note")?;
    let note = tlog::Note::parse(note.as_bytes()).map_err(|_| row.corrupt("note"))?;
    let checkpoint: tlog::Checkpoint = note.text().parse().map_err(|_| row.corrupt("note"))?;
    Ok((row.get("at")?, row.get("size")?, checkpoint.root.to_string()))
}

fn persons(patients: &[Patient]) -> BTreeMap<PatientId, Person> {
    let person = |p: &Patient| Person { name: p.name.to_string(), born: p.birth_date };
    patients.iter().map(|p| (p.id.clone(), person(p))).collect()
}

fn in_words(
    entries: Vec<Entry>,
    names: BTreeMap<AccountId, String>,
    persons: &BTreeMap<PatientId, Person>,
    strip: Strip,
) -> LogPage {
    let full = entries.len() >= usize::try_from(SHOWN).unwrap_or(usize::MAX);
    let next = entries.last().filter(|_| full).map(|last| (last.at, last.id.clone()));
    let lines = entries.into_iter().map(|entry| line(entry, &names, persons)).collect();
    LogPage { lines, next, people: names.into_iter().collect(), strip }
}

/// The same lines for a page about one use of emergency access, which says once what each of its events says.
pub(crate) fn in_lines(entries: Vec<Entry>, names: &BTreeMap<AccountId, String>, patients: &[Patient]) -> Vec<LogLine> {
    let persons = persons(patients);
    let known = |mut entry: Entry| {
        if let Content::Open(event) = &mut entry.content {
            event.detail.retain(|name, _| !matches!(name.as_str(), "emergency" | "at"));
        }
        entry
    };
    entries.into_iter().map(|entry| line(known(entry), names, &persons)).collect()
}

fn line(entry: Entry, names: &BTreeMap<AccountId, String>, persons: &BTreeMap<PatientId, Person>) -> LogLine {
    let Entry { id, index, at, content } = entry;
    let Content::Open(event) = content else {
        let (sentence, detail) = match content {
            Content::Destroyed => ("The content of this event was destroyed under authority", ""),
            _ => (
                "The content of this event cannot be read",
                "it was changed, or its key is gone, and no event says why · verify the log",
            ),
        };
        return LogLine {
            id,
            index,
            at,
            sentence: sentence.to_owned(),
            detail: detail.to_owned(),
            patients: Vec::new(),
            person: None,
            outcome: Outcome::Done,
        };
    };
    let person = match event.subjects.as_slice() {
        [one] => persons.get(one).cloned(),
        _ => None,
    };
    let sentence = sentence(&event, names, person.as_ref());
    LogLine {
        id,
        index,
        at,
        sentence,
        detail: detail(&event),
        outcome: event.outcome,
        patients: event.subjects,
        person,
    }
}

fn sentence(event: &Event, names: &BTreeMap<AccountId, String>, person: Option<&Person>) -> String {
    let who = match &event.actor {
        Actor::Account(id) => match names.get(id) {
            Some(name) => name.clone(),
            None if event.purpose == Purpose::SelfCheck => "The self-check".to_owned(),
            None => format!("Account {id}"),
        },
        Actor::Client(id) => {
            let name = event.detail.get("client");
            name.map_or_else(|| format!("API client {id}"), |name| format!("The program {name}"))
        }
        Actor::Anonymous => "Somebody not signed in".to_owned(),
        Actor::System(part) if part == SELF_CHECK => "The self-check".to_owned(),
        Actor::System(part) => format!("The server ({part})"),
    };
    let what = match event.detail.get("action").and_then(|action| Action::parse(action)) {
        Some(action) if event.act == Act::Denied => format!("was not allowed to {}", action.label()),
        _ if event.act == Act::ProbeRan => {
            let fact = |name| event.detail.get(name).map_or("unknown", String::as_str);
            let verdict = Verdict::parse(fact("verdict")).map_or("unknown", |v| v.label());
            format!("ran the check {}: {}", fact("subject"), verdict.to_lowercase())
        }
        _ => event.act.label().to_owned(),
    };
    let what = match (person, event.subjects.len()) {
        (Some(person), _) => about(&what, event.act, &person.name),
        (None, 0 | 1) => what,
        (None, n) => format!("{what}, {n} patients"),
    };
    let failed = if event.outcome == Outcome::Failed { ", which failed" } else { "" };
    format!("{who} {what}{failed}")
}

/// The act with the patient's name in it.
fn about(what: &str, act: Act, name: &str) -> String {
    match act {
        Act::PatientViewed | Act::PatientRegistered | Act::PatientChanged | Act::PatientRestricted => {
            what.replace("a patient", name)
        }
        Act::EmergencyOpened | Act::EmergencyEnded | Act::EmergencyViewed | Act::EmergencyReviewed => {
            format!("{what} to {name}")
        }
        Act::PatientsFound => format!("{what} and found {name}"),
        Act::AppointmentBooked => format!("{what} for {name}"),
        Act::Denied
        | Act::AuditViewed
        | Act::ScheduleViewed
        | Act::AlertOpened
        | Act::AlertViewed
        | Act::AlertClosed
        | Act::SampleViewed
        | Act::SampleRead => format!("{what}, {name}"),
        _ => format!("{what} of {name}"),
    }
}

fn detail(event: &Event) -> String {
    let mut parts = vec![format!("for {}", event.purpose.label())];
    if !event.fields.is_empty() {
        parts.push(format!("fields {}", event.fields.join(", ").replace('_', " ")));
    }
    let told: &[&str] = if event.act == Act::ProbeRan { &["subject", "verdict"] } else { &[] };
    // The sentence has said some, and a `false` is the usual case.
    let facts = event.detail.iter().filter(|(name, value)| {
        !matches!(name.as_str(), "action" | "checksum") && !told.contains(&name.as_str()) && *value != "false"
    });
    parts.extend(facts.map(|(name, value)| fact(&name.replace('_', " "), value)));
    let elsewhere = event.source.iter().filter(|_| event.purpose != Purpose::SelfCheck);
    parts.extend(elsewhere.map(|source| format!("from {source}")));
    parts.join(" · ")
}

/// One detail of an event in words.
fn fact(name: &str, value: &str) -> String {
    match (name, value.parse()) {
        (_, Err(_)) if value == "true" => name.to_owned(),
        ("cents", Ok(cents)) => format!("sum ${}", Cents::new(cents)),
        _ => format!("{name} {}", value.replace('_', " ")),
    }
}
