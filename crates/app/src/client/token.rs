//! `POST /api/token`: a signed assertion becomes an access token (RFC 6749, section 4.4; RFC 7523; SMART Backend Services).
//!
//! An attempt is paid for before the work and paid back when it was right. The signature is checked outside of any
//! transaction; what decides (is the key still good, was the assertion spent, may the client call) is read again inside the
//! one that gives the token.

use std::collections::BTreeSet;

use domain::Instant;
use domain::account::throttle::{SOURCE, source_prefix};
use domain::audit::{Act, Event, Outcome};
use domain::client::{ASSERTION_SECONDS, ApiScope, Client, Closed, PublicKey, TOKEN_SECONDS, parse_scopes};
use domain::id::{ClientId, TokenId};
use jsonwebtoken::{Algorithm, Header, TokenData, Validation};
use serde::Deserialize;
use store::client::Token;

use super::{keys, open};
use crate::account::attempt::{Buckets, seconds};
use crate::account::{hash_token, random_token};
use crate::{App, Result};

/// The only kind of assertion (RFC 7523, section 2.2).
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Longer assertions are not looked at.
const LONGEST: usize = 8192;
/// Seconds that a client's clock may be ahead of ours.
const AHEAD: i64 = 30;

/// The form of a token request, as it came.
#[derive(Clone, Copy, Debug)]
pub struct TokenRequest<'a> {
    /// `client_credentials`.
    pub grant_type: &'a str,
    /// What is asked for, apart by spaces.
    pub scope: &'a str,
    /// What kind of assertion.
    pub assertion_type: &'a str,
    /// The assertion.
    pub assertion: &'a str,
    /// The one `aud` that is taken: our own address of the token route.
    pub audience: &'a str,
    /// The address it came from.
    pub source: &'a str,
}

/// What a token request came to.
#[derive(Clone)]
pub enum TokenAnswer {
    /// A token. It is stored nowhere but as a hash.
    Given {
        /// The token.
        token: String,
        /// Seconds that it lasts.
        seconds: i64,
        /// What it opens.
        scopes: BTreeSet<ApiScope>,
    },
    /// None.
    Refused(TokenRefusal),
    /// Too many refused attempts came from there: seconds to wait.
    Wait(i64),
}

/// Why there is no token: the code of RFC 6749, section 5.2, and words for whoever mends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenRefusal {
    /// Another grant.
    GrantType,
    /// The request or the assertion cannot be read.
    Unreadable(&'static str),
    /// No client, no such key, or a signature that does not fit. Which of them is not told.
    Unproven,
    /// The signature is good and a claim is not.
    Claim(&'static str),
    /// The assertion was used before.
    Replayed,
    /// The client may not call now.
    Closed(Closed),
    /// A scope that there is none of, or that the client was not given.
    Scope(String),
}

impl TokenRefusal {
    /// The code of RFC 6749, section 5.2.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::GrantType => "unsupported_grant_type",
            Self::Unreadable(_) => "invalid_request",
            Self::Unproven | Self::Claim(_) | Self::Replayed | Self::Closed(_) => "invalid_client",
            Self::Scope(_) => "invalid_scope",
        }
    }

    /// The name that the log keeps.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::GrantType => "grant_type",
            Self::Unreadable(_) => "unreadable",
            Self::Unproven => "unproven",
            Self::Claim(_) => "claim",
            Self::Replayed => "replayed",
            Self::Closed(closed) => closed.as_str(),
            Self::Scope(_) => "scope",
        }
    }
}

impl std::fmt::Display for TokenRefusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::GrantType => f.write_str("`grant_type` must be `client_credentials`"),
            Self::Unreadable(why) | Self::Claim(why) => f.write_str(why),
            Self::Unproven => f.write_str(
                "the assertion is not signed by a key that this client has now: check `iss`, `kid`, `alg` (ES384 or \
                 RS384) and that the practice has your present public key",
            ),
            Self::Replayed => {
                f.write_str("this assertion was used before: make a new one, with a new `jti`, each time")
            }
            Self::Closed(closed) => closed.fmt(f),
            Self::Scope(word) => write!(f, "`scope`: `{word}` is not one that this client was given"),
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: i64,
    nbf: Option<i64>,
    iat: Option<i64>,
    jti: String,
}

/// An assertion whose signature is good.
#[derive(Clone)]
struct Proven {
    client: Client,
    kid: String,
    jti: String,
    expires_at: Instant,
}

impl App {
    /// Gives a token for a signed assertion, or says why not. Either is in the log.
    pub fn client_token(&self, request: TokenRequest<'_>) -> Result<TokenAnswer> {
        let buckets = Buckets(vec![(format!("assertion:{}", source_prefix(request.source)), SOURCE)]);
        let event = self.anonymous_event(Act::TokenRefused, request.source);
        let paid = buckets.clone();
        if let Err(wait) = self.store.write("client.knock", move |tx| paid.reserve(tx, &event))?.value {
            return Ok(TokenAnswer::Wait(seconds(wait).unwrap_or(60)));
        }
        let proven = match self.prove(request)? {
            Ok(proven) => proven,
            Err((refusal, client)) => {
                let event = match &client {
                    Some(client) => self.client_event(client, Act::TokenRefused, request.source),
                    None => self.anonymous_event(Act::TokenRefused, request.source),
                };
                self.store.record(event.ending(Outcome::Denied).with("reason", refusal.reason()))?;
                return Ok(TokenAnswer::Refused(refusal));
            }
        };
        self.give_token(&proven, request, buckets)
    }

    /// Reads the assertion and checks its signature and claims. A refusal names the client only when the signature is good.
    fn prove(&self, request: TokenRequest<'_>) -> Result<Result<Proven, (TokenRefusal, Option<Client>)>> {
        let (header, claims) = match read(request) {
            Ok(read) => read,
            Err(refusal) => return Ok(Err((refusal, None))),
        };
        let unproven = || Ok(Err((TokenRefusal::Unproven, None)));
        let (Ok(id), Some(kid)) = (ClientId::parse(&claims.iss), header.kid.clone()) else { return unproven() };
        let found = self.store.read("client.assert", |tx| store::client::find(tx, &id))?;
        let now = self.clock.now();
        let Some(client) = found.map(|found| found.value) else { return unproven() };
        let Some(key) = client.key(&kid, now) else { return unproven() };
        if !signed(request.assertion, &header, &key.key) {
            return unproven();
        }
        if let Err(why) = check(&claims, request.audience, now) {
            return Ok(Err((TokenRefusal::Claim(why), Some(client))));
        }
        let expires_at = Instant::default().plus_seconds(claims.exp);
        Ok(Ok(Proven { client, kid, jti: claims.jti, expires_at }))
    }

    fn give_token(&self, proven: &Proven, request: TokenRequest<'_>, paid: Buckets) -> Result<TokenAnswer> {
        let token = random_token(&*self.entropy);
        let hash = hash_token(&token);
        let wanted = parse_scopes(request.scope);
        let given = self.client_event(&proven.client, Act::TokenIssued, request.source).with("kid", &proven.kid);
        let refused = self.client_event(&proven.client, Act::TokenRefused, request.source).ending(Outcome::Denied);
        let proven = proven.clone();
        let done = self.store.write("client.token", move |tx| {
            let judged = judge(tx, &proven, wanted.clone())?;
            match &judged {
                Ok((scopes, basis)) => {
                    let now = tx.now();
                    let token = Token {
                        id: TokenId::new(now, tx.entropy()),
                        client: proven.client.id.clone(),
                        kid: proven.kid.clone(),
                        scopes: scopes.clone(),
                        expires_at: now.plus_seconds(TOKEN_SECONDS),
                        ended_at: None,
                    };
                    store::client::give(tx, &token, &hash)?;
                    paid.undo(tx)?;
                    tx.audit(note(given.clone(), &token, basis));
                }
                Err(refusal) => {
                    tx.audit(refused.clone().with("reason", refusal.reason()));
                }
            }
            Ok(judged)
        })?;
        Ok(match done.value {
            Ok((scopes, _)) => TokenAnswer::Given { token, seconds: TOKEN_SECONDS, scopes },
            Err(refusal) => TokenAnswer::Refused(refusal),
        })
    }
}

fn note(event: Event, token: &Token, basis: &str) -> Event {
    let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.as_str()).collect();
    event.with("token", &token.id).with("scopes", scopes.join(" ")).with("basis", basis)
}

/// What decides, in the transaction that gives the token. The assertion is spent whatever comes of it.
fn judge(
    tx: &mut store::Tx,
    proven: &Proven,
    wanted: Result<BTreeSet<ApiScope>, String>,
) -> store::Result<Result<(BTreeSet<ApiScope>, String), TokenRefusal>> {
    let Some(now) = store::client::find(tx, &proven.client.id)? else { return Ok(Err(TokenRefusal::Unproven)) };
    // Withdrawn between the signature and now.
    if now.value.key(&proven.kid, tx.now()).is_none() {
        return Ok(Err(TokenRefusal::Unproven));
    }
    if !store::client::spend(tx, &proven.client.id, &proven.jti, proven.expires_at)? {
        return Ok(Err(TokenRefusal::Replayed));
    }
    let known = open::known(tx, now.value)?;
    let basis = match known.standing {
        Ok(basis) => basis,
        Err(closed) => return Ok(Err(TokenRefusal::Closed(closed))),
    };
    Ok(match wanted {
        Err(word) => Err(TokenRefusal::Scope(word)),
        Ok(scopes) => match scopes.difference(&known.client.scopes).next() {
            Some(more) => Err(TokenRefusal::Scope(more.to_string())),
            None => Ok((scopes, basis)),
        },
    })
}

/// The form and the assertion, unverified.
fn read(request: TokenRequest<'_>) -> Result<(Header, Claims), TokenRefusal> {
    if request.grant_type != "client_credentials" {
        return Err(TokenRefusal::GrantType);
    }
    if request.assertion_type != ASSERTION_TYPE {
        let why = "`client_assertion_type` must be `urn:ietf:params:oauth:client-assertion-type:jwt-bearer`";
        return Err(TokenRefusal::Unreadable(why));
    }
    if request.assertion.len() > LONGEST {
        return Err(TokenRefusal::Unreadable("`client_assertion` is longer than 8 KiB"));
    }
    let read: TokenData<Claims> = jsonwebtoken::dangerous::insecure_decode(request.assertion).map_err(|_| {
        TokenRefusal::Unreadable(
            "`client_assertion` is not a JWT with `iss`, `sub`, `aud`, `exp` (whole seconds) and `jti`",
        )
    })?;
    if read.header.crit.is_some() {
        return Err(TokenRefusal::Unreadable("`client_assertion` has a `crit` header: nothing in it is known here"));
    }
    Ok((read.header, read.claims))
}

/// Whether the key signed it, with the key's one algorithm. The claims are judged by our own clock, below.
fn signed(assertion: &str, header: &Header, key: &PublicKey) -> bool {
    let algorithm = match key {
        PublicKey::Es384 { .. } => Algorithm::ES384,
        PublicKey::Rs384 { .. } => Algorithm::RS384,
    };
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    (validation.validate_exp, validation.validate_aud) = (false, false);
    let Some(key) = keys::decoding(key) else { return false };
    header.alg == algorithm && jsonwebtoken::decode::<serde_json::Value>(assertion, &key, &validation).is_ok()
}

fn check(claims: &Claims, audience: &str, now: Instant) -> Result<(), &'static str> {
    let now = now.micros().div_euclid(1_000_000);
    let meant = match &claims.aud {
        Audience::One(one) => one == audience,
        // For several, any of them could use it at the others.
        Audience::Many(many) => matches!(many.as_slice(), [one] if one == audience),
    };
    if claims.sub != claims.iss {
        return Err("`sub` must be the same as `iss`: the client's id");
    }
    if !meant {
        return Err("`aud` must be the address of this token route, and nothing else, as the practice gave it to you");
    }
    if claims.exp <= now {
        return Err("`exp` is over: make the assertion just before you send it, and check your clock");
    }
    if claims.exp.saturating_sub(now) > ASSERTION_SECONDS {
        return Err("`exp` is more than 5 minutes away: an assertion lives 5 minutes at most");
    }
    if [claims.nbf, claims.iat].into_iter().flatten().any(|at| at.saturating_sub(now) > AHEAD) {
        return Err("`nbf` or `iat` is in the future: check your clock");
    }
    if claims.jti.is_empty() || claims.jti.len() > 128 || claims.jti.contains('\0') {
        return Err("`jti` must have from 1 to 128 characters, new in each assertion");
    }
    Ok(())
}
