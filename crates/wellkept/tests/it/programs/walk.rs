//! The route table, walked: nobody, the wrong scope, an old token, a disabled client, a log that cannot be written. What is
//! refused discloses nothing; what is told is in the log.

use std::sync::Arc;

use api::{Gate, Route, Verb, routes};
use domain::client::ApiScope;
use http::Method;
use serde_json::json;
use testkit::{Answer, On, Practice, on_both};

use super::{file_for, partner, words};
use crate::visits::book_today;

/// A good body for each route that takes one.
fn body(route: &Route, practice: &Practice) -> Option<(&'static str, Vec<u8>)> {
    let at = "2026-06-09T13:00:00Z";
    let family = practice.patients().first().unwrap().name.family.as_str().to_owned();
    let body = match route.path {
        "/api/patients/find" => json!({ "q": family }),
        "/api/devices/{id}/posture" => json!({ "observed_at": at, "disk_encrypted": true }),
        "/api/alerts" => json!({ "raised_by": "guard", "observed_at": at, "severity": "high", "title": "blocked" }),
        "/api/evidence" => json!({
            "safeguard": domain::compliance::catalogue().unwrap().first().unwrap().slug,
            "observed_at": at,
            "statement": "the drill was held",
        }),
        _ => return None,
    };
    Some(("application/json", body.to_string().into_bytes()))
}

fn send(practice: &Practice, route: &Route, token: Option<&str>) -> Answer {
    let mut path = practice.fill(route.path).unwrap();
    if path.starts_with("/api/claim-files/") {
        path = format!("/api/claim-files/{}", file_for(practice));
    }
    let body = body(route, practice);
    assert!(route.body.is_none() || body.is_some() || route.gate == Gate::Open, "teach the walk {}", route.path);
    practice.call(route.verb.http(), &path, token, body)
}

fn behind_scopes() -> impl Iterator<Item = (&'static Route, ApiScope)> {
    routes().filter_map(|route| match route.gate {
        Gate::Scope(scope) => Some((route, scope)),
        Gate::Open => None,
    })
}

/// Headers that every answer carries, and words that every refusal has.
fn check(answer: &Answer) {
    assert_eq!(answer.header("cache-control"), "no-store", "{}", answer.asked);
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{}", answer.asked);
    assert!(answer.header("content-security-policy").starts_with("default-src 'none'"), "{}", answer.asked);
    assert!(answer.header("strict-transport-security").starts_with("max-age="), "{}", answer.asked);
    if !answer.status.is_success() {
        assert_eq!(answer.header("content-type"), "application/problem+json", "{}", answer.asked);
        let problem = answer.json();
        for member in ["type", "title", "detail", "where", "remedy"] {
            assert!(problem[member].as_str().is_some_and(|text| text.len() > 3), "{}: {problem}", answer.asked);
        }
        assert_eq!(problem["status"], answer.status.as_u16());
    }
}

/// Runs `during`; nobody may have been shown to anybody in it, by the log or by the answers.
fn tells_nobody(practice: &Practice, during: impl FnOnce() -> Vec<Answer>) {
    let before = practice.events_by_patient();
    let answers = during();
    assert_eq!(practice.events_by_patient(), before, "an event names a patient");
    for answer in answers {
        check(&answer);
        let text = answer.text();
        let told =
            practice.patients().into_iter().find(|p| text.contains(p.mrn.as_str()) || text.contains(p.id.as_str()));
        assert!(told.is_none(), "{}: {text}", answer.asked);
    }
}

#[test]
fn s_tec_17_nobody_gets_past_without_a_token_that_fits() {
    on_both(|practice| {
        book_today(practice);
        let all: Vec<ApiScope> = ApiScope::ALL.to_vec();
        let caller = practice.register(&all, partner(practice).id.as_str());
        tells_nobody(practice, || {
            behind_scopes()
                .map(|(route, _)| {
                    let answer = send(practice, route, None).expect(401);
                    assert!(answer.header("www-authenticate").starts_with("Bearer"), "{}", answer.asked);
                    answer
                })
                .collect()
        });
        // A token with every other scope, and the attempt is on record.
        for (n, (route, scope)) in behind_scopes().enumerate() {
            let others: Vec<ApiScope> = all.iter().copied().filter(|s| *s != scope).collect();
            let token = caller.token(&format!("wrong-{n}"), &words(&others));
            let denied = practice.events_of("access.denied");
            tells_nobody(practice, || {
                let answer = send(practice, route, Some(&token)).expect(403);
                assert!(answer.header("www-authenticate").contains(scope.as_str()), "{}", answer.asked);
                vec![answer]
            });
            assert_eq!(practice.events_of("access.denied"), denied + 1, "{}", route.path);
        }
        // Five minutes later.
        let token = caller.token("old", &words(&all));
        practice.clock.pass(300);
        tells_nobody(practice, || {
            behind_scopes().map(|(route, _)| send(practice, route, Some(&token)).expect(401)).collect()
        });
        // Disabled between two requests.
        let token = caller.token("disabled", &words(&all));
        let id = &caller.id;
        let _ = practice
            .as_role(domain::access::Role::SecurityOfficial)
            .post(&format!("/clients/{id}/disable"), &[("reason", "left")])
            .expect(303);
        tells_nobody(practice, || {
            behind_scopes().map(|(route, _)| send(practice, route, Some(&token)).expect(403)).collect()
        });
        let refused = practice.ask_token(&caller.signer.sign(&caller.claims("again")), "alert.write").expect(400);
        assert!(refused.text().contains("disabled"), "{}", refused.text());
    });
}

#[test]
fn a_token_that_nobody_has_is_refused_and_guessing_is_slowed() {
    let practice = Practice::new(On::Sqlite);
    let (route, _) = behind_scopes().next().unwrap();
    let guess = |text: &str| send(&practice, route, Some(text));
    for n in 0..5 {
        let _ = guess(&format!("{n:064x}")).expect(401);
    }
    let answer = guess(&"f".repeat(64)).expect(429);
    check(&answer);
    assert!(answer.header("retry-after").parse::<u32>().unwrap() > 0);
}

#[test]
fn s_tec_17_access_that_ends_while_a_body_arrives_is_over() {
    let practice = Practice::new(On::Sqlite);
    let caller = practice.register(ApiScope::ALL, partner(&practice).id.as_str());
    let with_bodies = || behind_scopes().filter(|(route, _)| route.body.is_some());
    assert!(with_bodies().count() >= 4);
    for (n, (route, scope)) in with_bodies().enumerate() {
        let token = caller.token(&format!("slow-{n}"), scope.as_str());
        let (body, clock) = (body(route, &practice).unwrap(), Arc::clone(&practice.clock));
        tells_nobody(&practice, || {
            vec![practice.call_slowly(route.path, &token, body, move || clock.pass(300)).expect(401)]
        });
    }
}

#[test]
fn s_tec_17_a_client_that_asks_on_and_on_is_slowed() {
    on_both(|practice| {
        let caller = practice.register(&[ApiScope::PatientFind, ApiScope::ScheduleRead], "own_program");
        let token = caller.token("fast", "patient.find schedule.read");
        let find = || {
            let body = json!({ "q": "nobody is called this" }).to_string().into_bytes();
            practice.call(Method::POST, "/api/patients/find", Some(&token), Some(("application/json", body)))
        };
        for _ in 0..60 {
            let _ = find().expect(200);
        }
        let denied = practice.events_of("access.denied");
        for _ in 0..3 {
            let answer = find().expect(429);
            check(&answer);
            assert_eq!(answer.header("retry-after"), "5");
        }
        assert_eq!(
            practice.events_of("access.denied"),
            denied + 1,
            "the log is told once a minute, not with each call"
        );
        let _ = practice.call(Method::GET, "/api/schedule", Some(&token), None).expect(200);
        practice.clock.pass(5);
        let _ = find().expect(200);
        let _ = find().expect(429);
    });
}

#[test]
fn s_tec_17_what_a_client_is_told_is_in_the_log_and_in_its_use() {
    on_both(|practice| {
        let booked = book_today(practice);
        let all: Vec<ApiScope> = ApiScope::ALL.to_vec();
        let caller = practice.register(&all, partner(practice).id.as_str());
        let patients = practice.patients();
        let mut told = 0;
        for (n, (route, scope)) in behind_scopes().enumerate() {
            let token = caller.token(&format!("told-{n}"), scope.as_str());
            let before = practice.events_by_patient();
            let answer = send(practice, route, Some(&token));
            check(&answer);
            assert!(matches!(answer.status.as_u16(), 200 | 201), "{}: {}", answer.asked, answer.text());
            let (text, after) = (answer.text(), practice.events_by_patient());
            let named = |p: &domain::patient::Patient| text.contains(p.id.as_str()) || text.contains(p.mrn.as_str());
            for patient in patients.iter().filter(|p| named(p)) {
                let id = patient.id.as_str();
                assert!(after.get(id) > before.get(id), "{} tells of {} off the record", answer.asked, patient.mrn);
                told += 1;
            }
            assert_eq!(after != before, scope.discloses() && route.path != "/api/claim-files", "{}", route.path);
        }
        assert!(told >= 2, "only {told} patients were told of");
        let uses = practice.app.store.read("uses", store::client::uses).unwrap();
        let count = |scope| uses.iter().find(|(id, u)| *id == caller.id && u.scope == scope).map_or(0, |(_, u)| u.uses);
        for scope in ApiScope::ALL {
            let routes = behind_scopes().filter(|(_, s)| s == scope).count();
            assert_eq!(count(*scope), u64::try_from(routes).unwrap(), "{scope}");
        }
        assert!(practice.events_about(&booked) > 0);
    });
}

#[test]
fn s_tec_17_where_nothing_can_be_recorded_nothing_is_told_or_taken() {
    on_both(|practice| {
        book_today(practice);
        let caller = practice.register(ApiScope::ALL, partner(practice).id.as_str());
        let token = caller.token("broken", &words(ApiScope::ALL));
        let assertion = caller.signer.sign(&caller.claims("not-given"));
        practice.cannot_write(|| {
            for (route, _) in behind_scopes() {
                let answer = send(practice, route, Some(&token)).expect(503);
                check(&answer);
                let text = answer.text();
                assert!(text.contains("nothing was shown or saved"), "{text}");
                assert!(practice.patients().iter().all(|p| !text.contains(p.mrn.as_str())), "{text}");
            }
            let _ = practice.ask_token(&assertion, "alert.write").expect(503);
        });
        // The assertion was not spent by the attempt that failed.
        let _ = practice.ask_token(&assertion, "alert.write").expect(200);
    });
}

#[test]
fn what_is_nowhere_and_what_is_misspelt_is_refused_in_json() {
    let practice = Practice::new(On::Sqlite);
    let caller = practice.register(&[ApiScope::ScheduleRead], "own_program");
    let token = caller.token("lost", "schedule.read");
    let call = |method: Method, path: &str| practice.call(method, path, Some(&token), None);
    for path in ["/api", "/api/", "/api/nowhere", "/api/claim-files/x/y"] {
        check(&call(Method::GET, path).expect(404));
    }
    check(&call(Method::DELETE, "/api/schedule").expect(405));
    check(&call(Method::POST, "/api/schedule").expect(405));
    for query in ["dat=2026-06-09", "date=2026-06-09&date=2026-06-10", "date=tomorrow", "location=1", "date="] {
        let answer = call(Method::GET, &format!("/api/schedule?{query}")).expect(400);
        check(&answer);
        assert!(answer.json()["where"].as_str().unwrap().starts_with("query "), "{}", answer.text());
    }
    check(&call(Method::GET, "/api/schedule?location=01900000-0000-7000-8000-000000000000").expect(404));
    assert!(routes().all(|route| route.verb == Verb::Post || route.body.is_none()));
}
