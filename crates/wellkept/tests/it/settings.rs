//! The practice's own setup: from nothing to the first visit that can be booked.

use domain::access::Role;
use testkit::{On, Practice, on_both};

const LOCATION: [(&str, &str); 9] = [
    ("name", "Riverbend"),
    ("zone", "America/Chicago"),
    ("line1", "12 River Rd"),
    ("city", "Moline"),
    ("state", "IL"),
    ("zip", "61265"),
    ("place_of_service", "11"),
    ("mon", "8:00-12:00, 13:00-17:00"),
    ("sat", "9 am - 12 pm"),
];

fn clinician<'a>(npi: &'a str, location: &'a str) -> [(&'a str, &'a str); 6] {
    [
        ("family", "Okafor"),
        ("given", "Ada"),
        ("npi", npi),
        ("taxonomy", "207Q00000X"),
        ("credential", "MD"),
        ("locations", location),
    ]
}

/// The address of the link with these words.
fn link(page: &str, words: &str) -> String {
    let (before, _) = page.split_once(&format!(">{words}</a>")).unwrap_or_else(|| panic!("no link {words} in {page}"));
    let (_, href) = before.rsplit_once("href=\"").unwrap();
    href.split('"').next().unwrap().to_owned()
}

#[test]
fn a_location_and_a_clinician_are_added_and_the_schedule_has_them() {
    on_both(|practice| {
        let manager = practice.as_role(Role::PracticeManager);
        let changes = practice.events_of("practice.changed");
        let _ = manager.post("/settings/locations", &LOCATION).expect(303);
        let page = manager.get("/settings").expect(200).text();
        assert!(page.contains("Moline, IL") && page.contains("Mon, Sat"), "{page}");
        let location = link(&page, "Riverbend");
        let id = location.rsplit('/').next().unwrap();
        let npi = domain::npi::Npi::from_nine("155555555").unwrap();
        let _ = manager.post("/settings/clinicians", &clinician(npi.as_str(), id)).expect(303);
        assert_eq!(practice.events_of("practice.changed"), changes + 2);
        let day = format!("/schedule?date=2026-06-13&location={id}");
        let schedule = practice.as_role(Role::FrontDesk).get(&day).expect(200).text();
        assert!(schedule.contains("Okafor"), "a Saturday at the new location: {schedule}");
        // The same NPI is the same person.
        let again = manager.post("/settings/clinicians", &clinician(npi.as_str(), id)).expect(422).text();
        assert!(again.contains("has this NPI"), "{again}");
    });
}

#[test]
fn a_change_names_the_version_that_it_saw_and_what_is_wrong_is_kept_as_typed() {
    let practice = Practice::new(On::Sqlite);
    let manager = practice.as_role(Role::PracticeManager);
    let _ = manager.post("/settings/locations", &LOCATION).expect(303);
    let here = link(&manager.get("/settings").expect(200).text(), "Riverbend");
    let with = |version: &'static str, mon: &'static str| {
        let mut form: Vec<(&str, &str)> = LOCATION.iter().copied().filter(|(name, _)| *name != "mon").collect();
        form.extend([("version", version), ("mon", mon)]);
        form
    };
    let _ = manager.post(&here, &with("1", "7:30-16:00")).expect(303);
    assert!(manager.get(&here).expect(200).text().contains("value=\"7:30-16:00\""));
    let late = manager.post(&here, &with("1", "6:00-9:00"));
    assert!(!late.status.is_success() && !late.status.is_redirection(), "somebody else's change was lost");
    let wrong = manager.post(&here, &with("2", "nine to five")).expect(422).text();
    assert!(wrong.contains("value=\"nine to five\"") && wrong.contains("not hours of a day"), "{wrong}");
    assert!(manager.get(&here).expect(200).text().contains("value=\"7:30-16:00\""));
}

#[test]
fn the_practice_gets_its_name_and_numbers() {
    let practice = Practice::new(On::Sqlite);
    let manager = practice.as_role(Role::PracticeManager);
    let page = manager.get("/settings/practice").expect(200).text();
    let value = |name: &str| {
        let (_, after) = page.split_once(&format!("name=\"{name}\"")).unwrap();
        let (_, value) = after.split_once("value=\"").unwrap();
        value.split('"').next().unwrap().to_owned()
    };
    let names =
        ["version", "legal_name", "npi", "tax_id", "taxonomy", "line1", "city", "state", "zip", "contact", "phone"];
    let kept: Vec<(&str, String)> = names.into_iter().map(|name| (name, value(name))).collect();
    let form = |name: &'static str, zip: Option<&'static str>| -> Vec<(&str, String)> {
        let kept =
            kept.iter().map(|(n, v)| (*n, if *n == "zip" { zip.map_or(v.clone(), str::to_owned) } else { v.clone() }));
        kept.chain([("name", name.to_owned())]).collect()
    };
    let send = |form: &[(&str, String)]| {
        let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (*n, v.as_str())).collect();
        manager.post("/settings/practice", &form)
    };
    let refused = send(&form("Riverbend Care", Some("45402"))).expect(422).text();
    assert!(refused.contains("nine digits"), "{refused}");
    let _ = send(&form("Riverbend Care", None)).expect(303);
    assert!(manager.get("/").expect(200).text().contains("Riverbend Care"), "the top bar has the new name");
}
