//! What clients hand in is kept as it came, once, with its event; what does not fit its schema is sent back.

use domain::client::ApiScope;
use http::Method;
use serde_json::{Value, json};
use testkit::{Answer, On, Practice, on_both};

use super::words;

fn post(practice: &Practice, path: &str, token: &str, body: &str) -> Answer {
    practice.call(Method::POST, path, Some(token), Some(("application/json; charset=utf-8", body.as_bytes().to_vec())))
}

#[test]
fn a_report_is_kept_byte_for_byte_and_a_retry_is_the_same_report() {
    on_both(|practice| {
        let caller = practice.register(&[ApiScope::PostureWrite, ApiScope::AlertWrite], "sends_only");
        let token = caller.token("reports", "posture.write alert.write");
        // Spaces and order are the sender's.
        let body = "{ \"observed_at\":\"2026-06-09T12:59:00Z\", \"os\" : \"seven\", \"disk_encrypted\":null }";
        let path = practice.fill("/api/devices/{id}/posture").unwrap();
        let first = post(practice, &path, &token, body).expect(201).json();
        assert_eq!(first["sha256"], hex::encode(<sha2::Sha256 as sha2::Digest>::digest(body.as_bytes())));
        let again = post(practice, &path, &token, body).expect(200).json();
        assert_eq!(first, again);
        let later = body.replace("12:59:00", "13:00:00");
        assert_ne!(post(practice, &path, &token, &later).expect(201).json()["id"], first["id"]);
        let kept = practice.app.store.read("kept", |tx| store::intake::of_client(tx, &caller.id, 9)).unwrap();
        assert_eq!(kept.len(), 2);
        assert!(kept.iter().any(|report| first["event"] == report.event.as_str() && first["sha256"] == report.digest));
        assert_eq!(practice.events_of("report.taken"), 3, "a retry is on record too");
        let page = practice.as_role(domain::access::Role::SecurityOfficial).get(&format!("/clients/{}", caller.id));
        assert!(page.expect(200).text().contains(first["event"].as_str().unwrap()));
    });
}

#[test]
fn a_report_that_does_not_fit_is_sent_back_with_the_place() {
    let practice = Practice::new(On::Sqlite);
    let all = [ApiScope::PostureWrite, ApiScope::AlertWrite, ApiScope::EvidenceWrite];
    let caller = practice.register(&all, "sends_only");
    let token = caller.token("bad", &words(&all));
    let at = "2026-06-09T13:00:00Z";
    let alert = json!({"raised_by": "guard", "observed_at": at, "severity": "high", "title": "blocked"});
    let evidence = json!({"safeguard": "nothing-of-ours", "observed_at": at, "statement": "x"});
    let with = |base: &Value, name: &str, value: Value| {
        let mut changed = base.clone();
        changed[name] = value;
        changed.to_string()
    };
    let posture = practice.fill("/api/devices/{id}/posture").unwrap();
    let cases = [
        ("/api/alerts", "{".to_owned(), 400),
        ("/api/alerts", "[]".to_owned(), 422),
        ("/api/alerts", "\"\u{0}\"".to_owned(), 400),
        ("/api/alerts", with(&alert, "severity", json!("dreadful")), 422),
        ("/api/alerts", with(&alert, "observed_at", json!("yesterday")), 422),
        ("/api/alerts", with(&alert, "title", json!("")), 422),
        ("/api/alerts", with(&alert, "title", json!("x".repeat(201))), 422),
        ("/api/alerts", with(&alert, "more", json!(1)), 422),
        ("/api/alerts", with(&alert, "detail", json!("x".repeat(70_000))), 413),
        (posture.as_str(), json!({}).to_string(), 422),
        (posture.as_str(), json!({"observed_at": at, "disk_encrypted": "yes"}).to_string(), 422),
        ("/api/evidence", evidence.to_string(), 404),
        ("/api/evidence", with(&evidence, "sha256", json!("AB")), 422),
    ];
    for (path, body, status) in cases {
        let short: String = body.chars().take(80).collect();
        let problem = post(&practice, path, &token, &body).expect(status).json();
        assert!(problem["where"].as_str().unwrap().starts_with("body"), "{short}: {problem}");
    }
    let plain = Some(("text/plain", alert.to_string().into_bytes()));
    let _ = practice.call(Method::POST, "/api/alerts", Some(&token), plain).expect(415);
    assert_eq!(practice.events_of("report.taken"), 0);
}

#[test]
fn nobody_gets_the_whole_list_of_patients() {
    let practice = Practice::new(On::Sqlite);
    let caller = practice.register(&[ApiScope::PatientFind], "own_program");
    let token = caller.token("all", "patient.find");
    for q in ["", " ", "a", "%", "--", ",", ", a"] {
        let _ = post(&practice, "/api/patients/find", &token, &json!({ "q": q }).to_string()).expect(422);
    }
    assert_eq!(practice.events_of("patient.found"), 0);
    let none = post(&practice, "/api/patients/find", &token, &json!({"q": "zzzz"}).to_string()).expect(200).json();
    assert_eq!(none["patients"], json!([]));
    assert_eq!(practice.events_of("patient.found"), 1, "that nobody fits is a disclosure too");
}
