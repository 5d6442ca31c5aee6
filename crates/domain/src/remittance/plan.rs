//! What a whole remittance does to the books: its deposit, its claims, its provider-level adjustments.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::matching::match_claims;
use super::posting::{Decision, Exception, PlanKind, Posted, decide_posting};
use super::{PaymentMethod, ProviderAdjustment, Remittance};
use crate::cents::{Cents, CentsError};
use crate::claim::Claim;
use crate::id::{ClaimId, PayerId};
use crate::ledger::{Account, Posting};
use crate::place::Practice;
use crate::work::WorkKind;

/// What is decided on one claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimDecision {
    /// Which claim of the remittance, from 0.
    pub index: usize,
    /// What is decided.
    pub decision: Decision,
}

/// The postings of one provider-level adjustment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderPosting {
    /// Which adjustment of the remittance, from 0.
    pub index: usize,
    /// Two postings that sum to zero.
    pub postings: Vec<Posting>,
}

/// What is posted, and what waits. The claims come in the order of posting: reversals first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemitPlan {
    /// Why nothing at all is posted, in plain words. Empty when something is.
    pub blocked: Vec<String>,
    /// The payer whose money it is.
    pub payer: Option<PayerId>,
    /// The deposit: money in the bank, waiting for its claims. Empty when no money moves.
    pub deposit: Vec<Posting>,
    /// The claims.
    pub claims: Vec<ClaimDecision>,
    /// Provider-level adjustments.
    pub provider: Vec<ProviderPosting>,
}

impl RemitPlan {
    /// What waits for a person, with the claim's place in the remittance.
    pub fn exceptions(&self) -> impl Iterator<Item = (usize, &Exception)> {
        self.claims.iter().filter_map(|c| match &c.decision {
            Decision::Ask(exception) => Some((c.index, exception)),
            Decision::Post(plan) => plan.work.as_ref().map(|work| (c.index, work)),
        })
    }

    /// How many claims are posted.
    pub fn posted(&self) -> usize {
        self.claims.iter().filter(|c| matches!(c.decision, Decision::Post(_))).count()
    }

    /// What stays in [`Account::Unapplied`] once all is posted: the money of claims that wait.
    pub fn unapplied(&self) -> Result<Cents, CentsError> {
        let of_claims = self.claims.iter().map(|c| match &c.decision {
            Decision::Post(plan) => plan.split.paid,
            Decision::Ask(_) => Cents::ZERO,
        });
        let deposit = self.deposit.iter().filter(|p| matches!(p.account, Account::Unapplied(_))).map(|p| p.amount);
        let provider = self.provider.iter().flat_map(|p| &p.postings);
        let provider = provider.filter(|p| matches!(p.account, Account::Unapplied(_))).map(|p| p.amount);
        Cents::sum(deposit.chain(of_claims).chain(provider)).map(Cents::negated)
    }
}

/// Decides on a remittance. `ours` are the claims that it may name; `posted` their earlier postings. When the payment itself
/// is in doubt, nothing is posted and every claim waits.
pub fn plan(remittance: &Remittance, practice: &Practice, ours: &[Claim], posted: &[Posted]) -> RemitPlan {
    plan_rest(remittance, practice, ours, posted, &BTreeSet::new())
}

/// The same for what is left of a remittance of which the claims in `done` are posted already.
pub fn plan_rest(
    remittance: &Remittance,
    practice: &Practice,
    ours: &[Claim],
    posted: &[Posted],
    done: &BTreeSet<usize>,
) -> RemitPlan {
    let mut result = plan_payment(remittance, practice);
    result.claims = claims(remittance, ours, posted, done);
    if !result.blocked.is_empty() {
        hold(&mut result.claims, &result.blocked.join("; "));
    }
    result
}

/// Decides on the payment alone: its deposit and its payment-level adjustments, without its claims.
pub fn plan_payment(remittance: &Remittance, practice: &Practice) -> RemitPlan {
    let (payer, blocked) = (remittance.payer.clone(), doubts(remittance, practice));
    let mut result = RemitPlan { payer: payer.clone(), blocked, ..RemitPlan::default() };
    if let (true, Some(payer)) = (result.blocked.is_empty(), payer) {
        result.deposit = deposit(remittance, &payer);
        let adjustments = remittance.provider_adjustments.iter().enumerate();
        result.provider = adjustments
            .filter(|(_, a)| a.amount != Cents::ZERO)
            .map(|(index, a)| ProviderPosting { index, postings: provider_postings(a, &payer) })
            .collect();
    }
    result
}

fn doubts(remittance: &Remittance, practice: &Practice) -> Vec<String> {
    let mut found: Vec<String> = remittance.faults.iter().map(|f| format!("it was not read whole: {f}")).collect();
    if remittance.is_test {
        found.push(
            "its file says that it is a test (ISA15 is T), so no money moved: ask the payer for the real one"
                .to_owned(),
        );
    }
    if !remittance.pays(practice) {
        let numbers = remittance.payee_numbers.join(", ");
        found.push(format!("it pays `{}` ({numbers}), which is not this practice", remittance.payee_name));
    }
    // The payer of the claims that it names is no answer: a second payer names them too.
    if remittance.payer.is_none() {
        found.push(no_payer(remittance));
    }
    if let Some(difference) = remittance.payment_difference() {
        found.push(difference.message.clone());
    }
    if remittance.is_debit || remittance.total < Cents::ZERO {
        found.push("it takes money from the practice's account instead of paying".to_owned());
    }
    found.extend(unmoved(remittance));
    if remittance.date.is_none() {
        found.push("it has no payment date".to_owned());
    }
    found
}

/// Why the amount it states is no money of ours in the bank, though the file says that it adds up (BPR01, BPR04, CUR02).
fn unmoved(remittance: &Remittance) -> Option<String> {
    let total = remittance.total;
    let (handling, currency) = (remittance.handling.trim(), remittance.currency.as_deref().unwrap_or("USD").trim());
    if !currency.eq_ignore_ascii_case("USD") {
        return Some(format!("it pays in `{currency}` (CUR02), and the books are in US dollars: post it by hand"));
    }
    if remittance.is_notice() {
        let of = format!("(BPR01 is {handling}, BPR04 is {})", remittance.method.as_str());
        return Some(format!(
            "it states {total} but is a notice {of}, so no money moved: ask the payer for the payment"
        ));
    }
    if total <= Cents::ZERO {
        return None;
    }
    if !matches!(handling, "I" | "C" | "D" | "U" | "X") {
        return Some(format!("it does not say whether {total} was paid (BPR01 is `{handling}`): ask the payer"));
    }
    if remittance.method == PaymentMethod::Other {
        return Some(format!(
            "it does not say by what way {total} was paid (BPR04 is no code of an 835): ask the payer"
        ));
    }
    None
}

fn no_payer(remittance: &Remittance) -> String {
    let (name, numbers) = (&remittance.payer_name, remittance.payer_numbers.join(", "));
    if remittance.rivals.is_empty() {
        return format!(
            "its payer `{name}` ({numbers}) is not in the directory by any of these numbers: say whose number it is, or add the payer"
        );
    }
    let rivals = remittance.rivals.join(" and ");
    format!(
        "its numbers ({numbers}) are those of {rivals}, and a payment has one payer: end the one that is wrong on its payer's page"
    )
}

/// The places of a remittance's claims in the order of posting: reversals first, so that a correction finds its claim free.
pub fn posting_order(remittance: &Remittance) -> Vec<usize> {
    let mut order: Vec<usize> = (0..remittance.claims.len()).collect();
    order.sort_by_key(|at| !remittance.claims.get(*at).is_some_and(super::RemitClaim::is_reversal));
    order
}

fn claims(remittance: &Remittance, ours: &[Claim], posted: &[Posted], done: &BTreeSet<usize>) -> Vec<ClaimDecision> {
    let found_ours = match_claims(remittance, ours);
    let by_id: BTreeMap<&ClaimId, &Claim> = ours.iter().map(|c| (&c.id, c)).collect();
    let mut earlier: BTreeMap<ClaimId, Vec<Posted>> = BTreeMap::new();
    for posted in posted {
        earlier.entry(posted.claim.clone()).or_default().push(posted.clone());
    }
    let mut found = Vec::new();
    for index in posting_order(remittance).into_iter().filter(|at| !done.contains(at)) {
        let Some(matched) = found_ours.get(index) else { continue };
        let claim = matched.as_ref().ok().and_then(|m| by_id.get(&m.claim).copied());
        let posted = claim.and_then(|c| earlier.get(&c.id)).map_or(&[][..], Vec::as_slice);
        let decision =
            decide_posting(remittance, index, matched.as_ref(), claim.map_or(&[], std::slice::from_ref), posted);
        note(&decision, remittance, index, &mut earlier);
        found.push(ClaimDecision { index, decision });
    }
    found
}

/// Remembers a decision for the claims that follow in the same remittance.
fn note(decision: &Decision, remittance: &Remittance, index: usize, earlier: &mut BTreeMap<ClaimId, Vec<Posted>>) {
    let (Decision::Post(plan), Some(remit)) = (decision, remittance.claims.get(index)) else { return };
    let posted = earlier.entry(plan.claim.clone()).or_default();
    if let PlanKind::Reversal { remittance, index, .. } = &plan.kind {
        for earlier in posted.iter_mut().filter(|p| p.remittance == *remittance && p.index == *index) {
            earlier.is_reversed = true;
        }
        return;
    }
    posted.push(Posted {
        claim: plan.claim.clone(),
        remittance: remittance.id.clone(),
        index: u32::try_from(index).unwrap_or(u32::MAX),
        payer_claim_number: remit.payer_claim_number.clone(),
        charge: remit.charge,
        paid: remit.paid,
        is_denial: plan.kind == PlanKind::Denial,
        // It has none yet, and no reversal of this remittance comes after it.
        entry: None,
        is_reversed: false,
    });
}

fn hold(claims: &mut [ClaimDecision], reason: &str) {
    for claim in claims {
        if let Decision::Post(plan) = &claim.decision {
            let (claim_id, patient) = (Some(plan.claim.clone()), Some(plan.patient.clone()));
            let reason = format!("the payment as a whole is in doubt: {reason}");
            claim.decision = Decision::Ask(Exception { kind: WorkKind::Unbalanced, reason, claim: claim_id, patient });
        }
    }
}

fn deposit(remittance: &Remittance, payer: &PayerId) -> Vec<Posting> {
    if remittance.total == Cents::ZERO {
        return Vec::new();
    }
    vec![
        Posting::new(Account::Cash, remittance.total),
        Posting::new(Account::Unapplied(payer.clone()), remittance.total.negated()),
    ]
}

/// A positive adjustment kept money back: it goes to the account that says why, out of the unapplied.
fn provider_postings(adjustment: &ProviderAdjustment, payer: &PayerId) -> Vec<Posting> {
    let account = match adjustment.reason.as_str() {
        // Recovered, brought forward, acknowledged, advanced: the payer's and our debts to each other.
        "WO" | "FB" | "72" | "AP" | "J1" | "CT" | "OB" => Account::PayerRecoupment(payer.clone()),
        "L6" => Account::Interest,
        _ => Account::ProviderAdjustment,
    };
    vec![
        Posting::new(account, adjustment.amount),
        Posting::new(Account::Unapplied(payer.clone()), adjustment.amount.negated()),
    ]
}
