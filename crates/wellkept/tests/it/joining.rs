//! Somebody comes in: clearance, first day, and the roles that two people give, from the pages.

use domain::access::Role;
use testkit::{Answer, Browser, Practice, on_both};

const NIA: [(&str, &str); 6] = [
    ("name", "Nia Cole"),
    ("login", "nia"),
    ("employment", "contractor"),
    ("starts_on", "6/9/2026"),
    ("role", "biller"),
    ("clearance", "later"),
];
const CHECKED: [(&str, &str); 5] = [
    ("clearance", "checked"),
    ("checked_what", "licence and two references"),
    ("checked_by", "Maya Ortiz"),
    ("checked_on", "6/8/2026"),
    ("checked_paper", "blue binder, shelf 2"),
];

fn invite(official: &Browser<'_>, more: &[(&str, &str)]) -> Answer {
    let kept = NIA.iter().filter(|(name, _)| !more.iter().any(|(other, _)| other == name));
    official.post("/people", &kept.chain(more).copied().collect::<Vec<_>>())
}

/// The address of the newest person's page, and the first passphrase, from the page that shows both.
fn shown(page: &str) -> (String, String) {
    let part = |after: &str, end: char| page.split(after).nth(1).unwrap().split(end).next().unwrap().to_owned();
    (format!("/people/{}", part("href=\"/people/", '"')), part("<code>", '<'))
}

/// What the rules say of somebody who did alone what takes two.
const ALONE: &str = "alone gave somebody a role that takes two people";

fn alerts(practice: &Practice) -> String {
    while practice.app.look_for_alerts().unwrap().more {}
    practice.as_role(Role::PrivacyOfficial).get("/alerts").expect(200).text()
}

fn lets_in(practice: &Practice, passphrase: &str) -> bool {
    let answer = practice.anonymous().post("/sign-in", &[("login", "nia"), ("password", passphrase)]);
    answer.status.as_u16() == 303 && answer.location() == "/enrol"
}

#[test]
fn s_adm_10_the_way_in_notes_the_clearance_before_access_opens() {
    on_both(|practice| {
        let manager = practice.as_role(Role::PracticeManager);
        let asks = invite(&manager, &[("starts_on", "6/32/2026"), ("clearance", "")]).expect(422).text();
        assert!(asks.contains("Nia Cole") && asks.contains("what was done about the clearance"), "{asks}");
        let page = invite(&manager, &[]).expect(200).text();
        assert!(page.contains("until the clearance is noted"), "{page}");
        let (to, passphrase) = shown(page.split("<main").nth(1).unwrap().split("Invite a person").last().unwrap());
        assert!(!lets_in(practice, &passphrase));
        let page = manager.get(&to).expect(200).text();
        assert!(page.contains("Clearance not noted") && page.contains("Contractor"), "{page}");
        let half = manager.post(&format!("{to}/clearance"), &CHECKED[..4]).expect(422).text();
        assert!(half.contains("licence and two references") && half.contains("Fill in the place"), "{half}");
        let _ = practice.as_role(Role::FrontDesk).post(&format!("{to}/clearance"), &CHECKED).expect(403);
        let _ = manager.post(&format!("{to}/clearance"), &CHECKED).expect(303);
        let page = manager.get(&to).expect(200).text();
        for words in
            ["licence and two references, checked by Maya Ortiz", "blue binder, shelf 2", "Noted by Maya Ortiz"]
        {
            assert!(page.contains(words), "{words} is not on {page}");
        }
        assert!(lets_in(practice, &passphrase));
    });
}

#[test]
fn s_adm_10_a_wide_role_is_asked_for_by_one_and_confirmed_by_another() {
    on_both(|practice| {
        let (official, manager) = (practice.as_role(Role::SecurityOfficial), practice.as_role(Role::PracticeManager));
        let dana = format!("/people/{}", practice.persona(Role::FrontDesk).account);
        let ask = [("role", "privacy_official"), ("role_reason", "covers for Priya")];
        let _ = official.post(&format!("{dana}/role"), &ask).expect(303);
        let page = official.get(&dana).expect(200).text();
        assert!(page.contains("Until then front desk") && page.contains("You asked for it"), "{page}");
        let _ = official.post(&format!("{dana}/role/confirm"), &[("confirm_reason", "x")]).expect(409);
        assert!(!official.get("/").expect(200).text().contains("A role to confirm"));
        assert!(manager.get("/").expect(200).text().contains("A role to confirm: Dana Whitfield"));
        let page = manager.post(&format!("{dana}/role/confirm"), &[]).expect(422).text();
        assert!(page.contains("Confirm the role") && page.contains("Say why"), "{page}");
        let _ = manager.post(&format!("{dana}/role/confirm"), &[("confirm_reason", "asked Priya")]).expect(303);
        let page = manager.get(&dana).expect(200).text();
        assert!(page.contains("Asked for by Samir Haddad, confirmed by Maya Ortiz"), "{page}");
        assert!(!alerts(practice).contains(ALONE));
    });
}

#[test]
fn s_adm_10_where_nobody_else_can_confirm_one_does_it_and_everybody_sees_it() {
    on_both(|practice| {
        // Of the two who give access only one has ever been here.
        let official = practice.as_role(Role::SecurityOfficial);
        let dana = practice.persona(Role::FrontDesk).account.clone();
        let ask = [("role", "privacy_official"), ("role_reason", "we are five")];
        let _ = official.post(&format!("/people/{dana}/role"), &ask).expect(303);
        let page = official.get(&format!("/people/{dana}")).expect(200).text();
        assert!(page.contains("By Samir Haddad") && page.contains("alone"), "{page}");
        let alerts = alerts(practice);
        assert!(alerts.contains(ALONE), "{alerts}");
        let _ = official.post("/reviews", &[]).expect(303);
        assert!(official.get("/reviews").expect(200).text().contains("Given by one person alone"));
        let item = [("choice", "change_role"), ("role", "security_official"), ("words", "x")];
        let page = official.get("/reviews").expect(200).text();
        let kit = page.split("Kit Nakamura").next().unwrap().rsplit("/reviews/items/").next().unwrap();
        let path = format!("/reviews/items/{}", kit.split('"').next().unwrap());
        let refused = official.post(&path, &item).expect(422).text();
        assert!(refused.contains("This role takes two people"), "no way around by a review: {refused}");
    });
}
