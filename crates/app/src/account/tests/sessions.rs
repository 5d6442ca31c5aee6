use super::*;

#[test]
fn s_tec_04_a_session_locks_after_inactivity_and_a_poll_is_none() {
    let practice = Practice::new();
    let dana = practice.person("dana", "front_desk");
    let token = &dana.session.token;
    assert_eq!(practice.open(token).unwrap().locks_in, 600);
    practice.pass(590);
    assert_eq!(practice.app.session_open(token, HOME, false).unwrap().unwrap().locks_in, 10, "a poll");
    assert_eq!(practice.open(token).unwrap().locks_in, 600, "a person");
    practice.pass(599);
    assert_eq!(practice.state(token), Some(SessionState::Active));
    practice.pass(1);
    assert_eq!(practice.open(token).unwrap().state, SessionState::Locked, "a request comes too late to be activity");
    assert_eq!(practice.events(Act::SessionLocked), 1);
    practice.pass(-300);
    assert_eq!(practice.state(token), Some(SessionState::Locked), "it stays locked when the clock goes back");
    let unlock = |password: &str| practice.app.unlock_session(token, password, HOME).unwrap();
    assert!(unlock("not the password") == Unlock::Refused);
    let Unlock::Open(next) = unlock(PASSWORD) else { panic!("the right password opens it") };
    assert!(practice.open(token).is_none() && unlock(PASSWORD) == Unlock::Over, "the token before opens nothing");
    assert_eq!(practice.open(&next).unwrap().locks_in, 600);
    assert_eq!(practice.events(Act::SessionUnlocked), 1);
    assert_eq!(practice.events(Act::SessionLocked), 1, "one lock, one event");
}

#[test]
fn activity_is_flushed_together_and_outlives_the_process() {
    let practice = Practice::new();
    let dana = practice.person("dana", "front_desk");
    practice.pass(500);
    practice.open(&dana.session.token).unwrap();
    practice.app.flush_activity().unwrap();
    practice
        .app
        .activity
        .forget(&practice.app.own_sessions(&practice.open(&dana.session.token).unwrap().cx).unwrap()[0].id);
    practice.pass(500);
    assert_eq!(practice.state(&dana.session.token), Some(SessionState::Active), "the flushed time counts");
    practice.pass(100);
    assert_eq!(practice.state(&dana.session.token), Some(SessionState::Locked));
}

#[test]
fn s_tec_04_a_session_ends_after_twelve_hours_whatever_is_done() {
    let practice = Practice::new();
    let dana = practice.person("dana", "front_desk");
    let token = &dana.session.token;
    for _ in 0..(ABSOLUTE / 500) {
        practice.pass(500);
        assert!(practice.open(token).is_some());
    }
    assert!(practice.open(token).unwrap().locks_in <= 200, "the end is nearer than the lock");
    practice.pass(ABSOLUTE % 500);
    assert!(practice.open(token).is_none());
    assert!(practice.app.unlock_session(token, PASSWORD, HOME).unwrap() == Unlock::Over);
    assert_eq!(practice.events(Act::SessionExpired), 1);
    practice.pass(-3600);
    assert!(practice.open(token).is_none(), "ended for good");
}

#[test]
fn a_clock_set_back_ends_sessions_and_brings_no_code_back() {
    let practice = Practice::new();
    let dana = practice.person("dana", "front_desk");
    practice.pass(3600);
    let signed = practice.signs_in(&dana, HOME);
    practice.pass(-3600);
    assert!(practice.open(&signed.token).is_none());
    let ticket = practice.ticket(&dana, HOME);
    let answer = practice.app.sign_in_code(&ticket, &practice.code(&dana.secret), HOME).unwrap();
    assert!(matches!(answer, CodeAnswer::Refused), "a code from before the last used one");
}

#[test]
fn s_tec_04_the_sweep_ends_what_nobody_asks_for() {
    let practice = Practice::new();
    practice.person("dana", "front_desk");
    assert_eq!(practice.app.sweep_sessions().unwrap(), 0);
    practice.pass(ABSOLUTE);
    assert_eq!(practice.app.sweep_sessions().unwrap(), 1);
    assert_eq!(practice.app.sweep_sessions().unwrap(), 0);
    assert_eq!(practice.events(Act::SessionExpired), 1);
}

#[test]
fn wrong_passwords_at_the_lock_wait_and_then_end_the_session() {
    let practice = Practice::new();
    let dana = practice.person("dana", "front_desk");
    let token = &dana.session.token;
    practice.app.lock_session(&practice.open(token).unwrap().cx).unwrap();
    let unlock = || practice.app.unlock_session(token, "not the password", HOME).unwrap();
    for _ in 0..5 {
        assert!(unlock() == Unlock::Refused);
    }
    assert!(unlock() == Unlock::Wait(Some(20)));
    for _ in 5..20 {
        practice.pass(20);
        assert!(unlock() == Unlock::Refused);
    }
    practice.pass(20);
    assert!(unlock() == Unlock::Over);
    assert!(practice.open(token).is_none());
}

#[test]
fn people_end_their_own_sessions_and_nobody_elses() {
    let practice = Practice::new();
    let (dana, omar) = (practice.person("dana", "front_desk"), practice.person("omar", "biller"));
    practice.pass(60);
    let second = practice.signs_in(&dana, HOME);
    let cx = practice.open(&second.token).unwrap().cx;
    let own = practice.app.own_sessions(&cx).unwrap();
    assert_eq!(own.iter().map(|s| s.current).collect::<Vec<_>>(), [true, false]);
    let others = practice.open(&omar.session.token).unwrap().cx.session;
    let fresh = || practice.app.fresh(&cx).unwrap();
    practice.app.end_session(fresh(), &others).unwrap();
    assert!(practice.open(&omar.session.token).is_some());
    practice.app.end_session(fresh(), &own[1].id).unwrap();
    assert!(practice.open(&dana.session.token).is_none());
    practice.app.sign_out(&cx).unwrap();
    assert!(practice.open(&second.token).is_none());
    assert_eq!(practice.events(Act::SignedOut), 2);
    practice.pass(60);
    let third = practice.signs_in(&dana, HOME);
    let cx = practice.open(&third.token).unwrap().cx;
    practice.app.sign_out_everywhere(practice.app.fresh(&cx).unwrap()).unwrap();
    assert!(practice.open(&third.token).is_none());
}

#[test]
fn a_new_password_ends_the_other_sessions() {
    let practice = Practice::new();
    let dana = practice.person("dana", "front_desk");
    practice.pass(60);
    let second = practice.signs_in(&dana, HOME);
    let cx = practice.open(&second.token).unwrap().cx;
    let fresh = || practice.app.fresh(&cx).unwrap();
    let change = |present: &str, chosen: &str| practice.app.change_password(fresh(), present, chosen);
    assert!(matches!(change("wrong", "four blue boats here"), Err(Error::Invalid(f)) if f[0].field == "present"));
    assert!(matches!(change(PASSWORD, "short"), Err(Error::Invalid(f)) if f[0].field == "chosen"));
    change(PASSWORD, "four blue boats here").unwrap();
    assert!(practice.open(&dana.session.token).is_none());
    assert!(practice.open(&second.token).is_some());
    assert!(matches!(practice.app.sign_in("dana", PASSWORD, HOME).unwrap(), SignIn::Refused));
}

#[test]
fn the_form_token_is_the_sessions_own() {
    let practice = Practice::new();
    let (dana, omar) = (practice.person("dana", "front_desk"), practice.person("omar", "biller"));
    let csrf = |token: &str| practice.open(token).unwrap().csrf;
    assert_eq!(csrf(&dana.session.token), csrf(&dana.session.token));
    assert_ne!(csrf(&dana.session.token), csrf(&omar.session.token));
    assert_eq!(csrf(&dana.session.token).len(), 64);
}

#[test]
fn s_tec_02_a_second_factor_is_fresh_for_five_minutes_and_then_asked_for() {
    let practice = Practice::new();
    let dana = practice.person("dana", "security_official");
    let cx = |token: &str| practice.open(token).unwrap().cx;
    let step_up = |token: &str, code: &str| practice.app.step_up(&cx(token), code).unwrap();
    practice.pass(299);
    assert!(practice.app.fresh(&cx(&dana.session.token)).is_ok());
    practice.pass(1);
    let stale = cx(&dana.session.token);
    assert!(matches!(practice.app.fresh(&stale), Err(Error::StepUp)));
    let code = practice.code(&dana.secret);
    let SteppedUp::Fresh(token) = step_up(&dana.session.token, &code) else { panic!("the code is right") };
    assert!(practice.open(&dana.session.token).is_none(), "the old token opens nothing");
    assert!(practice.app.fresh(&cx(&token)).is_ok());
    assert_eq!(cx(&token).session, stale.session, "the session goes on");
    practice.pass(-60);
    assert!(matches!(practice.app.fresh(&cx(&token)), Err(Error::StepUp)), "a clock set back keeps nothing fresh");
    practice.pass(400);
    assert!(matches!(step_up(&token, &code), SteppedUp::Refused), "a code works once");
    let SteppedUp::Fresh(again) = step_up(&token, &dana.recovery[0]) else { panic!("a recovery code is one too") };
    assert!(matches!(step_up(&again, &dana.recovery[0]), SteppedUp::Refused));
    assert_eq!((practice.events(Act::SteppedUp), practice.events(Act::SignInFailed)), (2, 2));
}

#[test]
fn wrong_codes_at_the_step_up_wait_and_then_end_the_session() {
    let practice = Practice::new();
    let (dana, omar) = (practice.person("dana", "biller"), practice.person("omar", "biller"));
    let cx = practice.open(&dana.session.token).unwrap().cx;
    let step_up = |code: &str| practice.app.step_up(&cx, code).unwrap();
    let others = practice.code(&omar.secret);
    for code in ["000000", "", others.as_str(), &omar.recovery[0], "x"] {
        assert!(matches!(step_up(code), SteppedUp::Refused), "{code}");
    }
    assert!(matches!(step_up("000000"), SteppedUp::Wait(Some(20))));
    for _ in 5..20 {
        practice.pass(20);
        assert!(matches!(step_up("000000"), SteppedUp::Refused));
    }
    practice.pass(20);
    assert!(matches!(step_up(&practice.code(&dana.secret)), SteppedUp::Over), "the right one comes too late");
    assert!(practice.open(&dana.session.token).is_none());
}
