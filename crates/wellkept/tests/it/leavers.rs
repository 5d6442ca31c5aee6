//! Somebody leaves: the next request of every credential is refused, and the figure says how soon.

use app::account::NewAccount;
use domain::access::Role;
use domain::client::ApiScope;
use domain::id::AccountId;
use http::Method;
use testkit::{Answer, Browser, Practice, on_both};

fn end(official: &Browser<'_>, who: &AccountId, more: &[(&str, &str)]) -> Answer {
    let form = [&[("end_reason", "resigned"), ("end_date", "6/9/2026"), ("end_time", "8:00 AM")], more].concat();
    official.post(&format!("/people/{who}/end-access"), &form)
}

/// Another security official, so that the first one may go.
pub(crate) fn second_official(practice: &Practice) {
    let new = NewAccount { login: "nora".into(), name: "Nora Quist".into(), role: "security_official".into() };
    practice.app.create_account_by_system("test", &new, false).unwrap();
}

fn opens(browser: &Browser<'_>) -> bool {
    let answer = browser.get("/me");
    assert!(answer.status.as_u16() == 200 || answer.location() == "/sign-in", "{}", answer.status);
    answer.status.as_u16() == 200
}

#[test]
fn s_adm_11_every_credential_of_a_leaver_is_refused_with_the_next_request() {
    on_both(|practice| {
        let manager = practice.as_role(Role::PracticeManager);
        let (one, two) = (practice.as_role(Role::SecurityOfficial), practice.as_role(Role::SecurityOfficial));
        let caller = practice.register(&[ApiScope::ScheduleRead], "own_program");
        let token = caller.token("before", "schedule.read");
        let program = || practice.call(Method::GET, "/api/schedule", Some(&token), None).status.as_u16();
        assert!(opens(&one) && opens(&two));
        assert_eq!(program(), 200);
        let sam = &practice.persona(Role::SecurityOfficial).account;
        let last = end(&manager, sam, &[]).expect(409).text();
        assert!(last.contains("the last security official") && opens(&one), "{last}");
        second_official(practice);
        let _ = end(&manager, sam, &[]).expect(303);
        assert!(!opens(&one) && !opens(&two));
        assert_eq!(program(), 403, "the token of a client that the leaver answers for");
        let assertion = caller.signer.sign(&caller.claims("after"));
        let _ = practice.ask_token(&assertion, "schedule.read").expect(400);
        let page = manager.get(&format!("/people/{sam}")).expect(200).text();
        for words in
            ["Time to revoke", "from the act to the first refusal", "3 sessions and 1 API token ended", "Clearing desk"]
        {
            assert!(page.contains(words), "{words} is not on {page}");
        }
        let people = manager.get("/people").expect(200).text();
        assert!(people.contains("Outlasted it by") && people.contains("<span class=\"tag bad\">1 h "), "{people}");
    });
}

#[test]
fn s_adm_11_the_figure_drills_to_its_events() {
    on_both(|practice| {
        let manager = practice.as_role(Role::PracticeManager);
        let biller = practice.as_role(Role::Biller);
        let _ = biller.get("/claims").expect(200);
        let bea = &practice.persona(Role::Biller).account;
        let _ = end(&manager, bea, &[]).expect(303);
        let page = manager.get(&format!("/people/{bea}")).expect(200).text();
        let links: Vec<&str> =
            page.split("href=\"/audit?before=").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        assert_eq!(links.len(), 3, "accepted, ended, refused: {page}");
        let wanted =
            ["viewed claims", "ended somebody", "The server (access check) was refused after access had ended"];
        for (link, words) in links.iter().zip(wanted) {
            let log = manager.get(&format!("/audit?before={link}")).expect(200).text();
            let first = log.split("<tbody>").nth(1).unwrap().split("</tr>").next().unwrap();
            assert!(first.contains(words), "{words} is not in {first}");
        }
        assert_eq!(practice.events_of("account.access_refused"), 1);
        assert!(!opens(&biller) && !opens(&biller));
        assert_eq!(practice.events_of("account.access_refused"), 2);
    });
}

#[test]
fn s_adm_10_what_a_leaver_leaves_open_is_listed() {
    on_both(|practice| {
        let manager = practice.as_role(Role::PracticeManager);
        crate::visits::book_today(practice);
        let ruth = &practice.persona(Role::Clinician).account;
        let before = manager.get(&format!("/people/{ruth}")).expect(200).text();
        assert!(!before.contains("To hand over"), "somebody who works here hands nothing over");
        let _ = end(&manager, ruth, &[]).expect(303);
        let page = manager.get(&format!("/people/{ruth}")).expect(200).text();
        assert!(page.contains("To hand over") && page.contains("booked visits</a>"), "{page}");
        assert!(page.contains("/schedule?date="), "the manager may open the day");
        let admin = practice.as_role(Role::SystemAdministrator).get(&format!("/people/{ruth}")).expect(200).text();
        assert!(admin.contains("booked visits") && !admin.contains("/schedule?date="), "{admin}");
    });
}

#[test]
fn what_was_typed_stays_when_a_reason_is_missing() {
    on_both(|practice| {
        let manager = practice.as_role(Role::PracticeManager);
        let bea = &practice.persona(Role::Biller).account;
        let form =
            [("end_reason", ""), ("end_date", "6/31/2026"), ("end_time", "8:00"), ("end_note", "met on \"Monday\"")];
        let page = manager.post(&format!("/people/{bea}/end-access"), &form).expect(422).text();
        assert!(page.contains("met on &quot;Monday&quot;") && page.contains("Choose a reason"), "{page}");
        assert!(opens(&practice.as_role(Role::Biller)));
    });
}

#[test]
fn s_tec_04_people_see_and_end_their_own_sign_ins() {
    on_both(|practice| {
        let (here, there) = (practice.as_role(Role::Biller), practice.as_role(Role::Biller));
        let stranger = practice.as_role(Role::FrontDesk);
        let page = here.get("/me").expect(200).text();
        assert!(
            page.contains("Your sign-ins") && page.contains("this one") && page.contains("End all others"),
            "{page}"
        );
        let _ = here.post("/me/end-others", &[]).expect(303);
        assert!(opens(&here) && !opens(&there) && opens(&stranger));
        assert!(!here.get("/me").expect(200).text().contains("End all others"), "there is no other");
    });
}
