//! A patient at the front desk: registered, found, opened, changed; and everybody who looked.

use domain::access::Role;
use testkit::{On, Practice, on_both};
use web::routes;

const NADIA: [(&str, &str); 5] = [
    ("family", "Quetzal-Ibarra"),
    ("given", "Nadia"),
    ("birth_date", "6/9/1984"),
    ("sex", "F"),
    ("phone", "937-555-0142"),
];

fn with<'a>(form: &[(&'a str, &'a str)], more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = form.iter().filter(|(name, _)| more.iter().all(|(other, _)| other != name));
    kept.chain(more).copied().collect()
}

#[test]
fn no_address_holds_the_name_that_somebody_looks_for() {
    let practice = Practice::new(On::Sqlite);
    let id = practice.as_role(Role::FrontDesk).post("/patients", &NADIA).expect(303).patient();
    let asked = |to: &'static str| [("to", to), ("q", "Quetzal"), ("date", "2026-06-10"), ("time", "\"><")];
    let pages =
        [("/patients", Role::FrontDesk), ("/charges/new", Role::Clinician), ("/schedule/book", Role::FrontDesk)];
    for (to, role) in pages {
        let desk = practice.as_role(role);
        let page = desk.get(to).expect(200).text();
        assert!(page.contains("action=\"/find/words\"") && !page.contains("method=\"get\" action"), "{to}: {page}");
        let address = desk.post("/find/words", &asked(to)).expect(303).location().to_owned();
        assert!(address.starts_with(&format!("{to}?w=")) && address.ends_with("&date=2026-06-10"), "{address}");
        assert!(!address.to_lowercase().contains("quetzal") && !address.contains(&hex::encode("Quetzal")), "{address}");
        let page = desk.get(&address).expect(200).text();
        assert!(page.contains(id.as_str()) && page.contains("value=\"Quetzal\""), "it goes on with the words: {page}");
        // Whoever finds the address in the browser learns nothing from it.
        let other = practice.as_role(Role::PracticeManager).get(&address).expect(200).text();
        assert!(!other.contains("value=\"Quetzal\""), "{other}");
    }
    let desk = practice.as_role(Role::FrontDesk);
    assert_eq!(desk.post("/find/words", &asked("//evil.test")).status.as_u16(), 400);
}

#[test]
fn the_front_desk_registers_finds_opens_and_changes_a_patient() {
    on_both(|practice| {
        let desk = practice.as_role(Role::FrontDesk);
        let id = desk.post("/patients", &NADIA).expect(303).patient();
        for question in ["quetzal", "6/9/1984", "9375550142"] {
            let found = desk.get(&format!("/patients?q={question}")).expect(200).text();
            assert!(found.contains(id.as_str()) && found.contains("Quetzal-Ibarra"), "{question}: {found}");
        }
        let chart = format!("/patients/{id}");
        assert!(desk.get(&chart).expect(200).text().contains("Nadia Quetzal-Ibarra"));
        let form = desk.get(&format!("{chart}/edit")).expect(200).text();
        assert!(form.contains(r#"name="version" value="1""#), "{form}");

        let married = with(&NADIA, &[("family", "Ibarra"), ("version", "1")]);
        let answer = desk.post(&chart, &married).expect(303);
        assert_eq!(answer.location(), chart);
        assert!(desk.get(&chart).text().contains("Nadia Ibarra"));

        // Somebody else still has the old form open.
        let stale = with(&NADIA, &[("given", "Nadja"), ("version", "1")]);
        let answer = desk.post(&chart, &stale).expect(409).text();
        assert!(answer.contains("changed by somebody else"), "{answer}");
        let text = desk.get(&chart).text();
        assert!(text.contains("Nadia Ibarra") && !text.contains("Nadja"), "{text}");
    });
}

#[test]
fn a_child_with_a_new_telephone_keeps_those_who_speak_for_it() {
    let practice = Practice::new(On::Sqlite);
    let child = practice.patients().into_iter().find(|p| !p.guardians.is_empty()).unwrap();
    let (desk, chart) = (practice.as_role(Role::FrontDesk), format!("/patients/{}", child.id));
    let page = desk.get(&format!("{chart}/edit")).expect(200).text();
    assert!(page.contains(r#"name="version" value="1""#), "{page}");
    let born = child.birth_date.strftime("%-m/%-d/%Y").to_string();
    let form = [
        ("family", child.name.family.as_str()),
        ("given", child.name.given.as_str()),
        ("birth_date", &born),
        ("sex", child.sex.as_str()),
        ("phone", "937-555-0199"),
        ("version", "1"),
    ];
    assert_eq!(desk.post(&chart, &form).expect(303).location(), chart);
    let now = practice.patients().into_iter().find(|p| p.id == child.id).unwrap();
    assert_ne!(now.phone, child.phone);
    assert_eq!(now.guardians, child.guardians);
}

#[test]
fn somebody_who_may_be_known_is_shown_before_a_second_record_is_made() {
    on_both(|practice| {
        let desk = practice.as_role(Role::FrontDesk);
        let id = desk.post("/patients", &NADIA).expect(303).patient();
        let people = practice.patients().len();
        let again = desk.post("/patients", &NADIA).expect(422).text();
        assert!(again.contains("Is it one of these?") && again.contains(id.as_str()), "{again}");
        assert!(again.contains(r#"value="937-555-0142""#), "what was typed is kept: {again}");
        assert_eq!(practice.patients().len(), people);
        let other = desk.post("/patients", &with(&NADIA, &[("sure", "yes")])).expect(303).patient();
        assert_ne!(other, id);
        assert_eq!(practice.patients().len(), people + 1);
    });
}

#[test]
fn s_tec_12_everybody_who_looked_can_be_told() {
    on_both(|practice| {
        let desk = practice.as_role(Role::FrontDesk);
        let id = desk.post("/patients", &NADIA).expect(303).patient();
        let chart = format!("/patients/{id}");
        let before = practice.events_about(&id);
        for role in [Role::FrontDesk, Role::Biller, Role::Clinician] {
            let _ = practice.as_role(role).get(&chart).expect(200);
        }
        assert_eq!(practice.events_about(&id), before + 3);
        refused(practice, &chart);
        assert_eq!(practice.events_about(&id), before + 3, "who was refused has not looked");
        if routes().any(|r| r.path == "/audit") {
            let page = practice.as_role(Role::PrivacyOfficial).get(&format!("/audit?patient={id}")).expect(200).text();
            for role in [Role::FrontDesk, Role::Biller, Role::Clinician] {
                let given = practice.persona(role).name.split(' ').next().unwrap();
                assert!(page.contains(given), "{role}: {page}");
            }
        }
    });
}

fn refused(practice: &Practice, chart: &str) {
    let before = practice.events_of("access.denied");
    let answer = practice.as_role(Role::SystemAdministrator).get(chart).expect(403).text();
    assert!(!answer.contains("Quetzal"), "{answer}");
    assert_eq!(practice.events_of("access.denied"), before + 1, "the attempt is on record");
}

#[test]
fn a_coverage_is_added_later_and_ends() {
    on_both(|practice| {
        let desk = practice.as_role(Role::FrontDesk);
        let id = desk.post("/patients", &NADIA).expect(303).patient();
        let (chart, path) = (format!("/patients/{id}"), format!("/patients/{id}/coverage"));
        assert!(desk.get(&chart).text().contains("No coverage"));
        let payers = practice.app.payers().unwrap();
        let payer = payers.first().unwrap();
        let card = [("payer", payer.id.as_str()), ("member_id", "XQ 55-501"), ("from", "1/1/2026")];
        let refused = desk.post(&path, &with(&card, &[("member_id", "!")])).expect(422).text();
        assert!(refused.contains(r#"value="!""#) && refused.contains(r#"value="1/1/2026""#), "{refused}");
        assert_eq!(desk.post(&path, &card).expect(303).location(), chart);
        let page = desk.get(&chart).expect(200).text();
        assert!(page.contains("XQ55501") && page.contains("In force"), "{page}");

        let (_, rest) = page.split_once("?coverage=").unwrap();
        let coverage = rest.get(..36).unwrap();
        let form = desk.get(&format!("{path}?coverage={coverage}")).expect(200).text();
        assert!(form.contains(r#"value="XQ55501""#) && form.contains(r#"name="version" value="1""#), "{form}");
        let over = with(&card, &[("coverage", coverage), ("version", "1"), ("to", "3/31/2026")]);
        let _ = desk.post(&path, &over).expect(303);
        assert!(desk.get(&chart).text().contains("Not in force"));
        let _ = desk.post(&path, &over).expect(409);
        let other = desk.post("/patients", &with(&NADIA, &[("sure", "yes")])).expect(303).patient();
        let _ = desk.post(&format!("/patients/{other}/coverage"), &over).expect(404);
        let _ = practice.as_role(Role::Biller).post(&path, &card).expect(403);
    });
}
