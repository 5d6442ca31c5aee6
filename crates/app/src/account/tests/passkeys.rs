use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use domain::account::passkey::{Site, decode, encode};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::*;

/// An authenticator in software, with the key of one passkey.
struct Authenticator {
    key: Secret,
    id: Vec<u8>,
    host: &'static str,
    origin: &'static str,
    flags: u8,
    counter: u32,
    /// Whose passkey it says it is.
    user: Vec<u8>,
}

enum Secret {
    Es256(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
    Rs256(RsaKeyPair),
}

const HOST: &str = "northside.example";
const ORIGIN: &str = "https://northside.example";

fn site() -> Site {
    Site::parse(ORIGIN).unwrap()
}

impl Authenticator {
    fn new(id: u8) -> Self {
        let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new()).unwrap();
        Self::with(id, Secret::Es256(EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref()).unwrap()))
    }

    fn with(id: u8, key: Secret) -> Self {
        Self { key, id: vec![id; 16], host: HOST, origin: ORIGIN, flags: 0x05, counter: 0, user: Vec::new() }
    }

    fn cose(&self) -> Vec<u8> {
        match &self.key {
            Secret::Es256(pair) => {
                let point = pair.public_key().as_ref();
                let head = [0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 0x20];
                [&head[..], &point[1..33], &[0x22, 0x58, 0x20], &point[33..]].concat()
            }
            Secret::EdDsa(pair) => {
                [&[0xa4, 1, 1, 3, 0x27, 0x20, 6, 0x21, 0x58, 0x20][..], pair.public_key().as_ref()].concat()
            }
            Secret::Rs256(pair) => {
                let n = pair.public_key().modulus().big_endian_without_leading_zero().to_vec();
                [&[0xa4, 1, 3, 3, 0x39, 1, 0, 0x20, 0x59, 1, 0][..], &n, &[0x21, 0x43, 1, 0, 1]].concat()
            }
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        match &self.key {
            Secret::Es256(pair) => pair.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec(),
            Secret::EdDsa(pair) => pair.sign(message).as_ref().to_vec(),
            Secret::Rs256(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).unwrap();
                signature
            }
        }
    }

    fn client_data(&self, kind: &str, question: &Value) -> Vec<u8> {
        let challenge = &question["challenge"];
        json!({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false})
            .to_string()
            .into_bytes()
    }

    fn data(&self, flags: u8, rest: &[u8]) -> Vec<u8> {
        let host = Sha256::digest(self.host.as_bytes());
        [host.as_slice(), &[flags], &self.counter.to_be_bytes(), rest].concat()
    }

    fn create(&mut self, asked: &Value) -> String {
        let question = &asked["create"];
        self.user = decode(question["user"]["id"].as_str().unwrap()).unwrap();
        let length = u8::try_from(self.id.len()).unwrap();
        let made = [&[0; 16][..], &[0, length], &self.id, &self.cose()].concat();
        let client = self.client_data("webauthn.create", question);
        let data = self.data(self.flags | 0x40, &made);
        json!({"id": encode(&self.id), "client_data": encode(&client), "authenticator_data": encode(&data)}).to_string()
    }

    fn get(&self, asked: &Value) -> String {
        let client = self.client_data("webauthn.get", &asked["get"]);
        let data = self.data(self.flags, &[]);
        let signature = self.sign(&[data.as_slice(), Sha256::digest(&client).as_slice()].concat());
        json!({
            "id": encode(&self.id), "client_data": encode(&client), "authenticator_data": encode(&data),
            "signature": encode(&signature), "user": encode(&self.user),
        })
        .to_string()
    }
}

impl Practice {
    fn cx(&self, token: &str) -> crate::Cx {
        self.open(token).unwrap().cx
    }

    fn add(&self, token: &str, key: &mut Authenticator) -> crate::Result<()> {
        let cx = self.cx(token);
        let who = self.app.fresh(&cx)?;
        let answer = key.create(&self.app.ask_new_passkey(who, &site()).unwrap());
        self.app.add_passkey(who, "blue key", &answer, &site())
    }

    fn uses(&self, answer: &str) -> CodeAnswer {
        // Guesses from one place wait; these come from many.
        self.app.sign_in_passkey(answer, &site(), Knock { source: &random_token(&*self.app.entropy), ..HOME }).unwrap()
    }

    fn asked(&self) -> Value {
        self.app.ask_sign_in(&site()).unwrap()
    }
}

fn is_in(answer: &CodeAnswer) -> bool {
    matches!(answer, CodeAnswer::In(_))
}

#[test]
fn s_tec_02_a_passkey_signs_in_alone_and_is_both_factors() {
    let practice = Practice::new();
    let dana = practice.person("dana", "biller");
    let mut key = Authenticator::new(1);
    practice.add(&dana.session.token, &mut key).unwrap();
    let CodeAnswer::In(signed) = practice.uses(&key.get(&practice.asked())) else { panic!("the answer is right") };
    let cx = practice.cx(&signed.token);
    assert!(cx.mfa && cx.account == dana.id && practice.app.fresh(&cx).is_ok());
    let own = practice.app.passkeys(&cx).unwrap();
    assert_eq!((own.len(), own[0].name.as_str(), own[0].synced), (1, "blue key", false));
    assert!(own[0].used_at.is_some());
    practice.pass(30);
    practice.signs_in(&dana, HOME);
    assert_eq!(practice.events(Act::FactorEnrolled), 2);
}

#[test]
fn keys_of_every_algorithm_sign_in_and_a_flipped_bit_does_not() {
    let ed = Ed25519KeyPair::generate().unwrap();
    let rsa = RsaKeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
    let practice = Practice::new();
    let dana = practice.person("dana", "biller");
    let (ed, rsa) = (Authenticator::with(2, Secret::EdDsa(ed)), Authenticator::with(3, Secret::Rs256(rsa)));
    for mut key in [Authenticator::new(1), ed, rsa] {
        practice.add(&dana.session.token, &mut key).unwrap();
        let answer = key.get(&practice.asked());
        let mut bad: Value = serde_json::from_str(&answer).unwrap();
        let mut signature = decode(bad["signature"].as_str().unwrap()).unwrap();
        *signature.last_mut().unwrap() ^= 1;
        bad["signature"] = json!(encode(&signature));
        assert!(!is_in(&practice.uses(&bad.to_string())), "a flipped bit");
        assert!(is_in(&practice.uses(&answer)), "a wrong one in between spends nothing");
    }
}

#[test]
fn s_tec_02_an_answer_works_once_for_its_question_its_site_and_its_person() {
    let practice = Practice::new();
    let (dana, omar) = (practice.person("dana", "biller"), practice.person("omar", "front_desk"));
    let (mut key, mut others) = (Authenticator::new(1), Authenticator::new(2));
    practice.add(&dana.session.token, &mut key).unwrap();
    practice.add(&omar.session.token, &mut others).unwrap();
    let refused = |answer: &str, why: &str| assert!(matches!(practice.uses(answer), CodeAnswer::Refused), "{why}");

    let answer = key.get(&practice.asked());
    assert!(is_in(&practice.uses(&answer)));
    refused(&answer, "used before");

    let old = practice.asked();
    practice.pass(300);
    refused(&key.get(&old), "too late");
    practice.pass(-301);
    refused(&key.get(&old), "from the future");
    practice.pass(600);

    let mut forged = practice.asked();
    forged["get"]["challenge"] = json!(encode(&[7; 56]));
    refused(&key.get(&forged), "not our question");
    let cx = practice.cx(&practice.signs_in(&dana, HOME).token);
    refused(&key.get(&practice.app.ask_step_up(&cx, &site()).unwrap().unwrap()), "another purpose");

    (key.host, key.origin) = ("evil.example", "https://evil.example");
    refused(&key.get(&practice.asked()), "another site");
    key.host = HOST;
    refused(&key.get(&practice.asked()), "another origin");
    (key.host, key.origin) = ("evil.example", ORIGIN);
    refused(&key.get(&practice.asked()), "another site's passkey");
    key.host = HOST;
    for flags in [0x00, 0x01, 0x04] {
        key.flags = flags;
        refused(&key.get(&practice.asked()), "nobody was checked");
    }
    key.flags = 0x05;
    let own = std::mem::replace(&mut key.user, others.user.clone());
    refused(&key.get(&practice.asked()), "it names another person");
    key.user = own;
    key.id = others.id.clone();
    refused(&key.get(&practice.asked()), "another person's passkey under this key");
    for text in ["", "{}", "[]", r#"{"id":"\u0000","client_data":"","authenticator_data":""}"#] {
        refused(text, text);
    }
    key.id = vec![1; 16];
    assert!(is_in(&practice.uses(&key.get(&practice.asked()))), "and all of it put right again");
}

#[test]
fn s_tec_02_a_copied_passkey_is_refused_and_told() {
    let practice = Practice::new();
    let dana = practice.person("dana", "biller");
    let mut key = Authenticator::new(1);
    key.counter = 5;
    practice.add(&dana.session.token, &mut key).unwrap();
    for (counter, right) in [(6, true), (6, false), (4, false), (0, false), (9, true)] {
        key.counter = counter;
        assert_eq!(is_in(&practice.uses(&key.get(&practice.asked()))), right, "{counter}");
    }
}

#[test]
fn s_tec_02_a_passkey_is_the_second_factor_and_the_step_up_of_its_own_person() {
    let practice = Practice::new();
    let (dana, omar) = (practice.person("dana", "biller"), practice.person("omar", "front_desk"));
    let (mut key, mut others) = (Authenticator::new(1), Authenticator::new(2));
    practice.add(&dana.session.token, &mut key).unwrap();
    practice.add(&omar.session.token, &mut others).unwrap();
    let ticket = practice.ticket(&dana, HOME);
    let ask = || practice.app.ask_ticket(&ticket, &site()).unwrap().unwrap();
    let give = |answer: &str| practice.app.sign_in_ticket_passkey(&ticket, answer, &site(), HOME).unwrap();
    assert!(matches!(give(&others.get(&ask())), CodeAnswer::Refused), "another person's");
    assert!(matches!(give(&key.get(&practice.asked())), CodeAnswer::Refused), "another question's");
    let last = ask();
    let CodeAnswer::In(signed) = give(&key.get(&last)) else { panic!("the answer is right") };
    assert!(matches!(give(&key.get(&last)), CodeAnswer::Over), "the ticket is used");
    practice.pass(301);
    let cx = practice.cx(&signed.token);
    assert!(practice.app.fresh(&cx).is_err());
    let ask = || practice.app.ask_step_up(&cx, &site()).unwrap().unwrap();
    let step = |answer: &str| practice.app.step_up_passkey(&cx, answer, &site()).unwrap();
    assert!(matches!(step(&others.get(&ask())), SteppedUp::Refused), "another person's");
    let SteppedUp::Fresh(token) = step(&key.get(&ask())) else { panic!("the answer is right") };
    assert!(practice.app.fresh(&practice.cx(&token)).is_ok());
}

#[test]
fn s_tec_02_an_official_with_a_passkey_signs_in_with_nothing_else() {
    let practice = Practice::new();
    let (chief, dana) = (practice.person("chief", "security_official"), practice.person("dana", "biller"));
    practice.pass(30);
    let ticket = practice.ticket(&chief, HOME);
    let mut key = Authenticator::new(1);
    practice.add(&chief.session.token, &mut key).unwrap();
    assert!(matches!(practice.app.sign_in("chief", PASSWORD, HOME).unwrap(), SignIn::Refused), "the right password");
    let code = practice.app.sign_in_code(&ticket, &practice.code(&chief.secret), HOME).unwrap();
    assert!(matches!(code, CodeAnswer::Over), "nor does a ticket from before help");
    let CodeAnswer::In(signed) = practice.uses(&key.get(&practice.asked())) else { panic!("the passkey is right") };
    practice.pass(301);
    let cx = practice.cx(&signed.token);
    let code = practice.code(&chief.secret);
    assert!(matches!(practice.app.step_up(&cx, &code).unwrap(), SteppedUp::Refused), "a code does not confirm");
    let answer = key.get(&practice.app.ask_step_up(&cx, &site()).unwrap().unwrap());
    let SteppedUp::Fresh(token) = practice.app.step_up_passkey(&cx, &answer, &site()).unwrap() else { panic!() };
    let cx = practice.cx(&token);
    let who = practice.app.fresh(&cx).unwrap();
    let id = practice.app.passkeys(&cx).unwrap()[0].id.clone();
    assert!(matches!(practice.app.remove_passkey(who, &id), Err(Error::Refused(_))), "the last one stays");
    let late = practice.add(&dana.session.token, &mut Authenticator::new(2));
    assert!(matches!(late, Err(Error::StepUp)), "a passkey is added by who has just given a second factor");
}

#[test]
fn people_remove_their_own_passkeys_and_a_reset_removes_them_all() {
    let practice = Practice::new();
    let (dana, chief) = (practice.person("dana", "biller"), practice.person("chief", "security_official"));
    let (mut one, mut two) = (Authenticator::new(1), Authenticator::new(2));
    practice.add(&dana.session.token, &mut one).unwrap();
    assert!(practice.add(&dana.session.token, &mut one).is_err(), "the same one twice");
    // They are listed by age.
    practice.pass(1);
    practice.add(&dana.session.token, &mut two).unwrap();
    let (cx, official) = (practice.cx(&dana.session.token), practice.cx(&chief.session.token));
    let ids: Vec<_> = practice.app.passkeys(&cx).unwrap().into_iter().map(|k| k.id).collect();
    practice.app.remove_passkey(practice.app.fresh(&official).unwrap(), &ids[0]).unwrap();
    assert!(is_in(&practice.uses(&one.get(&practice.asked()))), "nobody removes another's");
    practice.app.remove_passkey(practice.app.fresh(&cx).unwrap(), &ids[0]).unwrap();
    assert!(!is_in(&practice.uses(&one.get(&practice.asked()))));
    practice.app.reset_account(practice.app.fresh(&official).unwrap(), &dana.id, "lost both").unwrap();
    assert!(!is_in(&practice.uses(&two.get(&practice.asked()))));
}

#[test]
fn s_adm_11_a_leavers_passkey_opens_nothing() {
    let practice = Practice::new();
    let (dana, chief) = (practice.person("dana", "biller"), practice.person("chief", "security_official"));
    let mut key = Authenticator::new(1);
    practice.add(&dana.session.token, &mut key).unwrap();
    practice.app.sign_out(&practice.cx(&dana.session.token)).unwrap();
    practice.ends(&practice.cx(&chief.session.token), &dana.id, "resigned").unwrap();
    practice.pass(7);
    assert!(matches!(practice.uses(&key.get(&practice.asked())), CodeAnswer::Refused));
    let cx = practice.cx(&chief.session.token);
    assert_eq!(practice.app.left(&cx, &dana.id).unwrap().0[0].end.until_refused(), Some(7_000_000));
}
