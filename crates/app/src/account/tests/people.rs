use domain::access::Role;

use super::*;

#[test]
fn s_tec_03_only_who_may_changes_accounts_and_nobody_their_own() {
    let practice = Practice::new();
    let (dana, chief) = (practice.person("dana", "front_desk"), practice.person("chief", "security_official"));
    let (desk, official) =
        (practice.open(&dana.session.token).unwrap().cx, practice.open(&chief.session.token).unwrap().cx);
    let new = NewAccount { login: "omar".into(), name: "Omar Haddad".into(), role: "biller".into() };
    assert!(matches!(practice.app.create_account(practice.app.fresh(&desk).unwrap(), &new), Err(Error::Denied { .. })));
    assert!(matches!(practice.app.accounts(&desk), Err(Error::Denied { .. })));
    assert!(matches!(practice.ends(&desk, &chief.id, "resigned"), Err(Error::Denied { .. })));
    assert!(matches!(practice.ends(&official, &chief.id, "resigned"), Err(Error::Denied { .. })));
    let created = practice.app.create_account(practice.app.fresh(&official).unwrap(), &new).unwrap();
    assert!(matches!(practice.app.sign_in("omar", &created.passphrase, HOME).unwrap(), SignIn::Enrol(_)));
    assert!(
        matches!(practice.app.create_account(practice.app.fresh(&official).unwrap(), &new), Err(Error::Refused(_))),
        "the login is taken"
    );
    let bad = NewAccount { login: "x".into(), name: String::new(), role: "root".into() };
    assert!(
        matches!(practice.app.create_account(practice.app.fresh(&official).unwrap(), &bad), Err(Error::Invalid(f)) if f.len() == 3)
    );
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
