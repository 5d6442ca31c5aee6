//! Passkeys: what an authenticator says, read and held against what was asked (W3C Web Authentication Level 3, sections 7.1 and
//! 7.2). Signatures are checked in `app`; here is everything that needs no cryptography but SHA-256.
//!
//! Attestation is not asked for: who made the authenticator is nothing that a small practice can act on. What is left to
//! read of a registration is fixed bytes and one small CBOR map, the key.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::form::{LineError, parse_line};

/// Seconds in which a question to an authenticator has to be answered.
pub const CHALLENGE: i64 = 300;
/// How many passkeys a person may have.
pub const MOST: usize = 10;

/// The practice's own name and address: what an authenticator binds a passkey to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// The host name (`rp.id`), without a port.
    pub host: String,
    /// The scheme, host name and port, as browsers write them.
    pub origin: String,
}

impl Site {
    /// The site of an origin such as `https://northside.example:8443`. An address of numbers cannot have passkeys:
    /// authenticators bind them to names.
    pub fn parse(origin: &str) -> Option<Self> {
        let rest = origin.strip_prefix("https://")?;
        let (host, port) = rest.split_once(':').map_or((rest, None), |(host, port)| (host, Some(port)));
        let named = host.split('.').all(|label| !label.is_empty()) && host.bytes().any(|b| b.is_ascii_alphabetic());
        let plain = host.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.');
        let port = port.is_none_or(|port| port != "443" && port.parse::<u16>().is_ok_and(|n| n > 0));
        (named && plain && port).then(|| Self { host: host.to_owned(), origin: origin.to_owned() })
    }
}

/// A public key as an authenticator gives it (RFC 9053, sections 2 and 7), of the three algorithms that authenticators have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "alg")]
pub enum PasskeyKey {
    /// ECDSA on P-256 with SHA-256 (-7): the usual one.
    Es256 {
        /// The point, uncompressed, hexadecimal.
        point: String,
    },
    /// Ed25519 (-8).
    EdDsa {
        /// The key, hexadecimal.
        key: String,
    },
    /// RSA PKCS #1 v1.5 with SHA-256 (-257): Windows Hello on some machines.
    Rs256 {
        /// Modulus, hexadecimal.
        n: String,
        /// Exponent, hexadecimal.
        e: String,
    },
}

/// What is kept of a passkey.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passkey {
    /// The key.
    pub key: PasskeyKey,
    /// The signature counter it showed last; 0 for those that do not count.
    pub counter: u32,
    /// Whether it may be copied to the person's other devices.
    pub synced: bool,
}

/// Why what an authenticator said is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasskeyFault {
    /// It cannot be read.
    #[error("what the browser sent cannot be read: use the button of this page")]
    Unreadable,
    /// It answers another kind of question.
    #[error("it answers another kind of question: use the button of this page")]
    Kind,
    /// It answers a question that we did not put, or put too long ago.
    #[error("it answers another question, or came too late: try again")]
    Challenge,
    /// The question was answered before.
    #[error("this answer was used before: try again")]
    Replayed,
    /// No passkey of this person.
    #[error("this passkey is not known here: use another one")]
    Unknown,
    /// The person was at another site.
    #[error("it was made at another address: use the practice's own name in the address bar")]
    Origin,
    /// It is bound to another site.
    #[error("it belongs to another site: use the practice's own name in the address bar")]
    Site,
    /// The authenticator did not ask who is there.
    #[error("the authenticator did not check who is there: set up its PIN, fingerprint or face first")]
    Unverified,
    /// An algorithm that we do not take.
    #[error("this authenticator uses a kind of key that is not taken here: use another one")]
    Algorithm,
    /// The counter went back: there are two of it.
    #[error("this passkey has been copied: remove it")]
    Cloned,
    /// The signature does not fit.
    #[error("the signature does not fit: try again")]
    Signature,
}

impl PasskeyFault {
    /// The name that the log keeps.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Kind => "kind",
            Self::Challenge => "challenge",
            Self::Replayed => "replayed",
            Self::Unknown => "unknown_passkey",
            Self::Origin => "origin",
            Self::Site => "site",
            Self::Unverified => "unverified",
            Self::Algorithm => "algorithm",
            Self::Cloned => "cloned",
            Self::Signature => "signature",
        }
    }
}

/// The two questions that an authenticator answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ceremony {
    /// Make a passkey.
    Create,
    /// Use one.
    Get,
}

#[derive(Deserialize)]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(rename = "crossOrigin", default)]
    cross_origin: bool,
}

/// Reads what the browser says it asked, and where (section 5.8.1); returns the challenge, base64url.
pub fn read_client_data(json: &[u8], ceremony: Ceremony, site: &Site) -> Result<String, PasskeyFault> {
    let said: ClientData = serde_json::from_slice(json).map_err(|_| PasskeyFault::Unreadable)?;
    let kind = match ceremony {
        Ceremony::Create => "webauthn.create",
        Ceremony::Get => "webauthn.get",
    };
    if said.kind != kind {
        Err(PasskeyFault::Kind)
    } else if said.origin != site.origin || said.cross_origin {
        Err(PasskeyFault::Origin)
    } else {
        Ok(said.challenge)
    }
}

/// What an authenticator says of itself and the person (section 6.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthenticatorData {
    /// The signature counter; 0 when it does not count.
    pub counter: u32,
    /// Whether the key is, or may be, on other devices too.
    pub synced: bool,
    /// The new credential: its id and its key. Only in an answer to [`Ceremony::Create`].
    pub made: Option<(Vec<u8>, PasskeyKey)>,
}

const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const MAY_SYNC: u8 = 0x08;
const MADE: u8 = 0x40;
const EXTENSIONS: u8 = 0x80;

/// Reads authenticator data, for this site and a person whom the authenticator has checked.
pub fn read_authenticator_data(bytes: &[u8], site: &Site) -> Result<AuthenticatorData, PasskeyFault> {
    let mut rest = Bytes(bytes);
    if rest.take(32)? != Sha256::digest(site.host.as_bytes()).as_slice() {
        return Err(PasskeyFault::Site);
    }
    let flags = rest.byte()?;
    let counter = u32::try_from(rest.number(4)?).map_err(|_| PasskeyFault::Unreadable)?;
    if flags & PRESENT == 0 || flags & VERIFIED == 0 {
        return Err(PasskeyFault::Unverified);
    }
    let made = if flags & MADE == 0 {
        None
    } else {
        // The model of the authenticator, which nobody vouches for.
        rest.take(16)?;
        let length = usize::try_from(rest.number(2)?).unwrap_or(usize::MAX);
        let id = rest.take(length)?.to_vec();
        // Section 5.8.3: an id has at most 1023 bytes.
        if id.is_empty() || id.len() > 1023 {
            return Err(PasskeyFault::Unreadable);
        }
        Some((id, read_key(&mut rest)?))
    };
    if flags & EXTENSIONS == 0 && !rest.0.is_empty() {
        return Err(PasskeyFault::Unreadable);
    }
    Ok(AuthenticatorData { counter, synced: flags & MAY_SYNC != 0, made })
}

/// Whether a counter is one that the same authenticator can show after `last` (section 7.2, step 22).
pub fn check_counter(last: u32, now: u32) -> Result<(), PasskeyFault> {
    if (last == 0 && now == 0) || now > last { Ok(()) } else { Err(PasskeyFault::Cloned) }
}

/// What an assertion's signature is over.
pub fn signed_bytes(authenticator_data: &[u8], client_data: &[u8]) -> Vec<u8> {
    [authenticator_data, Sha256::digest(client_data).as_slice()].concat()
}

/// Base64url without padding, as every field of the browser's JSON has it; padding is taken too.
pub fn decode(text: &str) -> Result<Vec<u8>, PasskeyFault> {
    URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).map_err(|_| PasskeyFault::Unreadable)
}

/// The same back.
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads what a person calls a passkey.
pub fn parse_passkey_name(text: &str) -> Result<String, LineError> {
    parse_line(text, 40)
}

/// Bytes that are used up from the front.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, n: usize) -> Result<&'a [u8], PasskeyFault> {
        let (taken, rest) = self.0.split_at_checked(n).ok_or(PasskeyFault::Unreadable)?;
        self.0 = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, PasskeyFault> {
        self.take(1)?.first().copied().ok_or(PasskeyFault::Unreadable)
    }

    fn number(&mut self, bytes: usize) -> Result<u64, PasskeyFault> {
        Ok(self.take(bytes)?.iter().fold(0, |n, byte| (n << 8) | u64::from(*byte)))
    }
}

/// What a key's map holds: small integers and byte strings (RFC 8949, section 3.1).
enum Item<'a> {
    Int(i64),
    Bytes(&'a [u8]),
}

/// The first byte of an item and the number behind it.
fn head(from: &mut Bytes<'_>) -> Result<(u8, u64), PasskeyFault> {
    let first = from.byte()?;
    let number = match first & 0x1f {
        n @ 0..24 => u64::from(n),
        24 => from.number(1)?,
        25 => from.number(2)?,
        26 => from.number(4)?,
        _ => return Err(PasskeyFault::Unreadable),
    };
    Ok((first >> 5, number))
}

fn item<'a>(from: &mut Bytes<'a>) -> Result<Item<'a>, PasskeyFault> {
    let (major, number) = head(from)?;
    let small = i64::try_from(number).map_err(|_| PasskeyFault::Unreadable)?;
    match major {
        0 => Ok(Item::Int(small)),
        1 => Ok(Item::Int(-1 - small)),
        2 => Ok(Item::Bytes(from.take(usize::try_from(number).unwrap_or(usize::MAX))?)),
        _ => Err(PasskeyFault::Algorithm),
    }
}

/// A key's map by label.
struct Map<'a>(Vec<(i64, Item<'a>)>);

impl<'a> Map<'a> {
    fn read(from: &mut Bytes<'a>) -> Result<Self, PasskeyFault> {
        let (major, pairs) = head(from)?;
        if major != 5 || pairs > 8 {
            return Err(PasskeyFault::Unreadable);
        }
        let mut map = Self(Vec::new());
        for _ in 0..pairs {
            let Item::Int(label) = item(from)? else { return Err(PasskeyFault::Unreadable) };
            if map.get(label).is_some() {
                return Err(PasskeyFault::Unreadable);
            }
            let value = item(from)?;
            map.0.push((label, value));
        }
        Ok(map)
    }

    fn get(&self, label: i64) -> Option<&Item<'a>> {
        self.0.iter().find(|(l, _)| *l == label).map(|(_, item)| item)
    }

    fn int(&self, label: i64) -> Option<i64> {
        if let Some(Item::Int(n)) = self.get(label) { Some(*n) } else { None }
    }

    fn bytes(&self, label: i64) -> Result<&'a [u8], PasskeyFault> {
        if let Some(Item::Bytes(bytes)) = self.get(label) { Ok(bytes) } else { Err(PasskeyFault::Unreadable) }
    }

    fn thirty_two(&self, label: i64) -> Result<&'a [u8], PasskeyFault> {
        self.bytes(label).and_then(|b| if b.len() == 32 { Ok(b) } else { Err(PasskeyFault::Unreadable) })
    }
}

fn read_key(from: &mut Bytes<'_>) -> Result<PasskeyKey, PasskeyFault> {
    let map = Map::read(from)?;
    // Key type, algorithm, curve (RFC 9053, tables 17 and 18; RFC 8812, section 2).
    match (map.int(1), map.int(3), map.int(-1)) {
        (Some(2), Some(-7), Some(1)) => {
            let point = [&[4], map.thirty_two(-2)?, map.thirty_two(-3)?].concat();
            Ok(PasskeyKey::Es256 { point: hex::encode(point) })
        }
        (Some(1), Some(-8), Some(6)) => Ok(PasskeyKey::EdDsa { key: hex::encode(map.thirty_two(-2)?) }),
        (Some(3), Some(-257), None) => {
            let (n, e) = (map.bytes(-1)?, map.bytes(-2)?);
            if !(256..=512).contains(&n.len()) || e.len() > 4 {
                return Err(PasskeyFault::Algorithm);
            }
            Ok(PasskeyKey::Rs256 { n: hex::encode(n), e: hex::encode(e) })
        }
        _ => Err(PasskeyFault::Algorithm),
    }
}

#[cfg(test)]
mod tests;
