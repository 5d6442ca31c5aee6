//! The numbers of payers: each is one payer's at a time.

use domain::Instant;
use domain::id::{AccountId, PayerId};
use domain::payer::{Payer, PayerNumber};
use store::{Error, Store, directory, sql};

use super::fixture::{id, payer, stamp};
use super::remittances::{keep_file, remittance};
use crate::practice::on_both;

fn named(n: u32, own: &str, others: &[&str]) -> Payer {
    let mut payer = Payer { id: id(PayerId::parse, n), name: format!("Payer {n}"), x12_id: own.into(), ..payer() };
    for other in others {
        let by = id(AccountId::parse, 1);
        payer.know_as(&PayerNumber::parse(other).unwrap(), by, Instant::from_micros(1)).unwrap();
    }
    payer
}

fn add(store: &Store, payer: Payer) -> Result<(), Error> {
    store.write("add", move |tx| directory::add(tx, &payer, &stamp("new"))).map(|_| ())
}

fn change(store: &Store, payer: Payer, version: i64) -> Result<(), Error> {
    store.write("change", move |tx| directory::change(tx, &payer, version, &stamp("changed"))).map(|_| ())
}

fn is_taken(result: &Result<(), Error>, by: &str) -> bool {
    matches!(result, Err(Error::Refused(why)) if why.contains(by))
}

#[test]
fn a_number_is_one_payers_at_a_time() {
    on_both(|practice| {
        let store = practice.store();
        add(store, named(1, "PRAIR", &["1371234567"])).unwrap();
        let taken = add(store, named(2, "1371234567", &[]));
        assert!(is_taken(&taken, "`Payer 1` already"), "{taken:?}");
        assert!(is_taken(&add(store, named(2, "prair", &[])), "Payer 1"), "in any spelling");
        add(store, named(2, "LAKES", &[])).unwrap();
        assert!(is_taken(&change(store, named(2, "LAKES", &["PRAIR"]), 1), "Payer 1"));
        let known = store.read("all", directory::all::<Payer>).unwrap();
        assert_eq!(known.iter().map(|p| p.version).collect::<Vec<_>>(), [1, 1], "a refusal leaves nothing behind");

        let mut without = named(1, "PRAIR", &["1371234567"]);
        let number = PayerNumber::parse("1371234567").unwrap();
        without.end_number(&number, id(AccountId::parse, 1), Instant::from_micros(2)).unwrap();
        change(store, without, 1).unwrap();
        change(store, named(2, "LAKES", &["1371234567"]), 1).unwrap();
        assert!(is_taken(&change(store, named(1, "PRAIR", &["1371234567"]), 2), "Payer 2"), "it went over");
    });
}

#[test]
fn payers_and_remittances_from_before_get_their_keys() {
    on_both(|mut practice| {
        let store = practice.store();
        let file = keep_file(store, b"one");
        let before = remittance(1, &file, "T1", vec![]);
        store
            .write("before", move |tx| {
                directory::add(tx, &named(1, "PRAIR", &[]), &stamp("new"))?;
                directory::add(tx, &named(2, "LAKES", &[]), &stamp("new"))?;
                store::remittance::add(tx, &before, &stamp("imported")).map(|_| ())
            })
            .unwrap();
        // The schema as it was before.
        store
            .write("back", |tx| {
                tx.execute(sql!("DROP TABLE directory_key"), &[])?;
                tx.execute(sql!("DROP INDEX remittance_superseded_by"), &[])?;
                tx.execute(sql!("DROP INDEX remittance_fingerprint"), &[])?;
                tx.execute(sql!("ALTER TABLE remittance DROP COLUMN superseded_by"), &[])?;
                tx.execute(sql!("ALTER TABLE remittance DROP COLUMN payer_id"), &[])?;
                tx.execute(
                    sql!("CREATE UNIQUE INDEX remittance_fingerprint ON remittance (fingerprint) WHERE duplicate_of IS NULL"),
                    &[],
                )?;
                tx.execute(sql!("DELETE FROM schema_migration WHERE version = 9"), &[]).map(|_| ())
            })
            .unwrap();
        practice.reopen();
        let store = practice.store();
        assert!(is_taken(&add(store, named(3, "PRAIR", &[])), "Payer 1"), "whose own number is from before");
        add(store, named(3, "THIRD", &[])).unwrap();
        assert!(is_taken(&change(store, named(1, "LAKES", &[]), 1), "Payer 2"));
        let other = keep_file(store, b"two");
        let copy = remittance(2, &other, "T1", vec![]);
        let added = store.write("copy", move |tx| store::remittance::add(tx, &copy, &stamp("imported"))).unwrap().value;
        assert!(matches!(added, store::remittance::Added::Instead { .. }), "{added:?}");
    });
}
