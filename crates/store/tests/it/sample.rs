//! Weekly samples, statement by statement, on both engines.

use domain::Instant;
use domain::access::Action;
use domain::audit::{Act, Actor, Event, Purpose};
use domain::id::{AccountId, PatientId, SampleItemId};
use domain::sample::{Finding, Item, Reading, Sample};
use store::{Error, Store, Tx, sample};

use crate::alert::grant;
use crate::practice::{id, on_both, stamp};

/// An event of a person about patient 20, and its place.
fn did(store: &Store, actor: Actor, act: Act) -> u64 {
    let event = Event::new(act, actor, Purpose::Operations).about([id(PatientId::parse, 20)]);
    let receipt = store.record(event).unwrap();
    let place = || store.read("place", |tx| store::audit::place(tx, receipt.event())).unwrap();
    let waits = (0..500).find_map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(5));
        place()
    });
    u64::try_from(waits.unwrap()).unwrap()
}

fn item(tx: &mut Tx, n: u8, place: u64) -> Item {
    let (leaf, actor) = sample::at_place(tx, place).unwrap();
    let week = "2026-W22".parse().unwrap();
    let due_at = Instant::from_micros(i64::from(n));
    Item { id: id(SampleItemId::parse, n), week, place, event: leaf.id, at: leaf.at, actor, due_at, reading: None }
}

fn of(store: &Store) -> Sample {
    let root = store::audit::outside::root_at(store, 3).unwrap().to_string();
    let (drawn_at, due_at) = (Instant::default(), Instant::default());
    Sample { week: "2026-W22".parse().unwrap(), from: 0, to: 3, root, candidates: 2, drawn_at, due_at }
}

#[test]
fn s_tec_14_a_week_has_one_sample_of_what_people_did_and_each_is_read_once() {
    on_both(|practice| {
        let store = practice.store();
        let person = || Actor::Account(id(AccountId::parse, 2));
        let places = [
            did(store, person(), Act::PatientViewed),
            did(store, Actor::System("self-check".into()), Act::PatientViewed),
            did(store, person(), Act::PatientChanged),
            did(store, person(), Act::SignedOut),
        ];
        let from = |at| store.read("first", |tx| sample::first_place(tx, at)).unwrap();
        assert_eq!((from(Instant::default()), from(Instant::from_micros(i64::MAX))), (Some(places[0]), None));
        let found = store.read("candidates", |tx| sample::candidates(tx, places[0], places[3] + 1)).unwrap();
        assert_eq!(found, [places[0], places[2]], "what the system did, and what concerns nobody, is not drawn");
        let part = store.read("candidates", |tx| sample::candidates(tx, places[1], places[2])).unwrap();
        assert_eq!(part, [0_u64; 0]);
        assert!(store.read("root", |_| Ok(())).is_ok() && store::audit::outside::root_at(store, 99).is_err());

        let new = of(store);
        let insert = |new: Sample| {
            store.write("draw", move |tx| {
                let items = [item(tx, 9, places[0]), item(tx, 3, places[2])];
                sample::insert(tx, &new, &items, &stamp())
            })
        };
        insert(new.clone()).unwrap();
        assert!(insert(new.clone()).is_err(), "a week has one");
        assert_eq!(store.read("all", sample::all).unwrap(), std::slice::from_ref(&new));
        let items = store.read("items", |tx| sample::items(tx, new.week)).unwrap();
        assert_eq!(items.iter().map(|item| item.place).collect::<Vec<_>>(), found);
        assert_eq!(store.read("next", sample::next).unwrap()[0].0, items[1].id, "the first deadline");
        assert_eq!(store.read("counts", sample::counts).unwrap(), (2, 2));

        let log = store.log().clone();
        let refused = store.read("waiting", |tx| sample::waiting(&log, tx, &grant(Action::AuditView)).map(drop));
        assert!(matches!(refused, Err(Error::NotFound("sample"))));
        let shown = |tx: &mut Tx| {
            let grant = grant(Action::AlertReview);
            Ok([
                sample::waiting(&log, tx, &grant)?.subjects().count(),
                sample::shown(&log, tx, &grant, new.week)?.subjects().count(),
                sample::open(&log, tx, &grant, &items[0].id)?.subjects().count(),
                sample::subject(&log, tx, &items[0].id)?.1.len(),
            ])
        };
        assert_eq!(store.read("shown", shown).unwrap(), [1; 4], "each names the patient");

        let (by, first) = (id(AccountId::parse, 3), items[0].id.clone());
        let read = |action, by: AccountId| {
            let (first, reading) = (
                first.clone(),
                Reading { by, at: Instant::default(), finding: Finding::InOrder, words: String::new() },
            );
            store.write("read", move |tx| sample::read(tx, &grant(action), &first, reading.clone(), &stamp()))
        };
        assert!(read(Action::AuditView, by.clone()).is_err());
        assert!(matches!(read(Action::AlertReview, id(AccountId::parse, 2)), Err(Error::Refused(_))), "their own");
        read(Action::AlertReview, by.clone()).unwrap();
        assert!(matches!(read(Action::AlertReview, by), Err(Error::Refused(_))), "twice");
        let items = store.read("items", |tx| sample::items(tx, new.week)).unwrap();
        assert_eq!(sample::tally(&items), [1, 1, 0]);
        assert_eq!(store.read("counts", sample::counts).unwrap(), (1, 1));
    });
}
