//! What is asked of the provider: its description, its keys, and who stands behind a code. None of it in a transaction.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use domain::Instant;
use domain::account::oidc::{Metadata, OidcFault, discovery};
use domain::account::passkey::Site;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Known, Oidc, Proof, Reply, Request, Words, unreachable};
use crate::account::hash_token;

/// Seconds that a provider's description and keys are believed.
const BELIEVED: i64 = 3600;
/// Seconds before its keys are fetched once more for a key that is not among them.
const AGAIN: i64 = 60;
/// Keys of a provider that are looked at.
const MOST_KEYS: usize = 64;
/// Seconds that our own assertion lasts.
const ASSERTION: i64 = 60;

/// Where the provider sends browsers back to.
pub fn redirect(site: &Site) -> String {
    format!("{}/sign-in/oidc/answer", site.origin)
}

/// The public half of our key as a JWK, for the provider; `None` when it is no P-256 key.
pub fn public_key(pkcs8: &[u8]) -> Option<Value> {
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).ok()?;
    let (x, y) = pair.public_key().as_ref().strip_prefix(&[4])?.split_at_checked(32)?;
    let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
    let kid: String = hash_token(&format!("{x}.{y}")).chars().take(16).collect();
    Some(json!({"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": kid, "x": x, "y": y}))
}

#[derive(Deserialize)]
struct Keys {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

impl Oidc {
    fn get(&self, address: &str) -> Result<Vec<u8>, OidcFault> {
        let request = Request { address: address.to_owned(), form: None, authorization: None };
        match self.wire.ask(&request) {
            Ok(Reply { status: 200, body }) => Ok(body),
            Ok(Reply { status, .. }) => Err(unreachable(&format!("it answered {status}"))),
            Err(why) => Err(unreachable(&why)),
        }
    }

    /// A key that we cannot read is one that signs nothing for us; the others count.
    fn fetch_keys(&self, metadata: &Metadata) -> Result<Vec<Jwk>, OidcFault> {
        let keys: Keys = serde_json::from_slice(&self.get(&metadata.keys)?).map_err(|_| OidcFault::Document)?;
        Ok(keys.keys.into_iter().take(MOST_KEYS).filter_map(|key| serde_json::from_value(key).ok()).collect())
    }

    /// What the provider says of itself, asked at most once an hour.
    pub(super) fn known(&self, now: Instant) -> Result<Known, OidcFault> {
        let young = |known: &Known| (0..BELIEVED).contains(&now.seconds_since(known.at));
        if let Some(known) = self.cached().filter(young) {
            return Ok(known);
        }
        let document = self.get(&discovery(self.issuer()))?;
        let metadata = Metadata::read(&document, self.issuer(), &self.settings.hosts)?;
        let keys = self.fetch_keys(&metadata)?;
        let known = Known { metadata, keys, at: now, keys_at: now };
        self.keep(&known);
        Ok(known)
    }

    /// The same with its keys of now: for a key that it may have taken into use since. At most once a minute, so that nobody makes
    /// us ask on and on.
    pub(super) fn with_new_keys(&self, known: Known, now: Instant) -> Result<Option<Known>, OidcFault> {
        if (0..AGAIN).contains(&now.seconds_since(known.keys_at)) {
            return Ok(None);
        }
        let keys = self.fetch_keys(&known.metadata)?;
        let known = Known { keys, keys_at: now, ..known };
        self.keep(&known);
        Ok(Some(known))
    }

    /// Where the browser is sent (OpenID Connect Core, section 3.1.2.1). The provider is asked to see the person anew: on a PC that
    /// several share, whoever was there before is still signed in with it.
    pub(super) fn address(&self, metadata: &Metadata, words: &Words, site: &Site) -> String {
        let joint = if metadata.authorization.contains('?') { '&' } else { '?' };
        let query = form(&[
            ("response_type", "code"),
            ("client_id", &self.settings.client),
            ("redirect_uri", &redirect(site)),
            ("scope", "openid"),
            ("state", &words.state),
            ("nonce", &words.nonce),
            ("code_challenge", &words.challenge()),
            ("code_challenge_method", "S256"),
            ("prompt", "login"),
            ("max_age", "600"),
        ]);
        format!("{}{joint}{query}", metadata.authorization)
    }

    /// The ID token for a code (section 3.1.3).
    pub(super) fn exchange(
        &self,
        known: &Known,
        code: &str,
        words: &Words,
        site: &Site,
        (now, jti): (Instant, &str),
    ) -> Result<String, OidcFault> {
        let redirect = redirect(site);
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect.as_str()),
            ("code_verifier", words.verifier.as_str()),
        ];
        let client = &self.settings.client;
        let assertion;
        let authorization = match &self.settings.proof {
            Proof::Secret(secret) => {
                let pair = format!("{}:{}", encode(client), encode(secret));
                Some(format!("Basic {}", STANDARD.encode(pair)))
            }
            Proof::Key(key) => {
                assertion = self.assertion(key, &known.metadata.token, now, jti)?;
                fields.push(("client_id", client));
                fields.push(("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"));
                fields.push(("client_assertion", &assertion));
                None
            }
        };
        let request = Request { address: known.metadata.token.clone(), form: Some(form(&fields)), authorization };
        match self.wire.ask(&request) {
            Ok(Reply { status: 200, body }) => {
                serde_json::from_slice(&body).map(|tokens: Tokens| tokens.id_token).map_err(|_| OidcFault::Unreadable)
            }
            // What is wrong with the code or with us: the provider's own words go nowhere.
            Ok(Reply { status: status @ 400..500, .. }) => {
                tracing::warn!(status, "the identity provider refused a code");
                Err(OidcFault::Code)
            }
            Ok(Reply { status, .. }) => Err(unreachable(&format!("it answered {status} for a code"))),
            Err(why) => Err(unreachable(&why)),
        }
    }

    /// Who we are, signed (RFC 7523, section 3).
    fn assertion(&self, key: &[u8], audience: &str, now: Instant, jti: &str) -> Result<String, OidcFault> {
        let kid = public_key(key).and_then(|jwk| jwk.get("kid").and_then(Value::as_str).map(str::to_owned));
        let header = Header { kid, ..Header::new(Algorithm::ES256) };
        let (client, now) = (&self.settings.client, now.micros().div_euclid(1_000_000));
        // The issuer is who reads it, and the token endpoint is how others name the same; both are this provider's.
        let audience = [self.issuer(), audience];
        let claims =
            json!({"iss": client, "sub": client, "aud": audience, "jti": jti, "iat": now, "exp": now + ASSERTION});
        let signed = jsonwebtoken::encode(&header, &claims, &EncodingKey::from_ec_der(key));
        signed.map_err(|_| unreachable("our own key cannot sign"))
    }
}

fn form(fields: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
    pairs.join("&")
}

/// Percent encoding of everything that is not unreserved (RFC 3986, section 2.3).
fn encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        use std::fmt::Write as _;
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}
