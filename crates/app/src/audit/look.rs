//! Read the log, a sentence an event. Reading it is an event too.

use std::collections::BTreeMap;

use domain::Instant;
use domain::access::Action;
use domain::audit::{Act, Actor, Event, Outcome};
use domain::compliance::{Evidence, EvidenceKind};
use domain::id::{AccountId, EventId, PatientId};
use store::Disclosed;
use store::audit::read::{Entry, Filter, actor_of, list};

use crate::access::Resource;
use crate::compliance::{Probe, ProbeEnv};
use crate::{App, Cx, Error, Result};

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
    /// `Dana W. viewed a patient`.
    pub sentence: String,
    /// Which parts were shown or changed, why, and facts.
    pub detail: String,
    /// Whose records.
    pub patients: Vec<PatientId>,
    /// How it ended.
    pub outcome: Outcome,
}

/// How whole the log is, and since when that is known.
#[derive(Clone, Debug)]
pub struct Strip {
    /// Numbered events.
    pub size: i64,
    /// The newest checkpoint: when it was signed, its size, its root.
    pub checkpoint: Option<(Instant, i64, String)>,
    /// The last time that everything was re-hashed, and what was found.
    pub verified: Option<Evidence>,
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
                let strip = Strip { size, checkpoint, verified };
                Ok(entries.cut(|entries| in_words(entries, names, strip), &["audit"]))
            },
        )?;
        let event = self.event(cx, Act::AuditViewed).with("page", "log");
        self.disclose_with(cx, event, page)
    }

    /// Re-hashes the whole log and looks for a canary read in it, now.
    pub fn verify_log(&self, cx: &Cx) -> Result<Evidence> {
        let _ = self.authorize(cx, Action::AuditView, Resource::AuditLog)?;
        let probe = Probe::find("V-13").ok_or_else(|| Error::Refused("there is no such probe".to_owned()))?;
        self.run_probe(probe, &ProbeEnv::of_process())
    }
}

fn read_checkpoint(row: &store::Row) -> store::Result<(Instant, i64, String)> {
    let note: String = row.get("note")?;
    // The third line of a checkpoint is its root, in base 64.
    let root = note.lines().nth(2).ok_or_else(|| row.corrupt("note"))?;
    Ok((row.get("at")?, row.get("size")?, root.to_owned()))
}

fn in_words(entries: Vec<Entry>, names: BTreeMap<AccountId, String>, strip: Strip) -> LogPage {
    let full = entries.len() >= usize::try_from(SHOWN).unwrap_or(usize::MAX);
    let next = entries.last().filter(|_| full).map(|last| (last.at, last.id.clone()));
    let lines = entries.into_iter().map(|entry| line(entry, &names)).collect();
    LogPage { lines, next, people: names.into_iter().collect(), strip }
}

fn line(entry: Entry, names: &BTreeMap<AccountId, String>) -> LogLine {
    let Entry { id, index, at, event } = entry;
    let Some(event) = event else {
        let sentence = "The content of this event was destroyed under authority".to_owned();
        return LogLine {
            id,
            index,
            at,
            sentence,
            detail: String::new(),
            patients: Vec::new(),
            outcome: Outcome::Done,
        };
    };
    let (sentence, detail) = (sentence(&event, names), detail(&event));
    LogLine { id, index, at, sentence, detail, outcome: event.outcome, patients: event.subjects }
}

fn sentence(event: &Event, names: &BTreeMap<AccountId, String>) -> String {
    let who = match &event.actor {
        Actor::Account(id) => names.get(id).cloned().unwrap_or_else(|| format!("Account {id}")),
        Actor::Anonymous => "Somebody not signed in".to_owned(),
        Actor::System(part) => format!("The server ({part})"),
    };
    let what = match event.detail.get("action").and_then(|action| Action::parse(action)) {
        Some(action) if event.act == Act::Denied => format!("was not allowed to {}", action.label()),
        _ => event.act.label().to_owned(),
    };
    let failed = if event.outcome == Outcome::Failed { ", which failed" } else { "" };
    match event.subjects.len() {
        0 | 1 => format!("{who} {what}{failed}"),
        n => format!("{who} {what}{failed}: {n} patients"),
    }
}

fn detail(event: &Event) -> String {
    let mut parts = vec![format!("for {}", event.purpose.label())];
    if !event.fields.is_empty() {
        parts.push(format!("fields {}", event.fields.join(", ")));
    }
    let facts = event.detail.iter().filter(|(name, _)| !matches!(name.as_str(), "action" | "checksum"));
    parts.extend(facts.map(|(name, value)| format!("{name} {value}")));
    parts.extend(event.source.iter().map(|source| format!("from {source}")));
    parts.join(" · ")
}
