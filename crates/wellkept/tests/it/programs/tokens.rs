//! Assertions and tokens: each claim that is off, each key that does not fit, each way to use one twice.

use domain::access::Role;
use domain::client::ApiScope;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use testkit::{AUDIENCE, Caller, On, Practice, Signer, on_both};

/// Asks with these claims, a long while after the last attempt, and gives the code of RFC 6749 and the words.
fn refused(practice: &Practice, assertion: &str, scope: &str) -> (String, String) {
    practice.clock.pass(60);
    let answer = practice.ask_token(assertion, scope).expect(400);
    assert_eq!(answer.header("cache-control"), "no-store");
    let said = answer.json();
    (said["error"].as_str().unwrap().to_owned(), said["error_description"].as_str().unwrap().to_owned())
}

fn with(caller: &Caller<'_>, jti: &str, change: impl Fn(&mut Value)) -> Value {
    let mut claims = caller.claims(jti);
    change(&mut claims);
    claims
}

/// What is changed in a token, and how.
type Case = (&'static str, Box<dyn Fn(&mut Value)>);

#[test]
fn an_assertion_with_a_claim_that_is_off_gets_nothing() {
    let practice = Practice::new(On::Sqlite);
    let caller = practice.register(&[ApiScope::AlertWrite], "sends_only");
    let other = practice.register(&[ApiScope::AlertWrite], "sends_only");
    let cases: Vec<Case> = vec![
        ("`sub`", Box::new(|c| c["sub"] = json!("somebody"))),
        ("`aud`", Box::new(|c| c["aud"] = json!("https://elsewhere.test/api/token"))),
        ("`aud`", Box::new(|c| c["aud"] = json!([AUDIENCE, "https://elsewhere.test/api/token"]))),
        ("`aud`", Box::new(|c| c["aud"] = json!([]))),
        ("`exp` is over", Box::new(|c| c["exp"] = json!(c["iat"].as_i64().unwrap() - 1))),
        ("5 minutes", Box::new(|c| c["exp"] = json!(c["iat"].as_i64().unwrap() + 700))),
        ("5 minutes", Box::new(|c| c["exp"] = json!(i64::MAX))),
        ("future", Box::new(|c| c["nbf"] = json!(c["iat"].as_i64().unwrap() + 300))),
        ("future", Box::new(|c| c["iat"] = json!(c["iat"].as_i64().unwrap() + 300))),
        ("`jti`", Box::new(|c| c["jti"] = json!(""))),
        ("`jti`", Box::new(|c| c["jti"] = json!("x".repeat(129)))),
        ("not signed by a key", Box::new(move |c| c["iss"] = json!("nobody"))),
    ];
    for (n, (words, change)) in cases.iter().enumerate() {
        // The clock moves in between, so the claims are made when they are sent.
        practice.clock.pass(60);
        let claims = with(&caller, &format!("off-{n}"), change);
        let said = practice.ask_token(&caller.signer.sign(&claims), "alert.write").expect(400).text();
        assert!(said.contains(words) && said.contains("invalid_client"), "{n}: {said}");
    }
    for member in ["iss", "sub", "aud", "exp", "jti"] {
        let claims = with(&caller, "short", |c| drop(c.as_object_mut().unwrap().remove(member)));
        let (code, _) = refused(&practice, &caller.signer.sign(&claims), "alert.write");
        assert_eq!(code, "invalid_request", "without {member}");
    }
    // Somebody else's name under one's own key.
    let claims =
        with(&caller, "other", |c| (c["iss"], c["sub"]) = (json!(other.id.as_str()), json!(other.id.as_str())));
    let (code, words) = refused(&practice, &caller.signer.sign(&claims), "alert.write");
    assert!(code == "invalid_client" && words.contains("not signed by a key"), "{words}");
    assert_eq!(practice.events_of("client.token_issued"), 0);
    practice.clock.pass(60);
    let _ = caller.token("good", "alert.write");
    assert_eq!(practice.events_of("client.token_issued"), 1);
}

#[test]
fn an_assertion_by_another_key_or_algorithm_gets_nothing() {
    let practice = Practice::new(On::Sqlite);
    let caller = practice.register(&[ApiScope::AlertWrite], "sends_only");
    let unproven = |assertion: &str| {
        let (code, words) = refused(&practice, assertion, "alert.write");
        assert!(code == "invalid_client" || code == "invalid_request", "{code}: {words}");
    };
    let claims = || caller.claims("key");
    unproven(&Signer::es384("first").sign(&claims()));
    unproven(&Signer::rs384("first").sign(&claims()));
    let header = |kid: Option<&str>| Header { kid: kid.map(str::to_owned), ..Header::new(Algorithm::ES384) };
    unproven(&caller.signer.sign_with(&header(None), &claims()));
    unproven(&caller.signer.sign_with(&header(Some("second")), &claims()));
    // The public key as the secret of a symmetric algorithm.
    let secret = EncodingKey::from_secret(caller.signer.jwk["x"].as_str().unwrap().as_bytes());
    let symmetric = Header { kid: Some("first".to_owned()), ..Header::new(Algorithm::HS384) };
    unproven(&jsonwebtoken::encode(&symmetric, &claims(), &secret).unwrap());
    // No algorithm, no signature; a changed signature; no JWT at all.
    let good = caller.signer.sign(&claims());
    let (head, rest) = good.split_once('.').unwrap();
    unproven(&format!("eyJhbGciOiJub25lIiwia2lkIjoiZmlyc3QifQ.{}.", rest.split_once('.').unwrap().0));
    unproven(&format!("{head}.{}", rest.replace('A', "B")));
    for text in ["", "a", "a.b.c", &good.replace('.', ""), &"x".repeat(9000)] {
        unproven(text);
    }
    practice.clock.pass(60);
    assert_eq!(practice.events_of("client.token_issued"), 0);
    let _ = caller.token("good", "alert.write");
}

#[test]
fn s_tec_17_an_assertion_works_once_and_gives_no_more_than_was_given() {
    on_both(|practice| {
        let caller = practice.register(&[ApiScope::AlertWrite, ApiScope::PostureWrite], "sends_only");
        let assertion = caller.signer.sign(&caller.claims("once"));
        let given = practice.ask_token(&assertion, "alert.write").expect(200).json();
        assert_eq!((&given["expires_in"], &given["scope"]), (&json!(300), &json!("alert.write")));
        let again = practice.ask_token(&assertion, "alert.write").expect(400).text();
        assert!(again.contains("used before"), "{again}");
        for scope in
            ["schedule.read", "alert.write schedule.read", "alert.write  posture.write", "Alert.write", "*", ""]
        {
            practice.clock.pass(60);
            let assertion = caller.signer.sign(&caller.claims(&format!("more-{scope}")));
            let said = practice.ask_token(&assertion, scope).expect(400).json();
            assert_eq!(said["error"], "invalid_scope", "{scope:?}: {said}");
            // It is spent all the same.
            let said = practice.ask_token(&assertion, "alert.write").expect(400).text();
            assert!(said.contains("used before"), "{said}");
        }
        assert_eq!(practice.events_of("client.token_issued"), 1);
        assert_eq!(practice.events_of("client.token_refused"), 13);
    });
}

#[test]
fn refused_assertions_are_slowed_and_a_good_one_costs_nothing() {
    let practice = Practice::new(On::Sqlite);
    let caller = practice.register(&[ApiScope::AlertWrite], "sends_only");
    for n in 0..8 {
        let _ = caller.token(&format!("good-{n}"), "alert.write");
    }
    for _ in 0..5 {
        let _ = practice.ask_token("a.b.c", "alert.write").expect(400);
    }
    let answer = practice.ask_token(&caller.signer.sign(&caller.claims("late")), "alert.write").expect(429);
    assert!(answer.header("retry-after").parse::<i64>().unwrap() <= 20, "{}", answer.text());
    practice.clock.pass(20);
    let _ = caller.token("later", "alert.write");
}

#[test]
fn a_form_that_is_no_token_request_is_told_why() {
    let practice = Practice::new(On::Sqlite);
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let cases: [(&[(&str, &str)], &str); 4] = [
        (&[], "unsupported_grant_type"),
        (&[("grant_type", "password")], "unsupported_grant_type"),
        (&[("grant_type", "client_credentials")], "invalid_request"),
        (&[("grant_type", "client_credentials"), ("client_assertion_type", kind)], "invalid_request"),
    ];
    for (form, code) in cases {
        let answer = practice.send_form("/api/token", form).expect(400);
        assert_eq!(answer.json()["error"], code, "{form:?}");
    }
    let twice = [("grant_type", "client_credentials"), ("grant_type", "client_credentials")];
    let _ = practice.send_form("/api/token", &twice).expect(422);
    let json = Some(("application/json", b"{}".to_vec()));
    let _ = practice.call(http::Method::POST, "/api/token", None, json).expect(415);
}

#[test]
fn keys_are_changed_over_without_a_gap_and_a_lost_one_stops_at_once() {
    let practice = &Practice::new(On::Sqlite);
    let mut caller = practice.register(&[ApiScope::AlertWrite], "sends_only");
    let path = format!("/clients/{}", caller.id);
    let next = Signer::rs384("second");
    let official = practice.as_role(Role::SecurityOfficial);
    let form = |key: &Signer, days: &'static str| {
        [("keys".to_owned(), key.jwk.to_string()), ("overlap".to_owned(), days.to_owned())]
    };
    let post = |form: [(String, String); 2]| {
        let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        official.post(&format!("{path}/keys"), &form)
    };
    let _ = post(form(&next, "31")).expect(422);
    let _ = post(form(&caller.signer, "7")).expect(422);
    let _ = post(form(&next, "7")).expect(303);
    let _ = caller.token("old key", "alert.write");
    let old = std::mem::replace(&mut caller.signer, next);
    let _ = caller.token("new key", "alert.write");
    practice.clock.pass(7 * 86_400);
    let (code, _) = refused(practice, &old.sign(&caller.claims("too late")), "alert.write");
    assert_eq!(code, "invalid_client");
    let token = caller.token("still", "alert.write");
    let form = [("kid", "second"), ("reason", "laptop lost")];
    let official = practice.as_role(Role::SecurityOfficial);
    let _ = official.post(&format!("{path}/keys/withdraw"), &form).expect(303);
    let alert = json!({"raised_by": "x", "observed_at": "2026-06-09T13:00:00Z", "severity": "low", "title": "t"});
    let body = || Some(("application/json", alert.to_string().into_bytes()));
    let _ = practice.call(http::Method::POST, "/api/alerts", Some(&token), body()).expect(401);
    let (code, _) = refused(practice, &caller.signer.sign(&caller.claims("lost")), "alert.write");
    assert_eq!(code, "invalid_client");
}
