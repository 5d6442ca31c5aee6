//! The questions put to authenticators, as the browser takes them (Web Authentication, sections 5.4 and 5.5), and the
//! signatures that come back.

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use domain::Instant;
use domain::account::Account;
use domain::account::passkey::{CHALLENGE, PasskeyFault, PasskeyKey, Site, decode, encode};
use domain::id::{AccountId, SessionId};
use serde_json::{Value, json};
use store::account::passkey::Stored;

use super::hash_token;
use crate::{App, Result};

/// What a question is for. An answer to one is none to another.
pub(super) enum Purpose<'a> {
    /// Sign in with a passkey alone.
    SignIn,
    /// In place of a code, by the ticket's hash.
    Ticket(&'a str),
    /// Make a passkey, in this session.
    Enrol(&'a SessionId),
    /// Confirm who sits in this session.
    StepUp(&'a SessionId),
}

impl Purpose<'_> {
    /// `body` of a challenge with the purpose behind it.
    fn bind(&self, body: &[u8]) -> Vec<u8> {
        let purpose = match self {
            Self::SignIn => "sign_in".to_owned(),
            Self::Ticket(ticket) => format!("ticket:{ticket}"),
            Self::Enrol(session) => format!("enrol:{session}"),
            Self::StepUp(session) => format!("step_up:{session}"),
        };
        [body, purpose.as_bytes()].concat()
    }
}

/// Random bytes and the instant.
const BODY: usize = 16 + 8;

impl App {
    /// The question to an authenticator that is to make a passkey for this person.
    pub(super) fn creating(
        &self,
        purpose: &Purpose<'_>,
        site: &Site,
        (id, account): (&AccountId, &Account),
        has: &[Stored],
    ) -> Result<Value> {
        let kinds = [-7, -8, -257].map(|alg| json!({"type": "public-key", "alg": alg}));
        Ok(json!({"create": {
            "rp": {"id": site.host, "name": site.host},
            "user": {"id": encode(id.as_str().as_bytes()), "name": account.login, "displayName": account.name},
            "challenge": self.challenge(purpose)?,
            "pubKeyCredParams": kinds,
            "timeout": CHALLENGE * 1000,
            "excludeCredentials": credentials(has),
            "authenticatorSelection":
                {"residentKey": "required", "requireResidentKey": true, "userVerification": "required"},
            "attestation": "none",
        }}))
    }

    /// The question to an authenticator that has one of these; of any, when none is named.
    pub(super) fn using(&self, purpose: &Purpose<'_>, site: &Site, has: &[Stored]) -> Result<Value> {
        Ok(json!({"get": {
            "challenge": self.challenge(purpose)?,
            "rpId": site.host,
            "timeout": CHALLENGE * 1000,
            "userVerification": "required",
            "allowCredentials": credentials(has),
        }}))
    }

    fn challenge(&self, purpose: &Purpose<'_>) -> Result<String> {
        let mut bytes = [0_u8; 16];
        self.entropy.fill(&mut bytes);
        let body = [bytes.as_slice(), &self.now().micros().to_be_bytes()].concat();
        let tag = hmac::sign(&self.challenge_key()?, &purpose.bind(&body));
        Ok(encode(&[body.as_slice(), tag.as_ref()].concat()))
    }

    /// Whether a challenge is ours, for this purpose, and young; its SHA-256.
    pub(super) fn asked(&self, challenge: &str, purpose: &Purpose<'_>) -> Result<String, PasskeyFault> {
        let bytes = decode(challenge)?;
        let (body, tag) = bytes.split_at_checked(BODY).ok_or(PasskeyFault::Challenge)?;
        let key = self.challenge_key().map_err(|_| PasskeyFault::Challenge)?;
        hmac::verify(&key, &purpose.bind(body), tag).map_err(|_| PasskeyFault::Challenge)?;
        let at = body.last_chunk::<8>().map_or(0, |at| i64::from_be_bytes(*at));
        let age = self.now().seconds_since(Instant::from_micros(at));
        // One from the future is from before the clock was set back. Hashed from its bytes: a text has more than one spelling.
        if (0..CHALLENGE).contains(&age) { Ok(hash_token(&encode(&bytes))) } else { Err(PasskeyFault::Challenge) }
    }

    fn challenge_key(&self) -> Result<hmac::Key> {
        Ok(hmac::Key::new(hmac::HMAC_SHA256, self.store.derive("passkey")?.as_slice()))
    }
}

fn credentials(has: &[Stored]) -> Vec<Value> {
    has.iter().map(|s| json!({"type": "public-key", "id": s.credential})).collect()
}

/// Whether the signature over `message` fits the key.
pub(super) fn verify(key: &PasskeyKey, message: &[u8], signature: &[u8]) -> Result<(), PasskeyFault> {
    let bytes = |text: &str| hex::decode(text).map_err(|_| PasskeyFault::Unreadable);
    let fits = match key {
        PasskeyKey::Es256 { point } => {
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, bytes(point)?).verify(message, signature)
        }
        PasskeyKey::EdDsa { key } => UnparsedPublicKey::new(&ED25519, bytes(key)?).verify(message, signature),
        PasskeyKey::Rs256 { n, e } => {
            let key = RsaPublicKeyComponents { n: bytes(n)?, e: bytes(e)? };
            key.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
        }
    };
    fits.map_err(|_| PasskeyFault::Signature)
}
