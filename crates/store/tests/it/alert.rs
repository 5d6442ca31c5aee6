//! Alerts and the place of the rules, statement by statement, on both engines.

use domain::Instant;
use domain::access::{Action, Role};
use domain::alert::rules::{Found, Kin};
use domain::alert::{Alert, Closed, Finding, Rule};
use domain::audit::{Act, Actor, Event, Purpose};
use domain::grant::{Allowed, Grant, Scope};
use domain::id::{AccountId, AlertId, EventId, PatientId};
use domain::name::PersonName;
use domain::patient::{FieldGroup, Patient, Sex};
use jiff::civil::date;
use store::audit::read::{Lately, from_place, lately_by, lately_of};
use store::record::history;
use store::{Error, Store, Tx, alert};

use crate::practice::{authority, id, on_both, stamp};

/// What an official who reviews may do.
pub(crate) fn grant(action: Action) -> Grant {
    authority().grant(Allowed {
        account: id(AccountId::parse, 1),
        role: Some(Role::SecurityOfficial),
        client: None,
        action,
        scope: Scope::Practice,
        fields: FieldGroup::ALL.into(),
        includes_restricted: false,
    })
}

fn did(act: Act) -> Event {
    Event::new(act, Actor::Account(id(AccountId::parse, 2)), Purpose::Operations)
}

/// An event, numbered.
fn recorded(store: &Store, event: Event) -> EventId {
    let receipt = store.record(event).unwrap();
    for _ in 0..500 {
        if store.read("place", |tx| store::audit::place(tx, receipt.event())).unwrap().is_some() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    receipt.event().clone()
}

/// An alert about account 2 and patient 20 that this event made.
fn made(n: u8, event: &EventId, at: Instant) -> (Alert, Found) {
    let found = Found {
        rule: Rule::OwnName,
        about: Actor::Account(id(AccountId::parse, 2)),
        patient: Some(id(PatientId::parse, 20)),
        count: 1,
        events: vec![event.clone()],
        at,
    };
    let alert = Alert {
        id: id(AlertId::parse, n),
        rule: found.rule,
        about: found.about.clone(),
        patient: found.patient.clone(),
        count: 1,
        events: found.events.clone(),
        at,
        opened_at: at,
        due_at: at.plus_seconds(i64::from(n)),
        closed: None,
    };
    (alert, found)
}

/// Opens an alert in the transaction that says how far the rules have looked.
fn open(store: &Store, n: u8, event: &EventId, from: i64, to: i64) -> store::Result<()> {
    let event = event.clone();
    let done = store.write("open", move |tx| {
        alert::advance(tx, from, to)?;
        let (new, found) = made(n, &event, Instant::from_micros(1_000_000));
        alert::insert(tx, &new, &found, &stamp())?;
        tx.audit(did(Act::AlertOpened));
        Ok(())
    });
    done.map(drop)
}

fn place(store: &Store) -> i64 {
    store.read("place", alert::place).unwrap()
}

fn waiting(store: &Store) -> u32 {
    store.read("counts", alert::counts).unwrap().0
}

#[test]
fn s_tec_14_a_part_is_looked_at_by_one_transaction_or_by_none() {
    on_both(|mut practice| {
        let event = recorded(practice.store(), did(Act::PatientViewed));
        assert_eq!(place(practice.store()), 0);
        // The process dies before the commit: neither the place nor the alert is there.
        let first = event.clone();
        let died: store::Result<store::Committed<()>> = practice.store().write("dies", move |tx| {
            alert::advance(tx, 0, 1)?;
            let (new, found) = made(1, &first, Instant::from_micros(1_000_000));
            alert::insert(tx, &new, &found, &stamp())?;
            tx.audit(did(Act::AlertOpened));
            Err(Error::Refused("the power is gone".to_owned()))
        });
        assert!(died.is_err());
        practice.reopen();
        let opened = |store: &Store| {
            let of = |tx: &mut Tx| store::audit::read::counts(tx, Instant::from_micros(0));
            store.read("opened", of).unwrap().iter().filter(|(act, _)| act == Act::AlertOpened.as_str()).count()
        };
        let store = practice.store();
        assert_eq!((place(store), waiting(store), opened(store)), (0, 0, 0), "nothing is lost: it is looked at again");
        open(store, 1, &event, 0, 1).unwrap();
        practice.reopen();
        let store = practice.store();
        assert_eq!((place(store), waiting(store), opened(store)), (1, 1, 1));
        // Somebody who read the place before that comes too late, and keeps nothing.
        assert!(matches!(open(store, 2, &event, 0, 1), Err(Error::Stale("alert_place"))));
        assert!(matches!(open(store, 2, &event, 1, 1), Err(Error::Stale("alert_place"))), "no step is none");
        assert_eq!((waiting(store), opened(store)), (1, 1));
        // And were the place wrong, an event would still make a rule fire once.
        assert!(open(store, 2, &event, 1, 2).is_err());
        assert_eq!((place(store), waiting(store)), (1, 1));
    });
}

#[test]
fn s_tec_14_an_alert_waits_until_it_is_closed_by_a_grant_for_that() {
    on_both(|practice| {
        let store = practice.store();
        let (late, event) = (recorded(store, did(Act::PatientViewed)), recorded(store, did(Act::PatientViewed)));
        open(store, 9, &late, 0, 1).unwrap();
        open(store, 3, &event, 1, 2).unwrap();
        let reviewing = || grant(Action::AlertReview);
        let ids = |found: store::Result<store::Phi<Vec<Alert>>>| {
            let mut ids = Vec::new();
            let all = found.unwrap().cut(|all| ids.extend(all.into_iter().map(|alert| alert.id)), &[]);
            assert!(all.subjects().eq([id(PatientId::parse, 20)]) || ids.is_empty(), "it names the patient");
            ids
        };
        let both = |tx: &mut Tx| Ok((ids(alert::waiting(tx, &reviewing())), ids(alert::closed(tx, &reviewing()))));
        let three = id(AlertId::parse, 3);
        assert_eq!(store.read("both", both).unwrap(), (vec![three.clone(), id(AlertId::parse, 9)], vec![]));
        let open_ones = store.read("since", |tx| alert::since(tx, Instant::from_micros(i64::MAX))).unwrap();
        assert_eq!(open_ones.len(), 2, "what is open counts, whenever it was due");
        let told = |tx: &mut Tx| alert::told(tx, Instant::from_micros(0), Instant::from_micros(i64::MAX));
        let told = store.read("told", told).unwrap();
        let key = format!("account:{} {}", id(AccountId::parse, 2), id(PatientId::parse, 20));
        assert_eq!(told.iter().map(|t| (t.rule, &*t.key)).collect::<Vec<_>>(), [(Rule::OwnName, &*key); 2]);
        let whose = store.read("subject", |tx| alert::subject(tx, &id(AlertId::parse, 3))).unwrap();
        assert_eq!(whose, Some(id(AccountId::parse, 2)));
        let log = store.log().clone();
        let events = |tx: &mut Tx| {
            let mut events = Vec::new();
            let _ = alert::open(&log, tx, &reviewing(), &id(AlertId::parse, 3))?.cut(|(_, all)| events = all, &[]);
            Ok(events.into_iter().map(|entry| entry.id).collect::<Vec<_>>())
        };
        assert_eq!(store.read("one", events).unwrap(), [event]);

        let close = |by: u8, action: Action| {
            store.write("close", move |tx| {
                let words = "spoke with Ruth".to_owned();
                let closed = Closed { by: id(AccountId::parse, by), at: tx.now(), finding: Finding::NoProblem, words };
                alert::close(tx, &grant(action), &id(AlertId::parse, 3), closed, &stamp())
            })
        };
        assert!(matches!(close(1, Action::AuditView), Err(Error::NotFound(_))), "not a grant for it");
        assert!(matches!(close(2, Action::AlertReview), Err(Error::Refused(_))), "about oneself");
        assert!(close(1, Action::AlertReview).is_ok());
        assert!(matches!(close(1, Action::AlertReview), Err(Error::Refused(_))), "closed already");
        assert_eq!(store.read("both", both).unwrap(), (vec![id(AlertId::parse, 9)], vec![three.clone()]));
        let versions = store.read("history", |tx| history(tx, "alert", id(AlertId::parse, 3).as_str())).unwrap();
        assert_eq!(versions.len(), 2, "what it was before stays");
    });
}

#[test]
fn the_rules_look_back_by_person_and_by_act_and_before_their_place() {
    on_both(|practice| {
        let store = practice.store();
        for act in [Act::PatientViewed, Act::Denied, Act::PatientViewed] {
            recorded(store, did(act));
        }
        let log = store.log().clone();
        let lately =
            |before, limit| Lately { from: Instant::from_micros(0), to: Instant::from_micros(i64::MAX), before, limit };
        let count = |f: &dyn Fn(&mut Tx) -> store::Result<Vec<store::audit::read::Entry>>| {
            store.read("count", f).unwrap().iter().map(|entry| entry.index.unwrap()).collect::<Vec<_>>()
        };
        let me = did(Act::Denied).actor.to_string();
        assert_eq!(count(&|tx| from_place(&log, tx, 1, 9)), [1, 2]);
        assert_eq!(count(&|tx| from_place(&log, tx, 0, 2)), [0, 1]);
        assert_eq!(count(&|tx| lately_by(&log, tx, &me, &lately(2, 9))), [1, 0]);
        assert_eq!(count(&|tx| lately_by(&log, tx, &me, &lately(9, 1))), [2]);
        assert!(count(&|tx| lately_by(&log, tx, "account:nobody", &lately(9, 9))).is_empty());
        assert_eq!(count(&|tx| lately_of(&log, tx, Act::PatientViewed, &lately(9, 9))), [2, 0]);
    });
}

#[test]
fn a_name_is_compared_inside_and_tells_how_many_have_it() {
    on_both(|practice| {
        let store = practice.store();
        let furnished = store.write("furnish", |tx| {
            for (n, family, given) in [(20, "Peña", "Ada"), (21, "Pena", "Zoe"), (22, "Nadir", "Ada")] {
                let patient = Patient {
                    id: id(PatientId::parse, n),
                    mrn: format!("P-90{n}"),
                    name: PersonName::new(family, given).unwrap(),
                    birth_date: date(1984, 6, 9),
                    sex: Sex::Female,
                    address: None,
                    phone: None,
                    email: None,
                    guardians: Vec::new(),
                    died_on: None,
                };
                store::patient::register(tx, &grant(Action::PatientEdit), &patient, false, &stamp())?;
            }
            Ok(())
        });
        furnished.unwrap();
        let kin = |n, family: &'static str, given: &'static str, most| {
            store.read("kin", move |tx| alert::kin(tx, &id(PatientId::parse, n), family, given, most)).unwrap()
        };
        assert_eq!(kin(20, "pena", "ada", 9), Some(Kin { given: true, bearers: 2 }));
        assert_eq!(kin(21, "pena", "ada", 1), Some(Kin { given: false, bearers: 1 }), "counted no further than asked");
        assert_eq!(kin(22, "pena", "ada", 9), None);
    });
}
