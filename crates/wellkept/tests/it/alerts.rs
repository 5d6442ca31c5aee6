//! Rules over the audit log, from a person's acts to the queue of the officials.

use std::time::Duration;

use app::App;
use app::compliance::ProbeEnv;
use domain::access::Role;
use domain::audit::Act;
use domain::id::PatientId;
use testkit::{Browser, On, Practice, on_both};

/// People who make the practice large enough.
const GIVEN: [&str; 21] = [
    "Ada", "Bruno", "Cleo", "Dario", "Edda", "Falk", "Greta", "Hugo", "Ines", "Jonas", "Kaia", "Lasse", "Mila", "Nils",
    "Olga", "Pavel", "Quinn", "Rosa", "Sven", "Tilda", "Ulf",
];
const WORDS: &str = "Asked Dana, who prepared the recalls of June";

/// Waits until all that was recorded has its place: on PostgreSQL a sequencer gives it within milliseconds.
pub(crate) fn numbered(app: &App) {
    let newest = app.store.record(app.system_event(Act::ServerStarted, "test")).unwrap();
    let placed = || app.store.read("place", |tx| store::audit::place(tx, newest.event())).unwrap().is_some();
    for _ in 0..500 {
        if placed() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("the sequencer does not number events");
}

/// Looks until the rules have seen the whole log; how many alerts they opened.
fn look(app: &App) -> usize {
    numbered(app);
    let mut opened = 0;
    loop {
        let looked = app.look_for_alerts().unwrap();
        opened += looked.alerts;
        if !looked.more {
            return opened;
        }
    }
}

fn rename(practice: &Practice, patient: &PatientId, family: &str, given: &str) {
    let (patient, family, given) = (patient.clone(), family.to_owned(), given.to_owned());
    let change = move |tx: &mut store::Tx| {
        let text = store::sql!("UPDATE patient SET family_key = $2, given_key = $3 WHERE id = $1");
        tx.execute(text, store::params![patient, family, given])
    };
    practice.app.store.write("rename", change).unwrap();
}

/// Somebody at the desk opens the record of a patient who has the same name, and the rules see it. The alert's address.
fn namesake(practice: &Practice) -> (String, domain::patient::Patient) {
    let patient = practice.patients()[0].clone();
    rename(practice, &patient.id, "whitfield", "dana");
    let _ = practice.as_role(Role::FrontDesk).get(&format!("/patients/{}", patient.id)).expect(200);
    assert_eq!(look(&practice.app), 1);
    (practice.fill("/alerts/{id}").unwrap(), patient)
}

fn close(browser: &Browser<'_>, path: &str, finding: &str, words: &str) -> u16 {
    browser.post(path, &[("finding", finding), ("words", words)]).status.as_u16()
}

#[test]
fn s_aud_05_what_a_person_does_fires_a_rule_and_waits_for_an_official() {
    on_both(|practice| {
        assert_eq!(look(&practice.app), 0, "nothing that the practice did until now is strange");
        for role in [Role::SecurityOfficial, Role::PrivacyOfficial] {
            let browser = practice.as_role(role);
            assert!(browser.get("/alerts").expect(200).text().contains("Nothing waits for you"));
            assert!(!browser.get("/").expect(200).text().contains("Alerts to look into"));
        }
        let (path, patient) = namesake(practice);
        assert_eq!(practice.events_of("alert.opened"), 1);
        let desk = practice.as_role(Role::FrontDesk);
        let _ = desk.get(&format!("/patients/{}", patient.id)).expect(200);
        assert_eq!(look(&practice.app), 0, "the same of the same is said once a week");

        let official = practice.as_role(Role::PrivacyOfficial);
        let home = official.get("/").expect(200).text();
        assert!(home.contains("Alerts to look into: 1") && home.contains("1<span class=\"vh\"> need"), "{home}");
        let about = practice.events_about(&patient.id);
        let list = official.get("/alerts").expect(200).text();
        let sentence = format!("Dana Whitfield opened the record of {}, whose name is the same", patient.name);
        assert!(list.contains(&sentence) && list.contains(&format!("href=\"{path}\"")), "{list}");
        let page = official.get(&path).expect(200).text();
        assert!(page.contains(&sentence) && page.contains(&format!("viewed {}", patient.name)), "{page}");
        assert_eq!(practice.events_about(&patient.id), about + 2, "each look is on the patient's record");
        let link = page.split("/audit?before=").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        let log = official.get(&format!("/audit?before={link}")).expect(200).text();
        let first = log.split("<tbody>").nth(1).and_then(|rest| rest.split("</tr>").next()).unwrap();
        assert!(first.contains("viewed"), "an event leads to its entry: {first}");

        // Words are needed, and a finding; then it is closed, once, with its event.
        for (finding, words) in [("", WORDS), ("no_problem", ""), ("no_problem", "fine"), ("nothing", WORDS)] {
            assert_eq!(close(&official, &path, finding, words), 422, "{finding} {words}");
        }
        assert_eq!(practice.events_of("alert.closed"), 0);
        assert_eq!(close(&official, &path, "breach", WORDS), 303);
        assert_eq!(close(&official, &path, "breach", WORDS), 409);
        assert_eq!(practice.events_of("alert.closed"), 1);
        let list = official.get("/alerts").expect(200).text();
        assert!(list.contains("Nothing waits") && list.contains("Policy breach") && list.contains(WORDS), "{list}");
        assert!(!official.get("/").expect(200).text().contains("Alerts to look into"));
    });
}

#[test]
fn s_adm_03_an_alert_names_the_patient_only_to_who_may_find_the_patient() {
    on_both(|practice| {
        let (path, patient) = namesake(practice);
        let security = practice.as_role(Role::SecurityOfficial);
        for page in ["/alerts", &path] {
            let text = security.get(page).expect(200).text();
            assert!(text.contains("opened the record of a patient"), "{text}");
            assert!(!text.contains(&patient.name.to_string()) && !text.contains(&patient.name.sorted()), "{text}");
        }
        // A record that names the privacy official as denied is not named to the privacy official.
        let official = practice.as_role(Role::PrivacyOfficial);
        assert!(official.get("/alerts").expect(200).text().contains(&patient.name.to_string()));
        let me = practice.persona(Role::PrivacyOfficial).account.to_string();
        crate::disclosure::close(practice, patient.id.as_str(), true, &me);
        for page in ["/alerts", &path] {
            let text = official.get(page).expect(200).text();
            assert!(text.contains("opened the record of a patient"), "{text}");
            assert!(!text.contains(&patient.name.to_string()) && !text.contains(&patient.name.sorted()), "{text}");
        }
        for role in Role::ALL {
            let may = matches!(role, Role::SecurityOfficial | Role::PrivacyOfficial);
            let browser = practice.as_role(*role);
            for page in ["/alerts", &path] {
                assert_eq!(browser.get(page).status.as_u16(), if may { 200 } else { 403 }, "{role} {page}");
            }
            if !may {
                assert_eq!(close(&browser, &path, "no_problem", WORDS), 403, "{role}");
            }
        }
        assert_eq!(practice.events_of("alert.closed"), 0);
    });
}

#[test]
fn s_tec_14_nobody_closes_an_alert_about_themself() {
    on_both(|practice| {
        // The privacy official opens the record of a namesake.
        let patient = practice.patients()[0].clone();
        rename(practice, &patient.id, "shah", "priya");
        let official = practice.as_role(Role::PrivacyOfficial);
        let _ = official.get(&format!("/patients/{}", patient.id)).expect(200);
        assert_eq!(look(&practice.app), 1);
        let path = practice.fill("/alerts/{id}").unwrap();
        let page = official.get(&path).expect(200).text();
        assert!(page.contains("about you") && !page.contains("Close the alert"), "{page}");
        assert_eq!(close(&official, &path, "no_problem", WORDS), 403);
        assert_eq!(close(&practice.as_role(Role::SecurityOfficial), &path, "no_problem", WORDS), 303);
    });
}

#[test]
fn s_tec_14_reading_one_record_after_the_other_is_noticed_and_a_late_look_is_marked() {
    on_both(|practice| {
        let desk = practice.as_role(Role::FrontDesk);
        for (given, year) in GIVEN.iter().zip(1950..) {
            let born = format!("6/9/{year}");
            let form = [("family", "Quetzal"), ("given", given), ("birth_date", &born), ("sex", "F")];
            let _ = desk.post("/patients", &form).expect(303);
        }
        let patients = practice.patients();
        assert!(patients.len() >= 61, "{}", patients.len());
        let see = |n: usize| drop(desk.get(&format!("/patients/{}", patients[n].id)).expect(200));
        (0..30).for_each(see);
        look(&practice.app);
        (30..60).for_each(see);
        let before = look(&practice.app);
        see(60);
        assert_eq!(
            (before, look(&practice.app)),
            (0, 1),
            "the look before this one is remembered, and sixty are not too many"
        );
        let official = practice.as_role(Role::SecurityOfficial);
        let path = practice.fill("/alerts/{id}").unwrap();
        let page = official.get(&path).expect(200).text();
        assert!(page.contains("Dana Whitfield opened the records of 61 patients within an hour"), "{page}");
        practice.clock.pass(86_400);
        let home = practice.as_role(Role::SecurityOfficial).get("/").expect(200).text();
        assert!(home.contains("1 overdue"), "{home}");
    });
}

#[test]
fn s_tec_14_a_look_that_cannot_be_recorded_is_made_again_and_two_looks_at_once_are_one() {
    on_both(|practice| {
        let patient = practice.patients()[0].clone();
        look(&practice.app);
        rename(practice, &patient.id, "whitfield", "dana");
        let _ = practice.as_role(Role::FrontDesk).get(&format!("/patients/{}", patient.id)).expect(200);
        numbered(&practice.app);
        practice.cannot_write(|| assert!(practice.app.look_for_alerts().is_err()));
        assert!(practice.fill("/alerts/{id}").is_none(), "nothing was kept by halves");
        let opened: usize = std::thread::scope(|scope| {
            let app = &*practice.app;
            let looks: Vec<_> = (0..4).map(|_| scope.spawn(|| look(app))).collect();
            looks.into_iter().map(|look| look.join().unwrap()).sum()
        });
        assert_eq!((opened, practice.events_of("alert.opened")), (1, 1));
    });
}

#[test]
fn s_tec_14_the_systems_own_checks_fire_nothing_and_a_person_at_their_record_does() {
    let practice = Practice::new(On::Sqlite);
    practice.app.run_probes(&ProbeEnv::default()).unwrap();
    let _ = practice.as_role(Role::SecurityOfficial).get("/audit").expect(200);
    assert_eq!(look(&practice.app), 0);
    let decoy = practice.app.store.read("decoy", |tx| store::evidence::canary(tx, "patient")).unwrap().unwrap();
    let _ = practice.as_role(Role::FrontDesk).get(&format!("/patients/{decoy}"));
    assert_eq!(look(&practice.app), 1);
    let list = practice.as_role(Role::SecurityOfficial).get("/alerts").expect(200).text();
    assert!(list.contains("got at a record that no work leads to"), "{list}");
}
