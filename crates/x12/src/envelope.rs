//! Interchanges, groups and sets: counts, control numbers, nesting.

use crate::fault::{Code, Fault};
use crate::segment::{Segment, brief};
use std::collections::HashSet;

/// What a segment is to the envelope.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Role {
    #[default]
    Body,
    Isa,
    Gs,
    St,
    Se,
    Ge,
    Iea,
    Ta1,
    /// Not inside a set, and no envelope segment.
    Stray,
}

/// The state of the envelopes at one segment.
#[derive(Debug, Default)]
pub(crate) struct Envelope<'a> {
    pub(crate) isa: Option<Segment<'a>>,
    pub(crate) gs: Option<Segment<'a>>,
    pub(crate) st: Option<Segment<'a>>,
    pub(crate) role: Role,
    /// Ordinals, from 1.
    pub(crate) interchange: usize,
    pub(crate) group: usize,
    pub(crate) set: usize,
    pub(crate) faults: Vec<Fault>,
    segments_in_set: usize,
    ta1s: usize,
    interchange_numbers: HashSet<&'a [u8]>,
    group_numbers: HashSet<&'a [u8]>,
    set_numbers: HashSet<&'a [u8]>,
}

/// GS01 for a transaction set.
pub(crate) fn group_kind(set: &[u8]) -> Option<&'static [u8]> {
    Some(match set {
        b"837" => b"HC",
        b"835" => b"HP",
        b"270" => b"HS",
        b"271" => b"HB",
        b"276" => b"HR",
        b"277" => b"HN",
        b"278" => b"HI",
        b"999" | b"997" => b"FA",
        b"834" => b"BE",
        b"820" => b"RA",
        b"275" => b"PI",
        b"824" => b"AG",
        _ => return None,
    })
}

fn is_count(bytes: &[u8], count: usize) -> bool {
    std::str::from_utf8(bytes).ok().and_then(|t| t.parse::<usize>().ok()) == Some(count)
}

impl<'a> Envelope<'a> {
    /// Takes the next segment. The state then is the one that the segment stands in: at SE the set is still open until [`Envelope::leave`].
    pub(crate) fn enter(&mut self, segment: &Segment<'a>) {
        self.segments_in_set += 1;
        self.role = match segment.raw.get(..2).unwrap_or_default() {
            b"IS" if segment.is("ISA") => self.open_interchange(segment),
            b"IE" if segment.is("IEA") => self.close_interchange(segment),
            b"GS" if segment.is("GS") => self.open_group(segment),
            b"GE" if segment.is("GE") => self.close_group(segment),
            b"ST" if segment.is("ST") => self.open_set(segment),
            b"SE" if segment.is("SE") => self.close_set(segment),
            b"TA" if self.gs.is_none() && segment.is("TA1") => self.interchange_ack(segment),
            _ if self.st.is_some() => Role::Body,
            _ => self.stray(segment),
        };
    }

    /// After the visitor has seen the segment: trailers close what they end.
    pub(crate) fn leave(&mut self) {
        match self.role {
            Role::Se => self.st = None,
            Role::Ge => (self.gs, self.st) = (None, None),
            Role::Iea => (self.isa, self.gs, self.st) = (None, None, None),
            _ => {}
        }
    }

    pub(crate) fn finish(&mut self) {
        if let Some(st) = self.st {
            self.add(st.fault(Code::Nesting, "the set is not closed (SE missing); the file may be cut off"));
        }
        if let Some(gs) = self.gs {
            self.add(gs.fault(Code::Nesting, "the group is not closed (GE missing); the file may be cut off"));
        }
        if let Some(isa) = self.isa {
            self.add(isa.fault(Code::Nesting, "the interchange is not closed (IEA missing); the file may be cut off"));
        }
    }

    /// Fills in the envelope of a fault.
    pub(crate) fn place(&self, mut fault: Fault) -> Fault {
        fault.interchange = Some(self.interchange).filter(|_| self.isa.is_some());
        fault.group = Some(self.group).filter(|_| self.gs.is_some());
        fault.set = Some(self.set).filter(|_| self.st.is_some());
        fault
    }

    fn add(&mut self, fault: Fault) {
        let fault = self.place(fault);
        self.faults.push(fault);
    }

    fn stray(&mut self, segment: &Segment<'a>) -> Role {
        let place = match (self.isa, self.gs) {
            (None, _) => "an interchange (ISA)",
            (_, None) => "a functional group (GS)",
            _ => "a transaction set (ST)",
        };
        self.add(segment.fault(Code::Outside, format!("the segment stands outside {place}")));
        Role::Stray
    }

    fn interchange_ack(&mut self, segment: &Segment<'a>) -> Role {
        self.ta1s += 1;
        if self.isa.is_none() {
            return self.stray(segment);
        }
        if !matches!(segment.get(4), b"A" | b"E" | b"R") {
            self.add(
                segment
                    .fault(Code::BadCode, format!("TA104 `{}` is not A, E or R", brief(segment.get(4))))
                    .at_element(4),
            );
        }
        if !matches!(segment.get(5), [b'0', b'0'..=b'3', b'0'..=b'9']) {
            self.add(
                segment
                    .fault(Code::BadCode, format!("TA105 `{}` is not a note code (000 to 031)", brief(segment.get(5))))
                    .at_element(5),
            );
        }
        Role::Ta1
    }

    fn open_interchange(&mut self, segment: &Segment<'a>) -> Role {
        if self.isa.is_some() {
            self.add(segment.fault(Code::Nesting, "ISA before the previous interchange was closed by IEA"));
        }
        (self.isa, self.gs, self.st) = (Some(*segment), None, None);
        self.interchange += 1;
        (self.group, self.set, self.ta1s) = (0, 0, 0);
        self.group_numbers.clear();
        let number = segment.get(13);
        if number.len() != 9 || !number.iter().all(u8::is_ascii_digit) {
            self.add(
                segment
                    .fault(Code::ControlFormat, format!("ISA13 `{}` is not nine digits", brief(number)))
                    .at_element(13),
            );
        }
        if !self.interchange_numbers.insert(number) {
            self.add(
                segment
                    .fault(
                        Code::ControlRepeated,
                        format!("interchange control number `{}` repeats in this file", brief(number)),
                    )
                    .at_element(13),
            );
        }
        if segment.get(12) != b"00501" {
            self.add(
                segment.fault(Code::Version, format!("ISA12 `{}` is not 00501", brief(segment.get(12)))).at_element(12),
            );
        }
        Role::Isa
    }

    fn close_interchange(&mut self, segment: &Segment<'a>) -> Role {
        let Some(isa) = self.isa else {
            return self.stray(segment);
        };
        if self.gs.is_some() {
            self.add(segment.fault(Code::Nesting, "IEA before the group was closed by GE"));
        }
        let count = segment.get(1);
        // An interchange of TA1 alone is sent with 0 and with 1 in the wild.
        let tolerated = self.ta1s > 0 && self.group == 0 && is_count(count, 1);
        if !is_count(count, self.group) {
            let fault = segment
                .fault(Code::Count, format!("IEA01 says `{}` groups, the interchange has {}", brief(count), self.group))
                .at_element(1);
            self.add(if tolerated { fault.warning() } else { fault });
        }
        if segment.get(2) != isa.get(13) {
            self.add(
                segment
                    .fault(
                        Code::ControlMismatch,
                        format!("IEA02 `{}` is not ISA13 `{}`", brief(segment.get(2)), brief(isa.get(13))),
                    )
                    .at_element(2),
            );
        }
        Role::Iea
    }

    fn open_group(&mut self, segment: &Segment<'a>) -> Role {
        if self.gs.is_some() {
            self.add(segment.fault(Code::Nesting, "GS before the previous group was closed by GE"));
        } else if self.isa.is_none() {
            self.add(segment.fault(Code::Outside, "the group stands outside an interchange (ISA)"));
        }
        (self.gs, self.st) = (Some(*segment), None);
        self.group += 1;
        self.set = 0;
        self.set_numbers.clear();
        if !self.group_numbers.insert(segment.get(6)) {
            self.add(
                segment
                    .fault(
                        Code::ControlRepeated,
                        format!("group control number `{}` repeats in this interchange", brief(segment.get(6))),
                    )
                    .at_element(6),
            );
        }
        Role::Gs
    }

    fn close_group(&mut self, segment: &Segment<'a>) -> Role {
        let Some(gs) = self.gs else {
            self.add(segment.fault(Code::Nesting, "GE without GS"));
            return Role::Stray;
        };
        if self.st.is_some() {
            self.add(segment.fault(Code::Nesting, "GE before the set was closed by SE"));
        }
        if !is_count(segment.get(1), self.set) {
            self.add(
                segment
                    .fault(
                        Code::Count,
                        format!("GE01 says `{}` sets, the group has {}", brief(segment.get(1)), self.set),
                    )
                    .at_element(1),
            );
        }
        if segment.get(2) != gs.get(6) {
            self.add(
                segment
                    .fault(
                        Code::ControlMismatch,
                        format!("GE02 `{}` is not GS06 `{}`", brief(segment.get(2)), brief(gs.get(6))),
                    )
                    .at_element(2),
            );
        }
        Role::Ge
    }

    fn open_set(&mut self, segment: &Segment<'a>) -> Role {
        if self.st.is_some() {
            self.add(segment.fault(Code::Nesting, "ST before the previous set was closed by SE"));
        } else if self.gs.is_none() {
            self.add(segment.fault(Code::Outside, "the set stands outside a functional group (GS)"));
        }
        self.st = Some(*segment);
        self.set += 1;
        self.segments_in_set = 1;
        if !self.set_numbers.insert(segment.get(2)) {
            self.add(
                segment
                    .fault(
                        Code::ControlRepeated,
                        format!("set control number `{}` repeats in this group", brief(segment.get(2))),
                    )
                    .at_element(2),
            );
        }
        if let Some(gs) = self.gs {
            let version = segment.get(3);
            if !version.is_empty() && version != gs.get(8) {
                self.add(
                    segment
                        .fault(Code::Version, format!("ST03 `{}` is not GS08 `{}`", brief(version), brief(gs.get(8))))
                        .at_element(3),
                );
            }
            if group_kind(segment.get(1)).is_some_and(|kind| kind != gs.get(1)) {
                self.add(
                    gs.fault(
                        Code::GroupKind,
                        format!(
                            "a group of kind `{}` does not carry set `{}`",
                            brief(gs.get(1)),
                            brief(segment.get(1))
                        ),
                    )
                    .at_element(1),
                );
            }
        }
        Role::St
    }

    fn close_set(&mut self, segment: &Segment<'a>) -> Role {
        let Some(st) = self.st else {
            self.add(segment.fault(Code::Nesting, "SE without ST"));
            return Role::Stray;
        };
        let count = self.segments_in_set;
        if !is_count(segment.get(1), count) {
            self.add(
                segment
                    .fault(Code::Count, format!("SE01 says `{}` segments, the set has {count}", brief(segment.get(1))))
                    .at_element(1),
            );
        }
        if segment.get(2) != st.get(2) {
            self.add(
                segment
                    .fault(
                        Code::ControlMismatch,
                        format!("SE02 `{}` is not ST02 `{}`", brief(segment.get(2)), brief(st.get(2))),
                    )
                    .at_element(2),
            );
        }
        Role::Se
    }
}
