//! Sign-in by an identity provider that the practice's people have accounts with (OpenID Connect, authorization code with PKCE;
//! docs/adr/0010).
//!
//! The provider's word takes the place of the password; the second factor is given here, unless the practice trusts the provider
//! with that too. A person is known by issuer and subject, which they linked themselves, signed in, with a factor given anew.
//!
//! What goes with a browser is one random cookie. State, nonce and PKCE verifier come from it and from a key of the practice, so
//! the database holds its hash alone, and that once.

mod ask;
mod link;
mod sign_in;
mod token;

use std::sync::{Mutex, PoisonError};

use aws_lc_rs::{digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Instant;
use domain::account::oidc::{Metadata, OidcFault, https_host};
use jsonwebtoken::jwk::Jwk;
use zeroize::Zeroizing;

use crate::{App, Result};
pub use ask::{public_key, redirect};
pub use link::OwnLink;
pub use sign_in::{FrontAnswer, OidcAnswer, Sent};

/// How the practice's server proves itself to the provider.
pub enum Proof {
    /// A secret that the provider gave (`client_secret_basic`).
    Secret(Zeroizing<String>),
    /// A P-256 key of ours, PKCS #8 (`private_key_jwt` with ES256).
    Key(Zeroizing<Vec<u8>>),
}

/// Where people give their second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecondFactor {
    /// Here, whatever the provider says.
    Here,
    /// At the provider, when it says that it took more than one just now. Officials and administrators give theirs here.
    Provider,
}

/// What the configuration says of the provider.
pub struct Settings {
    /// Its name in ID tokens: the address below which its description lies.
    pub issuer: String,
    /// What it calls us.
    pub client: String,
    /// What people call it: on the button.
    pub name: String,
    /// How we prove that we are it.
    pub proof: Proof,
    /// Where people give their second factor.
    pub second_factor: SecondFactor,
    /// Hosts beside the issuer's own that its addresses may lie on.
    pub hosts: Vec<String>,
}

/// One request to the provider.
#[derive(Clone, Debug)]
pub struct Request {
    /// Where.
    pub address: String,
    /// The form that is posted; without one it is a GET.
    pub form: Option<String>,
    /// The `Authorization` header.
    pub authorization: Option<String>,
}

/// What the provider answered.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// The way to the provider: HTTPS, by whoever may open connections. It follows no redirect, bounds what it reads, and gives up
/// by itself after some seconds.
pub trait Wire: Send + Sync {
    /// Sends one request. The error is in words, for the process's log.
    fn ask(&self, request: &Request) -> Result<Reply, String>;
}

/// What a provider said of itself, and its keys.
#[derive(Clone)]
struct Known {
    metadata: Metadata,
    keys: Vec<Jwk>,
    /// When it said so.
    at: Instant,
    /// When its keys were fetched last.
    keys_at: Instant,
}

/// The identity provider of the practice.
pub struct Oidc {
    settings: Settings,
    wire: Box<dyn Wire>,
    known: Mutex<Option<Known>>,
}

impl Oidc {
    /// The provider behind this wire. Refused in words: an issuer that is no address of TLS.
    pub fn new(settings: Settings, wire: Box<dyn Wire>) -> Result<Self, String> {
        if https_host(&settings.issuer).is_none() || settings.issuer.contains('?') {
            return Err(format!("`{}` is no issuer: write `https://HOST/PATH`, in lower case", settings.issuer));
        }
        Ok(Self { settings, wire, known: Mutex::default() })
    }

    /// Its name in ID tokens.
    pub fn issuer(&self) -> &str {
        &self.settings.issuer
    }

    /// What people call it.
    pub fn name(&self) -> &str {
        &self.settings.name
    }

    /// Where people give their second factor.
    pub fn second_factor(&self) -> SecondFactor {
        self.settings.second_factor
    }

    fn cached(&self) -> Option<Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, known: &Known) {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(known.clone());
    }
}

/// What a browser that was sent to the provider is known by.
#[derive(Clone)]
struct Words {
    state: String,
    nonce: String,
    verifier: String,
}

impl Words {
    /// What goes to the provider of the verifier (RFC 7636, section 4.2).
    fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, self.verifier.as_bytes()))
    }
}

impl App {
    /// The provider, where there is one.
    fn provider(&self) -> Result<&Oidc> {
        self.oidc.as_ref().ok_or_else(|| crate::Error::Refused("no identity provider is set up here".to_owned()))
    }

    /// State, nonce and verifier of a browser with this cookie.
    fn oidc_words(&self, cookie: &str) -> Result<Words> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.store.derive("oidc")?.as_slice());
        let word = |what: &str| URL_SAFE_NO_PAD.encode(hmac::sign(&key, format!("{what}|{cookie}").as_bytes()));
        Ok(Words { state: word("state"), nonce: word("nonce"), verifier: word("verifier") })
    }
}

/// An answer of the provider that is none, in the process's log: it names no person.
fn unreachable(why: &str) -> OidcFault {
    tracing::warn!(why, "the identity provider did not answer as it should");
    OidcFault::Unreachable
}
