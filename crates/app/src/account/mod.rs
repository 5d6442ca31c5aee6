//! Accounts and sessions: sign in, enrol a second factor, lock, unlock, sign out; make, change and disable accounts.
//!
//! Signing in takes two steps. A right password gives a ticket, which opens nothing; the ticket and a code, or the ticket and
//! the enrolment of a second factor, give a session. Tokens leave as 256 random bits and are kept as SHA-256. What is refused
//! is refused in the same words and after the same work, whatever was wrong.

pub(crate) mod attempt;
mod enrol;
mod leaked;
mod leave;
mod names;
pub mod oidc;
mod own;
mod passkey;
mod password;
mod people;
mod role;
mod session;
mod sign_in;
mod step_up;
#[cfg(test)]
mod tests;
pub(crate) mod totp;

use aws_lc_rs::hmac;
use domain::audit::{Act, Actor, Event, Purpose};
use domain::id::{AccountId, SessionId};
use domain::{Entropy, Instant};
use sha2::{Digest, Sha256};
use store::keys::Key;

pub(crate) use attempt::Guess;
pub use enrol::{Enrolled, Offer};
pub use leaked::{Imported, LeakedList};
pub(crate) use leave::{End, Ended};
pub use leave::{Left, Open};
pub(crate) use names::{Names, name_of, who};
pub use own::OwnSession;
pub use passkey::{OwnPasskey, passkey_only};
pub use people::{Created, NewAccount, Person};
pub(crate) use role::give;
pub use session::{Activity, Unlock};
pub use sign_in::{CodeAnswer, SignIn};
pub use step_up::{Fresh, SteppedUp};
pub use totp::code_at;

use crate::{App, Result};

/// Where a request comes from, before anybody is known.
#[derive(Clone, Copy, Debug)]
pub struct Knock<'a> {
    /// The address.
    pub source: &'a str,
    /// The cookie of a browser that signed in before, as it came.
    pub device: Option<&'a str>,
    /// The `User-Agent`, as it came; shown to the person in few words and never believed.
    pub agent: &'a str,
}

/// What the browser keeps after signing in. Neither has `Debug`: they are secrets.
#[derive(Clone)]
pub struct SignedIn {
    /// The session's token, for `__Host-session`.
    pub token: String,
    /// The browser's own token, for `__Host-device`.
    pub device: String,
}

/// 256 random bits as text.
pub(crate) fn random_token(entropy: &dyn Entropy) -> String {
    let mut bytes = [0_u8; 32];
    entropy.fill(&mut bytes);
    hex::encode(bytes)
}

/// What the database keeps of a token.
pub fn hash_token(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

/// Random letters and digits in groups of four; five bits each.
pub(crate) fn random_code(entropy: &dyn Entropy, groups: usize) -> String {
    let mut bytes = vec![0_u8; groups * 4];
    entropy.fill(&mut bytes);
    let letters = totp::base32(&bytes);
    let groups: Vec<String> = letters
        .as_bytes()
        .chunks(4)
        .take(groups)
        .map(|four| four.iter().map(|b| char::from(b.to_ascii_lowercase())).collect())
        .collect();
    groups.join("-")
}

/// What the database keeps of a recovery code, however it was typed.
fn hash_recovery(account: &AccountId, code: &str) -> String {
    hash_code(&format!("recovery|{account}"), code)
}

/// What the database keeps of a code that somebody types; `of` says what it is for and whose.
pub(crate) fn hash_code(of: &str, code: &str) -> String {
    let code: String = code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    hash_token(&format!("{of}|{code}"))
}

/// The token of a session's forms against forged requests: no table, no state, and it ends with the session.
fn csrf(key: &Key, session: &SessionId) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_slice());
    hex::encode(hmac::sign(&key, session.as_str().as_bytes()))
}

impl App {
    fn now(&self) -> Instant {
        self.clock.now()
    }

    /// The token that a session's forms carry; compare it with [`crate::same_text`].
    pub fn csrf(&self, session: &SessionId) -> Result<String> {
        Ok(csrf(&self.store.derive("csrf")?, session))
    }

    /// An event of somebody who is not signed in.
    pub(crate) fn anonymous_event(&self, act: Act, source: &str) -> Event {
        let mut event = Event::new(act, Actor::Anonymous, Purpose::Operations);
        event.source = Some(source.to_owned());
        self.policies.hash().clone_into(&mut event.policy);
        event
    }
}
