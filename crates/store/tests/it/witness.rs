//! The log against checkpoints of it that lie elsewhere, on both engines: copies that were put back, and histories that went apart.

use std::time::{Duration, Instant as Wall};

use domain::Instant;
use domain::audit::{Act, Actor, Event, Purpose};
use store::audit::outside::{Differs, Seen, WitnessRow, WitnessState, compare, growth, keep_witness, read, witnesses};
use store::audit::{latest_size, name, verify};
use store::sql;
use tlog::proof::verify_consistency;
use tlog::{Checkpoint, Note};

use crate::practice::{On, Practice, on_both};

fn event(act: Act) -> Event {
    Event::new(act, Actor::System("test".into()), Purpose::SelfCheck)
}

/// Adds events and signs a checkpoint once they have their places.
fn grow(practice: &Practice, count: i64) -> Checkpoint {
    let store = practice.store();
    let size = store.read("size", latest_size).unwrap() + count;
    store
        .write("events", move |tx| {
            (0..count).for_each(|_| drop(tx.audit(event(Act::ServerStarted))));
            Ok(())
        })
        .unwrap();
    signed(practice, size)
}

fn signed(practice: &Practice, size: i64) -> Checkpoint {
    let patience = Wall::now() + Duration::from_secs(10);
    while practice.store().read("size", latest_size).unwrap() < size && Wall::now() < patience {
        std::thread::sleep(Duration::from_millis(5));
    }
    let note = practice.store().checkpoint().unwrap().unwrap();
    read(practice.store().log(), &Note::parse(note.as_bytes()).unwrap()).unwrap()
}

/// Takes a copy of everything that the log is, as whoever may write to the database can.
fn copy(practice: &Practice) {
    let copied = practice.store().write("copy", |tx| {
        tx.execute(sql!("CREATE TABLE copy_event AS SELECT * FROM audit_event"), &[])?;
        tx.execute(sql!("CREATE TABLE copy_tile AS SELECT * FROM audit_tile"), &[])?;
        tx.execute(sql!("CREATE TABLE copy_head AS SELECT * FROM audit_head"), &[])?;
        tx.execute(sql!("CREATE TABLE copy_checkpoint AS SELECT * FROM audit_checkpoint"), &[])?;
        tx.execute(sql!("CREATE TABLE copy_restore AS SELECT * FROM audit_restore"), &[])
    });
    copied.unwrap();
}

fn put_back(practice: &Practice) {
    let put = practice.store().write("put back", |tx| {
        tx.execute(sql!("DELETE FROM audit_event"), &[])?;
        tx.execute(sql!("INSERT INTO audit_event SELECT * FROM copy_event"), &[])?;
        tx.execute(sql!("DELETE FROM audit_tile"), &[])?;
        tx.execute(sql!("INSERT INTO audit_tile SELECT * FROM copy_tile"), &[])?;
        tx.execute(sql!("DELETE FROM audit_head"), &[])?;
        tx.execute(sql!("INSERT INTO audit_head SELECT * FROM copy_head"), &[])?;
        tx.execute(sql!("DELETE FROM audit_checkpoint"), &[])?;
        tx.execute(sql!("INSERT INTO audit_checkpoint SELECT * FROM copy_checkpoint"), &[])?;
        tx.execute(sql!("DELETE FROM audit_restore"), &[])?;
        tx.execute(sql!("INSERT INTO audit_restore SELECT * FROM copy_restore"), &[])
    });
    put.unwrap();
}

fn differs(practice: &Practice, seen: &Checkpoint) -> Option<Differs> {
    compare(practice.store(), seen).unwrap().map(|contradiction| contradiction.differs)
}

fn faults(practice: &Practice) -> Vec<String> {
    let log = practice.store().log().clone();
    practice.store().read("verify", |tx| verify::verify(&log, tx)).unwrap().faults
}

#[test]
fn s_tec_13_a_copy_that_is_put_back_is_seen_however_far_it_grows() {
    on_both(|practice| {
        let mut rounds = 0;
        // Around the borders of tiles, and away from them.
        for (had, lost) in [(1, 1), (5, 250), (256, 1), (3, 255), (40, 3)] {
            let kept = grow(&practice, had);
            copy(&practice);
            let seen = grow(&practice, lost);
            assert_eq!((differs(&practice, &kept), differs(&practice, &seen)), (None, None));
            put_back(&practice);
            assert_eq!(differs(&practice, &kept), None, "what the copy had is as it was");
            assert_eq!(differs(&practice, &seen), Some(Differs::Shorter));
            // It goes on, and signs with the same key: first behind what was seen, then level with it, then beyond.
            for more in [lost - 1, 1, 2] {
                let now = grow(&practice, more);
                let expected = if now.size < seen.size { Differs::Shorter } else { Differs::Other };
                assert_eq!(differs(&practice, &seen), Some(expected), "{had} {lost} {more}");
                assert_eq!(faults(&practice), Vec::<String>::new(), "in itself the log is whole, every time");
                rounds += 1;
            }
            let drop = practice.store().write("drop", |tx| {
                tx.execute(sql!("DROP TABLE copy_event"), &[])?;
                tx.execute(sql!("DROP TABLE copy_tile"), &[])?;
                tx.execute(sql!("DROP TABLE copy_head"), &[])?;
                tx.execute(sql!("DROP TABLE copy_checkpoint"), &[])?;
                tx.execute(sql!("DROP TABLE copy_restore"), &[])
            });
            drop.unwrap();
        }
        assert_eq!(rounds, 15);
    });
}

#[test]
fn s_tec_13_tiles_that_do_not_give_their_head_are_no_proof() {
    on_both(|practice| {
        let seen = grow(&practice, 300);
        grow(&practice, 300);
        assert_eq!(differs(&practice, &seen), None);
        // The tile in which the earlier log ended. Others than those that the proof goes through are `verify`'s to look at.
        let changed = practice.store().write("tile", |tx| {
            tx.execute(
                sql!(
                    "UPDATE audit_tile SET hashes = (SELECT t.hashes FROM audit_tile t WHERE t.level = 0 AND t.tile = 0)
                     WHERE level = 0 AND tile = 1"
                ),
                &[],
            )
        });
        assert_eq!(changed.unwrap().value, 1);
        assert_eq!(differs(&practice, &seen), Some(Differs::Other));
    });
}

#[test]
fn s_tec_13_an_accepted_copy_goes_on_under_a_new_name_and_says_so() {
    on_both(|practice| {
        let store = practice.store();
        grow(&practice, 20);
        copy(&practice);
        let seen = grow(&practice, 10);
        put_back(&practice);
        assert_eq!(differs(&practice, &seen), Some(Differs::Shorter));
        let before = store.log_key().unwrap();
        let accepted = store
            .write("accept", |tx| name::accept_restore(tx, "the disk of Tuesday died", 1, event(Act::RestoreAccepted)));
        assert_eq!(accepted.unwrap().value, 2);
        let renamed = signed(&practice, 21);
        assert_eq!(renamed.origin, format!("{}/r2", seen.origin));
        assert_ne!(store.log_key().unwrap(), before, "what witnesses know it by");
        assert_eq!((differs(&practice, &seen), differs(&practice, &renamed)), (None, None));
        assert_eq!(faults(&practice), Vec::<String>::new());
        let restores = store.read("restores", name::restores).unwrap();
        assert_eq!(
            (restores.len(), restores[0].size, restores[0].reason.as_str()),
            (1, 20, "the disk of Tuesday died")
        );
        // The copy from before is put back once more: now the name alone tells.
        put_back(&practice);
        assert_eq!(differs(&practice, &renamed), Some(Differs::LaterName));
        // Who takes the row away and leaves the entry, or the other way round, is seen by the log itself.
        let accepted = store
            .write("accept", |tx| name::accept_restore(tx, "the disk of Tuesday died", 2, event(Act::RestoreAccepted)));
        assert_eq!(accepted.unwrap().value, 3, "a name that was used elsewhere is not taken again");
        signed(&practice, 21);
        assert_eq!(faults(&practice), Vec::<String>::new());
        store.write("hide", |tx| tx.execute(sql!("DELETE FROM audit_restore"), &[])).unwrap();
        assert!(faults(&practice).iter().any(|fault| fault.contains("renamed 0 times")), "{:?}", faults(&practice));
    });
}

#[test]
fn checkpoints_from_before_the_name_carried_a_part_of_the_key_are_still_this_logs() {
    on_both(|practice| {
        let store = practice.store();
        // A program of then signed under the plain name.
        store
            .write("as then", |tx| {
                tx.execute(
                    sql!("INSERT INTO audit_restore (generation, at, size, reason, event_id) VALUES (0, 0, 0, '', '')"),
                    &[],
                )
            })
            .unwrap();
        let then = grow(&practice, 3);
        store.write("as now", |tx| tx.execute(sql!("DELETE FROM audit_restore"), &[])).unwrap();
        let now = grow(&practice, 2);
        assert!(then.origin == store.log().name(0) && now.origin == store.log().name(1), "{then} {now}");
        assert_eq!(faults(&practice), Vec::<String>::new());
        assert_eq!((differs(&practice, &then), differs(&practice, &now)), (None, None));
    });
}

#[test]
fn only_this_logs_own_signature_counts() {
    on_both(|practice| {
        let head = grow(&practice, 3);
        let log = practice.store().log();
        let other = Practice::new(On::Sqlite);
        let theirs = other.store().log().name(1);
        assert_ne!(theirs, head.origin, "two practices never share a name");
        let note = Note::new(head.to_string()).unwrap();
        assert!(read(log, &note).unwrap_err().contains("no signature"));
        let foreign = Note::new(Checkpoint::new(theirs, 9, head.root).to_string()).unwrap();
        assert!(read(log, &foreign).unwrap_err().contains("another log"));
        for odd in ["/r1", "/r02", "/r-1", "/rx", "x"] {
            assert_eq!(log.generation(&format!("{}{odd}", head.origin)), None, "{odd}");
        }
        let proof = growth(practice.store(), 1, 3).unwrap();
        let first = tlog::leaf_hash(
            &practice
                .store()
                .read("leaf", |tx| {
                    tx.query_one(sql!("SELECT leaf FROM audit_event WHERE leaf_index = 0"), &[])?.get::<Vec<u8>>("leaf")
                })
                .unwrap(),
        );
        verify_consistency((1, first), (3, head.root), &proof).unwrap();
    });
}

#[test]
fn what_a_witness_saw_stays_and_a_contradiction_is_not_hidden_by_silence() {
    on_both(|practice| {
        let store = practice.store();
        let keep = |state, said: &str, seen| {
            let row = WitnessRow {
                name: "accountant".into(),
                asked_at: Instant::from_micros(5),
                state,
                said: said.into(),
                seen,
            };
            store.write("keep", move |tx| keep_witness(tx, &row)).unwrap().value
        };
        let seen = Seen { at: Instant::from_micros(7), size: 12, note: "a note\n".into() };
        assert_eq!(keep(WitnessState::Seen, "", Some(seen)), None);
        assert_eq!(keep(WitnessState::Down, "does not answer", None), Some(WitnessState::Seen));
        let rows = || store.read("rows", witnesses).unwrap();
        assert_eq!(
            (rows()[0].said.as_str(), rows()[0].seen.as_ref().map(|seen| seen.size)),
            ("does not answer", Some(12))
        );
        keep(WitnessState::Contradicts, "holds 20 entries", None);
        assert_eq!(keep(WitnessState::Down, "does not answer", None), Some(WitnessState::Contradicts));
        assert_eq!((rows()[0].state, rows()[0].said.as_str()), (WitnessState::Contradicts, "holds 20 entries"));
        keep(WitnessState::Seen, "", None);
        assert_eq!((rows().len(), rows()[0].state), (1, WitnessState::Seen));
    });
}
