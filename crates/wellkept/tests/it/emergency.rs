//! Emergency access, by those who may open it, those who may not, and those who look at it afterwards.

use domain::access::Role;
use domain::patient::Patient;
use testkit::{Answer, Browser, On, Practice, on_both};

use crate::step_up::carried;
use crate::visits::book_today;

const WORDS: &str = "Collapsed in the waiting room, reaching the family";

fn chart(patient: &Patient) -> String {
    format!("/patients/{}", patient.id)
}

/// The `n`th patient, whose record the privacy official restricts: open to one account, never to another.
fn restricted(practice: &Practice, n: usize, circle: Option<Role>, denied: Option<Role>) -> Patient {
    let patient = practice.patients()[n].clone();
    let account = |role: Role| practice.persona(role).account.to_string();
    let (circle, denied) = (circle.map(account), denied.map(account));
    let mut form = vec![("ground", "staff"), ("words", "Sister of our biller"), ("version", "0")];
    form.extend(circle.iter().map(|id| ("circle", id.as_str())));
    form.extend(denied.iter().map(|id| ("denied", id.as_str())));
    let path = format!("{}/restriction", chart(&patient));
    let _ = practice.as_role(Role::PrivacyOfficial).post(&path, &form).expect(303);
    patient
}

fn ask(browser: &Browser<'_>, patient: &Patient, words: &str, minutes: &str) -> Answer {
    let form = [("cause", "care"), ("words", words), ("minutes", minutes)];
    browser.post(&format!("{}/emergency", chart(patient)), &form)
}

/// Opens the record in an emergency, the way a person does.
fn open(browser: &Browser<'_>, patient: &Patient) {
    let answer = ask(browser, patient, WORDS, "15").expect(303);
    assert_eq!(answer.location(), chart(patient));
    assert!(browser.get(&chart(patient)).expect(200).text().contains(&patient.mrn));
}

/// The one use in the review queue.
fn queued(practice: &Practice) -> String {
    practice.fill("/emergency/{id}").unwrap()
}

#[test]
fn s_tec_05_a_reason_and_a_fresh_factor_open_one_record_to_read_and_it_ends_by_itself() {
    on_both(|practice| {
        book_today(practice);
        let (patient, other) = (restricted(practice, 0, None, None), restricted(practice, 1, None, None));
        let (desk, path) = (practice.as_role(Role::FrontDesk), chart(&patient));
        let before = practice.events_of("emergency.opened");
        let refused = desk.get(&path).expect(403).text();
        assert!(refused.contains(&format!("{path}/emergency")) && !refused.contains(&patient.mrn), "{refused}");
        let page = desk.get(&format!("{path}/emergency")).expect(200).text();
        assert!(!page.contains(&patient.mrn) && !page.contains(patient.name.family.as_str()), "{page}");

        // Each part is needed, the factor last: what is typed goes along with the question for it.
        practice.clock.pass(301);
        for (words, minutes) in [("", "15"), ("emergency", "15"), (WORDS, "61")] {
            let again = ask(&desk, &patient, words, minutes).expect(422).text();
            assert!(again.contains("class=\"err\""), "{again}");
        }
        let asked = ask(&desk, &patient, WORDS, "15").expect(403).text();
        assert!(carried(&asked).iter().any(|(_, value)| value == WORDS), "{asked}");
        let with = |browser: &Browser<'_>, code: &str| {
            let form = [("cause", "care"), ("words", WORDS), ("minutes", "15"), ("step_up_code", code)];
            browser.post(&format!("{path}/emergency"), &form)
        };
        let _ = with(&desk, "000000").expect(422);
        let _ = desk.get(&path).expect(403);
        assert_eq!(practice.events_of("emergency.opened"), before, "nothing was opened");
        let done = with(&desk, &practice.code(Role::FrontDesk)).expect(303);
        assert_eq!((done.location(), practice.events_of("emergency.opened")), (&*path, before + 1));
        let desk = desk.after(&done);

        let shown = desk.get(&path).expect(200).text();
        assert!(shown.contains(&patient.mrn) && shown.contains("Emergency access is open"), "{shown}");
        assert!(!shown.contains(">Change<") && !shown.contains("Book a visit"), "it offers no changes: {shown}");
        assert!(desk.get("/").expect(200).text().contains("15 minutes left"), "on every page");

        let visit = shown.split_once("href=\"/schedule/").and_then(|(_, rest)| rest.get(..36)).unwrap().to_owned();
        let page = desk.get(&format!("/schedule/{visit}")).expect(200).text();
        assert!(page.contains(&patient.mrn) && !page.contains(&format!("/schedule/{visit}/step")), "{page}");
        let _ = desk.post(&format!("/schedule/{visit}/step"), &[("step", "arrive"), ("version", "1")]).expect(403);

        let _ = desk.get(&chart(&other)).expect(403);
        let _ = practice.as_role(Role::FrontDesk).get(&path).expect(403);
        let form =
            [("family", "Changed"), ("given", "Xena"), ("birth_date", "6/9/1984"), ("sex", "F"), ("version", "1")];
        let _ = desk.post(&path, &form).expect(403);
        assert!(practice.patients().contains(&patient), "nothing was changed");

        // Fifteen minutes from the opening, however busy the person is. The session itself goes on.
        practice.clock.pass(10 * 60);
        let _ = desk.get(&path).expect(200);
        practice.clock.pass(5 * 60);
        let _ = desk.get(&path).expect(403);
        assert!(!desk.get("/").expect(200).text().contains("Emergency access is open"));
        let ended = practice.events_of("emergency.ended");
        practice.app.sweep_emergencies().unwrap();
        practice.app.sweep_emergencies().unwrap();
        assert_eq!(practice.events_of("emergency.ended"), ended + 1, "its end is in the log, once");
    });
}

#[test]
fn s_tec_05_it_ends_by_hand_with_the_session_and_with_the_account() {
    on_both(|practice| {
        let (patient, other) = (restricted(practice, 0, None, None), restricted(practice, 1, None, None));
        let path = chart(&patient);
        let desk = practice.as_role(Role::FrontDesk);
        open(&desk, &patient);
        let _ = desk.post("/emergency/end", &[]).expect(303);
        let _ = desk.get(&path).expect(403);

        // One at a time.
        open(&desk, &patient);
        open(&desk, &other);
        let _ = desk.get(&path).expect(403);
        let _ = desk.post("/sign-out", &[]).expect(303);
        let again = practice.as_role(Role::FrontDesk);
        let _ = again.get(&chart(&other)).expect(403);

        let before = practice.events_of("emergency.ended");
        open(&again, &patient);
        let person = format!("/people/{}/end-access", practice.persona(Role::FrontDesk).account);
        let form = [("end_reason", "resigned"), ("end_date", "6/9/2026"), ("end_time", "8:00 AM")];
        let _ = practice.as_role(Role::PracticeManager).post(&person, &form).expect(303);
        assert_eq!(again.get(&path).expect(303).location(), "/sign-in", "the next request is refused");
        practice.app.sweep_emergencies().unwrap();
        // The one that ended at sign-out, and this one.
        assert_eq!(practice.events_of("emergency.ended"), before + 2);
        let ended = practice.app.store.read("ended", |tx| {
            tx.query_one(store::sql!("SELECT CAST(count(*) AS BIGINT) AS n FROM emergency WHERE ended = 0"), &[])?
                .get::<i64>("n")
        });
        assert_eq!(ended.unwrap(), 0_i64);
    });
}

#[test]
fn s_tec_05_only_the_roles_of_the_desk_and_of_care_may_ask_and_nobody_who_is_named() {
    let practice = Practice::new(On::Sqlite);
    let patient = restricted(&practice, 0, None, None);
    let path = chart(&patient);
    for role in Role::ALL {
        let browser = practice.as_role(*role);
        let may = matches!(role, Role::FrontDesk | Role::Clinician);
        let offered = browser.get(&path).text().contains(&format!("{path}/emergency\""));
        assert_eq!(offered, may, "{role}");
        let form = browser.get(&format!("{path}/emergency"));
        assert_eq!(form.status.as_u16(), if may { 200 } else { 403 }, "{role}");
        let answer = ask(&browser, &patient, WORDS, "15");
        assert_eq!(answer.status.as_u16(), if may { 303 } else { 403 }, "{role}");
        let changes =
            browser.post(&format!("{path}/restriction"), &[("ground", "staff"), ("words", "x"), ("version", "1")]);
        assert_eq!(changes.status == 303, *role == Role::PrivacyOfficial, "{role}: {}", changes.status);
    }
    let denied = restricted(&practice, 1, None, Some(Role::FrontDesk));
    let desk = practice.as_role(Role::FrontDesk);
    let refused = desk.get(&chart(&denied)).expect(403).text();
    assert!(
        !refused.contains(&format!("{}/emergency\"", chart(&denied))),
        "a denial by name has no emergency: {refused}"
    );
    let _ = ask(&desk, &denied, WORDS, "15").expect(403);
    let open_record = practice.patients()[2].clone();
    let _ = ask(&desk, &open_record, WORDS, "15").expect(403);
}

#[test]
fn s_tec_05_where_nothing_can_be_recorded_nothing_is_opened() {
    on_both(|practice| {
        let patient = restricted(practice, 0, None, None);
        let desk = practice.as_role(Role::FrontDesk);
        practice.cannot_write(|| {
            let _ = ask(&desk, &patient, WORDS, "15").expect(503);
        });
        assert!(practice.fill("/emergency/{id}").is_none(), "no use was kept");
        let _ = desk.get(&chart(&patient)).expect(403);
        open(&desk, &patient);
        practice.cannot_write(|| {
            let text = desk.get(&chart(&patient)).expect(503).text();
            assert!(!text.contains(&patient.mrn), "{text}");
        });
    });
}

#[test]
fn s_tec_06_it_is_noticed_at_once_and_reviewed_by_somebody_else() {
    on_both(|practice| {
        let patient = restricted(practice, 0, None, None);
        let (official, manager) = (practice.as_role(Role::PrivacyOfficial), practice.as_role(Role::PracticeManager));
        assert!(!official.get("/").expect(200).text().contains("Emergency access to review"));
        let care = practice.as_role(Role::Clinician);
        open(&care, &patient);
        let _ = care.get(&format!("{}/history", chart(&patient))).expect(200);
        for browser in [&official, &manager] {
            let home = browser.get("/").expect(200).text();
            assert!(
                home.contains("Emergency access to review: 1") && home.contains("1<span class=\"vh\"> need"),
                "{home}"
            );
        }
        assert!(!care.get("/").expect(200).text().contains("Emergency access to review"));

        let path = queued(practice);
        let right = [("finding", "justified"), ("words", "Spoke with Ruth, who was there")];
        let early = official.post(&path, &right).expect(409).text();
        assert!(early.contains("still open"), "{early}");
        let _ = care.post("/emergency/end", &[]).expect(303);
        let page = official.get(&path).expect(200).text();
        let name = patient.name.to_string();
        assert!(page.contains(WORDS) && page.contains(&patient.name.sorted()), "{page}");
        assert_eq!(page.matches(&format!("viewed {name}")).count(), 2, "what was looked at, and no more: {page}");
        assert!(page.contains(&format!("person={}", practice.persona(Role::Clinician).account)), "{page}");
        let link = page.split("/audit?before=").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        let log = official.get(&format!("/audit?before={link}")).expect(200).text();
        let first = log.split("<tbody>").nth(1).and_then(|rest| rest.split("</tr>").next()).unwrap();
        assert!(first.contains(&format!("began emergency access to {name}")), "each entry leads to the log: {first}");

        // The clinician becomes privacy official, and still is not somebody else.
        let me = practice.persona(Role::Clinician).account.to_string();
        let role = [("role", "privacy_official"), ("role_reason", "takes over from Priya")];
        let _ = practice.as_role(Role::SecurityOfficial).post(&format!("/people/{me}/role"), &role).expect(303);
        let known = [("confirm_reason", "spoke with Priya")];
        let _ = practice.as_role(Role::PracticeManager).post(&format!("/people/{me}/role/confirm"), &known).expect(303);
        let care = practice.as_role(Role::Clinician);
        assert!(care.get(&path).expect(200).text().contains("somebody else reviews it"));
        let _ = care.post(&path, &right).expect(403);
        let _ = practice.as_role(Role::FrontDesk).post(&path, &right).expect(403);
        let _ = official.post(&path, &[("finding", "justified")]).expect(422);

        let reviewed = practice.events_of("emergency.reviewed");
        let _ = official.post(&path, &right).expect(303);
        assert_eq!(practice.events_of("emergency.reviewed"), reviewed + 1);
        assert!(official.post(&path, &right).expect(409).text().contains("reviewed already"));
        assert!(official.get(&path).expect(200).text().contains("Spoke with Ruth"));
        assert!(!official.get("/").expect(200).text().contains("Emergency access to review"));
    });
}

#[test]
fn s_tec_06_a_late_review_is_marked_and_each_figure_leads_to_what_it_is_made_of() {
    on_both(|practice| {
        let patient = restricted(practice, 0, None, None);
        let desk = practice.as_role(Role::FrontDesk);
        open(&desk, &patient);
        let page = practice.as_role(Role::PrivacyOfficial).get("/emergency").expect(200).text();
        // A Tuesday; two working days.
        assert!(page.contains("due by <time datetime=\"2026-06-11\">"), "{page}");
        practice.clock.pass(3 * 86_400);
        let official = practice.as_role(Role::PrivacyOfficial);
        assert!(official.get("/").expect(200).text().contains("1 overdue"));
        let page = official.get("/emergency").expect(200).text();
        assert!(page.contains("Review overdue"), "{page}");
        let account = practice.persona(Role::FrontDesk).account.to_string();
        let links = ["month=2026-06", &format!("person={account}"), "month=2026-06&amp;state=overdue", "state=overdue"];
        for link in links {
            assert!(page.contains(&format!("/emergency?{link}\"")), "{link}: {page}");
            let list = official.get(&format!("/emergency?{}", link.replace("&amp;", "&"))).expect(200).text();
            assert!(list.contains(WORDS), "{link}: {list}");
        }
        for other in ["month=2026-05", "state=justified", "month=2026-06&state=open"] {
            let list = official.get(&format!("/emergency?{other}")).expect(200).text();
            assert!(!list.contains(WORDS) && list.contains("None fits"), "{other}: {list}");
        }
        let _ = official.get("/emergency?month=June").expect(400);
    });
}

#[test]
fn a_search_tells_of_a_restricted_record_by_an_exact_question_only() {
    on_both(|practice| {
        let patient = restricted(practice, 0, Some(Role::Clinician), Some(Role::Biller));
        let desk = practice.as_role(Role::FrontDesk);
        let (name, born) = (patient.name.family.as_str(), patient.birth_date.to_string());
        let found = desk.get(&format!("/patients?q={name}")).expect(200).text();
        assert!(!found.contains(patient.id.as_str()) && !found.contains("A restricted record"), "{found}");
        let about = practice.events_about(&patient.id);
        for question in [&born, &patient.mrn] {
            let page = desk.get(&format!("/patients?q={question}"));
            for found in [page, desk.post("/find", &[("q", question)])] {
                let found = found.expect(200).text();
                assert!(found.contains(patient.id.as_str()) && found.contains("A restricted record"), "{found}");
                assert!(!found.contains(name), "it names nobody: {found}");
            }
        }
        assert_eq!(practice.events_about(&patient.id), about + 4, "that it is there is a disclosure");
        for role in [Role::Biller, Role::SecurityOfficial] {
            let found = practice.as_role(role).get(&format!("/patients?q={born}")).text();
            assert!(!found.contains(patient.id.as_str()), "{role}: {found}");
        }
        let care = practice.as_role(Role::Clinician);
        let found = care.get(&format!("/patients?q={name}")).expect(200).text();
        assert!(found.contains(&patient.mrn), "the record names the clinician: {found}");
        assert!(care.get(&chart(&patient)).expect(200).text().contains("Restricted"));
    });
}

#[test]
fn a_restriction_is_placed_changed_and_lifted_with_a_reason() {
    on_both(|practice| {
        let patient = restricted(practice, 0, None, None);
        let (desk, official) = (practice.as_role(Role::FrontDesk), practice.as_role(Role::PrivacyOfficial));
        let path = format!("{}/restriction", chart(&patient));
        let me = practice.persona(Role::FrontDesk).account.to_string();
        let both = [("ground", "asked"), ("words", "x"), ("circle", &*me), ("denied", &me), ("version", "1")];
        assert!(official.post(&path, &both).expect(422).text().contains("both lists"));
        let _ = official.post(&path, &both[..3]).expect(400);
        let own = practice.persona(Role::PrivacyOfficial).account.to_string();
        let out = [("ground", "asked"), ("words", "x"), ("denied", &*own), ("version", "1")];
        assert!(official.post(&path, &out).expect(422).text().contains("another privacy official"));
        let inside = [("ground", "asked"), ("words", "Her wish"), ("circle", &*me), ("version", "1")];
        let _ = official.post(&path, &inside).expect(303);
        let _ = official.post(&path, &inside).expect(409);
        let _ = desk.get(&chart(&patient)).expect(200);
        let _ = desk.post(&chart(&patient), &[("version", "9")]).expect(422);
        let lift = format!("{path}/lift");
        let _ = official.post(&lift, &[("version", "2"), ("lift_words", "")]).expect(422);
        let _ = official.post(&lift, &[("version", "2"), ("lift_words", "She asked again")]).expect(303);
        assert!(official.get(&path).expect(200).text().contains("She asked again"));
        let _ = practice.as_role(Role::Biller).get(&chart(&patient)).expect(200);
        assert_eq!(practice.events_of("patient.restricted"), 3);
    });
}
