//! Loops 2400 and 2430: a service line, and what another payer said of it.

use super::super::{Adjudication, Drug, ServiceLine};
use super::claim::{event, note};
use crate::common::Identifier;
use crate::fault::Fault;
use crate::money::Quantity;
use crate::parts::{adjustments, maybe_quantity, period, procedure, required_cents};
use crate::segment::Segment;

pub(super) fn refer(line: &mut ServiceLine, found: Identifier) {
    match found.qualifier.as_str() {
        "6R" => line.control_number = Some(found.value),
        "G1" => line.prior_authorization = Some(found.value),
        _ => line.references.push(found),
    }
}

pub(super) fn detail(line: &mut ServiceLine, segment: &Segment<'_>, faults: &mut Vec<Fault>) -> bool {
    match segment.id() {
        b"SV1" => {
            line.procedure = procedure(segment, 1);
            line.charge_cents = required_cents(segment, 2, faults);
            line.unit = segment.text(3);
            line.quantity = maybe_quantity(segment, 4, faults).unwrap_or_default();
            line.place_of_service = segment.optional(5);
            line.pointers = segment.components(7).filter_map(|p| std::str::from_utf8(p).ok()?.parse().ok()).collect();
            line.emergency = segment.get(9) == b"Y";
        }
        b"DTP" if segment.get(1) == b"472" => line.service = period(segment, faults),
        b"DTP" => match event(segment, faults) {
            Some(event) => line.events.push(event),
            None => return false,
        },
        b"AMT" if segment.get(1) == b"T" => line.tax_cents = Some(required_cents(segment, 2, faults)),
        b"NTE" if line.note.is_none() => line.note = Some(note(segment)),
        b"LIN" => line.drug = Some(Drug { ndc: segment.text(3), ..Drug::default() }),
        b"CTP" => {
            let drug = line.drug.get_or_insert_default();
            drug.quantity = maybe_quantity(segment, 4, faults).unwrap_or_default();
            drug.unit = segment.component_text(5, 1);
        }
        _ => return false,
    }
    true
}

pub(super) fn adjudication(segment: &Segment<'_>, faults: &mut Vec<Fault>) -> Adjudication {
    Adjudication {
        payer_id: segment.text(1),
        paid_cents: required_cents(segment, 2, faults),
        procedure: procedure(segment, 3),
        quantity: maybe_quantity(segment, 5, faults).unwrap_or(Quantity::ONE),
        bundled_line: segment.optional(6),
        ..Adjudication::default()
    }
}

pub(super) fn adjudication_detail(
    adjudication: &mut Adjudication,
    segment: &Segment<'_>,
    faults: &mut Vec<Fault>,
) -> bool {
    match segment.id() {
        b"CAS" => adjustments(segment, &mut adjudication.adjustments, faults),
        b"DTP" => adjudication.date = period(segment, faults).map(|p| p.from),
        b"AMT" if segment.get(1) == b"EAF" => {
            adjudication.patient_owes_cents = Some(required_cents(segment, 2, faults));
        }
        _ => return false,
    }
    true
}
