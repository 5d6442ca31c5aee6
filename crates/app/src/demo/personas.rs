//! The people who work at the synthetic practice, one a role, and how to sign in as each.

use domain::Entropy as _;
use domain::access::Role;
use domain::audit::Actor;
use domain::id::{AccountId, SessionId};
use serde::{Deserialize, Serialize};
use store::account;

use super::seeded::{Seeded, SeededEntropy};
use crate::account::NewAccount;
use crate::{App, Cx, Error, Result};

/// How to sign in as one of them. Only a synthetic practice has such a list.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Persona {
    /// The login.
    pub login: String,
    /// The name.
    pub name: String,
    /// The role.
    pub role: Role,
    /// The password.
    pub password: String,
    /// The second factor's secret, base32, as an authenticator takes it.
    pub totp: String,
    /// The same, hexadecimal.
    pub seed: String,
    /// The account.
    pub account: AccountId,
}

const PEOPLE: [(&str, &str, Role); 8] = [
    ("dana", "Dana Whitfield", Role::FrontDesk),
    ("bea", "Beatriz Lindqvist", Role::Biller),
    ("ruth", "Ruth Amaya", Role::Clinician),
    ("maya", "Maya Ortiz", Role::PracticeManager),
    ("sam", "Samir Haddad", Role::SecurityOfficial),
    ("priya", "Priya Shah", Role::PrivacyOfficial),
    ("axel", "Axel Thorne", Role::Auditor),
    ("kit", "Kit Nakamura", Role::SystemAdministrator),
];

impl App {
    /// Makes the accounts, each with a password and a second factor that the seed decides.
    pub(super) fn make_personas(&self, seed: u64) -> Result<Vec<Persona>> {
        let password = passphrase(seed);
        let made = PEOPLE.iter().map(|(login, name, role)| self.make_persona(seed, login, name, *role, &password));
        made.collect()
    }

    fn make_persona(&self, seed: u64, login: &str, name: &str, role: Role, password: &str) -> Result<Persona> {
        let new = NewAccount { login: login.to_owned(), name: name.to_owned(), role: role.to_string() };
        let id = self.create_account_by_system("demo", &new, false)?.id;
        let mut secret = [0_u8; 20];
        SeededEntropy::new(seed, login).fill(&mut secret);
        let sealed = self.store.seal_column(&account::totp_place(&id), &secret)?;
        let phc = self.hash_password(password)?.ok_or_else(|| Error::Refused("the server is busy".to_owned()))?;
        let owner = id.clone();
        self.store.write("demo persona", move |tx| {
            account::set_password(tx, &owner, &phc, false)?;
            account::enrol(tx, &owner, &sealed, 0, &[])
        })?;
        Ok(Persona {
            login: login.to_owned(),
            name: name.to_owned(),
            role,
            password: password.to_owned(),
            totp: crate::account::totp::base32(&secret),
            seed: hex::encode(secret),
            account: id,
        })
    }
}

impl Persona {
    /// This person at work, for the history that the practice already has.
    pub(super) fn cx(&self, ids: &dyn domain::Entropy, now: domain::Instant) -> Cx {
        Cx {
            account: self.account.clone(),
            name: self.name.clone(),
            role: self.role,
            disabled: false,
            session: SessionId::new(now, ids),
            mfa: true,
            fresh_at: Some(now),
            source: "synthetic".to_owned(),
            origin: domain::device::Origin::Premises,
            canary: false,
            emergency: None,
        }
    }

    /// As the log names the person.
    pub fn actor(&self) -> String {
        Actor::Account(self.account.clone()).to_string()
    }
}

/// Four words, easy to type; everybody at the synthetic practice has the same.
fn passphrase(seed: u64) -> String {
    const WORDS: [&str; 16] = [
        "amber", "bison", "cedar", "delta", "ember", "fjord", "grove", "heron", "indigo", "juniper", "kelp", "lagoon",
        "maple", "nectar", "orchid", "pebble",
    ];
    let mut rng = Seeded::new(seed, "passphrase");
    let words: Vec<&str> = (0..4).filter_map(|_| rng.pick(&WORDS).copied()).collect();
    words.join(" ")
}
