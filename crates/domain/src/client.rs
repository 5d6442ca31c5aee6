//! API clients: programs that call the API, each with an owner, a ground, public keys and a closed list of scopes.
//!
//! A client proves itself with a signed assertion (RFC 7523) and gets a token for minutes. What it may do is decided by the
//! policies, as for people; whether it may call at all is [`Client::standing`].

use std::collections::BTreeSet;
use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::access::{Action, names};
use crate::account::throttle::Rule;
use crate::audit::Purpose;
use crate::clock::Instant;
use crate::id::{AccountId, ClientId, PartnerId};
use crate::partner::{Basis, ExemptionReason, GateRefusal, Partner, gate};

/// Seconds that an access token lasts.
pub const TOKEN_SECONDS: i64 = 300;
/// The longest life of a client assertion, from now to its `exp`.
pub const ASSERTION_SECONDS: i64 = 300;
/// Days that a registration lasts at most.
pub const LONGEST_DAYS: i32 = 366;
/// Days that a key may go on beside the next one, at most.
pub const LONGEST_OVERLAP: i64 = 30;
/// Keys that a client may have at a time.
pub const MOST_KEYS: usize = 4;

names! {
    /// What a client may be given, one by one. A scope is read once into this list and compared as a value: there is no
    /// other spelling of it.
    ApiScope {
        /// Read a day of the schedule.
        ScheduleRead = "schedule.read", "Read a day of the schedule";
        /// Find patients by name, number or birth date.
        PatientFind = "patient.find", "Find patients";
        /// Pick up the claim files released to the client's partner.
        ClaimFileRead = "claim_file.read", "Pick up claim files released to its partner";
        /// Report how a device stands.
        PostureWrite = "posture.write", "Report the posture of devices";
        /// Raise an alert.
        AlertWrite = "alert.write", "Raise alerts";
        /// Hand in evidence about a safeguard.
        EvidenceWrite = "evidence.write", "Hand in evidence";
    }
}

impl ApiScope {
    /// What the policies are asked when a route of this scope is called.
    pub const fn action(self) -> Action {
        match self {
            Self::ScheduleRead => Action::ScheduleView,
            Self::PatientFind => Action::PatientFind,
            Self::ClaimFileRead => Action::ClaimCollect,
            Self::PostureWrite => Action::PostureReport,
            Self::AlertWrite => Action::AlertRaise,
            Self::EvidenceWrite => Action::EvidenceHandIn,
        }
    }

    /// Whether it gives the client a patient's information.
    pub const fn discloses(self) -> bool {
        matches!(self, Self::ScheduleRead | Self::PatientFind | Self::ClaimFileRead)
    }

    /// How often one client may call: a minute's work at once, then a steady pace. Searching is slower, because who searches
    /// on and on has copied the list of patients.
    pub const fn pace(self) -> Rule {
        match self {
            Self::PatientFind => Rule { burst: 60, every: 5, stop: None },
            _ => Rule { burst: 120, every: 1, stop: None },
        }
    }
}

/// Why the client may be told what it is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// It works for a partner, whose agreement or exemption is looked at on every request (45 CFR 164.502(e)).
    Partner(PartnerId),
    /// It is the practice's own program on its own equipment: nobody outside is told anything.
    OwnProgram,
    /// It only sends: no scope of it gives it a patient's information.
    SendsOnly,
}

impl fmt::Display for Ground {
    /// For the log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Partner(id) => write!(f, "partner {id}"),
            Self::OwnProgram => f.write_str("own_program"),
            Self::SendsOnly => f.write_str("sends_only"),
        }
    }
}

/// A public key, in the members of its JWK (RFC 7518, sections 6.2 and 6.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "alg")]
pub enum PublicKey {
    /// P-384, for ES384.
    #[serde(rename = "ES384")]
    Es384 {
        /// First coordinate, base64url.
        x: String,
        /// Second coordinate, base64url.
        y: String,
    },
    /// RSA of 3072 to 4096 bits, for RS384.
    #[serde(rename = "RS384")]
    Rs384 {
        /// Modulus, base64url.
        n: String,
        /// Exponent, base64url.
        e: String,
    },
}

impl PublicKey {
    /// The one algorithm that it is used with.
    pub const fn algorithm(&self) -> &'static str {
        match self {
            Self::Es384 { .. } => "ES384",
            Self::Rs384 { .. } => "RS384",
        }
    }
}

/// A key of a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientKey {
    /// Its name in assertions (`kid`).
    pub kid: String,
    /// The key.
    pub key: PublicKey,
    /// When it was added.
    pub added_at: Instant,
    /// When it stops: set when the next key takes over, or when it is withdrawn.
    pub ends_at: Option<Instant>,
}

impl ClientKey {
    /// Whether assertions under it are taken.
    pub fn works(&self, now: Instant) -> bool {
        self.ends_at.is_none_or(|end| now < end)
    }
}

/// A program that calls the API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// Its id, which is its `client_id`.
    pub id: ClientId,
    /// What it is called.
    pub name: String,
    /// The person of the practice who answers for it.
    pub owner: AccountId,
    /// Why it is told what it is told.
    pub purpose: Purpose,
    /// On what ground.
    pub ground: Ground,
    /// What it may be given.
    pub scopes: BTreeSet<ApiScope>,
    /// Its keys, the newest last.
    pub keys: Vec<ClientKey>,
    /// Last day of the registration.
    pub expires_on: Date,
    /// When it was disabled.
    pub disabled_at: Option<Instant>,
}

/// What is known of a client's surroundings on the day that it calls.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// The practice's date.
    pub today: Date,
    /// Whether the owner's account is disabled.
    pub owner_disabled: bool,
    /// The partner that [`Ground::Partner`] names.
    pub partner: Option<&'a Partner>,
}

/// Why a client may not call today.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Closed {
    /// Somebody disabled it.
    #[error("this client is disabled: the practice's security official can tell why")]
    Disabled,
    /// Nobody answers for it.
    #[error("the account of this client's owner is disabled: the practice has to name another owner")]
    OwnerDisabled,
    /// The registration is over.
    #[error("this client's registration ended on {0}: the practice has to renew it")]
    Expired(Date),
    /// There is no ground.
    #[error("{0}")]
    NoGround(#[from] GateRefusal),
    /// The reason why no agreement is needed is for something else.
    #[error(
        "this client's partner has no agreement, and `{reason}`, the reason why it needs none, is not for `{scope}` for \
         {purpose}: the practice has to sign an agreement or take the scope away"
    )]
    Beyond {
        /// The approved reason.
        reason: &'static str,
        /// The first scope that it does not open.
        scope: ApiScope,
        /// What the client is registered for.
        purpose: Purpose,
    },
    /// The partner is not in the directory.
    #[error("this client's partner is not in the practice's directory")]
    NoPartner,
}

impl Closed {
    /// The name that the log keeps.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::OwnerDisabled => "owner_disabled",
            Self::Expired(_) => "expired",
            Self::NoGround(_) | Self::Beyond { .. } | Self::NoPartner => "no_ground",
        }
    }
}

impl Client {
    /// Whether it may call today, and on what ground, in words for the log.
    pub fn standing(&self, around: Surroundings<'_>) -> Result<String, Closed> {
        if self.disabled_at.is_some() {
            return Err(Closed::Disabled);
        }
        if around.owner_disabled {
            return Err(Closed::OwnerDisabled);
        }
        if around.today > self.expires_on {
            return Err(Closed::Expired(self.expires_on));
        }
        match (&self.ground, around.partner) {
            (Ground::Partner(id), Some(partner)) if partner.id == *id => {
                let basis = gate(partner, around.today)?;
                self.within(&basis)?;
                Ok(basis.to_string())
            }
            (Ground::Partner(_), _) => Err(Closed::NoPartner),
            (Ground::OwnProgram, _) => Ok("the practice's own program".to_owned()),
            (Ground::SendsOnly, _) => Ok("sends only".to_owned()),
        }
    }

    /// Whether a partner's ground reaches all that the client is given. An agreement does: it says what the partner works on
    /// for us. An exemption is for one thing: a health plan is told what it needs to pay (45 CFR 164.506(c)(3)), which is its
    /// claims and nobody's schedule; a provider asks about a patient whom it treats. No law wants a standing look at everybody.
    pub fn within(&self, basis: &Basis) -> Result<(), Closed> {
        let Basis::Exemption(exemption) = basis else { return Ok(()) };
        let opens = |scope: &&ApiScope| match exemption.reason {
            _ if !scope.discloses() => true,
            ExemptionReason::PlanForPayment => **scope == ApiScope::ClaimFileRead && self.purpose == Purpose::Payment,
            ExemptionReason::TreatingProvider => **scope == ApiScope::PatientFind && self.purpose == Purpose::Treatment,
            ExemptionReason::Individual | ExemptionReason::RequiredByLaw => false,
        };
        let beyond = |scope: &ApiScope| Closed::Beyond {
            reason: exemption.reason.label(),
            scope: *scope,
            purpose: self.purpose,
        };
        self.scopes.iter().find(|scope| !opens(scope)).map_or(Ok(()), |scope| Err(beyond(scope)))
    }

    /// Ends every key: whoever holds them is not whom the client works for now.
    pub fn end_keys(&mut self, now: Instant) {
        for key in self.keys.iter_mut().filter(|key| key.works(now)) {
            key.ends_at = Some(now);
        }
    }

    /// The key that an assertion names, when it works now.
    pub fn key(&self, kid: &str, now: Instant) -> Option<&ClientKey> {
        self.keys.iter().find(|key| key.kid == kid && key.works(now))
    }

    /// Adds a key. Those that work now go on for `overlap` days, so that the other side can change over.
    pub fn rotate(&mut self, kid: &str, key: PublicKey, overlap: i64, now: Instant) -> Result<(), &'static str> {
        if !(0..=LONGEST_OVERLAP).contains(&overlap) {
            return Err("choose from 0 to 30 days");
        }
        if self.keys.iter().any(|old| old.kid == kid || old.key == key) {
            return Err("this client has or had this key, or one of its name: make a new one with a new `kid`");
        }
        if self.keys.iter().filter(|old| old.works(now)).count() >= MOST_KEYS {
            return Err("this client has four keys that work: withdraw one first");
        }
        let end = now.plus_seconds(overlap * 86_400);
        for old in self.keys.iter_mut().filter(|old| old.works(now)) {
            old.ends_at = Some(old.ends_at.map_or(end, |set| set.min(end)));
        }
        self.keys.push(ClientKey { kid: kid.to_owned(), key, added_at: now, ends_at: None });
        Ok(())
    }

    /// Stops a key at once; false when no key of this name works.
    pub fn withdraw(&mut self, kid: &str, now: Instant) -> bool {
        let found = self.keys.iter_mut().find(|key| key.kid == kid && key.works(now));
        found.map(|key| key.ends_at = Some(now)).is_some()
    }
}

names! {
    /// What a client hands in.
    IntakeKind {
        /// How a device stands.
        Posture = "posture", "Device posture";
        /// Something that somebody should look at.
        Alert = "alert", "Alert";
        /// Evidence about a safeguard.
        Evidence = "evidence", "Evidence";
    }
}

impl IntakeKind {
    /// The scope that it needs.
    pub const fn scope(self) -> ApiScope {
        match self {
            Self::Posture => ApiScope::PostureWrite,
            Self::Alert => ApiScope::AlertWrite,
            Self::Evidence => ApiScope::EvidenceWrite,
        }
    }
}

/// Reads scopes apart by single spaces (RFC 6749, section 3.3). One that is unknown, given twice or spelled otherwise makes
/// the whole list unreadable; the text is what to blame.
pub fn parse_scopes(text: &str) -> Result<BTreeSet<ApiScope>, String> {
    let mut scopes = BTreeSet::new();
    for word in text.split(' ') {
        match ApiScope::parse(word) {
            Some(scope) if scopes.insert(scope) => {}
            _ => return Err(word.chars().filter(|c| !c.is_control()).take(60).collect()),
        }
    }
    Ok(scopes)
}

#[cfg(test)]
mod tests;
