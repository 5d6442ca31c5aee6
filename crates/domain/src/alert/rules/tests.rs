//! For each rule: what just does not make it fire, and what just does.

use super::*;
use crate::id::ClientId;

/// A Tuesday, ten in the morning in Ohio.
const TEN: &str = "2026-06-09T14:00:00Z";

fn at(text: &str) -> Instant {
    Instant::from(text.parse::<jiff::Timestamp>().unwrap())
}

fn id<T, E: std::fmt::Debug>(parse: impl Fn(&str) -> Result<T, E>, n: usize) -> T {
    parse(&format!("01890000-0000-7000-8000-{n:012x}")).unwrap()
}

fn person(n: usize) -> AccountId {
    id(AccountId::parse, n)
}

fn patient(n: usize) -> PatientId {
    id(PatientId::parse, 1000 + n)
}

fn did(who: usize, act: Act) -> Event {
    Event::new(act, Actor::Account(person(who)), Purpose::Treatment)
}

fn views(who: usize, whose: usize) -> Event {
    did(who, Act::PatientViewed).about([patient(whose)])
}

/// Each event so many seconds after ten o'clock.
fn log(events: impl IntoIterator<Item = (i64, Event)>) -> Vec<Sight> {
    let sight = |(n, (seconds, event))| Sight { id: id(EventId::parse, n), at: at(TEN).plus_seconds(seconds), event };
    events.into_iter().enumerate().map(sight).collect()
}

/// How often the rule fires on these events.
fn fires(rule: Rule, known: &Known, events: impl IntoIterator<Item = (i64, Event)>) -> usize {
    look(&log(events), 0, known, &mut Vec::new()).iter().filter(|found| found.rule == rule).count()
}

/// One event after ten o'clock, with what is known.
fn one(rule: Rule, known: &Known, event: Event) -> bool {
    fires(rule, known, [(0, event)]) == 1
}

#[test]
fn many_records_are_different_patients_of_one_person_within_an_hour() {
    let rule = Rule::ManyRecords;
    let fires = |events: Vec<(i64, Event)>| fires(rule, &Known::default(), events);
    let sixty = || (0..60).map(|n| (0, views(1, n))).collect::<Vec<_>>();
    let then = |seconds, event| sixty().into_iter().chain([(seconds, event)]).collect::<Vec<_>>();
    assert_eq!(fires(sixty()), 0);
    assert_eq!(fires(then(3599, views(1, 60))), 1);
    assert_eq!(fires(then(3600, views(1, 60))), 0, "an hour later the first is out of the window");
    assert_eq!(fires(then(9, views(1, 0))), 0, "the same patient again");
    assert_eq!(fires(then(9, views(2, 60))), 0, "somebody else");
    let visit = did(1, Act::ScheduleViewed).about([patient(60)]).object("appointment", "x");
    assert_eq!(fires(then(9, visit.clone())), 1, "by whatever page");
    assert_eq!(fires(then(9, visit.with("as", "counts"))), 0, "a figure on the home page");
    assert_eq!(fires(then(9, did(1, Act::ScheduleViewed).about([patient(60), patient(61)]))), 0, "a list");
    assert_eq!(fires(then(9, did(1, Act::Denied).about([patient(60)]).ending(Outcome::Denied))), 0);
    let check = Event { purpose: Purpose::SelfCheck, ..views(1, 60) };
    assert_eq!(fires(then(9, check)), 0);
    // Who goes on is not told of again within the hour, and then is.
    let on = |seconds| (0..200).map(|n| (seconds * i64::try_from(n).unwrap(), views(1, n))).collect::<Vec<_>>();
    assert_eq!((fires(on(1)), fires(on(40))), (1, 2));
}

#[test]
fn an_alert_names_the_newest_events_and_counts_all() {
    let all = log((0..61).map(|n| (0, views(1, n))));
    let found = look(&all, 0, &Known::default(), &mut Vec::new()).pop().unwrap();
    assert_eq!((found.count, found.events.len(), found.about), (61, EVENTS, Actor::Account(person(1))));
    assert_eq!(found.events.last(), Some(&all[60].id));
    assert_eq!(found.patient, None);
}

#[test]
fn what_was_seen_before_makes_nothing_fire_again() {
    let all = log((0..62).map(|n| (0, views(1, n))));
    let (mut told, known) = (Vec::new(), Known::default());
    assert_eq!(look(&all[..61], 0, &known, &mut told).len(), 1);
    assert_eq!(look(&all, 61, &known, &mut told), [], "told already");
    assert_eq!(look(&all, 61, &known, &mut Vec::new()).len(), 1, "the window reaches back");
    assert_eq!(look(&all, 62, &known, &mut Vec::new()), [], "nothing is new");
}

#[test]
fn a_name_is_ones_own_or_rare_enough_to_say_something() {
    let known = |given, bearers| Known {
        kin: BTreeMap::from([((person(1), patient(1)), Kin { given, bearers })]),
        ..Known::default()
    };
    for (given, bearers, own, family) in
        [(true, 1, true, false), (true, 500, true, false), (false, 10, false, true), (false, 11, false, false)]
    {
        let known = known(given, bearers);
        let event = || views(1, 1);
        assert_eq!(
            (one(Rule::OwnName, &known, event()), one(Rule::FamilyName, &known, event())),
            (own, family),
            "{given} {bearers}"
        );
        assert!(!one(Rule::OwnName, &known, views(2, 1)) && !one(Rule::FamilyName, &known, views(1, 2)));
    }
    // Once a week for each of the two.
    let week = 7 * 86_400;
    let again = |seconds| fires(Rule::OwnName, &known(true, 1), [(0, views(1, 1)), (seconds, views(1, 1))]);
    assert_eq!((again(week - 1), again(week)), (1, 2));
}

#[test]
fn after_hours_is_outside_of_every_locations_hours_by_more_than_an_hour() {
    let ohio = TimeZone::get("America/New_York").unwrap();
    let known = |zones: &[&TimeZone]| Known {
        hours: zones.iter().map(|zone| ((*zone).clone(), Hours::default())).collect(),
        ..Known::default()
    };
    let here = known(&[&ohio]);
    let fires_at = |known: &Known, time: &str| {
        let sight = Sight { id: id(EventId::parse, 1), at: at(time), event: views(1, 1) };
        look(&[sight], 0, known, &mut Vec::new()).iter().any(|found| found.rule == Rule::AfterHours)
    };
    // Eight to five, in summer four hours behind.
    for (time, fires) in [
        ("2026-06-09T10:59:59Z", true),
        ("2026-06-09T11:00:00Z", false),
        ("2026-06-09T16:30:00Z", false),
        ("2026-06-09T21:59:59Z", false),
        ("2026-06-09T22:00:00Z", true),
        // A Saturday at ten.
        ("2026-06-13T14:00:00Z", true),
        // In winter five hours behind.
        ("2026-12-08T22:30:00Z", false),
    ] {
        assert_eq!(fires_at(&here, time), fires, "{time}");
    }
    let pacific = TimeZone::get("America/Los_Angeles").unwrap();
    assert!(!fires_at(&known(&[&ohio, &pacific]), "2026-06-09T22:00:00Z"), "one of them is open");
    assert!(!fires_at(&Known::default(), "2026-06-09T04:00:00Z"), "no hours are known");
    let night = 12 * 3600;
    let saturday = |events: [(i64, Event); 2]| fires(Rule::AfterHours, &here, events.map(|(s, e)| (s + 4 * 86_400, e)));
    assert_eq!(saturday([(0, views(1, 1)), (night - 1, views(1, 2))]), 1, "once a night");
    assert_eq!(saturday([(0, views(1, 1)), (night, views(1, 2))]), 2);
    assert_eq!(saturday([(0, views(1, 1)), (1, views(2, 1))]), 2, "each person");
}

fn failed(account: usize, source: &str, reason: &str) -> Event {
    let event = Event::new(Act::SignInFailed, Actor::Anonymous, Purpose::Operations).object("account", person(account));
    Event { source: Some(source.to_owned()), ..event.ending(Outcome::Failed).with("reason", reason) }
}

#[test]
fn many_places_are_those_that_a_subscriber_has() {
    let with = |last: (i64, Event)| {
        let three = (1..4).map(|n| (0, failed(1, &format!("192.0.2.{n}"), "password")));
        fires(Rule::ManyPlaces, &Known::default(), three.chain([last]))
    };
    assert_eq!(with((9, failed(1, "192.0.2.4", "password"))), 1);
    assert_eq!(with((86_399, failed(1, "2001:db8::1", "code"))), 1);
    assert_eq!(with((86_400, failed(1, "192.0.2.4", "password"))), 0);
    assert_eq!(with((9, failed(1, "192.0.2.3", "password"))), 0, "the same place");
    assert_eq!(with((9, failed(2, "192.0.2.4", "password"))), 0, "another account");
    assert_eq!(with((9, failed(1, "192.0.2.4", "password").ending(Outcome::Denied))), 0, "nobody looked at it");
    let home = |n| (n, failed(1, &format!("2001:db8::{n}"), "password"));
    assert_eq!(fires(Rule::ManyPlaces, &Known::default(), (1..9).map(home)), 0, "one IPv6 network");
}

#[test]
fn a_disabled_account_is_tried_with_the_right_password() {
    let known = Known::default();
    assert!(one(Rule::DisabledAccount, &known, failed(1, "192.0.2.1", "disabled")));
    assert!(!one(Rule::DisabledAccount, &known, failed(1, "192.0.2.1", "password")));
    assert!(!one(Rule::DisabledAccount, &known, did(1, Act::SignedIn).with("reason", "disabled")));
}

#[test]
fn many_refusals_are_of_one_who_is_known() {
    let refused = |actor: &Actor, n: i64| {
        let event = Event::new(Act::Denied, actor.clone(), Purpose::Operations).ending(Outcome::Denied);
        fires(Rule::ManyRefusals, &Known::default(), (0..n).map(|second| (second, event.clone())))
    };
    let dana = Actor::Account(person(1));
    assert_eq!((refused(&dana, 20), refused(&dana, 21), refused(&dana, 60)), (0, 1, 1));
    assert_eq!(refused(&Actor::Client(id(ClientId::parse, 1)), 21), 1);
    assert_eq!(refused(&Actor::Anonymous, 99), 0);
    let spread = (0..21).map(|n| (n * 180, did(1, Act::Denied)));
    assert_eq!(fires(Rule::ManyRefusals, &Known::default(), spread), 0, "the first is out of the window");
}

#[test]
fn an_export_is_large_by_its_patients_or_because_it_is_the_log() {
    let known = Known::default();
    let export = |n| did(1, Act::ExportBegun).about((0..n).map(patient));
    assert!(!one(Rule::LargeExport, &known, export(100)) && one(Rule::LargeExport, &known, export(101)));
    let ended = Event { act: Act::ExportEnded, ..export(101) };
    assert!(!one(Rule::LargeExport, &known, ended), "told once, when it began");
    let whole = Event::new(Act::ExportBegun, Actor::System("export".into()), Purpose::Operations);
    assert!(
        one(Rule::LargeExport, &known, whole.clone().with("what", "audit log"))
            && !one(Rule::LargeExport, &known, whole)
    );
}

#[test]
fn the_decoy_is_for_the_systems_own_checks() {
    let known = Known { decoy: Some(patient(7)), ..Known::default() };
    assert!(one(Rule::Decoy, &known, views(1, 7)) && !one(Rule::Decoy, &known, views(1, 8)));
    assert!(one(Rule::Decoy, &known, did(1, Act::Denied).about([patient(7)]).ending(Outcome::Denied)));
    assert!(!one(Rule::Decoy, &known, did(1, Act::AuditViewed).about([patient(7), patient(8)])), "who reads the log");
    assert!(!one(Rule::Decoy, &known, Event { purpose: Purpose::SelfCheck, ..views(1, 7) }));
    assert!(!one(Rule::Decoy, &Known::default(), views(1, 7)));
}

#[test]
fn the_clock_went_back_by_more_than_acts_side_by_side_differ() {
    let back = |seconds: i64| {
        let on = did(1, Act::SignedIn);
        fires(Rule::ClockBack, &Known::default(), [(0, on.clone()), (-seconds, on.clone()), (1 - seconds, on)])
    };
    assert_eq!((back(300), back(301), back(86_400), back(-900)), (0, 1, 1, 0));
}

#[test]
fn a_safeguard_says_of_itself_that_it_did_not_hold() {
    let known = Known::default();
    let denied = || did(1, Act::Denied).ending(Outcome::Denied);
    assert!(one(Rule::Safeguard, &known, denied().with("alert", true)));
    assert!(!one(Rule::Safeguard, &known, denied().with("alert", false)));
    assert!(one(Rule::Safeguard, &known, did(1, Act::LogContradicted)) && !one(Rule::Safeguard, &known, denied()));
}

#[test]
fn s_adm_10_wide_access_given_by_one_person_is_told() {
    let (known, rule) = (Known::default(), Rule::OneHand);
    assert!(one(rule, &known, did(1, Act::AccountChanged).with("alone", true)));
    assert!(one(rule, &known, did(1, Act::AccountCreated).with("alone", true)));
    assert!(
        !one(rule, &known, did(1, Act::AccountChanged))
            && !one(rule, &known, did(1, Act::SignedIn).with("alone", true))
    );
}
