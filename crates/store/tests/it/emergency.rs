//! Emergency access and restrictions, statement by statement, on both engines.

use domain::Instant;
use domain::access::{Action, Role};
use domain::account::Account;
use domain::emergency::{Cause, Emergency, EndedBy, Finding, Review};
use domain::grant::{Allowed, Grant, Scope};
use domain::id::{AccountId, EmergencyId, PatientId, SessionId};
use domain::name::PersonName;
use domain::patient::{FieldGroup, Patient, PatientQuery, Sex};
use domain::restriction::{Ground, Restriction};
use jiff::civil::date;
use store::session::{self, New};
use store::{Error, Store, account, emergency, restriction};

use crate::practice::{authority, id, on_both, stamp};

fn grant(action: Action, scope: Scope) -> Grant {
    authority().grant(Allowed {
        account: id(AccountId::parse, 1),
        role: Some(Role::FrontDesk),
        client: None,
        action,
        scope,
        fields: FieldGroup::ALL.into(),
        includes_restricted: false,
    })
}

fn on(patient: u8) -> Scope {
    Scope::Patient(id(PatientId::parse, patient))
}

/// Account 1 with sessions 10 and 11, and the restricted patients 20 and 21.
fn furnish(store: &Store) {
    let done = store.write("furnish", |tx| {
        let person = Account::new("dana", "Dana Whitfield", Role::FrontDesk);
        account::insert(tx, &id(AccountId::parse, 1), &person, "phc", &stamp())?;
        for n in [10, 11] {
            let new = New {
                id: id(SessionId::parse, n),
                token: format!("token {n}"),
                account: id(AccountId::parse, 1),
                factor: "totp".into(),
                source: "192.0.2.1".into(),
                device: String::new(),
                agent: String::new(),
                canary: false,
            };
            session::insert(tx, &new)?;
        }
        for n in [20, 21] {
            let patient = Patient {
                id: id(PatientId::parse, n),
                mrn: format!("P-90{n}"),
                name: PersonName::new("Nadir", "Ada").unwrap(),
                birth_date: date(1984, 6, 9),
                sex: Sex::Female,
                address: None,
                phone: None,
                email: None,
                guardians: Vec::new(),
                died_on: None,
            };
            store::patient::register(tx, &grant(Action::PatientEdit, Scope::Practice), &patient, false, &stamp())?;
            restriction::place(tx, &grant(Action::PatientRestrict, on(n)), &restriction(n, &[]), 0, &stamp())?;
        }
        Ok(())
    });
    done.unwrap();
}

fn restriction(patient: u8, circle: &[u8]) -> Restriction {
    Restriction {
        patient: id(PatientId::parse, patient),
        ground: Ground::Staff,
        words: "works here".to_owned(),
        circle: circle.iter().map(|n| id(AccountId::parse, *n)).collect(),
        denied: Vec::new(),
        by: id(AccountId::parse, 2),
        at: Instant::from_micros(0),
        lifted_at: None,
    }
}

/// Begins use `n` of session `session` for so many seconds; who had to end for it.
fn begin(store: &Store, n: u8, session: u8, patient: u8, seconds: i64) -> Vec<Emergency> {
    let done = store.write("begin", move |tx| {
        let now = tx.now();
        let new = Emergency {
            id: id(EmergencyId::parse, n),
            account: id(AccountId::parse, 1),
            session: id(SessionId::parse, session),
            patient: id(PatientId::parse, patient),
            cause: Cause::Care,
            words: "fell in the waiting room".to_owned(),
            opened_at: now,
            ends_at: now.plus_seconds(seconds),
            due_at: now.plus_seconds(seconds),
            ended: None,
            review: None,
        };
        emergency::begin(tx, &grant(Action::EmergencyOpen, on(patient)), &new, &stamp())
    });
    done.unwrap().value
}

fn open_in(store: &Store, session: u8) -> Option<EmergencyId> {
    let token = format!("token {session}");
    let found = store.read("find", move |tx| session::find(tx, &token)).unwrap();
    found.unwrap().emergency.map(|open| open.id)
}

fn sweep(store: &Store) -> Vec<(EmergencyId, EndedBy)> {
    let swept = store.write("sweep", |tx| emergency::sweep(tx, &stamp())).unwrap().value;
    swept.into_iter().map(|over| (over.id, over.ended.unwrap().by)).collect()
}

#[test]
fn s_tec_05_a_session_has_one_use_open_and_each_end_is_told_once() {
    on_both(|practice| {
        let store = practice.store();
        furnish(store);
        let use_id = |n| id(EmergencyId::parse, n);
        assert!(begin(store, 31, 10, 20, 600).is_empty());
        assert_eq!((open_in(store, 10), open_in(store, 11)), (Some(use_id(31)), None));
        let before: Vec<_> = begin(store, 32, 11, 21, 600).into_iter().map(|e| (e.id, e.ended.unwrap().by)).collect();
        assert_eq!(before, [(use_id(31), EndedBy::Next)], "one at a time, whatever the session");
        assert_eq!((open_in(store, 10), open_in(store, 11)), (None, Some(use_id(32))));
        assert!(!store.read("to sweep", emergency::to_sweep).unwrap());

        store.write("end", |tx| session::end(tx, &id(SessionId::parse, 11))).unwrap();
        assert!(open_in(store, 11).is_none() && store.read("to sweep", emergency::to_sweep).unwrap());
        assert_eq!(sweep(store), [(use_id(32), EndedBy::Session)]);
        assert!(sweep(store).is_empty());

        begin(store, 33, 10, 20, 600);
        let everywhere = |tx: &mut store::Tx| session::end_all(tx, &id(AccountId::parse, 1), None);
        store.write("end all", everywhere).unwrap();
        assert_eq!(sweep(store), [(use_id(33), EndedBy::Session)]);
        // Its time was up before anybody ended it.
        begin(store, 34, 10, 20, 0);
        assert_eq!(sweep(store), [(use_id(34), EndedBy::Time)]);
        begin(store, 35, 10, 20, 600);
        let own =
            store.write("own", |tx| emergency::end_account(tx, &id(AccountId::parse, 1), EndedBy::Person, &stamp()));
        assert_eq!(own.unwrap().value.len(), 1);
        assert!(sweep(store).is_empty(), "who ended it by hand has put it into the log");
    });
}

#[test]
fn s_tec_06_a_use_waits_until_it_is_reviewed_by_a_grant_for_that() {
    on_both(|practice| {
        let store = practice.store();
        furnish(store);
        begin(store, 31, 10, 20, 0);
        let reviewing = || grant(Action::EmergencyReview, Scope::Practice);
        assert_eq!(store.read("counts", emergency::counts).unwrap(), (1, 1));
        assert_eq!(store.read("since", |tx| emergency::since(tx, Instant::from_micros(0))).unwrap().len(), 1);
        let ids = |list: store::Result<store::Phi<Vec<Emergency>>>| list.unwrap().subjects().count();
        assert_eq!(store.read("waiting", |tx| Ok(ids(emergency::waiting(tx, &reviewing())))).unwrap(), 1);
        let all = |tx: &mut store::Tx| {
            Ok(ids(emergency::list(tx, &reviewing(), Instant::from_micros(0), Instant::from_micros(i64::MAX))))
        };
        assert_eq!(store.read("list", all).unwrap(), 1);
        let whose = store.read("subject", |tx| emergency::subject(tx, &id(EmergencyId::parse, 31))).unwrap();
        assert_eq!(whose, id(AccountId::parse, 1));
        let review = |by: u8, action: Action| {
            store.write("review", move |tx| {
                let at = tx.now();
                let words = "spoke with Ruth".to_owned();
                let review = Review { by: id(AccountId::parse, by), at, finding: Finding::Justified, words };
                let grant = grant(action, Scope::Practice);
                emergency::review(tx, &grant, &id(EmergencyId::parse, 31), review, &stamp())
            })
        };
        assert!(matches!(review(2, Action::AuditView), Err(Error::NotFound(_))), "not a grant for it");
        assert!(matches!(review(1, Action::EmergencyReview), Err(Error::Refused(_))), "one's own");
        assert!(review(2, Action::EmergencyReview).is_ok());
        assert_eq!(store.read("counts", emergency::counts).unwrap(), (0, 0));
        assert_eq!(sweep(store).len(), 1, "reviewed before its end was told");
        let log = store.log().clone();
        let read = |tx: &mut store::Tx| {
            let page = emergency::open(&log, tx, &reviewing(), &id(EmergencyId::parse, 31))?;
            Ok(page.subjects().collect::<Vec<_>>())
        };
        assert_eq!(store.read("open", read).unwrap(), [id(PatientId::parse, 20)]);
    });
}

#[test]
fn an_exact_question_finds_a_closed_record_until_the_record_names_the_reader() {
    on_both(|practice| {
        let store = practice.store();
        furnish(store);
        let list = || grant(Action::PatientFind, Scope::Practice);
        let closed = |text: &str| {
            let query = PatientQuery::parse(text);
            store.read("closed", move |tx| Ok(emergency::closed(tx, &list(), &query)?.subjects().count())).unwrap()
        };
        let found = |text: &str| {
            let query = PatientQuery::parse(text);
            store.read("found", move |tx| Ok(store::patient::find(tx, &list(), &query, 9)?.subjects().count())).unwrap()
        };
        assert_eq!((closed("6/9/1984"), closed("P-9020"), closed("nadir"), closed("")), (2, 1, 0, 0));
        assert_eq!((found("6/9/1984"), found("nadir"), found("P-9020"), found("")), (0, 0, 0, 0));
        let place = |n: u8, circle: &'static [u8], seen: i64| {
            store.write("place", move |tx| {
                let grant = grant(Action::PatientRestrict, on(n));
                restriction::place(tx, &grant, &restriction(n, circle), seen, &stamp())
            })
        };
        place(20, &[1, 2], 1).unwrap();
        assert!(matches!(place(20, &[], 1), Err(Error::Stale(_))), "somebody else was faster");
        assert_eq!((closed("6/9/1984"), closed("P-9020")), (1, 0));
        assert_eq!((found("6/9/1984"), found("nadir"), found("P-9020"), found("")), (1, 1, 1, 1));
        let known = store.read("known", |tx| {
            let grant = grant(Action::PatientRestrict, on(20));
            Ok((restriction::of_patient(tx, &grant)?.subjects().count(), restriction::is_in_force(tx, &grant)?))
        });
        assert_eq!(known.unwrap(), (1, true));
        let lift = store.write("lift", |tx| {
            let lifted = Restriction { lifted_at: Some(tx.now()), ..restriction(20, &[1]) };
            restriction::place(tx, &grant(Action::PatientRestrict, on(20)), &lifted, 2, &stamp())
        });
        lift.unwrap();
        let subject = store.read("subject", |tx| store::patient::subject(tx, &id(PatientId::parse, 20))).unwrap();
        assert!(!subject.restricted && subject.circle.is_empty());
    });
}
