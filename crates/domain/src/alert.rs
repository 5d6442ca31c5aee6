//! Alerts: what the rules over the audit log noticed, and what somebody found when looking into it
//! (45 CFR 164.308(a)(1)(ii)(D)).

pub mod rules;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::access::names;
use crate::audit::Actor;
use crate::clock::Instant;
use crate::id::{AccountId, AlertId, EventId, PatientId};

/// Events that an alert names at most, the newest ones; the log has the others.
pub const EVENTS: usize = 20;
/// The longest time for which a rule does not say the same again, in seconds.
pub const LONGEST_QUIET: i64 = 7 * DAY;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

names! {
    /// What is looked for. The label is the alert's title.
    Rule {
        /// Browsing: one record after the other.
        ManyRecords = "many_records", "Many records in an hour";
        /// One's own record, or that of somebody with the very same name.
        OwnName = "own_name", "A record of one's own name";
        /// Relatives, perhaps.
        FamilyName = "family_name", "A record of one's family name";
        /// Nobody is seen at this time.
        AfterHours = "after_hours", "Records after hours";
        /// Guessing that is spread out, so that no source is slowed down.
        ManyPlaces = "many_places", "Failed sign-ins from many networks";
        /// Who left still knows the password, or somebody else does.
        DisabledAccount = "disabled_account", "A disabled account was tried";
        /// Trying doors.
        ManyRefusals = "many_refusals", "Many refusals in an hour";
        /// Much left at once.
        LargeExport = "large_export", "A large export";
        /// The canary patient, whom no list shows.
        Decoy = "decoy", "A record that no work leads to";
        /// The order of events in time cannot be trusted.
        ClockBack = "clock_back", "The clock went back";
        /// A role that takes two people was given by one, or its sign-in was.
        OneHand = "one_hand", "One person gave wide access";
        /// The system said of itself that something did not hold.
        Safeguard = "safeguard", "A safeguard did not hold";
        /// No rule saw it, and somebody who read the weekly sample did.
        Sampled = "sampled", "A sampled event is not in order";
    }
}

names! {
    /// How much it matters, and so how soon somebody looks into it.
    Severity {
        /// Within a day.
        High = "high", "High";
        /// Within three days.
        Medium = "medium", "Medium";
        /// Within a week.
        Low = "low", "Low";
    }
}

names! {
    /// What somebody found.
    Finding {
        /// There was a reason for it.
        NoProblem = "no_problem", "No problem";
        /// It should not have been done.
        Breach = "breach", "Policy breach";
    }
}

names! {
    /// Where an alert stands.
    State {
        /// It waits for a look.
        Open = "open", "Open";
        /// It has waited too long.
        Overdue = "overdue", "Overdue";
        /// It was no problem.
        Dismissed = "dismissed", "No problem";
        /// It was a breach of policy.
        Confirmed = "confirmed", "Policy breach";
    }
}

/// What a rule is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// What it looks for, in plain words.
    pub looks_for: &'static str,
    /// It fires when it counts more than this.
    pub above: u64,
    /// How far back it counts, in seconds.
    pub window: i64,
    /// For how long it does not say the same of the same again, in seconds.
    pub quiet: i64,
    /// How much it matters.
    pub severity: Severity,
}

impl Severity {
    /// Hours within which somebody looks into it for the first time.
    pub const fn hours(self) -> i64 {
        match self {
            Self::High => 24,
            Self::Medium => 72,
            Self::Low => 168,
        }
    }
}

impl Rule {
    /// Its words and numbers. A practice cannot change them, so that nobody turns one off before a look.
    pub const fn terms(self) -> Terms {
        use Severity::{High, Low, Medium};
        match self {
            Self::ManyRecords => more_than(
                60,
                HOUR,
                High,
                "One person opened the records of more than 60 different patients within an hour",
            ),
            Self::OwnName => once(7 * DAY, High, "Somebody opened a record with their own family and first name"),
            Self::FamilyName => Terms {
                above: 10,
                ..once(
                    7 * DAY,
                    Low,
                    "Somebody opened a record with their own family name, and at most 10 patients have it",
                )
            },
            Self::AfterHours => once(
                12 * HOUR,
                Medium,
                "Somebody opened a record more than an hour outside of the hours of every location",
            ),
            Self::ManyPlaces => {
                more_than(3, DAY, High, "Signing in to one account failed from more than 3 networks within a day")
            }
            Self::DisabledAccount => once(DAY, High, "Somebody gave the right password of a disabled account"),
            Self::ManyRefusals => {
                more_than(20, HOUR, Medium, "One person or program was refused more than 20 times within an hour")
            }
            Self::LargeExport => Terms {
                above: 100,
                ..once(0, Medium, "A file with more than 100 patients left, or the whole audit log did")
            },
            Self::Decoy => once(DAY, High, "Somebody got at the record that only the system's own checks use"),
            Self::ClockBack => Terms {
                above: 5 * 60,
                ..once(0, High, "An event is more than five minutes earlier than the one before it")
            },
            Self::OneHand => once(
                0,
                Medium,
                "One person alone gave a role that takes two, or a new first passphrase to somebody with such a role",
            ),
            Self::Safeguard => once(
                DAY,
                High,
                "A policy failed while it decided, an ended access still opened something, or a witness saw another log",
            ),
            Self::Sampled => once(0, High, "Somebody who read the weekly sample found an event that is not in order"),
        }
    }
}

/// One event is enough.
const fn once(quiet: i64, severity: Severity, looks_for: &'static str) -> Terms {
    Terms { looks_for, above: 0, window: 0, quiet, severity }
}

/// Events within a window are counted, and told once in it.
const fn more_than(above: u64, window: i64, severity: Severity, looks_for: &'static str) -> Terms {
    Terms { looks_for, above, window, quiet: window, severity }
}

/// What somebody found, looking into an alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    /// Who.
    pub by: AccountId,
    /// When.
    pub at: Instant,
    /// What.
    pub finding: Finding,
    /// Why, in words.
    pub words: String,
}

/// One alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// Its id.
    pub id: AlertId,
    /// The rule that fired.
    pub rule: Rule,
    /// Whom it is about: who did it, or whose account it was done to.
    pub about: Actor,
    /// Whose record, when it is one.
    pub patient: Option<PatientId>,
    /// What the rule counted: records, networks, refusals, patients, seconds.
    pub count: u64,
    /// The events that it is made of, oldest first; at most [`EVENTS`].
    pub events: Vec<EventId>,
    /// When the event happened that made it.
    pub at: Instant,
    /// When it was opened.
    pub opened_at: Instant,
    /// When somebody has looked into it at the latest.
    pub due_at: Instant,
    /// What was found.
    pub closed: Option<Closed>,
}

impl Alert {
    /// Where it stands at this instant.
    pub fn state(&self, now: Instant) -> State {
        match &self.closed {
            Some(Closed { finding: Finding::NoProblem, .. }) => State::Dismissed,
            Some(Closed { finding: Finding::Breach, .. }) => State::Confirmed,
            None if now >= self.due_at => State::Overdue,
            None => State::Open,
        }
    }

    /// The person whom it is about.
    pub fn account(&self) -> Option<&AccountId> {
        if let Actor::Account(id) = &self.about { Some(id) } else { None }
    }

    /// Closes it, when it may be: by somebody else, and once.
    pub fn close(mut self, closed: Closed) -> Result<Self, &'static str> {
        if self.account() == Some(&closed.by) {
            return Err("nobody closes an alert about themself: ask the other official");
        }
        if self.closed.is_some() {
            return Err("this alert was closed already");
        }
        self.closed = Some(closed);
        Ok(self)
    }

    /// What happened, in a sentence. `who` is whom it is about, `whose` the patient as far as the reader may know.
    pub fn sentence(&self, who: &str, whose: &str) -> String {
        let n = self.count;
        match self.rule {
            Rule::ManyRecords => format!("{who} opened the records of {n} patients within an hour"),
            Rule::OwnName => format!("{who} opened the record of {whose}, whose name is the same"),
            Rule::FamilyName => format!("{who} opened the record of {whose}, whose family name is the same"),
            Rule::AfterHours => format!("{who} opened the record of {whose} when the practice was closed"),
            Rule::ManyPlaces => format!("Signing in as {who} failed from {n} networks within a day"),
            Rule::DisabledAccount => format!("Somebody gave the password of {who}, whose account is disabled"),
            Rule::ManyRefusals => format!("{who} was refused {n} times within an hour"),
            Rule::LargeExport if n == 0 => format!("{who} exported the whole audit log"),
            Rule::LargeExport => format!("{who} exported a file with {n} patients"),
            Rule::Decoy => format!("{who} got at a record that no work leads to"),
            Rule::ClockBack => format!("The clock went back by {} minutes", n / 60),
            Rule::OneHand => format!("{who} alone gave somebody a role that takes two people, or a new way into one"),
            Rule::Safeguard => format!("{who} met a safeguard that did not hold"),
            Rule::Sampled if self.patient.is_some() => {
                format!("What {who} did with the record of {whose} is not in order")
            }
            Rule::Sampled => format!("What {who} did is not in order"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        Instant::from(text.parse::<jiff::Timestamp>().unwrap())
    }

    fn person(n: u8) -> AccountId {
        AccountId::parse(&format!("01890000-0000-7000-8000-0000000000{n:02}")).unwrap()
    }

    fn alert() -> Alert {
        let opened_at = at("2026-06-09T13:00:00Z");
        Alert {
            id: AlertId::parse("01890000-0000-7000-8000-000000000001").unwrap(),
            rule: Rule::ManyRecords,
            about: Actor::Account(person(2)),
            patient: None,
            count: 61,
            events: Vec::new(),
            at: opened_at,
            opened_at,
            due_at: at("2026-06-10T13:00:00Z"),
            closed: None,
        }
    }

    #[test]
    fn an_alert_is_late_at_its_deadline_and_not_before() {
        assert_eq!(alert().state(at("2026-06-10T12:59:59Z")), State::Open);
        assert_eq!(alert().state(at("2026-06-10T13:00:00Z")), State::Overdue);
    }

    #[test]
    fn it_is_closed_by_somebody_else_and_once() {
        let closed =
            |by, finding| Closed { by: person(by), at: at("2026-06-11T09:00:00Z"), finding, words: "x".into() };
        assert!(alert().close(closed(2, Finding::NoProblem)).unwrap_err().contains("themself"));
        for (finding, state) in [(Finding::NoProblem, State::Dismissed), (Finding::Breach, State::Confirmed)] {
            let done = alert().close(closed(3, finding)).unwrap();
            assert_eq!(done.state(at("2030-01-01T00:00:00Z")), state);
            assert!(done.close(closed(4, finding)).unwrap_err().contains("already"));
        }
        // What nobody did can be closed by anybody who may.
        let clock = Alert { about: Actor::System("clock".into()), ..alert() };
        assert!(clock.close(closed(2, Finding::NoProblem)).is_ok());
    }

    #[test]
    fn what_is_loaded_holds_every_rule() {
        for rule in Rule::ALL {
            assert!(rule.terms().quiet <= LONGEST_QUIET, "{rule}");
        }
        // What one person did is loaded once for both.
        assert_eq!(Rule::ManyRecords.terms().window, Rule::ManyRefusals.terms().window);
    }
}
