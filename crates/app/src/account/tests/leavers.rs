use domain::account::leaving::EndReason;

use super::*;

#[test]
fn s_adm_11_a_leaver_is_out_with_the_next_request() {
    let practice = Practice::new();
    let (dana, chief) = (practice.person("dana", "front_desk"), practice.person("chief", "security_official"));
    let cx = practice.open(&chief.session.token).unwrap().cx;
    practice.pass(30);
    let ticket = practice.ticket(&dana, HOME);
    assert!(practice.open(&dana.session.token).is_some());
    let none = practice.app.end_access(&cx, &dana.id, &EndForm::default());
    assert!(matches!(none, Err(Error::Invalid(f)) if f[0].field == "end_reason"), "a reason is asked");
    practice.ends(&cx, &dana.id, "resigned").unwrap();
    assert!(practice.open(&dana.session.token).is_none());
    let answer = practice.app.sign_in_code(&ticket, &practice.code(&dana.secret), HOME).unwrap();
    assert!(matches!(answer, CodeAnswer::Over), "nor does a ticket from before help");
    assert!(matches!(practice.ends(&cx, &dana.id, "resigned"), Err(Error::Refused(_))), "it has ended already");
    practice.app.enable_account(practice.app.fresh(&cx).unwrap(), &dana.id, "came back").unwrap();
    assert!(practice.open(&dana.session.token).is_none(), "the old session stays ended");
    practice.signs_in(&dana, HOME);
}

#[test]
fn s_adm_11_the_time_to_revoke_runs_from_the_last_accepted_to_the_first_refused() {
    let practice = Practice::new();
    let (dana, chief) = (practice.person("dana", "front_desk"), practice.person("chief", "security_official"));
    practice.pass(120);
    // This request is in nobody's log, only in memory.
    assert!(practice.open(&dana.session.token).is_some());
    let accepted = practice.hands.now();
    practice.pass(60);
    let cx = practice.open(&chief.session.token).unwrap().cx;
    practice.ends(&cx, &dana.id, "dismissed").unwrap();
    let (left, open) = practice.app.left(&cx, &dana.id).unwrap();
    let end = &left[0].end;
    assert_eq!((end.ending.reason, end.sessions, end.tokens), (EndReason::Dismissed, 1, 0));
    assert_eq!((end.accepted_at, end.time_to_revoke()), (Some(accepted), Some(60_000_000)));
    assert_eq!(end.outlasted(), Some(640), "the form's time has no seconds");
    assert!(end.used_after(), "the last request came after employment had ended");
    assert!(left[0].acted_at.is_some() && left[0].by == "Dana W." && open.is_empty());
    assert_eq!((practice.events(Act::AccessEnded), practice.events(Act::AccessRefused)), (1, 1));
    for _ in 0..3 {
        practice.pass(10);
        assert!(practice.open(&dana.session.token).is_none());
    }
    assert_eq!(practice.events(Act::AccessRefused), 2, "a session that is tried again is on record once");
    assert_eq!(practice.app.left(&cx, &dana.id).unwrap().0[0].end.refused, end.refused, "the first stays the first");
}

#[test]
fn s_adm_11_with_nothing_open_the_first_attempt_is_the_first_refusal() {
    let practice = Practice::new();
    let (dana, chief) = (practice.person("dana", "front_desk"), practice.person("chief", "security_official"));
    practice.app.sign_out(&practice.open(&dana.session.token).unwrap().cx).unwrap();
    let cx = practice.open(&chief.session.token).unwrap().cx;
    practice.ends(&cx, &dana.id, "on_leave").unwrap();
    let end = |practice: &Practice| practice.app.left(&cx, &dana.id).unwrap().0[0].end.clone();
    assert_eq!((end(&practice).refused, end(&practice).outlasted()), (None, None));
    practice.pass(5);
    let sign_in = |password: &str| practice.app.sign_in("dana", password, HOME).unwrap();
    assert!(matches!(sign_in("not the password"), SignIn::Refused));
    assert_eq!(end(&practice).refused, None, "whoever does not know the password is nobody's credential");
    assert!(matches!(sign_in(PASSWORD), SignIn::Refused));
    assert_eq!(end(&practice).until_refused(), Some(5_000_000));
}

#[test]
fn a_session_that_survives_the_act_is_a_fault_that_is_told() {
    let practice = Practice::new();
    let (dana, chief) = (practice.person("dana", "front_desk"), practice.person("chief", "security_official"));
    let token = hash_token(&practice.person("omar", "biller").session.token);
    let mut ended = super::super::leave::Ended::default();
    ended.sessions.push(token);
    assert!(matches!(practice.app.try_what_ended(&dana.id, &ended), Err(Error::Refused(_))));
    let cx = practice.open(&chief.session.token).unwrap().cx;
    assert!(practice.app.left(&cx, &dana.id).unwrap().0.is_empty());
}
