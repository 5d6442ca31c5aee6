//! V-22 to V-24: reviews, leavers and failed sign-ins that are not in order are seen, and what is not known is said so.

use domain::Instant;
use domain::access::Role;
use domain::account::leaving::{EndReason, Ending};
use domain::audit::{Act, Outcome};
use domain::compliance::Verdict;
use domain::id::{AccountId, SessionId};
use domain::place::Zone;
use domain::review::{Choice, Decision, DecisionForm, Item};
use store::record::{Stamp, Versioned};
use store::{Tx, account, review, session};

use super::{run, verdict};
use crate::account::{End, NewAccount};
use crate::compliance::ProbeEnv;
use crate::fixture::{self, Practice};

const DAY: i64 = 86_400;

fn practice() -> Practice {
    let practice = Practice::new();
    let facts = crate::practice::Facts { name: "Northside".into(), zone: Zone::parse("UTC").unwrap(), synthetic: None };
    practice.app.found_practice(&facts, None).unwrap();
    practice
}

fn fails(practice: &Practice, id: &str, why: &str) {
    let found = run(&practice.app, id, &ProbeEnv::default());
    assert!(found.verdict == Verdict::Fail && found.said.contains(why), "{why}: {}", found.said);
}

fn person(practice: &Practice, login: &str, role: Role) -> AccountId {
    let new = NewAccount { login: login.into(), name: "Dana Whitfield".into(), role: role.to_string() };
    practice.app.create_account_by_system("test", &new, false).unwrap().id
}

/// Somebody who signs in, works for ten minutes and leaves; access ends so many seconds after employment.
fn leaver(practice: &Practice, login: &'static str, late: i64) -> AccountId {
    let (app, id) = (&practice.app, person(practice, login, Role::Biller));
    let new = session::New {
        id: SessionId::new(app.clock.now(), &*app.entropy),
        token: login.to_owned(),
        account: id.clone(),
        factor: "totp".into(),
        source: "192.0.2.1".into(),
        device: String::new(),
        agent: String::new(),
        canary: false,
    };
    app.store.write("sign in", move |tx| session::insert(tx, &new)).unwrap();
    practice.clock.wait(600);
    let left_at = Some(app.clock.now().plus_seconds(-late));
    let ending = Ending { reason: EndReason::Resigned, note: String::new(), left_at };
    let end = End::by_server(app, "test", &id, ending);
    let ended = app.store.write("end", move |tx| end.apply(tx)).unwrap().value;
    app.try_what_ended(&id, &ended).unwrap();
    id
}

/// S-AUD-06, too.
#[test]
fn v_23_whoever_left_late_or_came_back_through_a_gap_is_seen() {
    let practice = practice();
    assert_eq!(verdict(&practice.app, "V-23"), Verdict::NotEvaluable, "nobody left");
    let dana = leaver(&practice, "dana", 300);
    assert_eq!(verdict(&practice.app, "V-23"), Verdict::Pass);
    // A session that somehow went on.
    let later = practice.app.clock.now().plus_seconds(60);
    let touch = move |tx: &mut Tx| {
        let statement = store::sql!("UPDATE session SET active_at = $2 WHERE account_id = $1");
        tx.execute(statement, store::params![dana, later]).map(drop)
    };
    practice.app.store.write("goes on", touch).unwrap();
    fails(&practice, "V-23", "accepted afterwards");
    practice.clock.wait(91 * DAY);
    assert_eq!(verdict(&practice.app, "V-23"), Verdict::NotEvaluable, "it is too long ago");
}

#[test]
fn v_23_access_that_outlasted_employment_and_an_end_that_was_taken_away_are_seen() {
    let used = practice();
    let _ = leaver(&used, "dana", 2 * 3600);
    fails(&used, "V-23", "accepted afterwards");
    let late = practice();
    let _ = leaver(&late, "dana", 3600 + 300);
    fails(&late, "V-23", "by more than an hour");
    let gone = practice();
    gone.app.store.record(gone.app.system_event(Act::AccessEnded, "test")).unwrap();
    fails(&gone, "V-23", "1 ends of access");
}

/// So many failed sign-ins, and then a week goes by.
fn week(practice: &Practice, failed: usize) {
    let event = practice.app.anonymous_event(Act::SignInFailed, "192.0.2.9").ending(Outcome::Failed);
    for _ in 0..failed {
        practice.app.store.record(event.clone()).unwrap();
    }
    practice.clock.wait(7 * DAY);
}

/// S-AUD-08, too.
#[test]
fn v_24_a_week_above_its_past_is_seen() {
    let practice = practice();
    for _ in 0..4 {
        assert_eq!(verdict(&practice.app, "V-24"), Verdict::NotEvaluable, "its past is too short");
        week(&practice, 3);
    }
    practice.clock.wait(7 * DAY);
    assert_eq!(verdict(&practice.app, "V-24"), Verdict::Pass);
    week(&practice, 40);
    fails(&practice, "V-24", "failed 40 times");
    week(&practice, 3);
    assert_eq!(verdict(&practice.app, "V-24"), Verdict::Pass, "one bad week does not make the next one good or bad");
}

/// The items of the review that is under way, the official's first.
fn begun(practice: &Practice) -> Vec<Versioned<Item>> {
    let id = practice.app.begin_review(&fixture::person(Role::SecurityOfficial)).unwrap();
    let items = practice.app.store.read("items", |tx| review::items(tx, &id)).unwrap();
    assert_eq!(items.len(), 2);
    items
}

fn decides(practice: &Practice, item: &Item, choice: &str) {
    let form = DecisionForm { choice: choice.into(), words: "asked the lead".into(), ..DecisionForm::default() };
    practice.app.decide_review(&fixture::person(Role::SecurityOfficial), &item.id, &form).unwrap();
}

/// Writes a decision as nobody could from a page.
fn forged(practice: &Practice, item: &Versioned<Item>, by: &AccountId, choice: Choice) {
    let Versioned { value: mut item, version } = item.clone();
    let decision = Decision { by: Some(by.clone()), at: Instant::default(), choice, role: None, words: "x".into() };
    item.decision = Some(decision);
    let stamp = Stamp { actor: "test".into(), reason: "test".into() };
    practice.app.store.write("forge", move |tx| review::decide(tx, &item, version, &stamp)).unwrap();
}

fn two() -> (Practice, AccountId, AccountId) {
    let practice = practice();
    let (maya, bea) = (person(&practice, "maya", Role::PracticeManager), person(&practice, "bea", Role::Biller));
    (practice, maya, bea)
}

#[test]
fn v_22_a_review_is_asked_for_each_quarter() {
    let (practice, ..) = two();
    assert_eq!(verdict(&practice.app, "V-22"), Verdict::NotEvaluable, "there was none");
    let items = begun(&practice);
    assert_eq!(verdict(&practice.app, "V-22"), Verdict::NotEvaluable, "the first is under way");
    practice.clock.wait(16 * DAY);
    fails(&practice, "V-22", "out of time");
    decides(&practice, &items[0].value, "keep");
    decides(&practice, &items[1].value, "end");
    assert_eq!(verdict(&practice.app, "V-22"), Verdict::Pass);
    practice.clock.wait(100 * DAY);
    fails(&practice, "V-22", "a quarter has passed");
}

#[test]
fn v_22_a_decision_by_the_holder_or_not_carried_out_is_seen() {
    for (choice, why) in [(Choice::Keep, "their own access"), (Choice::End, "not carried out")] {
        let (practice, maya, _) = two();
        let items = begun(&practice);
        let (own, other): (Vec<_>, Vec<_>) = items.into_iter().partition(|item| item.value.facts.person == maya);
        let by = if choice == Choice::Keep { &maya } else { &other[0].value.facts.person };
        forged(&practice, &own[0], by, choice);
        decides(&practice, &other[0].value, "keep");
        fails(&practice, "V-22", why);
    }
}

#[test]
fn v_22_an_account_that_a_review_left_out_is_seen() {
    let (practice, ..) = two();
    let hidden = person(&practice, "omar", Role::Clinician);
    let set = |disabled_at: Option<Instant>| {
        let (id, stamp) = (hidden.clone(), Stamp { actor: "test".into(), reason: "test".into() });
        let change = move |tx: &mut Tx| {
            let Versioned { value: mut account, version } = account::load(tx, &id)?;
            account.disabled_at = disabled_at;
            account::update(tx, &id, version, &account, &stamp)
        };
        practice.app.store.write("hide", change).unwrap();
    };
    set(Some(practice.app.clock.now()));
    let items = begun(&practice);
    set(None);
    for item in &items {
        decides(&practice, &item.value, "keep");
    }
    fails(&practice, "V-22", "left out");
}
