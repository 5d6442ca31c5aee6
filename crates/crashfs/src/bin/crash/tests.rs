//! A short run of each trial, and the proof that it can fail.

use crashfs::Disk;

use crate::images::{Plan, cut_power};
use crate::practice::Template;
use crate::{full, images};

fn images_of(disk: Disk, images: u64) -> images::Outcome {
    let template = Template::new(7).expect("a practice");
    cut_power(&template, Plan { images, disk, seed: 20_261_122 }).expect("the workload runs")
}

#[test]
fn a_power_cut_loses_nothing_that_the_store_acknowledged() {
    let outcome = images_of(Disk::Honest, 60);
    assert_eq!(outcome.findings.opened, 60);
    assert!(outcome.findings.due > 1000 && outcome.findings.whole >= 2, "{outcome:?}");
    assert!(!outcome.findings.broken(), "{outcome:?}");
}

#[test]
fn a_disk_that_ignores_syncs_is_seen_to_lose_rows_and_events() {
    let findings = images_of(Disk::Lying, 60).findings;
    assert!(findings.lost > 0 && findings.disclosures > 0 && findings.corrupt > 0, "{findings:?}");
}

#[test]
fn a_full_disk_gives_no_false_receipt_and_heals() {
    let template = Template::new(8).expect("a practice");
    let outcome = full::fill(&template, 9).expect("the workload runs");
    assert!(outcome.runs >= 10 && outcome.refused > 0, "{outcome:?}");
    assert!(!outcome.findings.broken() && outcome.stuck == 0, "{outcome:?}");
}
