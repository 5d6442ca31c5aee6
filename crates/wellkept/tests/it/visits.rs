//! A visit on the books, for tests that need one.

use domain::access::Role;
use domain::id::PatientId;
use domain::place::Provider;
use domain::schedule::VisitKind;
use testkit::Practice;

/// Books the first patient into the first free hour of today, the way the front desk does, and returns who it is.
pub(crate) fn book_today(practice: &Practice) -> PatientId {
    let patient = practice.patients().first().unwrap().id.clone();
    let providers = practice.app.store.read("providers", store::directory::all::<Provider>).unwrap();
    let desk = practice.as_role(Role::FrontDesk);
    let day = practice.today.to_string();
    let kind = VisitKind::ALL.first().unwrap().as_str();
    for provider in &providers {
        for time in ["10:00", "11:00", "13:30", "14:30", "15:30"] {
            let form = [
                ("patient", patient.as_str()),
                ("provider", provider.value.id.as_str()),
                ("date", &day),
                ("time", time),
                ("kind", kind),
                ("minutes", "15"),
            ];
            let answer = desk.post("/schedule/book", &form);
            if answer.status == 303 {
                return patient;
            }
        }
    }
    panic!("no hour is free on {day}")
}
