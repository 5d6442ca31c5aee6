//! Access reviews: who decides, what a decision does at once, and what the server does when nobody decides.

use domain::access::Role;
use domain::client::ApiScope;
use domain::review::{Choice, Holder, Item};
use http::Method;
use store::{Tx, review};
use testkit::{Answer, Browser, Practice, on_both};

const DAY: i64 = 86_400;

/// Every access of the newest review.
fn items(practice: &Practice) -> Vec<Item> {
    let read = |tx: &mut Tx| {
        let newest = review::all(tx)?.into_iter().next().unwrap();
        Ok(review::items(tx, &newest.id)?.into_iter().map(|item| item.value).collect())
    };
    practice.app.store.read("items", read).unwrap()
}

/// The item of the person in this role.
fn of(practice: &Practice, role: Role) -> Item {
    let holder = Holder::Account(practice.persona(role).account.clone());
    items(practice).into_iter().find(|item| item.holder == holder).unwrap()
}

fn decide(browser: &Browser<'_>, item: &Item, choice: &str) -> Answer {
    let form = [("choice", choice), ("words", "asked the lead of the desk")];
    browser.post(&format!("/reviews/items/{}", item.id), &form)
}

fn disabled(practice: &Practice, role: Role) -> bool {
    let id = practice.persona(role).account.clone();
    practice.app.store.read("account", |tx| store::account::load(tx, &id)).unwrap().value.disabled_at.is_some()
}

/// The official decides about everybody else, and the manager about the official and what the official answers for.
fn keep_all(practice: &Practice) {
    let (official, manager) = (practice.as_role(Role::SecurityOfficial), practice.as_role(Role::PracticeManager));
    let sam = &practice.persona(Role::SecurityOfficial).account;
    for item in items(practice).iter().filter(|item| item.decision.is_none()) {
        let browser = if item.facts.person == *sam { &manager } else { &official };
        let _ = decide(browser, item, "keep").expect(303);
    }
}

#[test]
fn s_aud_03_everybody_is_reviewed_by_somebody_else() {
    on_both(|practice| {
        let client = practice.register(&[ApiScope::ScheduleRead], "own_program").id.clone();
        let (official, manager) = (practice.as_role(Role::SecurityOfficial), practice.as_role(Role::PracticeManager));
        let _ = practice.as_role(Role::Biller).post("/reviews", &[]).expect(403);
        assert_eq!(official.post("/reviews", &[]).expect(303).location(), "/reviews");
        assert_ne!(official.post("/reviews", &[]).status.as_u16(), 303, "one at a time");
        assert_eq!(practice.events_of("review.begun"), 1);
        let all = items(practice);
        assert_eq!(all.len(), practice.personas.len() + 1, "each person, and the program");

        let page = manager.get("/reviews").expect(200).text();
        for words in ["<b>0 of ", "Conflicting duties", "Over-privileged", "Never used", "Clearing desk", "API client"]
        {
            assert!(page.contains(words), "{words} is not on {page}");
        }
        // Nobody decides about the own access, nor about a program that they answer for.
        let program = all.iter().find(|item| item.holder == Holder::Client(client.clone())).unwrap();
        let own = of(practice, Role::SecurityOfficial);
        let denied = practice.events_of("access.denied");
        for item in [program, &own] {
            let _ = decide(&official, item, "keep").expect(403);
            let shown = official.get(&format!("/reviews/items/{}", item.id)).expect(200).text();
            assert!(shown.contains("your own access") && !shown.contains("name=\"choice\""), "{shown}");
        }
        let _ = decide(&manager, &of(practice, Role::PracticeManager), "keep").expect(403);
        assert_eq!(practice.events_of("access.denied"), denied + 3);
        assert!(items(practice).iter().all(|item| item.decision.is_none()));
        // Those who only see decide nothing.
        let auditor = practice.as_role(Role::Auditor);
        let _ = auditor.get("/reviews").expect(200);
        let _ = decide(&auditor, &own, "keep").expect(403);
        let _ = practice.as_role(Role::FrontDesk).get("/reviews").expect(403);

        // A choice and words are asked, and what was typed stays.
        let form = [("choice", "keep"), ("words", " ")];
        let again = manager.post(&format!("/reviews/items/{}", own.id), &form).expect(422).text();
        assert!(again.contains("Fill in the reason") && again.contains("value=\"keep\" selected"), "{again}");
        keep_all(practice);
        let counts = (practice.events_of("review.decided"), practice.events_of("review.finished"));
        assert_eq!(counts, (i64::try_from(all.len()).unwrap(), 1));
        assert_ne!(decide(&manager, &own, "end").status.as_u16(), 303, "it is decided");

        let page = auditor.get("/reviews").expect(200).text();
        let href = format!("/reviews/{}?choice=keep", own.review);
        assert!(page.contains(&href) && page.contains("The next one begins by itself on September 9, 2026"), "{page}");
        let kept = auditor.get(&href).expect(200).text();
        assert!(kept.matches("<tr>").count() > all.len() && kept.contains("asked the lead of the desk"), "{kept}");
        let none = auditor.get(&format!("/reviews/{}?choice=end", own.review)).expect(200).text();
        assert!(!none.contains("asked the lead of the desk"), "{none}");
        let paper = auditor.get(&format!("/reviews/{}/print", own.review)).expect(200).text();
        assert!(paper.contains("No patient's information is on it") && paper.contains("Clearing desk"), "{paper}");
    });
}

#[test]
fn s_adm_11_a_decision_ends_sessions_and_tokens_at_once() {
    on_both(|practice| {
        let caller = practice.register(&[ApiScope::ScheduleRead], "own_program");
        let token = caller.token("before", "schedule.read");
        let program = || practice.call(Method::GET, "/api/schedule", Some(&token), None).status.as_u16();
        let manager = practice.as_role(Role::PracticeManager);
        let biller = practice.as_role(Role::Biller);
        let _ = manager.post("/reviews", &[]).expect(303);
        let _ = biller.get("/claims").expect(200);
        assert_eq!(program(), 200);

        let _ = decide(&manager, &of(practice, Role::Biller), "end").expect(303);
        assert_eq!(biller.get("/claims").location(), "/sign-in", "the next request is refused");
        assert!(disabled(practice, Role::Biller));
        let events = ["review.decided", "account.access_ended"].map(|act| practice.events_of(act));
        assert_eq!(events, [1, 1]);
        assert!(practice.events_of("account.access_refused") >= 1, "what was open was tried");
        let bea = &practice.persona(Role::Biller).account;
        let page = manager.get(&format!("/people/{bea}")).expect(200).text();
        assert!(page.contains("access no longer needed") && page.contains("asked the lead of the desk"), "{page}");

        let item = items(practice).into_iter().find(|item| item.holder == Holder::Client(caller.id.clone())).unwrap();
        let _ = decide(&manager, &item, "end").expect(303);
        assert_ne!(program(), 200, "and the token of a program");
        let assertion = caller.signer.sign(&caller.claims("after"));
        let _ = practice.ask_token(&assertion, "schedule.read").expect(400);
    });
}

#[test]
fn s_adm_03_another_role_asks_for_a_second_factor_anew() {
    on_both(|practice| {
        let _ = practice.as_role(Role::SecurityOfficial).post("/reviews", &[]).expect(303);
        let item = of(practice, Role::Biller);
        let form = [("choice", "change_role"), ("role", "front_desk"), ("words", "moved to the desk")];
        let path = format!("/reviews/items/{}", item.id);
        let role = || {
            let id = practice.persona(Role::Biller).account.clone();
            practice.app.store.read("account", |tx| store::account::load(tx, &id)).unwrap().value.role
        };
        let official = practice.as_role(Role::SecurityOfficial);
        practice.clock.pass(301);
        let asked = official.post(&path, &form).expect(403).text();
        assert!(asked.contains("name=\"step_up_code\"") && asked.contains("moved to the desk"), "{asked}");
        assert!(role() == Role::Biller && of(practice, Role::Biller).decision.is_none());
        let _ = practice.as_role(Role::SecurityOfficial).post(&path, &form).expect(303);
        assert_eq!((role(), of(practice, Role::Biller).choice()), (Role::FrontDesk, Some(Choice::ChangeRole)));
        assert_eq!((practice.events_of("account.changed"), practice.events_of("review.decided")), (1, 1));
    });
}

#[test]
fn s_adm_10_what_nobody_decides_is_suspended_and_never_the_last_official() {
    on_both(|practice| {
        let official = practice.as_role(Role::SecurityOfficial);
        let _ = official.post("/reviews", &[]).expect(303);
        let _ = decide(&official, &of(practice, Role::PracticeManager), "keep").expect(303);
        let today = || practice.as_role(Role::PracticeManager).get("/").expect(200).text();
        let sweep = || {
            practice.app.sweep_reviews().unwrap();
            let suspended = items(practice).iter().filter(|item| item.choice() == Some(Choice::Suspend)).count();
            (suspended, practice.events_of("account.access_ended"), practice.events_of("review.decided"))
        };
        assert!(today().contains("Decide by the end of June 23"));
        // The day after the last day: a warning, and nothing else.
        practice.clock.pass(15 * DAY);
        assert_eq!(sweep(), (0, 0, 1));
        assert!(today().contains("What nobody decides by the end of June 30 is suspended"), "{}", today());
        practice.clock.pass(6 * DAY);
        assert_eq!(sweep(), (0, 0, 1), "the last day of the week of grace");
        practice.clock.pass(DAY);
        let desk = practice.as_role(Role::FrontDesk);
        let _ = desk.get("/").expect(200);
        let gone = practice.personas.len() - 2;
        let events = i64::try_from(gone).unwrap();
        assert_eq!(sweep(), (gone, events, events + 1));
        assert_eq!(sweep(), (gone, events, events + 1), "twice does nothing twice");
        assert!(disabled(practice, Role::FrontDesk) && desk.get("/").location() == "/sign-in");
        assert!(!disabled(practice, Role::SecurityOfficial) && !disabled(practice, Role::PracticeManager));
        assert!(today().contains("Out of time. The last security official is not suspended"), "{}", today());

        let manager = practice.as_role(Role::PracticeManager);
        let dana = &practice.persona(Role::FrontDesk).account;
        let page = manager.get(&format!("/people/{dana}")).expect(200).text();
        assert!(page.contains("not reviewed in time") && page.contains("by the server"), "{page}");
        let page = manager.get("/reviews").expect(200).text();
        assert!(page.contains("Somebody has to decide"), "{page}");
        assert_eq!(practice.events_of("review.finished"), 0);
        let _ = decide(&manager, &of(practice, Role::SecurityOfficial), "keep").expect(303);
        assert_eq!(practice.events_of("review.finished"), 1);
        assert!(!today().contains("Out of time"));
    });
}

#[test]
fn s_aud_03_the_next_review_begins_a_quarter_after_the_last_began() {
    on_both(|practice| {
        let begun = || {
            practice.app.sweep_reviews().unwrap();
            practice.events_of("review.begun")
        };
        assert_eq!(begun(), 0, "the first one is begun by a person");
        let _ = practice.as_role(Role::PracticeManager).post("/reviews", &[]).expect(303);
        // What ended by other means is nobody's decision any more.
        let bea = &practice.persona(Role::Biller).account;
        let form = [("end_reason", "on_leave")];
        let _ = practice.as_role(Role::PracticeManager).post(&format!("/people/{bea}/end-access"), &form).expect(303);
        assert_eq!((begun(), begun()), (1, 1));
        assert_eq!(of(practice, Role::Biller).choice(), Some(Choice::Gone));
        assert_eq!(practice.events_of("review.decided"), 1);
        keep_all(practice);
        practice.clock.pass(91 * DAY);
        assert_eq!(begun(), 1, "September 8");
        practice.clock.pass(DAY);
        assert_eq!((begun(), begun()), (2, 2));
        assert_eq!(items(practice).len(), practice.personas.len() - 1, "who holds no access is not asked about");
        let page = practice.as_role(Role::Auditor).get("/reviews").expect(200).text();
        assert!(page.contains("by the server") && page.contains("Dormant for 45 days"), "{page}");
    });
}
