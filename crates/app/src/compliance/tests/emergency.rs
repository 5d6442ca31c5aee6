//! V-06: uses that are not in order, and policies that give more than reading, are seen.

use std::sync::Arc;

use domain::access::{Action, Role};
use domain::audit::Act;
use domain::compliance::Verdict;
use domain::emergency::{Cause, Emergency};
use domain::id::{EmergencyId, SessionId};
use store::Tx;
use store::record::Stamp;

use super::{run, session, verdict};
use crate::App;
use crate::access::tests::changed;
use crate::access::{Decision, PatientSubject, Request, Resource};
use crate::compliance::ProbeEnv;
use crate::fixture::Practice;

/// A use of emergency access by somebody who has signed in, which lasts and waits as long as it says.
fn used(app: &App, words: &'static str, minutes: i64, due_days: i64) {
    let account = session::canary_account(app).unwrap();
    let patient = app.canary_patient().unwrap();
    let event = app.system_event(Act::EmergencyOpened, "test");
    let subject = PatientSubject { id: patient.clone(), restricted: true, circle: Vec::new(), denied: Vec::new() };
    let asks = Request {
        account: account.clone(),
        role: Role::FrontDesk,
        disabled: false,
        mfa: true,
        emergency: false,
        origin: domain::device::Origin::Premises,
        action: Action::EmergencyOpen,
        resource: Resource::Patient(subject),
    };
    let policies = Arc::clone(&app.policies);
    let write = move |tx: &mut Tx| {
        let (now, session) = (tx.now(), SessionId::new(tx.now(), tx.entropy()));
        let id = EmergencyId::new(now, tx.entropy());
        let new = store::session::New {
            id: session.clone(),
            token: id.to_string(),
            account: account.clone(),
            factor: "totp".into(),
            source: "test".into(),
            device: String::new(),
            agent: String::new(),
            canary: true,
        };
        store::session::insert(tx, &new)?;
        let used = Emergency {
            id,
            account: account.clone(),
            session,
            patient: patient.clone(),
            cause: Cause::Care,
            words: words.to_owned(),
            opened_at: now,
            ends_at: now.plus_seconds(60 * minutes),
            due_at: now.plus_seconds(86_400 * due_days),
            ended: None,
            review: None,
        };
        let stamp = Stamp { actor: "test".into(), reason: "test".into() };
        let Decision::Allowed(grant) = policies.decide(&asks) else { panic!("the front desk may ask") };
        store::emergency::begin(tx, &grant, &used, &stamp)?;
        tx.audit(event.clone());
        Ok(())
    };
    app.store.write("used", write).unwrap();
}

/// S-TEC-05 and S-TEC-06, too.
#[test]
fn v_06_a_use_that_is_not_in_order_is_seen() {
    let mut practice = Practice::new();
    assert_eq!(verdict(&practice.app, "V-06"), Verdict::Pass, "nobody used it");
    used(&practice.app, "fell in the waiting room", 30, 2);
    assert_eq!(verdict(&practice.app, "V-06"), Verdict::Pass);
    practice.clock.wait(3 * 86_400);
    let found = run(&practice.app, "V-06", &ProbeEnv::default());
    assert!(found.verdict == Verdict::Fail && found.said.contains("review is late"), "{}", found.said);
    for (words, minutes, says) in
        [("because", 30, "reason is none"), ("fell in the waiting room", 90, "longer than it may")]
    {
        let practice = Practice::new();
        used(&practice.app, words, minutes, 2);
        let found = run(&practice.app, "V-06", &ProbeEnv::default());
        assert!(found.verdict == Verdict::Fail && found.said.contains(says), "{}", found.said);
    }
    practice = Practice::new();
    practice.app.store.record(practice.app.system_event(Act::EmergencyOpened, "test")).unwrap();
    let found = run(&practice.app, "V-06", &ProbeEnv::default());
    assert!(
        found.verdict == Verdict::Fail && found.said.contains("1 openings"),
        "a use was taken away: {}",
        found.said
    );
    practice = Practice::new();
    let weak =
        |text: &str| text.replace("context.emergency && action in Action::\"emergency_read\"", "context.emergency");
    practice.app.policies = Arc::new(changed("guards.cedar", weak).unwrap());
    let found = run(&practice.app, "V-06", &ProbeEnv::default());
    assert!(found.verdict == Verdict::Fail && found.said.contains("lets the role"), "{}", found.said);
}
