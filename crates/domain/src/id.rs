//! Typed identifiers: `UUIDv7` as lower-case text, one type a noun, so that a patient's id cannot stand where a claim's is asked for.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::clock::{Entropy, Instant};

/// A text that is not an identifier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an identifier")]
pub struct BadId(pub String);

/// Makes the text of a new `UUIDv7` (RFC 9562).
pub fn new_uuid(now: Instant, entropy: &dyn Entropy) -> String {
    let mut random = [0_u8; 10];
    entropy.fill(&mut random);
    let millis = u64::try_from(now.micros() / 1000).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid().to_string()
}

/// Checks that `text` is a UUID in the one form that we store.
pub fn parse_uuid(text: &str) -> Result<String, BadId> {
    match uuid::Uuid::try_parse(text) {
        Ok(id) if id.to_string() == text => Ok(text.to_owned()),
        _ => Err(BadId(text.chars().take(60).collect())),
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// A new identifier, ordered by time.
            pub fn new(now: Instant, entropy: &dyn Entropy) -> Self {
                Self(new_uuid(now, entropy))
            }

            /// Reads an identifier from a URL, a form or a row.
            pub fn parse(text: &str) -> Result<Self, BadId> {
                parse_uuid(text).map(Self)
            }

            /// The stored text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

impl EventId {
    /// The least identifier after this one: what lies before it begins with this event.
    #[must_use]
    pub fn successor(&self) -> Self {
        let number = uuid::Uuid::try_parse(&self.0).map_or(u128::MAX, |id| id.as_u128());
        Self(uuid::Uuid::from_u128(number.saturating_add(1)).to_string())
    }
}

ids! {
    /// A person who signs in.
    AccountId;
    /// A signed-in session (not its secret token).
    SessionId;
    /// A patient of the practice.
    PatientId;
    /// A coverage (policy) of a patient.
    CoverageId;
    /// A health plan that pays.
    PayerId;
    /// A place of the practice.
    LocationId;
    /// A clinician with an NPI.
    ProviderId;
    /// A booked visit.
    AppointmentId;
    /// What happened in a visit: the encounter that carries charges.
    VisitId;
    /// One charge line.
    ChargeId;
    /// A claim to one payer.
    ClaimId;
    /// A batch of claims released as one file.
    BatchId;
    /// Somebody outside who gets or gives files.
    PartnerId;
    /// A file that came in or went out, kept byte for byte.
    FileId;
    /// One payment with its explanation (one ST of an 835).
    RemittanceId;
    /// One entry of the ledger: several postings that sum to zero.
    EntryId;
    /// Something that waits for a person.
    WorkItemId;
    /// One audit event.
    EventId;
    /// One probe result or other piece of evidence.
    EvidenceId;
    /// A program that calls the API.
    ClientId;
    /// A registered device of a person.
    DeviceId;
    /// An access token of the API (not its secret).
    TokenId;
    /// A passkey of a person.
    PasskeyId;
    /// A report that a client handed in.
    IntakeId;
    /// One use of emergency access.
    EmergencyId;
    /// One review of all access.
    ReviewId;
    /// One access that a review looks at.
    ReviewItemId;
    /// Something that a rule over the audit log noticed.
    AlertId;
    /// One event of a weekly sample of the audit log.
    SampleItemId;
    /// A released file on its way to its partner.
    DeliveryId;
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Zeros;
    impl Entropy for Zeros {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0);
        }
    }

    #[test]
    fn ids_sort_by_time_and_survive_text() {
        let early = PatientId::new(Instant::from_micros(1_000_000), &Zeros);
        let late = PatientId::new(Instant::from_micros(9_000_000), &Zeros);
        assert!(early < late);
        assert_eq!(PatientId::parse(early.as_str()), Ok(early));
        assert!(PatientId::parse("../../etc").is_err());
        assert!(PatientId::parse("01234567-89AB-7def-8123-456789ABCDEF").is_err(), "one form only");
    }

    #[test]
    fn nothing_lies_between_an_event_and_its_successor() {
        for (id, next) in [
            ("01890000-0000-7000-8000-000000000001", "01890000-0000-7000-8000-000000000002"),
            ("01890000-0000-7000-8000-ffffffffffff", "01890000-0000-7000-8001-000000000000"),
        ] {
            assert_eq!(EventId::parse(id).unwrap().successor().as_str(), next);
        }
    }
}
