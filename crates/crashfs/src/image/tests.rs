use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use super::{Disk, Image};
use crate::SECTOR;
use crate::log::{Log, Op};

const A: usize = 0;

fn log(base: &[(&str, &[u8])], ops: Vec<Op>) -> Log {
    let base = base.iter().map(|(name, bytes)| (PathBuf::from(name), bytes.to_vec())).collect();
    Log { base: Arc::new(base), ops: Arc::new(ops) }
}

fn write(offset: usize, len: usize, with: u8) -> Op {
    Op::Write { inode: A, offset, bytes: vec![with; len].into() }
}

/// Every content that `a` has in the images cut at the log's end; `None` where it is not there.
fn states(log: &Log, disk: Disk) -> BTreeSet<Option<Vec<u8>>> {
    let last = |image: Image| (image.cut == log.end()).then_some(image.files);
    log.images_of(disk, 1, 4000).filter_map(last).map(|mut files| files.remove(&PathBuf::from("a"))).collect()
}

#[test]
fn what_was_synced_is_kept_whole() {
    let log = log(&[("a", b"")], vec![write(0, 2000, 1), Op::Sync { inode: A }]);
    assert_eq!(states(&log, Disk::Honest), BTreeSet::from([Some(vec![1; 2000])]));
    assert!(states(&log, Disk::Lying).contains(&Some(Vec::new())));
}

#[test]
fn each_unsynced_sector_is_old_or_new_by_itself() {
    let log = log(&[("a", &[0; 2 * SECTOR])], vec![write(0, 2 * SECTOR, 1)]);
    let seen: BTreeSet<(u8, u8)> =
        states(&log, Disk::Honest).into_iter().flatten().map(|file| (file[0], file[SECTOR])).collect();
    assert_eq!(seen, BTreeSet::from([(0, 0), (0, 1), (1, 0), (1, 1)]));
    for file in states(&log, Disk::Honest).into_iter().flatten() {
        assert!(file.chunks(SECTOR).all(|sector| sector.iter().all(|byte| *byte == sector[0])), "a sector was torn");
    }
}

#[test]
fn a_sector_never_shows_a_later_write_without_the_earlier_one() {
    let log = log(&[("a", &[0; SECTOR])], vec![write(0, 100, 1), write(100, 100, 2)]);
    let seen: BTreeSet<(u8, u8)> =
        states(&log, Disk::Honest).into_iter().flatten().map(|file| (file[0], file[100])).collect();
    assert_eq!(seen, BTreeSet::from([(0, 0), (1, 0), (1, 2)]));
}

#[test]
fn nothing_behind_a_truncation_comes_before_it() {
    let ops = vec![Op::Truncate { inode: A, size: 0 }, write(0, SECTOR, 9)];
    let log = log(&[("a", &[5; 2 * SECTOR])], ops);
    let seen = states(&log, Disk::Honest);
    assert!(
        seen.contains(&Some(vec![5; 2 * SECTOR]))
            && seen.contains(&Some(vec![9; SECTOR]))
            && seen.contains(&Some(Vec::new()))
    );
    assert!(!seen.iter().flatten().any(|file| file.len() > SECTOR && file[0] == 9), "new bytes in the old file");
}

#[test]
fn names_come_and_go_only_with_a_sync() {
    let gone = |synced| log(&[("a", b"x")], vec![Op::Delete { name: "a".into(), synced }]);
    assert_eq!(states(&gone(true), Disk::Honest), BTreeSet::from([None]));
    assert_eq!(states(&gone(false), Disk::Honest), BTreeSet::from([None, Some(b"x".to_vec())]));
    let create = Op::Create { name: "a".into(), inode: A };
    assert!(states(&log(&[], vec![create.clone(), write(0, 1, 1)]), Disk::Honest).contains(&None));
    assert!(!states(&log(&[], vec![create, write(0, 1, 1), Op::Sync { inode: A }]), Disk::Honest).contains(&None));
}

#[test]
fn a_failed_sync_leaves_its_writes_in_limbo_until_they_are_made_again() {
    let failed = vec![write(0, 2 * SECTOR, 1), Op::SyncFailed { inode: A }, write(0, SECTOR, 2), Op::Sync { inode: A }];
    let seen = states(&log(&[("a", &[0; 2 * SECTOR])], failed), Disk::Honest);
    let seen: BTreeSet<(u8, u8)> = seen.into_iter().flatten().map(|file| (file[0], file[SECTOR])).collect();
    assert_eq!(seen, BTreeSet::from([(2, 0), (2, 1)]));
}

#[test]
fn the_same_seed_gives_the_same_images_in_the_order_of_their_cuts() {
    let log = log(&[("a", &[0; 4096])], (0..50).map(|at| write(at * 64, 64, 7)).collect());
    let images = |seed| log.images(seed, 40).map(|image| (image.cut, image.files)).collect::<Vec<_>>();
    assert_eq!(images(3), images(3));
    assert_ne!(images(3), images(4));
    assert!(images(3).windows(2).all(|pair| pair[0].0 <= pair[1].0));
}
