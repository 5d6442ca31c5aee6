//! Evidence packs: whole ones verify, and nothing in them can change unseen.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{AwsLc, Key, Memory};
use crate::pack::{Log, Report, verify_pack, write_pack};
use crate::tile::WIDTH;
use crate::{Checkpoint, Edge, Error, Hash, Note, Signer as _, Tiles, VerifierKey, leaf_hash};

const ORIGIN: &str = "practice.example/audit";

type Pack = BTreeMap<String, Vec<u8>>;

/// A log in memory with its entries.
pub(crate) struct Whole {
    memory: Memory,
    entries: Vec<Vec<u8>>,
}

impl Whole {
    pub(crate) fn new(count: usize) -> (Self, Hash) {
        let entries: Vec<Vec<u8>> = (0..count).map(|n| format!("event {n}").into_bytes()).collect();
        let mut edge = Edge::new();
        for entry in &entries {
            edge.push(leaf_hash(entry));
        }
        let mut memory = Memory::default();
        memory.save(&mut edge);
        (Self { memory, entries }, edge.root())
    }
}

impl Tiles for Whole {
    type Error = Error;

    fn tile(&self, level: u8, index: u64) -> Result<Option<Vec<Hash>>, Error> {
        self.memory.tile(level, index)
    }
}

impl Log for Whole {
    fn entries(&self, index: u64, width: u16) -> Result<Vec<Vec<u8>>, Error> {
        let from = usize::try_from(index).unwrap() * usize::from(WIDTH);
        let entries = self.entries.iter().skip(from).take(usize::from(width));
        Ok(entries.cloned().collect())
    }
}

fn events() -> Vec<Result<(String, Vec<u8>), Error>> {
    vec![Ok(("events/000.jsonl".into(), b"{\"n\":1}\n".to_vec()))]
}

fn head(size: u64, root: Hash, key: &Key) -> Note {
    Note::sign(Checkpoint::new(ORIGIN, size, root).to_string(), ORIGIN, key).unwrap()
}

fn pack_of(log: &Whole, checkpoint: &Note, key: &Key) -> Result<Pack, Error> {
    let mut pack = Pack::new();
    write_pack(log, checkpoint, key, events(), |path, bytes| {
        pack.insert(path.to_owned(), bytes.to_vec());
        Ok(())
    })?;
    Ok(pack)
}

fn pack(count: usize) -> Pack {
    let key = Key::new(1);
    let (log, root) = Whole::new(count);
    pack_of(&log, &head(u64::try_from(count).unwrap(), root, &key), &key).unwrap()
}

fn verify(pack: &Pack) -> Report {
    verify_pack(pack, &AwsLc, None)
}

#[test]
fn a_whole_pack_of_any_size_verifies() {
    for count in [0, 1, 2, 255, 256, 257, 512, 700] {
        let report = verify(&pack(count));
        assert_eq!(report.faults, Vec::<String>::new(), "at {count}");
        assert_eq!(report.entries, u64::try_from(count).unwrap());
        assert_eq!(report.root, Whole::new(count).1);
        assert!(report.checkpoint.starts_with(ORIGIN));
    }
}

#[test]
fn a_pack_of_three_levels_verifies() {
    let report = verify(&pack(65_536 + 300));
    assert_eq!(report.faults, Vec::<String>::new());
    assert_eq!(report.entries, 65_836);
}

#[test]
fn a_pack_has_exactly_its_files() {
    let names: Vec<String> = pack(257).into_keys().collect();
    let expected = [
        "checkpoint",
        "events/000.jsonl",
        "manifest",
        "tile/0/000",
        "tile/0/001.p/1",
        "tile/1/000.p/1",
        "tile/entries/000",
        "tile/entries/001.p/1",
        "vkey",
    ];
    assert_eq!(names, expected);
}

#[test]
fn a_log_that_grew_is_packed_as_of_its_checkpoint() {
    let key = Key::new(1);
    let (log, _) = Whole::new(900);
    let (_, root) = Whole::new(600);
    let pack = pack_of(&log, &head(600, root, &key), &key).unwrap();
    assert_eq!(verify(&pack).faults, Vec::<String>::new());
    assert!(pack.contains_key("tile/0/002.p/88"));
}

#[test]
fn every_flipped_bit_of_every_file_is_a_fault() {
    let whole = pack(5);
    for (path, bytes) in &whole {
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut pack = whole.clone();
                pack.get_mut(path).unwrap()[at] ^= 1 << bit;
                assert!(!verify(&pack).is_whole(), "{path} byte {at} bit {bit}");
            }
        }
    }
}

#[test]
fn every_missing_or_extra_byte_of_every_file_is_a_fault() {
    let whole = pack(3);
    for (path, bytes) in &whole {
        for at in 0..=bytes.len() {
            if at < bytes.len() {
                let mut pack = whole.clone();
                pack.get_mut(path).unwrap().remove(at);
                assert!(!verify(&pack).is_whole(), "{path} without byte {at}");
            }
            for extra in [0, b'\n', b' ', b'='] {
                let mut pack = whole.clone();
                pack.get_mut(path).unwrap().insert(at, extra);
                assert!(!verify(&pack).is_whole(), "{path} with {extra} at {at}");
            }
        }
    }
}

#[test]
fn every_missing_or_extra_file_is_a_fault() {
    let whole = pack(300);
    for path in whole.keys() {
        let mut pack = whole.clone();
        pack.remove(path);
        assert!(!verify(&pack).is_whole(), "without {path}");
        pack.insert(format!("{path}x"), whole[path].clone());
        assert!(!verify(&pack).is_whole(), "{path} renamed");
    }
    for path in ["extra", "events/001.jsonl", "tile/0/001", "tile/2/000.p/1", "tile/0/000.p/44", "../x", ""] {
        let mut pack = whole.clone();
        pack.insert(path.to_owned(), Vec::new());
        assert!(!verify(&pack).is_whole(), "with {path}");
    }
    assert!(!verify(&Pack::new()).is_whole());
}

/// A log rewritten by its own operator, who has the key and signs a new manifest over the altered files.
fn forged(change: impl FnOnce(&mut Whole)) -> Report {
    let key = Key::new(1);
    let (mut log, root) = Whole::new(700);
    change(&mut log);
    verify(&pack_of(&log, &head(700, root, &key), &key).unwrap())
}

/// Signs a new manifest over whatever files there are.
fn resigned(mut pack: Pack) -> Report {
    pack.remove("manifest");
    let line =
        |(path, bytes): (&String, &Vec<u8>)| format!("{}  {}  {path}\n", crate::hash::sha256(bytes), bytes.len());
    let lines: String = pack.iter().map(line).collect();
    let manifest = Note::sign(format!("evidence pack, version 1\n{lines}"), ORIGIN, &Key::new(1)).unwrap();
    pack.insert("manifest".into(), manifest.to_string().into_bytes());
    verify(&pack)
}

#[test]
fn a_file_that_has_no_place_is_a_fault_even_when_signed() {
    let whole = pack(300);
    assert_eq!(resigned(whole.clone()).faults, Vec::<String>::new());
    for path in ["tile/0/001", "tile/2/000.p/1", "tile/0/000.p/44", "tile/entries/002", "tile/x", "tile/8/0/000"] {
        let mut pack = whole.clone();
        pack.insert(path.to_owned(), Vec::new());
        assert_eq!(resigned(pack).faults, [format!("`{path}` is no tile of a log of this size")]);
    }
    let mut pack = whole.clone();
    pack.insert("../x".to_owned(), Vec::new());
    assert_eq!(resigned(pack).faults, ["`../x` is not a plain path"]);
}

#[test]
fn a_tile_that_is_left_out_is_a_fault_even_when_signed() {
    let whole = pack(300);
    for path in whole.keys().filter(|path| path.starts_with("tile/")) {
        let mut pack = whole.clone();
        pack.remove(path);
        let faults = resigned(pack).faults;
        assert_eq!(faults[0], format!("`{path}` is missing from a log of this size"));
        let bundle = path.starts_with("tile/entries");
        assert_eq!(faults.len(), if bundle { 3 } else { 1 }, "{faults:?}");
    }
}

#[test]
fn a_bundle_of_the_wrong_length_is_a_fault_even_when_signed() {
    let mut pack = pack(300);
    let bundle = pack.get_mut("tile/entries/001.p/44").unwrap();
    bundle.extend_from_slice(&[0, 0]);
    assert!(resigned(pack).faults[0].contains("holds 45 entries and not 44"));
}

#[test]
fn a_changed_entry_does_not_come_to_the_signed_root() {
    let report = forged(|log| log.entries[300][0] ^= 1);
    assert!(report.faults[0].contains("`tile/0/001` is not what the entries come to"), "{:?}", report.faults);
    assert!(report.faults.last().unwrap().contains("the checkpoint signs"), "{:?}", report.faults);
}

#[test]
fn changed_tiles_are_named() {
    for ((level, index), name) in [((0, 1), "tile/0/001"), ((0, 2), "tile/0/002.p/188"), ((1, 0), "tile/1/000.p/2")] {
        let report = forged(|log| log.memory.tiles.get_mut(&(level, index)).unwrap()[0].0[0] ^= 1);
        assert_eq!(report.faults, [format!("`{name}` is not what the entries come to")]);
    }
}

#[test]
fn a_checkpoint_of_another_root_size_or_log_is_a_fault() {
    let key = Key::new(1);
    let (log, root) = Whole::new(10);
    let (_, other) = Whole::new(11);
    let report = verify(&pack_of(&log, &head(10, other, &key), &key).unwrap());
    assert!(report.faults[0].contains("come to the root"), "{:?}", report.faults);
    // Sizes that nobody has time to count to.
    for size in [11, 5000, 1 << 59, u64::MAX] {
        let mut forged = pack(10);
        forged.insert("checkpoint".into(), head(size, root, &key).to_string().into_bytes());
        assert!(!verify(&forged).is_whole(), "at {size}");
    }
}

#[test]
fn a_pack_under_another_key_fails_the_expected_one() {
    let (ours, theirs) = (Key::new(1), Key::new(2));
    let expected = VerifierKey::new(ORIGIN, ours.public_key()).unwrap().to_string();
    let (log, root) = Whole::new(10);
    let real = pack_of(&log, &head(10, root, &ours), &ours).unwrap();
    assert!(verify_pack(&real, &AwsLc, Some(&expected)).is_whole());
    let fake = pack_of(&log, &head(10, root, &theirs), &theirs).unwrap();
    assert!(verify(&fake).is_whole());
    let report = verify_pack(&fake, &AwsLc, Some(&expected));
    // The key itself, the manifest and the checkpoint.
    assert_eq!(report.faults.len(), 3, "{:?}", report.faults);
    // A signature block from one and a key from the other.
    for path in ["vkey", "manifest", "checkpoint"] {
        let mut mixed = real.clone();
        mixed.insert(path.to_owned(), fake[path].clone());
        assert!(!verify(&mixed).is_whole(), "{path}");
    }
    assert!(!verify_pack(&real, &AwsLc, Some("nonsense")).is_whole());
}

#[test]
fn a_witness_may_sign_the_checkpoint_and_nobody_else_the_manifest() {
    let key = Key::new(1);
    let (log, root) = Whole::new(10);
    let mut cosigned = head(10, root, &key);
    cosigned.add_signature("witness.example", &Key::new(2)).unwrap();
    let mut pack = pack_of(&log, &cosigned, &key).unwrap();
    assert!(verify(&pack).is_whole());
    let mut manifest = Note::parse(&pack["manifest"]).unwrap();
    manifest.add_signature("witness.example", &Key::new(2)).unwrap();
    pack.insert("manifest".into(), manifest.to_string().into_bytes());
    assert_eq!(verify(&pack).faults, ["`manifest` has other signatures beside the log's"]);
}

#[test]
fn a_manifest_cannot_stand_for_a_checkpoint() {
    let mut pack = pack(10);
    let manifest = pack["manifest"].clone();
    assert!(Note::parse(&manifest).unwrap().text().parse::<Checkpoint>().is_err());
    pack.insert("checkpoint".into(), manifest);
    assert!(verify(&pack).faults.iter().any(|fault| fault.contains("its size is not a number")));
}

#[test]
fn a_pack_that_could_not_verify_is_not_written() {
    let (key, other) = (Key::new(1), Key::new(2));
    let (log, root) = Whole::new(10);
    assert!(matches!(pack_of(&log, &head(10, root, &key), &other), Err(Error::Pack { .. })));
    assert!(matches!(pack_of(&log, &head(11, root, &key), &key), Err(Error::MissingEntries { .. })));
    for path in ["manifest", "tile/0/000", "../x", "/x", "a//b", "a b", "", "a/./b"] {
        let extra = [Ok((path.to_owned(), Vec::new()))];
        let written = write_pack(&log, &head(10, root, &key), &key, extra, |_, _| Ok(()));
        assert!(matches!(written, Err(Error::Malformed { .. })), "{path}");
    }
    let twice = [Ok(("a".to_owned(), Vec::new())), Ok(("a".to_owned(), Vec::new()))];
    let written = write_pack(&log, &head(10, root, &key), &key, twice, |_, _| Ok(()));
    assert!(matches!(written, Err(Error::Pack { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_flipped_bit_of_a_larger_pack_is_a_fault(file in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        static PACK: std::sync::OnceLock<Pack> = std::sync::OnceLock::new();
        let mut pack = PACK.get_or_init(|| pack(1000)).clone();
        let path = file.get(&pack.keys().cloned().collect::<Vec<_>>()).clone();
        let bytes = pack.get_mut(&path).unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        prop_assert!(!verify(&pack).is_whole(), "{path} byte {at} bit {bit}");
    }
}
