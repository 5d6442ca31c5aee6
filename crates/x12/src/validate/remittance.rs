//! The money of an 835.

use crate::balance::differences;
use crate::fault::{Code, ENOUGH_FAULTS, Fault};
use crate::money::parse_cents;
use crate::segment::Segment;
use crate::sets::Set;

/// Tells each sum that does not come out. Nearly every remittance adds up, and that is seen without reading it into records.
pub(super) fn check(set: &Set<'_>, faults: &mut Vec<Fault>) {
    if adds_up(set).is_some() {
        return;
    }
    let (remittance, _) = crate::remittance::read_set(set);
    let at = |number: Option<usize>| {
        let place = set.segments.binary_search_by_key(&number?, |s| s.number).ok()?;
        set.segments.get(place)
    };
    for difference in differences(&remittance).take(ENOUGH_FAULTS) {
        if let Some(segment) = at(difference.segment).or(set.segments.first()) {
            let fault = segment.fault(Code::Balance, difference.message);
            faults.push(if segment.is("BPR") { fault.at_element(2) } else { fault });
        }
    }
    for claim in remittance.claims.iter().filter(|c| !c.lines.is_empty()).take(ENOUGH_FAULTS) {
        let lines = claim.lines.iter().fold(0_i64, |sum, line| sum.saturating_add(line.charge_cents));
        if lines != claim.charge_cents
            && let Some(segment) = at(claim.segment)
        {
            faults.push(
                segment
                    .fault(Code::Balance, "the charges of the lines are not the charge of the claim")
                    .at_element(3)
                    .warning(),
            );
        }
    }
}

/// What was charged, paid and adjusted.
#[derive(Clone, Copy, Default)]
struct Sums {
    charge: i64,
    paid: i64,
    adjusted: i64,
}

impl Sums {
    /// From a segment's charge and payment.
    fn of(segment: &Segment<'_>, charge: usize, paid: usize) -> Option<Self> {
        Some(Self { charge: cents(segment.get(charge))?, paid: cents(segment.get(paid))?, adjusted: 0 })
    }

    fn add(&mut self, other: Self) -> Option<()> {
        self.charge = self.charge.checked_add(other.charge)?;
        self.paid = self.paid.checked_add(other.paid)?;
        self.adjusted = self.adjusted.checked_add(other.adjusted)?;
        Some(())
    }

    /// Charge less payment is what was adjusted.
    fn come_out(self) -> Option<()> {
        (self.charge.checked_sub(self.paid)? == self.adjusted).then_some(())
    }
}

/// A claim while its segments pass.
#[derive(Clone, Copy, Default)]
struct Claim {
    /// CLP, and CAS before the first line.
    own: Sums,
    /// The line at hand.
    line: Option<Sums>,
    /// All lines before it.
    lines: Sums,
    has_lines: bool,
}

impl Claim {
    fn close_line(&mut self) -> Option<()> {
        let Some(line) = self.line.take() else { return Some(()) };
        line.come_out()?;
        self.has_lines = true;
        self.lines.add(line)
    }

    /// The claim's payment, when everything of it comes out.
    fn close(mut self) -> Option<i64> {
        self.close_line()?;
        let adjusted = self.own.adjusted.checked_add(self.lines.adjusted)?;
        Sums { adjusted, ..self.own }.come_out()?;
        (!self.has_lines || self.lines.charge == self.own.charge).then_some(self.own.paid)
    }
}

fn cents(value: &[u8]) -> Option<i64> {
    parse_cents(value.trim_ascii()).ok()
}

/// Something when line, claim and payment add up and every amount can be read: then there is nothing to tell. It decides
/// nothing else, so whatever is out of the ordinary is nothing.
fn adds_up(set: &Set<'_>) -> Option<()> {
    let (mut payment, mut claims, mut provider) = (None, 0_i64, 0_i64);
    let mut claim: Option<Claim> = None;
    for segment in &set.segments {
        match segment.id() {
            b"BPR" => payment = Some(cents(segment.get(2))?),
            b"CLP" => {
                if let Some(before) = claim.take() {
                    claims = claims.checked_add(before.close()?)?;
                }
                claim = Some(Claim { own: Sums::of(segment, 3, 4)?, ..Claim::default() });
            }
            b"SVC" => {
                let claim = claim.as_mut()?;
                claim.close_line()?;
                claim.line = Some(Sums::of(segment, 2, 3)?);
            }
            b"CAS" => {
                let Claim { own, line, .. } = claim.as_mut()?;
                let sums = line.as_mut().unwrap_or(own);
                sums.adjusted = sums.adjusted.checked_add(adjusted(segment)?)?;
            }
            b"PLB" => provider = provider.checked_add(kept_back(segment)?)?,
            _ => {}
        }
    }
    if let Some(last) = claim {
        claims = claims.checked_add(last.close()?)?;
    }
    (payment? == claims.checked_sub(provider)?).then_some(())
}

/// The sum of CAS: a group, then up to six of reason, amount and quantity.
fn adjusted(segment: &Segment<'_>) -> Option<i64> {
    let mut sum = 0_i64;
    let mut elements = segment.elements().skip(1);
    while let Some(reason) = elements.next() {
        let amount = elements.next()?;
        if reason.is_empty() {
            return None;
        }
        sum = sum.checked_add(cents(amount)?)?;
        elements.next();
    }
    Some(sum)
}

/// The sum of PLB: a provider and a year, then up to six of reason and amount.
fn kept_back(segment: &Segment<'_>) -> Option<i64> {
    let mut sum = 0_i64;
    let mut elements = segment.elements().skip(2);
    while let Some(reason) = elements.next() {
        if reason.is_empty() {
            return None;
        }
        sum = sum.checked_add(cents(elements.next()?)?)?;
    }
    Some(sum)
}
