//! Single bits, changed at random: in a pack, and in the database behind the store's back. Each one must be found.
//!
//! `WELLKEPT_FLIPS` says how many of each; with `WELLKEPT_GO_VERIFY`, the built `conformance/go/verify.go`, the pack's are shown to
//! it as well.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use domain::audit::Act;
use store::audit::{Verifier, verify};
use store::{Sql, params, sql};
use tlog::pack::verify_pack;

use crate::fixture::Practice;

/// Over a full tile, so that the tree has two levels.
const ENTRIES: usize = 300;

/// A small generator (xorshift64), so that a run repeats.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(end).unwrap()).unwrap()
    }
}

fn flips() -> usize {
    std::env::var("WELLKEPT_FLIPS").map_or(60, |count| count.parse().unwrap())
}

fn practice() -> Practice {
    let practice = Practice::new();
    for at in 0..ENTRIES {
        practice.app.store.record(practice.app.system_event(Act::ServerStarted, "test")).unwrap();
        if at % 50 == 0 {
            practice.app.store.checkpoint().unwrap();
        }
    }
    practice.app.store.checkpoint().unwrap();
    practice
}

fn files(folder: &Path, below: &str, found: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder.join(below)).unwrap().flatten() {
        let path = format!("{below}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            files(folder, &format!("{path}/"), found);
        } else {
            found.insert(path, fs::read(entry.path()).unwrap());
        }
    }
}

#[test]
fn s_tec_13_any_changed_bit_of_a_pack_is_found() {
    let practice = practice();
    let folder = practice.folder.path().join("pack");
    practice.app.export_audit(&folder).unwrap();
    let mut pack = BTreeMap::new();
    files(&folder, "", &mut pack);
    let names: Vec<String> = pack.keys().cloned().collect();
    let go = std::env::var_os("WELLKEPT_GO_VERIFY");
    let whole = |pack: &BTreeMap<String, Vec<u8>>| verify_pack(pack, &Verifier, None).is_whole();
    let go_whole = || go.as_ref().map(|program| Command::new(program).arg(&folder).output().unwrap().status.code());
    assert!(whole(&pack) && go_whole().is_none_or(|code| code == Some(0)));
    let (mut chance, begun) = (Chance(0x5EED), Instant::now());
    for _ in 0..flips() {
        // The file first, or most bits would be of the largest one.
        let name = &names[chance.below(names.len())];
        let at = chance.below(pack[name].len());
        let bit = 1 << chance.below(8);
        pack.get_mut(name).unwrap()[at] ^= bit;
        assert!(!whole(&pack), "{name}: byte {at}, bit {bit}");
        if go.is_some() {
            fs::write(folder.join(name), &pack[name]).unwrap();
            assert_eq!(go_whole(), Some(Some(1)), "{name}: byte {at}, bit {bit}");
        }
        pack.get_mut(name).unwrap()[at] ^= bit;
        if go.is_some() {
            fs::write(folder.join(name), &pack[name]).unwrap();
        }
    }
    assert!(whole(&pack) && go_whole().is_none_or(|code| code == Some(0)));
    let by = if go.is_some() { "and by the Go check" } else { "alone" };
    println!("{} bits of a pack of {ENTRIES} entries, all found by us {by}, in {:.1?}", flips(), begun.elapsed());
}

/// A column of the log: all of it, and how one value is put into its place.
type Column = (&'static str, &'static Sql, &'static Sql);

const COLUMNS: &[Column] = &[
    (
        "leaf",
        sql!("SELECT event_id AS id, leaf AS content FROM audit_event ORDER BY event_id"),
        sql!("UPDATE audit_event SET leaf = $2 WHERE event_id = $1"),
    ),
    (
        "body",
        sql!("SELECT event_id AS id, sealed AS content FROM audit_event ORDER BY event_id"),
        sql!("UPDATE audit_event SET sealed = $2 WHERE event_id = $1"),
    ),
    (
        "tile",
        sql!(
            "SELECT CAST(level AS TEXT) || '/' || CAST(tile AS TEXT) AS id, hashes AS content FROM audit_tile ORDER BY level, tile"
        ),
        sql!("UPDATE audit_tile SET hashes = $2 WHERE CAST(level AS TEXT) || '/' || CAST(tile AS TEXT) = $1"),
    ),
    (
        "head",
        sql!("SELECT CAST(id AS TEXT) AS id, root AS content FROM audit_head"),
        sql!("UPDATE audit_head SET root = $2 WHERE CAST(id AS TEXT) = $1"),
    ),
    (
        "checkpoint",
        sql!("SELECT CAST(at AS TEXT) AS id, CAST(note AS BLOB) AS content FROM audit_checkpoint ORDER BY at"),
        sql!("UPDATE audit_checkpoint SET note = CAST($2 AS TEXT) WHERE CAST(at AS TEXT) = $1"),
    ),
];

#[test]
fn s_tec_13_any_changed_bit_of_the_log_is_found() {
    let practice = practice();
    let store = &practice.app.store;
    let log = store.log().clone();
    let put = |set: &'static Sql, id: &str, content: &[u8]| {
        let (id, content) = (id.to_owned(), content.to_vec());
        let put = store.write("flip", move |tx| tx.execute(set, params![id, content]));
        assert_eq!(put.unwrap().value, 1);
    };
    let faults = || store.read("verify", |tx| verify::verify(&log, tx)).map_or(1, |report| report.faults.len());
    assert_eq!(faults(), 0);
    let (mut chance, begun) = (Chance(0xB175), Instant::now());
    for turn in 0..flips() {
        let (what, get, set) = COLUMNS[turn % COLUMNS.len()];
        let rows = store.read("column", |tx| {
            let rows = tx.query(get, &[])?;
            rows.iter()
                .map(|row| Ok((row.get("id")?, row.get("content")?)))
                .collect::<store::Result<Vec<(String, Vec<u8>)>>>()
        });
        let rows = rows.unwrap();
        let (id, content) = &rows[chance.below(rows.len())];
        let (at, bit) = (chance.below(content.len()), 1 << chance.below(8));
        let mut changed = content.clone();
        changed[at] ^= bit;
        put(set, id, &changed);
        assert!(faults() > 0, "{what} {id}: byte {at}, bit {bit}");
        put(set, id, content);
    }
    assert_eq!(faults(), 0);
    println!("{} bits of a log of {ENTRIES} entries, all found, in {:.1?}", flips(), begun.elapsed());
}
