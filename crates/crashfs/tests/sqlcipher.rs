//! The recorder on real SQLCipher databases.
#![expect(clippy::expect_used, reason = "a test may stop where it stands")]

use crashfs::plain::{self, Synchronous};
use crashfs::{Call, Disk, Failure, Fault, Recorder};

/// A directory in memory where there is one: the syncs are simulated, the disk need not be slow.
fn scratch() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a temporary directory")
}

fn images(synchronous: Synchronous, disk: Disk) -> plain::Tally {
    let (home, crash) = (scratch(), scratch());
    plain::run(home.path(), crash.path(), plain::Plan { synchronous, disk, rows: 400, images: 150, seed: 20_261_122 })
        .expect("the workload runs")
}

#[test]
fn full_loses_no_acknowledged_row() {
    let tally = images(Synchronous::Full, Disk::Honest);
    assert_eq!((tally.images, tally.acknowledged), (150, 400));
    assert_eq!((tally.lost, tally.corrupt, tally.gaps), (0, 0, 0), "{tally:?}");
}

#[test]
fn normal_loses_rows_so_the_harness_can_fail() {
    let tally = images(Synchronous::Normal, Disk::Honest);
    assert!(tally.lost > tally.images / 4, "{tally:?}");
    assert_eq!((tally.corrupt, tally.gaps), (0, 0), "{tally:?}");
}

#[test]
fn a_disk_that_ignores_syncs_is_mostly_caught_loudly() {
    let tally = images(Synchronous::Full, Disk::Lying);
    assert!(tally.lost > 0 && tally.corrupt > 0, "{tally:?}");
}

#[test]
fn a_failed_write_or_sync_loses_nothing_and_the_next_write_works() {
    let (home, crash) = (scratch(), scratch());
    for (call, failure) in [(Call::Write, Failure::Io), (Call::Sync, Failure::Io), (Call::Write, Failure::Full)] {
        let tally = plain::fail_each(home.path(), crash.path(), call, failure, 13, 5).expect("the workload runs");
        assert!(tally.injected >= 4, "{call:?} {failure:?}: {tally:?}");
        assert_eq!((tally.lost, tally.corrupt, tally.stuck), (0, 0, 0), "{call:?} {failure:?}: {tally:?}");
    }
}

#[test]
fn only_the_watched_directory_is_recorded() {
    let (watched, other) = (scratch(), scratch());
    let recorder = Recorder::new(watched.path()).expect("a recorder");
    let start = recorder.mark();
    let db = plain::open(other.path(), Synchronous::Full).expect("a database elsewhere");
    plain::add(&db, 1, b"x").expect("a row");
    assert_eq!(recorder.mark(), start);
    let db = plain::open(watched.path(), Synchronous::Full).expect("a database here");
    let opened = recorder.mark();
    plain::add(&db, 1, b"x").expect("a row");
    assert!(recorder.mark() > opened && opened > start);
}

#[test]
fn an_injected_failure_reaches_the_caller_and_ends_with_healing() {
    let home = scratch();
    let recorder = Recorder::new(home.path()).expect("a recorder");
    let db = plain::open(home.path(), Synchronous::Full).expect("a database");
    recorder.arm(Fault { call: Call::Write, nth: 1, failure: Failure::Full, lasting: true });
    for id in 1..4 {
        let error = plain::add(&db, id, b"x").expect_err("the disk is full").to_string();
        assert!(error.contains("full"), "{error}");
    }
    recorder.heal();
    plain::add(&db, 9, b"x").expect("there is room again");
    assert_eq!(plain::survivors(home.path()).expect("whole"), [9]);
}
