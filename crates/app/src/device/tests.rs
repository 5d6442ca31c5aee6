//! Devices and networks, against the store.

use domain::access::Role;
use domain::device::{DeviceForm, Missing, NetworksForm, Origin, PostureForm};

use crate::Error;
use crate::fixture::{Practice, person};

#[test]
fn s_phy_06_nobody_shuts_themself_out() {
    let practice = Practice::new();
    let official = person(Role::SecurityOfficial);
    let who = practice.app.fresh(&official).unwrap();
    let form = |own: &str| NetworksForm { own: own.to_owned(), loopback: "yes".to_owned() };
    let refused = practice.app.change_networks(who, 1, &form("203.0.113.0/24 Elm"));
    let Err(Error::Invalid(faults)) = refused else { panic!("{refused:?}") };
    assert!(faults[0].message.contains("you come from 192.0.2.1"), "{}", faults[0].message);
    practice.app.change_networks(who, 1, &form("192.0.2.0/28 Elm")).unwrap();
    assert!(matches!(practice.app.change_networks(who, 1, &form("192.0.2.0/24 Elm")), Err(Error::Store(_))), "stale");
    let away = crate::Cx { origin: Origin::Unknown(Missing::Device), ..official.clone() };
    let who = practice.app.fresh(&away).unwrap();
    assert!(matches!(practice.app.change_networks(who, 2, &form("192.0.2.0/24 Elm")), Err(Error::Denied { .. })));
}

#[test]
fn nothing_is_said_of_a_device_without_evidence_and_nothing_of_one_that_ended() {
    let practice = Practice::new();
    let official = person(Role::SecurityOfficial);
    let who = practice.app.fresh(&official).unwrap();
    let unknown = DeviceForm {
        name: "lap 1".into(),
        kind: "laptop".into(),
        owner: official.account.to_string(),
        purpose: "billing".into(),
    };
    assert!(practice.app.register_device(who, &unknown).is_err(), "nobody here has that account");
    let form = PostureForm { disk: "yes".into(), lock: "yes".into(), tunnel: "yes".into(), words: String::new() };
    let id = domain::id::DeviceId::new(practice.app.clock.now(), &*practice.app.entropy);
    assert!(matches!(practice.app.say_posture(who, &id, &form), Err(Error::Invalid(_))));
}
