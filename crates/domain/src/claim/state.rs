//! The states of a claim. The table is closed: what is not in it is refused.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::access::names;

names! {
    /// Where a claim stands.
    ClaimState {
        /// Made, not judged yet, or judged and found wanting.
        Built = "built", "Needs work";
        /// Passed the scrubber.
        Ready = "ready", "Ready";
        /// In a batch that has not left.
        Batched = "batched", "In a batch";
        /// Left for the partner.
        Released = "released", "Released";
        /// The file was taken (999).
        Received = "received", "File received";
        /// The claim was taken (277CA).
        Accepted = "accepted", "Accepted";
        /// Turned back before anybody judged it (999, 277CA). No remittance will come, and the filing clock runs.
        Rejected = "rejected", "Rejected";
        /// Judged: the payer's part is settled.
        Paid = "paid", "Paid";
        /// Judged: some lines are settled, some denied.
        PartlyPaid = "partly_paid", "Partly paid";
        /// Judged: nothing is paid and the patient owes nothing.
        Denied = "denied", "Denied";
        /// The payer took its judgment back and has not given another.
        Reversed = "reversed", "Reversed";
        /// Another claim stands in its place.
        Superseded = "superseded", "Superseded";
    }
}

names! {
    /// What moves a claim on.
    ClaimStep {
        /// The scrubber finds nothing that blocks.
        Pass = "pass", "passes the scrubber";
        /// The scrubber finds something, or somebody takes it back to work on.
        Return = "return", "goes back to work";
        /// Put into a batch.
        Batch = "batch", "is put into a batch";
        /// Taken out of a batch.
        Unbatch = "unbatch", "is taken out of its batch";
        /// The batch leaves.
        Release = "release", "is sent";
        /// A 999 takes the file.
        Receive = "receive", "is received";
        /// A 277CA takes the claim.
        Accept = "accept", "is accepted";
        /// A 999 or 277CA turns it back.
        Reject = "reject", "is rejected";
        /// An 835 settles it.
        Pay = "pay", "is paid";
        /// An 835 settles a part.
        PayPart = "pay_part", "is paid in part";
        /// An 835 denies it.
        Deny = "deny", "is denied";
        /// An 835 takes the judgment back.
        Reverse = "reverse", "is reversed";
        /// A corrected claim takes its place.
        Supersede = "supersede", "is superseded";
    }
}

/// A step that the state does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a claim in the state `{}` cannot go on as one that {}", .state.label(), .step.label())]
pub struct ClaimStepRefused {
    /// Where it stands.
    pub state: ClaimState,
    /// What was asked.
    pub step: ClaimStep,
}

impl ClaimState {
    /// Whether its file has left.
    pub const fn is_sent(self) -> bool {
        !matches!(self, Self::Built | Self::Ready | Self::Batched)
    }

    /// Whether a payer has judged it and the judgment stands.
    pub const fn is_judged(self) -> bool {
        matches!(self, Self::Paid | Self::PartlyPaid | Self::Denied)
    }

    /// Whether the payer still owes an answer.
    pub const fn awaits_payer(self) -> bool {
        matches!(self, Self::Released | Self::Received | Self::Accepted | Self::Reversed)
    }
}

/// The state after a step.
///
/// Acknowledgements arrive late and out of order: one that comes after a later state leaves it as it is. A remittance is the
/// last word, even on a claim that was rejected: the money is there.
pub fn next(state: ClaimState, step: ClaimStep) -> Result<ClaimState, ClaimStepRefused> {
    use ClaimState as S;
    match (state, step) {
        (S::Built | S::Ready, ClaimStep::Pass) | (S::Batched, ClaimStep::Unbatch) => Ok(S::Ready),
        (S::Built | S::Ready, ClaimStep::Return) => Ok(S::Built),
        (S::Ready, ClaimStep::Batch) => Ok(S::Batched),
        (S::Batched, ClaimStep::Release) => Ok(S::Released),
        (S::Released, ClaimStep::Receive) => Ok(S::Received),
        (S::Released | S::Received, ClaimStep::Accept) => Ok(S::Accepted),
        (S::Released | S::Received | S::Accepted, ClaimStep::Reject) => Ok(S::Rejected),
        (state, ClaimStep::Receive | ClaimStep::Accept) if state.is_sent() => Ok(state),
        (state, ClaimStep::Pay) if state.is_sent() && state != S::Superseded => Ok(S::Paid),
        (state, ClaimStep::PayPart) if state.is_sent() && state != S::Superseded => Ok(S::PartlyPaid),
        (state, ClaimStep::Deny) if state.is_sent() && state != S::Superseded => Ok(S::Denied),
        (S::Superseded, ClaimStep::Pay | ClaimStep::PayPart | ClaimStep::Deny | ClaimStep::Reverse) => {
            Ok(S::Superseded)
        }
        (state, ClaimStep::Reverse) if state.is_judged() => Ok(S::Reversed),
        (state, ClaimStep::Supersede) if state.is_sent() => Ok(S::Superseded),
        (state, step) => Err(ClaimStepRefused { state, step }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(steps: &[ClaimStep], expect: Result<ClaimState, ClaimStep>) {
        let end = steps.iter().try_fold(ClaimState::Built, |s, step| next(s, *step));
        assert_eq!(end.map_err(|e| e.step), expect, "{steps:?}");
    }

    #[test]
    fn a_claim_goes_its_way() {
        use ClaimStep::{
            Accept, Batch, Deny, Pass, Pay, Receive, Reject, Release, Return, Reverse, Supersede, Unbatch,
        };
        check(&[Pass, Batch, Release, Receive, Accept, Pay], Ok(ClaimState::Paid));
        check(&[Pass, Batch, Release, Accept, Receive], Ok(ClaimState::Accepted));
        check(&[Pass, Batch, Release, Pay, Accept, Reverse, Deny, Supersede], Ok(ClaimState::Superseded));
        check(&[Pass, Batch, Release, Reject, Supersede], Ok(ClaimState::Superseded));
        check(&[Pass, Batch, Release, Reject, Pay], Ok(ClaimState::Paid));
        check(&[Pass, Batch, Unbatch, Return], Ok(ClaimState::Built));
    }

    #[test]
    fn nothing_leaves_unscrubbed_and_nothing_sent_comes_back() {
        use ClaimStep::{Accept, Batch, Pass, Pay, Release, Return, Reverse};
        check(&[Batch], Err(Batch));
        check(&[Pass, Release], Err(Release));
        check(&[Pass, Batch, Release, Return], Err(Return));
        check(&[Pass, Batch, Release, Reverse], Err(Reverse));
        check(&[Pass, Pay], Err(Pay));
        check(&[Accept], Err(Accept));
        for step in ClaimStep::ALL {
            assert!(!next(ClaimState::Built, *step).is_ok_and(ClaimState::is_sent), "{step}");
        }
    }
}
