//! Passkeys and the answers that were taken, on both engines.

use domain::Instant;
use domain::account::passkey::{Passkey, PasskeyKey};
use domain::id::{AccountId, PasskeyId};
use store::Store;
use store::account::passkey::{self, Stored};

use crate::account::create;
use crate::practice::on_both;

fn key(counter: u32) -> Passkey {
    Passkey { key: PasskeyKey::EdDsa { key: "05".repeat(32) }, counter, synced: false }
}

/// Adds a passkey that its authenticator calls `credential`; nothing when somebody has it.
fn add(store: &Store, account: &AccountId, credential: &'static str) -> Option<PasskeyId> {
    let account = account.clone();
    let added = store.write("add", move |tx| {
        let id = PasskeyId::new(tx.now(), tx.entropy());
        let (credential, name, added_at) = (credential.to_owned(), "blue key".to_owned(), tx.now());
        let account = account.clone();
        let new = Stored { id: id.clone(), account, credential, name, passkey: key(0), added_at, used_at: None };
        Ok(passkey::insert(tx, &new)?.then_some(id))
    });
    added.unwrap().value
}

#[test]
fn s_tec_02_a_passkey_is_one_persons_and_goes_with_them() {
    on_both(|practice| {
        let store = practice.store();
        let (dana, omar) = (create(store, "dana"), create(store, "omar"));
        let one = add(store, &dana, "c1").unwrap();
        assert!(add(store, &omar, "c1").is_none(), "one authenticator's key is one person's");
        let two = add(store, &dana, "c2").unwrap();
        add(store, &omar, "c3").unwrap();
        let of = |who: &AccountId| store.read("of", |tx| passkey::of(tx, who)).unwrap();
        assert_eq!(of(&dana).iter().map(|s| &s.id).collect::<Vec<_>>(), [&one, &two]);
        let id = one.clone();
        store.write("used", move |tx| passkey::used(tx, &id, &key(7))).unwrap();
        let found = store.read("find", |tx| passkey::find(tx, "c1")).unwrap().unwrap();
        assert!(found.passkey == key(7) && found.used_at.is_some() && found.account == dana);
        assert!(store.read("find", |tx| passkey::find(tx, "c9")).unwrap().is_none());
        let mut counts = store.read("counts", passkey::counts).unwrap();
        counts.sort_by_key(|(_, n)| *n);
        assert_eq!(counts, [(omar.clone(), 1), (dana.clone(), 2)]);
        for (who, right) in [(&omar, false), (&dana, true), (&dana, false)] {
            let (who, id) = (who.clone(), one.clone());
            assert_eq!(store.write("remove", move |tx| passkey::remove(tx, &who, &id)).unwrap().value, right);
        }
        let who = dana.clone();
        assert_eq!(store.write("all", move |tx| passkey::remove_all(tx, &who)).unwrap().value, 1);
        assert!(of(&dana).is_empty() && of(&omar).len() == 1);
    });
}

#[test]
fn s_tec_02_a_question_is_answered_once_by_racing_writers() {
    on_both(|practice| {
        let store = practice.store();
        let answer = || store.write("answer", |tx| passkey::answer(tx, "q1")).unwrap().value;
        let won = std::thread::scope(|scope| {
            let racers: Vec<_> = (0..8).map(|_| scope.spawn(answer)).collect();
            racers.into_iter().map(|racer| racer.join().unwrap()).filter(|won| *won).count()
        });
        assert_eq!(won, 1, "two sessions for one answer");
        let sweep = |before: i64| {
            let before = Instant::from_micros(before);
            store.write("sweep", move |tx| passkey::sweep(tx, before)).unwrap().value
        };
        assert_eq!((sweep(0), sweep(i64::MAX)), (0, 1));
    });
}
