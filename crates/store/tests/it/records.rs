//! Records and the log, statement by statement, on both engines: versions, stale changes, the pack, the counts.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::access::{Action, Role};
use domain::audit::{Act, Actor, Event, Purpose};
use domain::coverage::{Coverage, FilingIndicator, Priority, Relationship};
use domain::form::Faults;
use domain::grant::Scope;
use domain::id::{AccountId, CoverageId, LocationId, PatientId, PayerId, ProviderId, VisitId};
use domain::name::PersonName;
use domain::patient::Patient;
use domain::place::{Address, AddressParts, Location, PlaceOfService, Zone};
use domain::schedule::Hours;
use domain::visit::{Stage, Visit};
use domain::{Instant, account::Account};
use jiff::civil::date;
use store::audit::{Verifier, place, read, write_pack};
use store::record::{self, Stamp};
use store::{Error, Store, account, coverage, directory, patient, visit};

use crate::practice::{id, on_both};
use crate::schedule::{grant, person, register};

fn stamp(reason: &str) -> Stamp {
    Stamp { actor: "account:test".into(), reason: reason.into() }
}

fn location(name: &str) -> Location {
    let parts = AddressParts { line1: "1 Elm", line2: "", city: "Peoria", state: "IL", zip: "61602" };
    Location {
        id: id(LocationId::parse, 0xcc),
        name: name.to_owned(),
        zone: Zone::parse("America/Chicago").unwrap(),
        address: Address::read("", parts, &mut Faults::new()).unwrap(),
        place_of_service: PlaceOfService::office(),
        npi: None,
        hours: Hours::default(),
    }
}

fn rename(store: &Store, name: &'static str, version: i64) -> Result<(), Error> {
    store.write("rename", move |tx| directory::change(tx, &location(name), version, &stamp(name))).map(|_| ())
}

#[test]
fn a_change_keeps_the_version_before_and_one_that_saw_an_older_is_refused() {
    on_both(|practice| {
        let store = practice.store();
        store.write("add", |tx| directory::add(tx, &location("Main"), &stamp("new"))).unwrap();
        rename(store, "North", 1).unwrap();
        assert!(matches!(rename(store, "South", 1), Err(Error::Stale(_))));
        rename(store, "West", 2).unwrap();
        let key = location("Main").id;
        let now = store.read("one", |tx| directory::one::<Location>(tx, key.as_str())).unwrap();
        assert_eq!((now.version, now.value.name.as_str()), (3, "West"));
        let kept = store.read("history", |tx| record::history(tx, "location", key.as_str())).unwrap();
        let names = kept.iter().map(|row| record::decode::<Location>(row, "location").unwrap().value.name);
        assert_eq!(names.collect::<Vec<_>>(), ["Main", "North", "West"]);
    });
}

#[test]
fn two_who_change_one_version_at_once_do_not_both_win() {
    on_both(|practice| {
        let store = practice.store();
        store.write("add", |tx| directory::add(tx, &location("Main"), &stamp("new"))).unwrap();
        let won = std::thread::scope(|scope| {
            let runners = ["A", "B", "C", "D"].map(|name| scope.spawn(move || rename(store, name, 1)));
            runners.map(|runner| runner.join().unwrap())
        });
        assert_eq!(won.iter().filter(|done| done.is_ok()).count(), 1);
        assert!(won.iter().all(|done| matches!(done, Ok(()) | Err(Error::Stale(_)))), "{won:?}");
    });
}

#[test]
fn a_visit_changes_by_its_version_and_an_account_is_found_by_its_id() {
    on_both(|practice| {
        let store = practice.store();
        let seen = Visit {
            id: id(VisitId::parse, 1),
            appointment: None,
            patient: id(PatientId::parse, 2),
            provider: id(ProviderId::parse, 3),
            location: id(LocationId::parse, 4),
            date_of_service: date(2026, 3, 2),
            diagnoses: Vec::new(),
            charges: Vec::new(),
            version: 1,
            signed: None,
        };
        register(store, 2);
        let (first, moved) = (seen.clone(), Visit { date_of_service: date(2026, 3, 3), ..seen.clone() });
        store.write("create", move |tx| visit::create(tx, &first, &stamp("entered"))).unwrap();
        for (version, right) in [(1, true), (1, false)] {
            let moved = moved.clone();
            let done = store.write("change", move |tx| visit::change(tx, &moved, version, &stamp("another day")));
            assert_eq!(done.is_ok(), right);
        }
        store.write("bill", |tx| visit::set_stage(tx, &id(VisitId::parse, 1), Stage::Billed)).unwrap();
        let held = store.read("held", |tx| visit::record(tx, &seen.id)).unwrap();
        assert_eq!((held.version, held.value), (2, moved));

        let made = store.write("account", |tx| {
            let id = AccountId::new(tx.now(), tx.entropy());
            let dana = Account::new("dana", "Dana Whitfield", Role::FrontDesk);
            account::insert(tx, &id, &dana, "phc", &stamp("hired")).map(|()| id)
        });
        let dana = made.unwrap().value;
        assert_eq!(store.read("load", |tx| account::load(tx, &dana)).unwrap().value.login, "dana");
        let nobody = store.read("nobody", |tx| account::load(tx, &id(AccountId::parse, 9)));
        assert!(matches!(nobody, Err(Error::NotFound("account"))));
    });
}

#[test]
fn a_patient_and_a_coverage_change_by_their_version_and_for_who_may() {
    on_both(|practice| {
        let store = practice.store();
        register(store, 2);
        register(store, 3);
        let edit = |n| grant(Action::PatientEdit, Scope::Patient(id(PatientId::parse, n)), false);
        let married = Patient { name: PersonName::new("Okafor", "Emma").unwrap(), ..person(2) };
        for (of, version, right) in [(3, 1, false), (2, 1, true), (2, 1, false)] {
            let married = married.clone();
            let done =
                store.write("change", move |tx| patient::change(tx, &edit(of), &married, version, &stamp("married")));
            assert_eq!(done.is_ok(), right, "a grant for {of} that saw version {version}");
        }
        let card = Coverage {
            id: id(CoverageId::parse, 7),
            patient: id(PatientId::parse, 2),
            payer: id(PayerId::parse, 8),
            member_id: "M1".to_owned(),
            group: None,
            relationship: Relationship::Myself,
            subscriber: None,
            priority: Priority::Primary,
            from: None,
            to: None,
            filing: FilingIndicator::Ppo,
        };
        let (first, ended) = (card.clone(), Coverage { to: Some(date(2026, 6, 30)), ..card });
        store.write("add", move |tx| coverage::add(tx, &edit(2), &first, &stamp("a card"))).unwrap();
        for (of, version, right) in [(3, 1, false), (2, 1, true), (2, 1, false)] {
            let ended = ended.clone();
            let done =
                store.write("end", move |tx| coverage::change(tx, &edit(of), &ended, version, &stamp("it ended")));
            assert_eq!(done.is_ok(), right, "a grant for {of} that saw version {version}");
        }
        let held = store.read("held", |tx| coverage::records(tx, &edit(2))).unwrap();
        assert_eq!(held, [ended]);
    });
}

#[test]
fn s_tec_13_the_pack_of_the_log_verifies_without_us() {
    on_both(|practice| {
        let store = practice.store();
        let started = || Event::new(Act::ServerStarted, Actor::System("test".into()), Purpose::Operations);
        let receipts: Vec<_> = (0..3).map(|_| store.record(started()).unwrap()).collect();
        let last = receipts[2].event().clone();
        let deadline = std::time::Instant::now() + Duration::from_secs(10);
        let at = loop {
            match store.read("place", |tx| place(tx, &last)).unwrap() {
                Some(at) => break at,
                None => assert!(std::time::Instant::now() < deadline, "the event was never numbered"),
            }
            std::thread::sleep(Duration::from_millis(10));
        };
        assert_eq!(at, 2);
        let note = store.checkpoint().unwrap().unwrap();
        let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        let mut put = |path: &str, bytes: &[u8]| {
            files.insert(path.to_owned(), bytes.to_owned());
            Ok(())
        };
        write_pack(store, &note, &mut put).unwrap();
        let key = store.log_key().unwrap().to_string();
        let report = tlog::pack::verify_pack(&files, &Verifier, Some(&key));
        assert_eq!((report.entries, report.faults), (3, vec![]));
        let counts = store.read("counts", |tx| read::counts(tx, Instant::from_micros(0))).unwrap();
        assert_eq!(counts, [(Act::ServerStarted.as_str().to_owned(), 3)]);
        assert_eq!(store.read("none", |tx| read::counts(tx, Instant::from_micros(i64::MAX))).unwrap(), []);
    });
}
