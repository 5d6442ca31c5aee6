//! Codes of a remittance in plain words. A code without words of ours shows as itself.

use domain::remittance::{RemitAdjustment, RemitClaim};
use maud::{Markup, html};

use crate::components::money;

/// One adjustment: who bears it, why, how much, and what to do.
pub(super) fn adjustment(a: &RemitAdjustment) -> Markup {
    let group = x12::plain::adjustment_group(a.group.code());
    let reason = x12::plain::adjustment_reason(&a.reason);
    html! {
        li {
            (money(a.amount)) " "
            @match reason {
                Some(words) => { (words.meaning) }
                None => { "for reason " (a.reason) ", which the payer's list explains" }
            }
            " " span.code { (a.group.code()) "-" (a.reason) }
            span.sub {
                @match group {
                    Some(words) => { (words.meaning) }
                    None => { "Group " (a.group.code()) ", which version 5010 does not have" }
                }
                @if let Some(words) = reason.filter(|w| !w.action.is_empty()) { ". " (words.action) }
            }
        }
    }
}

/// What the payer did with a claim.
pub(super) fn status(claim: &RemitClaim) -> Markup {
    html! {
        @match x12::plain::claim_status(&claim.status_code) {
            Some(words) => {
                (words.meaning)
                @if !words.action.is_empty() { ". " (words.action) }
            }
            None => { "Status " (claim.status_code) ", which is not known" }
        }
        @if let Some(to) = &claim.crossover { ". Sent on to " (to) ": do not bill it there again" }
        @if let Some(name) = &claim.corrected { ". The payer knows the patient as " (name) }
    }
}

/// Money at payment level.
pub(super) fn provider_adjustment(reason: &str) -> String {
    x12::plain::provider_adjustment(reason).map_or_else(|| format!("Reason {reason}"), |w| w.meaning.to_owned())
}
