//! Work that waits for a person, with its reason in plain words. What a machine cannot decide ends here and never gets lost.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::access::names;
use crate::clock::Instant;
use crate::id::{AccountId, PatientId, WorkItemId};

names! {
    /// What kind of work it is; the page groups by it.
    WorkKind {
        /// A claim of a remittance that we do not know.
        UnmatchedClaim = "unmatched_claim", "Payment without a claim";
        /// A line of a remittance that fits none, or more than one, of ours.
        UnmatchedLine = "unmatched_line", "Payment line without a charge";
        /// Amounts that do not add up as sent.
        Unbalanced = "unbalanced", "Remittance out of balance";
        /// A reversal of something that we never posted.
        ReversalWithoutOriginal = "reversal_without_original", "Reversal without an original";
        /// Money at payment level that needs a look.
        ProviderAdjustment = "provider_adjustment", "Payment-level adjustment";
        /// A claim that a payer or clearinghouse sent back.
        RejectedClaim = "rejected_claim", "Rejected claim";
        /// A claim that a payer denied.
        DeniedClaim = "denied_claim", "Denied claim";
        /// Another coverage pays after the one that has answered.
        NextPayer = "next_payer", "Next payer to bill";
        /// A file that cannot be read, or only in part.
        UnreadableFile = "unreadable_file", "Unreadable file";
        /// An acknowledgement for nothing that we sent.
        UnmatchedAcknowledgement = "unmatched_acknowledgement", "Acknowledgement without a file";
        /// An acknowledgement of something that we sent, from somebody whom we did not send it to.
        DoubtfulSender = "doubtful_sender", "Acknowledgement from somebody else";
        /// Anything else.
        Other = "other", "Other";
    }
}

/// One thing for a person to look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkItem {
    /// Its id.
    pub id: WorkItemId,
    /// What kind.
    pub kind: WorkKind,
    /// What it is about, as `kind:id` (`remittance:…`).
    pub subject: String,
    /// Whose record it concerns, when known.
    pub patient: Option<PatientId>,
    /// Why a person is needed, in plain words.
    pub reason: String,
    /// When it was made.
    pub created_at: Instant,
    /// Who has taken it.
    pub owner: Option<AccountId>,
    /// When it was done, by whom, and how.
    pub done: Option<Done>,
}

/// How a piece of work ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// Who.
    pub by: AccountId,
    /// When.
    pub at: Instant,
    /// What was done.
    pub note: String,
}

impl WorkItem {
    /// New work that nobody has taken.
    pub fn new(id: WorkItemId, kind: WorkKind, subject: String, reason: String, created_at: Instant) -> Self {
        Self { id, kind, subject, patient: None, reason, created_at, owner: None, done: None }
    }

    /// Whether it still waits.
    pub const fn is_open(&self) -> bool {
        self.done.is_none()
    }
}
