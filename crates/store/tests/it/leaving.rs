//! The ends of access, and what a leaver leaves open, on both engines.

use domain::Instant;
use domain::account::leaving::{AccessEnd, EndReason, Ending};
use domain::audit::{Act, Actor, Event, Outcome, Purpose};
use domain::id::{AccountId, EventId, SessionId};
use store::account::leaving;
use store::{Store, session};

use crate::account::{begin, create};
use crate::practice::on_both;

fn did(store: &Store, who: &AccountId, act: Act, outcome: Outcome) -> EventId {
    let event = Event::new(act, Actor::Account(who.clone()), Purpose::Operations).ending(outcome);
    store.write("did", move |tx| Ok(tx.audit(event.clone()))).unwrap().value
}

fn end(account: &AccountId, at: Instant, event: &EventId) -> AccessEnd {
    AccessEnd {
        account: account.clone(),
        ending: Ending { reason: EndReason::Resigned, note: "moved away".into(), left_at: Some(at.plus_seconds(-60)) },
        ended_at: at,
        ended_by: Some(account.clone()),
        sessions: 2,
        tokens: 1,
        accepted_at: None,
        accepted_event: None,
        ended_event: event.clone(),
        refused: None,
    }
}

#[test]
fn s_adm_11_the_first_refusal_of_the_last_end_is_kept() {
    on_both(|practice| {
        let store = practice.store();
        let (dana, omar) = (create(store, "dana"), create(store, "omar"));
        let event = did(store, &omar, Act::AccessEnded, Outcome::Done);
        let at = store.read("at", |tx| leaving::event_at(tx, &event)).unwrap().unwrap();
        let refuse = |who: &AccountId| {
            let (who, event) = (who.clone(), did(store, who, Act::AccessRefused, Outcome::Denied));
            let of = event.clone();
            store.write("refuse", move |tx| leaving::refuse(tx, &who, &of)).unwrap();
            event
        };
        let insert = |end: AccessEnd| store.write("end", move |tx| leaving::insert(tx, &end)).unwrap();
        insert(end(&dana, at, &event));
        insert(end(&omar, at, &event));
        insert(end(&dana, at.plus_seconds(9), &event));
        let first = refuse(&dana);
        refuse(&dana);
        let all = store.read("all", leaving::all).unwrap();
        assert!(all[0].account == dana && all[2].ended_at < all[0].ended_at, "the newest first");
        let refused: Vec<_> = all.iter().map(|e| e.refused.as_ref().map(|(_, event)| event)).collect();
        assert_eq!(refused.iter().filter(|r| r.is_some()).count(), 1, "neither the end before nor somebody else's");
        assert_eq!(refused[0], Some(&first));
        let accept = |seconds: i64| {
            let (who, ended_at) = (dana.clone(), at.plus_seconds(9));
            let accepted = ended_at.plus_seconds(seconds);
            store.write("accept", move |tx| leaving::accepted(tx, &who, ended_at, accepted)).unwrap();
            store.read("all", leaving::all).unwrap()[0].accepted_at.map(|at| at.seconds_since(ended_at))
        };
        assert_eq!([accept(-30), accept(-40), accept(-3)], [Some(-30), Some(-30), Some(-3)], "never back");
        assert_eq!(all[2].ending, end(&dana, at, &event).ending);
    });
}

#[test]
fn the_last_act_is_the_persons_own_and_was_done() {
    on_both(|practice| {
        let store = practice.store();
        let (dana, omar) = (create(store, "dana"), create(store, "omar"));
        let last = |who: &AccountId| store.read("last", |tx| leaving::last_act(tx, who)).unwrap().map(|(_, id)| id);
        assert_eq!(last(&dana), None);
        let own = did(store, &dana, Act::PatientViewed, Outcome::Done);
        did(store, &dana, Act::Denied, Outcome::Denied);
        did(store, &dana, Act::SessionLocked, Outcome::Done);
        did(store, &dana, Act::SessionExpired, Outcome::Done);
        did(store, &omar, Act::PatientViewed, Outcome::Done);
        assert_eq!(last(&dana), Some(own));
        assert!(store.read("open", |tx| leaving::open(tx, &dana)).unwrap().is_empty());
    });
}

#[test]
fn a_session_tried_after_the_end_is_noted_once() {
    on_both(|practice| {
        let store = practice.store();
        let dana = create(store, "dana");
        let (one, _) = (begin(store, &dana, "t1"), begin(store, &dana, "t2"));
        let tokens = || store.read("tokens", |tx| session::tokens(tx, &dana)).unwrap();
        assert_eq!(tokens(), ["t1", "t2"]);
        let id: SessionId = one.clone();
        store.write("end", move |tx| session::end(tx, &id)).unwrap();
        assert_eq!(tokens(), ["t2"]);
        for right in [true, false] {
            let id = one.clone();
            assert_eq!(store.write("refuse", move |tx| session::refuse(tx, &id)).unwrap().value, right);
        }
        let found = store.read("find", |tx| session::find(tx, "t1")).unwrap().unwrap();
        assert!(found.refused_at.is_some() && found.fresh_at == Some(found.times.began_at));
        assert_eq!(found.agent, "Firefox on Linux");
    });
}
