//! Reading an 835: every segment is either understood or kept.

use super::{
    BankAccount, Counted, Dated, Inpatient, Outpatient, ProviderAdjustment, RemitClaim, RemitLine, RemitParty,
    Remittance,
};
use crate::common::{Identifier, Unread};
use crate::fault::{Code, Fault};
use crate::money::Quantity;
use crate::parts::{
    adjustments, amount, cents, contact, entity, maybe_cents, maybe_date, maybe_quantity, procedure, read_n3, read_n4,
    reference, required_cents,
};
use crate::segment::Segment;
use crate::sets::{Set, each_set};

/// All remittances of a file, one for each 835 set.
pub fn read(bytes: &[u8]) -> (Vec<Remittance>, Vec<Fault>) {
    let mut list = Vec::new();
    let faults = each_set(bytes, |set| {
        if set.kind() != b"835" {
            return Vec::new();
        }
        let (remittance, faults) = read_set(set);
        list.push(remittance);
        faults
    });
    (list, faults)
}

/// One set.
pub(crate) fn read_set(set: &Set<'_>) -> (Remittance, Vec<Fault>) {
    let mut reader = Reader::default();
    for segment in &set.segments {
        reader.take(segment);
    }
    if let (false, Some(st)) = (reader.paid, set.segments.first()) {
        reader.faults.push(st.fault(Code::SegmentMissing, "the remittance has no BPR, so its payment is unknown"));
    }
    (reader.remittance, reader.faults)
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum At {
    #[default]
    Header,
    Payer,
    Payee,
    Claims,
    Elsewhere,
}

#[derive(Default)]
struct Reader {
    at: At,
    remittance: Remittance,
    batch: Option<String>,
    paid: bool,
    faults: Vec<Fault>,
}

impl Reader {
    fn take(&mut self, segment: &Segment<'_>) {
        let known = match (segment.id(), self.at) {
            (b"ST", _) => {
                (self.remittance.set_control, self.remittance.segment) = (segment.text(2), Some(segment.number));
                true
            }
            (b"SE", _) => true,
            (b"N1", _) => self.party(segment),
            (b"LX", _) => {
                // It is kept with each claim, so one that is as long as a file must not be.
                self.batch = segment.optional(1).filter(|batch| batch.len() <= 50);
                self.at = At::Claims;
                self.batch.is_some() || segment.get(1).is_empty()
            }
            // CLP without LX is read all the same.
            (b"CLP", _) => {
                self.clp(segment);
                self.at = At::Claims;
                true
            }
            (b"PLB", _) => self.plb(segment),
            (_, At::Header) => self.header(segment),
            (_, At::Payer) => party_detail(&mut self.remittance.payer, segment),
            (_, At::Payee) => party_detail(&mut self.remittance.payee, segment),
            (_, At::Claims) => match self.remittance.claims.last_mut() {
                Some(claim) => {
                    let known = claim_segment(claim, segment, &mut self.faults);
                    if !known {
                        claim.unread.push(Unread { segment: segment.number, text: segment.raw_text() });
                    }
                    true
                }
                None => false,
            },
            (_, At::Elsewhere) => false,
        };
        if !known {
            self.remittance.unread.push(Unread { segment: segment.number, text: segment.raw_text() });
        }
    }

    fn party(&mut self, segment: &Segment<'_>) -> bool {
        let id = Some(Identifier::new(segment.text(3), segment.text(4))).filter(|id| !id.value.is_empty());
        let party = RemitParty { name: segment.text(2), id, ..RemitParty::default() };
        match segment.get(1) {
            b"PR" => (self.remittance.payer, self.at) = (party, At::Payer),
            b"PE" => (self.remittance.payee, self.at) = (party, At::Payee),
            _ => {
                self.at = At::Elsewhere;
                return false;
            }
        }
        true
    }

    fn header(&mut self, segment: &Segment<'_>) -> bool {
        let (remittance, faults) = (&mut self.remittance, &mut self.faults);
        match segment.id() {
            b"BPR" => {
                self.paid = true;
                remittance.payment_segment = Some(segment.number);
                remittance.handling = segment.text(1);
                remittance.payment_cents = required_cents(segment, 2, faults);
                (remittance.credit_debit, remittance.method) = (segment.text(3), segment.text(4));
                remittance.format = segment.optional(5);
                remittance.from_account = account(segment, 6);
                (remittance.originator, remittance.originator_supplement) =
                    (segment.optional(10), segment.optional(11));
                remittance.to_account = account(segment, 12);
                remittance.date = maybe_date(segment, 16, faults);
            }
            b"TRN" => {
                (remittance.trace, remittance.trace_originator) = (segment.text(2), segment.text(3));
                remittance.trace_supplement = segment.optional(4);
            }
            b"CUR" => remittance.currency = segment.optional(2),
            b"REF" if segment.get(1) == b"EV" => remittance.receiver = segment.optional(2),
            b"REF" if segment.get(1) == b"F2" => remittance.software_version = segment.optional(2),
            b"DTM" if segment.get(1) == b"405" => remittance.production_date = maybe_date(segment, 2, faults),
            _ => return false,
        }
        true
    }

    fn clp(&mut self, segment: &Segment<'_>) {
        let faults = &mut self.faults;
        self.remittance.claims.push(RemitClaim {
            control_number: segment.text(1),
            status: segment.text(2),
            charge_cents: required_cents(segment, 3, faults),
            paid_cents: required_cents(segment, 4, faults),
            patient_cents: maybe_cents(segment, 5, faults),
            filing: segment.text(6),
            payer_claim_number: segment.optional(7),
            place_of_service: segment.optional(8),
            frequency: segment.optional(9),
            drg: segment.optional(11),
            batch: self.batch.clone(),
            segment: Some(segment.number),
            ..RemitClaim::default()
        });
    }

    fn plb(&mut self, segment: &Segment<'_>) -> bool {
        self.at = At::Elsewhere;
        let fiscal_year_end = maybe_date(segment, 2, &mut self.faults);
        for n in (3..=13).step_by(2) {
            if segment.get(n).is_empty() && segment.get(n + 1).is_empty() {
                continue;
            }
            let reference = segment.component_text(n, 2);
            self.remittance.provider_adjustments.push(ProviderAdjustment {
                provider: segment.text(1),
                fiscal_year_end,
                reason: segment.component_text(n, 1),
                reference: Some(reference).filter(|r| !r.is_empty()),
                cents: required_cents(segment, n + 1, &mut self.faults),
                segment: Some(segment.number),
            });
        }
        true
    }
}

fn account(segment: &Segment<'_>, n: usize) -> Option<BankAccount> {
    let account = BankAccount {
        routing_qualifier: segment.text(n),
        routing: segment.text(n + 1),
        account_qualifier: segment.optional(n + 2),
        account: segment.optional(n + 3),
    };
    (account != BankAccount::default()).then_some(account)
}

fn party_detail(party: &mut RemitParty, segment: &Segment<'_>) -> bool {
    match segment.id() {
        b"N3" => read_n3(segment, &mut party.address),
        b"N4" => read_n4(segment, &mut party.address),
        b"REF" => party.references.push(reference(segment)),
        b"PER" => party.contacts.push(contact(segment)),
        _ => return false,
    }
    true
}

fn dated(segment: &Segment<'_>, faults: &mut Vec<Fault>) -> Option<Dated> {
    maybe_date(segment, 2, faults).map(|date| Dated { qualifier: segment.text(1), date })
}

fn counted(segment: &Segment<'_>, faults: &mut Vec<Fault>) -> Option<Counted> {
    maybe_quantity(segment, 2, faults).map(|quantity| Counted { qualifier: segment.text(1), quantity })
}

fn claim_segment(claim: &mut RemitClaim, segment: &Segment<'_>, faults: &mut Vec<Fault>) -> bool {
    if segment.is("SVC") {
        claim.lines.push(svc(segment, faults));
        return true;
    }
    if let Some(line) = claim.lines.last_mut() {
        return line_segment(line, segment, faults);
    }
    match segment.id() {
        b"NM1" => return claim_name(claim, segment),
        b"CAS" => adjustments(segment, &mut claim.adjustments, faults),
        b"MIA" => claim.inpatient = Some(mia(segment, faults)),
        b"MOA" => claim.outpatient = Some(moa(segment, faults)),
        b"REF" => claim.references.push(reference(segment)),
        b"PER" => claim.contacts.push(contact(segment)),
        b"AMT" => claim.amounts.push(amount(segment, faults)),
        b"DTM" => match dated(segment, faults) {
            Some(date) => claim.dates.push(date),
            None => return false,
        },
        b"QTY" => match counted(segment, faults) {
            Some(count) => claim.quantities.push(count),
            None => return false,
        },
        _ => return false,
    }
    true
}

fn claim_name(claim: &mut RemitClaim, segment: &Segment<'_>) -> bool {
    let slot = match segment.get(1) {
        b"QC" => &mut claim.patient,
        b"IL" => &mut claim.subscriber,
        b"74" => &mut claim.corrected,
        b"82" => &mut claim.rendering,
        b"TT" => &mut claim.crossover,
        b"PR" => &mut claim.priority_payer,
        b"GB" => &mut claim.other_subscriber,
        _ => return false,
    };
    // A second one of the same kind is kept as it is rather than losing the first.
    if slot.is_some() {
        return false;
    }
    *slot = Some(entity(segment));
    true
}

fn svc(segment: &Segment<'_>, faults: &mut Vec<Fault>) -> RemitLine {
    RemitLine {
        procedure: procedure(segment, 1),
        charge_cents: required_cents(segment, 2, faults),
        paid_cents: cents(segment, 3, faults),
        revenue_code: segment.optional(4),
        quantity: maybe_quantity(segment, 5, faults),
        submitted: (!segment.get(6).is_empty()).then(|| procedure(segment, 6)),
        submitted_quantity: maybe_quantity(segment, 7, faults),
        segment: Some(segment.number),
        ..RemitLine::default()
    }
}

fn line_segment(line: &mut RemitLine, segment: &Segment<'_>, faults: &mut Vec<Fault>) -> bool {
    match segment.id() {
        b"DTM" => match dated(segment, faults) {
            Some(date) => line.dates.push(date),
            None => return false,
        },
        b"CAS" => adjustments(segment, &mut line.adjustments, faults),
        b"REF" if segment.get(1) == b"6R" && line.control_number.is_none() => line.control_number = segment.optional(2),
        b"REF" => line.references.push(reference(segment)),
        b"AMT" => line.amounts.push(amount(segment, faults)),
        b"QTY" => match counted(segment, faults) {
            Some(count) => line.quantities.push(count),
            None => return false,
        },
        b"LQ" => line.remarks.push(reference(segment)),
        _ => return false,
    }
    true
}

fn mia(segment: &Segment<'_>, faults: &mut Vec<Fault>) -> Inpatient {
    let mut mia = Inpatient { days: maybe_quantity(segment, 1, faults), ..Inpatient::default() };
    for n in 2..=24_u8 {
        let at = usize::from(n);
        match n {
            5 | 20..=23 => mia.remarks.extend(segment.optional(at)),
            3 | 15 => mia.counts.extend(maybe_quantity(segment, at, faults).map(|count: Quantity| (n, count))),
            _ => mia.amounts.extend(maybe_cents(segment, at, faults).map(|cents| (n, cents))),
        }
    }
    mia
}

fn moa(segment: &Segment<'_>, faults: &mut Vec<Fault>) -> Outpatient {
    Outpatient {
        rate: segment.optional(1),
        hcpcs_payable_cents: maybe_cents(segment, 2, faults),
        remarks: (3..=7).filter_map(|n| segment.optional(n)).collect(),
        esrd_cents: maybe_cents(segment, 8, faults),
        nonpayable_cents: maybe_cents(segment, 9, faults),
    }
}
