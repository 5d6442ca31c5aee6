//! The signature of an ID token: by a key that the provider publishes, in one of five ways, and in no other.

use domain::account::oidc::{Claims, OidcFault};
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};

/// Longer tokens are not looked at.
const LONGEST: usize = 16 * 1024;

/// What is taken: signatures by a key pair. Neither `none` nor a secret that both sides know.
const TAKEN: [Algorithm; 5] =
    [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::ES384, Algorithm::EdDSA];

/// The head of a token, when it is one that we take.
pub(super) fn head(token: &str) -> Result<Header, OidcFault> {
    if token.len() > LONGEST {
        return Err(OidcFault::Unreadable);
    }
    // The reader knows no `none`: what it cannot name it does not read.
    let header = jsonwebtoken::decode_header(token).map_err(|_| OidcFault::Algorithm)?;
    // An access token says that it is one, and is none of ours to read.
    if header.crit.is_some() || header.typ.as_ref().is_some_and(|typ| !typ.eq_ignore_ascii_case("JWT")) {
        return Err(OidcFault::Unreadable);
    }
    if TAKEN.contains(&header.alg) { Ok(header) } else { Err(OidcFault::Algorithm) }
}

/// The key that the head names. One that names none is only clear where the provider has one key of that kind.
pub(super) fn key<'a>(header: &Header, keys: &'a [Jwk]) -> Option<&'a Jwk> {
    let mut fitting = keys.iter().filter(|key| fits(header.alg, key));
    match &header.kid {
        Some(kid) => fitting.find(|key| key.common.key_id.as_ref() == Some(kid)),
        None => fitting.next().filter(|_| fitting.next().is_none()),
    }
}

/// Whether the key is for signatures of this kind. Its own word decides and not the token's: a public key is no secret, so it
/// must not be taken for one.
fn fits(algorithm: Algorithm, key: &Jwk) -> bool {
    let kind = match (&key.algorithm, algorithm) {
        (AlgorithmParameters::RSA(rsa), Algorithm::RS256 | Algorithm::PS256) => rsa.n.len() >= 342,
        (AlgorithmParameters::EllipticCurve(ec), Algorithm::ES256) => ec.curve == EllipticCurve::P256,
        (AlgorithmParameters::EllipticCurve(ec), Algorithm::ES384) => ec.curve == EllipticCurve::P384,
        (AlgorithmParameters::OctetKeyPair(pair), Algorithm::EdDSA) => pair.curve == EllipticCurve::Ed25519,
        _ => false,
    };
    let used = key.common.public_key_use.as_ref().is_none_or(|used| *used == PublicKeyUse::Signature);
    let named = key.common.key_algorithm.is_none_or(|own| own.to_string() == format!("{algorithm:?}"));
    kind && used && named
}

/// The claims, when the key signed them. They are judged by our own clock, elsewhere.
pub(super) fn open(token: &str, header: &Header, key: &Jwk) -> Result<Claims, OidcFault> {
    let mut validation = Validation::new(header.alg);
    validation.required_spec_claims.clear();
    (validation.validate_exp, validation.validate_aud) = (false, false);
    let key = DecodingKey::from_jwk(key).map_err(|_| OidcFault::Key)?;
    let value =
        jsonwebtoken::decode::<serde_json::Value>(token, &key, &validation).map_err(|_| OidcFault::Signature)?;
    serde_json::from_value(value.claims).map_err(|_| OidcFault::Unreadable)
}
