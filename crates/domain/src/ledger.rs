//! The books: double entry, append-only, in whole cents.
//!
//! An amount above zero is a debit, below zero a credit. Receivables and cash are debit accounts: what a patient owes is a
//! positive balance of the patient's receivable. Nothing is edited; an entry is taken back by its reversal.

mod account;
mod charges;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use account::{Account, BadAccount};
pub use charges::{charge_postings, claim_charge_postings};

use crate::cents::{Cents, CentsError};
use crate::id::{BadId, ChargeId, ClaimId, EntryId, PatientId, RemittanceId, VisitId};

/// What brought an entry about. Each cause that can happen once has one key, which the store keeps unique.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// A claim left with the charges of a visit.
    Charges {
        /// The visit.
        visit: VisitId,
        /// The claim.
        claim: ClaimId,
    },
    /// A replacement or void was turned back: the charges of the claim that the payer has still are owed again.
    Restored {
        /// The visit.
        visit: VisitId,
        /// The claim that was turned back.
        rejected: ClaimId,
    },
    /// Nobody covers the signed charges: the patient owes them.
    SelfPay {
        /// The visit.
        visit: VisitId,
        /// The version signed.
        version: u32,
    },
    /// A remittance's money came in.
    Deposit {
        /// The remittance.
        remittance: RemittanceId,
    },
    /// One claim of a remittance was posted.
    RemitClaim {
        /// The remittance.
        remittance: RemittanceId,
        /// Which claim of it, from 0.
        index: u32,
    },
    /// One provider-level adjustment of a remittance (PLB).
    ProviderAdjustment {
        /// The remittance.
        remittance: RemittanceId,
        /// Which adjustment, from 0.
        index: u32,
    },
    /// An earlier entry is taken back.
    Reversal {
        /// The entry.
        of: EntryId,
    },
}

impl Cause {
    /// A text that is the same for the same cause, and stands in the books once.
    pub fn key(&self) -> String {
        match self {
            Self::Charges { claim, .. } => format!("charges:{claim}"),
            Self::Restored { rejected, .. } => format!("restored:{rejected}"),
            Self::SelfPay { visit, version } => format!("self_pay:{visit}:{version}"),
            Self::Deposit { remittance } => format!("deposit:{remittance}"),
            Self::RemitClaim { remittance, index } => format!("remit_claim:{remittance}:{index}"),
            Self::ProviderAdjustment { remittance, index } => format!("provider_adjustment:{remittance}:{index}"),
            Self::Reversal { of } => format!("reversal:{of}"),
        }
    }
}

/// One side of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    /// Where to.
    pub account: Account,
    /// Debit above zero, credit below.
    pub amount: Cents,
    /// Whose charges it is about.
    pub patient: Option<PatientId>,
    /// The claim it is about.
    pub claim: Option<ClaimId>,
    /// The charge line it is about.
    pub charge: Option<ChargeId>,
}

impl Posting {
    /// A posting about nobody.
    pub const fn new(account: Account, amount: Cents) -> Self {
        Self { account, amount, patient: None, claim: None, charge: None }
    }

    /// Names the patient, claim and line.
    #[must_use]
    pub fn about(mut self, patient: &PatientId, claim: Option<&ClaimId>, charge: Option<&ChargeId>) -> Self {
        self.patient = Some(patient.clone());
        self.claim = claim.cloned();
        self.charge = charge.cloned();
        self
    }
}

/// Why the books refuse an entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// Debits and credits differ.
    #[error("the entry does not balance: its postings sum to {0} instead of zero")]
    Unbalanced(Cents),
    /// Nothing to post.
    #[error("the entry has no postings")]
    Empty,
    /// A posting of nothing.
    #[error("the entry has a posting of zero to `{0}`")]
    Zero(String),
    /// Too large.
    #[error(transparent)]
    Amount(#[from] CentsError),
    /// The period is closed.
    #[error("the books are closed through {through}: the posting date {posting} is too early")]
    Closed {
        /// The last day that takes no postings.
        through: Date,
        /// The date asked for.
        posting: Date,
    },
    /// A reversal is not reversed; the thing is posted again.
    #[error("this entry is itself a reversal: post it again instead")]
    IsReversal,
    /// An account's or entry's text is unreadable.
    #[error(transparent)]
    Account(#[from] BadAccount),
    /// An id is unreadable.
    #[error(transparent)]
    Id(#[from] BadId),
}

/// Postings that sum to zero, for one cause. There is no way to make one that does not, and none to change it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawEntry", into = "RawEntry")]
pub struct Entry {
    raw: RawEntry,
}

/// An entry's fields before they are checked: what a database row or JSON holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawEntry {
    /// Its id.
    pub id: EntryId,
    /// What brought it about.
    pub cause: Cause,
    /// The day the thing happened: the date of service, or the payer's payment date.
    pub effective: Date,
    /// The day it went into the books; reports of a period go by this.
    pub posting: Date,
    /// The entry it takes back.
    pub reverses: Option<EntryId>,
    /// At least two.
    pub postings: Vec<Posting>,
}

impl TryFrom<RawEntry> for Entry {
    type Error = LedgerError;
    fn try_from(raw: RawEntry) -> Result<Self, LedgerError> {
        if raw.postings.is_empty() {
            return Err(LedgerError::Empty);
        }
        if let Some(zero) = raw.postings.iter().find(|p| p.amount == Cents::ZERO) {
            return Err(LedgerError::Zero(zero.account.key()));
        }
        match Cents::sum(raw.postings.iter().map(|p| p.amount))? {
            Cents::ZERO => Ok(Self { raw }),
            sum => Err(LedgerError::Unbalanced(sum)),
        }
    }
}

impl From<Entry> for RawEntry {
    fn from(entry: Entry) -> Self {
        entry.raw
    }
}

impl Entry {
    /// A new entry. Refused unless its postings sum to zero.
    pub fn new(
        id: EntryId,
        cause: Cause,
        effective: Date,
        posting: Date,
        postings: Vec<Posting>,
    ) -> Result<Self, LedgerError> {
        RawEntry { id, cause, effective, posting, reverses: None, postings }.try_into()
    }

    /// The entry that takes this one back: the same postings on the other side, effective the same day as the reason given.
    pub fn reversal(&self, id: EntryId, cause: Cause, effective: Date, posting: Date) -> Result<Self, LedgerError> {
        if self.raw.reverses.is_some() {
            return Err(LedgerError::IsReversal);
        }
        let turn = |p: &Posting| Posting { amount: p.amount.negated(), ..p.clone() };
        let postings = self.raw.postings.iter().map(turn).collect();
        let reverses = Some(self.raw.id.clone());
        RawEntry { id, cause, effective, posting, reverses, postings }.try_into()
    }

    /// Its id.
    pub fn id(&self) -> &EntryId {
        &self.raw.id
    }

    /// What brought it about.
    pub fn cause(&self) -> &Cause {
        &self.raw.cause
    }

    /// The day the thing happened.
    pub fn effective(&self) -> Date {
        self.raw.effective
    }

    /// The day it went into the books.
    pub fn posting_date(&self) -> Date {
        self.raw.posting
    }

    /// The entry it takes back.
    pub fn reverses(&self) -> Option<&EntryId> {
        self.raw.reverses.as_ref()
    }

    /// Its postings; they sum to zero.
    pub fn postings(&self) -> &[Posting] {
        &self.raw.postings
    }
}

/// Refuses a posting date in a closed period. `closed_through` is the last closed day.
pub fn check_period(closed_through: Option<Date>, posting: Date) -> Result<(), LedgerError> {
    match closed_through {
        Some(through) if posting <= through => Err(LedgerError::Closed { through, posting }),
        _ => Ok(()),
    }
}

/// What a balance is asked for, beside the account.
pub fn balance<'a>(
    entries: impl IntoIterator<Item = &'a Entry>,
    wanted: impl Fn(&Posting) -> bool,
) -> Result<Cents, CentsError> {
    Cents::sum(entries.into_iter().flat_map(Entry::postings).filter(|p| wanted(p)).map(|p| p.amount))
}

#[cfg(test)]
mod tests;
