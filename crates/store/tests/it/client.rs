//! What clients spend, hold and use, on both engines.

use std::collections::BTreeSet;

use domain::Instant;
use domain::audit::{Act, Actor, Event, Purpose};
use domain::client::{ApiScope, IntakeKind};
use domain::id::{ClientId, TokenId};
use store::client::{self, Token};
use store::{Store, intake};

use crate::practice::{id, on_both};

fn spend(store: &Store, client: u8, jti: &str) -> bool {
    let (client, jti) = (id(ClientId::parse, client), jti.to_owned());
    let at = Instant::from_micros(1_000_000_000);
    store.write("spend", move |tx| client::spend(tx, &client, &jti, at)).unwrap().value
}

#[test]
fn an_assertion_is_spent_once_by_racing_writers_and_across_a_restart() {
    on_both(|mut practice| {
        let store = practice.store();
        let won = std::thread::scope(|scope| {
            let racers: Vec<_> = (0..8).map(|_| scope.spawn(|| spend(store, 1, "a"))).collect();
            racers.into_iter().map(|racer| racer.join().unwrap()).filter(|won| *won).count()
        });
        assert_eq!(won, 1, "two tokens for one assertion");
        assert!(spend(store, 2, "a"), "another client's");
        practice.reopen();
        assert!(!spend(practice.store(), 1, "a"), "a restart forgets nothing");
        let sweep = |before: i64| {
            let before = Instant::from_micros(before);
            practice.store().write("sweep", move |tx| client::sweep(tx, before)).unwrap().value
        };
        assert_eq!(sweep(1_000_000_000), 0, "what is not over is kept");
        assert!(!spend(practice.store(), 1, "a"));
        assert_eq!(sweep(1_000_000_001), 2);
    });
}

#[test]
fn a_token_is_found_by_its_hash_and_ends_with_its_client() {
    on_both(|practice| {
        let store = practice.store();
        let give = |n: u8, of: u8, hash: &'static str| {
            let scopes = BTreeSet::from([ApiScope::ScheduleRead, ApiScope::AlertWrite]);
            let (id, client) = (id(TokenId::parse, n), id(ClientId::parse, of));
            let expires_at = Instant::from_micros(1_790_000_000_000_000);
            let token = Token { id, client, kid: "k".to_owned(), scopes, expires_at, ended_at: None };
            store.write("give", move |tx| client::give(tx, &token, hash)).unwrap();
        };
        give(1, 1, "one");
        give(2, 1, "two");
        give(3, 2, "three");
        let find = |hash: &'static str| store.read("find", move |tx| client::token(tx, hash)).unwrap();
        assert!(find("nobody's").is_none());
        let found = find("one").unwrap();
        assert_eq!((found.kid.as_str(), found.scopes.len(), found.ended_at), ("k", 2, None));
        let of = id(ClientId::parse, 1);
        let ended = store.write("end", move |tx| client::end_tokens(tx, &of)).unwrap().value;
        assert_eq!(ended, 2);
        assert!(find("one").unwrap().ended_at.is_some() && find("two").unwrap().ended_at.is_some());
        assert!(find("three").unwrap().ended_at.is_none(), "another client's goes on");
    });
}

#[test]
fn uses_are_counted_by_client_and_scope() {
    on_both(|practice| {
        let store = practice.store();
        let uses = [
            (1, ApiScope::ScheduleRead),
            (1, ApiScope::ScheduleRead),
            (1, ApiScope::AlertWrite),
            (2, ApiScope::AlertWrite),
        ];
        for (of, scope) in uses {
            let of = id(ClientId::parse, of);
            store.write("use", move |tx| client::note_use(tx, &of, scope)).unwrap();
        }
        let all = store.read("uses", client::uses).unwrap();
        let said: Vec<_> = all.iter().map(|(of, used)| (of.as_str().ends_with('1'), used.scope, used.uses)).collect();
        let expect =
            [(true, ApiScope::AlertWrite, 1), (true, ApiScope::ScheduleRead, 2), (false, ApiScope::AlertWrite, 1)];
        assert_eq!(said, expect);
    });
}

#[test]
fn a_report_commits_with_its_event_and_is_kept_once() {
    on_both(|practice| {
        let store = practice.store();
        let take = |of: u8, kind: IntakeKind, body: &'static str| {
            let of = id(ClientId::parse, of);
            let event = Event::new(Act::ReportTaken, Actor::Client(of.clone()), Purpose::Operations);
            let taken = store.write("take", move |tx| intake::take(tx, &of, kind, body, event.clone())).unwrap();
            assert_eq!(taken.receipts.len(), 1, "one event in the same commit");
            taken.value
        };
        let first = take(1, IntakeKind::Alert, "{}");
        assert!(first.new && first.report.size == 2);
        assert!(!take(1, IntakeKind::Alert, "{}").new);
        assert!(take(2, IntakeKind::Alert, "{}").new, "another client's");
        assert!(take(1, IntakeKind::Posture, "{}").new, "another kind");
        assert!(take(1, IntakeKind::Alert, "{ }").new, "other bytes");
        let of = id(ClientId::parse, 1);
        let kept = store.read("kept", |tx| intake::of_client(tx, &of, 10)).unwrap();
        assert_eq!(kept.len(), 3);
        assert_eq!(kept.last().unwrap(), &first.report, "newest first");
        let log = store.log().clone();
        let event = store.read("event", |tx| store::audit::read::one(&log, tx, &first.report.event)).unwrap();
        assert!(event.is_some(), "its event is in the log");
    });
}
