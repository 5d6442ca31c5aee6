//! From the appointment to its charges: who was seen waits to be charged, once.

use domain::access::Role;
use testkit::{Browser, Practice, on_both};

/// Books a patient with the clinician who has an account, far enough ahead that the time is free, and returns where the visit is.
fn book(practice: &Practice, desk: &Browser<'_>) -> String {
    let clinician = practice.persona(Role::Clinician).account.clone();
    let providers = practice.app.store.read("providers", store::directory::all::<domain::place::Provider>).unwrap();
    let own = providers.into_iter().find(|p| p.value.account.as_ref() == Some(&clinician)).unwrap().value;
    let patient = practice.patients().first().unwrap().id.clone();
    let day = practice.today.saturating_add(jiff::Span::new().days(40)).to_string();
    let place = own.locations.first().unwrap().to_string();
    let form = [
        ("patient", patient.as_str()),
        ("provider", own.id.as_str()),
        ("location", &place),
        ("date", &day),
        ("time", "10:00"),
        ("kind", "follow_up"),
    ];
    desk.post("/schedule/book", &form).expect(303).location().to_owned()
}

fn step(who: &Browser<'_>, visit: &str, version: &str, step: &str) {
    let answer = who.post(&format!("{visit}/step"), &[("step", step), ("version", version)]).expect(303);
    assert_eq!(answer.location(), visit);
}

/// How many visits are on the books with no charges yet, as Today tells the clinician.
fn waiting(clinician: &Browser<'_>) -> u32 {
    let page = clinician.get("/").expect(200).text();
    let (_, after) = page.split_once("/charges?stage=empty\">").unwrap();
    after.split_once('<').unwrap().0.parse().unwrap()
}

#[test]
fn who_was_seen_waits_for_charges_and_has_one_visit_on_the_books() {
    on_both(|practice| {
        let (desk, clinician) = (practice.as_role(Role::FrontDesk), practice.as_role(Role::Clinician));
        let visit = book(practice, &desk);
        let before = waiting(&clinician);
        let early = clinician.post(&format!("{visit}/charges"), &[]).expect(409).text();
        assert!(early.contains("from the room on"), "{early}");
        step(&desk, &visit, "1", "arrive");
        step(&desk, &visit, "2", "room");
        assert_eq!(waiting(&clinician), before);
        let page = clinician.get(&visit).expect(200).text();
        assert!(page.contains("Record charges"), "{page}");
        assert!(!desk.get(&visit).text().contains("harges"), "the front desk sees no charges");

        let charges = clinician.post(&format!("{visit}/charges"), &[]).expect(303).location().to_owned();
        assert_eq!(waiting(&clinician), before + 1);
        step(&clinician, &visit, "3", "see");
        step(&desk, &visit, "4", "check_out");
        let form = [("date", "2026-07-30"), ("time", "9:00"), ("version", "5")];
        let moved = desk.post(&format!("{visit}/move"), &form).expect(422).text();
        assert!(moved.contains("has begun"), "its day is the day of service: {moved}");
        let again = clinician.post(&format!("{visit}/charges"), &[]).expect(303).location().to_owned();
        assert_eq!((again, waiting(&clinician)), (charges.clone(), before + 1), "no second one");
        let page = clinician.get(&charges).expect(200).text();
        assert!(page.contains("Ruth") || page.contains("Amaya"), "by the one who was booked: {page}");
    });
}

#[test]
fn checking_out_puts_the_visit_on_the_books_without_the_clinician() {
    on_both(|practice| {
        let (desk, clinician) = (practice.as_role(Role::FrontDesk), practice.as_role(Role::Clinician));
        let visit = book(practice, &desk);
        let before = waiting(&clinician);
        for (version, name) in [("1", "arrive"), ("2", "room"), ("3", "see")] {
            step(&desk, &visit, version, name);
        }
        assert_eq!(waiting(&clinician), before + 1);
        let history = clinician.get(&visit).expect(200).text();
        assert!(history.contains("Dana Whitfield, front desk"), "{history}");
    });
}

#[test]
fn s_tec_03_a_taken_time_is_for_those_whom_the_policy_names() {
    on_both(|practice| {
        let (desk, manager) = (practice.as_role(Role::FrontDesk), practice.as_role(Role::PracticeManager));
        let visit = book(practice, &desk);
        let page = desk.get(&visit).text();
        let (_, id) = page.split_once("/patients/").unwrap();
        let patient = id.get(..36).unwrap();
        let providers = practice.app.store.read("providers", store::directory::all::<domain::place::Provider>).unwrap();
        let own = providers.iter().find(|p| p.value.account.is_some()).unwrap().value.clone();
        let elsewhere = providers.iter().find(|p| p.value.locations != own.locations).unwrap().value.id.to_string();
        let (day, place) = (
            practice.today.saturating_add(jiff::Span::new().days(40)).to_string(),
            own.locations.first().unwrap().to_string(),
        );
        let form = |provider: &str, reason: &str| {
            [
                ("patient", patient),
                ("provider", provider),
                ("location", &place),
                ("date", &day),
                ("time", "10:00"),
                ("kind", "follow_up"),
                ("overbook_reason", reason),
            ]
            .map(|(n, v)| (n.to_owned(), v.to_owned()))
        };
        let post = |who: &Browser<'_>, form: &[(String, String)]| {
            let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            who.post("/schedule/book", &form)
        };
        let own = own.id.to_string();
        let taken = post(&desk, &form(&own, "")).expect(422).text();
        assert!(taken.contains("ask a clinician or practice manager"), "{taken}");
        let before = practice.events_of("access.denied");
        let refused = post(&desk, &form(&own, "urgent")).expect(422).text();
        assert!(
            refused.contains("does not book over a taken time") && !refused.contains("overbook_reason"),
            "{refused}"
        );
        assert_eq!(practice.events_of("access.denied"), before + 1, "the attempt is on record");
        let offered = post(&manager, &form(&own, "")).expect(422).text();
        assert!(offered.contains("give a reason") && offered.contains("overbook_reason"), "{offered}");
        let _ = post(&manager, &form(&own, "urgent")).expect(303);
        let nowhere = post(&manager, &form(&elsewhere, "urgent")).expect(422).text();
        assert!(nowhere.contains("does not see patients at"), "{nowhere}");
    });
}
