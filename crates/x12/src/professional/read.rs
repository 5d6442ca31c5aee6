//! Reading an 837P: tolerant, keeping what it does not know.

mod claim;
mod line;
mod payer;

use super::{
    Accident, Assignment, Batch, BillingProvider, Claim837P, Dependent, Frequency, OtherPayer, Payer, PayerOrder,
    Provider, ServiceLine, Submitter, Subscriber,
};
use crate::common::{Address, Name, Person, Sex, Unread};
use crate::date::{Date, Time};
use crate::fault::{Code, Fault};
use crate::parts::{contact, entity, maybe_date, read_n3, read_n4, reference, required_cents};
use crate::segment::{Segment, text};
use crate::sets::{Set, each_set};

/// All professional claims of a file, one [`Batch`] for each billing provider of each set. Institutional and dental sets are skipped;
/// the version decides, and any alias of the professional guide is taken.
pub fn read(bytes: &[u8]) -> (Vec<Batch>, Vec<Fault>) {
    let mut batches = Vec::new();
    let faults = each_set(bytes, |set| {
        let other_guide = [b"005010X223".as_slice(), b"005010X224", b"005010X292", b"005010X293"]
            .iter()
            .any(|v| set.version.starts_with(v));
        if set.kind() != b"837" || other_guide {
            return Vec::new();
        }
        let mut reader = Reader::default();
        for segment in &set.segments {
            reader.take(segment);
        }
        batches.append(&mut reader.finish());
        check_set(set, &mut reader.faults);
        reader.faults
    });
    (batches, faults)
}

fn check_set(set: &Set<'_>, faults: &mut Vec<Fault>) {
    if !set.segments.iter().any(|s| s.is("CLM"))
        && let Some(st) = set.segments.first()
    {
        faults.push(st.fault(Code::SegmentMissing, "the set holds no claim (CLM)"));
    }
}

/// Which loop the reader is in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum At {
    #[default]
    Header,
    Submitter,
    Receiver,
    Billing,
    PayTo,
    Elsewhere,
    Subscriber,
    Payer,
    Patient,
    Claim,
    ClaimProvider(Who),
    OtherPayer,
    OtherSubscriber,
    OtherPayerName,
    Line,
    LineProvider(Who),
    Adjudication,
}

/// Which provider a 2310 or 2420 loop is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Referring,
    Rendering,
    Facility,
    Supervising,
    Ordering,
}

#[derive(Default)]
struct Reader {
    at: At,
    header: Batch,
    batches: Vec<Batch>,
    subscriber: Subscriber,
    patient: Option<Dependent>,
    payer: Payer,
    claim: Option<Claim837P>,
    faults: Vec<Fault>,
}

impl Reader {
    fn finish(&mut self) -> Vec<Batch> {
        self.close_claim();
        std::mem::take(&mut self.batches)
    }

    fn close_claim(&mut self) {
        if let Some(claim) = self.claim.take() {
            self.batch().claims.push(claim);
        }
    }

    /// The batch of the current billing provider; made up from the header when a file has none.
    fn batch(&mut self) -> &mut Batch {
        if self.batches.is_empty() {
            self.batches.push(self.header.clone());
        }
        let last = self.batches.len().saturating_sub(1);
        self.batches.get_mut(last).unwrap_or(&mut self.header)
    }

    fn take(&mut self, segment: &Segment<'_>) {
        let known = match segment.id() {
            b"ST" | b"SE" | b"LX" | b"HL" | b"CLM" | b"BHT" => self.structure(segment),
            b"NM1" => self.name(segment),
            b"N3" | b"N4" => self.address(segment),
            b"DMG" => self.demographics(segment),
            b"SBR" => self.sbr(segment),
            b"PAT" => self.pat(segment),
            b"PRV" | b"PER" => self.provider_details(segment),
            b"REF" => self.reference(segment),
            _ if self.claim.is_some() => self.claim_segment(segment),
            _ => false,
        };
        if !known {
            let unread = Unread { segment: segment.number, text: segment.raw_text() };
            let batch = if self.batches.is_empty() { &mut self.header } else { self.batch() };
            batch.unread.push(unread);
        }
    }

    fn structure(&mut self, segment: &Segment<'_>) -> bool {
        match segment.id() {
            b"BHT" => {
                self.header.reference = segment.text(3);
                self.header.date = maybe_date(segment, 4, &mut self.faults);
                self.header.time = Time::parse(segment.get(5)).unwrap_or_default();
                self.header.reissue = segment.get(2) == b"18";
            }
            b"HL" => return self.hl(segment),
            b"CLM" => self.clm(segment),
            b"LX" => {
                if let Some(claim) = &mut self.claim {
                    claim.lines.push(ServiceLine::default());
                    self.at = At::Line;
                }
            }
            b"SE" => self.close_claim(),
            _ => {}
        }
        true
    }

    fn hl(&mut self, segment: &Segment<'_>) -> bool {
        self.close_claim();
        match segment.get(3) {
            b"20" => {
                self.batches.push(Batch {
                    billing: BillingProvider::default(),
                    claims: Vec::new(),
                    ..self.header.clone()
                });
                self.at = At::Billing;
            }
            b"22" => {
                (self.subscriber, self.payer, self.patient) = (Subscriber::default(), Payer::default(), None);
                self.at = At::Subscriber;
            }
            b"23" => {
                self.patient = Some(Dependent {
                    relationship: String::new(),
                    name: Person::default(),
                    address: None,
                    birth_date: None,
                    sex: Sex::Unknown,
                    references: Vec::new(),
                });
                self.at = At::Patient;
            }
            _ => {
                self.at = At::Elsewhere;
                return false;
            }
        }
        true
    }

    fn clm(&mut self, segment: &Segment<'_>) {
        self.close_claim();
        let causes: Vec<String> = segment.components(11).take(3).map(text).filter(|c| !c.is_empty()).collect();
        let piece = |m: usize| Some(segment.component_text(11, m)).filter(|t| !t.is_empty());
        let accident =
            (!causes.is_empty()).then(|| Accident { causes, state: piece(4), country: piece(5), date: None });
        self.claim = Some(Claim837P {
            subscriber: self.subscriber.clone(),
            patient: self.patient.clone(),
            payer: self.payer.clone(),
            control_number: segment.text(1),
            charge_cents: required_cents(segment, 2, &mut self.faults),
            place_of_service: segment.component_text(5, 1),
            frequency: match segment.component(5, 3) {
                b"7" => Frequency::Replacement,
                b"8" => Frequency::Void,
                _ => Frequency::Original,
            },
            provider_signature: segment.get(6) == b"Y",
            assignment: match segment.get(7) {
                b"B" => Assignment::LaboratoryOnly,
                b"C" => Assignment::NotAssigned,
                _ => Assignment::Assigned,
            },
            benefits: claim::benefits(segment.get(8)),
            release: claim::release(segment.get(9)),
            signed_by_provider: segment.get(10) == b"P",
            accident,
            delay_reason: segment.optional(20),
            segment: Some(segment.number),
            ..Claim837P::default()
        });
        self.at = At::Claim;
    }

    fn name(&mut self, segment: &Segment<'_>) -> bool {
        let named = entity(segment);
        let code = segment.get(1);
        if self.claim.is_some() {
            return self.claim_name(segment, code);
        }
        let id = named.id.clone().unwrap_or_default();
        match (code, self.at) {
            (b"41", _) => {
                self.header.submitter = Submitter { name: named.name, id: id.value, contacts: Vec::new() };
                self.at = At::Submitter;
            }
            (b"40", _) => {
                self.header.receiver = named;
                self.at = At::Receiver;
            }
            (b"85", _) => {
                let billing = &mut self.batch().billing;
                (billing.name, billing.npi) = (named.name, if id.qualifier == "XX" { id.value } else { String::new() });
                self.at = At::Billing;
            }
            (b"87", _) => {
                self.batch().billing.pay_to = Some(Address::default());
                self.at = At::PayTo;
            }
            (b"IL", _) => {
                (self.subscriber.name, self.subscriber.member_id) = (named.name, id.value);
                self.at = At::Subscriber;
            }
            (b"PR", At::Subscriber | At::Payer) => {
                self.payer = Payer { name: segment.text(3), id, ..Payer::default() };
                self.at = At::Payer;
            }
            (b"QC", _) => {
                if let (Some(patient), Name::Person(person)) = (&mut self.patient, named.name) {
                    patient.name = person;
                }
                self.at = At::Patient;
            }
            _ => {
                self.at = At::Elsewhere;
                return false;
            }
        }
        true
    }

    fn claim_name(&mut self, segment: &Segment<'_>, code: &[u8]) -> bool {
        let Some(claim) = &mut self.claim else { return false };
        let named = entity(segment);
        let in_line = matches!(self.at, At::Line | At::LineProvider(_) | At::Adjudication);
        let in_other = matches!(self.at, At::OtherPayer | At::OtherSubscriber | At::OtherPayerName | At::Elsewhere)
            && !claim.other_payers.is_empty();
        if in_other && !in_line {
            let Some(other) = claim.other_payers.last_mut() else { return false };
            self.at = match code {
                b"IL" => {
                    other.subscriber = named;
                    At::OtherSubscriber
                }
                b"PR" => {
                    other.payer = named;
                    At::OtherPayerName
                }
                _ => At::Elsewhere,
            };
            return self.at != At::Elsewhere;
        }
        let who = match (code, in_line) {
            (b"DN" | b"P3", false) => Who::Referring,
            (b"82", _) => Who::Rendering,
            (b"77", false) => Who::Facility,
            (b"DQ", false) => Who::Supervising,
            (b"DK", true) => Who::Ordering,
            _ => {
                self.at = At::Elsewhere;
                return false;
            }
        };
        let npi = named.id.filter(|id| id.qualifier == "XX").map(|id| id.value);
        let provider = Provider { name: named.name, npi, ..Provider::default() };
        self.at = if in_line { At::LineProvider(who) } else { At::ClaimProvider(who) };
        if let Some(slot) = self.provider_slot() {
            *slot = Some(provider);
        }
        true
    }

    fn provider_slot(&mut self) -> Option<&mut Option<Provider>> {
        let claim = self.claim.as_mut()?;
        match self.at {
            At::ClaimProvider(Who::Referring) => Some(&mut claim.referring),
            At::ClaimProvider(Who::Rendering) => Some(&mut claim.rendering),
            At::ClaimProvider(Who::Facility) => Some(&mut claim.facility),
            At::ClaimProvider(Who::Supervising) => Some(&mut claim.supervising),
            At::LineProvider(Who::Rendering) => claim.lines.last_mut().map(|line| &mut line.rendering),
            At::LineProvider(Who::Ordering) => claim.lines.last_mut().map(|line| &mut line.ordering),
            _ => None,
        }
    }

    fn address(&mut self, segment: &Segment<'_>) -> bool {
        let fill = |address: &mut Option<Address>| {
            if segment.is("N3") {
                read_n3(segment, address);
            } else {
                read_n4(segment, address);
            }
        };
        match self.at {
            At::Billing => {
                let billing = &mut self.batch().billing;
                let mut address = Some(std::mem::take(&mut billing.address));
                fill(&mut address);
                billing.address = address.unwrap_or_default();
            }
            At::PayTo => fill(&mut self.batch().billing.pay_to),
            At::Subscriber => fill(&mut self.subscriber.address),
            At::Payer => fill(&mut self.payer.address),
            At::Patient => {
                if let Some(patient) = &mut self.patient {
                    fill(&mut patient.address);
                }
            }
            At::OtherSubscriber => {
                if let Some(other) = self.claim.as_mut().and_then(|c| c.other_payers.last_mut()) {
                    fill(&mut other.subscriber_address);
                }
            }
            At::ClaimProvider(_) | At::LineProvider(_) => {
                if let Some(Some(provider)) = self.provider_slot() {
                    fill(&mut provider.address);
                }
            }
            _ => return false,
        }
        true
    }

    fn demographics(&mut self, segment: &Segment<'_>) -> bool {
        let birth: Option<Date> = maybe_date(segment, 2, &mut self.faults);
        let sex = Sex::from_code(segment.get(3));
        match (self.at, &mut self.patient) {
            (At::Subscriber, _) => (self.subscriber.birth_date, self.subscriber.sex) = (birth, sex),
            (At::Patient, Some(patient)) => (patient.birth_date, patient.sex) = (birth, sex),
            _ => return false,
        }
        true
    }

    fn sbr(&mut self, segment: &Segment<'_>) -> bool {
        if let Some(claim) = &mut self.claim {
            claim.other_payers.push(OtherPayer {
                order: PayerOrder::from_code(&segment.text(1)),
                relationship: segment.text(2),
                group_number: segment.optional(3),
                group_name: segment.optional(4),
                medicare_secondary: segment.optional(5),
                filing: segment.optional(9),
                ..OtherPayer::default()
            });
            self.at = At::OtherPayer;
        } else {
            let subscriber = &mut self.subscriber;
            subscriber.order = PayerOrder::from_code(&segment.text(1));
            (subscriber.group_number, subscriber.group_name) = (segment.optional(3), segment.optional(4));
            (subscriber.medicare_secondary, subscriber.filing) = (segment.optional(5), segment.optional(9));
        }
        true
    }

    fn pat(&mut self, segment: &Segment<'_>) -> bool {
        let Some(patient) = self.patient.as_mut().filter(|_| self.claim.is_none()) else { return false };
        patient.relationship = segment.text(1);
        true
    }

    fn provider_details(&mut self, segment: &Segment<'_>) -> bool {
        if segment.is("PER") {
            match self.at {
                At::Submitter => self.header.submitter.contacts.push(contact(segment)),
                At::Billing => self.batch().billing.contacts.push(contact(segment)),
                _ => return false,
            }
            return true;
        }
        match self.at {
            At::Billing => self.batch().billing.taxonomy = segment.optional(3),
            _ => match self.provider_slot() {
                Some(Some(provider)) => provider.taxonomy = segment.optional(3),
                _ => return false,
            },
        }
        true
    }

    fn reference(&mut self, segment: &Segment<'_>) -> bool {
        let found = reference(segment);
        match self.at {
            At::Billing => {
                let billing = &mut self.batch().billing;
                if matches!(found.qualifier.as_str(), "EI" | "SY") && billing.tax_id.value.is_empty() {
                    billing.tax_id = found;
                } else {
                    billing.references.push(found);
                }
            }
            At::Subscriber => self.subscriber.references.push(found),
            At::Payer => self.payer.references.push(found),
            At::Patient => match &mut self.patient {
                Some(patient) => patient.references.push(found),
                None => return false,
            },
            At::Claim => return self.claim.as_mut().is_some_and(|claim| claim::refer(claim, found)),
            At::ClaimProvider(_) | At::LineProvider(_) => match self.provider_slot() {
                Some(Some(provider)) => provider.references.push(found),
                _ => return false,
            },
            At::OtherPayerName => match self.claim.as_mut().and_then(|c| c.other_payers.last_mut()) {
                Some(other) if found.qualifier == "F8" => other.claim_number = Some(found.value),
                Some(other) => other.references.push(found),
                None => return false,
            },
            At::Line => match self.claim.as_mut().and_then(|c| c.lines.last_mut()) {
                Some(line) => line::refer(line, found),
                None => return false,
            },
            _ => return false,
        }
        true
    }

    fn claim_segment(&mut self, segment: &Segment<'_>) -> bool {
        let Some(claim) = &mut self.claim else { return false };
        let faults = &mut self.faults;
        match self.at {
            At::Claim | At::ClaimProvider(_) => claim::detail(claim, segment, faults),
            At::OtherPayer | At::OtherSubscriber | At::OtherPayerName => {
                claim.other_payers.last_mut().is_some_and(|other| payer::detail(other, segment, faults))
            }
            At::Line | At::LineProvider(_) | At::Adjudication => {
                let Some(line) = claim.lines.last_mut() else { return false };
                if segment.is("SVD") {
                    self.at = At::Adjudication;
                    line.adjudications.push(line::adjudication(segment, faults));
                    return true;
                }
                if self.at == At::Adjudication
                    && let Some(last) = line.adjudications.last_mut()
                {
                    return line::adjudication_detail(last, segment, faults);
                }
                line::detail(line, segment, faults)
            }
            _ => {
                // An SVD ends a provider loop that this reader does not keep.
                if segment.is("SVD")
                    && let Some(line) = claim.lines.last_mut()
                {
                    self.at = At::Adjudication;
                    line.adjudications.push(line::adjudication(segment, faults));
                    return true;
                }
                false
            }
        }
    }
}
