//! Transaction sets of a file, one at a time, and an overview of the envelopes.

use crate::ack::Ta1;
use crate::date::{Date, Time};
use crate::envelope::{Envelope, Role};
use crate::fault::{Fault, Faults};
use crate::reader::{Lines, walk};
use crate::segment::Segment;
use serde::{Deserialize, Serialize};

/// One set while it is being read: ST, body, SE.
#[derive(Debug)]
pub(crate) struct Set<'a> {
    pub(crate) interchange: usize,
    pub(crate) group: usize,
    pub(crate) ordinal: usize,
    /// GS08, or ST03 when there is no group.
    pub(crate) version: &'a [u8],
    pub(crate) segments: Vec<Segment<'a>>,
}

impl<'a> Set<'a> {
    /// ST01.
    pub(crate) fn kind(&self) -> &'a [u8] {
        self.segments.first().map(|st| st.get(1)).unwrap_or_default()
    }

    /// A fault placed in this set.
    pub(crate) fn place(&self, mut fault: Fault) -> Fault {
        fault.interchange = Some(self.interchange).filter(|n| *n > 0);
        fault.group = Some(self.group).filter(|n| *n > 0);
        fault.set = Some(self.ordinal);
        fault
    }
}

/// What a pass over a file meets.
pub(crate) enum Item<'s, 'a> {
    /// A whole set.
    Set(&'s Set<'a>),
    /// A segment of the envelopes: ISA, TA1, GS.
    Header(&'s Segment<'a>, Role),
}

/// Reads every set with its segments, holding one set at a time. The visitor returns faults; all come back in file order.
pub(crate) fn each_set<'a>(bytes: &'a [u8], mut visit: impl FnMut(&Set<'a>) -> Vec<Fault>) -> Vec<Fault> {
    each_item(bytes, |item| match item {
        Item::Set(set) => visit(set),
        Item::Header(..) => Vec::new(),
    })
}

/// Reads every set, and the segments of the envelopes around them.
pub(crate) fn each_item<'a>(bytes: &'a [u8], mut visit: impl FnMut(Item<'_, 'a>) -> Vec<Fault>) -> Vec<Fault> {
    let mut found = Faults::default();
    let mut current: Option<Set<'a>> = None;
    let envelope_faults = walk(
        bytes,
        |segment, envelope| {
            if !matches!(envelope.role, Role::Body | Role::Se | Role::Ta1 | Role::Stray)
                && let Some(set) = current.take()
            {
                found.extend(visit(Item::Set(&set)).into_iter().map(|fault| set.place(fault)));
            }
            match envelope.role {
                Role::St => current = Some(start(segment, envelope)),
                Role::Body | Role::Se => {
                    if let Some(set) = &mut current {
                        set.segments.push(*segment);
                    }
                }
                Role::Isa | Role::Gs | Role::Ta1 => {
                    let header = visit(Item::Header(segment, envelope.role));
                    found.extend(header.into_iter().map(|fault| envelope.place(fault)));
                }
                Role::Ge | Role::Iea | Role::Stray => {}
            }
            if envelope.role == Role::Se
                && let Some(set) = current.take()
            {
                found.extend(visit(Item::Set(&set)).into_iter().map(|fault| set.place(fault)));
            }
        },
        &mut [].as_slice(),
    );
    if let Some(set) = current.take() {
        found.extend(visit(Item::Set(&set)).into_iter().map(|fault| set.place(fault)));
    }
    merge(bytes, envelope_faults.into_vec(), found.into_vec())
}

fn start<'a>(segment: &Segment<'a>, envelope: &Envelope<'a>) -> Set<'a> {
    Set {
        interchange: envelope.interchange,
        group: envelope.group,
        ordinal: envelope.set,
        version: envelope.gs.map_or_else(|| segment.get(3), |gs| gs.get(8)),
        segments: vec![*segment],
    }
}

/// Faults of two passes in file order, with lines filled in.
pub(crate) fn merge(bytes: &[u8], mut first: Vec<Fault>, second: Vec<Fault>) -> Vec<Fault> {
    first.extend(second);
    first.sort_by_key(|fault| fault.byte);
    let mut lines = Lines::new(bytes);
    first.into_iter().map(|fault| lines.place(fault)).collect()
}

/// An interchange as its envelope describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InterchangeHeader {
    /// ISA05.
    pub sender_qualifier: String,
    /// ISA06, without padding.
    pub sender: String,
    /// ISA07.
    pub receiver_qualifier: String,
    /// ISA08, without padding.
    pub receiver: String,
    /// ISA09.
    pub date: Option<Date>,
    /// ISA10.
    pub time: Option<Time>,
    /// ISA12.
    pub version: String,
    /// ISA13.
    pub control: String,
    /// ISA14 is 1.
    pub ack_requested: bool,
    /// ISA15 is T.
    pub test: bool,
    /// TA1 before the first group.
    pub acks: Vec<Ta1>,
    /// Functional groups.
    pub groups: Vec<GroupHeader>,
}

/// A functional group as its envelope describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupHeader {
    /// GS01.
    pub kind: String,
    /// GS02.
    pub sender: String,
    /// GS03.
    pub receiver: String,
    /// GS04.
    pub date: Option<Date>,
    /// GS05.
    pub time: Option<Time>,
    /// GS06.
    pub control: String,
    /// GS08.
    pub version: String,
    /// Transaction sets.
    pub sets: Vec<SetHeader>,
}

/// A transaction set as its envelope describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetHeader {
    /// ST01.
    pub kind: String,
    /// ST02.
    pub control: String,
    /// Which segment of the file is ST.
    pub segment: usize,
    /// Segments found, with ST and SE.
    pub segments: usize,
    /// Offset of ST in the file.
    pub byte: usize,
    /// Offset after SE, or after the last segment found.
    pub end: usize,
}

/// Describes the envelopes of a file: who sent what to whom. One pass; memory grows with the sets, not with the segments.
pub fn overview(bytes: &[u8]) -> (Vec<InterchangeHeader>, Vec<Fault>) {
    let mut list: Vec<InterchangeHeader> = Vec::new();
    let faults = walk(bytes, |segment, envelope| note(segment, envelope, &mut list), &mut [].as_slice());
    (list, faults.into_vec())
}

fn note<'a>(segment: &Segment<'a>, envelope: &Envelope<'a>, list: &mut Vec<InterchangeHeader>) {
    match envelope.role {
        Role::Isa => list.push(InterchangeHeader {
            sender_qualifier: segment.text(5),
            sender: segment.text(6),
            receiver_qualifier: segment.text(7),
            receiver: segment.text(8),
            date: Date::parse_short(segment.get(9)),
            time: Time::parse(segment.get(10)),
            version: segment.text(12),
            control: segment.text(13),
            ack_requested: segment.get(14) == b"1",
            test: segment.get(15) == b"T",
            ..InterchangeHeader::default()
        }),
        Role::Ta1 => {
            if let Some(interchange) = list.last_mut() {
                interchange.acks.push(Ta1::from_segment(segment));
            }
        }
        Role::Gs => {
            if list.is_empty() {
                list.push(InterchangeHeader::default());
            }
            if let Some(interchange) = list.last_mut() {
                interchange.groups.push(GroupHeader {
                    kind: segment.text(1),
                    sender: segment.text(2),
                    receiver: segment.text(3),
                    date: Date::parse(segment.get(4)),
                    time: Time::parse(segment.get(5)),
                    control: segment.text(6),
                    version: segment.text(8),
                    sets: Vec::new(),
                });
            }
        }
        Role::St => {
            if let Some(group) = list.last_mut().and_then(|i| i.groups.last_mut()) {
                group.sets.push(SetHeader {
                    kind: segment.text(1),
                    control: segment.text(2),
                    segment: segment.number,
                    segments: 1,
                    byte: segment.byte,
                    end: segment.byte + segment.raw.len() + segment.term.len(),
                });
            }
        }
        Role::Body | Role::Se => {
            if let Some(set) = list.last_mut().and_then(|i| i.groups.last_mut()).and_then(|g| g.sets.last_mut()) {
                set.segments += 1;
                set.end = segment.byte + segment.raw.len() + segment.term.len();
            }
        }
        Role::Ge | Role::Iea | Role::Stray => {}
    }
}
