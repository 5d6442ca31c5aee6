//! Public keys as partners send them: one JWK or a JWK Set (RFC 7517). What is not a public P-384 or RSA key for signing is
//! refused in words, a private key first of all.

use aws_lc_rs::signature::{ECDSA_P384_SHA384_FIXED, ParsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::client::{MOST_KEYS, PublicKey};
use jsonwebtoken::DecodingKey;
use serde_json::{Map, Value};

/// Members of a JWK that only a private or symmetric key has (RFC 7518, sections 6.2.2, 6.3.2, 6.4).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// The keys with their names, in order.
pub(super) fn read(text: &str) -> Result<Vec<(String, PublicKey)>, String> {
    let value: Value = serde_json::from_str(text.trim()).map_err(|e| format!("this is not JSON: {e}"))?;
    let object = value.as_object().ok_or("paste one JWK or a JWK Set, which are JSON objects")?;
    let keys: Vec<&Value> = match object.get("keys") {
        Some(Value::Array(keys)) => keys.iter().collect(),
        Some(_) => return Err("`keys` is not a list".to_owned()),
        None => vec![&value],
    };
    if keys.is_empty() || keys.len() > MOST_KEYS {
        return Err(format!("paste from 1 to {MOST_KEYS} keys"));
    }
    let mut read: Vec<(String, PublicKey)> = Vec::new();
    for (n, key) in keys.into_iter().enumerate() {
        let object = key.as_object().ok_or_else(|| format!("key {}: it is not a JSON object", n + 1))?;
        let (kid, key) = one(object).map_err(|why| format!("key {}: {why}", n + 1))?;
        if read.iter().any(|(other, old)| *other == kid || *old == key) {
            return Err(format!("key {}: it or its `kid` is there twice", n + 1));
        }
        read.push((kid, key));
    }
    Ok(read)
}

fn one(jwk: &Map<String, Value>) -> Result<(String, PublicKey), String> {
    if let Some(member) = PRIVATE.iter().find(|member| jwk.contains_key(**member)) {
        return Err(format!(
            "it holds the private member `{member}`: this key is known to two sides now, so throw it away, make a new \
             one and send the public half"
        ));
    }
    let text = |name: &str| jwk.get(name).and_then(Value::as_str);
    let kid = text("kid").ok_or("it has no `kid`: name it")?;
    if kid.is_empty() || kid.len() > 64 || !kid.bytes().all(|b| b.is_ascii_graphic()) {
        return Err("its `kid` is not 1 to 64 visible ASCII characters without spaces".to_owned());
    }
    if text("use").is_some_and(|used| used != "sig") {
        return Err("its `use` is not `sig`".to_owned());
    }
    let part = |name: &str| {
        let text = text(name).ok_or_else(|| format!("it has no `{name}`"))?;
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| format!("its `{name}` is not base64url"))?;
        Ok::<_, String>((text.to_owned(), bytes))
    };
    let key = match (text("kty"), text("crv")) {
        (Some("EC"), Some("P-384")) => {
            let ((x, xs), (y, ys)) = (part("x")?, part("y")?);
            let point = [&[4_u8][..], &xs, &ys].concat();
            let sound = xs.len() == 48 && ys.len() == 48;
            if !sound || ParsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, &point).is_err() {
                return Err("its `x` and `y` are no point of P-384".to_owned());
            }
            PublicKey::Es384 { x, y }
        }
        (Some("RSA"), _) => {
            let ((n, ns), (e, es)) = (part("n")?, part("e")?);
            if !(384..=512).contains(&ns.len()) || ns.first().is_none_or(|top| *top < 0x80) {
                return Err("it is not an RSA key of 3072 to 4096 bits".to_owned());
            }
            if es != [1, 0, 1] {
                return Err("its exponent is not 65537".to_owned());
            }
            PublicKey::Rs384 { n, e }
        }
        _ => return Err("it is neither EC on P-384 (for ES384) nor RSA (for RS384)".to_owned()),
    };
    match text("alg") {
        Some(alg) if alg != key.algorithm() => Err(format!("its `alg` is `{alg}`: only ES384 and RS384 are taken")),
        _ => Ok((kid.to_owned(), key)),
    }
}

/// The key for the verifier.
pub(super) fn decoding(key: &PublicKey) -> Option<DecodingKey> {
    match key {
        PublicKey::Es384 { x, y } => DecodingKey::from_ec_components(x, y).ok(),
        PublicKey::Rs384 { n, e } => DecodingKey::from_rsa_components(n, e).ok(),
    }
}
