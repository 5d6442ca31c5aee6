//! Tile paths and contents, hashes as text.

use proptest::prelude::*;

use crate::tile::{Kind, Tile, decode_entries, decode_hashes, encode_entries, encode_hashes, tiles_of};
use crate::{Error, Hash, leaf_hash};

fn check(kind: Kind, index: u64, width: u16, path: &str) {
    let tile = Tile { kind, index, width };
    assert_eq!(tile.to_string(), path);
    assert_eq!(path.parse(), Ok(tile));
}

#[test]
fn paths_are_those_of_c2sp() {
    check(Kind::Hashes(0), 0, 256, "tile/0/000");
    check(Kind::Hashes(0), 1_234_067, 256, "tile/0/x001/x234/067");
    check(Kind::Hashes(3), 999, 255, "tile/3/999.p/255");
    check(Kind::Hashes(63), 1000, 1, "tile/63/x001/000.p/1");
    check(Kind::Entries, 1_000_000, 256, "tile/entries/x001/x000/000");
    check(Kind::Entries, 7, 8, "tile/entries/007.p/8");
    check(Kind::Entries, u64::MAX, 256, "tile/entries/x018/x446/x744/x073/x709/x551/615");
}

#[test]
fn other_spellings_of_a_path_are_refused() {
    for path in [
        "",
        "tile",
        "tile/",
        "tile/0",
        "tile/0/",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/00/000",
        "tile/+0/000",
        "tile/64/000",
        "tile/256/000",
        "tile/-1/000",
        "tile/0/x000/000",
        "tile/0/001/000",
        "tile/0/x001",
        "tile/0/x001/",
        "tile/0/+01",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/",
        "tile/0/000.p",
        "tile/0/000/",
        "/tile/0/000",
        "tile/0/../0/000",
        "tile/data/000",
        "tile/8/0/000",
        "tile/entries/x999/x999/x999/x999/x999/x999/x999/999",
    ] {
        // `tile/8/0/000` is how Go spells level 0; here `0` would be an index group, and groups have three digits.
        assert!(path.parse::<Tile>().is_err(), "{path}");
    }
}

#[test]
fn a_log_names_its_tiles() {
    let names = |size| tiles_of(size).map(|tile| tile.to_string()).collect::<Vec<_>>();
    assert_eq!(names(0), Vec::<String>::new());
    assert_eq!(names(1), ["tile/entries/000.p/1", "tile/0/000.p/1"]);
    assert_eq!(names(256), ["tile/entries/000", "tile/0/000", "tile/1/000.p/1"]);
    let two = ["tile/entries/000", "tile/entries/001.p/2", "tile/0/000", "tile/0/001.p/2", "tile/1/000.p/1"];
    assert_eq!(names(258), two);
    assert_eq!(names(65_536).len(), 256 + 256 + 1 + 1);
}

#[test]
fn a_bundle_is_lengths_and_entries() {
    let bundle = encode_entries(&[b"ab".as_slice(), b"", &[7; 300]]).unwrap();
    assert_eq!(bundle[..6], [0, 2, b'a', b'b', 0, 0]);
    assert_eq!(bundle[6..8], [1, 44]);
    assert_eq!(decode_entries(&bundle).unwrap(), [b"ab".as_slice(), b"", &[7; 300]]);
    assert!(encode_entries(&[vec![0; 65_535]]).is_ok());
    assert_eq!(encode_entries(&[vec![0; 65_536]]), Err(Error::EntryTooLong { length: 65_536 }));
}

#[test]
fn a_bundle_that_is_cut_empty_or_overfull_is_refused() {
    for bad in [b"".as_slice(), b"\0", b"\0\x01", b"\0\x02a", b"\0\x01a\0", &[0; 514]] {
        assert!(decode_entries(bad).is_err(), "{bad:?}");
    }
    assert_eq!(decode_entries(&[0; 512]).unwrap().len(), 256);
}

#[test]
fn a_hash_tile_is_whole_hashes() {
    let hashes = [leaf_hash(b"a"), leaf_hash(b"b")];
    let bytes = encode_hashes(&hashes);
    assert_eq!(bytes.len(), 64);
    assert_eq!(decode_hashes(&bytes).unwrap(), hashes);
    for length in [0, 1, 31, 33, 63, 257 * 32] {
        assert!(decode_hashes(&vec![0; length]).is_err(), "{length}");
    }
}

#[test]
fn a_hash_has_one_spelling() {
    let hash = leaf_hash(b"");
    let hex = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";
    assert_eq!(hash.to_string(), hex);
    assert_eq!(Hash::from_hex(hex), Ok(hash));
    assert_eq!(Hash::from_base64(&hash.to_base64()), Ok(hash));
    for bad in [&hex.to_uppercase(), hex.trim_start_matches('6'), hex.trim_end_matches("1d"), "", "zz"] {
        assert!(Hash::from_hex(bad).is_err(), "{bad}");
    }
    // The last digit before the padding carries two bits that must be zero.
    let loose = hash.to_base64().replace("0=", "1=");
    for bad in [loose.as_str(), hash.to_base64().trim_end_matches('='), "", "AAAA"] {
        assert!(bad == hash.to_base64() || Hash::from_base64(bad).is_err(), "{bad}");
    }
    assert_ne!(loose, hash.to_base64());
}

proptest! {
    #[test]
    fn any_path_comes_back(level in 0..64_u8, entries in any::<bool>(), index in any::<u64>(), width in 1..=256_u16) {
        let kind = if entries { Kind::Entries } else { Kind::Hashes(level) };
        let tile = Tile { kind, index, width };
        prop_assert_eq!(tile.to_string().parse(), Ok(tile));
    }

    #[test]
    fn a_path_that_parses_displays_as_it_was(path in "tile/([0-9]{1,3}|entries)(/x?[0-9]{3}){1,3}(\\.p/[0-9]{1,3})?") {
        if let Ok(tile) = path.parse::<Tile>() {
            prop_assert_eq!(tile.to_string(), path);
        }
    }

    #[test]
    fn any_bundle_that_reads_writes_the_same(bytes in prop::collection::vec(0..4_u8, 0..200)) {
        if let Ok(entries) = decode_entries(&bytes) {
            prop_assert_eq!(encode_entries(&entries).unwrap(), bytes);
        }
    }
}
