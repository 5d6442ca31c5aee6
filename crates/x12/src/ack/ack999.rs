//! 999 (005010X231A1): the answer to a functional group.
//!
//! IK404 and CTX echo what was sent: a 999 holds patient data.

use super::Verdict;
use crate::fault::{Code, Fault};
use crate::segment::Segment;
use crate::sets::{Set, each_set};
use crate::writer::{SetWriter, Transaction};
use serde::{Deserialize, Serialize};

/// The adopted version.
pub const VERSION_999: &str = "005010X231A1";

/// An implementation acknowledgment: one functional group answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ack999 {
    /// AK101: GS01 of the group.
    pub group_kind: String,
    /// AK102: its GS06.
    pub group_control: String,
    /// AK103: its GS08.
    pub group_version: String,
    /// AK2 loops; a group accepted whole may have none.
    pub sets: Vec<SetResponse>,
    /// AK901.
    pub verdict: Verdict,
    /// AK902: sets that GE01 announced.
    pub included: u32,
    /// AK903: sets received.
    pub received: u32,
    /// AK904: sets accepted.
    pub accepted: u32,
    /// AK905 to 909.
    pub codes: Vec<String>,
}

/// What was said about one set (loop AK2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetResponse {
    /// AK201: ST01.
    pub kind: String,
    /// AK202: ST02.
    pub control: String,
    /// AK203: ST03.
    pub version: Option<String>,
    /// Loops IK3.
    pub segments: Vec<SegmentNote>,
    /// IK501.
    pub verdict: Verdict,
    /// IK502 to 506.
    pub codes: Vec<String>,
}

/// A segment with something wrong (loop IK3).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentNote {
    /// IK301.
    pub id: String,
    /// IK302: position in the set, ST is 1.
    pub position: u32,
    /// IK303.
    pub loop_id: Option<String>,
    /// IK304.
    pub code: String,
    /// CTX segments without their name, elements joined by `*` and components by `:`.
    pub contexts: Vec<String>,
    /// IK4.
    pub elements: Vec<ElementNote>,
}

/// An element with something wrong (IK4).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ElementNote {
    /// IK401-1.
    pub element: u32,
    /// IK401-2.
    pub component: Option<u32>,
    /// IK401-3.
    pub repetition: Option<u32>,
    /// IK402: the data element's number.
    pub reference: Option<String>,
    /// IK403.
    pub code: String,
    /// IK404: the value that was sent.
    pub value: Option<String>,
    /// CTX segments without their name, elements joined by `*` and components by `:`.
    pub contexts: Vec<String>,
}

impl Ack999 {
    /// The counts and the verdict of AK9, from the sets.
    pub fn settle(&mut self) {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let accepted = self.sets.iter().filter(|s| s.verdict.is_accepted()).count();
        self.received = count(self.sets.len());
        self.included = self.included.max(self.received);
        self.accepted = count(accepted);
        self.verdict = if accepted == 0 {
            Verdict::Rejected
        } else if accepted < self.sets.len() {
            Verdict::Partial
        } else if self.sets.iter().any(|s| s.verdict != Verdict::Accepted) {
            Verdict::AcceptedWithErrors
        } else {
            Verdict::Accepted
        };
    }
}

/// All 999s of a file. A 997 is read too: its AK3, AK4 and AK5 mean the same.
pub fn read_999(bytes: &[u8]) -> (Vec<Ack999>, Vec<Fault>) {
    let mut list = Vec::new();
    let faults = each_set(bytes, |set| {
        if matches!(set.kind(), b"999" | b"997") {
            let (ack, faults) = read_set(set);
            list.push(ack);
            return faults;
        }
        Vec::new()
    });
    (list, faults)
}

fn number(bytes: &[u8]) -> Option<u32> {
    std::str::from_utf8(bytes).ok()?.trim().parse().ok()
}

/// A CTX with the usual delimiters, whatever the file has.
fn context(segment: &Segment<'_>) -> String {
    let elements = segment.elements().enumerate().map(|(n, _)| {
        let components: Vec<String> = segment.components(n + 1).map(crate::segment::text).collect();
        components.join(":")
    });
    elements.collect::<Vec<String>>().join("*")
}

fn codes(segment: &Segment<'_>, from: usize) -> Vec<String> {
    segment.elements().skip(from - 1).filter(|e| !e.is_empty()).map(crate::segment::text).collect()
}

fn read_set(set: &Set<'_>) -> (Ack999, Vec<Fault>) {
    let mut ack = Ack999::default();
    let mut faults = Vec::new();
    let mut closed = false;
    for segment in &set.segments {
        match segment.id() {
            b"AK1" => {
                (ack.group_kind, ack.group_control, ack.group_version) =
                    (segment.text(1), segment.text(2), segment.text(3));
            }
            b"AK2" => ack.sets.push(SetResponse {
                kind: segment.text(1),
                control: segment.text(2),
                version: segment.optional(3),
                verdict: Verdict::Rejected,
                ..SetResponse::default()
            }),
            b"AK9" => {
                closed = true;
                read_ak9(segment, &mut ack, &mut faults);
            }
            _ => {
                if let Some(response) = ack.sets.last_mut() {
                    read_response(segment, response);
                }
            }
        }
    }
    if !closed && let Some(st) = set.segments.first() {
        faults.push(st.fault(
            Code::SegmentMissing,
            "the acknowledgment has no AK9, so its verdict is unknown; it counts as rejected",
        ));
        ack.verdict = Verdict::Rejected;
    }
    (ack, faults)
}

fn read_ak9(segment: &Segment<'_>, ack: &mut Ack999, faults: &mut Vec<Fault>) {
    ack.verdict = Verdict::from_code(segment.get(1));
    for (element, field) in [(2, &mut ack.included), (3, &mut ack.received), (4, &mut ack.accepted)] {
        match number(segment.get(element)) {
            Some(value) => *field = value,
            None => faults
                .push(segment.fault(Code::BadNumber, format!("AK9{element:02} is not a count")).at_element(element)),
        }
    }
    ack.codes = codes(segment, 5);
}

fn read_response(segment: &Segment<'_>, response: &mut SetResponse) {
    match segment.id() {
        b"IK3" | b"AK3" => response.segments.push(SegmentNote {
            id: segment.text(1),
            position: number(segment.get(2)).unwrap_or(0),
            loop_id: segment.optional(3),
            code: segment.text(4),
            ..SegmentNote::default()
        }),
        b"IK4" | b"AK4" => {
            if let Some(note) = response.segments.last_mut() {
                note.elements.push(ElementNote {
                    element: number(segment.component(1, 1)).unwrap_or(0),
                    component: number(segment.component(1, 2)),
                    repetition: number(segment.component(1, 3)),
                    reference: segment.optional(2),
                    code: segment.text(3),
                    value: segment.optional(4),
                    contexts: Vec::new(),
                });
            }
        }
        b"CTX" => {
            if let Some(note) = response.segments.last_mut() {
                let text = context(segment);
                match note.elements.last_mut() {
                    Some(element) => element.contexts.push(text),
                    None => note.contexts.push(text),
                }
            }
        }
        b"IK5" | b"AK5" => {
            response.verdict = Verdict::from_code(segment.get(1));
            response.codes = codes(segment, 2);
        }
        _ => {}
    }
}

impl Transaction for Ack999 {
    const SET: &'static str = "999";
    const GROUP: &'static str = "FA";
    const VERSION: &'static str = VERSION_999;

    fn body(&self, out: &mut SetWriter) {
        out.segment("AK1")
            .required("AK101 group kind", &self.group_kind, 2)
            .required("AK102 group control number", &self.group_control, 9)
            .required("AK103 group version", &self.group_version, 12)
            .end();
        for set in &self.sets {
            set.write(out);
        }
        let ak9 = out
            .segment("AK9")
            .code(self.verdict.code())
            .code(&self.included.to_string())
            .code(&self.received.to_string())
            .code(&self.accepted.to_string());
        self.codes.iter().take(5).fold(ak9, |ak9, code| ak9.id("AK905 code", code, 3)).end();
    }
}

impl SetResponse {
    fn write(&self, out: &mut SetWriter) {
        out.segment("AK2")
            .required("AK201 set", &self.kind, 3)
            .required("AK202 set control number", &self.control, 9)
            .maybe("AK203 version", self.version.as_deref(), 35)
            .end();
        for note in &self.segments {
            note.write(out);
        }
        let ik5 = out.segment("IK5").code(if self.verdict == Verdict::Partial { "E" } else { self.verdict.code() });
        self.codes.iter().take(5).fold(ik5, |ik5, code| ik5.id("IK502 code", code, 3)).end();
    }
}

impl SegmentNote {
    fn write(&self, out: &mut SetWriter) {
        out.segment("IK3")
            .required("IK301 segment", &self.id, 3)
            .code(&self.position.max(1).to_string())
            .maybe("IK303 loop", self.loop_id.as_deref(), 4)
            .required("IK304 code", &self.code, 3)
            .end();
        contexts(out, &self.contexts);
        for element in &self.elements {
            let numbers = [Some(element.element), element.component, element.repetition]
                .map(|n| n.map(|n| n.to_string()).unwrap_or_default());
            let parts: Vec<&str> = numbers.iter().map(String::as_str).collect();
            out.segment("IK4")
                .composite("IK401 position", &parts)
                .maybe("IK402 data element", element.reference.as_deref(), 4)
                .required("IK403 code", &element.code, 3)
                .text(element.value.as_deref().unwrap_or_default(), 99)
                .end();
            contexts(out, &element.contexts);
        }
    }
}

/// Contexts are kept with `*` and `:`, and written with the delimiters of the file.
fn contexts(out: &mut SetWriter, list: &[String]) {
    for context in list.iter().take(10) {
        let segment = out.segment("CTX");
        context
            .split('*')
            .fold(segment, |segment, part| {
                let components: Vec<&str> = part.split(':').collect();
                segment.composite("CTX context", &components)
            })
            .end();
    }
}
