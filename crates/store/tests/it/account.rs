//! Accounts, their secrets, sessions, tickets and buckets.

use domain::Instant;
use domain::access::Role;
use domain::account::throttle::Bucket;
use domain::account::{Account, BY_OIDC, BY_PASSWORD, SessionState};
use domain::id::{AccountId, SessionId};
use store::account::{self, throttle};
use store::session::{self, New};
use store::{Error, Store};

use crate::practice::{on_both, stamp};

fn person(login: &str) -> Account {
    Account::new(login, "Dana Whitfield", Role::FrontDesk)
}

pub(crate) fn create(store: &Store, login: &'static str) -> AccountId {
    let made = store.write("create", move |tx| {
        let id = AccountId::new(tx.now(), tx.entropy());
        account::insert(tx, &id, &person(login), "phc", &stamp())?;
        Ok(id)
    });
    made.unwrap().value
}

pub(crate) fn begin(store: &Store, account: &AccountId, token: &'static str) -> SessionId {
    let account = account.clone();
    let made = store.write("begin", move |tx| {
        let id = SessionId::new(tx.now(), tx.entropy());
        let new = New {
            id: id.clone(),
            token: token.into(),
            account: account.clone(),
            factor: "totp".into(),
            source: "192.0.2.1".into(),
            device: String::new(),
            agent: "Firefox on Linux".into(),
            canary: false,
        };
        session::insert(tx, &new)?;
        Ok(id)
    });
    made.unwrap().value
}

#[test]
fn s_tec_01_a_login_is_taken_once_and_a_change_names_what_it_saw() {
    on_both(|practice| {
        let store = practice.store();
        let id = create(store, "dana");
        let again = store.write("again", |tx| {
            let id = AccountId::new(tx.now(), tx.entropy());
            account::insert(tx, &id, &person("dana"), "phc", &stamp())
        });
        assert!(matches!(again, Err(Error::Refused(why)) if why.contains("`dana`")));
        for (seen, right) in [(1, true), (1, false), (2, true)] {
            let id = id.clone();
            let done = store.write("change", move |tx| {
                account::update(tx, &id, seen, &Account { role: Role::Biller, ..person("dana") }, &stamp())
            });
            assert_eq!(done.is_ok(), right, "saw version {seen}");
        }
        let all = store.read("all", account::all).unwrap();
        assert_eq!(all.len(), 1);
        assert_eq!((all[0].1.version, all[0].1.value.role), (3, Role::Biller));
        let known = store.read("known", |tx| account::by_login(tx, "dana")).unwrap().unwrap();
        assert!(known.secret.must_change && known.secret.totp.is_none());
        assert_eq!(store.read("count", account::count).unwrap(), 1);
    });
}

#[test]
fn a_step_and_a_recovery_code_work_once() {
    on_both(|practice| {
        let store = practice.store();
        let id = create(store, "dana");
        let who = id.clone();
        let sealed = store.seal_column(&account::totp_place(&id), b"seed").unwrap();
        store.write("enrol", move |tx| account::enrol(tx, &who, &sealed, 7, &["a".into(), "b".into()])).unwrap();
        for (step, right) in [(7, false), (8, true), (8, false), (6, false), (9, true)] {
            let who = id.clone();
            let used = store.write("step", move |tx| account::use_step(tx, &who, step)).unwrap().value;
            assert_eq!(used, right, "step {step}");
        }
        for (code, right) in [("c", false), ("a", true), ("a", false), ("b", true)] {
            let who = id.clone();
            let used = store.write("code", move |tx| account::use_recovery(tx, &who, code)).unwrap().value;
            assert_eq!(used, right, "code {code}");
        }
        let known = store.read("secret", |tx| account::with_secret(tx, &id)).unwrap();
        let sealed = known.secret.totp.unwrap();
        assert_eq!(store.open_column(&account::totp_place(&id), &sealed).unwrap(), b"seed");
        assert!(store.open_column("account_secret|somebody-else|totp", &sealed).is_err(), "bound to its row");
        let who = id.clone();
        store.write("unenrol", move |tx| account::unenrol(tx, &who)).unwrap();
        let known = store.read("secret", |tx| account::with_secret(tx, &id)).unwrap();
        assert!(known.secret.totp.is_none() && known.secret.totp_step == 0);
    });
}

#[test]
fn a_session_lives_locks_and_ends() {
    on_both(|practice| {
        let store = practice.store();
        let account = create(store, "dana");
        let (one, two) = (begin(store, &account, "t1"), begin(store, &account, "t2"));
        let find = |token: &'static str| store.read("find", |tx| session::find(tx, token)).unwrap();
        assert!(find("t3").is_none());
        let found = find("t1").unwrap();
        assert_eq!((&found.id, &found.account_id, found.account.login.as_str()), (&one, &account, "dana"));
        let later = found.times.active_at.plus_seconds(30);
        let id = one.clone();
        store.write("touch", move |tx| session::touch(tx, &id, later)).unwrap();
        let id = one.clone();
        store.write("touch", move |tx| session::touch(tx, &id, later.plus_seconds(-10))).unwrap();
        assert_eq!(find("t1").unwrap().times.active_at, later, "activity never moves back");
        let last = |who| store.read("last", |tx| account::leaving::last_active(tx, who)).unwrap();
        assert_eq!((last(&account), last(&create(store, "omar"))), (Some(later), None), "of all sessions the latest");
        for right in [true, false] {
            let id = one.clone();
            assert_eq!(store.write("lock", move |tx| session::lock(tx, &id)).unwrap().value, right);
        }
        let id = one.clone();
        store.write("touch", move |tx| session::touch(tx, &id, later.plus_seconds(60))).unwrap();
        let locked = find("t1").unwrap().times;
        assert_eq!((locked.active_at, locked.state(later, 600)), (later, SessionState::Locked), "no touch opens it");
        let id = one.clone();
        assert!(store.write("unlock", move |tx| session::unlock(tx, &id, "t3")).unwrap().value);
        assert!(find("t1").is_none(), "the token before opens nothing");
        assert_eq!(find("t3").unwrap().times.locked_at, None);
        assert_eq!(store.read("open", |tx| session::open(tx, &account)).unwrap().len(), 2);
        let (who, keep) = (account.clone(), one.clone());
        let ended = store.write("others", move |tx| session::end_all(tx, &who, Some(&keep))).unwrap();
        assert_eq!(ended.value, 1);
        assert!(find("t2").unwrap().times.ended_at.is_some());
        let id = two.clone();
        assert!(
            !store.write("unlock", move |tx| session::unlock(tx, &id, "t4")).unwrap().value,
            "an ended one stays ended"
        );
        let id = one.clone();
        assert!(store.write("end", move |tx| session::end(tx, &id)).unwrap().value);
        assert!(store.read("open", |tx| session::open(tx, &account)).unwrap().is_empty());
    });
}

#[test]
fn sessions_that_are_over_by_time_are_found() {
    on_both(|practice| {
        let store = practice.store();
        let account = create(store, "dana");
        let id = begin(store, &account, "t1");
        let began = store.read("find", |tx| session::find(tx, "t1")).unwrap().unwrap().times.began_at;
        let overdue = |before: Instant, after: Instant| {
            store.read("overdue", |tx| session::overdue(tx, before, after)).unwrap().len()
        };
        assert_eq!(overdue(began.plus_seconds(-1), began.plus_seconds(1)), 0);
        assert_eq!(overdue(began, began.plus_seconds(1)), 1, "twelve hours are over");
        assert_eq!(overdue(began.plus_seconds(-9), began.plus_seconds(-1)), 1, "it began in the future");
        store.write("end", move |tx| session::end(tx, &id)).unwrap();
        assert_eq!(overdue(began, began), 0);
    });
}

#[test]
fn a_ticket_counts_tries_and_is_used_once() {
    on_both(|practice| {
        let store = practice.store();
        let account = create(store, "dana");
        let who = account.clone();
        store.write("ticket", move |tx| session::insert_ticket(tx, "k", &who, BY_OIDC, Some(b"sealed"))).unwrap();
        store.write("try", |tx| session::try_ticket(tx, "k")).unwrap();
        let ticket = store.read("ticket", |tx| session::ticket(tx, "k")).unwrap().unwrap();
        assert_eq!((ticket.tries, ticket.known.id, &*ticket.way), (1, account.clone(), BY_OIDC));
        assert_eq!(ticket.offer.as_deref(), Some(b"sealed".as_slice()));
        let made = ticket.made_at;
        assert_eq!(store.write("sweep", move |tx| session::sweep_tickets(tx, made)).unwrap().value, 0);
        assert!(store.write("drop", |tx| session::drop_ticket(tx, "k")).unwrap().value);
        assert!(!store.write("drop", |tx| session::drop_ticket(tx, "k")).unwrap().value);
        let who = account.clone();
        store.write("ticket", move |tx| session::insert_ticket(tx, "k2", &who, BY_PASSWORD, None)).unwrap();
        let who = account.clone();
        store.write("all", move |tx| session::end_all(tx, &who, None)).unwrap();
        assert!(store.read("ticket", |tx| session::ticket(tx, "k2")).unwrap().is_none(), "disabling ends tickets too");
    });
}

#[test]
fn buckets_and_browsers() {
    on_both(|practice| {
        let store = practice.store();
        let account = create(store, "dana");
        let until = Instant::from_micros(1_780_000_100_000_000);
        let load = || store.read("load", |tx| throttle::load(tx, "b")).unwrap();
        assert_eq!(load().bucket, Bucket::default());
        for failures in [1, 60] {
            store.write("save", move |tx| throttle::save(tx, "b", Bucket { failures, until })).unwrap();
            assert_eq!(load().bucket, Bucket { failures, until });
        }
        store.write("note", |tx| throttle::note(tx, "b")).unwrap();
        assert!(load().noted_at.is_some());
        let far = until.plus_seconds(1_000_000);
        assert_eq!(store.write("sweep", move |tx| throttle::sweep(tx, far, 50)).unwrap().value, 0, "stopped ones stay");
        store.write("clear", |tx| throttle::clear(tx, "b")).unwrap();
        assert_eq!(load().bucket, Bucket::default());
        let knows =
            |token: &'static str| store.read("knows", |tx| throttle::knows_device(tx, token, &account)).unwrap();
        for _ in 0..2 {
            let who = account.clone();
            store.write("remember", move |tx| throttle::remember_device(tx, "d", &who)).unwrap();
        }
        assert!(knows("d") && !knows("e"));
        assert!(store.read("exists", |tx| throttle::device_exists(tx, "d")).unwrap());
        let who = account.clone();
        store.write("forget", move |tx| throttle::forget_device(tx, "d", &who)).unwrap();
        assert!(!knows("d"));
        let who = account.clone();
        store
            .write("forget", move |tx| {
                throttle::remember_device(tx, "e", &who)?;
                throttle::forget_devices(tx, &who)
            })
            .unwrap();
        assert!(!knows("e"));
    });
}
