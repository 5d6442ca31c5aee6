//! The audit log on both engines.

use std::time::{Duration, Instant as Wall};

use domain::audit::{Act, Actor, Event, Purpose};
use domain::id::PatientId;
use store::audit::{read, verify};
use store::{Error, ReleaseError, sql};

use crate::practice::{On, Practice, on_both};

pub(crate) fn viewed(patient: &PatientId) -> Event {
    Event::new(Act::PatientViewed, Actor::System("test".into()), Purpose::SelfCheck)
        .about([patient.clone()])
        .showing(["identity"])
}

pub(crate) fn patient(n: u8) -> PatientId {
    PatientId::parse(&format!("01890000-0000-7000-8000-0000000000{n:02x}")).unwrap()
}

pub(crate) fn report(practice: &Practice) -> verify::Report {
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
fn the_log_is_read_by_what_was_done_and_by_whom() {
    on_both(|practice| {
        let store = practice.store();
        let log = store.log().clone();
        let seen = || Event::new(Act::AuditViewed, Actor::Anonymous, Purpose::Operations);
        for event in [viewed(&patient(1)), seen(), viewed(&patient(2)), seen()] {
            store.record(event).unwrap();
        }
        let ids = |act: Option<Act>, actor: Option<&str>, before| {
            let act = act.map(|act| act.as_str().to_owned());
            let filter = read::Filter { act, actor: actor.map(str::to_owned), patient: None, before };
            let found = store.read("list", |tx| read::list(&log, tx, &filter, 10)).unwrap();
            let cut = found.cut(|all| all.into_iter().map(|e| (e.at, e.id)).collect::<Vec<_>>(), &[]);
            let all = (1..=2).map(patient).collect::<Vec<_>>();
            cut.release(&store.record(viewed(&patient(9)).about(all)).unwrap()).unwrap().to_vec()
        };
        let all = ids(None, None, None);
        assert_eq!(all.len(), 4);
        let (views, looks) = (vec![all[1].clone(), all[3].clone()], vec![all[0].clone(), all[2].clone()]);
        let of = |act, actor| ids(act, actor, Some(all[0].clone()));
        assert_eq!(ids(None, Some("anonymous"), None), looks);
        assert_eq!(
            (of(Some(Act::PatientViewed), None), of(None, Some("anonymous"))),
            (views.clone(), looks[1..].to_vec())
        );
        assert_eq!(of(Some(Act::PatientViewed), Some("system:test")), views);
        assert_eq!((of(Some(Act::PatientViewed), Some("anonymous")), of(None, None)), (vec![], all[1..].to_vec()));
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

/// Each tampering is done with SQL by somebody who has the database, and is seen for what it is.
#[test]
fn s_tec_13_tampering_is_seen() {
    let edits: [(&'static [&'static store::Sql], &str); 9] = [
        (
            &[sql!("UPDATE audit_event SET actor = 'account:somebody' WHERE leaf_index = 2")],
            "the row of leaf 2 does not say what its leaf says",
        ),
        (
            &[sql!("UPDATE audit_event SET outcome = 'denied' WHERE leaf_index = 2")],
            "the row of leaf 2 says another outcome than its content",
        ),
        (
            &[sql!("UPDATE audit_event SET sealed = NULL WHERE leaf_index = 3")],
            "the content of leaf 3 is gone, and no event says that it was destroyed",
        ),
        (&[sql!("UPDATE audit_event SET sealed = leaf WHERE leaf_index = 3")], "the content of leaf 3 is not the one"),
        (
            &[sql!("DELETE FROM audit_subject WHERE patient_id LIKE '%01'")],
            "leaf 1 is hidden from the log of a patient whom it names",
        ),
        (
            &[sql!("INSERT INTO audit_subject (patient_id, event_id) SELECT 'x', max(event_id) FROM audit_event")],
            "the list of whom events concern has 6 rows, and the events ask for 5",
        ),
        (
            &[sql!("UPDATE audit_tile SET hashes = (SELECT root FROM audit_head) WHERE level = 0")],
            "tile 0/0 is not what its entries give",
        ),
        (&[sql!("UPDATE audit_checkpoint SET note = replace(note, '5', '6')")], "the checkpoint at size 5: "),
        (
            &[
                sql!("DELETE FROM audit_subject WHERE patient_id LIKE '%04'"),
                sql!("DELETE FROM audit_event WHERE leaf_index = 4"),
            ],
            "a checkpoint speaks of 5 entries and only 4 are there",
        ),
    ];
    for (edit, words) in edits {
        on_both(|practice| {
            let store = practice.store();
            (0..5).for_each(|n| drop(store.record(viewed(&patient(n))).unwrap()));
            report(&practice);
            store.checkpoint().unwrap();
            assert!(report(&practice).ok());
            let tamper = |tx: &mut store::Tx| edit.iter().try_for_each(|text| tx.execute(text, &[]).map(drop));
            store.write("tamper", tamper).unwrap();
            let faults = report(&practice).faults;
            assert!(faults.iter().any(|fault| fault.starts_with(words)), "{words}: {faults:?}");
        });
    }
}

/// They are read some at a time, and a clock that was set back puts a newer one before older ones.
#[test]
fn s_tec_13_every_checkpoint_is_held_against_the_entries() {
    on_both(|practice| {
        let store = practice.store();
        for count in [3, 2] {
            (0..count).for_each(|n| drop(store.record(viewed(&patient(n))).unwrap()));
            report(&practice);
            store.checkpoint().unwrap();
        }
        let many = sql!(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
             INSERT INTO audit_checkpoint (at, size, note)
             SELECT c.at - n.i, c.size, c.note FROM audit_checkpoint c CROSS JOIN n WHERE c.size = 3"
        );
        store.write("many", |tx| tx.execute(many, &[])).unwrap();
        let back = sql!("UPDATE audit_checkpoint SET at = 1 WHERE size = 5");
        store.write("clock", |tx| tx.execute(back, &[])).unwrap();
        let whole = report(&practice);
        assert_eq!((whole.faults, whole.anchor.map(|anchor| anchor.size)), (vec![], Some(5)));
        let edit = sql!(
            "UPDATE audit_checkpoint SET note = replace(note, 'audit', 'other')
             WHERE at = (SELECT max(at) - 1200 FROM audit_checkpoint)"
        );
        assert_eq!(store.write("tamper", |tx| tx.execute(edit, &[])).unwrap().value, 1);
        let faults = report(&practice).faults;
        assert!(faults.len() == 1 && faults[0].starts_with("the checkpoint at size 3: "), "{faults:?}");
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
