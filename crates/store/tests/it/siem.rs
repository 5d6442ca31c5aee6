//! How far systems elsewhere were sent the log, statement by statement, on both engines.

use domain::audit::Act;
use store::audit::siem::{Receiver, handed_over, not_handed_over, numbered, receivers, receivers_are};
use store::{Error, Store};

use crate::audit::{patient, viewed};
use crate::practice::on_both;

fn all(store: &Store) -> Vec<Receiver> {
    store.read("receivers", receivers).unwrap()
}

#[test]
fn s_tec_13_each_receiver_has_its_place_in_the_log() {
    on_both(|practice| {
        let store = practice.store();
        let log = store.log().clone();
        let part = |from| store.read("part", |tx| numbered(&log, tx, from, 2)).unwrap();
        for n in 1..4 {
            store.record(viewed(&patient(n))).unwrap();
        }
        for _ in 0..500 {
            if part(2).len() == 1 {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        assert_eq!(part(0).iter().map(|(place, ..)| *place).collect::<Vec<_>>(), [0, 1]);
        let (place, leaf, event) = part(2).remove(0);
        assert_eq!((place, leaf.act, event.unwrap().subjects), (2, Act::PatientViewed, vec![patient(3)]));
        assert_eq!(log.pseudonym("a"), log.pseudonym("a"));
        assert!(log.pseudonym("a") != log.pseudonym("b") && log.pseudonym("a").len() == 32);

        let are = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            store.write("are", move |tx| receivers_are(tx, &names)).map(drop).unwrap();
        };
        are(&["a", "b"]);
        let move_a = |from, to, whole| store.write("move", move |tx| handed_over(tx, "a", from, to, whole)).map(drop);
        let began = all(store)[0].caught_up_at;
        store.write("fail", |tx| not_handed_over(tx, "a", "it broke off")).unwrap();
        move_a(0, 2, false).unwrap();
        assert!(matches!(move_a(0, 2, false), Err(Error::Stale("siem"))), "somebody else did");
        assert_eq!((all(store)[0].next, all(store)[0].caught_up_at, all(store)[0].said.as_str()), (2, began, ""));
        move_a(2, 3, true).unwrap();
        assert!(all(store)[0].caught_up_at > began);
        store.write("fail", |tx| not_handed_over(tx, "b", "it broke off")).unwrap();
        assert_eq!((all(store)[1].next, all(store)[1].said.as_str()), (0, "it broke off"));
        are(&["a"]);
        assert_eq!((all(store).len(), all(store)[0].next), (1, 3), "a place is kept, and who is gone is forgotten");
    });
}
