use domain::access::Role;
use domain::account::joining::{ClearanceForm, Given, InviteForm};

use super::*;

/// An invitation that says everything.
fn omar() -> InviteForm {
    InviteForm {
        login: "omar".into(),
        name: "Omar Haddad".into(),
        role: "biller".into(),
        role_words: "runs the systems".into(),
        employment: "employee".into(),
        starts_on: "5/28/2026".into(),
    }
}

fn checked() -> ClearanceForm {
    ClearanceForm {
        clearance: "checked".into(),
        checked_what: "two references".into(),
        checked_by: "Maya Ortiz".into(),
        checked_on: "5/20/2026".into(),
        checked_paper: "blue binder".into(),
        ..ClearanceForm::default()
    }
}

impl Practice {
    fn invited(&self, cx: &crate::Cx, form: &InviteForm, cleared: &ClearanceForm) -> Created {
        self.app.invite(self.app.fresh(cx).unwrap(), form, cleared).unwrap()
    }

    /// Whether the first passphrase leads to enrolment.
    fn lets_in(&self, created: &Created) -> bool {
        matches!(self.app.sign_in("omar", &created.passphrase, HOME).unwrap(), SignIn::Enrol(_))
    }

    fn role_of(&self, id: &AccountId) -> Role {
        self.app.store.read("role", |tx| store::account::load(tx, id)).unwrap().value.role
    }

    fn alone(&self) -> usize {
        self.app.look_for_alerts().unwrap().alerts
    }
}

#[test]
fn s_adm_10_nothing_opens_before_the_first_day_and_the_clearance() {
    let practice = Practice::new();
    let chief = practice.person("chief", "security_official");
    let cx = practice.open(&chief.session.token).unwrap().cx;
    let later = ClearanceForm { clearance: "later".into(), ..ClearanceForm::default() };
    let created = practice.invited(&cx, &InviteForm { starts_on: "5/29/2026".into(), ..omar() }, &later);
    assert!(!practice.lets_in(&created), "the first day is tomorrow");
    practice.pass(86_400);
    assert!(!practice.lets_in(&created), "the clearance is not noted");
    let cx = practice.open(&practice.signs_in(&chief, HOME).token).unwrap().cx;
    practice.app.note_clearance(practice.app.fresh(&cx).unwrap(), &created.id, &checked()).unwrap();
    assert!(practice.lets_in(&created));
    practice.pass(3 * 86_400);
    assert!(!practice.lets_in(&created), "the first passphrase has expired");
    let cx = practice.open(&practice.signs_in(&chief, HOME).token).unwrap().cx;
    let again = practice.app.reset_account(practice.app.fresh(&cx).unwrap(), &created.id, "came late").unwrap();
    assert!(practice.lets_in(&again));
}

#[test]
fn s_adm_10_a_first_passphrase_opens_once() {
    let practice = Practice::new();
    let chief = practice.person("chief", "security_official");
    let cx = practice.open(&chief.session.token).unwrap().cx;
    let created = practice.invited(&cx, &omar(), &checked());
    let SignIn::Enrol(ticket) = practice.app.sign_in("omar", &created.passphrase, HOME).unwrap() else { panic!() };
    let secret = practice.app.enrolment(&ticket, "Northside").unwrap().unwrap().secret;
    let kept = practice.app.enrol(&ticket, &practice.code(&secret), &created.passphrase, HOME);
    assert!(matches!(kept, Err(Error::Invalid(_))), "it cannot become the password");
    let enrolled = practice.app.enrol(&ticket, &practice.code(&secret), PASSWORD, HOME).unwrap();
    assert!(matches!(enrolled, Enrolled::In(..)));
    assert!(matches!(practice.app.sign_in("omar", &created.passphrase, HOME).unwrap(), SignIn::Refused));
}

#[test]
fn s_adm_10_a_role_that_takes_two_waits_for_the_second() {
    let practice = Practice::new();
    let (dana, chief) = (practice.person("dana", "front_desk"), practice.person("chief", "security_official"));
    let maya = practice.person("maya", "practice_manager");
    let cx = |person: &Dana| practice.open(&person.session.token).unwrap().cx;
    let (own, one, two) = (cx(&dana), cx(&chief), cx(&maya));
    let fresh = |cx| practice.app.fresh(cx).unwrap();
    let ask = || practice.app.change_role(fresh(&one), &dana.id, Role::PrivacyOfficial, "takes over from Priya");
    assert_eq!(ask().unwrap(), Given::Asked);
    assert_eq!(practice.role_of(&dana.id), Role::FrontDesk, "the old role stays");
    assert!(practice.open(&dana.session.token).is_some());
    assert!(matches!(practice.app.confirm_role(fresh(&one), &dana.id, "it is right"), Err(Error::Refused(_))));
    assert!(matches!(practice.app.confirm_role(fresh(&own), &dana.id, "x"), Err(Error::Denied { .. })));
    assert_eq!(practice.app.roles_waiting(&one).unwrap().len(), 0, "who asked does not confirm");
    assert_eq!(practice.app.roles_waiting(&two).unwrap().len(), 1);
    practice.app.turn_role_down(&two, &dana.id, "not yet").unwrap();
    assert!(matches!(practice.app.confirm_role(fresh(&two), &dana.id, "x"), Err(Error::Refused(_))), "nothing waits");
    let _ = ask().unwrap();
    practice.app.confirm_role(fresh(&two), &dana.id, "spoke with Priya").unwrap();
    assert_eq!(practice.role_of(&dana.id), Role::PrivacyOfficial);
    assert!(practice.open(&dana.session.token).is_none(), "what began with less ends");
    assert_eq!(practice.alone(), 0);
}

#[test]
fn s_adm_10_one_official_alone_is_marked_and_an_alert_says_so() {
    let practice = Practice::new();
    let (dana, chief) = (practice.person("dana", "front_desk"), practice.person("chief", "security_official"));
    // Who never signed in is nobody who could confirm.
    let _ = practice.created("maya", "practice_manager");
    let cx = practice.open(&chief.session.token).unwrap().cx;
    let fresh = practice.app.fresh(&cx).unwrap();
    let none = practice.app.change_role(fresh, &dana.id, Role::SystemAdministrator, " ");
    assert!(matches!(none, Err(Error::Invalid(_))), "a reason is asked");
    let given = practice.app.change_role(fresh, &dana.id, Role::SystemAdministrator, "we are five").unwrap();
    assert_eq!((given, practice.role_of(&dana.id)), (Given::Alone, Role::SystemAdministrator));
    assert_eq!(practice.alone(), 1);
    let fresh = practice.app.fresh(&cx).unwrap();
    let _ = practice.app.change_role(fresh, &dana.id, Role::Biller, "no longer").unwrap();
    assert_eq!(practice.alone(), 0, "less takes one");
}

#[test]
fn s_adm_10_a_new_official_gets_in_when_another_has_confirmed() {
    let practice = Practice::new();
    let (chief, maya) = (practice.person("chief", "security_official"), practice.person("maya", "practice_manager"));
    let cx = |person: &Dana| practice.open(&person.session.token).unwrap().cx;
    let created =
        practice.invited(&cx(&chief), &InviteForm { role: "system_administrator".into(), ..omar() }, &checked());
    assert!(!practice.lets_in(&created));
    let two = cx(&maya);
    practice.app.confirm_role(practice.app.fresh(&two).unwrap(), &created.id, "met him").unwrap();
    assert!(practice.lets_in(&created));
    // To let one in again takes two as well.
    practice.ends(&two, &created.id, "contract_over").unwrap();
    let given = practice.app.enable_account(practice.app.fresh(&two).unwrap(), &created.id, "is back").unwrap();
    assert!(given == Given::Asked && !practice.lets_in(&created));
}

#[test]
fn s_adm_10_the_last_security_official_stays_until_another_is_named() {
    let practice = Practice::new();
    let (chief, maya) = (practice.person("chief", "security_official"), practice.person("maya", "practice_manager"));
    let cx = practice.open(&maya.session.token).unwrap().cx;
    let refused =
        |done: crate::Result<()>| matches!(done, Err(Error::Refused(why)) if why.contains("name another one first"));
    assert!(refused(practice.ends(&cx, &chief.id, "resigned")));
    let role = practice.app.change_role(practice.app.fresh(&cx).unwrap(), &chief.id, Role::Biller, "moved");
    assert!(refused(role.map(drop)));
    let nora = practice.created("nora", "security_official");
    practice.ends(&cx, &chief.id, "resigned").unwrap();
    // What cannot wait does not.
    practice.ends(&cx, &nora.id, "suspected").unwrap();
}

#[test]
fn s_tec_03_only_who_may_changes_accounts_and_nobody_their_own() {
    let practice = Practice::new();
    let (dana, chief) = (practice.person("dana", "front_desk"), practice.person("chief", "security_official"));
    let (desk, official) =
        (practice.open(&dana.session.token).unwrap().cx, practice.open(&chief.session.token).unwrap().cx);
    let invite =
        |cx: &crate::Cx, form: &InviteForm| practice.app.invite(practice.app.fresh(cx).unwrap(), form, &checked());
    assert!(matches!(invite(&desk, &omar()), Err(Error::Denied { .. })));
    assert!(matches!(practice.app.accounts(&desk), Err(Error::Denied { .. })));
    assert!(matches!(practice.ends(&desk, &chief.id, "resigned"), Err(Error::Denied { .. })));
    assert!(matches!(practice.ends(&official, &chief.id, "resigned"), Err(Error::Denied { .. })));
    let created = invite(&official, &omar()).unwrap();
    assert!(matches!(practice.app.sign_in("omar", &created.passphrase, HOME).unwrap(), SignIn::Enrol(_)));
    assert!(matches!(invite(&official, &omar()), Err(Error::Refused(_))), "the login is taken");
    let bad = InviteForm { login: "x".into(), name: String::new(), role: "root".into(), ..omar() };
    assert!(matches!(invite(&official, &bad), Err(Error::Invalid(f)) if f.len() == 3));
    assert_eq!(practice.app.accounts(&official).unwrap().len(), 3);
}

#[test]
fn s_tec_03_a_new_role_holds_from_the_next_request() {
    let practice = Practice::new();
    let (dana, chief) = (practice.person("dana", "front_desk"), practice.person("chief", "security_official"));
    let official = practice.open(&chief.session.token).unwrap().cx;
    practice.app.change_role(practice.app.fresh(&official).unwrap(), &dana.id, Role::Auditor, "moved").unwrap();
    assert_eq!(practice.open(&dana.session.token).unwrap().cx.role, Role::Auditor);
    assert_eq!(practice.events(Act::AccountChanged), 1);
}

#[test]
fn a_reset_ends_everything_and_enrols_anew() {
    let practice = Practice::new();
    let (dana, chief) = (practice.person("dana", "front_desk"), practice.person("chief", "security_official"));
    let official = practice.open(&chief.session.token).unwrap().cx;
    let created =
        practice.app.reset_account(practice.app.fresh(&official).unwrap(), &dana.id, "lost the phone").unwrap();
    assert!(practice.open(&dana.session.token).is_none());
    assert!(matches!(practice.app.sign_in("dana", PASSWORD, HOME).unwrap(), SignIn::Refused));
    let SignIn::Enrol(ticket) = practice.app.sign_in("dana", &created.passphrase, HOME).unwrap() else { panic!() };
    let offer = practice.app.enrolment(&ticket, "Northside").unwrap().unwrap();
    assert_ne!(offer.secret, dana.secret);
    let again = practice.app.enrol(&ticket, &practice.code(&offer.secret), PASSWORD, HOME).unwrap();
    assert!(matches!(again, Enrolled::In(..)));
}
