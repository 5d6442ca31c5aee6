//! What holds a stranger's hand off a person's session: cookies, forged forms, what browsers report, what is left behind.

use domain::access::Role;
use http::Method;
use testkit::{Answer, Browser, On, Practice, on_both};

const REPORT: &str = "application/csp-report";

/// The session ends where another begins, so the browser that asks is still the one of before.
fn types_password(practice: &Practice, browser: &Browser<'_>, role: Role) -> Answer {
    let persona = practice.persona(role);
    browser.post("/sign-in", &[("login", &persona.login), ("password", &persona.password)])
}

fn report(blocked: &str) -> Vec<u8> {
    let page = "https://practice.test/patients?q=quetzal";
    format!(r#"{{"csp-report":{{"document-uri":"{page}","blocked-uri":"{blocked}","effective-directive":"script-src-elem"}}}}"#).into_bytes()
}

#[test]
fn cookies_are_this_hosts_alone_and_out_of_scripts_reach() {
    let practice = Practice::new(On::Sqlite);
    let ticket = types_password(&practice, &practice.anonymous(), Role::Biller).expect(303);
    let over = practice.as_role(Role::Biller).post("/sign-out", &[]).expect(303);
    for (answer, gone) in [(&ticket, false), (&over, true)] {
        let set: Vec<&str> = answer.headers.get_all("set-cookie").iter().map(|v| v.to_str().unwrap()).collect();
        assert!(!set.is_empty(), "{}", answer.asked);
        for cookie in set {
            assert!(cookie.starts_with("__Host-session="), "{cookie}");
            for part in ["; Path=/;", "; Secure", "; HttpOnly", "; SameSite=Lax"] {
                assert!(cookie.contains(part), "{cookie} has no {part}");
            }
            assert!(!cookie.contains("Domain") && cookie.len() < 4096, "{cookie}");
            assert_eq!(cookie.contains("Max-Age=0"), gone, "{cookie}");
        }
    }
    // The token is in the cookie and nowhere else.
    let set = ticket.header("set-cookie");
    let token = set.split(['=', ';']).nth(1).unwrap();
    assert!(token.len() == 64 && !ticket.text().contains(token) && !ticket.location().contains(token));
}

#[test]
fn a_form_that_another_site_sends_is_refused_and_on_record() {
    on_both(|practice| {
        let people = practice.patients();
        let form = [("family", "Quetzal"), ("given", "Nadia"), ("birth_date", "6/9/1984"), ("sex", "F")];
        let refused = practice.events_of("access.denied");
        for (n, site) in ["cross-site", "same-site"].into_iter().enumerate() {
            // It has everything else that a form needs.
            let desk = practice.as_role(Role::FrontDesk).saying("sec-fetch-site", site);
            let _ = desk.post("/patients", &form).expect(403);
            assert_eq!(practice.events_of("access.denied"), refused + i64::try_from(n).unwrap() + 1, "{site}");
        }
        assert_eq!(practice.patients(), people);
        let _ = practice.anonymous().saying("sec-fetch-site", "cross-site").post("/sign-in", &[]).expect(403);
        let own = practice.as_role(Role::FrontDesk).saying("sec-fetch-site", "same-origin");
        let _ = own.post("/patients", &form).expect(303);
    });
}

#[test]
fn what_comes_again_and_again_does_not_fill_the_log() {
    let practice = Practice::new(On::Sqlite);
    let desk = practice.as_role(Role::FrontDesk).with_csrf("0000");
    let before = practice.events_of("access.denied");
    for _ in 0..40 {
        let _ = desk.post("/patients", &[]).expect(403);
    }
    let noted = practice.events_of("access.denied") - before;
    assert!((10..15).contains(&noted), "{noted} of 40 are on record");
}

#[test]
fn what_a_browser_kept_off_a_page_is_on_record() {
    on_both(|practice| {
        let noted = || practice.events_of("page.content_blocked");
        let send =
            |browser: &Browser<'_>, body| browser.send(Method::POST, "/blocked-content", REPORT, body).expect(204);
        let desk = practice.as_role(Role::FrontDesk);
        let answer = send(&desk, report("https://evil.test/a.js"));
        assert!(answer.body.is_empty() && answer.header("cache-control") == "no-store");
        assert_eq!(noted(), 1);
        let _ = send(&desk, b"what is no report".to_vec());
        let _ = send(&practice.anonymous(), report("inline"));
        assert_eq!(noted(), 1, "neither what cannot be read nor what a stranger says");
        let log = practice.as_role(Role::PrivacyOfficial).get("/audit").expect(200).text();
        assert!(log.contains("something kept off a page") && log.contains("https://evil.test"), "{log}");
        assert!(!log.contains("quetzal"), "what was searched for is in the address, and not in the log");
        let _ = desk.send(Method::POST, "/blocked-content", REPORT, vec![b'x'; 70_000]).expect(400);
    });
}

#[test]
fn a_report_is_nobodys_activity() {
    let practice = Practice::new(On::Sqlite);
    let desk = practice.as_role(Role::FrontDesk);
    for _ in 0..4 {
        practice.clock.pass(240);
        let _ = desk.send(Method::POST, "/blocked-content", REPORT, report("inline")).expect(204);
    }
    assert_eq!(desk.get("/").expect(303).location(), "/locked");
}

#[test]
fn signing_in_over_somebody_ends_their_session() {
    let practice = Practice::new(On::Sqlite);
    let desk = practice.as_role(Role::FrontDesk);
    let ended = practice.events_of("account.signed_out");
    let _ = desk.post("/sign-in", &[("login", "nobody"), ("password", "not the password")]).expect(422);
    let _ = desk.get("/").expect(200);
    let _ = types_password(&practice, &desk, Role::Biller).expect(303);
    assert_eq!(practice.events_of("account.signed_out"), ended + 1);
    // The cookie of before, from wherever it was kept.
    let answer = desk.get("/patients").expect(303);
    assert_eq!((answer.location(), answer.header("clear-site-data")), ("/sign-in", "\"cache\""));
}

#[test]
fn who_signs_out_leaves_nothing_behind_in_the_browser() {
    let practice = Practice::new(On::Sqlite);
    let desk = practice.as_role(Role::FrontDesk);
    let answer = desk.post("/sign-out", &[]).expect(303);
    assert_eq!((answer.location(), answer.header("clear-site-data")), ("/sign-in", "\"cache\""));
    assert_eq!(desk.get("/patients").expect(303).location(), "/sign-in");
    let everywhere = practice.as_role(Role::Biller).post("/me/sign-out-everywhere", &[]).expect(303);
    assert_eq!(everywhere.header("clear-site-data"), "\"cache\"");
    assert_eq!(practice.anonymous().get("/patients").expect(303).header("clear-site-data"), "", "nothing was there");
}

#[test]
fn a_field_that_comes_twice_counts_once_everywhere() {
    let practice = Practice::new(On::Sqlite);
    let desk = practice.as_role(Role::FrontDesk);
    let form =
        [("family", "Quetzal"), ("given", "Nadia"), ("birth_date", "6/9/1984"), ("sex", "F"), ("family", "Second")];
    let id = desk.post("/patients", &form).expect(303).patient();
    let kept = practice.patients().into_iter().find(|p| p.id == id).unwrap();
    assert_eq!(kept.name.family.as_str(), "Quetzal", "the first, as where a field is asked for by its name");
}

#[test]
fn an_address_that_a_header_claims_is_nobodys() {
    let practice = Practice::new(On::Sqlite);
    let wrong = [("login", "nobody"), ("password", "not the password")];
    let claims = ["198.51.100.1", "198.51.100.2", "198.51.100.3", "198.51.100.4", "198.51.100.5"];
    for claimed in claims {
        let stranger = practice.anonymous().saying("x-forwarded-for", claimed).saying("x-real-ip", claimed);
        let _ = stranger.saying("forwarded", "for=198.51.100.9").post("/sign-in", &wrong).expect(422);
    }
    let _ = practice.anonymous().saying("x-forwarded-for", "198.51.100.6").post("/sign-in", &wrong).expect(429);
}

#[test]
fn a_files_name_stays_inside_its_header() {
    let practice = Practice::new(On::Sqlite);
    let biller = practice.as_role(Role::Biller);
    let kept = biller.upload("/payments", "file", "a; filename=x.html \u{e9}/../b.835", b"no remittance").expect(303);
    let answer = biller.post(&format!("{}/raw", kept.location()), &[]).expect(200);
    assert_eq!(answer.body, b"no remittance");
    let said = answer.header("content-disposition");
    let name = said.strip_prefix("attachment; filename=\"").and_then(|rest| rest.strip_suffix('"')).unwrap();
    assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)), "{said}");
}
