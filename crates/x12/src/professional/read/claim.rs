//! Loop 2300: the claim itself.

use super::super::{Attachment, Benefits, Claim837P, Diagnosis, Event, Note, Release};
use crate::common::Reference;
use crate::fault::Fault;
use crate::parts::{period, required_cents};
use crate::segment::Segment;

pub(super) fn benefits(code: &[u8]) -> Benefits {
    match code {
        b"N" => Benefits::NotAssigned,
        b"W" => Benefits::NotApplicable,
        _ => Benefits::Assigned,
    }
}

pub(super) fn release(code: &[u8]) -> Release {
    if code == b"I" { Release::Informed } else { Release::Signed }
}

pub(super) fn note(segment: &Segment<'_>) -> Note {
    Note { qualifier: segment.text(1), text: segment.text(2) }
}

pub(super) fn event(segment: &Segment<'_>, faults: &mut Vec<Fault>) -> Option<Event> {
    period(segment, faults).map(|period| Event { qualifier: segment.text(1), period })
}

pub(super) fn refer(claim: &mut Claim837P, found: Reference) -> bool {
    let slot = match found.qualifier.as_str() {
        "F8" => &mut claim.payer_claim_number,
        "G1" => &mut claim.prior_authorization,
        "9F" => &mut claim.referral,
        "D9" => &mut claim.clearinghouse_number,
        _ => {
            claim.references.push(found);
            return true;
        }
    };
    *slot = Some(found.value);
    true
}

pub(super) fn detail(claim: &mut Claim837P, segment: &Segment<'_>, faults: &mut Vec<Fault>) -> bool {
    match segment.id() {
        b"DTP" => match (segment.get(1), event(segment, faults), &mut claim.accident) {
            (b"439", Some(event), Some(accident)) => accident.date = Some(event.period.from),
            (_, Some(event), _) => claim.events.push(event),
            _ => return false,
        },
        b"PWK" => claim.attachments.push(Attachment {
            kind: segment.text(1),
            transmission: segment.text(2),
            control_number: segment.optional(6),
        }),
        b"AMT" if segment.get(1) == b"F5" => claim.patient_paid_cents = Some(required_cents(segment, 2, faults)),
        b"NTE" if claim.note.is_none() => claim.note = Some(note(segment)),
        b"HI" => {
            let count = segment.elements().count();
            let kept: Vec<Diagnosis> = (1..=count).filter_map(|n| diagnosis(segment, n)).collect();
            if kept.is_empty() {
                return false;
            }
            claim.diagnoses.extend(kept);
        }
        _ => return false,
    }
    true
}

fn diagnosis(segment: &Segment<'_>, n: usize) -> Option<Diagnosis> {
    let icd10 = match segment.component(n, 1) {
        b"ABK" | b"ABF" => true,
        b"BK" | b"BF" => false,
        _ => return None,
    };
    Some(Diagnosis { code: segment.component_text(n, 2), icd10 })
}
