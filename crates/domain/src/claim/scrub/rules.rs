//! The rules, by what they are about.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::super::{Claim, ClaimState, Frequency};
use super::{FixAt, Rule, ScrubFault, Severity};
use crate::cents::Cents;
use crate::charge::{DIAGNOSES_MAX, LINES_MAX, POINTERS_MAX};
use crate::coverage::{FilingIndicator, Priority, Relationship};
use crate::name::PersonName;

/// How many days before the limit a warning starts.
const FILING_WARNING_DAYS: i32 = 14;

/// Modifiers that say that a second line alike is meant.
const REPEATS: [&str; 7] = ["59", "76", "77", "91", "XE", "XS", "XU"];

/// All faults, unsorted.
pub(super) fn all(claim: &Claim, today: Date, others: &[Claim]) -> Vec<ScrubFault> {
    let mut found = Found(Vec::new());
    found.diagnoses(claim);
    found.lines(claim);
    found.money(claim);
    found.people(claim);
    found.payer(claim);
    found.places(claim);
    found.dates(claim, today);
    found.sent_before(claim, others);
    if let Some(hold) = &claim.hold {
        let message = format!("somebody holds it: {}", hold.reason);
        found.block(Rule::Held, FixAt::Claim, message, "end the hold once that is settled");
    }
    found.0
}

struct Found(Vec<ScrubFault>);

impl Found {
    fn block(&mut self, rule: Rule, fix_at: FixAt, message: impl Into<String>, fix: &str) {
        self.add(Severity::Blocking, rule, (fix_at, None), message, fix);
    }

    fn warn(&mut self, rule: Rule, fix_at: FixAt, message: impl Into<String>, fix: &str) {
        self.add(Severity::Warning, rule, (fix_at, None), message, fix);
    }

    fn line(&mut self, severity: Severity, rule: Rule, at: usize, message: impl Into<String>, fix: &str) {
        self.add(severity, rule, (FixAt::Charges, Some(at + 1)), message, fix);
    }

    fn add(
        &mut self,
        severity: Severity,
        rule: Rule,
        place: (FixAt, Option<usize>),
        message: impl Into<String>,
        fix: &str,
    ) {
        let (fix_at, line) = place;
        self.0.push(ScrubFault { rule, severity, fix_at, line, message: message.into(), fix: fix.to_owned() });
    }

    fn diagnoses(&mut self, claim: &Claim) {
        let count = claim.diagnoses.len();
        if count == 0 || count > DIAGNOSES_MAX {
            let message = format!("the claim has {count} diagnoses and may have 1 to {DIAGNOSES_MAX}");
            self.block(Rule::DiagnosisCount, FixAt::Charges, message, "correct the diagnoses of the visit");
        }
        let mut seen = BTreeSet::new();
        for code in &claim.diagnoses {
            if !seen.insert(code) {
                let message = format!("the diagnosis {code} is there twice");
                self.block(Rule::DiagnosisTwice, FixAt::Charges, message, "take one of them out");
            }
        }
    }

    fn lines(&mut self, claim: &Claim) {
        let count = claim.lines.len();
        if count == 0 || count > LINES_MAX {
            let message = format!("the claim has {count} lines and may have 1 to {LINES_MAX}");
            self.block(Rule::LineCount, FixAt::Charges, message, "correct the charges of the visit");
        }
        let mut seen = BTreeSet::new();
        for (at, line) in claim.lines.iter().enumerate() {
            let missing = |p: &u8| *p == 0 || usize::from(*p) > claim.diagnoses.len();
            if line.pointers.is_empty() || line.pointers.len() > POINTERS_MAX || line.pointers.iter().any(missing) {
                let message = "it points at a diagnosis that is not there, at none, or at more than four";
                self.line(Severity::Blocking, Rule::Pointer, at, message, "choose one to four diagnoses of the visit");
            }
            if line.units == 0 {
                self.line(Severity::Blocking, Rule::Units, at, "it has no units", "write how many");
            }
            if line.modifiers.len() > POINTERS_MAX {
                self.line(Severity::Blocking, Rule::Modifiers, at, "it has more than four modifiers", "keep four");
            }
            if line.amount <= Cents::ZERO {
                let message = format!("{} charges nothing", line.code);
                self.line(Severity::Warning, Rule::ZeroLine, at, message, "check the price");
            }
            let repeats = line.modifiers.iter().any(|m| REPEATS.contains(&m.as_str()));
            if !seen.insert((&line.code, &line.modifiers)) && !repeats {
                let message = format!("{} is there twice with the same modifiers", line.code);
                let fix = "bill units on one line, or add the modifier that says why it is repeated";
                self.line(Severity::Warning, Rule::LineTwice, at, message, fix);
            }
        }
    }

    fn money(&mut self, claim: &Claim) {
        if claim.total <= Cents::ZERO {
            self.block(Rule::ZeroTotal, FixAt::Charges, "the claim charges nothing", "check the prices of its lines");
        }
        if Cents::sum(claim.lines.iter().map(|l| l.amount)) != Ok(claim.total) {
            self.block(Rule::Total, FixAt::Claim, "the total is not the sum of the lines", "build the claim again");
        }
        let named = claim.original_payer_number.as_deref().is_some_and(|n| !n.trim().is_empty());
        if claim.frequency != Frequency::Original && !named {
            let message = "a replacement or void does not name the claim that the payer has";
            self.block(Rule::Original, FixAt::Claim, message, "wait for the payer's claim number, or write it in");
        }
    }

    fn people(&mut self, claim: &Claim) {
        self.spelling("patient", FixAt::Patient, &claim.patient.name);
        if claim.patient.address.is_none() {
            let message = "the patient has no address";
            self.block(Rule::PatientAddress, FixAt::Patient, message, "write the patient's address");
        }
        match (&claim.coverage.subscriber, claim.coverage.relationship) {
            (None, Relationship::Myself) => {}
            (Some(subscriber), relationship) if relationship != Relationship::Myself => {
                self.spelling("subscriber", FixAt::Coverage, &subscriber.name);
            }
            _ => {
                let message = "the relationship and the subscriber of the coverage do not fit together";
                let fix = "name the subscriber, or say that it is the patient";
                self.block(Rule::Subscriber, FixAt::Coverage, message, fix);
            }
        }
    }

    fn spelling(&mut self, who: &str, fix_at: FixAt, name: &PersonName) {
        let x12 = name.for_x12();
        if !x12.family.bytes().any(|b| b.is_ascii_uppercase()) || !x12.given.bytes().any(|b| b.is_ascii_uppercase()) {
            let message = format!("the {who}'s name has no Latin letters, and a claim can carry no others");
            self.block(Rule::NameSpelling, fix_at, message, "write the name as it is on the member card");
        }
    }

    fn payer(&mut self, claim: &Claim) {
        if claim.coverage.priority != Priority::Primary {
            let message =
                "a claim to a second payer has to say what the first one paid, and such a claim is not made here yet";
            let fix =
                "bill the primary coverage first, and send its answer to the second payer on that payer's own site";
            self.block(Rule::PayerOrder, FixAt::Claim, message, fix);
        }
        if [FilingIndicator::WorkersCompensation, FilingIndicator::Automobile].contains(&claim.coverage.filing) {
            let message = "workers' compensation and auto claims are not made here yet";
            self.block(Rule::Accident, FixAt::Claim, message, "send it on the payer's own site");
        }
        if claim.coverage.member_id.trim().len() < 2 {
            let message = "the coverage has no member number";
            self.block(Rule::MemberId, FixAt::Coverage, message, "copy it from the card");
        }
        if claim.payer.x12_id.trim().len() < 2 {
            let message = format!("{} has no payer number", claim.payer.name);
            self.block(Rule::PayerId, FixAt::Payer, message, "copy it from the partner's list of payers");
        }
        if claim.payer.partner.is_none() {
            let message = format!("nobody is set to take claims for {}", claim.payer.name);
            self.block(Rule::Route, FixAt::Payer, message, "choose the clearinghouse, or the plan itself");
        }
    }

    fn places(&mut self, claim: &Claim) {
        let billing = &claim.billing.billing_address;
        if billing.is_po_box() {
            let message = "the billing address is a post office box";
            let fix = "write the street, and put the box into the pay-to address";
            self.block(Rule::BillingPoBox, FixAt::Practice, message, fix);
        }
        if !billing.zip.is_nine() {
            let message = "the ZIP of the billing address has five digits";
            self.block(Rule::BillingZip, FixAt::Practice, message, "write all nine");
        }
        let place = &claim.place.address;
        if place != billing && !place.zip.is_nine() {
            let message = format!("the ZIP of {} has five digits", claim.place.name);
            self.block(Rule::PlaceZip, FixAt::Location, message, "write all nine");
        }
    }

    fn dates(&mut self, claim: &Claim, today: Date) {
        let day = claim.date_of_service;
        if day > today {
            let message = format!("the date of service {day} is in the future");
            self.block(Rule::ServiceInFuture, FixAt::Charges, message, "wait, or correct the visit");
        }
        if day < claim.patient.birth_date {
            let message = format!("the date of service {day} is before the patient was born");
            self.block(Rule::ServiceBeforeBirth, FixAt::Patient, message, "correct the date of birth");
        }
        if claim.patient.died_on.is_some_and(|died| died < day) {
            let message = format!("the date of service {day} is after the patient died");
            self.block(Rule::ServiceAfterDeath, FixAt::Patient, message, "check both dates");
        }
        if !claim.coverage.is_in_force(day) {
            let message = format!("the coverage was not in force on {day}");
            self.block(Rule::OutsideCoverage, FixAt::Coverage, message, "choose the coverage of that day");
        }
        let last = claim.file_by();
        let left = today.until(last).map_or(0, |span| span.get_days());
        // A correction is bound by other limits than a first claim, and those differ by payer.
        if claim.frequency == Frequency::Original && last < today {
            let message = format!("{} takes claims for this visit until {last}, which is past", claim.payer.name);
            self.block(Rule::TimelyFiling, FixAt::Claim, message, "ask for an exception, or write it off");
        } else if claim.frequency == Frequency::Original && left <= FILING_WARNING_DAYS {
            let left = match left {
                0 => "today is the last day".to_owned(),
                1 => "one day is left".to_owned(),
                days => format!("{days} days are left"),
            };
            let message = format!("{} takes claims for this visit until {last}: {left}", claim.payer.name);
            self.warn(Rule::FilingSoon, FixAt::Claim, message, "send it first");
        }
    }

    fn sent_before(&mut self, claim: &Claim, others: &[Claim]) {
        if claim.frequency != Frequency::Original {
            return;
        }
        let alike = |other: &&Claim| {
            let out = other.state.is_sent() || other.state == ClaimState::Batched;
            let open = !matches!(other.state, ClaimState::Rejected | ClaimState::Superseded);
            other.id != claim.id && out && open && other.frequency != Frequency::Void && same_service(claim, other)
        };
        if let Some(other) = others.iter().find(alike) {
            let message = format!("the same services went to this payer as claim {}", other.control_number);
            let fix = "replace that claim, or void it first";
            self.block(Rule::SentBefore, FixAt::Claim, message, fix);
        }
    }
}

fn same_service(a: &Claim, b: &Claim) -> bool {
    let lines = |c: &Claim| {
        let mut keys: Vec<_> = c.lines.iter().map(|l| (l.code.clone(), l.modifiers.clone(), l.amount)).collect();
        keys.sort();
        keys
    };
    a.patient.id == b.patient.id
        && a.payer.id == b.payer.id
        && a.rendering.id == b.rendering.id
        && a.date_of_service == b.date_of_service
        && lines(a) == lines(b)
}
