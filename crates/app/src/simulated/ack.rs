//! TA1, 999 and 277CA.

use x12::ack::{
    Ack999, AckClaim, AckProvider, AckStatus, AckTotals, Action, ClaimAck, SetResponse, StatusCode, Ta1, Verdict,
};
use x12::professional::{Batch, Claim837P};
use x12::{Entity, Envelope, Identifier, Name, Writer};

use super::judge::is_turned_back;
use super::{Desk, PayerError, noon, number_for};

/// The envelope was taken.
pub(super) fn ta1(desk: &Desk<'_>, envelope: &Envelope) -> Result<Vec<u8>, PayerError> {
    let ack = Ta1 {
        control: desk.header.control.clone(),
        date: desk.header.date,
        time: desk.header.time,
        verdict: Verdict::Accepted,
        note: "000".to_owned(),
    };
    let mut writer = Writer::new(envelope)?;
    writer.ta1(&ack)?;
    Ok(writer.finish()?)
}

/// Every set of every group was taken.
pub(super) fn accepted(desk: &Desk<'_>, envelope: &Envelope) -> Result<Vec<u8>, PayerError> {
    let of_group = |group: &x12::GroupHeader| {
        let set = |s: &x12::SetHeader| SetResponse {
            kind: s.kind.clone(),
            control: s.control.clone(),
            version: Some(group.version.clone()),
            ..SetResponse::default()
        };
        let mut ack = Ack999 {
            group_kind: group.kind.clone(),
            group_control: group.control.clone(),
            group_version: group.version.clone(),
            sets: group.sets.iter().map(set).collect(),
            ..Ack999::default()
        };
        ack.settle();
        ack
    };
    let acks: Vec<Ack999> = desk.header.groups.iter().map(of_group).collect();
    Ok(x12::write_interchange(envelope, &acks)?)
}

/// Each claim was taken in, or turned back with a reason.
pub(super) fn claims(desk: &Desk<'_>, batches: &[Batch], envelope: &Envelope) -> Result<Vec<u8>, PayerError> {
    let acks: Vec<ClaimAck> = batches.iter().filter(|b| !b.claims.is_empty()).map(|b| of_batch(desk, b)).collect();
    Ok(x12::write_interchange(envelope, &acks)?)
}

fn of_batch(desk: &Desk<'_>, batch: &Batch) -> ClaimAck {
    let seed = desk.asked.seed;
    let (back, taken): (Vec<&Claim837P>, Vec<&Claim837P>) = batch.claims.iter().partition(|c| is_turned_back(seed, c));
    let count = |claims: &[&Claim837P]| Some(u32::try_from(claims.len()).unwrap_or(u32::MAX)).filter(|n| *n > 0);
    let sum =
        |claims: &[&Claim837P]| Some(claims.iter().map(|c| c.charge_cents).sum::<i64>()).filter(|_| !claims.is_empty());
    let first = batch.claims.first();
    ClaimAck {
        reference: number_for(&batch.reference, "277CA", 9),
        date: Some(desk.received),
        time: noon(),
        source_kind: "PR".to_owned(),
        source: Entity {
            name: Name::organization(first.map(|c| c.payer.name.clone()).unwrap_or_default()),
            id: first.map(|c| Identifier::new("PI", c.payer.id.value.as_str())),
        },
        source_trace: number_for(&batch.reference, "source trace", 9),
        received: Some(desk.received),
        processed: Some(desk.received),
        receiver: Entity {
            name: batch.submitter.name.clone(),
            id: Some(Identifier::new("46", batch.submitter.id.as_str())),
        },
        batch_reference: batch.reference.clone(),
        statuses: vec![status(desk, "A1", "19", Action::Accept, sum(&batch.claims.iter().collect::<Vec<_>>()))],
        totals: AckTotals {
            accepted: count(&taken),
            rejected: count(&back),
            accepted_cents: sum(&taken),
            rejected_cents: sum(&back),
        },
        providers: vec![AckProvider {
            provider: Entity {
                name: batch.billing.name.clone(),
                id: Some(Identifier::npi(batch.billing.npi.as_str())),
            },
            claims: batch.claims.iter().map(|c| of_claim(desk, c)).collect(),
            ..AckProvider::default()
        }],
    }
}

fn of_claim(desk: &Desk<'_>, claim: &Claim837P) -> AckClaim {
    let back = is_turned_back(desk.asked.seed, claim);
    let (category, code, action) = if back { ("A7", "164", Action::Reject) } else { ("A2", "20", Action::Accept) };
    AckClaim {
        patient: Entity {
            name: claim.patient_name(),
            id: Some(Identifier::new("MI", claim.subscriber.member_id.as_str())),
        },
        control_number: claim.control_number.clone(),
        statuses: vec![status(desk, category, code, action, Some(claim.charge_cents))],
        payer_claim_number: (!back).then(|| number_for(&claim.control_number, "claim", 12)),
        service: claim.lines.iter().find_map(|l| l.service),
        ..AckClaim::default()
    }
}

fn status(desk: &Desk<'_>, category: &str, code: &str, action: Action, cents: Option<i64>) -> AckStatus {
    AckStatus {
        codes: vec![StatusCode {
            category: category.to_owned(),
            status: code.to_owned(),
            entity: (action == Action::Reject).then(|| "IL".to_owned()),
        }],
        date: Some(desk.received),
        action,
        cents,
        message: None,
    }
}
