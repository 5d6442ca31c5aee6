//! Tokens that are wrong in one way each.

use serde_json::json;

use super::provider::{Lie, Signed};

/// What the person is told, and what was wrong.
pub(super) const LIES: [(&str, Lie); 17] = [
    ("signed in a way that is not taken", |header, _| {
        header["alg"] = json!("none");
        Signed::Not
    }),
    ("signed in a way that is not taken", |header, _| {
        header["alg"] = json!("HS256");
        Signed::ByPublicKey
    }),
    ("signed by an unknown key", |header, _| {
        header["alg"] = json!("ES384");
        Signed::Well
    }),
    ("signed by an unknown key", |header, _| {
        header["kid"] = json!("k9");
        Signed::Well
    }),
    ("signed by an unknown key", |header, _| {
        header["kid"] = json!("enc");
        Signed::Well
    }),
    ("does not fit", |_, _| Signed::Flipped),
    ("does not fit", |_, _| Signed::Not),
    ("cannot be read", |header, _| {
        header["typ"] = json!("at+jwt");
        Signed::Well
    }),
    ("cannot be read", |header, _| {
        header["crit"] = json!(["b64"]);
        Signed::Well
    }),
    ("cannot be read", |_, claims| {
        claims["pad"] = json!("x".repeat(20_000));
        Signed::Well
    }),
    ("from somebody else", |_, claims| {
        claims["iss"] = json!("https://login.example/other");
        Signed::Well
    }),
    ("meant for another service", |_, claims| {
        claims["aud"] = json!("another");
        Signed::Well
    }),
    ("meant for another service", |_, claims| {
        claims["azp"] = json!("another");
        Signed::Well
    }),
    ("not of now", |_, claims| {
        claims["exp"] = json!(claims["iat"].as_i64().unwrap() - 61);
        Signed::Well
    }),
    ("not of now", |_, claims| {
        claims["iat"] = json!(claims["iat"].as_i64().unwrap() + 3600);
        Signed::Well
    }),
    ("belongs to another sign-in", |_, claims| {
        claims["nonce"] = json!("another");
        Signed::Well
    }),
    ("names nobody", |_, claims| {
        claims["sub"] = json!("");
        Signed::Well
    }),
];
