//! Remittances: what a payer says it paid and why, read from an 835, and what follows from it in the books.
//!
//! Nothing is forced to balance, and nothing is guessed: what does not add up or match goes to a person with its reason.

mod matching;
mod plan;
mod posting;
mod state;

use std::collections::BTreeSet;
use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
pub use x12::AdjustmentGroup;
pub use x12::balance::{Difference, Level};
use x12::remittance as r;

pub use matching::{ClaimMatch, How, MatchFault, match_claim, match_claims};
pub use plan::{ClaimDecision, ProviderPosting, RemitPlan, plan, plan_payment, plan_rest, posting_order};
pub use posting::{Decision, Exception, Plan, PlanKind, Posted, Split, decide_posting};
pub use state::RemittanceState;

use crate::access::names;
use crate::cents::Cents;
use crate::id::{FileId, PayerId, RemittanceId};
use crate::payer::{Found, Payer, find};
use crate::place::Practice;

names! {
    /// How the money moves. The stored name is the X12 code (BPR04).
    PaymentMethod {
        /// Through the clearing house of the banks.
        Ach = "ACH", "Electronic transfer";
        /// A check.
        Check = "CHK", "Check";
        /// By wire.
        Wire = "FWT", "Wire transfer";
        /// Within the payer's own books.
        Book = "BOP", "Book transfer";
        /// No money moves.
        Nothing = "NON", "No payment";
        /// A code that we do not know.
        Other = "other", "Other";
    }
}

names! {
    /// What the payer did with a claim. The stored name is the X12 code (CLP02).
    RemitStatus {
        /// Judged as the first payer.
        Primary = "1", "Processed as primary";
        /// Judged as the second payer.
        Secondary = "2", "Processed as secondary";
        /// Judged as the third payer.
        Tertiary = "3", "Processed as tertiary";
        /// Denied as a whole.
        Denied = "4", "Denied";
        /// Judged first and sent on.
        PrimaryForwarded = "19", "Processed as primary, forwarded";
        /// Judged second and sent on.
        SecondaryForwarded = "20", "Processed as secondary, forwarded";
        /// Judged third and sent on.
        TertiaryForwarded = "21", "Processed as tertiary, forwarded";
        /// An earlier judgment taken back.
        Reversal = "22", "Reversal of an earlier payment";
        /// Not this payer's; sent on.
        NotOurs = "23", "Not this payer's, forwarded";
        /// What would be paid; nothing is.
        Predetermination = "25", "Predetermination";
        /// A code that we do not know.
        Unknown = "unknown", "Unknown status";
    }
}

/// One adjustment (a triplet of a CAS). Above zero lowers the payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemitAdjustment {
    /// Who bears it (CAS01).
    pub group: AdjustmentGroup,
    /// Why (the claim adjustment reason code).
    pub reason: String,
    /// How much.
    pub amount: Cents,
}

impl RemitAdjustment {
    /// `Above the agreed or allowed fee [CO-45]`: the code stays behind the words, for whoever calls the payer.
    pub fn in_words(&self) -> String {
        let code = format!("[{}-{}]", self.group.code(), self.reason);
        match x12::plain::adjustment_reason(&self.reason) {
            Some(words) => format!("{} {code}", words.meaning),
            None => format!("a reason that the payer's list explains {code}"),
        }
    }
}

/// One line of a paid claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemitLine {
    /// REF*6R: our line key.
    pub control_number: Option<String>,
    /// What we had sent, or what was paid when the payer does not tell the difference.
    pub code: String,
    /// Its modifiers.
    pub modifiers: Vec<String>,
    /// What was paid, when the payer changed the code.
    pub paid_as: Option<String>,
    /// SVC02.
    pub charge: Cents,
    /// SVC03.
    pub paid: Cents,
    /// Day of service.
    pub date: Option<Date>,
    /// The line's adjustments.
    pub adjustments: Vec<RemitAdjustment>,
    /// Remark codes.
    pub remarks: Vec<String>,
}

/// One claim of a remittance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemitClaim {
    /// CLP01: our control number, if it is ours.
    pub control_number: String,
    /// CLP07: the payer's number.
    pub payer_claim_number: Option<String>,
    /// CLP02, understood.
    pub status: RemitStatus,
    /// CLP02 as sent.
    pub status_code: String,
    /// CLP03.
    pub charge: Cents,
    /// CLP04.
    pub paid: Cents,
    /// CLP05, when told.
    pub patient_part: Option<Cents>,
    /// NM1*QC, in one line.
    pub patient_name: Option<String>,
    /// NM1*74: what the payer corrected, in one line.
    pub corrected: Option<String>,
    /// NM1*TT: where the payer sent the claim on to. It is not billed there again.
    pub crossover: Option<String>,
    /// Adjustments of the claim as a whole.
    pub adjustments: Vec<RemitAdjustment>,
    /// Remark codes of the claim.
    pub remarks: Vec<String>,
    /// Its lines; a payer may leave them out.
    pub lines: Vec<RemitLine>,
}

/// Money at payment level (PLB). Above zero lowers the payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderAdjustment {
    /// PLB01.
    pub provider: String,
    /// PLB03-1.
    pub reason: String,
    /// PLB03-2.
    pub reference: Option<String>,
    /// How much.
    pub amount: Cents,
}

/// One payment and its explanation (one transaction set of an 835).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remittance {
    /// Its id.
    pub id: RemittanceId,
    /// The file it came in.
    pub file: FileId,
    /// Which set of the file, from 0.
    pub set: u32,
    /// Its file says that it is only a test (ISA15 is T). Nothing of it is posted.
    #[serde(default)]
    pub is_test: bool,
    /// The payer, when it is one that we know.
    pub payer: Option<PayerId>,
    /// Names of the payers that its numbers fit, when more than one does: then it is nobody's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rivals: Vec<String>,
    /// The payer's name as sent.
    pub payer_name: String,
    /// The payer's numbers as sent, each once: N104, REF*2U, TRN03, BPR10.
    pub payer_numbers: Vec<String>,
    /// Whom it pays, as sent.
    pub payee_name: String,
    /// The payee's numbers as sent: NPI, tax number.
    pub payee_numbers: Vec<String>,
    /// TRN02: the number of the check or transfer; the bank has the same.
    pub trace: String,
    /// TRN03: who started the transfer.
    pub originator: String,
    /// BPR04.
    pub method: PaymentMethod,
    /// BPR01 as sent.
    pub handling: String,
    /// CUR02 as sent; `None` is dollars.
    #[serde(default)]
    pub currency: Option<String>,
    /// BPR03 = D: money is taken from us.
    pub is_debit: bool,
    /// BPR16.
    pub date: Option<Date>,
    /// BPR02.
    pub total: Cents,
    /// The claims, in the order of the file.
    pub claims: Vec<RemitClaim>,
    /// PLB, in the order of the file.
    pub provider_adjustments: Vec<ProviderAdjustment>,
    /// What does not add up, at line, claim and payment. Empty is balanced.
    pub differences: Vec<Difference>,
    /// Errors found while this set was read, in words. With any, nothing is posted: what was misread may be money.
    pub faults: Vec<String>,
    /// Segments that nothing here has a field for, as sent, each after its place in the file. They are shown, never dropped.
    #[serde(default)]
    pub unread: Vec<String>,
}

/// What the reader of a file gives beside the transaction set.
#[derive(Clone, Debug)]
pub struct RemittanceSource {
    /// Its id.
    pub id: RemittanceId,
    /// The file it came in.
    pub file: FileId,
    /// Which set of the file, from 0.
    pub set: u32,
    /// ISA15 is T.
    pub is_test: bool,
    /// Errors found while this set was read.
    pub faults: Vec<String>,
}

/// Reads all remittances of a file, and everything that is wrong with the file. `new_id` gives each its id.
pub fn read_file(
    file: &FileId,
    bytes: &[u8],
    payers: &[Payer],
    mut new_id: impl FnMut() -> RemittanceId,
) -> (Vec<Remittance>, Vec<x12::Fault>) {
    let (sets, faults) = r::read(bytes);
    let tests = test_sets(bytes);
    let starts: Vec<usize> = sets.iter().map(|s| s.segment.unwrap_or(0)).collect();
    let read = |(at, source): (usize, &r::Remittance)| {
        let from = starts.get(at).copied().unwrap_or(0);
        let to = starts.get(at + 1).copied().unwrap_or(usize::MAX);
        let mine =
            |f: &&x12::Fault| f.severity == x12::Severity::Error && f.segment.is_none_or(|s| (from..to).contains(&s));
        let faults = faults.iter().filter(mine).map(ToString::to_string).collect();
        let set = u32::try_from(at).unwrap_or(u32::MAX);
        let is_test = tests.contains(&from);
        Remittance::read(RemittanceSource { id: new_id(), file: file.clone(), set, is_test, faults }, source, payers)
    };
    (sets.iter().enumerate().map(read).collect(), faults)
}

/// Where the sets of test interchanges begin (their ST).
fn test_sets(bytes: &[u8]) -> BTreeSet<usize> {
    let (interchanges, _) = x12::overview(bytes);
    let groups = interchanges.iter().filter(|i| i.test).flat_map(|i| &i.groups);
    groups.flat_map(|g| &g.sets).map(|set| set.segment).collect()
}

/// A calendar day of X12, which is always valid.
fn day(date: x12::Date) -> Option<Date> {
    let (year, month, day) = (date.year().try_into().ok()?, date.month().try_into().ok()?, date.day().try_into().ok()?);
    Date::new(year, month, day).ok()
}

fn payer_numbers(source: &r::Remittance) -> Vec<String> {
    let of_party = source.payer.id.iter().chain(source.payer.references.iter().filter(|x| x.qualifier == "2U"));
    let numbers = of_party.map(|x| x.value.trim().to_owned());
    let company = source.originator.as_deref().unwrap_or_default();
    unique(numbers.chain([source.trace_originator.trim().to_owned(), company.trim().to_owned()]))
}

fn unread(source: &r::Remittance) -> Vec<String> {
    let all = source.unread.iter().chain(source.claims.iter().flat_map(|c| &c.unread));
    all.map(|u| format!("{}: {}", u.segment, u.text)).collect()
}

fn unique(numbers: impl Iterator<Item = String>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for number in numbers.filter(|n| !n.is_empty()) {
        if !found.contains(&number) {
            found.push(number);
        }
    }
    found
}

impl Remittance {
    /// Reads a transaction set.
    pub fn read(head: RemittanceSource, source: &r::Remittance, payers: &[Payer]) -> Self {
        let payee = source.payee.id.iter().chain(&source.payee.references);
        let mut remittance = Self {
            id: head.id,
            file: head.file,
            set: head.set,
            is_test: head.is_test,
            payer: None,
            rivals: Vec::new(),
            payer_name: source.payer.name.clone(),
            payer_numbers: payer_numbers(source),
            payee_name: source.payee.name.clone(),
            payee_numbers: unique(payee.map(|x| x.value.trim().to_owned())),
            trace: source.trace.clone(),
            originator: source.trace_originator.clone(),
            method: PaymentMethod::parse(&source.method).unwrap_or(PaymentMethod::Other),
            handling: source.handling.clone(),
            currency: source.currency.clone(),
            is_debit: source.credit_debit == "D",
            date: source.date.and_then(day),
            total: Cents::new(source.payment_cents),
            claims: source.claims.iter().map(RemitClaim::read).collect(),
            provider_adjustments: source.provider_adjustments.iter().map(ProviderAdjustment::read).collect(),
            differences: x12::balance::balance(source),
            faults: head.faults,
            unread: unread(source),
        };
        remittance.find_payer(payers);
        remittance
    }

    /// Looks for the payer among those that are known today, by its numbers.
    pub fn find_payer(&mut self, payers: &[Payer]) {
        (self.payer, self.rivals) = match find(&self.payer_numbers, payers) {
            Found::Nobody => (None, Vec::new()),
            Found::One(payer) => (Some(payer.id.clone()), Vec::new()),
            Found::Several(all) => (None, all.into_iter().map(|p| p.name.clone()).collect()),
        };
    }

    /// What makes two remittances the same payment: payer (TRN03, else N104), trace number, amount and date. The store keeps
    /// it unique. Other numbers are left out: a portal and a clearinghouse give the same payment different ones. A test or a
    /// notice is never the same as the real one.
    pub fn fingerprint(&self) -> String {
        let date = self.date.map(|d| d.to_string()).unwrap_or_default();
        format!("{}{}|{date}", self.number_at_bank(), self.total.get())
    }

    /// What fingerprints begin with: the payer and its trace number.
    pub fn number_at_bank(&self) -> String {
        let payer = match self.originator.trim() {
            "" => self.payer_numbers.first().map_or("", String::as_str),
            originator => originator,
        };
        let kind = if self.is_test { "test|" } else { "" };
        let kind = if self.is_notice() { "notice|" } else { kind };
        format!("{kind}{payer}|{}|", self.trace.trim())
    }

    /// Whether no money moved, whatever amount it states: a notice (BPR01 is H, or BPR04 is NON), or a trial of the way to the
    /// bank (BPR01 is P). A notice of nothing is what a payment of nothing looks like, and counts as one.
    pub fn is_notice(&self) -> bool {
        let says_no = self.handling.trim() == "H" || self.method == PaymentMethod::Nothing;
        self.handling.trim() == "P" || (says_no && self.total > Cents::ZERO)
    }

    /// Whether it pays this practice, by NPI or tax number.
    pub fn pays(&self, practice: &Practice) -> bool {
        self.payee_numbers.iter().any(|n| n == practice.npi.as_str() || n.replace('-', "") == practice.tax_id.as_str())
    }

    /// What does not add up in one claim or its lines.
    pub fn differences_of(&self, claim: usize) -> impl Iterator<Item = &Difference> {
        self.differences.iter().filter(move |d| d.claim == Some(claim))
    }

    /// What does not add up in the payment as a whole.
    pub fn payment_difference(&self) -> Option<&Difference> {
        self.differences.iter().find(|d| d.level == Level::Payment)
    }
}

fn adjustments(source: &[x12::Adjustment]) -> Vec<RemitAdjustment> {
    let read = |a: &x12::Adjustment| RemitAdjustment {
        group: a.group.clone(),
        reason: a.reason.clone(),
        amount: Cents::new(a.cents),
    };
    source.iter().map(read).collect()
}

fn shown(entity: Option<&x12::Entity>) -> Option<String> {
    let entity = entity?;
    let id = entity.id.as_ref().map(|id| format!(" ({})", id.value)).unwrap_or_default();
    Some(format!("{}{id}", entity.name.display()))
}

impl RemitClaim {
    fn read(source: &r::RemitClaim) -> Self {
        let service = source.dates.iter().find(|d| d.qualifier == "232").and_then(|d| day(d.date));
        Self {
            control_number: source.control_number.clone(),
            payer_claim_number: source.payer_claim_number.clone().filter(|n| !n.trim().is_empty()),
            status: RemitStatus::parse(&source.status).unwrap_or(RemitStatus::Unknown),
            status_code: source.status.clone(),
            charge: Cents::new(source.charge_cents),
            paid: Cents::new(source.paid_cents),
            patient_part: source.patient_cents.map(Cents::new),
            patient_name: source.patient.as_ref().map(|e| e.name.display()),
            corrected: shown(source.corrected.as_ref()),
            crossover: shown(source.crossover.as_ref()),
            adjustments: adjustments(&source.adjustments),
            remarks: source.remarks().into_iter().map(str::to_owned).collect(),
            lines: source.lines.iter().map(|line| RemitLine::read(line, service)).collect(),
        }
    }

    /// Whether it takes an earlier judgment back.
    pub fn is_reversal(&self) -> bool {
        self.status == RemitStatus::Reversal
    }

    /// All adjustments, of the claim and of its lines.
    pub fn all_adjustments(&self) -> impl Iterator<Item = &RemitAdjustment> {
        self.adjustments.iter().chain(self.lines.iter().flat_map(|l| &l.adjustments))
    }
}

impl RemitLine {
    /// `service` is the claim's date (DTM*232), which a line without one of its own has.
    fn read(source: &r::RemitLine, service: Option<Date>) -> Self {
        let sent = source.submitted.as_ref().unwrap_or(&source.procedure);
        let changed = source.submitted.is_some().then(|| source.procedure.code.clone());
        Self {
            control_number: source.control_number.clone().filter(|n| !n.trim().is_empty()),
            code: sent.code.clone(),
            modifiers: sent.modifiers.clone(),
            paid_as: changed,
            charge: Cents::new(source.charge_cents),
            paid: Cents::new(source.paid_cents),
            date: source.service_date().and_then(day).or(service),
            adjustments: adjustments(&source.adjustments),
            remarks: source.remarks.iter().map(|x| x.value.clone()).collect(),
        }
    }
}

impl ProviderAdjustment {
    fn read(source: &r::ProviderAdjustment) -> Self {
        Self {
            provider: source.provider.clone(),
            reason: source.reason.clone(),
            reference: source.reference.clone(),
            amount: Cents::new(source.cents),
        }
    }
}

#[cfg(test)]
mod tests;
