//! What one claim of a remittance does to the books.
//!
//! The payer's money waits in [`Account::Unapplied`] from the deposit on. A judged line moves it to the receivable, writes off
//! what the contract takes (CO), and hands over to the patient what the patient owes (PR). A denied line moves nothing: it
//! stays receivable, and a person decides between correcting, appealing and writing off.

use serde::{Deserialize, Serialize};

use super::matching::{ClaimMatch, MatchFault};
use super::{AdjustmentGroup, RemitAdjustment, RemitClaim, RemitStatus, Remittance};
use crate::cents::{Cents, CentsError};
use crate::claim::{Claim, ClaimStep};
use crate::clock::Instant;
use crate::id::{ChargeId, ClaimId, EntryId, PatientId, RemittanceId, WorkItemId};
use crate::ledger::{Account, Posting};
use crate::work::{WorkItem, WorkKind};

/// Reasons that lower a price and deny nothing: fee schedule, earlier payer, incentive, sequestration.
const PRICE_REASONS: [&str; 4] = ["45", "23", "144", "253"];
/// Deductible, coinsurance, copayment: the plan paid its part, even when that is nothing.
const SHARE_REASONS: [&str; 3] = ["1", "2", "3"];
/// What an earlier payer paid.
const EARLIER_PAYER: &str = "23";

/// A claim of a remittance that was posted before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posted {
    /// Our claim.
    pub claim: ClaimId,
    /// The remittance it came in.
    pub remittance: RemittanceId,
    /// Which claim of it.
    pub index: u32,
    /// CLP07.
    pub payer_claim_number: Option<String>,
    /// CLP03.
    pub charge: Cents,
    /// CLP04.
    pub paid: Cents,
    /// Whether it was a denial, which made no entry.
    pub is_denial: bool,
    /// The entry it made.
    pub entry: Option<EntryId>,
    /// Whether a reversal has taken it back.
    pub is_reversed: bool,
}

/// Where the charge of a claim goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// Paid by the payer.
    pub paid: Cents,
    /// Written off by contract (CO).
    pub contractual: Cents,
    /// Owed by the patient (PR).
    pub patient: Cents,
    /// Other adjustments (OA, PI).
    pub other: Cents,
    /// Denied: still receivable from the payer.
    pub denied: Cents,
}

/// What kind of posting it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanKind {
    /// Judged, with an entry.
    Payment,
    /// Denied as a whole, with no entry.
    Denial,
    /// An earlier posting is taken back: its entry, if it made one, is reversed.
    Reversal {
        /// The remittance of the earlier posting.
        remittance: RemittanceId,
        /// Which claim of it.
        index: u32,
        /// The entry to reverse.
        entry: Option<EntryId>,
    },
}

/// What will be posted for one claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Our claim.
    pub claim: ClaimId,
    /// Whose.
    pub patient: PatientId,
    /// What kind.
    pub kind: PlanKind,
    /// Where the charge goes.
    pub split: Split,
    /// The postings of a payment; they sum to zero. Empty for a denial, and for a reversal, which turns the earlier entry.
    pub postings: Vec<Posting>,
    /// Where the claim goes.
    pub step: ClaimStep,
    /// The payer's number to keep with the claim.
    pub payer_number: Option<String>,
    /// Work that follows, though the posting is right: a denial to decide on.
    pub work: Option<Exception>,
}

/// Why a person has to look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exception {
    /// What kind of work.
    pub kind: WorkKind,
    /// Why, in plain words.
    pub reason: String,
    /// Our claim, when known.
    pub claim: Option<ClaimId>,
    /// Whose, when known.
    pub patient: Option<PatientId>,
}

impl Exception {
    /// The work item for it. `subject` is what it is about, as `kind:id`.
    pub fn into_work(self, id: WorkItemId, subject: String, now: Instant) -> WorkItem {
        WorkItem { patient: self.patient, ..WorkItem::new(id, self.kind, subject, self.reason, now) }
    }
}

/// Post, or ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// It is posted.
    Post(Box<Plan>),
    /// A person looks.
    Ask(Exception),
}

/// Decides on one claim of a remittance. `posted` has every earlier posting of our claim, those earlier in this remittance too.
pub fn decide_posting(
    remittance: &Remittance,
    index: usize,
    matched: Result<&ClaimMatch, &MatchFault>,
    ours: &[Claim],
    posted: &[Posted],
) -> Decision {
    let Some(remit) = remittance.claims.get(index) else {
        return ask(None, WorkKind::Other, format!("the remittance has no claim {index}"));
    };
    let (matched, claim) = match found(matched, ours) {
        Ok(found) => found,
        Err(exception) => return Decision::Ask(exception),
    };
    if let Some(exception) = unfit(remittance, index, remit, claim) {
        return Decision::Ask(exception);
    }
    let mine: Vec<&Posted> = posted.iter().filter(|p| p.claim == claim.id && !p.is_reversed).collect();
    if remit.is_reversal() { reversal(remit, claim, &mine) } else { judgment(remit, matched, claim, &mine) }
}

fn found<'a>(
    matched: Result<&'a ClaimMatch, &MatchFault>,
    ours: &'a [Claim],
) -> Result<(&'a ClaimMatch, &'a Claim), Exception> {
    let exception = |kind, reason| Exception { kind, reason, claim: None, patient: None };
    let matched = matched.map_err(|fault| {
        let kind =
            if matches!(fault, MatchFault::Line(..)) { WorkKind::UnmatchedLine } else { WorkKind::UnmatchedClaim };
        exception(kind, fault.to_string())
    })?;
    let claim = ours.iter().find(|c| c.id == matched.claim);
    let claim = claim.ok_or_else(|| exception(WorkKind::UnmatchedClaim, "the matched claim is gone".to_owned()))?;
    Ok((matched, claim))
}

fn ask(claim: Option<&Claim>, kind: WorkKind, reason: impl Into<String>) -> Decision {
    Decision::Ask(about(claim, kind, reason))
}

fn about(claim: Option<&Claim>, kind: WorkKind, reason: impl Into<String>) -> Exception {
    let patient = claim.map(|c| c.patient.id.clone());
    Exception { kind, reason: reason.into(), claim: claim.map(|c| c.id.clone()), patient }
}

/// What keeps a claim from being posted whatever it says.
fn unfit(remittance: &Remittance, index: usize, remit: &RemitClaim, claim: &Claim) -> Option<Exception> {
    let stop = |kind, reason: String| Some(about(Some(claim), kind, reason));
    if remittance.payer.as_ref().is_some_and(|payer| *payer != claim.payer.id) {
        let reason = format!("the claim went to {}, and {} answers", claim.payer.name, remittance.payer_name);
        return stop(WorkKind::UnmatchedClaim, reason);
    }
    if !claim.state.is_sent() {
        return stop(WorkKind::UnmatchedClaim, "the claim was never sent".to_owned());
    }
    if let Some(difference) = remittance.differences_of(index).next() {
        return stop(WorkKind::Unbalanced, difference.message.clone());
    }
    let sign = |c: Cents| if remit.is_reversal() { c.negated() } else { c };
    if sign(remit.charge) != claim.total {
        let reason = format!("the payer has a charge of {}, and the claim says {}", sign(remit.charge), claim.total);
        return stop(WorkKind::Unbalanced, reason);
    }
    if !remit.lines.is_empty() && Cents::sum(remit.lines.iter().map(|l| l.charge)) != Ok(remit.charge) {
        return stop(WorkKind::Unbalanced, "the charges of the lines are not the charge of the claim".to_owned());
    }
    if let Some(other) = remit.all_adjustments().find(|a| matches!(a.group, AdjustmentGroup::Unknown(_))) {
        let reason = format!("the adjustment group `{}` does not exist in version 5010", other.group.code());
        return stop(WorkKind::Unbalanced, reason);
    }
    match remit.status {
        RemitStatus::Unknown => stop(WorkKind::Other, format!("the claim status `{}` is not known", remit.status_code)),
        RemitStatus::Predetermination => stop(WorkKind::Other, "this says what would be paid; nothing is".to_owned()),
        RemitStatus::NotOurs => {
            let to = remit.crossover.as_deref().unwrap_or("another payer");
            stop(WorkKind::Other, format!("the payer says the claim is not its own and sent it to {to}"))
        }
        _ => None,
    }
}

/// A reversal has to be the mirror image of one earlier posting of the same CLP01 and CLP07.
fn reversal(remit: &RemitClaim, claim: &Claim, posted: &[&Posted]) -> Decision {
    let same_number = |p: &&&Posted| match (&p.payer_claim_number, &remit.payer_claim_number) {
        (Some(then), Some(now)) => then == now,
        _ => true,
    };
    let mirror = |p: &&&Posted| p.paid == remit.paid.negated() && p.charge == remit.charge.negated();
    let mut fitting = posted.iter().filter(same_number).filter(mirror);
    let (Some(original), None) = (fitting.next(), fitting.next()) else {
        let reason = match posted.iter().find(same_number) {
            Some(p) => format!("the payer takes back {}, and {} was posted", remit.paid.negated(), p.paid),
            None => "the payer takes back a payment that was never posted here".to_owned(),
        };
        return ask(Some(claim), WorkKind::ReversalWithoutOriginal, reason);
    };
    Decision::Post(Box::new(Plan {
        claim: claim.id.clone(),
        patient: claim.patient.id.clone(),
        kind: PlanKind::Reversal {
            remittance: original.remittance.clone(),
            index: original.index,
            entry: original.entry.clone(),
        },
        split: Split { paid: remit.paid, ..Split::default() },
        postings: Vec::new(),
        step: ClaimStep::Reverse,
        payer_number: None,
        work: None,
    }))
}

/// A payment, a denial, or some of both.
fn judgment(remit: &RemitClaim, matched: &ClaimMatch, claim: &Claim, posted: &[&Posted]) -> Decision {
    if posted.iter().any(|p| !p.is_denial) {
        let reason = "the payer has judged this claim before and has not taken that back";
        return ask(Some(claim), WorkKind::Unbalanced, reason);
    }
    let negative =
        remit.paid < Cents::ZERO || remit.lines.iter().any(|l| l.paid < Cents::ZERO || l.charge < Cents::ZERO);
    if negative {
        return ask(Some(claim), WorkKind::Unbalanced, "there are amounts below zero outside a reversal");
    }
    if remit.status == RemitStatus::Denied && remit.paid != Cents::ZERO {
        return ask(Some(claim), WorkKind::Unbalanced, "the claim is denied, and money is paid for it");
    }
    if remit.all_adjustments().any(|a| a.group == AdjustmentGroup::Other && a.reason == EARLIER_PAYER) {
        let reason = "the payer counts what another payer paid first, which is not posted here";
        return ask(Some(claim), WorkKind::Unbalanced, reason);
    }
    let shares = remit.lines.iter().map(|l| (patient_share(&l.adjustments), l.charge));
    for (share, most) in shares.chain([(patient_share(&remit.adjustments), remit.charge)]) {
        if !share.is_ok_and(|share| (Cents::ZERO..=most).contains(&share)) {
            let reason = "the patient's share is below zero or more than what was charged";
            return ask(Some(claim), WorkKind::Unbalanced, reason);
        }
    }
    match build(remit, matched, claim) {
        Ok(plan) if plan.split.patient > remit.charge => {
            ask(Some(claim), WorkKind::Unbalanced, "the patient's shares together are more than what was charged")
        }
        Ok(plan) if plan.split.paid != remit.paid => {
            let reason = format!("the claim is paid {}, and its parts {}", remit.paid, plan.split.paid);
            ask(Some(claim), WorkKind::Unbalanced, reason)
        }
        Ok(plan) => Decision::Post(Box::new(plan)),
        Err(e) => ask(Some(claim), WorkKind::Unbalanced, e.to_string()),
    }
}

/// What the patient is to pay by some adjustments (PR).
fn patient_share(adjustments: &[RemitAdjustment]) -> Result<Cents, CentsError> {
    Cents::sum(adjustments.iter().filter(|a| a.group == AdjustmentGroup::Patient).map(|a| a.amount))
}

/// One line, or the claim as a whole when the payer told no lines.
struct Part<'a> {
    charge: Option<&'a ChargeId>,
    billed: Cents,
    paid: Cents,
    adjustments: &'a [RemitAdjustment],
}

impl Part<'_> {
    /// Nothing paid, no share of the patient, and a reason that is more than a price.
    fn is_denied(&self) -> bool {
        let share = |a: &RemitAdjustment| {
            a.group == AdjustmentGroup::Patient && SHARE_REASONS.contains(&a.reason.as_str()) && a.amount > Cents::ZERO
        };
        let refusal = |a: &RemitAdjustment| a.amount > Cents::ZERO && !PRICE_REASONS.contains(&a.reason.as_str());
        self.paid == Cents::ZERO && !self.adjustments.iter().any(share) && self.adjustments.iter().any(refusal)
    }
}

fn build(remit: &RemitClaim, matched: &ClaimMatch, claim: &Claim) -> Result<Plan, CentsError> {
    let lines = remit.lines.iter().zip(&matched.lines).map(|(l, charge)| Part {
        charge: Some(charge),
        billed: l.charge,
        paid: l.paid,
        adjustments: &l.adjustments,
    });
    let mut parts: Vec<Part<'_>> = lines.collect();
    let whole = parts.is_empty();
    if whole {
        parts.push(Part { charge: None, billed: remit.charge, paid: remit.paid, adjustments: &remit.adjustments });
    }
    let all_denied = remit.status == RemitStatus::Denied || parts.iter().all(Part::is_denied);
    let any_denied = all_denied || parts.iter().any(Part::is_denied);
    let mut split = Split::default();
    let mut postings = Vec::new();
    for part in &parts {
        if all_denied || part.is_denied() {
            split.denied = split.denied.checked_add(part.billed)?;
        } else {
            post(part, claim, &mut split, &mut postings)?;
        }
    }
    // Adjustments of the claim as a whole, beside its lines: they lower what the lines say is paid (SVC03) to what is (CLP04).
    if !whole && !all_denied && !remit.adjustments.is_empty() {
        let paid = remit.paid.checked_sub(Cents::sum(parts.iter().map(|p| p.paid))?)?;
        let part = Part { charge: None, billed: Cents::ZERO, paid, adjustments: &remit.adjustments };
        post(&part, claim, &mut split, &mut postings)?;
    }
    let (kind, step) = match (all_denied, any_denied) {
        (true, _) => (PlanKind::Denial, ClaimStep::Deny),
        (false, true) => (PlanKind::Payment, ClaimStep::PayPart),
        (false, false) => (PlanKind::Payment, ClaimStep::Pay),
    };
    let work = any_denied.then(|| about(Some(claim), WorkKind::DeniedClaim, denial_words(remit, &parts, all_denied)));
    Ok(Plan {
        claim: claim.id.clone(),
        patient: claim.patient.id.clone(),
        kind,
        split,
        postings,
        step,
        payer_number: remit.payer_claim_number.clone(),
        work,
    })
}

/// The postings of one judged part: they sum to zero whatever the amounts are, because the receivable takes their sum.
fn post(part: &Part<'_>, claim: &Claim, split: &mut Split, postings: &mut Vec<Posting>) -> Result<(), CentsError> {
    let of = |groups: &[AdjustmentGroup]| {
        Cents::sum(part.adjustments.iter().filter(|a| groups.contains(&a.group)).map(|a| a.amount))
    };
    let contractual = of(&[AdjustmentGroup::Contractual])?;
    let patient = patient_share(part.adjustments)?;
    let other = of(&[AdjustmentGroup::Other, AdjustmentGroup::PayerInitiated])?;
    let payer = claim.payer.id.clone();
    let sum = Cents::sum([part.paid, contractual, patient, other])?;
    for (account, amount) in [
        (Account::Unapplied(payer.clone()), part.paid),
        (Account::Contractual, contractual),
        (Account::PatientReceivable(claim.patient.id.clone()), patient),
        (Account::OtherAdjustment, other),
        (Account::InsuranceReceivable(payer), sum.negated()),
    ] {
        if amount != Cents::ZERO {
            postings.push(Posting::new(account, amount).about(&claim.patient.id, Some(&claim.id), part.charge));
        }
    }
    split.paid = split.paid.checked_add(part.paid)?;
    split.contractual = split.contractual.checked_add(contractual)?;
    split.patient = split.patient.checked_add(patient)?;
    split.other = split.other.checked_add(other)?;
    Ok(())
}

/// Which lines were denied and by which codes.
fn denial_words(remit: &RemitClaim, parts: &[Part<'_>], all: bool) -> String {
    let codes = |adjustments: &[RemitAdjustment]| {
        let codes: Vec<String> = adjustments.iter().map(RemitAdjustment::in_words).collect();
        if codes.is_empty() { "no reason was given".to_owned() } else { codes.join(", ") }
    };
    if remit.lines.is_empty() {
        return format!("the claim is denied: {}", codes(&remit.adjustments));
    }
    let lines = parts.iter().zip(&remit.lines).enumerate().filter(|(_, (part, _))| all || part.is_denied());
    let words: Vec<String> = lines
        .map(|(at, (part, line))| format!("line {} ({}): {}", at + 1, line.code, codes(part.adjustments)))
        .collect();
    let more =
        if remit.adjustments.is_empty() { String::new() } else { format!("; claim: {}", codes(&remit.adjustments)) };
    format!("denied: {}{more}", words.join("; "))
}
