//! The figures, in the form that `cargo xtask crash` reads.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::judge::Findings;
use crate::{full, images, kill, served};

/// All figures of a run.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    all: Findings,
    plain: BTreeMap<&'static str, Value>,
}

impl Figures {
    /// Whether the harness saw the losses of a disk that lies.
    pub(crate) fn self_check(&mut self, lying: &Findings) {
        let saw = u64::from(lying.lost > 0 && lying.disclosures > 0 && lying.corrupt > 0);
        self.plain.insert("harness_sees_a_lying_disk", json!({"value": saw, "unit": "", "better": "higher", "aim": 1}));
    }

    pub(crate) fn images(&mut self, cut: &images::Outcome) {
        self.all += cut.findings;
        self.count("images", cut.findings.opened);
        self.count("images_recordings", cut.recordings);
        self.count("images_acked", cut.acked);
        self.count("images_wal_checkpoints_under_load", cut.checkpoints);
    }

    pub(crate) fn full(&mut self, full: &full::Outcome) {
        self.all += full.findings;
        self.count("full_disk_runs", full.runs);
        self.count("full_disk_refused", full.refused);
        self.none("full_disk_stuck", full.stuck);
    }

    pub(crate) fn kills(&mut self, killed: &kill::Outcome) {
        self.all += killed.findings;
        self.count("cycles", killed.kills);
        self.count("cycles_killed_before_first_ack", killed.early);
        self.count("cycles_acked", killed.acked);
    }

    /// `due` of them were asked for.
    pub(crate) fn servers(&mut self, killed: &served::Outcome, due: u64) {
        self.all += killed.findings;
        let (kills, better) = (killed.kills, "higher");
        self.plain.insert("cycles_of_the_server", json!({"value": kills, "unit": "", "better": better, "aim": due}));
        self.count("cycles_of_the_server_killed_before_first_answer", killed.early);
        self.count("cycles_of_the_server_pages", killed.pages);
        self.count("cycles_of_the_server_changes", killed.changes);
        self.count("cycles_of_the_server_bookings", killed.bookings);
        self.count("cycles_of_the_server_releases", killed.releases);
    }

    /// Something done: more is better, and no aim.
    fn count(&mut self, name: &'static str, value: u64) {
        self.plain.insert(name, json!({"value": value, "unit": "", "better": "higher", "aim": null}));
    }

    /// Something that must not be.
    fn none(&mut self, name: &'static str, value: u64) {
        self.plain.insert(name, json!({"value": value, "unit": "", "better": "lower", "aim": 0}));
    }

    /// The file's text.
    pub(crate) fn json(mut self) -> String {
        let all = self.all;
        self.count("acks_looked_for", all.due);
        self.count("opened_and_judged", all.opened);
        self.count("opened_and_judged_whole", all.whole);
        self.none("acked_lost", all.lost);
        self.none("disclosures_without_event", all.disclosures);
        self.none("acts_and_events_apart", all.torn);
        self.none("corrupt", all.corrupt);
        json!(self.plain).to_string()
    }
}
