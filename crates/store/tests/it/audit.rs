//! The audit log on both engines.

use std::time::{Duration, Instant as Wall};

use domain::audit::{Act, Actor, Event, Purpose};
use domain::id::PatientId;
use store::audit::{read, verify};
use store::{Error, ReleaseError, params, sql};

use crate::practice::{On, Practice, on_both};

fn viewed(patient: &PatientId) -> Event {
    Event::new(Act::PatientViewed, Actor::System("test".into()), Purpose::SelfCheck)
        .about([patient.clone()])
        .showing(["identity"])
}

fn patient(n: u8) -> PatientId {
    PatientId::parse(&format!("01890000-0000-7000-8000-0000000000{n:02x}")).unwrap()
}

fn report(practice: &Practice) -> verify::Report {
    let log = practice.store().log().clone();
    let patience = Wall::now() + Duration::from_secs(10);
    loop {
        let report = practice.store().read("verify", |tx| verify::verify(&log, tx)).unwrap();
        if report.unsequenced == 0 || Wall::now() > patience {
            return report;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn s_tec_12_events_commit_with_their_act_and_read_back() {
    on_both(|practice| {
        let store = practice.store();
        let done = store.write("act", |tx| {
            tx.audit(viewed(&patient(1)));
            tx.audit(viewed(&patient(2)));
            Ok(7)
        });
        let done = done.unwrap();
        assert_eq!((done.value, done.receipts.len()), (7, 2));
        let failed = store.write("undone", |tx| -> store::Result<()> {
            tx.audit(viewed(&patient(3)));
            Err(Error::Refused("no".into()))
        });
        assert!(failed.is_err());
        let log = store.log().clone();
        let filter = read::Filter { patient: Some(patient(1)), ..Default::default() };
        let found = store.read("list", |tx| read::list(&log, tx, &filter, 10)).unwrap();
        assert_eq!(found.subjects().collect::<Vec<_>>(), [patient(1)]);
        let report = report(&practice);
        assert_eq!((report.entries, report.faults), (2, vec![]));
    });
}

#[test]
fn a_receipt_opens_only_what_its_event_names() {
    on_both(|practice| {
        let store = practice.store();
        let log = store.log().clone();
        store.record(viewed(&patient(1))).unwrap();
        let list = || store.read("list", |tx| read::list(&log, tx, &read::Filter::default(), 10)).unwrap();
        let wrong = store.record(viewed(&patient(2))).unwrap();
        assert_eq!(list().release(&wrong).err(), Some(ReleaseError::Subject));
        let half = store.record(viewed(&patient(1)).about([patient(2)])).unwrap();
        assert_eq!(list().release(&half).err(), Some(ReleaseError::Field("audit".into())));
        let right = Event::new(Act::AuditViewed, Actor::Anonymous, Purpose::Operations);
        let right = store.record(right.about([patient(1), patient(2)]).showing(["audit"])).unwrap();
        assert!(list().release(&right).is_ok());
    });
}

#[test]
fn s_tec_13_many_writers_give_one_whole_log() {
    on_both(|mut practice| {
        std::thread::scope(|scope| {
            for n in 0..8 {
                let store = practice.store();
                scope.spawn(move || {
                    for _ in 0..40 {
                        store.record(viewed(&patient(n))).unwrap();
                    }
                });
            }
        });
        let note = practice.store().checkpoint().unwrap();
        let before = report(&practice);
        assert_eq!((before.entries, before.faults.as_slice()), (320, [].as_slice()));
        assert!(note.is_some());
        practice.reopen();
        practice.store().record(viewed(&patient(9))).unwrap();
        let after = report(&practice);
        assert_eq!((after.entries, after.faults), (321, vec![]));
    });
}

/// Each tampering is done with SQL by somebody who has the database, and is seen.
#[test]
fn s_tec_13_tampering_is_seen() {
    on_both(|practice| {
        let store = practice.store();
        for n in 0..5 {
            store.record(viewed(&patient(n))).unwrap();
        }
        report(&practice);
        store.checkpoint().unwrap();
        assert!(report(&practice).ok());
        let edits: [(&str, &'static store::Sql); 4] = [
            ("leaf", sql!("UPDATE audit_event SET actor = 'account:somebody' WHERE leaf_index = 2")),
            ("tile", sql!("UPDATE audit_tile SET hashes = (SELECT root FROM audit_head) WHERE level = 0")),
            ("checkpoint", sql!("UPDATE audit_checkpoint SET note = replace(note, '5', '6')")),
            ("entry", sql!("DELETE FROM audit_event WHERE leaf_index = 4 AND event_id <> ''")),
        ];
        for (what, edit) in edits {
            store
                .write("tamper", move |tx| {
                    tx.execute(sql!("DELETE FROM audit_subject WHERE patient_id <> ''"), &[])?;
                    tx.execute(edit, &[])
                })
                .unwrap();
            assert!(!report(&practice).ok(), "{what}");
        }
    });
}

/// From a checkpoint that was good, only what came since is hashed, and what was before is proven.
#[test]
fn s_tec_13_a_log_is_followed_from_its_last_good_checkpoint() {
    on_both(|practice| {
        let store = practice.store();
        let log = store.log().clone();
        let record = |count| (0..count).for_each(|n| drop(store.record(viewed(&patient(n))).unwrap()));
        record(5);
        report(&practice);
        store.checkpoint().unwrap();
        let anchor = report(&practice).anchor.unwrap();
        assert_eq!(anchor.size, 5);
        record(3);
        report(&practice);
        store.checkpoint().unwrap();
        let grown = |from| store.read("grown", |tx| verify::grown(&log, tx, from, &[0, 3])).unwrap();
        let found = grown(anchor);
        assert_eq!((found.entries, found.hashed, found.faults.as_slice()), (8, 5, [].as_slice()));
        assert_eq!(found.anchor.map(|a| a.size), Some(8));
        assert!(!grown(verify::Anchor { size: 4, ..anchor }).ok(), "another size than was signed then");
        assert!(!grown(verify::Anchor { root: found.anchor.unwrap().root, ..anchor }).ok(), "another root");
        assert!(!grown(verify::Anchor { size: 90, ..anchor }).ok(), "a log that lost its end");
        let edit = sql!("UPDATE audit_event SET leaf = sealed WHERE leaf_index = 3");
        store.write("tamper", |tx| tx.execute(edit, &[])).unwrap();
        assert!(grown(anchor).faults.iter().any(|f| f.contains("leaf 3")), "a sampled entry");
    });
}

#[test]
fn a_changed_body_is_refused() {
    on_both(|practice| {
        let store = practice.store();
        store.record(viewed(&patient(1))).unwrap();
        let row = store.read("get", |tx| tx.query_one(sql!("SELECT event_id, sealed FROM audit_event"), &[])).unwrap();
        let (id, mut sealed) = (row.get::<String>("event_id").unwrap(), row.get::<Vec<u8>>("sealed").unwrap());
        sealed[20] ^= 1;
        store
            .write("flip", move |tx| {
                tx.execute(sql!("UPDATE audit_event SET sealed = $1 WHERE event_id = $2"), params![sealed, id])
            })
            .unwrap();
        let log = store.log().clone();
        let read = store.read("list", |tx| read::list(&log, tx, &read::Filter::default(), 10));
        assert!(matches!(read.err(), Some(Error::Key(_))));
    });
}

#[test]
fn s_tec_09_the_key_stays_outside_the_data() {
    let mut practice = Practice::new(On::Sqlite);
    practice.close();
    let mut inside = practice.options.clone();
    let path = inside.data.join("k.kek");
    std::fs::copy(inside.kek.path(), &path).unwrap();
    inside.kek = store::keys::Kek::File(path);
    let refused = store::Store::open(inside).err().unwrap().to_string();
    assert!(refused.contains("inside the data directory"), "{refused}");
    let others = practice.options.clone();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    std::fs::set_permissions(others.kek.path(), mode).unwrap();
    let refused = store::Store::open(others).err().unwrap().to_string();
    assert!(refused.contains("read by others"), "{refused}");
}
