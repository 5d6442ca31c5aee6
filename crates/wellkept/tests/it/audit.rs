//! The audit log's page, by who reads it.

use domain::access::Role;
use testkit::on_both;

use crate::disclosure::close;

#[test]
fn s_adm_03_the_log_names_patients_only_to_who_may_find_them() {
    on_both(|practice| {
        let desk = practice.as_role(Role::FrontDesk);
        let form =
            [("family", "Quetzal-Ibarra"), ("given", "Nadia"), ("birth_date", "6/9/1984"), ("sex", "F"), ("phone", "")];
        let id = desk.post("/patients", &form).expect(303).patient();
        let _ = practice.as_role(Role::Clinician).get(&format!("/patients/{id}")).expect(200);
        let log = format!("/audit?patient={id}");
        for role in [Role::PrivacyOfficial, Role::PracticeManager] {
            let before = practice.events_about(&id);
            let page = practice.as_role(role).get(&log).expect(200).text();
            assert!(page.contains("viewed Nadia Quetzal-Ibarra") && page.contains("6/9/1984"), "{role}: {page}");
            assert_eq!(practice.events_about(&id), before + 1, "{role}: the look at the log is a look at the patient");
        }
        for role in [Role::SecurityOfficial, Role::Auditor] {
            let page = practice.as_role(role).get(&log).expect(200).text();
            assert!(page.contains("viewed a patient") && !page.contains("Quetzal"), "{role}: {page}");
        }
    });
}

#[test]
fn an_attempt_on_a_closed_chart_shows_with_the_chart() {
    on_both(|practice| {
        let desk = practice.as_role(Role::FrontDesk);
        let form =
            [("family", "Quetzal-Ibarra"), ("given", "Nadia"), ("birth_date", "6/9/1984"), ("sex", "F"), ("phone", "")];
        let id = desk.post("/patients", &form).expect(303).patient();
        let me = practice.persona(Role::FrontDesk).account.to_string();
        close(practice, id.as_str(), false, &me);
        let before = practice.events_about(&id);
        let _ = desk.get(&format!("/patients/{id}")).expect(403);
        let _ = desk.post(&format!("/patients/{id}"), &[&form[..], &[("version", "1")]].concat()).expect(403);
        assert_eq!(practice.events_about(&id), before + 2, "a look and a change");
        let log = format!("/audit?act=access.denied&patient={id}");
        let page = practice.as_role(Role::PrivacyOfficial).get(&log).expect(200).text();
        assert!(page.contains("was not allowed to view a patient, Nadia Quetzal-Ibarra"), "{page}");
        for role in [Role::SecurityOfficial, Role::Auditor] {
            let page = practice.as_role(role).get(&log).expect(200).text();
            assert!(page.contains("was not allowed to view a patient") && !page.contains("Quetzal"), "{role}: {page}");
        }
    });
}
