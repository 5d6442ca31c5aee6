//! Loop 2320: another payer, and what it said of the claim as a whole.

use super::super::OtherPayer;
use super::claim::{benefits, release};
use crate::fault::Fault;
use crate::parts::{adjustments, amount, period, required_cents};
use crate::segment::Segment;

pub(super) fn detail(other: &mut OtherPayer, segment: &Segment<'_>, faults: &mut Vec<Fault>) -> bool {
    match segment.id() {
        b"CAS" => adjustments(segment, &mut other.adjustments, faults),
        b"AMT" if segment.get(1) == b"D" => other.paid_cents = Some(required_cents(segment, 2, faults)),
        b"AMT" => other.amounts.push(amount(segment, faults)),
        b"OI" => (other.benefits, other.release) = (benefits(segment.get(3)), release(segment.get(6))),
        b"DTP" if segment.get(1) == b"573" => other.adjudicated = period(segment, faults).map(|p| p.from),
        _ => return false,
    }
    true
}
