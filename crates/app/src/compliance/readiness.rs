//! How the practice stands: every safeguard with what shows it.

use std::collections::BTreeMap;

use domain::access::Action;
use domain::audit::Act;
use domain::compliance::{Evidence, EvidenceKind, Finding, Safeguard, Shown, Standing, catalogue, standing};

use super::Probe;
use crate::access::Resource;
use crate::{App, Cx, Error, Result};

/// Seconds of a day.
const DAY: i64 = 86_400;
/// Results shown of each probe.
const HISTORY: u32 = 10;

/// One probe and what it found last.
pub struct Check {
    /// The probe.
    pub probe: &'static Probe,
    /// Its newest result.
    pub last: Option<Evidence>,
    /// The newest result is out of date.
    pub stale: bool,
    /// Results before it, newest first; filled on a safeguard's own page.
    pub history: Vec<Evidence>,
}

/// A safeguard and how it stands.
pub struct SafeguardView {
    /// The safeguard.
    pub safeguard: Safeguard,
    /// How it stands now.
    pub standing: Standing,
    /// Its probes.
    pub checks: Vec<Check>,
    /// What a person said last.
    pub attestation: Option<Evidence>,
    /// What a person said is out of date.
    pub attestation_stale: bool,
}

/// Every safeguard.
pub struct Readiness {
    /// In the rule's order.
    pub safeguards: Vec<SafeguardView>,
}

impl Readiness {
    /// How many stand so.
    pub fn count(&self, standing: Standing) -> usize {
        self.safeguards.iter().filter(|s| s.standing == standing).count()
    }
}

impl App {
    /// How every safeguard stands. No ePHI is in it.
    pub fn readiness(&self, cx: &Cx) -> Result<Readiness> {
        let _ = self.authorize(cx, Action::ReadinessView, Resource::Compliance)?;
        let all = self.store.read("newest evidence", store::evidence::newest)?;
        let key = |e: &Evidence| (e.kind, e.subject.clone());
        let newest: BTreeMap<_, _> = all.iter().map(|e| (key(e), e)).collect();
        let safeguards = catalogue().map_err(|e| Error::Refused(e.to_string()))?;
        let now = self.clock.now();
        let view = |safeguard: Safeguard| {
            let last = |kind, subject: &str| newest.get(&(kind, subject.to_owned())).map(|e| (*e).clone());
            let stale = |e: &Option<Evidence>| e.as_ref().is_some_and(|e| !e.counts(now));
            let probes = safeguard.probes.iter().filter_map(|id| Probe::find(id));
            let checks: Vec<Check> = probes
                .map(|probe| {
                    let last = last(EvidenceKind::Probe, probe.id);
                    Check { probe, stale: stale(&last), last, history: Vec::new() }
                })
                .collect();
            let attestation = last(EvidenceKind::Attestation, &safeguard.slug);
            let shown = |e: &Option<Evidence>| match e {
                None => Shown::Missing,
                Some(e) if e.counts(now) => Shown::Now(e.finding.verdict),
                Some(_) => Shown::Stale,
            };
            let shows: Vec<_> =
                checks.iter().map(|c| (shown(&c.last), c.last.as_ref().map(|e| e.finding.verdict))).collect();
            let standing = standing(&shows, safeguard.person.as_ref().map(|_| shown(&attestation)));
            SafeguardView { standing, attestation_stale: stale(&attestation), attestation, checks, safeguard }
        };
        Ok(Readiness { safeguards: safeguards.into_iter().map(view).collect() })
    }

    /// One safeguard with the history of its probes.
    pub fn safeguard(&self, cx: &Cx, slug: &str) -> Result<SafeguardView> {
        let all = self.readiness(cx)?.safeguards;
        let missing = || Error::Store(store::Error::NotFound("safeguard"));
        let mut view = all.into_iter().find(|s| s.safeguard.slug == slug).ok_or_else(missing)?;
        for check in &mut view.checks {
            let id = check.probe.id;
            check.history = self
                .store
                .read("evidence history", |tx| store::evidence::history(tx, EvidenceKind::Probe, id, HISTORY))?;
        }
        Ok(view)
    }

    /// Keeps what a person says about a safeguard, for as long as its cadence lasts.
    pub fn attest(&self, cx: &Cx, slug: &str, words: &str) -> Result<()> {
        let _ = self.authorize(cx, Action::ProbeRun, Resource::Compliance)?;
        let words = words.trim();
        if words.chars().count() < 20 || words.chars().count() > 2000 {
            return Err(Error::Refused(
                "say in 20 to 2000 characters what was done, by whom, and for which period".into(),
            ));
        }
        let view = self.safeguard(cx, slug)?;
        if view.safeguard.person.is_none() {
            return Err(Error::Refused("this safeguard is shown by its probes alone".to_owned()));
        }
        let expires = self.clock.now().plus_seconds(view.safeguard.cadence_days * DAY);
        let finding = Finding::pass(words).with("by", &cx.name).with("account", &cx.account);
        self.keep(EvidenceKind::Attestation, slug, finding, expires, self.event(cx, Act::EvidenceAdded))?;
        Ok(())
    }
}
