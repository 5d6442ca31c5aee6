//! Evidence: what was found, when, and until when it counts.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::access::names;
use crate::clock::Instant;
use crate::id::{EventId, EvidenceId};

names! {
    /// What a probe says.
    Verdict {
        /// It holds.
        Pass = "pass", "Pass";
        /// It does not.
        Fail = "fail", "Fail";
        /// It could not be found out, which is no pass.
        NotEvaluable = "not-evaluable", "Not evaluable";
    }
}

names! {
    /// Where evidence comes from.
    EvidenceKind {
        /// A probe of the running system.
        Probe = "probe", "probe";
        /// A person's word.
        Attestation = "attestation", "a person's word";
        /// The settings that were approved.
        Baseline = "baseline", "baseline";
    }
}

/// What was found: a verdict, a sentence, and counts and digests. Never ePHI, and never a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The verdict.
    pub verdict: Verdict,
    /// Why, as a sentence.
    pub said: String,
    /// Counts and digests.
    pub observed: BTreeMap<String, String>,
}

/// A finding that was kept, with its event.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// Its id.
    pub id: EvidenceId,
    /// Where it comes from.
    pub kind: EvidenceKind,
    /// The probe, the safeguard, or the thing whose baseline it is.
    pub subject: String,
    /// When.
    pub at: Instant,
    /// Until when it counts.
    pub expires_at: Instant,
    /// What was found.
    pub finding: Finding,
    /// The event that recorded it, in the same commit.
    pub event: EventId,
    /// The place of that event in the log; `None` while it waits for its number.
    pub leaf: Option<u64>,
}

impl Finding {
    fn new(verdict: Verdict, said: impl Into<String>) -> Self {
        Self { verdict, said: said.into(), observed: BTreeMap::new() }
    }

    /// It holds.
    pub fn pass(said: impl Into<String>) -> Self {
        Self::new(Verdict::Pass, said)
    }

    /// It does not.
    pub fn fail(said: impl Into<String>) -> Self {
        Self::new(Verdict::Fail, said)
    }

    /// It could not be found out.
    pub fn unknown(said: impl Into<String>) -> Self {
        Self::new(Verdict::NotEvaluable, said)
    }

    /// Adds a count or a digest.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.observed.insert(name.to_owned(), value.to_string());
        self
    }
}

impl Evidence {
    /// Whether it still counts.
    pub fn counts(&self, now: Instant) -> bool {
        self.at <= now.plus_seconds(60) && now < self.expires_at
    }
}
