//! Whether the money of an 835 adds up, and where it does not. Nothing here changes an amount or invents an adjustment.
//!
//! Line: SVC02 - SVC03 = CAS of the line. Claim: CLP03 - CLP04 = CAS of the claim and of all its lines. Payment: BPR02 = sum of CLP04 less
//! the sum of PLB. CLP05 is not used: payers leave it out of reversals.

use crate::common::Adjustment;
use crate::money::format_cents;
use crate::remittance::{RemitClaim, RemitLine, Remittance};
use crate::segment::brief;
use serde::{Deserialize, Serialize};

/// What was added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// SVC02 - SVC03 against the line's CAS.
    Line,
    /// CLP03 - CLP04 against the CAS of the claim and its lines.
    Claim,
    /// BPR02 against the claims' payments less PLB.
    Payment,
}

/// A sum that does not come out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// At which level.
    pub level: Level,
    /// Index of the claim in [`Remittance::claims`]; none at payment level.
    pub claim: Option<usize>,
    /// Index of the line in the claim.
    pub line: Option<usize>,
    /// Which segment of the file: SVC, CLP or BPR.
    pub segment: Option<usize>,
    /// What the file says, in cents: charge less payment, or the payment.
    pub stated_cents: i64,
    /// What its parts add up to, in cents.
    pub computed_cents: i64,
    /// Which claim or line, and the sum in words.
    pub message: String,
}

impl Difference {
    /// Stated less computed, in cents.
    pub fn difference_cents(&self) -> i64 {
        self.stated_cents.saturating_sub(self.computed_cents)
    }
}

/// A sum wider than any file can overflow, brought back to cents at the end.
#[derive(Clone, Copy, Default)]
struct Sum(i128);

impl Sum {
    fn add(&mut self, cents: i64) {
        self.0 += i128::from(cents);
    }

    fn cents(self) -> i64 {
        i64::try_from(self.0).unwrap_or(if self.0 < 0 { i64::MIN } else { i64::MAX })
    }
}

fn total<'a>(adjustments: impl IntoIterator<Item = &'a Adjustment>) -> Sum {
    let mut sum = Sum::default();
    adjustments.into_iter().for_each(|a| sum.add(a.cents));
    sum
}

fn unpaid(charge: i64, paid: i64) -> Sum {
    Sum(i128::from(charge) - i128::from(paid))
}

/// All differences of one remittance; empty means that it balances at line, claim and payment.
pub fn balance(remittance: &Remittance) -> Vec<Difference> {
    differences(remittance).collect()
}

/// The same one by one, for who wants only the first of them.
pub(crate) fn differences(remittance: &Remittance) -> impl Iterator<Item = Difference> {
    let claims = remittance.claims.iter().enumerate().flat_map(|(index, claim)| {
        let lines = claim.lines.iter().enumerate();
        lines.filter_map(move |(place, line)| of_line(claim, line, index, place)).chain(of_claim(claim, index))
    });
    claims.chain(of_payment(remittance))
}

fn of_line(claim: &RemitClaim, line: &RemitLine, index: usize, place: usize) -> Option<Difference> {
    let (stated, computed) = (unpaid(line.charge_cents, line.paid_cents), total(&line.adjustments));
    (stated.0 != computed.0).then(|| Difference {
        level: Level::Line,
        claim: Some(index),
        line: Some(place),
        segment: line.segment,
        stated_cents: stated.cents(),
        computed_cents: computed.cents(),
        message: format!(
            "claim `{}` line {} ({}): charge {} less payment {} is {}, its adjustments are {}",
            brief(claim.control_number.as_bytes()),
            place + 1,
            brief(line.procedure.code.as_bytes()),
            format_cents(line.charge_cents),
            format_cents(line.paid_cents),
            format_cents(stated.cents()),
            format_cents(computed.cents()),
        ),
    })
}

fn of_claim(claim: &RemitClaim, index: usize) -> Option<Difference> {
    let stated = unpaid(claim.charge_cents, claim.paid_cents);
    let computed = total(claim.adjustments.iter().chain(claim.lines.iter().flat_map(|line| &line.adjustments)));
    (stated.0 != computed.0).then(|| Difference {
        level: Level::Claim,
        claim: Some(index),
        line: None,
        segment: claim.segment,
        stated_cents: stated.cents(),
        computed_cents: computed.cents(),
        message: format!(
            "claim `{}`: charge {} less payment {} is {}, the adjustments of the claim and its lines are {}",
            brief(claim.control_number.as_bytes()),
            format_cents(claim.charge_cents),
            format_cents(claim.paid_cents),
            format_cents(stated.cents()),
            format_cents(computed.cents()),
        ),
    })
}

fn of_payment(remittance: &Remittance) -> Option<Difference> {
    let (mut claims, mut plb) = (Sum::default(), Sum::default());
    remittance.claims.iter().for_each(|claim| claims.add(claim.paid_cents));
    remittance.provider_adjustments.iter().for_each(|a| plb.add(a.cents));
    let computed = Sum(claims.0 - plb.0);
    (i128::from(remittance.payment_cents) != computed.0).then(|| Difference {
        level: Level::Payment,
        claim: None,
        line: None,
        segment: remittance.payment_segment,
        stated_cents: remittance.payment_cents,
        computed_cents: computed.cents(),
        message: format!(
            "payment `{}`: {} stated, claims pay {} less provider adjustments {}, which is {}",
            brief(remittance.trace.as_bytes()),
            format_cents(remittance.payment_cents),
            format_cents(claims.cents()),
            format_cents(plb.cents()),
            format_cents(computed.cents()),
        ),
    })
}
