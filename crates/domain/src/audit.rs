//! The audit event: who did what to whose record, why, and what they got to see (45 CFR 164.312(b)).
//!
//! An [`Event`] is what the sealed body holds. The public leaf of the transparency log commits to it with a salt and
//! carries no ePHI: see [`Leaf`].

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::access::{Role, names};
use crate::clock::Instant;
use crate::id::{AccountId, ClientId, EventId, PatientId, SessionId};

/// Who acted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A person who is signed in, or who was at the time.
    Account(AccountId),
    /// A program that calls the API.
    Client(ClientId),
    /// Somebody who is not signed in.
    Anonymous,
    /// The server itself: a job, a probe, a command of the operator.
    System(String),
}

impl fmt::Display for Actor {
    /// The opaque id that a leaf may carry.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(id) => write!(f, "account:{id}"),
            Self::Client(id) => write!(f, "client:{id}"),
            Self::Anonymous => f.write_str("anonymous"),
            Self::System(part) => write!(f, "system:{part}"),
        }
    }
}

names! {
    /// What was done. The label completes the sentence "Dana ...".
    Act {
        /// A session began.
        SignedIn = "account.signed_in", "signed in";
        /// A password or code was wrong, or the account is disabled.
        SignInFailed = "account.sign_in_failed", "failed to sign in";
        /// A session ended by its owner.
        SignedOut = "account.signed_out", "signed out";
        /// Every session of an account was ended.
        SignedOutEverywhere = "account.signed_out_everywhere", "signed out everywhere";
        /// A session was locked after inactivity, or by hand.
        SessionLocked = "account.session_locked", "locked the screen";
        /// A locked session was opened again.
        SessionUnlocked = "account.session_unlocked", "unlocked the screen";
        /// A session ended by time, by a clock that was set back, or by too many wrong passwords.
        SessionExpired = "account.session_expired", "was signed out by the server";
        /// A second factor was enrolled.
        FactorEnrolled = "account.factor_enrolled", "enrolled a second factor";
        /// A second factor was removed by its person.
        FactorRemoved = "account.factor_removed", "removed a second factor";
        /// A person said that an account of the identity provider is theirs.
        OidcLinked = "account.oidc_linked", "linked an account of the identity provider";
        /// A person's account of the identity provider signs in nobody any more.
        OidcUnlinked = "account.oidc_unlinked", "unlinked an account of the identity provider";
        /// An account was made.
        AccountCreated = "account.created", "created an account";
        /// An account was changed or disabled.
        AccountChanged = "account.changed", "changed an account";
        /// An account's access was ended, with everything that was open.
        AccessEnded = "account.access_ended", "ended somebody's access";
        /// Something that had opened the practice was refused after its owner's access was ended.
        AccessRefused = "account.access_refused", "was refused after access had ended";
        /// A review of all access began.
        ReviewBegun = "review.begun", "began an access review";
        /// A review decided about one access, and the decision was carried out.
        ReviewDecided = "review.decided", "decided about somebody's access";
        /// Everything in a review is decided.
        ReviewFinished = "review.finished", "finished an access review";
        /// A person gave a second factor anew, for something that asks for it.
        SteppedUp = "account.stepped_up", "confirmed who they are";
        /// A request was refused by policy.
        Denied = "access.denied", "was refused";
        /// The browser kept something off a page that broke the page's own policy.
        ContentBlocked = "page.content_blocked", "had something kept off a page by the browser";
        /// Patients were looked for; an empty answer is a disclosure too.
        PatientsFound = "patient.found", "searched for patients";
        /// A patient's record was shown.
        PatientViewed = "patient.viewed", "viewed a patient";
        /// A patient was registered.
        PatientRegistered = "patient.registered", "registered a patient";
        /// A patient or coverage was changed.
        PatientChanged = "patient.changed", "changed a patient";
        /// A record was restricted, opened to somebody, or is no longer restricted.
        PatientRestricted = "patient.restricted", "changed who may open a patient";
        /// Emergency access to a restricted record began, and the privacy official was told.
        EmergencyOpened = "emergency.opened", "began emergency access";
        /// Emergency access ended.
        EmergencyEnded = "emergency.ended", "ended emergency access";
        /// Uses of emergency access were listed, or one was shown.
        EmergencyViewed = "emergency.viewed", "looked at uses of emergency access";
        /// Somebody else decided whether a use of emergency access was right.
        EmergencyReviewed = "emergency.reviewed", "reviewed emergency access";
        /// A rule over this log noticed something.
        AlertOpened = "alert.opened", "opened an alert";
        /// Alerts were listed, or one was shown.
        AlertViewed = "alert.viewed", "looked at alerts";
        /// Somebody looked into an alert and said what it was.
        AlertClosed = "alert.closed", "closed an alert";
        /// The weekly sample of this log was drawn.
        SampleDrawn = "sample.drawn", "drew the weekly sample of the log";
        /// Events of a sample were listed, or one was shown.
        SampleViewed = "sample.viewed", "looked at the weekly sample of the log";
        /// Somebody read an event of a sample and said whether it was in order.
        SampleRead = "sample.read", "read an event of the weekly sample";
        /// A day of the schedule was shown.
        ScheduleViewed = "schedule.viewed", "viewed the schedule";
        /// A visit was booked.
        AppointmentBooked = "appointment.booked", "booked a visit";
        /// A visit was moved, cancelled, or went to its next state.
        AppointmentChanged = "appointment.changed", "changed a visit";
        /// Charges were shown.
        ChargesViewed = "charge.viewed", "viewed charges";
        /// Charges were recorded.
        ChargesRecorded = "charge.recorded", "recorded charges";
        /// Charges were signed.
        ChargesSigned = "charge.signed", "signed charges";
        /// Claims were listed or one was shown.
        ClaimsViewed = "claim.viewed", "viewed claims";
        /// A claim was made, held or changed.
        ClaimChanged = "claim.changed", "changed a claim";
        /// A batch of claims was shown before release.
        BatchPreviewed = "batch.previewed", "previewed a claim batch";
        /// A batch left for a partner.
        BatchReleased = "batch.released", "released a claim batch";
        /// An acknowledgement was read and its claims moved.
        AcknowledgementRead = "acknowledgement.read", "read an acknowledgement";
        /// A remittance file was imported.
        RemittanceImported = "remittance.imported", "imported a remittance";
        /// A remittance was shown.
        RemittanceViewed = "remittance.viewed", "viewed a remittance";
        /// A remittance was posted to the ledger.
        RemittancePosted = "remittance.posted", "posted a remittance";
        /// A piece of work was taken off the list.
        WorkDone = "work.done", "finished a piece of work";
        /// The ledger was shown.
        LedgerViewed = "ledger.viewed", "viewed the ledger";
        /// A payer was added or changed, or its numbers were.
        PayerChanged = "payer.changed", "changed a payer";
        /// All entries of the ledger were held against their postings.
        BooksChecked = "ledger.checked", "looked through the books";
        /// A partner or agreement was changed.
        PartnerChanged = "partner.changed", "changed a partner";
        /// The way to a partner was made, changed, given a new key, stopped or let go on.
        ConnectorChanged = "connector.changed", "changed the way to a partner";
        /// The way to a partner was tried, without any file.
        ConnectorTested = "connector.tested", "tested the way to a partner";
        /// A released file is about to leave for its partner; no byte of it has.
        FileSending = "file.sending", "began to send a file to a partner";
        /// A released file is with its partner.
        FileDelivered = "file.delivered", "delivered a file to a partner";
        /// An attempt to send a file failed, or nobody knows how it ended.
        FileNotDelivered = "file.not_delivered", "could not deliver a file to a partner";
        /// A person said what became of a file that was sent.
        FileSettled = "file.settled", "said what became of a file";
        /// The practice, a location or a clinician was added or changed.
        PracticeChanged = "practice.changed", "changed the practice's settings";
        /// The practice said which networks are its own.
        NetworksChanged = "network.changed", "changed the practice's networks";
        /// A device was registered, its posture was said, or its registration ended.
        DeviceChanged = "device.changed", "changed a registered device";
        /// A browser became that of a registered device, by its one-time code.
        DeviceEnrolled = "device.enrolled", "enrolled a device";
        /// An API client was registered, changed, disabled, or given a key.
        ClientChanged = "client.changed", "changed an API client";
        /// An API client got an access token.
        TokenIssued = "client.token_issued", "got an API token";
        /// An API client, or somebody who says so, was refused a token.
        TokenRefused = "client.token_refused", "was refused an API token";
        /// Released claim files were listed, or one was picked up.
        ClaimFileCollected = "claim_file.collected", "picked up claim files";
        /// A report of an API client was kept.
        ReportTaken = "report.taken", "handed in a report";
        /// The audit log was read.
        AuditViewed = "audit.viewed", "read the audit log";
        /// An export began; nothing has left yet.
        ExportBegun = "export.begun", "began an export";
        /// An export ended.
        ExportEnded = "export.ended", "finished an export";
        /// A probe ran.
        ProbeRan = "probe.ran", "ran a safeguard check";
        /// A person's word about a safeguard was kept.
        EvidenceAdded = "evidence.added", "added evidence";
        /// The configuration baseline was approved.
        BaselineApproved = "baseline.approved", "approved the configuration baseline";
        /// The server started or a practice was made.
        ServerStarted = "server.started", "started the server";
        /// The practice was set up.
        PracticeCreated = "practice.created", "set up the practice";
        /// The log in the database is not the one that a witness saw.
        LogContradicted = "audit.contradicted", "found the log to be another than a witness saw";
        /// A person said that an older copy was put back on purpose, and the log goes on under a new name.
        RestoreAccepted = "audit.restore_accepted", "accepted that an older copy was put back";
        /// Sealed content was destroyed under authority.
        Shredded = "audit.shredded", "destroyed sealed content";
    }
}

impl Act {
    /// Whether it shows or changes what is known of patients. The weekly sample is drawn from such acts of people.
    pub const fn concerns_patients(self) -> bool {
        use Act::{
            AcknowledgementRead, AlertViewed, AppointmentBooked, AppointmentChanged, AuditViewed, BatchPreviewed,
            BatchReleased, ChargesRecorded, ChargesSigned, ChargesViewed, ClaimChanged, ClaimsViewed, EmergencyOpened,
            EmergencyViewed, ExportBegun, LedgerViewed, PatientChanged, PatientRegistered, PatientRestricted,
            PatientViewed, PatientsFound, RemittanceImported, RemittancePosted, RemittanceViewed, SampleViewed,
            ScheduleViewed, WorkDone,
        };
        matches!(
            self,
            PatientsFound
                | PatientViewed
                | PatientRegistered
                | PatientChanged
                | PatientRestricted
                | EmergencyOpened
                | EmergencyViewed
                | AlertViewed
                | SampleViewed
                | ScheduleViewed
                | AppointmentBooked
                | AppointmentChanged
                | ChargesViewed
                | ChargesRecorded
                | ChargesSigned
                | ClaimsViewed
                | ClaimChanged
                | BatchPreviewed
                | BatchReleased
                | AcknowledgementRead
                | RemittanceImported
                | RemittanceViewed
                | RemittancePosted
                | WorkDone
                | LedgerViewed
                | AuditViewed
                | ExportBegun
        )
    }
}

names! {
    /// Why (45 CFR 164.506, 164.512).
    Purpose {
        /// Care of the patient.
        Treatment = "treatment", "treatment";
        /// Getting paid for care.
        Payment = "payment", "payment";
        /// Running the practice, audits and compliance.
        Operations = "operations", "operations";
        /// The system's own check of itself, on canary records.
        SelfCheck = "self_check", "self-check";
    }
}

names! {
    /// How it ended.
    Outcome {
        /// It was done.
        Done = "done", "done";
        /// Policy refused it.
        Denied = "denied", "refused";
        /// It could not be done.
        Failed = "failed", "failed";
    }
}

/// One event, whole. It holds patient ids and facts, so it is ePHI: it is stored sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// What was done.
    pub act: Act,
    /// Who did it.
    pub actor: Actor,
    /// The role the actor had then.
    pub role: Option<Role>,
    /// The session it was done in.
    pub session: Option<SessionId>,
    /// Why.
    pub purpose: Purpose,
    /// How it ended.
    pub outcome: Outcome,
    /// Whose records. Empty when no patient is concerned, or none was found.
    pub subjects: Vec<PatientId>,
    /// Which parts of them were shown or changed: names of field groups, sorted.
    pub fields: Vec<String>,
    /// What else, as `kind:id` (`claim:…`, `file:…`).
    pub object: Option<String>,
    /// Facts worth keeping: counts, totals, reasons.
    pub detail: BTreeMap<String, String>,
    /// Where the request came from.
    pub source: Option<String>,
    /// SHA-256 (hex) of the policy set in force.
    pub policy: String,
}

impl Event {
    /// An event with nobody's record in it yet.
    pub fn new(act: Act, actor: Actor, purpose: Purpose) -> Self {
        Self {
            act,
            actor,
            role: None,
            session: None,
            purpose,
            outcome: Outcome::Done,
            subjects: Vec::new(),
            fields: Vec::new(),
            object: None,
            detail: BTreeMap::new(),
            source: None,
            policy: String::new(),
        }
    }

    /// Names whose records it concerns.
    #[must_use]
    pub fn about(mut self, subjects: impl IntoIterator<Item = PatientId>) -> Self {
        self.subjects.extend(subjects);
        self.subjects.sort();
        self.subjects.dedup();
        self
    }

    /// Names the field groups shown or changed.
    #[must_use]
    pub fn showing(mut self, fields: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.fields.extend(fields.into_iter().map(Into::into));
        self.fields.sort();
        self.fields.dedup();
        self
    }

    /// Names the other thing it concerns.
    #[must_use]
    pub fn object(mut self, kind: &str, id: impl fmt::Display) -> Self {
        self.object = Some(format!("{kind}:{id}"));
        self
    }

    /// Adds a fact.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl fmt::Display) -> Self {
        self.detail.insert(key.to_owned(), value.to_string());
        self
    }

    /// Says that it was refused or failed.
    #[must_use]
    pub fn ending(mut self, outcome: Outcome) -> Self {
        self.outcome = outcome;
        self
    }

    /// The bytes that the commitment covers: JSON with fields in the order of this type.
    pub fn canonical(&self) -> Vec<u8> {
        // Serializing these types to memory cannot fail: no map has a key that is not text.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// The public part of an event: what the Merkle tree holds. At most about 250 bytes, and no ePHI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// The event's id.
    pub id: EventId,
    /// When it was recorded.
    pub at: Instant,
    /// What was done.
    pub act: Act,
    /// Opaque id of who did it.
    pub actor: String,
    /// SHA-256 (hex) of the policy set in force.
    pub policy: String,
    /// `SHA-256(domain || salt || canonical event)`.
    pub commitment: [u8; 32],
}

/// What keeps this commitment apart from any other use of SHA-256.
const COMMITMENT_DOMAIN: &[u8] = b"wellkept-event/v1\n";
const LEAF_HEADER: &str = "wellkept-audit/v1";

/// The commitment to an event: a person given the salt and the event checks it with SHA-256 alone.
pub fn commitment(salt: &[u8; 32], canonical: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(COMMITMENT_DOMAIN);
    hash.update(salt);
    hash.update(canonical);
    hash.finalize().into()
}

impl Leaf {
    /// Six lines of text.
    pub fn encode(&self) -> Vec<u8> {
        let Self { id, at, act, actor, policy, commitment } = self;
        let c = hex::encode(commitment);
        format!("{LEAF_HEADER}\n{id}\n{}\n{act}\n{actor}\n{policy}\n{c}\n", at.micros()).into_bytes()
    }

    /// Reads what [`Leaf::encode`] wrote; `None` for anything else.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?.strip_suffix('\n')?;
        let mut lines = text.split('\n');
        if lines.next()? != LEAF_HEADER {
            return None;
        }
        let id = EventId::parse(lines.next()?).ok()?;
        let at = Instant::from_micros(lines.next()?.parse().ok()?);
        let act = Act::parse(lines.next()?)?;
        let (actor, policy) = (lines.next()?.to_owned(), lines.next()?.to_owned());
        let commitment = hex::decode(lines.next()?).ok()?.try_into().ok()?;
        let leaf = Self { id, at, act, actor, policy, commitment };
        // One form only: what does not encode to the same bytes was not written by us.
        (lines.next().is_none() && leaf.encode() == bytes).then_some(leaf)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf() -> Leaf {
        Leaf {
            id: EventId::parse("01890000-0000-7000-8000-000000000001").unwrap(),
            at: Instant::from_micros(1_700_000_000_000_000),
            act: Act::PatientViewed,
            actor: "account:01890000-0000-7000-8000-000000000002".to_owned(),
            policy: "ab".repeat(32),
            commitment: commitment(&[7; 32], b"{}"),
        }
    }

    #[test]
    fn leaf_reads_back_and_refuses_any_changed_byte() {
        let bytes = leaf().encode();
        assert_eq!(Leaf::decode(&bytes), Some(leaf()));
        for i in 0..bytes.len() {
            let mut bad = bytes.clone();
            bad[i] ^= 0x20;
            assert_ne!(Leaf::decode(&bad), Some(leaf()), "byte {i}");
        }
    }

    #[test]
    fn commitment_depends_on_salt_and_event() {
        assert_ne!(commitment(&[0; 32], b"a"), commitment(&[1; 32], b"a"));
        assert_ne!(commitment(&[0; 32], b"a"), commitment(&[0; 32], b"b"));
    }

    #[test]
    fn canonical_form_is_pinned() {
        let event =
            Event::new(Act::PatientViewed, Actor::Anonymous, Purpose::Treatment).with("rows", 2).showing(["name"]);
        let text = String::from_utf8(event.canonical()).unwrap();
        assert_eq!(
            text,
            r#"{"act":"patient.viewed","actor":"anonymous","role":null,"session":null,"purpose":"treatment","outcome":"done","subjects":[],"fields":["name"],"object":null,"detail":{"rows":"2"},"source":null,"policy":""}"#
        );
    }
}
