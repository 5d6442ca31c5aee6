//! Access reviews, statement by statement, on both engines.

use std::collections::BTreeSet;

use domain::access::Role;
use domain::id::{AccountId, ReviewId, ReviewItemId};
use domain::review::{Choice, Decision, Facts, Holder, Item, Review};
use jiff::civil::date;
use store::{Error, Store, review, session};

use crate::account::{begin as sign_in, create};
use crate::practice::{on_both, stamp};

/// Begins a review of one account.
fn begin(store: &Store, account: &AccountId) -> store::Result<Item> {
    let account = account.clone();
    let begun = store.write("begin", move |tx| {
        let id = ReviewId::new(tx.now(), tx.entropy());
        let facts = Facts {
            at: tx.now(),
            name: "Dana Whitfield".into(),
            person: account.clone(),
            role: Some(Role::FrontDesk),
            scopes: BTreeSet::new(),
            last_at: None,
            conflicts: Vec::new(),
            no_passkey: false,
            alone: false,
            unused: BTreeSet::new(),
            left: false,
        };
        let item = Item {
            id: ReviewItemId::new(tx.now(), tx.entropy()),
            review: id.clone(),
            holder: Holder::Account(account.clone()),
            facts,
            decision: None,
        };
        let new = Review::begin(id, tx.now(), date(2026, 6, 9), None);
        review::begin(tx, &new, std::slice::from_ref(&item), &stamp())?;
        Ok(item)
    });
    begun.map(|begun| begun.value)
}

fn decide(store: &Store, item: &Item, version: i64) -> store::Result<()> {
    let item = item.clone();
    let done = store.write("decide", move |tx| {
        let (at, words) = (tx.now(), "works here".to_owned());
        let decision = Decision { by: None, at, choice: Choice::Keep, role: None, words };
        let decided = Item { decision: Some(decision), ..item.clone() };
        review::decide(tx, &decided, version, &stamp())
    });
    done.map(|done| done.value)
}

#[test]
fn s_aud_03_one_review_is_under_way_and_a_decision_is_written_once() {
    on_both(|practice| {
        let store = practice.store();
        let dana = create(store, "dana");
        assert!(store.read("running", review::running).unwrap().is_none());
        let item = begin(store, &dana).unwrap();
        assert!(matches!(begin(store, &dana), Err(Error::Refused(_))), "one at a time");
        let counts = || store.read("counts", review::counts).unwrap();
        assert_eq!(counts(), [(item.review.clone(), None, 1)]);
        assert_eq!(store.read("undecided", review::undecided).unwrap(), 1);

        assert!(matches!(decide(store, &item, 2), Err(Error::Stale(_))), "not the version that was seen");
        decide(store, &item, 1).unwrap();
        assert!(matches!(decide(store, &item, 2), Err(Error::Stale(_))), "it is decided already");
        assert_eq!(counts(), [(item.review.clone(), Some(Choice::Keep), 1)]);
        assert_eq!(store.read("undecided", review::undecided).unwrap(), 0);
        let all = store.read("items", |tx| review::items(tx, &item.review)).unwrap();
        let one = store.read("item", |tx| review::item(tx, &item.id)).unwrap();
        assert_eq!((all.len(), one.version, one.value.choice()), (1, 2, Some(Choice::Keep)));
        let first = store.read("first", |tx| store::record::history(tx, "review_item", item.id.as_str())).unwrap();
        assert_eq!(first.len(), 2, "what was known before the decision stays");

        let running = store.read("running", review::running).unwrap().unwrap();
        let finish = store.write("finish", move |tx| {
            let whole = Review { finished_at: Some(tx.now()), ..running.value.clone() };
            review::finish(tx, &whole, running.version, &stamp())
        });
        finish.unwrap();
        assert!(store.read("running", review::running).unwrap().is_none());
        let next = begin(store, &dana).unwrap();
        let all: Vec<_> = store.read("all", review::all).unwrap().into_iter().map(|review| review.id).collect();
        assert_eq!(all, [next.review, item.review.clone()], "the newest first");
        assert!(store.read("one", |tx| review::one(tx, &item.review)).unwrap().value.finished_at.is_some());
    });
}

#[test]
fn s_aud_03_the_last_sign_in_of_each_account_is_known() {
    on_both(|practice| {
        let store = practice.store();
        let (dana, omar) = (create(store, "dana"), create(store, "omar"));
        let last = || store.read("last", session::last_begun).unwrap();
        assert!(last().is_empty());
        sign_in(store, &dana, "one");
        let first = last()[0].1;
        sign_in(store, &dana, "two");
        let now = last();
        assert!(now.len() == 1 && now[0].0 == dana && now[0].1 > first, "the later of two: {now:?}");
        sign_in(store, &omar, "three");
        assert_eq!(last().len(), 2);
    });
}
