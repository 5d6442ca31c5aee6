//! What a guide's tree cannot say about an 837: money that adds up, pointers that point, levels that nest.

use crate::fault::{Code, Fault};
use crate::money::{format_cents, parse_cents};
use crate::segment::{Segment, brief, text};
use std::collections::HashMap;

/// Composites that an HI segment can have.
const DIAGNOSES: usize = 12;
/// Pointers that a service line can have.
const POINTERS: usize = 4;

/// An earlier payer of the claim (loop 2320).
struct Payer<'a> {
    segment: Segment<'a>,
    id: &'a [u8],
    paid: Option<i64>,
    adjusted: i64,
}

/// What that payer said of one line (loop 2430).
struct Answer<'a> {
    segment: Segment<'a>,
    payer: &'a [u8],
    paid: i64,
    adjusted: i64,
    charge: i64,
}

struct Claim<'a> {
    segment: Segment<'a>,
    charge: i64,
    lines: i64,
    diagnoses: usize,
    replaces: bool,
    payer_number: bool,
    payers: Vec<Payer<'a>>,
    answers: Vec<Answer<'a>>,
    line: Option<i64>,
    line_number: u32,
}

/// Judges the claims of one 837 set, segment by segment.
#[derive(Default)]
pub(crate) struct Claims<'a> {
    claim: Option<Claim<'a>>,
    /// A subscriber level, and whether a claim or a patient has come.
    level: Option<(Segment<'a>, bool)>,
    in_payer: bool,
}

fn money(segment: &Segment<'_>, n: usize, faults: &mut Vec<Fault>) -> i64 {
    let value = segment.get(n);
    if value.is_empty() {
        return 0;
    }
    parse_cents(value).unwrap_or_else(|why| {
        faults.push(
            segment
                .fault(Code::BadNumber, format!("{}{n:02} is not an amount: {why}", text(segment.id())))
                .at_element(n),
        );
        0
    })
}

fn adjusted(segment: &Segment<'_>, faults: &mut Vec<Fault>) -> i64 {
    (2..20)
        .step_by(3)
        .filter(|n| !segment.get(*n).is_empty())
        .fold(0, |sum: i64, n| sum.saturating_add(money(segment, n + 1, faults)))
}

impl<'a> Claims<'a> {
    pub(crate) fn take(&mut self, segment: &Segment<'a>, faults: &mut Vec<Fault>) {
        match segment.id() {
            b"CLM" => {
                self.close(faults);
                if let Some((_, seen)) = &mut self.level {
                    *seen = true;
                }
                self.claim = Some(Claim {
                    segment: *segment,
                    charge: money(segment, 2, faults),
                    lines: 0,
                    diagnoses: 0,
                    replaces: matches!(segment.component(5, 3), b"7" | b"8"),
                    payer_number: false,
                    payers: Vec::new(),
                    answers: Vec::new(),
                    line: None,
                    line_number: 0,
                });
                self.in_payer = false;
            }
            b"HL" | b"SE" => {
                self.close(faults);
                let patient = segment.is("HL") && segment.get(3) == b"23";
                if let Some((level, false)) = self.level.take().filter(|_| !patient) {
                    faults.push(
                        level.fault(
                            Code::SegmentMissing,
                            "this subscriber has neither a claim (CLM) nor a patient below",
                        ),
                    );
                }
                self.level = (segment.get(3) == b"22").then_some((*segment, false));
            }
            _ => {
                if let Some(claim) = &mut self.claim {
                    claim.take(segment, &mut self.in_payer, faults);
                }
            }
        }
    }

    fn close(&mut self, faults: &mut Vec<Fault>) {
        if let Some(claim) = self.claim.take() {
            claim.settle(faults);
        }
    }
}

impl<'a> Claim<'a> {
    fn take(&mut self, segment: &Segment<'a>, in_payer: &mut bool, faults: &mut Vec<Fault>) {
        match segment.id() {
            b"HI" => self.diagnoses(segment, faults),
            b"REF" if segment.get(1) == b"F8" && !*in_payer => self.payer_number = true,
            b"SBR" => {
                *in_payer = true;
                self.payers.push(Payer { segment: *segment, id: b"", paid: None, adjusted: 0 });
            }
            b"AMT" if segment.get(1) == b"D" && self.line.is_none() => {
                if let Some(payer) = self.payers.last_mut() {
                    payer.paid = Some(money(segment, 2, faults));
                }
            }
            b"NM1" if segment.get(1) == b"PR" && self.line.is_none() => {
                if let Some(payer) = self.payers.last_mut() {
                    payer.id = segment.get(9);
                }
            }
            b"LX" => {
                self.line = Some(0);
                self.line_number += 1;
                if segment.get(1) != self.line_number.to_string().as_bytes() {
                    let fault = segment.fault(
                        Code::Count,
                        format!("LX01 `{}` is not the line's number, {}", brief(segment.get(1)), self.line_number),
                    );
                    faults.push(fault.at_element(1));
                }
            }
            b"SV1" | b"SV2" | b"SV3" => self.service(segment, faults),
            b"SVD" => self.answers.push(Answer {
                segment: *segment,
                payer: segment.get(1),
                paid: money(segment, 2, faults),
                adjusted: 0,
                charge: self.line.unwrap_or(0),
            }),
            b"CAS" => {
                let sum = adjusted(segment, faults);
                match (self.answers.last_mut().filter(|_| self.line.is_some()), self.payers.last_mut()) {
                    (Some(answer), _) => answer.adjusted = answer.adjusted.saturating_add(sum),
                    (None, Some(payer)) => payer.adjusted = payer.adjusted.saturating_add(sum),
                    (None, None) => {}
                }
            }
            _ => {}
        }
    }

    fn diagnoses(&mut self, segment: &Segment<'_>, faults: &mut Vec<Fault>) {
        for (n, value) in (1..=DIAGNOSES).zip(segment.elements()) {
            let mut parts = value.split(|b| *b == segment.delims.component);
            let (qualifier, code) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            if matches!(qualifier, b"ABK" | b"ABF" | b"BK" | b"BF") {
                self.diagnoses += 1;
            }
            if matches!(qualifier, b"ABK" | b"ABF" | b"ABJ" | b"APR" | b"ABN") && code.contains(&b'.') {
                let fault = segment
                    .fault(Code::BadCode, format!("diagnosis `{}` must be written without its dot", brief(code)));
                faults.push(fault.at_element(n).at_component(2));
            }
        }
    }

    fn service(&mut self, segment: &Segment<'_>, faults: &mut Vec<Fault>) {
        let charge = money(segment, if segment.is("SV2") { 3 } else { 2 }, faults);
        self.lines = self.lines.saturating_add(charge);
        self.line = Some(charge);
        let at = match segment.id() {
            b"SV1" => 7,
            b"SV3" => 11,
            _ => return,
        };
        for (index, pointer) in segment.components(at).take(POINTERS).enumerate().filter(|(_, p)| !p.is_empty()) {
            let number: Option<usize> = std::str::from_utf8(pointer).ok().and_then(|p| p.parse().ok());
            if !number.is_some_and(|n| n >= 1 && n <= self.diagnoses) {
                let fault = segment.fault(
                    Code::Pointer,
                    format!("diagnosis pointer `{}`, but the claim has {} diagnoses", brief(pointer), self.diagnoses),
                );
                faults.push(fault.at_element(at).at_component(index + 1));
            }
        }
    }

    fn settle(&self, faults: &mut Vec<Fault>) {
        if self.charge != self.lines {
            let message =
                format!("CLM02 is {}, its lines charge {}", format_cents(self.charge), format_cents(self.lines));
            faults.push(self.segment.fault(Code::Balance, message).at_element(2));
        }
        if self.replaces && !self.payer_number {
            let fault =
                self.segment.fault(Code::Situational, "a replacement or void needs the payer's claim number (REF*F8)");
            faults.push(fault.at_element(5).at_component(3));
        }
        let mut by_payer: HashMap<&[u8], i64> = HashMap::new();
        for answer in &self.answers {
            let sum = by_payer.entry(answer.payer).or_default();
            *sum = sum.saturating_add(answer.adjusted);
        }
        for payer in &self.payers {
            let Some(paid) = payer.paid else { continue };
            let lines = payer.adjusted.saturating_add(by_payer.get(payer.id).copied().unwrap_or(0));
            if paid.saturating_add(lines) != self.charge {
                let message = format!(
                    "payer `{}` paid {} and adjusted {}, which is not the charge {}",
                    brief(payer.id),
                    format_cents(paid),
                    format_cents(lines),
                    format_cents(self.charge)
                );
                faults.push(payer.segment.fault(Code::Balance, message));
            }
        }
        for answer in &self.answers {
            if answer.paid.saturating_add(answer.adjusted) != answer.charge {
                let message = format!(
                    "the line's charge {} is not SVD02 {} and its adjustments {}",
                    format_cents(answer.charge),
                    format_cents(answer.paid),
                    format_cents(answer.adjusted)
                );
                faults.push(answer.segment.fault(Code::Balance, message).at_element(2));
            }
        }
    }
}

/// HL numbers: in sequence, each under an earlier one, parents announced.
#[derive(Default)]
pub(crate) struct Levels<'a> {
    seen: Vec<(Segment<'a>, bool)>,
}

impl<'a> Levels<'a> {
    pub(crate) fn take(&mut self, segment: &Segment<'a>, faults: &mut Vec<Fault>) {
        let number = self.seen.len() + 1;
        if segment.get(1) != number.to_string().as_bytes() {
            faults.push(
                segment
                    .fault(Code::Count, format!("HL01 `{}` is not the level's number, {number}", brief(segment.get(1))))
                    .at_element(1),
            );
        }
        let parent = segment.get(2);
        if !parent.is_empty() {
            let index =
                std::str::from_utf8(parent).ok().and_then(|p| p.parse::<usize>().ok()).and_then(|p| p.checked_sub(1));
            match index.and_then(|index| self.seen.get_mut(index)) {
                Some((_, has_child)) => *has_child = true,
                None => faults.push(
                    segment
                        .fault(Code::Nesting, format!("HL02 `{}` is not an earlier level", brief(parent)))
                        .at_element(2),
                ),
            }
        }
        self.seen.push((*segment, false));
    }

    pub(crate) fn finish(&self, faults: &mut Vec<Fault>) {
        for (segment, has_child) in &self.seen {
            let says = segment.get(4);
            if (says == b"1" && !has_child) || (says == b"0" && *has_child) {
                let what = if *has_child { "0, but a level follows below" } else { "1, but no level follows below" };
                let fault = segment.fault(Code::Nesting, format!("HL04 is {what}")).at_element(4);
                // Answers that refuse a request keep the 1 of the request, and nothing is lost by it.
                faults.push(if *has_child { fault } else { fault.warning() });
            }
        }
    }
}
