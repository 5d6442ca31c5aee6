//! Sealed content whose key is gone, changed or destroyed, and a practice without a part of it.

use std::fs;

use domain::audit::{Act, Actor, Event, Purpose};
use store::audit::{Content, read};
use store::{Engine, Error, Store, params, sql};

use crate::audit::{patient, report, viewed};
use crate::practice::{Practice, on_both};

/// What the log shows of each event, newest first.
fn shown(practice: &Practice) -> Vec<Content> {
    let store = practice.store();
    let log = store.log().clone();
    let list = store.read("list", |tx| read::list(&log, tx, &read::Filter::default(), 10)).unwrap();
    let seen = Event::new(Act::AuditViewed, Actor::Anonymous, Purpose::Operations);
    let seen = seen.about(list.subjects().collect::<Vec<_>>()).showing(["audit"]);
    let receipt = store.record(seen).unwrap();
    list.release(&receipt).unwrap().iter().map(|entry| entry.content.clone()).collect()
}

/// Runs one statement in the closed practice's file of sealing keys; returns what it counted or changed.
fn in_keys(practice: &mut Practice, text: &str) -> usize {
    let file = practice.raw("keys.db");
    practice.close();
    let changed = match text.strip_prefix("count ") {
        Some(table) => {
            let count = format!("SELECT count(*) FROM {table}");
            usize::try_from(file.query_row(&count, [], |row| row.get::<_, i64>(0)).unwrap()).unwrap()
        }
        None => file.execute(text, []).unwrap(),
    };
    drop(file);
    practice.reopen();
    changed
}

#[test]
fn a_body_that_does_not_open_costs_itself_alone() {
    on_both(|practice| {
        let store = practice.store();
        (1..=2).for_each(|n| drop(store.record(viewed(&patient(n))).unwrap()));
        let first = sql!("SELECT event_id, sealed FROM audit_event ORDER BY event_id LIMIT 1");
        let row = store.read("get", |tx| tx.query_one(first, &[])).unwrap();
        let (id, mut sealed) = (row.get::<String>("event_id").unwrap(), row.get::<Vec<u8>>("sealed").unwrap());
        sealed[20] ^= 1;
        let flip = sql!("UPDATE audit_event SET sealed = $1 WHERE event_id = $2");
        store.write("flip", move |tx| tx.execute(flip, params![sealed, id])).unwrap();
        let shown = shown(&practice);
        assert!(matches!(shown.as_slice(), [Content::Open(_), Content::Unreadable]), "{shown:?}");
    });
}

/// Who deletes a sealing key destroys what it sealed. The log stays whole when it says so itself, and not otherwise.
#[test]
fn s_tec_13_destroyed_content_is_told_from_lost_content() {
    on_both(|mut practice| {
        (1..=2).for_each(|n| drop(practice.store().record(viewed(&patient(n))).unwrap()));
        report(&practice);
        let key_id = format!("{}/2026", patient(1));
        let gone = in_keys(&mut practice, &format!("DELETE FROM body_key WHERE id = '{key_id}'"));
        assert_eq!(gone, 1);
        let before = shown(&practice);
        assert!(matches!(before.as_slice(), [Content::Open(_), Content::Unreadable]), "{before:?}");
        let faults = report(&practice).faults;
        assert!(faults.iter().any(|fault| fault.contains("content of leaf 0")), "{faults:?}");
        assert_eq!(in_keys(&mut practice, "count body_key"), 1, "looking makes no key");
        let said = Event::new(Act::Shredded, Actor::System("test".into()), Purpose::Operations);
        practice.store().record(said.about([patient(1)]).object("sealing_key", &key_id)).unwrap();
        assert_eq!(report(&practice).faults, Vec::<String>::new());
        let after = shown(&practice);
        assert!(after[..3].iter().all(|content| matches!(content, Content::Open(_))) && after[3] == Content::Destroyed);
        // What comes later has a new key and is not covered by the old word.
        practice.store().record(viewed(&patient(1))).unwrap();
        assert!(matches!(shown(&practice)[0], Content::Open(_)));
        let wipe = sql!("UPDATE audit_event SET sealed = NULL WHERE act = 'patient.viewed' AND leaf_index > 4");
        report(&practice);
        assert_eq!(practice.store().write("wipe", |tx| tx.execute(wipe, &[])).unwrap().value, 1);
        let faults = report(&practice).faults;
        assert!(faults.len() == 1 && faults[0].contains("no event says that it was destroyed"), "{faults:?}");
    });
}

#[test]
fn a_practice_without_a_part_of_it_is_not_opened_and_nothing_is_made_up() {
    on_both(|mut practice| {
        let sealed = practice.store().seal_column("here", b"seed").unwrap();
        practice.store().record(viewed(&patient(1))).unwrap();
        practice.close();
        let parts = match practice.options.engine {
            Engine::Sqlite { .. } => ["keys.db", "practice.db"].as_slice(),
            Engine::Postgres(_) => ["keys.db"].as_slice(),
        };
        for part in parts {
            let path = practice.options.folder().join(part);
            let whole = fs::read(&path).unwrap();
            fs::remove_file(&path).unwrap();
            for _ in 0..2 {
                let refused = Store::open(practice.options.clone()).err().unwrap().to_string();
                assert!(refused.contains(part) && refused.contains("from the backup"), "{refused}");
                assert!(!path.exists() || fs::read(&path).unwrap().is_empty(), "{part} was made anew");
                // As a copy leaves it that was cut off at its beginning.
                fs::write(&path, b"").unwrap();
            }
            fs::write(&path, whole).unwrap();
        }
        practice.reopen();
        assert_eq!(practice.store().open_column("here", &sealed).unwrap(), b"seed");
        assert_eq!(shown(&practice).len(), 1);
    });
}

#[test]
fn an_empty_schema_is_not_filled_at_a_start() {
    let Ok(url) = std::env::var("WELLKEPT_TEST_PG") else { return };
    let mut practice = Practice::new(crate::practice::On::Postgres);
    practice.close();
    let schema = practice.options.practice.as_str().to_owned();
    let mut admin = postgres::Client::connect(&url, postgres::NoTls).unwrap();
    let empty = format!("DROP SCHEMA {schema} CASCADE; CREATE SCHEMA {schema} AUTHORIZATION {schema}");
    admin.batch_execute(&empty).unwrap();
    let refused = Store::open(practice.options.clone()).err().unwrap();
    assert!(matches!(&refused, Error::Refused(why) if why.contains("no practice is in it")), "{refused}");
}
