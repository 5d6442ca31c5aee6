//! Evidence: what was found, when, and until when it counts.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

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
        /// What a person says was improved because of a measure.
        Improvement = "improvement", "an improvement";
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
    /// How many things there are to look at.
    #[serde(default)]
    pub population: u64,
    /// How many of them were looked at.
    #[serde(default)]
    pub sample: u64,
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
        Self { verdict, said: said.into(), population: 0, sample: 0, observed: BTreeMap::new() }
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

    /// Says how many of how many things were looked at.
    #[must_use]
    pub fn over(mut self, sample: u64, population: u64) -> Self {
        (self.sample, self.population) = (sample, population);
        self
    }

    /// SHA-256 (hex) over verdict, counts and what was observed: two results with one digest saw the same.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(format!("wellkept-finding/v1\n{}\n{}\n{}\n", self.verdict, self.population, self.sample));
        for (name, value) in &self.observed {
            hash.update(format!("{name} {value}\n"));
        }
        hex::encode(hash.finalize())
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
