//! A bearer token becomes a request of a client, or is turned away with its reason on record.

use domain::account::throttle::{SOURCE, source_prefix};
use domain::audit::{Act, Actor, Event, Outcome};
use domain::client::{ApiScope, Client, Closed, Ground, Surroundings};
use domain::partner::Partner;
use store::client::Token;
use store::{Tx, directory};

use super::ClientCx;
use crate::account::attempt::Buckets;
use crate::account::hash_token;
use crate::practice::Facts;
use crate::{App, Result};

/// What a bearer token came to.
#[derive(Clone, Debug)]
pub enum Opened {
    /// The client may ask.
    In(Box<ClientCx>),
    /// It may not.
    Shut(Shut),
}

/// Why a request is turned away before it is looked at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Shut {
    /// No such token, or it is over: get a new one.
    #[error("the access token is unknown, over or withdrawn")]
    Token,
    /// The client may not call at all.
    #[error("{0}")]
    Closed(Closed),
    /// The token does not open this.
    #[error("the access token does not have the scope `{0}`")]
    Scope(ApiScope),
    /// Too many unknown tokens from there.
    #[error("too many unknown access tokens came from this address")]
    Wait(i64),
    /// The client calls faster than its scope allows: seconds to wait.
    #[error("this client called too often with the scope `{0}`")]
    Pace(ApiScope, i64),
}

/// What is known of a client when it calls.
pub(crate) struct Known {
    pub(crate) client: Client,
    pub(crate) standing: Result<String, Closed>,
}

/// The client with its standing today.
pub(crate) fn known(tx: &mut Tx, client: Client) -> store::Result<Known> {
    let today = directory::one::<Facts>(tx, "facts")?.value.zone.date(tx.now());
    let partner = match &client.ground {
        Ground::Partner(id) => directory::one::<Partner>(tx, id.as_str()).map(|p| Some(p.value)),
        Ground::OwnProgram | Ground::SendsOnly => Ok(None),
    };
    let partner = match partner {
        Err(store::Error::NotFound(_)) => None,
        found => found?,
    };
    let owner = store::account::load(tx, &client.owner)?.value;
    let around = Surroundings { today, owner_disabled: !owner.is_open(tx.now()), partner: partner.as_ref() };
    let standing = client.standing(around);
    Ok(Known { client, standing })
}

impl App {
    /// Whose token it is, and whether it opens a route of this scope now.
    pub fn client_open(&self, bearer: &str, scope: ApiScope, source: &str) -> Result<Opened> {
        let hash = hash_token(bearer);
        let found = self.store.read("client.open", |tx| {
            let Some(token) = store::client::token(tx, &hash)? else { return Ok(None) };
            let Some(client) = store::client::find(tx, &token.client)? else { return Ok(None) };
            Ok(Some((token, known(tx, client.value)?)))
        })?;
        let Some((token, Known { client, standing, .. })) = found else { return self.unknown_token(source) };
        let refuse = |shut: Shut, reason: &str, basis: String| {
            let event = self.event(&context(&client, &token, scope, basis, source), Act::Denied);
            let event = event.ending(Outcome::Denied).with("action", scope.action()).with("reason", reason);
            self.store.record(event)?;
            Ok(Opened::Shut(shut))
        };
        let basis = match standing {
            Ok(basis) => basis,
            Err(closed) => return refuse(Shut::Closed(closed.clone()), closed.as_str(), "none".to_owned()),
        };
        let now = self.clock.now();
        // A token from the future is one from before the clock was set back.
        let over = token.ended_at.is_some() || now >= token.expires_at;
        let early = token.expires_at.seconds_since(now) > domain::client::TOKEN_SECONDS;
        if over || early {
            return refuse(Shut::Token, "token_over", basis);
        }
        let cx = context(&client, &token, scope, basis.clone(), source);
        if cx.scopes.contains(&scope) {
            Ok(Opened::In(Box::new(cx)))
        } else {
            refuse(Shut::Scope(scope), "scope", basis)
        }
    }

    /// Counts a call against the pace of its scope, before the call does anything. A client that is too fast is told how long
    /// to wait, and the log hears of it once a minute.
    pub fn client_pace(&self, cx: &ClientCx) -> Result<Result<(), Shut>> {
        let scope = cx.scope;
        let buckets = Buckets(vec![(format!("client:{}:{scope}", cx.client), scope.pace())]);
        let event = self.event(cx, Act::Denied).with("action", scope.action());
        let paced = self.store.write("client.pace", move |tx| buckets.reserve(tx, &event))?.value;
        Ok(paced.map_err(|wait| Shut::Pace(scope, crate::account::attempt::seconds(wait).unwrap_or(60))))
    }

    /// An unknown token counts against the address, and the log hears of it once a minute.
    fn unknown_token(&self, source: &str) -> Result<Opened> {
        let event = self.anonymous_event(Act::Denied, source).ending(Outcome::Denied).with("reason", "unknown_token");
        let buckets = Buckets(vec![(format!("bearer:{}", source_prefix(source)), SOURCE)]);
        let knocked = self.store.write("client.unknown", move |tx| {
            let waits = buckets.reserve(tx, &event)?;
            if waits.is_ok() {
                tx.audit(event.clone());
            }
            Ok(waits)
        })?;
        let shut = match knocked.value {
            Ok(()) => Shut::Token,
            Err(wait) => Shut::Wait(crate::account::attempt::seconds(wait).unwrap_or(60)),
        };
        Ok(Opened::Shut(shut))
    }

    /// An event of a client that has no token yet.
    pub(super) fn client_event(&self, client: &Client, act: Act, source: &str) -> Event {
        let mut event = Event::new(act, Actor::Client(client.id.clone()), client.purpose);
        event.source = Some(source.to_owned());
        self.policies.hash().clone_into(&mut event.policy);
        event.with("client", &client.name)
    }
}

fn context(client: &Client, token: &Token, scope: ApiScope, basis: String, source: &str) -> ClientCx {
    ClientCx {
        client: client.id.clone(),
        name: client.name.clone(),
        owner: client.owner.clone(),
        purpose: client.purpose,
        partner: if let Ground::Partner(id) = &client.ground { Some(id.clone()) } else { None },
        basis,
        // What was taken from the client since is taken from its tokens.
        scopes: token.scopes.intersection(&client.scopes).copied().collect(),
        scope,
        token: token.id.clone(),
        source: source.to_owned(),
    }
}
