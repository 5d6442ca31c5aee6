//! Running probes, and keeping what they found.

use std::collections::BTreeMap;

use domain::Instant;
use domain::access::Action;
use domain::audit::{Act, Event, Purpose};
use domain::compliance::{Evidence, EvidenceKind, Finding, catalogue};
use domain::id::EvidenceId;
use serde_json::{Value, json};

use super::probes::trail;
use super::{PROBES, ProbeEnv};
use crate::access::Resource;
use crate::{App, Cx, Error, Result};

/// A check of the live system.
pub struct Probe {
    /// Its number, such as `V-07`.
    pub id: &'static str,
    /// What it checks, in a few words.
    pub title: &'static str,
    /// Of what its counts are: the things that it looks at.
    pub population: &'static str,
    /// What it must find to pass.
    pub expected: &'static str,
    /// Seconds after which its result no longer counts.
    pub expires_after: i64,
    /// What a pass leaves open.
    pub what_it_does_not_show: &'static str,
    /// What to do when it fails.
    pub remedy: &'static str,
    /// The check. An error means that it could not be found out.
    pub run: fn(&App, &ProbeEnv) -> Result<Finding>,
}

impl Probe {
    /// The probe with this number.
    pub fn find(id: &str) -> Option<&'static Self> {
        PROBES.iter().find(|probe| probe.id == id)
    }

    /// Citations of the safeguards that it shows.
    pub fn safeguards(&self) -> Vec<String> {
        let all = catalogue().unwrap_or_default();
        let mine = all.iter().filter(|s| s.probes.iter().any(|id| id == self.id));
        mine.map(|s| s.citation.to_string()).collect()
    }

    /// A result with everything that it takes to judge it.
    fn report(&self, evidence: &Evidence) -> Value {
        let finding = &evidence.finding;
        json!({
            "probe": self.id,
            "verdict": finding.verdict.as_str(),
            "title": self.title,
            "said": finding.said,
            "population": {"of": self.population, "count": finding.population},
            "sample": finding.sample,
            "expected": self.expected,
            "observed": finding.observed,
            "observed_digest": finding.digest(),
            "safeguards": self.safeguards(),
            "does_not_show": self.what_it_does_not_show,
            "remedy": self.remedy,
            "at": evidence.at.to_string(),
            "expires_at": evidence.expires_at.to_string(),
            "event": evidence.event.as_str(),
            "entry": evidence.leaf,
            "build": env!("CARGO_PKG_VERSION"),
        })
    }
}

impl App {
    /// Runs every probe and keeps what it found.
    pub fn run_probes(&self, env: &ProbeEnv) -> Result<Vec<Evidence>> {
        PROBES.iter().map(|probe| self.run_probe(probe, env)).collect()
    }

    /// Runs the probes whose result has used up half of its time. Call it every minute.
    pub fn run_due_probes(&self, env: &ProbeEnv) -> Result<Vec<Evidence>> {
        env.remember();
        let newest = self.newest_probes()?;
        let now = self.clock.now();
        let due = |probe: &&Probe| {
            newest.get(probe.id).is_none_or(|e| now.seconds_since(e.at) * 2 >= probe.expires_after || e.at > now)
        };
        PROBES.iter().filter(due).map(|probe| self.run_probe(probe, env)).collect()
    }

    /// Runs one probe because somebody asked.
    pub fn run_probe_now(&self, cx: &Cx, id: &str, env: &ProbeEnv) -> Result<Evidence> {
        let _ = self.authorize(cx, Action::ProbeRun, Resource::Compliance)?;
        let probe = Probe::find(id).ok_or_else(|| Error::Refused(format!("there is no probe `{id}`")))?;
        self.run_probe(probe, env)
    }

    /// What `doctor` prints: every probe, run now.
    pub fn doctor(&self, env: &ProbeEnv) -> Result<Value> {
        let found = self.run_probes(env)?;
        Ok(PROBES.iter().zip(&found).map(|(probe, evidence)| probe.report(evidence)).collect())
    }

    /// V-13 over every entry, whatever was found whole before.
    pub(crate) fn prove_whole_log(&self) -> Result<Evidence> {
        let probe = Probe::find("V-13").ok_or_else(|| Error::Refused("there is no such probe".to_owned()))?;
        self.keep_finding(probe, trail::run_whole(self))
    }

    pub(crate) fn run_probe(&self, probe: &'static Probe, env: &ProbeEnv) -> Result<Evidence> {
        self.keep_finding(probe, (probe.run)(self, env))
    }

    fn keep_finding(&self, probe: &Probe, found: Result<Finding>) -> Result<Evidence> {
        // What could not be found out is unknown: the words of a store error hold no column's content.
        let finding = found.unwrap_or_else(|e| Finding::unknown(format!("the check could not run: {e}")));
        let mut event = self.system_event(Act::ProbeRan, "probe");
        event.purpose = Purpose::SelfCheck;
        let expires = self.clock.now().plus_seconds(probe.expires_after);
        self.keep(EvidenceKind::Probe, probe.id, finding, expires, event)?;
        self.latest(EvidenceKind::Probe, probe.id)
    }

    /// Keeps a finding with its event, in one commit.
    pub(super) fn keep(
        &self,
        kind: EvidenceKind,
        subject: &str,
        finding: Finding,
        expires: Instant,
        event: Event,
    ) -> Result<EvidenceId> {
        let subject = subject.to_owned();
        let kept = self
            .store
            .write("evidence", move |tx| store::evidence::add(tx, kind, &subject, &finding, expires, event.clone()))?;
        Ok(kept.value)
    }

    fn latest(&self, kind: EvidenceKind, subject: &str) -> Result<Evidence> {
        let found = self.store.read("evidence", |tx| store::evidence::latest(tx, kind, subject))?;
        found.ok_or(Error::Store(store::Error::NotFound("evidence")))
    }

    /// The newest result of each probe.
    pub(super) fn newest_probes(&self) -> Result<BTreeMap<String, Evidence>> {
        let all = self.store.read("newest evidence", store::evidence::newest)?;
        let probes = all.into_iter().filter(|e| e.kind == EvidenceKind::Probe);
        Ok(probes.map(|e| (e.subject.clone(), e)).collect())
    }
}
