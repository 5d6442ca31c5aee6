//! Accounts at the identity provider and browsers that were sent there, on both engines.

use domain::id::{AccountId, SessionId};
use store::Store;
use store::account::oidc;

use crate::account::create;
use crate::practice::on_both;

const ISSUER: &str = "https://login.example";

fn link(store: &Store, subject: &'static str, account: &AccountId) -> bool {
    let account = account.clone();
    store.write("link", move |tx| oidc::link(tx, ISSUER, subject, &account)).unwrap().value
}

#[test]
fn s_tec_02_a_subject_is_one_persons_and_a_person_has_one() {
    on_both(|practice| {
        let store = practice.store();
        let (dana, omar) = (create(store, "dana"), create(store, "omar"));
        assert!(link(store, "s1", &dana));
        assert!(!link(store, "s1", &omar), "one subject is one person's");
        assert!(!link(store, "s2", &dana), "a person has one");
        assert!(link(store, "s2", &omar));
        let find = |issuer, subject| store.read("find", |tx| oidc::find(tx, issuer, subject)).unwrap();
        assert_eq!(find(ISSUER, "s1").unwrap().account, dana);
        assert!(find("https://login.example/", "s1").is_none(), "another issuer's name is another person's");
        assert!(find(ISSUER, "S1").is_none());
        store.write("used", |tx| oidc::used(tx, ISSUER, "s1")).unwrap();
        let of = |who: &AccountId| store.read("of", |tx| oidc::of(tx, ISSUER, who)).unwrap();
        assert!(of(&dana).unwrap().used_at.is_some() && of(&omar).unwrap().used_at.is_none());
        assert_eq!(store.read("all", |tx| oidc::all(tx, ISSUER)).unwrap().len(), 2);
        let who = dana.clone();
        assert_eq!(store.write("unlink", move |tx| oidc::unlink(tx, &who)).unwrap().value, 1);
        assert!(of(&dana).is_none() && of(&omar).is_some() && link(store, "s1", &dana));
    });
}

#[test]
fn a_browser_comes_back_once() {
    on_both(|practice| {
        let store = practice.store();
        store.write("ask", |tx| oidc::ask(tx, "t1", None)).unwrap();
        store.write("ask", |tx| oidc::ask(tx, "t2", None)).unwrap();
        let back = |token: &'static str| store.write("back", move |tx| oidc::come_back(tx, token)).unwrap().value;
        let asked = back("t1").unwrap();
        assert_eq!((asked.session, back("t1"), back("t9")), (None::<SessionId>, None, None));
        assert_eq!(store.write("sweep", move |tx| oidc::sweep(tx, asked.at)).unwrap().value, 0);
        let after = asked.at.plus_seconds(600);
        assert_eq!(store.write("sweep", move |tx| oidc::sweep(tx, after)).unwrap().value, 1);
        assert!(back("t2").is_none());
    });
}
