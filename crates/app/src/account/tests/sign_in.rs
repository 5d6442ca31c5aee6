use super::*;

fn refused(answer: &SignIn) -> bool {
    matches!(answer, SignIn::Refused)
}

#[test]
fn s_tec_02_the_first_sign_in_enrols_and_replaces_the_passphrase() {
    let practice = Practice::new();
    let created = practice.created("dana", "front_desk");
    let SignIn::Enrol(ticket) = practice.app.sign_in("dana", &created.passphrase, HOME).unwrap() else { panic!() };
    assert!(practice.open(&ticket).is_none(), "a ticket is no session");
    let offer = practice.app.enrolment(&ticket, "Northside").unwrap().unwrap();
    assert!(offer.must_change && offer.uri.contains(&offer.secret));
    assert_eq!(
        practice.app.enrolment(&ticket, "Northside").unwrap().unwrap().secret,
        offer.secret,
        "a reload keeps it"
    );
    let enrol = |code: &str, chosen: &str| practice.app.enrol(&ticket, code, chosen, HOME);
    assert!(matches!(enrol("000000", PASSWORD).unwrap(), Enrolled::Refused));
    let code = practice.code(&offer.secret);
    for weak in ["short", "dana whitfield", "northside 26", created.passphrase.as_str()] {
        assert!(matches!(enrol(&code, weak), Err(Error::Invalid(_))), "{weak}");
    }
    let Enrolled::In(session, codes) = enrol(&code, PASSWORD).unwrap() else { panic!() };
    let seen = practice.open(&session.token).unwrap();
    assert!(seen.cx.mfa && seen.state == SessionState::Active);
    assert_eq!((codes.len(), codes[0].len()), (10, 29));
    assert!(matches!(enrol(&code, PASSWORD).unwrap(), Enrolled::Over));
    assert!(refused(&practice.app.sign_in("dana", &created.passphrase, HOME).unwrap()), "the passphrase is gone");
    assert_eq!((practice.events(Act::FactorEnrolled), practice.events(Act::SignedIn)), (1, 1));
}

#[test]
fn a_password_that_leaked_elsewhere_is_refused_wherever_one_is_chosen() {
    let practice = Practice::new();
    let corpus = practice.folder.path().join("corpus.txt");
    // Of "four blue boats here".
    std::fs::write(&corpus, "6FA7A785F51B04520F341C92483FD56C8AED44AC:7\n").unwrap();
    practice.app.import_leaked(&corpus).unwrap();
    let refused = |answer: Result<()>| match answer {
        Err(Error::Invalid(faults)) => faults[0].message.contains("stolen somewhere else"),
        _ => false,
    };
    let created = practice.created("dana", "front_desk");
    let SignIn::Enrol(ticket) = practice.app.sign_in("dana", &created.passphrase, HOME).unwrap() else { panic!() };
    let offer = practice.app.enrolment(&ticket, "Northside").unwrap().unwrap();
    let code = practice.code(&offer.secret);
    let enrol = |chosen: &str| practice.app.enrol(&ticket, &code, chosen, HOME);
    assert!(refused(enrol("four blue boats here").map(drop)));
    let Enrolled::In(session, _) = enrol(PASSWORD).unwrap() else { panic!("this one leaked nowhere") };
    let cx = practice.open(&session.token).unwrap().cx;
    let change = |chosen: &str| practice.app.change_password(practice.app.fresh(&cx).unwrap(), PASSWORD, chosen);
    assert!(refused(change("four blue boats here")));
    change("four blue boats there").unwrap();
}

#[test]
fn unknown_wrong_and_disabled_get_one_answer() {
    let practice = Practice::new();
    let (dana, chief) = (practice.person("dana", "front_desk"), practice.person("chief", "security_official"));
    practice.ends(&practice.open(&chief.session.token).unwrap().cx, &dana.id, "resigned").unwrap();
    let failures = practice.events(Act::SignInFailed);
    for (login, password) in [("nobody", PASSWORD), ("chief", "wrong password"), ("dana", PASSWORD), ("a\0b", "x")] {
        assert!(refused(&practice.app.sign_in(login, password, HOME).unwrap()), "{login}");
    }
    assert_eq!(practice.events(Act::SignInFailed), failures + 4);
}

#[test]
fn s_tec_02_a_code_works_once_and_a_ticket_for_five_tries_or_minutes() {
    let practice = Practice::new();
    let dana = practice.person("dana", "front_desk");
    let used = practice.code(&dana.secret);
    let ticket = practice.ticket(&dana, HOME);
    let answer = |ticket: &str, code: &str| practice.app.sign_in_code(ticket, code, HOME).unwrap();
    assert!(matches!(answer(&ticket, &used), CodeAnswer::Refused), "the code that enrolled is used");
    practice.pass(60);
    let code = practice.code(&dana.secret);
    assert!(matches!(answer(&ticket, &code), CodeAnswer::In(_)));
    assert!(matches!(answer(&ticket, &code), CodeAnswer::Over), "the ticket is used");
    let ticket = practice.ticket(&dana, HOME);
    assert!(matches!(answer(&ticket, &code), CodeAnswer::Refused), "the code is used");
    for _ in 0..4 {
        practice.pass(30);
        assert!(matches!(answer(&ticket, "000000"), CodeAnswer::Refused));
    }
    assert!(matches!(answer(&ticket, &practice.code(&dana.secret)), CodeAnswer::Over), "five tries");
    let ticket = practice.ticket(&dana, HOME);
    practice.pass(300);
    assert!(matches!(answer(&ticket, &practice.code(&dana.secret)), CodeAnswer::Over), "five minutes");
}

#[test]
fn s_tec_02_a_recovery_code_works_once_however_it_is_typed() {
    let practice = Practice::new();
    let dana = practice.person("dana", "front_desk");
    let letters = dana.recovery[3].chars().filter(|c| *c != '-').count();
    assert!(letters * 5 >= 112, "{letters} letters of five bits are hashed fast");
    let typed = dana.recovery[3].to_uppercase().replace('-', " ");
    let ticket = practice.ticket(&dana, HOME);
    assert!(matches!(practice.app.sign_in_code(&ticket, &typed, HOME).unwrap(), CodeAnswer::In(_)));
    let ticket = practice.ticket(&dana, HOME);
    assert!(matches!(practice.app.sign_in_code(&ticket, &typed, HOME).unwrap(), CodeAnswer::Refused));
    let other = practice.person("omar", "biller");
    let ticket = practice.ticket(&other, HOME);
    assert!(matches!(practice.app.sign_in_code(&ticket, &dana.recovery[4], HOME).unwrap(), CodeAnswer::Refused));
}

#[test]
fn strangers_wait_and_never_lock_a_known_browser_out() {
    let practice = Practice::new();
    let dana = practice.person("dana", "front_desk");
    let fails = |source: &str| {
        practice.app.sign_in("dana", "not the password", Knock { source, device: None, agent: "" }).unwrap()
    };
    for _ in 0..throttle::SOURCE.burst {
        assert!(refused(&fails("198.51.100.1")));
    }
    assert!(matches!(fails("198.51.100.1"), SignIn::Wait(Some(1..=20))), "one source waits");
    // Many sources: the login's shared bucket fills, and beyond its stop strange browsers are not let through at all.
    let mut let_through = 5;
    for n in 0..300 {
        practice.pass(7);
        let_through += i64::from(refused(&fails(&format!("203.0.113.{}", n % 250))));
    }
    assert_eq!(Some(let_through), throttle::UNKNOWN.stop, "no more guesses than the stop");
    let stranger =
        practice.app.sign_in("dana", PASSWORD, Knock { source: "192.0.2.99", device: None, agent: "" }).unwrap();
    assert!(matches!(stranger, SignIn::Wait(None)), "not even with the password");
    let noted = practice.events(Act::SignInFailed);
    assert!(noted < 150, "refusals are noted once a minute, not each: {noted}");
    // Dana's own browser, even from the attacker's address, signs in at once, and that opens the login again.
    let known = Knock { source: "198.51.100.1", device: Some(&dana.session.device), agent: "" };
    practice.signs_in(&dana, known);
    let elsewhere =
        practice.app.sign_in("dana", PASSWORD, Knock { source: "192.0.2.99", device: None, agent: "" }).unwrap();
    assert!(matches!(elsewhere, SignIn::Code(_)));
}

#[test]
fn a_login_that_nobody_has_waits_like_any_other() {
    let practice = Practice::new();
    practice.person("dana", "front_desk");
    let answers = |login: &str| -> Vec<Option<Option<i64>>> {
        let one = |n| {
            let source = format!("203.0.113.{n}");
            match practice.app.sign_in(login, "wrong", Knock { source: &source, device: None, agent: "" }).unwrap() {
                SignIn::Wait(seconds) => Some(seconds),
                _ => None,
            }
        };
        (0..14).map(one).collect()
    };
    let real = answers("dana");
    practice.pass(100);
    assert_eq!(real, answers("nobody"));
    assert_eq!(real.iter().filter(|a| a.is_none()).count(), 10);
}

#[test]
fn a_stolen_browser_cookie_gets_fifty_guesses_and_is_a_stranger_then() {
    let practice = Practice::new();
    let dana = practice.person("dana", "front_desk");
    let thief = Knock { source: "198.51.100.7", device: Some(&dana.session.device), agent: "" };
    for _ in 0..50 {
        practice.pass(20);
        assert!(refused(&practice.app.sign_in("dana", "not the password", thief).unwrap()));
    }
    let knows = |practice: &Practice| {
        let (device, id) = (hash_token(&dana.session.device), dana.id.clone());
        practice.app.store.read("knows", move |tx| store::account::throttle::knows_device(tx, &device, &id)).unwrap()
    };
    assert!(knows(&practice));
    practice.app.sign_in("dana", "not the password", thief).unwrap();
    assert!(!knows(&practice));
    let planted = Knock { source: "192.0.2.3", device: Some("0123"), agent: "" };
    practice.pass(60);
    assert_ne!(practice.signs_in(&dana, planted).device, "0123", "only a cookie that we gave is kept");
}
