use jiff::civil::date;

use super::*;

const NOW: Instant = Instant::from_micros(1_780_000_000_000_000);

fn person(n: u8) -> AccountId {
    AccountId::parse(&format!("01890000-0000-7000-8000-0000000000{n:02}")).unwrap()
}

fn facts(n: u8, role: Option<Role>, days: Option<i64>) -> Facts {
    Facts {
        at: NOW,
        name: "Dana Whitfield".to_owned(),
        person: person(n),
        role,
        scopes: BTreeSet::new(),
        last_at: days.map(|days| NOW.plus_seconds(-86_400 * days)),
        conflicts: Vec::new(),
        no_passkey: false,
        alone: false,
        unused: BTreeSet::new(),
        left: false,
    }
}

fn item(holder: u8) -> Item {
    let id = "01890000-0000-7000-8000-000000000090";
    Item {
        id: ReviewItemId::parse(id).unwrap(),
        review: ReviewId::parse(id).unwrap(),
        holder: Holder::Account(person(holder)),
        facts: facts(holder, Some(Role::Biller), Some(1)),
        decision: None,
    }
}

fn keep(by: Option<u8>) -> Decision {
    Decision { by: by.map(person), at: NOW, choice: Choice::Keep, role: None, words: "works here".to_owned() }
}

#[test]
fn s_aud_03_flags_say_what_to_look_at() {
    let desk = Some(Role::FrontDesk);
    assert_eq!(facts(1, desk, Some(44)).flags(), []);
    assert_eq!(facts(1, desk, Some(45)).flags(), [Flag::Dormant]);
    assert_eq!(facts(1, desk, None).flags(), [Flag::NeverUsed]);
    let bare = Facts { no_passkey: true, alone: true, left: true, ..facts(1, Some(Role::SecurityOfficial), Some(1)) };
    assert_eq!(bare.flags(), [Flag::OverPrivileged, Flag::GivenAlone, Flag::LeftButOpen]);
    let unused = BTreeSet::from([ApiScope::PatientFind]);
    let client = Facts { unused, ..facts(1, None, Some(1)) };
    assert_eq!(client.flags(), [Flag::OverPrivileged]);
    assert_eq!(Facts { last_at: None, ..client }.flags(), [Flag::NeverUsed], "one thing is said once");
}

#[test]
fn s_adm_03_duties_that_should_check_each_other_are_named() {
    let all = |_| true;
    assert_eq!(Conflict::of(all), Conflict::ALL);
    let half = |action| matches!(action, Action::AccountEdit | Action::PayerEdit | Action::RemittancePost);
    assert_eq!(Conflict::of(half), [Conflict::PayersAndMoney]);
}

#[test]
fn s_aud_03_nobody_decides_about_their_own_access() {
    let now = |n| facts(n, Some(Role::Biller), Some(1));
    assert!(item(1).decided(now(1), keep(Some(1))).unwrap_err().contains("their own"));
    // A client that was handed over meanwhile: neither who answered for it nor who does now.
    assert!(item(1).decided(now(2), keep(Some(1))).unwrap_err().contains("their own"));
    assert!(item(1).decided(now(2), keep(Some(2))).unwrap_err().contains("their own"));
    let done = item(1).decided(now(1), keep(Some(3))).unwrap();
    assert_eq!(done.choice(), Some(Choice::Keep));
    assert!(done.decided(now(1), keep(Some(4))).unwrap_err().contains("already"));
    assert!(item(1).decided(now(1), keep(None)).is_ok(), "the server is nobody");
}

#[test]
fn a_role_is_changed_to_another_and_a_program_has_none() {
    let to = |role| Decision { choice: Choice::ChangeRole, role, ..keep(Some(3)) };
    let now = |role| facts(1, role, Some(1));
    let biller = Some(Role::Biller);
    assert!(item(1).decided(now(biller), to(biller)).unwrap_err().contains("another role"));
    assert!(item(1).decided(now(None), to(biller)).unwrap_err().contains("program"));
    assert!(item(1).decided(now(biller), to(Some(Role::FrontDesk))).is_ok());
}

#[test]
fn s_adm_10_the_last_security_official_who_is_there_is_known() {
    let official = Some(Role::SecurityOfficial);
    let sam = facts(1, official, Some(1));
    assert!(sam.is_last_official([&sam, &facts(2, Some(Role::Biller), Some(1))]));
    assert!(sam.is_last_official([&sam, &facts(2, official, Some(60))]), "the other one is not there");
    assert!(sam.is_last_official([&sam, &facts(2, official, None)]));
    assert!(!sam.is_last_official([&sam, &facts(2, official, Some(1))]));
    assert!(!facts(3, Some(Role::Biller), Some(1)).is_last_official([&sam]));
}

#[test]
fn s_adm_10_the_server_suspends_what_ran_out_of_time_and_never_the_last_official() {
    let role = |role| facts(1, Some(role), Some(1));
    let all = |facts: Facts| BTreeMap::from([(Holder::Account(person(1)), facts)]);
    let decides = |facts: Facts, phase| item(1).by_itself(&all(facts), phase);
    assert_eq!(decides(role(Role::Biller), Phase::Overdue), None);
    assert_eq!(decides(role(Role::Biller), Phase::Suspending), Some(Choice::Suspend));
    assert_eq!(decides(role(Role::SecurityOfficial), Phase::Suspending), None);
    assert_eq!(item(1).by_itself(&BTreeMap::new(), Phase::Running), Some(Choice::Gone));
    let done = item(1).decided(role(Role::Biller), keep(Some(3))).unwrap();
    assert_eq!(done.by_itself(&BTreeMap::new(), Phase::Suspending), None);
}

#[test]
fn s_aud_03_a_review_has_its_days() {
    let id = ReviewId::parse("01890000-0000-7000-8000-000000000091").unwrap();
    let review = Review::begin(id, NOW, date(2026, 11, 30), None);
    assert_eq!((review.due_on, review.grace_ends_on()), (date(2026, 12, 14), date(2026, 12, 21)));
    assert_eq!(review.next_on(), date(2027, 2, 28), "the last day of a short month");
    for (day, phase) in [
        (date(2026, 12, 14), Phase::Running),
        (date(2026, 12, 15), Phase::Overdue),
        (date(2026, 12, 21), Phase::Overdue),
        (date(2026, 12, 22), Phase::Suspending),
    ] {
        assert_eq!(review.phase(day), phase, "{day}");
    }
    let done = Review { finished_at: Some(NOW), ..review };
    assert_eq!(done.phase(date(2027, 1, 1)), Phase::Finished);
}

#[test]
fn a_decision_needs_a_choice_of_people_and_words() {
    let form = |choice: &str, role: &str, words: &str| {
        DecisionForm { choice: choice.into(), role: role.into(), words: words.into() }.read()
    };
    assert_eq!(form("keep", "junk", " still  here ").map(|d| (d.role, d.words)), Ok((None, "still here".into())));
    assert_eq!(form("change_role", "biller", "covers").map(|d| d.role), Ok(Some(Role::Biller)));
    for (choice, role, words, field) in [
        ("", "", "x", "choice"),
        ("suspend", "", "x", "choice"),
        ("gone", "", "x", "choice"),
        ("change_role", "root", "x", "role"),
        ("end", "", "  ", "words"),
    ] {
        let faults = form(choice, role, words).unwrap_err();
        assert_eq!(faults.iter().map(|f| f.field.as_str()).collect::<Vec<_>>(), [field]);
    }
}
