//! What a claim acknowledgement (277CA) means for a claim.

use x12::ack::AckClaim;

use super::ClaimStep;

/// What one claim of a 277CA says to us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AckMeaning {
    /// TRN02: our CLM01.
    pub control_number: String,
    /// Where the claim goes.
    pub step: ClaimStep,
    /// The payer's number of the claim (REF*1K), when it is told.
    pub payer_number: Option<String>,
    /// Status codes and messages of a rejection, as sent; empty when accepted.
    pub reasons: Vec<String>,
}

/// Reads one claim of a 277CA. A status that is not clearly an acceptance is a rejection: somebody has to look.
pub fn read_ack(ack: &AckClaim) -> AckMeaning {
    let step = if ack.is_accepted() { ClaimStep::Accept } else { ClaimStep::Reject };
    let reasons = if step == ClaimStep::Accept { Vec::new() } else { reasons(ack) };
    AckMeaning {
        control_number: ack.control_number.clone(),
        step,
        payer_number: ack.payer_claim_number.clone().filter(|n| !n.trim().is_empty()),
        reasons,
    }
}

fn reasons(ack: &AckClaim) -> Vec<String> {
    let mut found = Vec::new();
    for status in ack.statuses.iter().chain(ack.lines.iter().flat_map(|l| &l.statuses)) {
        for code in &status.codes {
            let entity = code.entity.as_deref().map(|e| format!(" about {e}")).unwrap_or_default();
            found.push(format!("{} {}{entity}", code.category, code.status));
        }
        found.extend(status.message.clone());
    }
    if found.is_empty() {
        found.push("no status was given".to_owned());
    }
    found
}
