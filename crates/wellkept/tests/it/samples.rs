//! The weekly sample, from what people do in a week to what others say of it, and to the outsider who draws it again.

use std::collections::BTreeSet;

use app::App;
use domain::Clock as _;
use domain::access::Role;
use domain::audit::Act;
use domain::sample::{Item, SIZE, Week};
use testkit::{Browser, Practice, on_both};

const WEEK: i64 = 7 * 86_400;
const WORDS: &str = "No visit, no call and no claim of this patient was near that day";

/// What people do in a week, the week's end, and its sample. Everybody's doings are known from then on.
fn drawn(practice: &Practice) -> Vec<Item> {
    assert_eq!(draw(&practice.app), [], "the log began in this week");
    // The week in which the practice was made is read by others.
    practice.clock.pass(WEEK);
    crate::alerts::numbered(&practice.app);
    assert_eq!(draw(&practice.app).len(), 1);
    let clear = |tx: &mut store::Tx| tx.execute(store::sql!("DELETE FROM sample_item"), &[]);
    practice.app.store.write("clear", clear).unwrap();
    let desk = practice.as_role(Role::FrontDesk);
    for patient in practice.patients() {
        let _ = desk.get(&format!("/patients/{}", patient.id)).expect(200);
    }
    let official = practice.as_role(Role::PrivacyOfficial);
    for _ in 0..10 {
        let _ = official.get("/audit").expect(200);
    }
    let week = Week::of(practice.clock.now());
    practice.clock.pass(WEEK);
    crate::alerts::numbered(&practice.app);
    assert_eq!(draw(&practice.app), [week], "once");
    practice.app.store.read("items", |tx| store::sample::items(tx, week)).unwrap()
}

fn draw(app: &App) -> Vec<Week> {
    std::iter::from_fn(|| app.draw_sample().unwrap()).collect()
}

fn say(browser: &Browser<'_>, item: &Item, finding: &str, words: &str) -> u16 {
    browser.post(&format!("/samples/{}", item.id), &[("finding", finding), ("words", words)]).status.as_u16()
}

/// One that this person did, and one that somebody else did.
fn of(practice: &Practice, items: &[Item], role: Role) -> (Item, Item) {
    let me = &practice.persona(role).account;
    let find = |own: bool| items.iter().find(|item| (item.actor == *me) == own).unwrap().clone();
    (find(true), find(false))
}

#[test]
fn s_tec_14_a_sample_of_the_week_is_read_by_somebody_else_and_what_is_wrong_becomes_an_alert() {
    on_both(|practice| {
        let items = drawn(practice);
        assert_eq!(items.len(), SIZE);
        let official = practice.as_role(Role::PrivacyOfficial);
        assert!(official.get("/").expect(200).text().contains("Sampled events to read: 25"));
        let (own, other) = of(practice, &items, Role::PrivacyOfficial);
        let page = official.get(&format!("/samples/{}", own.id)).expect(200).text();
        assert!(page.contains("You did this yourself") && !page.contains("Does the work explain it?"), "{page}");
        assert_eq!(say(&official, &own, "in_order", ""), 403);
        assert_eq!(say(&practice.as_role(Role::FrontDesk), &other, "in_order", ""), 403);

        // What is in order needs no words; what is not does, and becomes an alert about who did it.
        for (finding, words) in [("", ""), ("fine", ""), ("not_in_order", ""), ("not_in_order", "hm")] {
            assert_eq!(say(&official, &other, finding, words), 422, "{finding} {words}");
        }
        assert_eq!((practice.events_of("sample.read"), practice.events_of("alert.opened")), (0, 0));
        assert_eq!(say(&official, &other, "not_in_order", WORDS), 303);
        assert_eq!(say(&official, &other, "in_order", ""), 409, "once");
        assert_eq!((practice.events_of("sample.read"), practice.events_of("alert.opened")), (1, 1));
        let alerts = official.get("/alerts").expect(200).text();
        assert!(alerts.contains("What Dana Whitfield did with the record of"), "{alerts}");
        let list = official.get(&format!("/samples?week={}", other.week)).expect(200).text();
        assert!(list.contains(WORDS) && list.contains("Not in order") && list.contains("24 to read"), "{list}");

        // One after the other: each leads to the next that this person may read.
        let (own, others): (Vec<Item>, Vec<Item>) = items.iter().cloned().partition(|item| item.actor == own.actor);
        for (n, item) in others.iter().filter(|item| item.id != other.id).enumerate() {
            let form = [("finding", "in_order"), ("words", "")];
            let next = official.post(&format!("/samples/{}", item.id), &form).expect(303).location().to_owned();
            let left = others.len() - 2 - n;
            let expected = others.iter().any(|other| next == format!("/samples/{}", other.id));
            assert_eq!(expected, left > 0, "{next} with {left} left");
        }
        let left = practice.as_role(Role::SecurityOfficial);
        for item in &own {
            assert_eq!(say(&left, item, "in_order", ""), 303);
        }
        assert!(official.get("/samples").expect(200).text().contains("Nothing waits for you"));
        assert!(!official.get("/").expect(200).text().contains("Sampled events to read"));
    });
}

#[test]
fn s_aud_05_an_outsider_draws_the_same_from_the_pack() {
    on_both(|practice| {
        let items = drawn(practice);
        let folder = tempfile::tempdir().unwrap();
        let pack = folder.path().join("pack");
        practice.app.export_audit(&pack).unwrap();
        let (week, places) = (items[0].week, items.iter().map(|item| item.place).collect::<Vec<_>>());
        let report = app::sample::sample_of_pack(&pack, week, None).unwrap();
        let drawn = report["drawn"].as_array().unwrap();
        assert_eq!(drawn.iter().map(|one| one["entry"].as_u64().unwrap()).collect::<Vec<_>>(), places);
        assert_eq!(drawn[0]["event"], items[0].event.as_str());
        let actors: BTreeSet<&str> = drawn.iter().map(|one| one["actor"].as_str().unwrap()).collect();
        assert!(actors.len() > 1 && actors.iter().all(|actor| actor.starts_with("account:")), "{actors:?}");
        let sample = practice.app.store.read("samples", store::sample::all).unwrap().remove(0);
        assert_eq!((&report["root"], &report["candidates"]), (&sample.root.into(), &sample.candidates.into()));
        // A week that is not over has none, and a pack that is not whole gives none.
        let early = app::sample::sample_of_pack(&pack, week.next(), None).unwrap_err().to_string();
        assert!(early.contains("is not over"), "{early}");
        std::fs::write(pack.join("more"), "x").unwrap();
        assert_eq!(app::sample::sample_of_pack(&pack, week, None).unwrap()["ok"], serde_json::Value::Bool(false));
    });
}

#[test]
fn s_tec_14_a_sample_names_the_patient_only_to_who_may_find_the_patient_and_is_on_the_record() {
    on_both(|practice| {
        let items = drawn(practice);
        let (_, other) = of(practice, &items, Role::PrivacyOfficial);
        let patients = practice.patients();
        let named = |text: &str| patients.iter().any(|p| text.contains(&p.name.to_string()));
        for role in Role::ALL {
            let browser = practice.as_role(*role);
            let may = matches!(role, Role::SecurityOfficial | Role::PrivacyOfficial);
            for page in ["/samples".to_owned(), format!("/samples/{}", other.id)] {
                let answer = browser.get(&page);
                assert_eq!(answer.status.as_u16(), if may { 200 } else { 403 }, "{role} {page}");
                assert_eq!(named(&answer.text()), *role == Role::PrivacyOfficial, "{role} {page}");
            }
        }
        let seen = practice.events_of(Act::SampleViewed.as_str());
        assert_eq!(seen, 4, "each look is an event");
    });
}

/// Whatever a person does with a patient's record can be drawn: the list of such acts leaves none out.
#[test]
fn s_aud_05_every_act_that_names_a_patient_can_be_drawn() {
    let practice = Practice::new(testkit::On::Sqlite);
    drawn(&practice);
    let named = |tx: &mut store::Tx| {
        let text = store::sql!(
            "SELECT DISTINCT e.act FROM audit_event e JOIN audit_subject s ON s.event_id = e.event_id
             WHERE e.outcome = 'done' AND e.actor > 'account:' AND e.actor < 'account;'"
        );
        tx.query(text, &[])?.iter().map(|row| row.get::<String>("act")).collect::<store::Result<Vec<_>>>()
    };
    let acts = practice.app.store.read("acts", named).unwrap();
    assert!(acts.len() > 2, "{acts:?}");
    for act in acts.iter().filter_map(|act| Act::parse(act)) {
        assert!(act.concerns_patients(), "{act}");
    }
}
