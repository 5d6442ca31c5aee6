//! Keys as partners send them.

use domain::client::PublicKey;
use serde_json::json;

use super::keys;

/// A point of P-384 (its generator, SEC 2), which is a public key that nobody should use.
const X: &str = "qofKIr6LBTeOscce8yCtdG4dO2KLp5uYWfdB4IJUKjhVAvJdv1UpbDpUXjhydgq3";
const Y: &str = "NhfeSpYmLG9dnpi_kpLcKfj0Hb0omhR86doxE7XwuMAKYLHOHX6BnXpDHXyQ6g5f";

fn ec() -> serde_json::Value {
    json!({"kty": "EC", "crv": "P-384", "kid": "k1", "use": "sig", "alg": "ES384", "x": X, "y": Y})
}

#[test]
fn a_key_or_a_set_of_them_is_read() {
    let read = keys::read(&ec().to_string()).unwrap();
    assert_eq!(read, [("k1".to_owned(), PublicKey::Es384 { x: X.to_owned(), y: Y.to_owned() })]);
    assert_eq!(keys::read(&format!(" {} \n", json!({"keys": [ec()]}))).unwrap(), read);
    assert!(keys::decoding(&read.first().unwrap().1).is_some());
}

#[test]
fn what_is_no_public_key_for_signing_is_refused_in_words() {
    let with = |name: &str, value: serde_json::Value| {
        let mut key = ec();
        key[name] = value;
        key
    };
    for (key, words) in [
        (json!([]), "JSON objects"),
        (json!({"keys": []}), "from 1 to 4"),
        (json!({"keys": {}}), "not a list"),
        (json!({"keys": [1]}), "key 1: it is not a JSON object"),
        (with("d", json!("x")), "private member `d`"),
        (json!({"kty": "oct", "kid": "s", "k": "AAAA"}), "private member `k`"),
        (with("kid", json!("")), "`kid`"),
        (with("kid", json!("a b")), "`kid`"),
        (with("use", json!("enc")), "`use`"),
        (with("alg", json!("ES256")), "only ES384"),
        (with("crv", json!("P-256")), "neither EC on P-384"),
        (with("x", json!(Y)), "no point"),
        (with("x", json!("*")), "not base64url"),
        (with("y", json!(format!("{Y}AAAA"))), "no point"),
        (json!({"kty": "RSA", "kid": "r", "n": "AAAA", "e": "AQAB"}), "3072"),
        (json!({"kty": "RSA", "kid": "r", "n": format!("{}w", "_".repeat(341)), "e": "AQAB"}), "3072"),
        (json!({"kty": "RSA", "kid": "r", "n": "_".repeat(516), "e": "Aw"}), "65537"),
    ] {
        let error = keys::read(&key.to_string()).unwrap_err();
        assert!(error.contains(words), "{key}: {error}");
    }
    assert!(keys::read("hello").unwrap_err().contains("not JSON"));
}
