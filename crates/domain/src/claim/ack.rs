//! What an acknowledgement means for a claim, and for all claims of a file.

use x12::ack::{Ack999, AckClaim, AckStatus, Action, StatusCode, Ta1};
use x12::plain;

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
    /// Why it was turned back, in plain words, each with its code in brackets; empty when accepted.
    pub reasons: Vec<String>,
}

/// Reads one claim of a 277CA. A status that is not clearly an acceptance is a rejection: somebody has to look.
pub fn read_ack(ack: &AckClaim) -> AckMeaning {
    let step = if ack.is_accepted() { ClaimStep::Accept } else { ClaimStep::Reject };
    let statuses = ack.statuses.iter().chain(ack.lines.iter().flat_map(|l| &l.statuses));
    let reasons = if step == ClaimStep::Accept { Vec::new() } else { reasons(statuses) };
    AckMeaning {
        control_number: ack.control_number.clone(),
        step,
        payer_number: ack.payer_claim_number.clone().filter(|n| !n.trim().is_empty()),
        reasons,
    }
}

/// Why a 277CA turns back a whole file (loop 2200B) or all claims of a provider (loop 2200C), in plain words; `None` when no
/// status does.
pub fn refusal(statuses: &[AckStatus]) -> Option<Vec<String>> {
    statuses.iter().any(|s| s.action == Action::Reject).then(|| reasons(statuses))
}

/// Whether the partner turned back an envelope because it had its number before (TA105 is 025). That says nothing against the
/// file that came first.
pub fn envelope_repeats(ack: &Ta1) -> bool {
    !ack.verdict.is_accepted() && ack.note.trim() == "025"
}

/// Whether the partner turned back a file for nothing but a number that it had before (IK502 is 23).
pub fn file_repeats(ack: &Ack999) -> bool {
    let mut refused = ack.sets.iter().filter(|s| !s.verdict.is_accepted()).peekable();
    refused.peek().is_some() && refused.all(|s| s.codes.iter().any(|c| c.trim() == "23"))
}

/// Whether a 277CA turned back a file for nothing but having it already (loop 2200B, claim status 746).
pub fn batch_repeats(statuses: &[AckStatus]) -> bool {
    let mut refused = statuses.iter().filter(|s| s.action == Action::Reject).peekable();
    refused.peek().is_some() && refused.all(|s| s.codes.iter().any(|c| c.status == "746"))
}

fn reasons<'a>(statuses: impl IntoIterator<Item = &'a AckStatus>) -> Vec<String> {
    let mut found = Vec::new();
    for status in statuses {
        found.extend(status.codes.iter().map(in_words));
        found.extend(status.message.clone());
    }
    found.dedup();
    if found.is_empty() {
        found.push("no status was given: ask the payer".to_owned());
    }
    found
}

/// `Refused: information is not valid: member number of the subscriber. Correct it and send it as a new claim [A7:164:IL]`. The
/// code stays behind the words, for whoever calls the payer.
fn in_words(code: &StatusCode) -> String {
    let raw: Vec<&str> =
        [code.category.as_str(), code.status.as_str()].into_iter().chain(code.entity.as_deref()).collect();
    let raw = raw.join(":");
    let Some(plain) = plain::status_category(&code.category) else {
        return format!("a status that has no words here; look it up in the payer's list [{raw}]");
    };
    let mut words = plain.meaning.to_owned();
    if let Some(what) = plain::status_code(&code.status) {
        words = format!("{words}: {what}");
        if let Some(whom) = code.entity.as_deref().and_then(plain::entity) {
            words = format!("{words} of {whom}");
        }
    }
    let action = if plain.action.is_empty() { String::new() } else { format!(". {}", plain.action) };
    format!("{words}{action} [{raw}]")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(code: (&str, &str, Option<&str>), expect: &str) {
        let (category, status, entity) = code;
        let code =
            StatusCode { category: category.to_owned(), status: status.to_owned(), entity: entity.map(str::to_owned) };
        assert_eq!(in_words(&code), expect);
    }

    #[test]
    fn a_rejection_says_what_is_wrong_and_what_to_do() {
        check(
            ("A7", "164", Some("IL")),
            "Refused: information is not valid: member number of the subscriber. Correct it and send it as a new claim [A7:164:IL]",
        );
        check(("A6", "9999", None), "Refused: information is missing. Add it and send it as a new claim [A6:9999]");
        check(("ZZ", "1", None), "a status that has no words here; look it up in the payer's list [ZZ:1]");
    }

    #[test]
    fn a_file_is_a_repeat_only_when_nothing_else_is_wrong_with_it() {
        let set = |code: &str| x12::ack::SetResponse {
            verdict: x12::ack::Verdict::Rejected,
            codes: vec![code.to_owned()],
            ..x12::ack::SetResponse::default()
        };
        let ack = |sets| Ack999 { sets, ..Ack999::default() };
        assert!(file_repeats(&ack(vec![set("23")])));
        assert!(!file_repeats(&ack(vec![set("23"), set("5")])));
        assert!(!file_repeats(&ack(Vec::new())), "a group that is refused without a word");
        let accepted = Ta1 { note: "025".to_owned(), ..Ta1::default() };
        assert!(!envelope_repeats(&accepted));
        assert!(envelope_repeats(&Ta1 { verdict: x12::ack::Verdict::Rejected, ..accepted }));
    }
}
