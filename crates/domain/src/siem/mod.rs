//! The audit log as systems elsewhere read it: one message an event, in the form that they ask for, without ePHI.
//!
//! A [`Message`] can only hold what may leave: opaque ids of people and programs, closed words, numbers, and a keyed hash in a
//! patient's place. Names, dates of birth, reasons in words and ids of records about patients have no field here.

mod cef;
mod fhir;
mod ocsf;
mod syslog;
#[cfg(test)]
mod tests;

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::access::{Action, Role, names};
use crate::alert::Rule;
use crate::audit::{Act, Event, Leaf, Outcome, Purpose};
use crate::clock::Instant;
use crate::compliance::Verdict;
use crate::id::EventId;

pub use syslog::frame;

/// Hashes of patients that a message holds at most; it has the count of all.
const PATIENTS: usize = 10;
/// Kinds of things that are about nobody's health: their ids may leave.
const OBJECTS: [&str; 11] = [
    "account",
    "alert",
    "client",
    "event",
    "evidence",
    "partner",
    "payer",
    "review",
    "sample",
    "sample_item",
    "session",
];
/// What stands where the content of an event was destroyed or cannot be read.
const UNKNOWN: &str = "unknown";

names! {
    /// How a receiver wants its messages: each is an RFC 5424 message around this.
    Format {
        /// Structured data and a line of words.
        Plain = "plain", "RFC 5424";
        /// `ArcSight` Common Event Format, version 0.
        Cef = "cef", "CEF 0";
        /// Open Cybersecurity Schema Framework, JSON.
        Ocsf = "ocsf", "OCSF 1.3";
        /// FHIR R4 `AuditEvent`, JSON, in the manner of IHE's basic audit log patterns.
        Fhir = "fhir", "FHIR R4 AuditEvent";
    }
}

/// What an act does, in the few words that other systems know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Does {
    Create,
    Read,
    Update,
    Delete,
    Execute,
}

/// One event as it may leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The name of the log.
    pub log: String,
    /// Its place in the log: a receiver that gets it twice drops one.
    pub place: u64,
    /// The event.
    pub id: EventId,
    /// When.
    pub at: Instant,
    /// What was done.
    pub act: Act,
    /// Who: `account:ID`, `client:ID`, `system:PART` or `anonymous`.
    pub actor: String,
    /// The role of a person.
    pub role: Option<Role>,
    /// Why; nothing where the content cannot be read.
    pub purpose: Option<Purpose>,
    /// How it ended; nothing where the content cannot be read.
    pub outcome: Option<Outcome>,
    /// In which session.
    pub session: Option<String>,
    /// From which address.
    pub source: Option<IpAddr>,
    /// What else it is about, when that is nobody's record.
    pub object: Option<String>,
    /// Keyed hashes of the patients, at most ten.
    pub patients: Vec<String>,
    /// How many patients it concerns.
    pub concerns: usize,
    /// Facts in closed words and numbers.
    pub facts: Vec<(&'static str, String)>,
    /// What the leaf of the log commits to, in hexadecimal.
    pub commitment: String,
}

impl Message {
    /// The message of an entry. `event` is its content where it can be read; `pseudonym` makes a keyed hash of a patient's id.
    pub fn of(log: &str, place: u64, leaf: &Leaf, event: Option<&Event>, pseudonym: impl Fn(&str) -> String) -> Self {
        let patients = event.map(|event| event.subjects.as_slice()).unwrap_or_default();
        Self {
            log: log.to_owned(),
            place,
            id: leaf.id.clone(),
            at: leaf.at,
            act: leaf.act,
            actor: leaf.actor.clone(),
            role: event.and_then(|event| event.role),
            purpose: event.map(|event| event.purpose),
            outcome: event.map(|event| event.outcome),
            session: event.and_then(|event| event.session.as_ref()).map(ToString::to_string),
            source: event.and_then(|event| event.source.as_deref()).and_then(|source| source.parse().ok()),
            object: event.and_then(|event| event.object.clone()).and_then(object),
            patients: patients.iter().take(PATIENTS).map(|patient| pseudonym(patient.as_str())).collect(),
            concerns: patients.len(),
            facts: event.map(facts).unwrap_or_default(),
            commitment: hex::encode(leaf.commitment),
        }
    }

    /// The message in this form, with its syslog header and its length before it (RFC 6587, as RFC 5425 has it).
    pub fn framed(&self, format: Format, host: &str) -> Vec<u8> {
        let text = match format {
            Format::Plain => self.to_string(),
            Format::Cef => cef::line(self),
            Format::Ocsf => ocsf::json(self).to_string(),
            Format::Fhir => fhir::json(self).to_string(),
        };
        frame(self, host, &text)
    }

    fn is_done(&self) -> bool {
        matches!(self.outcome, None | Some(Outcome::Done))
    }

    fn outcome(&self) -> &'static str {
        self.outcome.map_or(UNKNOWN, Outcome::as_str)
    }

    /// Whether somebody should see it soon.
    fn is_alarming(&self) -> bool {
        matches!(self.act, Act::AlertOpened | Act::LogContradicted | Act::AccessRefused | Act::EmergencyOpened)
    }

    /// The actor without its kind.
    fn actor_id(&self) -> &str {
        self.actor.split_once(':').map_or(self.actor.as_str(), |(_, id)| id)
    }

    fn does(&self) -> Does {
        let verb = self.act.as_str().split_once('.').map_or("", |(_, verb)| verb);
        match verb {
            "viewed" | "found" | "previewed" | "read" | "checked" | "collected" => Does::Read,
            "created" | "registered" | "recorded" | "booked" | "imported" | "added" | "taken" => Does::Create,
            "changed" | "reviewed" | "closed" | "decided" | "signed" | "restricted" => Does::Update,
            "shredded" => Does::Delete,
            _ => Does::Execute,
        }
    }
}

impl fmt::Display for Message {
    /// A line of words.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}, {}", self.actor, self.act.label(), self.outcome())?;
        if self.concerns > 0 {
            write!(f, ", about {} patients", self.concerns)?;
        }
        self.facts.iter().try_for_each(|(name, value)| write!(f, ", {name} {value}"))
    }
}

/// The thing, when it is of a kind that is nobody's record.
fn object(text: String) -> Option<String> {
    let (kind, id) = text.split_once(':')?;
    let plain = id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    (OBJECTS.contains(&kind) && plain).then_some(text)
}

/// What of the details is a closed word or a number. Everything else may be words of a person about a person, and stays here.
fn facts(event: &Event) -> Vec<(&'static str, String)> {
    let known = |name: &'static str, is: fn(&str) -> bool| {
        event.detail.get(name).filter(|value| is(value)).map(|value| (name, value.clone()))
    };
    let number = |value: &str| value.parse::<u64>().is_ok();
    [
        known("action", |value| Action::parse(value).is_some()),
        known("alert", |value| value == "true"),
        known("count", number),
        known("files", number),
        known("rows", number),
        known("rule", |value| Rule::parse(value).is_some()),
        known("subject", |value| value.strip_prefix("V-").is_some_and(|n| n.parse::<u8>().is_ok())),
        known("verdict", |value| Verdict::parse(value).is_some()),
    ]
    .into_iter()
    .flatten()
    .collect()
}
