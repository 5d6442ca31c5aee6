//! The chart of accounts.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{PatientId, PayerId};

/// An account of the books.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Account {
    /// What a payer owes us for claims. Debit.
    InsuranceReceivable(PayerId),
    /// What a patient owes us. Debit.
    PatientReceivable(PatientId),
    /// Money in the bank or on its way there. Debit.
    Cash,
    /// A payer's money that no claim has been matched to yet. Credit.
    Unapplied(PayerId),
    /// A patient's money that no charge has been matched to yet. Credit.
    PatientCredit(PatientId),
    /// What contracts make us write off (group CO). Debit.
    Contractual,
    /// Other adjustments by payers (groups OA and PI). Debit.
    OtherAdjustment,
    /// What a payer takes back from later payments, or says it will (PLB WO, FB and their kin). Debit.
    PayerRecoupment(PayerId),
    /// Interest that payers pay or take (PLB L6). Credit.
    Interest,
    /// Fees, levies and withholdings at payment level. Debit.
    ProviderAdjustment,
    /// What we charged. Credit.
    Revenue,
    /// What we have to give back. Credit.
    RefundPayable,
}

/// A text that names no account.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an account of the books")]
pub struct BadAccount(pub String);

impl Account {
    /// The stored text: `insurance:ID`, `cash`.
    pub fn key(&self) -> String {
        match self.owner() {
            Some(owner) => format!("{}:{owner}", self.kind()),
            None => self.kind().to_owned(),
        }
    }

    /// The account without whose it is.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::InsuranceReceivable(_) => "insurance",
            Self::PatientReceivable(_) => "patient",
            Self::Cash => "cash",
            Self::Unapplied(_) => "unapplied",
            Self::PatientCredit(_) => "patient_credit",
            Self::Contractual => "contractual",
            Self::OtherAdjustment => "other_adjustment",
            Self::PayerRecoupment(_) => "recoupment",
            Self::Interest => "interest",
            Self::ProviderAdjustment => "provider_adjustment",
            Self::Revenue => "revenue",
            Self::RefundPayable => "refund_payable",
        }
    }

    /// The words that people read.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::InsuranceReceivable(_) => "Insurance receivable",
            Self::PatientReceivable(_) => "Patient receivable",
            Self::Cash => "Cash",
            Self::Unapplied(_) => "Unapplied payments",
            Self::PatientCredit(_) => "Patient credit",
            Self::Contractual => "Contractual write-off",
            Self::OtherAdjustment => "Other adjustments",
            Self::PayerRecoupment(_) => "Payer recoupment",
            Self::Interest => "Interest",
            Self::ProviderAdjustment => "Provider-level adjustments",
            Self::Revenue => "Revenue",
            Self::RefundPayable => "Refunds payable",
        }
    }

    /// The id of the payer or patient whose it is.
    pub fn owner(&self) -> Option<&str> {
        match self {
            Self::InsuranceReceivable(payer) | Self::Unapplied(payer) | Self::PayerRecoupment(payer) => {
                Some(payer.as_str())
            }
            Self::PatientReceivable(patient) | Self::PatientCredit(patient) => Some(patient.as_str()),
            _ => None,
        }
    }

    /// Reads what [`Account::key`] wrote.
    pub fn parse(text: &str) -> Result<Self, BadAccount> {
        let bad = || BadAccount(text.chars().take(60).collect());
        let payer = |id: &str| PayerId::parse(id).map_err(|_| bad());
        let patient = |id: &str| PatientId::parse(id).map_err(|_| bad());
        match text.split_once(':') {
            Some(("insurance", id)) => payer(id).map(Self::InsuranceReceivable),
            Some(("patient", id)) => patient(id).map(Self::PatientReceivable),
            Some(("unapplied", id)) => payer(id).map(Self::Unapplied),
            Some(("patient_credit", id)) => patient(id).map(Self::PatientCredit),
            Some(("recoupment", id)) => payer(id).map(Self::PayerRecoupment),
            Some(_) => Err(bad()),
            None => {
                const PLAIN: [Account; 7] = [
                    Account::Cash,
                    Account::Contractual,
                    Account::OtherAdjustment,
                    Account::Interest,
                    Account::ProviderAdjustment,
                    Account::Revenue,
                    Account::RefundPayable,
                ];
                PLAIN.into_iter().find(|a| a.kind() == text).ok_or_else(bad)
            }
        }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.key())
    }
}

impl TryFrom<String> for Account {
    type Error = BadAccount;
    fn try_from(text: String) -> Result<Self, BadAccount> {
        Self::parse(&text)
    }
}

impl From<Account> for String {
    fn from(account: Account) -> Self {
        account.key()
    }
}
