//! The measures that officials follow, and what was improved because of them.

use domain::access::Role;
use testkit::on_both;

const IMPROVED: &str = "Payroll now calls on the last day, before it heard of it a day late";

#[test]
fn s_aud_06_the_time_to_revoke_leads_to_its_events_and_to_what_was_improved() {
    on_both(|practice| {
        let manager = practice.as_role(Role::PracticeManager);
        let before = manager.get("/readiness/measures").expect(200).text();
        assert!(before.contains("nobody left") && !before.contains("Beatriz"), "{before}");
        let biller = practice.as_role(Role::Biller);
        let _ = biller.get("/claims").expect(200);
        let bea = &practice.persona(Role::Biller).account;
        let form = [("end_reason", "resigned"), ("end_date", "6/9/2026"), ("end_time", "8:00 AM")];
        let _ = manager.post(&format!("/people/{bea}/end-access"), &form).expect(303);
        let page = manager.get("/readiness/measures").expect(200).text();
        assert!(page.contains("2026 Q2 0 of 1. ") && page.contains("Beatriz Lindqvist"), "{page}");
        let row = page.split("Beatriz Lindqvist").nth(1).unwrap().split("</tr>").next().unwrap();
        assert!(
            row.contains("<span class=\"tag bad\">1 h "),
            "access outlasted employment by more than an hour: {row}"
        );
        let links: Vec<&str> = row.split("/audit?before=").skip(1).map(|l| l.split('"').next().unwrap()).collect();
        let wanted = ["ended somebody", "viewed claims", "was refused after access had ended"];
        assert_eq!(links.len(), wanted.len(), "{row}");
        for (link, words) in links.iter().zip(wanted) {
            let log = manager.get(&format!("/audit?before={link}")).expect(200).text();
            let first = log.split("<tbody>").nth(1).unwrap().split("</tr>").next().unwrap();
            assert!(first.contains(words), "{words} is not in {first}");
        }

        let short = [("measure", "time_to_revoke"), ("time_to_revoke", "better")];
        let asked = manager.post("/readiness/measures", &short).expect(422).text();
        assert!(asked.contains("at least 20 characters") && asked.contains(">\nbetter</textarea>"), "{asked}");
        let note = [("measure", "time_to_revoke"), ("time_to_revoke", IMPROVED)];
        let auditor = practice.as_role(Role::Auditor);
        let _ = auditor.post("/readiness/measures", &note).expect(403);
        let events = practice.events_of("evidence.added");
        let _ = manager.post("/readiness/measures", &note).expect(303);
        assert_eq!(practice.events_of("evidence.added"), events + 1);
        for path in ["/readiness/measures", "/readiness/measures/print"] {
            let page = auditor.get(path).expect(200).text();
            assert!(page.contains(IMPROVED) && page.contains("Maya Ortiz, "), "{page}");
            assert!(!page.contains("<textarea"), "the auditor reads");
        }
    });
}

#[test]
fn s_aud_08_failed_sign_ins_are_followed_week_by_week() {
    on_both(|practice| {
        // The week in which the log began is not whole: to the next Monday.
        practice.clock.pass(6 * 86_400);
        for _ in 0..3 {
            let _ = practice.anonymous().post("/sign-in", &[("login", "dana"), ("password", "wrong")]);
        }
        practice.clock.pass(7 * 86_400);
        let official = practice.as_role(Role::SecurityOfficial);
        let note = [("measure", "failed_sign_ins"), ("failed_sign_ins", "The desk got passkeys, so nobody mistypes")];
        let _ = official.post("/readiness/measures", &note).expect(303);
        let page = official.get("/readiness/measures").expect(200).text();
        let week = page.split("datetime=\"2026-06-15\"").nth(1).unwrap().split("</tr>").next().unwrap();
        assert!(week.contains("data-role=\"Failed\">3</td>"), "three in the week of June 15: {week}");
        assert!(page.contains("so nobody mistypes") && page.contains("Failed sign-ins by week, at most"), "{page}");
    });
}
