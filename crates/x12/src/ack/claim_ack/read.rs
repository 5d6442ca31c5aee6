//! Reading a 277CA.

use super::{AckClaim, AckLine, AckProvider, AckStatus, AckTotals, Action, ClaimAck, StatusCode};
use crate::date::Time;
use crate::fault::{Code, Fault};
use crate::parts::{cents, entity, maybe_cents, maybe_date, maybe_quantity, period, procedure, reference};
use crate::segment::{Segment, text};
use crate::sets::{Set, each_set};

/// All claim acknowledgments of a file. Answers to status requests (277, version X212) are skipped.
pub fn read_277ca(bytes: &[u8]) -> (Vec<ClaimAck>, Vec<Fault>) {
    let mut list = Vec::new();
    let faults = each_set(bytes, |set| {
        if !is_claim_ack(set) {
            return Vec::new();
        }
        let mut reader = Reader::default();
        for segment in &set.segments {
            reader.take(segment);
        }
        list.push(reader.ack);
        reader.faults
    });
    (list, faults)
}

/// A 277 is a claim acknowledgment by its version, or by BHT01 when the version says nothing.
pub(crate) fn is_claim_ack(set: &Set<'_>) -> bool {
    let bht = || set.segments.iter().find(|s| s.is("BHT")).is_some_and(|s| s.get(1) == b"0085" && s.get(2) == b"08");
    set.kind() == b"277" && (set.version.starts_with(b"005010X214") || (set.version.len() < 10 && bht()))
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum At {
    #[default]
    Header,
    Source,
    Receiver,
    Provider,
    Claim,
    Line,
}

#[derive(Default)]
struct Reader {
    at: At,
    ack: ClaimAck,
    /// Never used; it spares a panic that cannot happen.
    spare: AckProvider,
    faults: Vec<Fault>,
}

impl Reader {
    /// The provider under way; claims without one get a nameless one.
    fn provider(&mut self) -> &mut AckProvider {
        if self.ack.providers.is_empty() {
            self.ack.providers.push(AckProvider::default());
        }
        match self.ack.providers.last_mut() {
            Some(provider) => provider,
            None => &mut self.spare,
        }
    }

    fn take(&mut self, segment: &Segment<'_>) {
        match segment.id() {
            b"BHT" => {
                self.ack.reference = segment.text(3);
                self.ack.date = maybe_date(segment, 4, &mut self.faults);
                self.ack.time = Time::parse(segment.get(5)).unwrap_or_default();
            }
            b"HL" => self.hl(segment),
            b"NM1" => self.name(segment),
            b"TRN" => self.trn(segment),
            b"STC" => self.stc(segment),
            b"REF" => self.reference(segment),
            b"DTP" => self.dtp(segment),
            b"QTY" | b"AMT" => self.totals(segment),
            b"SVC" => self.svc(segment),
            _ => {}
        }
    }

    fn hl(&mut self, segment: &Segment<'_>) {
        self.at = match segment.get(3) {
            b"20" => At::Source,
            b"21" => At::Receiver,
            b"19" => {
                self.ack.providers.push(AckProvider::default());
                At::Provider
            }
            b"PT" => {
                self.provider().claims.push(AckClaim::default());
                At::Claim
            }
            other => {
                let shown: String = text(other).chars().take(8).collect();
                self.faults.push(
                    segment
                        .fault(
                            Code::BadCode,
                            format!("`{shown}` is not a level of a claim acknowledgment (20, 21, 19, PT)"),
                        )
                        .at_element(3),
                );
                At::Header
            }
        };
    }

    fn claim(&mut self) -> Option<&mut AckClaim> {
        self.ack.providers.last_mut().and_then(|provider| provider.claims.last_mut())
    }

    fn line(&mut self) -> Option<&mut AckLine> {
        self.claim().and_then(|claim| claim.lines.last_mut())
    }

    fn name(&mut self, segment: &Segment<'_>) {
        let named = entity(segment);
        match self.at {
            At::Source => (self.ack.source, self.ack.source_kind) = (named, segment.text(1)),
            At::Receiver => self.ack.receiver = named,
            At::Provider => self.provider().provider = named,
            At::Claim => {
                if let Some(claim) = self.claim() {
                    claim.patient = named;
                }
            }
            At::Header | At::Line => {}
        }
    }

    fn trn(&mut self, segment: &Segment<'_>) {
        let trace = segment.text(2);
        match self.at {
            At::Source => self.ack.source_trace = trace,
            At::Receiver => self.ack.batch_reference = trace,
            At::Provider => self.provider().trace = Some(trace),
            At::Claim => {
                if let Some(claim) = self.claim() {
                    (claim.control_number, claim.segment) = (trace, Some(segment.number));
                }
            }
            At::Header | At::Line => {}
        }
    }

    fn stc(&mut self, segment: &Segment<'_>) {
        let action = if segment.get(3) == b"WQ" { Action::Accept } else { Action::Reject };
        let status = AckStatus {
            codes: [1, 10, 11].into_iter().filter_map(|n| status_code(segment, n)).collect(),
            date: maybe_date(segment, 2, &mut self.faults),
            action,
            cents: maybe_cents(segment, 4, &mut self.faults),
            message: segment.optional(12),
        };
        match self.at {
            At::Receiver => self.ack.statuses.push(status),
            At::Provider => self.provider().statuses.push(status),
            At::Claim => {
                if let Some(claim) = self.claim() {
                    claim.statuses.push(status);
                }
            }
            At::Line => {
                if let Some(line) = self.line() {
                    line.statuses.push(status);
                }
            }
            At::Header | At::Source => {}
        }
    }

    fn reference(&mut self, segment: &Segment<'_>) {
        let found = reference(segment);
        match self.at {
            At::Provider => self.provider().references.push(found),
            At::Claim => {
                if let Some(claim) = self.claim() {
                    match found.qualifier.as_str() {
                        "1K" => claim.payer_claim_number = Some(found.value),
                        "D9" => claim.clearinghouse_number = Some(found.value),
                        _ => claim.references.push(found),
                    }
                }
            }
            At::Line if found.qualifier == "FJ" => {
                if let Some(line) = self.line() {
                    line.control_number = Some(found.value);
                }
            }
            _ => {}
        }
    }

    fn dtp(&mut self, segment: &Segment<'_>) {
        let Some(period) = period(segment, &mut self.faults) else { return };
        match (self.at, segment.get(1)) {
            (At::Source, b"050") => self.ack.received = Some(period.from),
            (At::Source, b"009") => self.ack.processed = Some(period.from),
            (At::Claim, b"472") => {
                if let Some(claim) = self.claim() {
                    claim.service = Some(period);
                }
            }
            (At::Line, b"472") => {
                if let Some(line) = self.line() {
                    line.service = Some(period);
                }
            }
            _ => {}
        }
    }

    fn totals(&mut self, segment: &Segment<'_>) {
        let money = segment.is("AMT");
        let count = if money {
            None
        } else {
            maybe_quantity(segment, 2, &mut self.faults).and_then(|q| u32::try_from(q.0 / 1000).ok())
        };
        let cents = if money { maybe_cents(segment, 2, &mut self.faults) } else { None };
        let totals: &mut AckTotals = match self.at {
            At::Receiver => &mut self.ack.totals,
            At::Provider => &mut self.provider().totals,
            _ => return,
        };
        match segment.get(1) {
            b"90" | b"QA" => totals.accepted = count,
            b"AA" | b"QC" => totals.rejected = count,
            b"YU" => totals.accepted_cents = cents,
            b"YY" => totals.rejected_cents = cents,
            _ => {}
        }
    }

    fn svc(&mut self, segment: &Segment<'_>) {
        let line = AckLine {
            procedure: procedure(segment, 1),
            charge_cents: cents(segment, 2, &mut self.faults),
            ..AckLine::default()
        };
        if let Some(claim) = self.claim() {
            claim.lines.push(line);
            self.at = At::Line;
        }
    }
}

fn status_code(segment: &Segment<'_>, n: usize) -> Option<StatusCode> {
    let entity = segment.component_text(n, 3);
    let code = StatusCode {
        category: segment.component_text(n, 1),
        status: segment.component_text(n, 2),
        entity: Some(entity).filter(|e| !e.is_empty()),
    };
    (!code.category.is_empty()).then_some(code)
}
