//! The form that registers or changes a client.

use std::collections::BTreeSet;

use domain::Instant;
use domain::audit::Purpose;
use domain::client::{ApiScope, Client, ClientKey, Ground, LONGEST_DAYS};
use domain::form::{Faults, FieldFault, parse_date, parse_line};
use domain::id::{AccountId, ClientId, PartnerId};
use jiff::ToSpan as _;
use jiff::civil::Date;

use super::keys;

/// A client as typed.
#[derive(Clone, Debug, Default)]
pub struct ClientForm {
    /// What it is called.
    pub name: String,
    /// The account that answers for it.
    pub owner: String,
    /// A [`Purpose`].
    pub purpose: String,
    /// `own_program`, `sends_only`, or the id of a partner.
    pub ground: String,
    /// [`ApiScope`]s.
    pub scopes: Vec<String>,
    /// Last day.
    pub expires_on: String,
    /// Its public keys, as a JWK or a JWK Set; read at registration only.
    pub keys: String,
}

impl From<&Client> for ClientForm {
    fn from(client: &Client) -> Self {
        Self {
            name: client.name.clone(),
            owner: client.owner.to_string(),
            purpose: client.purpose.to_string(),
            ground: match &client.ground {
                Ground::Partner(id) => id.to_string(),
                Ground::OwnProgram => "own_program".to_owned(),
                Ground::SendsOnly => "sends_only".to_owned(),
            },
            scopes: client.scopes.iter().map(ToString::to_string).collect(),
            expires_on: client.expires_on.to_string(),
            keys: String::new(),
        }
    }
}

impl ClientForm {
    /// Reads the form. `old` keeps its keys and standing; a new client takes the keys of the form.
    pub(super) fn read(
        &self,
        id: &ClientId,
        old: Option<&Client>,
        today: Date,
        now: Instant,
    ) -> Result<Client, Vec<FieldFault>> {
        let mut faults = Faults::new();
        let name = faults.take("name", parse_line(&self.name, 80));
        let owner = faults.take("owner", AccountId::parse(&self.owner).map_err(|_| "choose who answers for it"));
        let purpose = Purpose::parse(&self.purpose).filter(|purpose| *purpose != Purpose::SelfCheck);
        let purpose = faults.take("purpose", purpose.ok_or("choose why it is told anything"));
        let scopes = self.scopes(&mut faults);
        let ground = self.ground(&scopes, &mut faults);
        let expires_on = faults.take("expires_on", parse_date(&self.expires_on));
        let last = today.saturating_add(LONGEST_DAYS.days());
        if expires_on.is_some_and(|day| day < today || day > last) {
            faults.add("expires_on", "choose a day from today to a year from now: then somebody looks at it again");
        }
        let keys = match old {
            Some(old) => Some(old.keys.clone()),
            None => faults.take("keys", keys::read(&self.keys)).map(|keys| {
                let key = |(kid, key)| ClientKey { kid, key, added_at: now, ends_at: None };
                keys.into_iter().map(key).collect()
            }),
        };
        let disabled_at = old.and_then(|old| old.disabled_at);
        let client = match (name, owner, purpose, ground, expires_on, keys) {
            (Some(name), Some(owner), Some(purpose), Some(ground), Some(expires_on), Some(keys)) => {
                Some(Client { id: id.clone(), name, owner, purpose, ground, scopes, keys, expires_on, disabled_at })
            }
            _ => None,
        };
        faults.finish(client)
    }

    fn scopes(&self, faults: &mut Faults) -> BTreeSet<ApiScope> {
        let read: Option<BTreeSet<ApiScope>> = self.scopes.iter().map(|text| ApiScope::parse(text)).collect();
        match read {
            Some(scopes) if !scopes.is_empty() => scopes,
            _ => {
                faults.add("scope", "choose what it may be given, as little as does the work");
                BTreeSet::new()
            }
        }
    }

    fn ground(&self, scopes: &BTreeSet<ApiScope>, faults: &mut Faults) -> Option<Ground> {
        let told = scopes.iter().any(|scope| scope.discloses());
        let collects = scopes.contains(&ApiScope::ClaimFileRead);
        let ground = match self.ground.as_str() {
            "own_program" => Ok(Ground::OwnProgram),
            "sends_only" if told => Err("a program that only sends has no scope that tells it about patients"),
            "sends_only" => Ok(Ground::SendsOnly),
            text => PartnerId::parse(text).map(Ground::Partner).map_err(|_| "choose whom it works for"),
        };
        let ground = match ground {
            Ok(Ground::OwnProgram | Ground::SendsOnly) if collects => {
                Err("claim files are released to a partner: choose which")
            }
            other => other,
        };
        faults.take("ground", ground)
    }
}
