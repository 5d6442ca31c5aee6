//! What needs a second factor anew asks for it, and goes on with what was typed.

use domain::access::Role;
use testkit::{Answer, On, Practice, on_both};

/// Every hidden field of the form that asks for the factor.
pub(crate) fn carried(page: &str) -> Vec<(String, String)> {
    let value = |tag: &str, name: &str| {
        let (_, rest) = tag.split_once(&format!("{name}=\""))?;
        rest.split_once('"').map(|(value, _)| {
            value.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        })
    };
    let form = page.split("name=\"step_up_code\"").next().unwrap().rsplit("<form").next().unwrap();
    let hidden = form.split("<input").filter(|tag| tag.contains("type=\"hidden\""));
    hidden.filter_map(|tag| Some((value(tag, "name")?, value(tag, "value").unwrap_or_default()))).collect()
}

/// Where the form that asks for the factor goes.
fn target(page: &str) -> String {
    let form = page.split("name=\"step_up_code\"").next().unwrap().rsplit("<form").next().unwrap();
    form.split("action=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

fn asks(answer: &Answer) -> bool {
    answer.text().contains("name=\"step_up_code\"")
}

#[test]
fn s_tec_02_a_role_change_asks_anew_and_nothing_typed_is_lost() {
    on_both(|practice| {
        let browser = practice.as_role(Role::SecurityOfficial);
        let bea = practice.persona(Role::Biller).account.clone();
        let path = format!("/people/{bea}/role");
        let role = || practice.app.store.read("role", |tx| store::account::load(tx, &bea)).unwrap().value.role;
        practice.clock.pass(301);
        let why = "covers the desk & \"phones\" <now>";
        let asked = browser.post(&path, &[("role", "front_desk"), ("role_reason", why)]).expect(403);
        assert!(asks(&asked) && role() == Role::Biller, "nothing happened yet");
        let page = asked.text();
        assert_eq!(target(&page), path);
        let mut form = carried(&page);
        form.retain(|(name, _)| name != "csrf");
        assert!(form.contains(&("role_reason".to_owned(), why.to_owned())), "{form:?}");
        let send = |browser: &testkit::Browser<'_>, code: &str| {
            let mut form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            form.push(("step_up_code", code));
            browser.post(&path, &form)
        };
        let wrong = send(&browser, "000000").expect(422);
        assert!(asks(&wrong) && carried(&wrong.text()).iter().any(|(_, v)| v == why) && role() == Role::Biller);
        assert!(!wrong.text().contains("000000"), "a code is not carried");
        let done = send(&browser, &practice.code(Role::SecurityOfficial)).expect(303);
        assert_eq!(role(), Role::FrontDesk);
        assert_eq!(browser.get("/me").location(), "/sign-in", "the old cookie opens nothing");
        let browser = browser.after(&done);
        assert!(browser.get(&format!("/people/{bea}")).expect(200).text().contains("Front desk"));
        assert!(
            !asks(&browser.post(&format!("/people/{bea}/reset"), &[("reset_reason", "lost")]).expect(200)),
            "fresh now"
        );
        assert_eq!(practice.events_of("account.stepped_up"), 1);
    });
}

#[test]
fn s_tec_02_every_act_that_needs_it_asks_and_protective_ones_do_not() {
    let practice = Practice::new(On::Sqlite);
    let (official, bea) = (practice.as_role(Role::SecurityOfficial), practice.persona(Role::Biller).account.clone());
    let client = practice.register(&[domain::client::ApiScope::AlertWrite], "sends_only").id.clone();
    practice.clock.pass(301);
    for (path, form) in [
        ("/people".to_owned(), vec![("name", "Nia Cole"), ("login", "nia"), ("role", "auditor")]),
        (format!("/people/{bea}/role"), vec![("role", "auditor"), ("role_reason", "x")]),
        (format!("/people/{bea}/reset"), vec![("reset_reason", "x")]),
        (format!("/people/{bea}/enable"), vec![("enable_reason", "x")]),
        ("/clients".to_owned(), vec![("name", "x")]),
        (format!("/clients/{client}"), vec![("name", "x"), ("version", "1")]),
        (format!("/clients/{client}/keys"), vec![("keys", "x")]),
        (format!("/clients/{client}/enable"), vec![("reason", "x")]),
        (practice.fill("/partners/{id}/connector").unwrap(), vec![("host", "x")]),
        (practice.fill("/partners/{id}/connector/key").unwrap(), vec![]),
        (practice.fill("/partners/{id}/connector/resume").unwrap(), vec![("reason", "x")]),
    ] {
        let asked = official.post(&path, &form).expect(403);
        assert!(asks(&asked), "{path}");
    }
    let _ = official.post(&format!("/clients/{client}/disable"), &[("reason", "lost key")]).expect(303);
    let end = [("end_reason", "suspected")];
    let _ = official.post(&format!("/people/{bea}/end-access"), &end).expect(303);
}

#[test]
fn s_tec_02_ones_own_password_and_sessions_ask_anew() {
    on_both(|practice| {
        let there = practice.as_role(Role::Biller);
        let mut here = practice.as_role(Role::Biller);
        let opens = |browser: &testkit::Browser<'_>| browser.get("/me").status == 200;
        practice.clock.pass(301);
        let own = practice.fill("/me/sessions/{id}/end").unwrap();
        for path in [own.as_str(), "/me/end-others", "/me/sign-out-everywhere"] {
            let asked = here.post(path, &[]).expect(403);
            assert!(asks(&asked) && target(&asked.text()) == path, "{path}");
        }
        assert!(opens(&there) && opens(&here), "nothing happened yet");
        // What was typed is a password, so no page carries it: the form comes after the factor.
        let present = practice.persona(Role::Biller).password.clone();
        let typed = [("present", present.as_str()), ("chosen", "four blue boats here")];
        assert_eq!(here.post("/me/password", &typed).expect(303).location(), "/me/password");
        let asked = here.get("/me/password").expect(403);
        assert!(asks(&asked) && !asked.text().contains("name=\"chosen\""), "{}", asked.text());
        let done = here.post("/step-up", &[("to", "/me/password"), ("step_up_code", &practice.code(Role::Biller))]);
        let done = done.expect(303);
        assert_eq!(done.location(), "/me/password");
        here = here.after(&done);
        assert!(here.get("/me/password").expect(200).text().contains("name=\"chosen\""));
        let wrong = here.post("/me/password", &[("present", "not it"), ("chosen", "four blue boats here")]).expect(422);
        assert!(wrong.text().contains("not your present password") && opens(&there), "{}", wrong.text());
        assert_eq!(here.post("/me/password", &typed).expect(303).location(), "/me?changed=1");
        assert!(opens(&here) && !opens(&there), "the other session is over");
    });
}

#[test]
fn s_tec_02_a_file_that_leaves_asks_and_leaves_after() {
    on_both(|practice| {
        let biller = practice.as_role(Role::Biller);
        let Some(path) = practice.fill("/payments/files/{file}/raw") else { panic!("no remittance was imported") };
        let _ = biller.post(&path, &[]).expect(200);
        practice.clock.pass(301);
        let begun = practice.events_of("export.begun");
        let asked = biller.post(&path, &[]).expect(403);
        assert!(asks(&asked) && target(&asked.text()) == path);
        assert_eq!(practice.events_of("export.begun"), begun, "nothing left");
        let done = biller.post(&path, &[("step_up_code", &practice.code(Role::Biller))]).expect(200);
        assert_eq!(done.header("content-type"), "application/octet-stream");
        let mut biller = biller.after(&done);
        for (to, expect) in [("/payments", "/payments"), ("//evil.test/", "/")] {
            practice.clock.pass(31);
            let form = [("to", to), ("step_up_code", &practice.code(Role::Biller))];
            let done = biller.post("/step-up", &form).expect(303);
            assert_eq!(done.location(), expect, "the page that was asked for comes next, when it is ours");
            biller = biller.after(&done);
        }
    });
}
