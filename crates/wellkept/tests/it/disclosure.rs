//! No disclosure before its record, seen from outside: what a page shows is in the log, and without a log there is no page.

use std::collections::BTreeMap;

use domain::access::Role;
use domain::client::ApiScope;
use domain::patient::Patient;
use http::Method;
use store::{Sql, Tx, params, sql};
use testkit::{Answer, Browser, On, Practice, on_both};
use web::route::{Gate, Verb};
use web::routes;

use crate::visits::book_today;

/// What on a page tells that it is about a patient: the id, the record number, and the name where no other has it.
fn shown<'p>(patients: &'p [Patient], answer: &Answer) -> Vec<&'p Patient> {
    let text = answer.text();
    let words: std::collections::BTreeSet<&str> =
        text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').collect();
    let names = patients.iter().fold(BTreeMap::<String, u32>::new(), |mut names, p| {
        *names.entry(p.name.to_string()).or_default() += 1;
        names
    });
    let named = |p: &Patient| {
        let (name, sorted) = (p.name.to_string(), p.name.sorted());
        names.get(&name) == Some(&1) && (text.contains(&escape(&name)) || text.contains(&escape(&sorted)))
    };
    patients.iter().filter(|p| words.contains(p.mrn.as_str()) || words.contains(p.id.as_str()) || named(p)).collect()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Every page there is, and the same with questions in the address that make it show people.
fn pages(practice: &Practice, patient: &Patient) -> Vec<String> {
    let id = &patient.id;
    let letters: String = patient.name.family.as_str().chars().take(2).collect();
    let letters = if letters.is_ascii() { letters } else { "sm".to_owned() };
    let plain = routes()
        .filter(|r| r.method == Verb::Get && matches!(r.gate, Gate::Session(..)))
        .filter_map(|r| practice.fill(r.path));
    let asked = [
        format!("/patients?q={letters}"),
        format!("/find?q={letters}"),
        format!("/schedule/book?q={letters}"),
        format!("/schedule/book?patient={id}"),
        format!("/schedule?date={}", practice.today),
        format!("/schedule?date={}&view=list", practice.today),
        format!("/audit?patient={id}"),
        format!("/claims?patient={id}"),
    ];
    plain.chain(asked).collect()
}

/// Asks for a page. What the palette looks for goes in the body.
fn look(browser: &Browser<'_>, page: &str) -> Answer {
    match page.strip_prefix("/find?q=") {
        Some(words) => browser.post("/find", &[("q", words)]),
        None => browser.get(page),
    }
}

#[test]
fn s_tec_12_what_a_page_shows_is_in_the_log() {
    on_both(|practice| {
        book_today(practice);
        let patients = practice.patients();
        let first = patients.first().unwrap();
        let mut told = 0;
        for role in Role::ALL {
            let browser = practice.as_role(*role);
            for page in pages(practice, first) {
                let before = practice.events_by_patient();
                let answer = look(&browser, &page);
                let after = practice.events_by_patient();
                for patient in shown(&patients, &answer).into_iter().filter(|_| answer.status == 200) {
                    let (was, is) = (before.get(patient.id.as_str()), after.get(patient.id.as_str()));
                    assert!(is > was, "{role}: {page} shows {} and the log does not say so", patient.mrn);
                    told += 1;
                }
            }
        }
        // Without this the walk could pass by showing nobody at all.
        assert!(told > 100, "only {told} people were shown");
    });
}

#[test]
fn s_adm_03_the_system_administrator_sees_nobody() {
    let practice = Practice::new(On::Sqlite);
    book_today(&practice);
    let patients = practice.patients();
    let browser = practice.as_role(Role::SystemAdministrator);
    for page in pages(&practice, patients.first().unwrap()) {
        let answer = look(&browser, &page);
        // The address that was asked for may come back in a link; a name may not.
        let named =
            shown(&patients, &answer).into_iter().find(|p| answer.text().contains(&escape(&p.name.to_string())));
        assert!(named.is_none(), "{page}: {}", answer.text());
    }
}

#[test]
fn s_tec_12_where_nothing_can_be_recorded_nothing_is_shown() {
    on_both(|practice| {
        book_today(practice);
        let patients = practice.patients();
        let first = patients.first().unwrap();
        let chart = format!("/patients/{}", first.id);
        let roles = [Role::FrontDesk, Role::PracticeManager, Role::Biller, Role::PrivacyOfficial];
        let browsers: Vec<_> = roles.iter().map(|role| practice.as_role(*role)).collect();
        let sees = |browser: &Browser<'_>, page: &str| !shown(&patients, &look(browser, page)).is_empty();
        assert!(sees(browsers.first().unwrap(), &chart), "while all is well, the chart is shown");
        practice.cannot_write(|| {
            for browser in &browsers {
                for page in pages(practice, first) {
                    let answer = look(browser, &page);
                    let seen = shown(&patients, &answer);
                    let mrns: Vec<&str> = seen.iter().map(|p| p.mrn.as_str()).collect();
                    // What was asked for may stand in a link back; a name or number may not.
                    assert!(!answer.status.is_success() || mrns.is_empty(), "{page} shows {mrns:?} off the record");
                }
            }
            let answer = browsers.first().unwrap().get(&chart).expect(503);
            let text = answer.text();
            assert!(!text.contains(&escape(&first.name.to_string())) && !text.contains(&first.mrn), "{text}");
            assert!(text.contains("Nothing was shown or saved"), "{text}");
            assert_eq!(answer.header("cache-control"), "no-store");
        });
        assert!(sees(browsers.first().unwrap(), &chart), "and again when it is well again");
    });
}

#[test]
fn a_server_that_goes_away_is_an_honest_503_and_comes_back() {
    if std::env::var_os("WELLKEPT_TEST_PG").is_none() {
        println!("PostgreSQL not run: WELLKEPT_TEST_PG is not set");
        return;
    }
    let practice = Practice::new(On::Postgres);
    let desk = practice.as_role(Role::FrontDesk);
    let people = practice.patients().len();
    let form = [("family", "Quetzal"), ("given", "Nadia"), ("birth_date", "6/9/1984"), ("sex", "F")];
    practice.server_gone(|| {
        let answer = desk.get("/patients").expect(503);
        assert!(answer.text().contains("Nothing was shown or saved"), "{}", answer.text());
        let _ = desk.post("/patients", &form).expect(503);
    });
    let _ = desk.get("/patients").expect(200);
    assert_eq!(practice.patients().len(), people);
    let _ = desk.post("/patients", &form).expect(303);
    assert_eq!(practice.patients().len(), people + 1);
}

#[test]
fn a_change_whose_commit_got_no_answer_is_not_called_undone() {
    if std::env::var_os("WELLKEPT_TEST_PG").is_none() {
        println!("PostgreSQL not run: WELLKEPT_TEST_PG is not set");
        return;
    }
    let practice = Practice::new(On::Postgres);
    let desk = practice.as_role(Role::FrontDesk);
    let form = [("family", "Quetzal"), ("given", "Nadia"), ("birth_date", "6/9/1984"), ("sex", "F")];
    let caller = practice.register(&[ApiScope::ScheduleRead], "own_program");
    let token = caller.token("unsure", "schedule.read");
    practice.commits_die(|| {
        let text = desk.post("/patients", &form).expect(503).text();
        assert!(text.contains("look before you repeat it") && !text.contains("Nothing was shown or saved"), "{text}");
        let answer = practice.call(Method::GET, "/api/schedule", Some(&token), None).expect(503);
        assert_eq!(answer.json()["type"], "urn:wellkept:problem:unsure");
        assert_eq!(answer.header("retry-after"), "");
    });
}

/// Says whether a patient is restricted, and to which account the record is closed.
pub(crate) fn close(practice: &Practice, patient: &str, restricted: bool, denied: &str) {
    let (patient, denied) = (patient.to_owned(), denied.to_owned());
    let change = move |tx: &mut Tx| {
        let text = sql!("UPDATE patient SET restricted = $2, denied = $3 WHERE id = $1");
        tx.execute(text, params![patient, restricted, denied])
    };
    practice.app.store.write("close", change).unwrap();
}

#[test]
fn a_file_is_kept_from_whom_somebody_in_it_is_closed_to() {
    on_both(|practice| {
        let first = |text: &'static Sql| {
            let row = practice.app.store.read("file", |tx| tx.query_one(text, &[])).unwrap();
            (row.get::<String>("id").unwrap(), row.get::<String>("patient_id").unwrap())
        };
        let (batch, claimed) = first(sql!(
            "SELECT batch.id AS id, patient_id FROM batch JOIN claim ON claim.batch_id = batch.id
             WHERE batch.state <> 'open' ORDER BY batch.id, patient_id LIMIT 1"
        ));
        let (payment, paid) = first(sql!(
            "SELECT file.id AS id, patient_id FROM file JOIN file_subject ON file_id = file.id
             WHERE kind = '835' ORDER BY file.id, patient_id LIMIT 1"
        ));
        let biller = practice.as_role(Role::Biller);
        let me = practice.persona(Role::Biller).account.to_string();
        let (claims, page) = (format!("/claims/batches/{batch}/file"), format!("/payments/files/{payment}"));
        let raw = format!("{page}/raw");
        let ask = |path: &str| if path == page { biller.get(path) } else { biller.post(path, &[]) };
        let exports = || (practice.events_of("export.begun"), practice.events_of("export.ended"));
        for (patient, path) in [(&claimed, &claims), (&paid, &page), (&paid, &raw)] {
            let (begun, ended) = exports();
            let _ = ask(path).expect(200);
            let saved = i64::from(path != &page);
            assert_eq!(exports(), (begun + saved, ended + saved), "a file that is saved is an export: {path}");
            let id = domain::id::PatientId::parse(patient).unwrap();
            for (restricted, denied) in [(true, ""), (false, me.as_str())] {
                close(practice, patient, restricted, denied);
                let (about, refused) = (practice.events_about(&id), practice.events_of("access.denied"));
                let answer = ask(path);
                assert!(answer.text().contains("holds records that are not open to you"), "{}", answer.text());
                let _ = answer.expect(403);
                assert_eq!(practice.events_about(&id), about + 1, "the attempt shows with the record");
                assert_eq!(practice.events_of("access.denied"), refused + 1);
            }
            close(practice, patient, false, "");
        }
    });
}

#[test]
fn work_that_is_done_is_told_as_what_it_is_about_its_patient() {
    on_both(|practice| {
        let open =
            sql!("SELECT id, patient_id FROM work_item WHERE done = 0 AND patient_id IS NOT NULL ORDER BY id LIMIT 1");
        let row = practice.app.store.read("work", |tx| tx.query_one(open, &[])).unwrap();
        let (item, patient): (String, String) = (row.get("id").unwrap(), row.get("patient_id").unwrap());
        let id = domain::id::PatientId::parse(&patient).unwrap();
        let (biller, path) = (practice.as_role(Role::Biller), format!("/payments/waiting/{item}"));
        let note = [("note", "called the payer")];
        close(practice, &patient, true, "");
        let _ = biller.post(&path, &note).expect(403);
        close(practice, &patient, false, "");
        let (posted, about) = (practice.events_of("remittance.posted"), practice.events_about(&id));
        let _ = biller.post(&path, &note).expect(303);
        assert_eq!((practice.events_of("work.done"), practice.events_of("remittance.posted")), (1, posted));
        assert_eq!(practice.events_about(&id), about + 1, "it shows with the record");
    });
}

#[test]
fn what_waits_in_billing_is_told_on_the_record() {
    let practice = Practice::new(On::Sqlite);
    let before = practice.events_of("claim.viewed");
    let home = practice.as_role(Role::Biller).get("/").expect(200).text();
    assert!(home.contains("Billing"), "{home}");
    assert_eq!(practice.events_of("claim.viewed"), before + 1);
}
