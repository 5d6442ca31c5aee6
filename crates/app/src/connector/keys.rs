//! Our own key pairs, one a connector: made here from random bytes, kept as those bytes alone, and shown by their public half.

use aws_lc_rs::signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Instant;
use domain::connector::{Https, Way, openssh_line};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::{Error, Result};

/// Seconds that an assertion works: as long as partners that follow RFC 7523 and SMART Backend Services take it at most.
const ASSERTION_SECONDS: i64 = 300;
/// An EC private key on P-384 up to its 48 bytes, and after them (RFC 5915, section 3).
const BEFORE: [u8; 8] = [0x30, 0x3e, 0x02, 0x01, 0x01, 0x04, 0x30, 0x00];
const AFTER: [u8; 9] = [0xa0, 0x07, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22];

/// How many random bytes the key pair of a way is made of.
pub(super) const fn seed_bytes(way: &Way) -> usize {
    match way {
        Way::Sftp(_) => 32,
        Way::Https(_) => 48,
    }
}

/// The public half, in the form that the partner takes.
pub(super) fn public_half(way: &Way, seed: &[u8], name: &str) -> Result<String> {
    match way {
        Way::Sftp(_) => {
            let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| unusable())?;
            let public = pair.public_key().as_ref().try_into().map_err(|_| unusable())?;
            Ok(openssh_line(&public, &name.replace(' ', "-")))
        }
        Way::Https(_) => {
            let (kid, x, y) = named(&pair(seed)?)?;
            let jwk = json!({"kty": "EC", "crv": "P-384", "use": "sig", "alg": "ES384", "kid": kid, "x": x, "y": y});
            Ok(jwk.to_string())
        }
    }
}

/// An assertion that we are who the partner registered, for its token endpoint, once (RFC 7523, section 2.2).
pub(crate) fn assertion(to: &Https, seed: &[u8], id: &str, now: Instant) -> Result<String> {
    let pair = pair(seed)?;
    let (kid, ..) = named(&pair)?;
    let seconds = now.micros().div_euclid(1_000_000);
    let claims = json!({
        "iss": to.client_id, "sub": to.client_id, "aud": to.token_url, "jti": id,
        "iat": seconds, "exp": seconds + ASSERTION_SECONDS,
    });
    let key = pair.to_pkcs8v1().map_err(|_| unusable())?;
    let header = Header { kid: Some(kid), ..Header::new(Algorithm::ES384) };
    jsonwebtoken::encode(&header, &claims, &EncodingKey::from_ec_der(key.as_ref())).map_err(|_| unusable())
}

fn pair(seed: &[u8]) -> Result<EcdsaKeyPair> {
    let [before @ .., _] = BEFORE;
    let der = Zeroizing::new([&before[..], seed, &AFTER[..]].concat());
    EcdsaKeyPair::from_private_key_der(&ECDSA_P384_SHA384_FIXED_SIGNING, &der).map_err(|_| unusable())
}

/// The name of a key, its thumbprint (RFC 7638), and its coordinates.
fn named(pair: &EcdsaKeyPair) -> Result<(String, String, String)> {
    let point = pair.public_key().as_ref().strip_prefix(&[4_u8]).ok_or_else(unusable)?;
    let (x, y) = point.split_at_checked(48).ok_or_else(unusable)?;
    let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
    let print = Sha256::digest(format!(r#"{{"crv":"P-384","kty":"EC","x":"{x}","y":"{y}"}}"#));
    Ok((URL_SAFE_NO_PAD.encode(print), x, y))
}

fn unusable() -> Error {
    Error::Refused("the connector's key cannot be used: make a new key pair".to_owned())
}
