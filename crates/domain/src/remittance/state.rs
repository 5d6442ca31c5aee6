//! Where a remittance stands in the queue.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Level, RemitPlan, Remittance};
use crate::access::names;

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
        matches!(self, Self::Duplicate | Self::Posted)
    }
}

impl Remittance {
    /// Whether the payment itself adds up, whatever its claims do.
    pub fn is_payment_balanced(&self) -> bool {
        self.differences.iter().all(|d| d.level != Level::Payment)
    }
}
