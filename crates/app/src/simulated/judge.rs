//! What the payer decides on one claim.

use x12::professional::{Claim837P, ServiceLine};
use x12::{Adjustment, AdjustmentGroup, Identifier};

use super::dice;

/// The decision on a claim.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Judged {
    /// CLP02.
    pub(crate) status: &'static str,
    /// CAS of the claim as a whole.
    pub(crate) adjustments: Vec<Adjustment>,
    /// One a line; empty when the claim was refused as a whole.
    pub(crate) lines: Vec<JudgedLine>,
}

/// The decision on a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct JudgedLine {
    /// SVC03.
    pub(crate) paid: i64,
    /// CAS.
    pub(crate) adjustments: Vec<Adjustment>,
    /// LQ*HE.
    pub(crate) remarks: Vec<Identifier>,
    /// AMT*B6.
    pub(crate) allowed: Option<i64>,
}

impl Judged {
    /// CLP04.
    pub(crate) fn paid(&self) -> i64 {
        self.lines.iter().map(|l| l.paid).sum()
    }
}

/// One member in 24 has a number that the payer does not know: the 277CA says so, and no remittance follows. It stays so
/// until the number is put right.
pub(crate) fn is_turned_back(seed: u64, claim: &Claim837P) -> bool {
    dice(seed, &claim.subscriber.member_id, "enters").is_multiple_of(24)
}

/// Judges a claim by its fee schedule and its dice.
pub(crate) fn judge(seed: u64, claim: &Claim837P) -> Judged {
    match dice(seed, &claim.control_number, "judgment") % 24 {
        0 => Judged {
            status: "4",
            adjustments: vec![adjustment(AdjustmentGroup::Contractual, "29", claim.charge_cents)],
            lines: Vec::new(),
        },
        1 | 2 => each(claim, |line| denied(line, "197", &[])),
        3..=5 => {
            let last = claim.lines.len().saturating_sub(1);
            let mut at = 0;
            each(claim, |line| {
                at += 1;
                if at > 1 && at - 1 == last { denied(line, "97", &["N19"]) } else { paid(seed, line, Share::Percent) }
            })
        }
        6..=9 => each(claim, |line| paid(seed, line, Share::Deductible)),
        10..=15 => {
            let mut first = true;
            each(claim, |line| {
                let share = if first { Share::Copay } else { Share::Nothing };
                first = false;
                paid(seed, line, share)
            })
        }
        _ => each(claim, |line| paid(seed, line, Share::Percent)),
    }
}

fn each(claim: &Claim837P, decide: impl FnMut(&ServiceLine) -> JudgedLine) -> Judged {
    Judged { status: "1", adjustments: Vec::new(), lines: claim.lines.iter().map(decide).collect() }
}

fn denied(line: &ServiceLine, reason: &str, remarks: &[&str]) -> JudgedLine {
    JudgedLine {
        adjustments: some([adjustment(AdjustmentGroup::Contractual, reason, line.charge_cents)]),
        remarks: remarks.iter().map(|r| Identifier::new("HE", *r)).collect(),
        ..JudgedLine::default()
    }
}

/// What the patient bears of the allowed amount.
#[derive(Clone, Copy)]
enum Share {
    Nothing,
    Percent,
    Copay,
    Deductible,
}

fn paid(seed: u64, line: &ServiceLine, share: Share) -> JudgedLine {
    // The fee schedule knows the code, not the patient: 60 to 85 in a hundred, to the cent.
    let percent = i64::try_from(60 + dice(seed, &line.procedure.code, "fee") % 26).unwrap_or(60);
    let charge = line.charge_cents;
    let allowed = charge.saturating_mul(percent) / 100;
    let (reason, patient) = match share {
        Share::Nothing => ("3", 0),
        Share::Percent => ("2", allowed / 5),
        Share::Copay => ("3", allowed.min(2_500)),
        Share::Deductible => ("1", allowed),
    };
    JudgedLine {
        paid: allowed - patient,
        adjustments: some([
            adjustment(AdjustmentGroup::Contractual, "45", charge - allowed),
            adjustment(AdjustmentGroup::Patient, reason, patient),
        ]),
        remarks: Vec::new(),
        allowed: Some(allowed).filter(|a| *a > 0),
    }
}

fn some<const N: usize>(adjustments: [Adjustment; N]) -> Vec<Adjustment> {
    adjustments.into_iter().filter(|a| a.cents != 0).collect()
}

fn adjustment(group: AdjustmentGroup, reason: &str, cents: i64) -> Adjustment {
    Adjustment { group, reason: reason.to_owned(), cents, quantity: None }
}

/// The decision once the payer found that it had allowed too little: what it took for the contract goes to the practice, at
/// most ten dollars, on the first line that has it.
pub(crate) fn corrected(judged: &Judged) -> Judged {
    let mut better = judged.clone();
    for line in &mut better.lines {
        let price = line.adjustments.iter_mut().find(|a| a.reason == "45" && a.cents > 0);
        if let (Some(price), true) = (price, line.paid > 0) {
            let more = price.cents.min(1_000);
            price.cents -= more;
            line.paid += more;
            line.allowed = line.allowed.map(|a| a + more);
            line.adjustments.retain(|a| a.cents != 0);
            break;
        }
    }
    better
}
