//! The route table, walked: nobody, every role, forged forms, headers on everything.

use app::access::{Decision, Request, Resource};
use domain::access::{Action, ResourceKind, Role};
use domain::device::Origin;
use domain::grant::{PatientSubject, VisitSubject};
use domain::id::{PatientId, VisitId};
use http::Method;
use testkit::{Answer, On, Practice, on_both};
use web::route::{Gate, Verb};
use web::{Route, routes};

use crate::visits::book_today;

/// The id of a row that is nowhere.
const NOWHERE: &str = "01900000-0000-7000-8000-000000000000";

/// What every answer carries, errors and parts of pages too.
fn check_headers(answer: &Answer) {
    let policy = answer.header("content-security-policy");
    assert!(
        policy.contains("default-src 'none'") || policy.contains("default-src 'self'"),
        "{}: {policy}",
        answer.asked
    );
    assert!(!policy.contains("unsafe-inline") && !policy.contains("unsafe-eval"), "{}: {policy}", answer.asked);
    assert_eq!(answer.header("cache-control"), "no-store", "{}", answer.asked);
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{}", answer.asked);
    for rule in ["object-src 'none'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'", "report-uri /"]
    {
        assert!(policy.contains(rule), "{}: {policy}", answer.asked);
    }
    assert!(policy.contains("require-trusted-types-for 'script'; trusted-types htmx;"), "{}: {policy}", answer.asked);
    for (name, value) in [
        ("strict-transport-security", "max-age=31536000; includeSubDomains"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("access-control-allow-origin", ""),
        ("server", ""),
    ] {
        assert_eq!(answer.header(name), value, "{}: {name}", answer.asked);
    }
    // A page, what a script asked for, or a file that a browser saves and does not show.
    let (kind, saved) = (answer.header("content-type"), answer.header("content-disposition"));
    let shown = ["text/html; charset=utf-8", "application/json"].contains(&kind);
    assert!(
        shown || answer.body.is_empty() || saved.starts_with("attachment; filename=\""),
        "{}: {kind}",
        answer.asked
    );
    // Nobody is sent to another host.
    for to in [answer.location(), answer.header("hx-redirect")] {
        assert!(to.is_empty() || (to.starts_with('/') && !to.starts_with("//")), "{}: {to}", answer.asked);
    }
}

fn check(answer: &Answer) {
    check_headers(answer);
    assert!(!answer.status.is_server_error(), "{}: {}\n{}", answer.asked, answer.status, answer.text());
}

/// The path with an id from the database, and whether there was one.
fn path(practice: &Practice, route: &Route) -> (String, bool) {
    practice.fill(route.path).map_or_else(
        || {
            let (start, rest) = route.path.split_once('{').unwrap();
            (format!("{start}{NOWHERE}{}", rest.split_once('}').unwrap().1), false)
        },
        |path| (path, true),
    )
}

fn send(practice: &Practice, browser: &testkit::Browser<'_>, route: &Route) -> Answer {
    let (path, _) = path(practice, route);
    match route.method {
        Verb::Get => browser.get(&path),
        Verb::Post => browser.post(&path, &[]),
    }
}

/// Whether the policies allow any, and all, of what a route of this kind may ask about.
fn may(practice: &Practice, role: Role, action: Action, kind: ResourceKind) -> (bool, bool) {
    let account = practice.persona(role).account.clone();
    let patient = || {
        let id = practice.patients().first().map_or_else(|| PatientId::parse(NOWHERE).unwrap(), |p| p.id.clone());
        Resource::Patient(PatientSubject { id, restricted: false, circle: Vec::new(), denied: Vec::new() })
    };
    let visit = || {
        let id = VisitId::new(practice.app.clock.now(), &*practice.app.entropy);
        let id_of = PatientId::new(practice.app.clock.now(), &*practice.app.entropy);
        let patient = PatientSubject { id: id_of, restricted: false, circle: Vec::new(), denied: Vec::new() };
        Resource::Visit(VisitSubject { id, patient, clinician: Some(account.clone()) })
    };
    let asked = match kind {
        ResourceKind::Practice => vec![Resource::Practice],
        ResourceKind::Patient => vec![Resource::Practice, patient(), visit()],
        ResourceKind::AuditLog => vec![Resource::AuditLog],
        ResourceKind::Compliance => vec![Resource::Compliance],
        ResourceKind::Account => vec![Resource::Practice, Resource::Account(account.clone())],
    };
    let allows = |resource| {
        let (account, emergency, origin) = (account.clone(), false, Origin::Premises);
        let request = Request { account, role, disabled: false, mfa: true, emergency, origin, action, resource };
        matches!(practice.app.policies.decide(&request), Decision::Allowed(_))
    };
    let answers: Vec<bool> = asked.into_iter().map(allows).collect();
    (answers.contains(&true), !answers.contains(&false))
}

#[test]
fn s_tec_03_nobody_gets_past_the_door() {
    let practice = Practice::new(On::Sqlite);
    let nobody = practice.anonymous();
    for route in routes() {
        let answer = send(&practice, &nobody, route);
        check(&answer);
        if matches!(route.gate, Gate::Session(..)) {
            assert_eq!((answer.status.as_u16(), answer.location()), (303, "/sign-in"), "{}", answer.asked);
            assert!(answer.body.is_empty(), "{}: {}", answer.asked, answer.text());
        }
    }
}

#[test]
fn s_tec_03_each_role_gets_its_pages_and_no_others() {
    let practice = Practice::new(On::Sqlite);
    book_today(&practice);
    let mut wrong = Vec::new();
    for role in Role::ALL {
        let browser = practice.as_role(*role);
        for route in routes().filter(|r| r.method == Verb::Get) {
            let Gate::Session(action, kind) = route.gate else { continue };
            let (path, filled) = path(&practice, route);
            let answer = browser.get(&path);
            check(&answer);
            let status = answer.status.as_u16();
            let (any, all) = may(&practice, *role, action, kind);
            let fits = match (any, all) {
                (true, true) => matches!(status, 200 | 303 | 404 | 422),
                (true, false) => matches!(status, 200 | 303 | 403 | 404 | 422),
                (false, _) => status == 403 || (!filled && status == 404),
            };
            if !fits {
                wrong.push(format!("{role} {}: {status}, policies say any {any}, all {all}", route.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// S-ADM-10, too: what a role opens can be read before it is given.
#[test]
fn s_tec_03_who_may_do_what_is_shown_to_those_who_answer_for_it() {
    let practice = Practice::new(On::Sqlite);
    for (role, from) in [
        (Role::SecurityOfficial, "/people"),
        (Role::PrivacyOfficial, "/readiness"),
        (Role::Auditor, "/readiness"),
        (Role::PracticeManager, "/people"),
    ] {
        let browser = practice.as_role(role);
        assert!(browser.get(from).expect(200).text().contains("href=\"/roles\""), "{role} finds it on {from}");
        for path in ["/roles", "/roles/print"] {
            let page = browser.get(path).expect(200).text();
            assert!(page.contains("find patients"), "{page}");
            assert!(page.contains("own visits") && page.contains(practice.app.policies.hash()), "{page}");
            assert!(
                page.contains("Shown no part of any record: Security official, Auditor, System administrator."),
                "{page}"
            );
        }
    }
    for role in [Role::FrontDesk, Role::Biller, Role::Clinician] {
        let _ = practice.as_role(role).get("/roles").expect(403);
    }
}

#[test]
fn s_tec_03_a_form_of_a_role_that_may_not_is_refused() {
    let practice = Practice::new(On::Sqlite);
    book_today(&practice);
    let mut wrong = Vec::new();
    for role in Role::ALL {
        let mut browser = practice.as_role(*role);
        for route in routes().filter(|r| r.method == Verb::Post) {
            let Gate::Session(action, kind) = route.gate else { continue };
            let answer = send(&practice, &browser, route);
            check(&answer);
            let status = answer.status.as_u16();
            let (any, _) = may(&practice, *role, action, kind);
            // An empty form may be unreadable before anybody asks who sent it.
            if !any && !matches!(status, 400 | 403 | 404) {
                wrong.push(format!("{role} {}: {status}, and the policies refuse it", route.path));
            }
            if browser.get("/").status == 303 {
                browser = practice.as_role(*role);
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_form_without_its_sessions_token_is_refused() {
    let practice = Practice::new(On::Sqlite);
    let before = practice.patients();
    for token in ["", "0000", "\u{e9}"] {
        let forger = practice.as_role(Role::PracticeManager).with_csrf(token);
        for route in routes().filter(|r| r.method == Verb::Post && !matches!(r.gate, Gate::Open)) {
            let answer = send(&practice, &forger, route);
            check(&answer);
            assert_eq!(answer.status.as_u16(), 403, "{}", answer.asked);
        }
        assert_eq!(forger.get("/").status.as_u16(), 200, "the session goes on");
    }
    assert_eq!(practice.patients(), before);
}

#[test]
fn parts_of_pages_carry_the_headers_too() {
    let practice = Practice::new(On::Sqlite);
    let browser = practice.as_role(Role::PracticeManager).partial();
    for route in routes().filter(|r| r.method == Verb::Get) {
        check(&send(&practice, &browser, route));
    }
    check(&practice.anonymous().partial().get("/patients"));
}

#[test]
fn what_is_nowhere_is_not_found() {
    on_both(|practice| {
        let browser = practice.as_role(Role::PracticeManager);
        let paths =
            ["/nowhere", "/patients/nobody", "/schedule/0", "/%00", "/patients/%27%20OR%201=1", "/../etc/passwd"];
        for path in paths.iter().map(ToString::to_string).chain([format!("/patients/{NOWHERE}")]) {
            let answer = browser.get(&path);
            check(&answer);
            assert_eq!(answer.status.as_u16(), 404, "{path}");
        }
        let answer = practice.anonymous().get("/nowhere");
        check(&answer);
        assert_eq!(answer.status.as_u16(), 404);
    });
}

#[test]
fn a_method_that_a_page_has_not_is_refused_with_the_headers() {
    let practice = Practice::new(On::Sqlite);
    let browser = practice.as_role(Role::PracticeManager);
    for method in [Method::DELETE, Method::PUT, Method::PATCH, Method::OPTIONS, Method::TRACE] {
        for path in ["/patients", "/nowhere"] {
            let answer = browser.send(method.clone(), path, "", Vec::new());
            check(&answer);
            assert!(answer.status.is_client_error(), "{}: {}", answer.asked, answer.status);
        }
    }
    let head = browser.send(Method::HEAD, "/patients", "", Vec::new());
    check(&head);
    assert!(head.body.is_empty());
}
