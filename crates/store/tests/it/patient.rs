//! Finding patients on both engines: what people type, and at a hundred thousand patients.

use std::time::{Duration, Instant};

use domain::access::{Action, Role};
use domain::grant::{Allowed, Grant, Scope};
use domain::id::{AccountId, PatientId};
use domain::name::PersonName;
use domain::patient::{FieldGroup, Patient, PatientQuery, Sex};
use domain::place::Phone;
use jiff::civil::date;
use store::record::Stamp;
use store::{Store, params, sql};

use crate::practice::{authority, on_both};

pub(crate) fn grant(action: Action) -> Grant {
    authority().grant(Allowed {
        account: AccountId::parse("01890000-0000-7000-8000-0000000000aa").unwrap(),
        role: Some(Role::FrontDesk),
        client: None,
        action,
        scope: Scope::Practice,
        fields: FieldGroup::ALL.into(),
        includes_restricted: false,
    })
}

fn register(store: &Store, n: u8, family: &str, given: &str, phone: &str) {
    let patient = Patient {
        id: PatientId::parse(&format!("01890000-0000-7000-8000-0000000000{n:02x}")).unwrap(),
        mrn: format!("P-9000{n}"),
        name: PersonName::new(family, given).unwrap(),
        birth_date: date(1984, 6, 9),
        sex: Sex::Female,
        address: None,
        phone: Phone::parse(phone).ok(),
        email: None,
        guardians: Vec::new(),
        died_on: None,
    };
    let stamp = Stamp { actor: "account:test".into(), reason: "registered".into() };
    let done = store.write("register", move |tx| {
        store::patient::register(tx, &grant(Action::PatientEdit), &patient, false, &stamp)
    });
    done.unwrap();
}

/// Record numbers that a text finds, in the order of the list.
fn found(store: &Store, text: &str) -> Vec<String> {
    let query = PatientQuery::parse(text);
    let read = store.read("find", |tx| {
        let phi = store::patient::find(tx, &grant(Action::PatientFind), &query, 50)?;
        Ok(phi.cut(|all| all.into_iter().map(|p| p.mrn).collect::<Vec<_>>(), &["identity"]))
    });
    let event = domain::audit::Event::new(
        domain::audit::Act::PatientsFound,
        domain::audit::Actor::System("test".into()),
        domain::audit::Purpose::Operations,
    );
    let phi = read.unwrap();
    let receipt = store.record(event.about(phi.subjects()).showing(phi.fields())).unwrap();
    phi.release(&receipt).unwrap().to_vec()
}

#[test]
fn a_patient_is_found_by_what_people_type() {
    on_both(|practice| {
        let store = practice.store();
        register(store, 1, "Quetzal-Ibarra", "Nadia", "937-555-0142");
        register(store, 2, "Núñez", "Zoë", "937-555-0199");
        register(store, 3, "Nadir", "Quentin", "937-555-0177");
        let nadia = ["P-90001"];
        for text in [
            "nadia quetzal",
            "quetzal nadia",
            "quetzal, nadia",
            "Nadia Quetzal-Ibarra",
            "QUETZAL-IBARRA, N",
            "ibarra",
            "nadia ibarra",
            "P-90001",
            "90001",
            "(937) 555-0142",
            "0142",
        ] {
            assert_eq!(found(store, text), nadia, "{text}");
        }
        for text in ["nunez", "Núñez", "zoe nun", "Zoë"] {
            assert_eq!(found(store, text), ["P-90002"], "{text}");
        }
        assert_eq!(found(store, "na"), ["P-90003", "P-90001"], "by family name");
        assert_eq!(found(store, "6/9/1984").len(), 3);
        assert_eq!(found(store, "06091984").len(), 3);
        assert!(found(store, "nadia zoe").is_empty());
        assert!(found(store, "...").is_empty(), "no letter is nobody's name");
    });
}

#[test]
fn a_search_that_is_full_of_hidden_people_still_finds_the_others() {
    on_both(|practice| {
        let store = practice.store();
        register(store, 1, "Nadir", "Ada", "937-555-0142");
        register(store, 2, "Nadir", "Bo", "937-555-0142");
        register(store, 3, "Nadir", "Zoe", "937-555-0142");
        let me = grant(Action::PatientFind).account().to_string();
        let other = "01890000-0000-7000-8000-0000000000ab";
        for (restricted, denied) in [(true, String::new()), (false, format!("{other} {me}"))] {
            let done = store.write("hide", move |tx| {
                let text = sql!("UPDATE patient SET restricted = $1, denied = $2 WHERE given_key IN ('ada', 'bo')");
                tx.execute(text, params![restricted, denied]).map(|_| ())
            });
            done.unwrap();
            for text in ["", "nadir", "zoe nadir", "6/9/1984", "0142"] {
                let query = if text.is_empty() { PatientQuery::All } else { PatientQuery::parse(text) };
                let read = store.read("find", |tx| store::patient::find(tx, &grant(Action::PatientFind), &query, 1));
                let found: Vec<String> = read.unwrap().subjects().map(|id| id.to_string()).collect();
                assert_eq!(found, ["01890000-0000-7000-8000-000000000003"], "`{text}`, restricted {restricted}");
            }
        }
        let done = store.write("hide", move |tx| {
            let text = sql!("UPDATE patient SET restricted = $1, denied = $2");
            tx.execute(text, params![false, other]).map(|_| ())
        });
        done.unwrap();
        assert_eq!(found(store, "nadir").len(), 3, "closed to somebody else");
    });
}

/// A hundred thousand people by rows alone: their records are never read, because nobody looks for them.
fn crowd(store: &Store) {
    let done = store.write("crowd", |tx| {
        tx.execute(
            sql!(
                "INSERT INTO patient (id, mrn, family_key, given_key, birth_date, phone_key, restricted, denied, canary,
                                      version, body, checksum)
                 WITH RECURSIVE crowd (n) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT n + 1 FROM crowd WHERE n < 100000)
                 SELECT 'crowd-' || n, 'C-' || n, 'fam' || (n % 5000), 'nadia' || (n % 50), '1950-01-01',
                        '777' || n, 0, '', 0, 1, '', '' FROM crowd"
            ),
            params![],
        )?;
        tx.execute(
            sql!("INSERT INTO patient_word SELECT id, 0, family_key FROM patient WHERE id LIKE 'crowd-%'"),
            params![],
        )?;
        tx.execute(
            sql!("INSERT INTO patient_word SELECT id, 1, given_key FROM patient WHERE id LIKE 'crowd-%'"),
            params![],
        )
    });
    done.unwrap();
}

/// The best of five, so that a busy machine says nothing about the search.
fn best(store: &Store, text: &str) -> Duration {
    let once = || {
        let began = Instant::now();
        let _ = found(store, text);
        began.elapsed()
    };
    (0..5).map(|_| once()).min().unwrap()
}

#[test]
fn a_search_among_a_hundred_thousand_patients_stays_a_search_by_index() {
    on_both(|practice| {
        let store = practice.store();
        crowd(store);
        register(store, 1, "Quetzal-Ibarra", "Nadia", "937-555-0142");
        for text in ["nadia quetzal", "ibarra", "quetzal, nadia", "0142", "P-90001", "(937) 555-0142", "6/9/1984"] {
            assert_eq!(found(store, text), ["P-90001"], "{text}");
            let took = best(store, text);
            println!("{text}: {took:?}");
            assert!(took < Duration::from_millis(60), "`{text}` took {took:?}: it reads everybody");
        }
    });
}
