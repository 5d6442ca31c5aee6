//! The scrubber: finds what a payer would send back, before anything leaves.

mod rules;

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Claim;
use crate::access::names;

names! {
    /// How bad a fault is.
    Severity {
        /// The claim does not leave with it.
        Blocking = "blocking", "Blocking";
        /// Somebody should look; it may leave.
        Warning = "warning", "Warning";
    }
}

names! {
    /// Where a fault is put right; the page links there.
    FixAt {
        /// The patient's record.
        Patient = "patient", "Patient";
        /// The patient's coverage.
        Coverage = "coverage", "Coverage";
        /// The visit's charges.
        Charges = "charges", "Charges";
        /// The payer.
        Payer = "payer", "Payer";
        /// The practice's settings.
        Practice = "practice", "Practice";
        /// The location's settings.
        Location = "location", "Location";
        /// The claim itself.
        Claim = "claim", "Claim";
    }
}

names! {
    /// A rule of the scrubber. The stored name never changes its meaning.
    Rule {
        /// 1 to 12 diagnoses.
        DiagnosisCount = "diagnosis-count", "Number of diagnoses";
        /// No diagnosis twice.
        DiagnosisTwice = "diagnosis-twice", "Diagnosis twice";
        /// Pointers point at something.
        Pointer = "pointer", "Pointer to a diagnosis";
        /// 1 to 50 lines.
        LineCount = "line-count", "Number of lines";
        /// At least one unit.
        Units = "units", "Units";
        /// At most four modifiers.
        Modifiers = "modifiers", "Modifiers";
        /// Two lines alike.
        LineTwice = "line-twice", "Line twice";
        /// Something is charged.
        ZeroTotal = "zero-total", "Nothing charged";
        /// A line charges nothing.
        ZeroLine = "zero-line", "Line without a charge";
        /// The total is the sum of the lines.
        Total = "total", "Total";
        /// A replacement or void names the payer's claim.
        Original = "original", "Payer's claim number";
        /// A claim to a second payer needs what the first one said.
        PayerOrder = "payer-order", "Order of payers";
        /// Claims after an accident say more than ours do.
        Accident = "accident", "Work or auto accident";
        /// Names can be spelled.
        NameSpelling = "name-spelling", "Name in Latin letters";
        /// The patient's address is there.
        PatientAddress = "patient-address", "Patient's address";
        /// The subscriber is there when it is not the patient.
        Subscriber = "subscriber", "Subscriber";
        /// A member number.
        MemberId = "member-id", "Member number";
        /// The payer's number.
        PayerId = "payer-id", "Payer's number";
        /// Somebody to send it to.
        Route = "route", "Where to send";
        /// A street, not a box.
        BillingPoBox = "billing-po-box", "Billing address is a box";
        /// Nine digits.
        BillingZip = "billing-zip", "Billing ZIP";
        /// Nine digits.
        PlaceZip = "place-zip", "Service place ZIP";
        /// Not tomorrow.
        ServiceInFuture = "service-in-future", "Service in the future";
        /// Not before birth.
        ServiceBeforeBirth = "service-before-birth", "Service before birth";
        /// Not after death.
        ServiceAfterDeath = "service-after-death", "Service after death";
        /// In force that day.
        OutsideCoverage = "outside-coverage", "Outside coverage";
        /// Not too late.
        TimelyFiling = "timely-filing", "Past timely filing";
        /// Nearly too late.
        FilingSoon = "filing-soon", "Filing limit is near";
        /// Somebody holds it.
        Held = "held", "Held";
        /// Not sent before.
        SentBefore = "sent-before", "Sent before";
    }
}

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScrubFault {
    /// Which rule.
    pub rule: Rule,
    /// How bad.
    pub severity: Severity,
    /// Where it is put right.
    pub fix_at: FixAt,
    /// The line it is about, counted from 1.
    pub line: Option<usize>,
    /// What is wrong, in plain words.
    pub message: String,
    /// What to do.
    pub fix: String,
}

impl fmt::Display for ScrubFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}: {}", self.message, self.fix),
            None => write!(f, "{}: {}", self.message, self.fix),
        }
    }
}

/// Judges a claim on `today` at the practice. `others` are claims of the same patient, to find one that was sent before. Blocking
/// faults come first.
pub fn scrub(claim: &Claim, today: Date, others: &[Claim]) -> Vec<ScrubFault> {
    let mut faults = rules::all(claim, today, others);
    faults.sort_by_key(|f| (f.severity, f.line));
    faults
}

/// Whether nothing blocks.
pub fn is_ready(faults: &[ScrubFault]) -> bool {
    faults.iter().all(|f| f.severity != Severity::Blocking)
}
