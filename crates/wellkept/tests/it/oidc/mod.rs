//! Sign-in by an identity provider, good ones and hostile ones.

mod lies;
mod provider;

use app::account::oidc::SecondFactor;
use domain::Clock as _;
use domain::access::Role;
use domain::id::AccountId;
use serde_json::json;
use store::account;
use store::record::{Stamp, Versioned};
use testkit::{Answer, Browser, On, Practice, engines};

use lies::LIES;
use provider::{ISSUER, Provider, Signed};

const SUBJECT: &str = "00u-248289";

/// A practice with this provider.
fn practice(on: On, provider: &Provider, factor: SecondFactor) -> Practice {
    Practice::known_by(on, provider.configured(factor))
}

/// On each engine, with a provider of its own.
fn with_provider(factor: SecondFactor, test: impl Fn(&Practice, &Provider)) {
    for on in engines() {
        let provider = Provider::new();
        test(&practice(on, &provider, factor), &provider);
    }
}

/// Somebody in this role links their account at the provider.
fn link<'p>(practice: &'p Practice, provider: &Provider, role: Role, subject: &str) -> (Browser<'p>, Answer) {
    let browser = practice.as_role(role);
    let sent = browser.post("/me/oidc", &[]).expect(200);
    provider.at(practice.clock.now());
    let back = provider.agrees(&sent, subject);
    let browser = browser.keeping(&sent);
    let answer = browser.get(&back);
    (browser, answer)
}

/// A stranger's browser goes to the provider and comes back as `subject`.
fn comes<'p>(practice: &'p Practice, provider: &Provider, subject: &str) -> (Browser<'p>, Answer) {
    practice.clock.pass(120);
    let browser = practice.anonymous();
    let sent = browser.get("/sign-in/oidc").expect(303);
    provider.at(practice.clock.now());
    let back = provider.agrees(&sent, subject);
    let browser = browser.keeping(&sent);
    let answer = browser.get(&back);
    (browser.keeping(&answer), answer)
}

/// Gives somebody another role, as two officials would.
fn become_one(practice: &Practice, who: &AccountId, role: Role) {
    let who = who.clone();
    let changed = practice.app.store.write("role", move |tx| {
        let Versioned { mut value, version } = account::load(tx, &who)?;
        value.role = role;
        let stamp = Stamp { actor: "test".to_owned(), reason: "as agreed".to_owned() };
        account::update(tx, &who, version, &value, &stamp)
    });
    changed.unwrap();
}

fn refused(answer: &Answer, words: &str) {
    assert_eq!(answer.status.as_u16(), 422, "{words}: {}", answer.text());
    assert!(answer.text().contains(words), "{words} is not on {}", answer.text());
}

#[test]
fn s_tec_02_a_linked_account_takes_the_place_of_the_password_and_of_nothing_else() {
    with_provider(SecondFactor::Here, |practice, provider| {
        assert!(practice.anonymous().get("/sign-in").text().contains("Sign in with Example"));
        let (_, unknown) = comes(practice, provider, SUBJECT);
        refused(&unknown, "linked to nobody here");
        let (dana, linked) = link(practice, provider, Role::FrontDesk, SUBJECT);
        assert_eq!(linked.location(), "/me?linked=1");
        assert!(dana.get("/me").expect(200).text().contains(SUBJECT));
        assert_eq!(practice.events_of("account.oidc_linked"), 1);
        let before = practice.events_of("account.signed_in");
        let (browser, answer) = comes(practice, provider, SUBJECT);
        assert_eq!(answer.location(), "/sign-in/code");
        assert_eq!((browser.get("/").location(), practice.events_of("account.signed_in")), ("/sign-in", before));
        let code = practice.code(Role::FrontDesk);
        let inside = browser.post("/sign-in/code", &[("code", &code)]).expect(303);
        let browser = browser.keeping(&inside);
        assert!(browser.get("/").expect(200).text().contains("Dana"));
        let official = practice.as_role(Role::SecurityOfficial);
        let who = &practice.persona(Role::FrontDesk).account;
        assert!(official.get("/people").expect(200).text().contains("with Example too"));
        assert!(official.get(&format!("/people/{who}")).expect(200).text().contains("Linked with an account of"));
        let log = practice.as_role(Role::PrivacyOfficial).get("/audit").expect(200).text();
        assert!(log.contains("linked an account of the identity provider"), "{log}");
    });
}

#[test]
fn s_tec_02_an_account_is_one_persons_and_unlinked_it_opens_nothing() {
    with_provider(SecondFactor::Here, |practice, provider| {
        let (dana, linked) = link(practice, provider, Role::FrontDesk, SUBJECT);
        assert_eq!(linked.location(), "/me?linked=1");
        let (_, taken) = link(practice, provider, Role::Biller, SUBJECT);
        refused(&taken, "linked to somebody else here");
        let (_, second) = link(practice, provider, Role::FrontDesk, "another");
        refused(&second, "you have linked another one");
        practice.clock.pass(301);
        assert!(dana.post("/me/oidc/unlink", &[]).expect(403).text().contains("step_up_code"), "asks for a factor");
        let dana = practice.as_role(Role::FrontDesk);
        let _ = dana.post("/me/oidc/unlink", &[]).expect(303);
        assert_eq!(practice.events_of("account.oidc_unlinked"), 1);
        let (_, unknown) = comes(practice, provider, SUBJECT);
        refused(&unknown, "linked to nobody here");
        // Helping somebody who lost everything takes the provider's word away too.
        let (_, linked) = link(practice, provider, Role::FrontDesk, SUBJECT);
        assert_eq!(linked.location(), "/me?linked=1");
        let official = practice.as_role(Role::SecurityOfficial);
        let who = &practice.persona(Role::FrontDesk).account;
        let _ = official.post(&format!("/people/{who}/reset"), &[("reset_reason", "lost the phone")]).expect(200);
        let (_, unknown) = comes(practice, provider, SUBJECT);
        refused(&unknown, "linked to nobody here");
    });
}

#[test]
fn s_tec_02_a_provider_trusted_with_the_second_factor_opens_no_step_up() {
    with_provider(SecondFactor::Provider, |practice, provider| {
        let _ = link(practice, provider, Role::FrontDesk, SUBJECT);
        let (_, answer) = comes(practice, provider, SUBJECT);
        assert_eq!(answer.location(), "/sign-in/code", "it does not say that it took two");
        let at = practice.clock.now().micros() / 1_000_000;
        provider.says(json!({"amr": ["pwd", "otp", "mfa"], "auth_time": at - 3600}));
        let (_, answer) = comes(practice, provider, SUBJECT);
        assert_eq!(answer.location(), "/sign-in/code", "that was an hour ago");
        let at = practice.clock.now().micros() / 1_000_000 + 120;
        provider.says(json!({"amr": ["pwd", "otp", "mfa"], "auth_time": at}));
        let (browser, answer) = comes(practice, provider, SUBJECT);
        assert_eq!(answer.location(), "/");
        let home = browser.get("/").expect(200);
        let csrf = home.text().split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let browser = browser.with_csrf(&csrf);
        assert!(
            browser.get("/me/password").expect(403).text().contains("step_up_code"),
            "a factor of here is asked for"
        );
        assert!(browser.post("/me/oidc/unlink", &[]).expect(403).text().contains("step_up_code"));
        let _ = browser.post("/me/oidc/unlink", &[("step_up_code", &practice.code(Role::FrontDesk))]).expect(303);
    });
}

#[test]
fn s_tec_02_the_provider_lets_in_no_official_and_nobody_whose_access_ended() {
    with_provider(SecondFactor::Provider, |practice, provider| {
        let sam = practice.as_role(Role::SecurityOfficial);
        assert!(!sam.get("/me").expect(200).text().contains("Link it"));
        refused(&sam.post("/me/oidc", &[]), "with a passkey, once they have one");
        let _ = link(practice, provider, Role::Biller, SUBJECT);
        let at = practice.clock.now().micros() / 1_000_000 + 120;
        provider.says(json!({"amr": ["mfa"], "auth_time": at}));
        let bea = practice.persona(Role::Biller).account.clone();
        become_one(practice, &bea, Role::SystemAdministrator);
        let (_, answer) = comes(practice, provider, SUBJECT);
        refused(&answer, "with a passkey, once they have one");
        become_one(practice, &bea, Role::Biller);
        let sam = practice.as_role(Role::SecurityOfficial);
        let form = [("end_reason", "resigned"), ("end_date", "6/9/2026"), ("end_time", "8:00 AM")];
        let _ = sam.post(&format!("/people/{bea}/end-access"), &form).expect(303);
        let before = practice.events_of("account.sign_in_failed");
        let (browser, answer) = comes(practice, provider, SUBJECT);
        refused(&answer, "ask the security official");
        assert_eq!(browser.get("/").location(), "/sign-in");
        assert_eq!(practice.events_of("account.sign_in_failed"), before + 1);
    });
}

#[test]
fn a_token_that_is_wrong_in_one_way_lets_nobody_in() {
    let provider = Provider::new();
    let practice = practice(On::Sqlite, &provider, SecondFactor::Here);
    let _ = link(&practice, &provider, Role::FrontDesk, SUBJECT);
    for (n, (words, lie)) in LIES.into_iter().enumerate() {
        provider.lies(lie);
        let before = practice.events_of("account.sign_in_failed");
        let (browser, answer) = comes(&practice, &provider, SUBJECT);
        refused(&answer, words);
        assert_eq!(practice.events_of("account.sign_in_failed"), before + 1, "{n}: {words}");
        assert_eq!(browser.get("/sign-in/code").location(), "/sign-in", "{n}: no ticket came of it");
    }
    // The token of somebody's earlier sign-in answers none of now.
    let (_, good) = comes(&practice, &provider, SUBJECT);
    assert_eq!(good.location(), "/sign-in/code");
    provider.replays();
    let (_, answer) = comes(&practice, &provider, SUBJECT);
    refused(&answer, "not of now");
}

#[test]
fn an_answer_belongs_to_the_browser_that_asked_and_works_once() {
    let provider = Provider::new();
    let practice = practice(On::Sqlite, &provider, SecondFactor::Here);
    let _ = link(&practice, &provider, Role::FrontDesk, SUBJECT);
    let begin = || {
        practice.clock.pass(120);
        let sent = practice.anonymous().get("/sign-in/oidc").expect(303);
        provider.at(practice.clock.now());
        let back = provider.agrees(&sent, SUBJECT);
        (practice.anonymous().keeping(&sent), back)
    };
    let (browser, back) = begin();
    let nobody = practice.anonymous().get(&back);
    refused(&nobody, "begin again");
    let (other, _) = begin();
    refused(&other.get(&back), "another sign-in");
    refused(&browser.get(&back.replace("state=", "state=x")), "another sign-in");
    // None of these cost the browser that asked its way back.
    let good = browser.get(&back);
    assert_eq!(good.location(), "/sign-in/code");
    assert!(good.headers.get_all("set-cookie").iter().any(|c| c.to_str().unwrap().starts_with("__Host-oidc=;")));
    refused(&browser.get(&back), "used already");
    let (browser, back) = begin();
    refused(&browser.get(&back.replace("tenant", "other")), "somebody else");
    refused(&browser.get(&back), "used already");
    let (browser, back) = begin();
    refused(&browser.get(back.split("&iss=").next().unwrap()), "somebody else");
    let (browser, back) = begin();
    practice.clock.pass(600);
    refused(&browser.get(&back), "took too long");
    let (browser, back) = begin();
    refused(&browser.get(&back.replace("code=", "code=x")), "did not confirm");
    let (browser, back) = begin();
    let state = back.split('&').find(|part| part.starts_with("state=")).unwrap();
    let issuer = back.split('&').next_back().unwrap();
    let said =
        browser.get(&format!("/sign-in/oidc/answer?error=access_denied&error_description=Call+555&{state}&{issuer}"));
    refused(&said, "you declined");
    assert!(!said.text().contains("555"), "anybody may write a description");
    // Another site begins no sign-in in somebody's browser.
    let foreign = practice.anonymous().saying("sec-fetch-site", "cross-site").get("/sign-in/oidc");
    assert_eq!((foreign.location(), foreign.header("set-cookie")), ("/sign-in", ""));
}

#[test]
fn an_account_is_linked_in_the_session_that_asked_for_it() {
    let provider = Provider::new();
    let practice = practice(On::Sqlite, &provider, SecondFactor::Here);
    let dana = practice.as_role(Role::FrontDesk);
    let sent = dana.post("/me/oidc", &[]).expect(200);
    provider.at(practice.clock.now());
    let back = provider.agrees(&sent, SUBJECT);
    // The same cookie, in the browser of somebody else who is signed in, and in one of nobody.
    let bea = practice.as_role(Role::Biller).keeping(&sent);
    refused(&bea.get(&back), "session here ended");
    let sent = dana.post("/me/oidc", &[]).expect(200);
    let back = provider.agrees(&sent, SUBJECT);
    refused(&practice.anonymous().keeping(&sent).get(&back), "session here ended");
    assert_eq!(practice.events_of("account.oidc_linked"), 0);
    practice.clock.pass(301);
    assert!(dana.post("/me/oidc", &[]).expect(403).text().contains("step_up_code"), "a factor is asked for first");
    assert!(!dana.get("/me/oidc").status.is_success(), "a link from elsewhere begins nothing");
}

#[test]
fn keys_of_the_provider_change_and_nobody_makes_us_ask_on_and_on() {
    let provider = Provider::new();
    let practice = practice(On::Sqlite, &provider, SecondFactor::Here);
    let _ = link(&practice, &provider, Role::FrontDesk, SUBJECT);
    assert_eq!((provider.asked_for("/keys"), provider.asked_for("-configuration")), (1, 1));
    provider.rotates("k2");
    let (_, answer) = comes(&practice, &provider, SUBJECT);
    assert_eq!((answer.location(), provider.asked_for("/keys")), ("/sign-in/code", 2));
    for _ in 0..3 {
        provider.lies(|header, _| {
            header["kid"] = json!("nowhere");
            Signed::Well
        });
        let browser = practice.anonymous();
        let sent = browser.get("/sign-in/oidc").expect(303);
        provider.at(practice.clock.now());
        let back = provider.agrees(&sent, SUBJECT);
        refused(&browser.keeping(&sent).get(&back), "unknown key");
    }
    assert_eq!(provider.asked_for("/keys"), 2, "within a minute it is not asked again");
    practice.clock.pass(3600);
    let (_, answer) = comes(&practice, &provider, SUBJECT);
    assert_eq!((answer.location(), provider.asked_for("-configuration")), ("/sign-in/code", 2));
}

#[test]
fn a_provider_that_is_away_or_somebody_else_stops_nobody_who_has_a_password() {
    let provider = Provider::new();
    let practice = practice(On::Sqlite, &provider, SecondFactor::Here);
    provider.goes_down(true);
    refused(&practice.anonymous().get("/sign-in/oidc"), "cannot be reached");
    provider.goes_down(false);
    provider.describes("issuer", json!("https://login.example/other"));
    refused(&practice.anonymous().get("/sign-in/oidc"), "not set up as this practice expects");
    provider.describes("issuer", json!(ISSUER));
    provider.describes("token_endpoint", json!("https://elsewhere.example/token"));
    refused(&practice.anonymous().get("/sign-in/oidc"), "not set up as this practice expects");
    assert!(practice.as_role(Role::FrontDesk).get("/").status.is_success());
    let none = Practice::new(On::Sqlite);
    let _ = none.anonymous().get("/sign-in/oidc").expect(404);
    assert!(!none.anonymous().get("/sign-in").text().contains("Sign in with Example"));
}

#[test]
fn guessing_at_the_way_back_is_slowed() {
    let provider = Provider::new();
    let practice = practice(On::Sqlite, &provider, SecondFactor::Here);
    let statuses: Vec<u16> =
        (0..8).map(|_| practice.anonymous().get("/sign-in/oidc/answer?state=x&code=y").status.as_u16()).collect();
    assert_eq!(statuses, [422, 422, 422, 422, 422, 429, 429, 429]);
    let sent: Vec<u16> = (0..45).map(|_| practice.anonymous().get("/sign-in/oidc").status.as_u16()).collect();
    assert!(sent.iter().take(40).all(|status| *status == 303) && sent.last() == Some(&429), "{sent:?}");
}
