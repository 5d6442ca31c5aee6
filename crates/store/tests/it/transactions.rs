//! What a closure may rely on.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};

use store::{Error, params, sql};

use crate::practice::on_both;

fn version(store: &store::Store, id: &'static str) -> Option<i64> {
    store
        .read("version", |tx| {
            let row = tx.query_opt(
                sql!("SELECT CAST(max(version) AS BIGINT) AS v FROM record_version WHERE kind = 'test' AND id = $1"),
                params![id],
            )?;
            row.map_or(Ok(None), |row| row.get("v"))
        })
        .unwrap()
}

fn keep(tx: &mut store::Tx, id: &str, version: i64) -> store::Result<()> {
    let stamp = store::record::Stamp { actor: "test".into(), reason: "a test".into() };
    store::record::keep(tx, "test", id, version, &"body", &stamp).map(|_| ())
}

#[test]
fn a_failed_closure_is_undone_alone() {
    on_both(|practice| {
        let store = practice.store();
        let barrier = Barrier::new(8);
        std::thread::scope(|scope| {
            for n in 0..8_i64 {
                let barrier = &barrier;
                scope.spawn(move || {
                    barrier.wait();
                    let done = store.write("one", move |tx| {
                        keep(tx, "a", 100 + n)?;
                        if n % 2 == 0 { Err(Error::Refused("even".into())) } else { Ok(()) }
                    });
                    assert_eq!(done.is_ok(), n % 2 == 1);
                });
            }
        });
        let rows = store.read("all", |tx| store::record::history(tx, "test", "a")).unwrap();
        let versions: Vec<i64> = rows.iter().map(|r| r.get("version").unwrap()).collect();
        assert_eq!(versions, [101, 103, 105, 107]);
    });
}

#[test]
fn a_panic_fails_its_own_closure_only() {
    on_both(|practice| {
        let store = practice.store();
        let done = store.write("boom", |tx| -> store::Result<()> {
            keep(tx, "p", 1)?;
            panic!("on purpose");
        });
        assert!(matches!(done, Err(Error::Panicked("boom"))));
        store.write("after", |tx| keep(tx, "p", 2)).unwrap();
        assert_eq!(version(store, "p"), Some(2));
        let rows = store.read("all", |tx| store::record::history(tx, "test", "p")).unwrap();
        assert_eq!(rows.len(), 1);
    });
}

#[test]
fn read_then_write_is_never_lost_under_a_race() {
    on_both(|practice| {
        let store = practice.store();
        let runs = Arc::new(AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                let runs = Arc::clone(&runs);
                scope.spawn(move || {
                    for _ in 0..10 {
                        let runs = Arc::clone(&runs);
                        store
                            .write("count", move |tx| {
                                runs.fetch_add(1, Ordering::Relaxed);
                                let rows = store::record::history(tx, "test", "n")?;
                                keep(tx, "n", i64::try_from(rows.len()).unwrap() + 1)
                            })
                            .unwrap();
                    }
                });
            }
        });
        assert_eq!(version(store, "n"), Some(40));
        assert!(runs.load(Ordering::Relaxed) >= 40);
    });
}

#[test]
fn parameters_bind_by_name_on_both_engines() {
    on_both(|practice| {
        let row = practice.store().read("swap", |tx| {
            tx.query_one(
                sql!("SELECT CAST($2 AS TEXT) || CAST($1 AS TEXT) AS s, 1 = 1 AS yes, 1 AS n"),
                params!["a", "b"],
            )
        });
        let row = row.unwrap();
        assert_eq!(row.get::<String>("s").unwrap(), "ba");
        assert!(row.get::<bool>("yes").unwrap());
        assert_eq!(row.get::<i64>("n").unwrap(), 1);
        assert!(matches!(row.get::<i64>("s"), Err(Error::CorruptRow { .. })));
    });
}

#[test]
fn nul_is_refused_before_an_engine_sees_it() {
    on_both(|practice| {
        let done = practice.store().write("nul", |tx| keep(tx, "a\0b", 1));
        assert!(matches!(done, Err(Error::Nul)));
    });
}

#[test]
fn s_tec_15_a_changed_record_is_refused_by_its_checksum() {
    on_both(|practice| {
        let store = practice.store();
        store.write("keep", |tx| keep(tx, "c", 1)).unwrap();
        store
            .write("edit", |tx| tx.execute(sql!("UPDATE record_version SET body = '\"bodz\"' WHERE id = 'c'"), &[]))
            .unwrap();
        let row = store.read("row", |tx| store::record::history(tx, "test", "c")).unwrap().remove(0);
        let read = store::record::decode::<String>(&row, "test");
        assert!(matches!(read, Err(Error::CorruptRow { column, .. }) if column == "checksum"));
    });
}

/// However many ask at once, a handful is at the engine; the others wait their turn.
#[test]
fn readers_are_bounded() {
    on_both(|practice| {
        let (inside, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let look = |tx: &mut store::Tx| {
            most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            let found = tx.query(sql!("SELECT size FROM audit_head"), &[]);
            std::thread::sleep(std::time::Duration::from_millis(5));
            inside.fetch_sub(1, Ordering::SeqCst);
            found.map(drop)
        };
        std::thread::scope(|scope| {
            for _ in 0..40 {
                scope.spawn(|| practice.store().read("look", look).unwrap());
            }
        });
        let most = most.load(Ordering::SeqCst);
        assert!((2..=8).contains(&most), "{most} at once");
    });
}
