//! V-20: the settings in force against those that somebody approved.

use std::collections::BTreeMap;

use domain::access::Action;
use domain::audit::Act;
use domain::compliance::{EvidenceKind, Finding};
use sha2::{Digest, Sha256};

use crate::access::Resource;
use crate::compliance::ProbeEnv;
use crate::{App, Cx, Error, Result};

/// What the baseline is of.
const SUBJECT: &str = "settings";
/// Seconds that an approval counts for: a year.
const YEAR: i64 = 366 * 86_400;

pub(super) fn run(app: &App, env: &ProbeEnv) -> Result<Finding> {
    if env.settings.is_empty() {
        return Ok(Finding::unknown("the settings in force were not given to the check"));
    }
    let approved = app.store.read("baseline", |tx| store::evidence::latest(tx, EvidenceKind::Baseline, SUBJECT))?;
    let Some(approved) = approved else {
        return Ok(Finding::unknown("no settings were approved yet: look at them and approve them"));
    };
    if !approved.counts(app.clock.now()) {
        return Ok(Finding::unknown("the approval is older than a year: look at the settings again and approve them"));
    }
    let now = digests(app, env);
    let (before, names) =
        (&approved.finding.observed, |name: &&String| approved.finding.observed.get(*name) != now.get(*name));
    let changed: std::collections::BTreeSet<&String> = before.keys().chain(now.keys()).filter(names).collect();
    let list: Vec<&str> = changed.iter().map(|name| name.as_str()).collect();
    let found = if list.is_empty() {
        Finding::pass("the settings in force are those that were approved")
    } else {
        Finding::fail(format!("not as approved: {}", list.join(", ")))
    };
    let count = u64::try_from(now.len()).unwrap_or(u64::MAX);
    Ok(found.over(count, count).with("settings", count).with("digest", whole(&now)))
}

/// A digest a setting, so that a drift can be named and no value is kept.
fn digests(app: &App, env: &ProbeEnv) -> BTreeMap<String, String> {
    let ours = [
        ("policies".to_owned(), app.policies.hash().to_owned()),
        ("idle_seconds".to_owned(), app.idle_seconds.to_string()),
    ];
    let all = env.settings.iter().cloned().chain(ours);
    all.map(|(name, value)| {
        let digest = hex::encode(Sha256::digest(format!("{name}\n{value}")));
        (name, digest.chars().take(32).collect())
    })
    .collect()
}

fn whole(all: &BTreeMap<String, String>) -> String {
    let lines: String = all.iter().map(|(name, digest)| format!("{name} {digest}\n")).collect();
    hex::encode(Sha256::digest(lines))
}

impl App {
    /// Approves the settings in force as the baseline that V-20 compares with.
    pub fn approve_baseline(&self, cx: &Cx, env: &ProbeEnv) -> Result<()> {
        let _ = self.authorize(cx, Action::ProbeRun, Resource::Compliance)?;
        if env.settings.is_empty() {
            return Err(Error::Refused("the server has not said its settings yet: try again in a minute".to_owned()));
        }
        let now = digests(self, env);
        let mut finding = Finding::pass(format!("approved by {}", cx.name));
        finding.observed.clone_from(&now);
        let event = self.event(cx, Act::BaselineApproved).with("digest", whole(&now));
        let expires = self.clock.now().plus_seconds(YEAR);
        self.keep(EvidenceKind::Baseline, SUBJECT, finding, expires, event)?;
        Ok(())
    }
}
