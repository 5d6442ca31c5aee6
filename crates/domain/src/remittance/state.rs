//! Where a remittance stands in the queue.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Level, RemitPlan, Remittance};
use crate::access::names;
use crate::cents::Cents;

names! {
    /// Where a remittance stands.
    RemittanceState {
        /// Every claim is ours and adds up: it can be posted as it is.
        Matched = "matched", "Matched";
        /// A person has to look at something first.
        NeedsLook = "needs_look", "Needs a look";
        /// Its amounts do not add up as sent.
        Unbalanced = "unbalanced", "Unbalanced";
        /// The same payment came before; this one is never posted.
        Duplicate = "duplicate", "Came before";
        /// Another copy of the same payment stands in its place; this one is never posted.
        Superseded = "superseded", "Superseded";
        /// The money is in the books, and some claims wait.
        PartlyPosted = "partly_posted", "Partly posted";
        /// Everything is in the books.
        Posted = "posted", "Posted";
    }
}

impl RemittanceState {
    /// Where a remittance stands that nothing of is posted yet.
    pub fn of_plan(remittance: &Remittance, plan: &RemitPlan) -> Self {
        if !remittance.differences.is_empty() {
            return Self::Unbalanced;
        }
        let all = plan.posted() == remittance.claims.len();
        if plan.blocked.is_empty() && all { Self::Matched } else { Self::NeedsLook }
    }

    /// Whether it is done with.
    pub const fn is_settled(self) -> bool {
        matches!(self, Self::Duplicate | Self::Superseded | Self::Posted)
    }

    /// Whether it waits for a person, and nothing of it is in the books.
    pub const fn is_held(self) -> bool {
        matches!(self, Self::NeedsLook | Self::Unbalanced)
    }
}

impl Remittance {
    /// Whether it may stand in the place of an earlier copy of the payment, which stands in `state`: from another file, and not
    /// worse than that one, so that half a file never hides a whole one.
    pub fn corrects(&self, earlier: &Self, state: RemittanceState) -> bool {
        let is_sound = |r: &Self| r.faults.is_empty() && r.differences.is_empty();
        state.is_held() && self.file != earlier.file && (is_sound(self) || !is_sound(earlier))
    }

    /// Whether it is the payment of an earlier copy with its date or its amount put right: a check has one number, and a payer
    /// that pays nothing may give all its files the same.
    pub fn amends(&self, earlier: &Self) -> bool {
        let amount = self.total == earlier.total && self.total != Cents::ZERO;
        let day = self.date == earlier.date && self.date.is_some();
        !self.trace.trim().is_empty() && self.number_at_bank() == earlier.number_at_bank() && (amount || day)
    }

    /// Whether the payment itself adds up, whatever its claims do.
    pub fn is_payment_balanced(&self) -> bool {
        self.differences.iter().all(|d| d.level != Level::Payment)
    }
}
