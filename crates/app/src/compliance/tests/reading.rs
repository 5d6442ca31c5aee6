//! V-15: alerts and samples that nobody looked into in time, and a sample that somebody chose, are seen.

use domain::audit::{Act, Actor, Event, Purpose};
use domain::compliance::{Finding, Verdict};
use domain::id::AccountId;
use store::sql;

use super::run;
use crate::App;
use crate::compliance::ProbeEnv;
use crate::fixture::Practice;

const DAY: i64 = 86_400;

fn found(practice: &Practice) -> Finding {
    while practice.app.look_for_alerts().unwrap().more {}
    run(&practice.app, "V-15", &ProbeEnv::default())
}

/// Somebody looks at patients.
fn work(app: &App) {
    let who = AccountId::parse("01890000-0000-7000-8000-0000000000bb").unwrap();
    for _ in 0..40 {
        app.store.record(Event::new(Act::PatientViewed, Actor::Account(who.clone()), Purpose::Treatment)).unwrap();
    }
}

/// A practice after its first whole week, whose sample waits.
fn after_a_week() -> Practice {
    let practice = Practice::new();
    work(&practice.app);
    practice.clock.wait(5 * DAY);
    work(&practice.app);
    assert_eq!(practice.app.draw_sample().unwrap().unwrap().to_string(), "2026-W22");
    practice
}

#[test]
fn v_15_what_nobody_looked_into_in_time_is_seen() {
    let practice = after_a_week();
    let fine = found(&practice);
    assert_eq!((fine.verdict, fine.observed["sampled_unread"].as_str()), (Verdict::Pass, "25"), "{}", fine.said);
    practice.clock.wait(8 * DAY);
    let late = found(&practice);
    assert!(late.verdict == Verdict::Fail && late.said.contains("25 sampled events"), "{}", late.said);

    let practice = after_a_week();
    let blind = practice.app.system_event(Act::Denied, "test").with("alert", true);
    practice.app.store.record(blind).unwrap();
    assert_eq!(found(&practice).verdict, Verdict::Pass, "an alert that just opened");
    practice.clock.wait(2 * DAY);
    let late = found(&practice);
    assert!(late.verdict == Verdict::Fail && late.said.contains("1 alerts"), "{}", late.said);
}

#[test]
fn v_15_a_sample_that_somebody_chose_or_forgot_is_seen() {
    let practice = after_a_week();
    let drop_one = sql!("DELETE FROM sample_item WHERE place = (SELECT min(place) FROM sample_item)");
    practice.app.store.write("choose", |tx| tx.execute(drop_one, &[])).unwrap();
    let chosen = found(&practice);
    assert!(chosen.verdict == Verdict::Fail && chosen.said.contains("not the one"), "{}", chosen.said);

    let practice = Practice::new();
    work(&practice.app);
    practice.clock.wait(5 * DAY);
    work(&practice.app);
    let soon = found(&practice);
    assert!(soon.verdict == Verdict::NotEvaluable && soon.said.contains("was not drawn"), "{}", soon.said);
    practice.clock.wait(2 * DAY);
    assert_eq!(found(&practice).verdict, Verdict::Fail, "nobody draws");
}

#[test]
fn v_15_what_cannot_be_said_is_unknown() {
    let practice = Practice::new();
    let new = found(&practice);
    assert!(new.verdict == Verdict::NotEvaluable && new.said.contains("since the log began"), "{}", new.said);

    let practice = after_a_week();
    assert_eq!(found(&practice).verdict, Verdict::Pass);
    work(&practice.app);
    practice.clock.wait(2 * 3600);
    let blind = run(&practice.app, "V-15", &ProbeEnv::default());
    assert!(blind.verdict == Verdict::NotEvaluable && blind.said.contains("rules"), "{}", blind.said);
}
