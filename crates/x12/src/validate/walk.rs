//! Finding the guide's place for each segment, and what is missing on the way there.

use super::guide::{Guide, Node, library};
use crate::fault::{Code, Fault};
use crate::segment::{Segment, text};

/// Which element tells segments of the same name apart.
fn key(id: &[u8]) -> Option<(usize, usize)> {
    Some(match id {
        b"HL" => (3, 0),
        b"HI" => (1, 1),
        b"NM1" | b"N1" | b"REF" | b"DTP" | b"DTM" | b"AMT" | b"QTY" | b"PRV" | b"CRC" | b"PER" | b"NTE" => (1, 0),
        _ => return None,
    })
}

impl Node {
    fn takes(&self, segment: &Segment<'_>) -> bool {
        let lead = self.lead();
        let id = segment.id();
        if lead.id.as_bytes() != id {
            return false;
        }
        let Some((element, part)) = key(id) else { return true };
        let check = lead.spec.checks.get(element - 1);
        let check = if part > 0 { check.and_then(|c| c.parts.get(part - 1)) } else { check };
        let codes = check.map(|c| c.codes.as_slice()).unwrap_or_default();
        let value = if part > 0 { segment.component(element, part) } else { segment.get(element) };
        codes.is_empty() || codes.iter().any(|code| code == value)
    }

    fn title(&self) -> String {
        if self.is_loop { format!("loop {} ({})", self.id, self.lead().name()) } else { self.name() }
    }

    /// `NM1*85`: the name, with its qualifier when that is one code.
    fn name(&self) -> String {
        let Some((element, part)) = key(self.id.as_bytes()) else { return format!("`{}`", self.id) };
        let check = self.spec.checks.get(element - 1);
        let check = if part > 0 { check.and_then(|c| c.parts.first()) } else { check };
        match check.map(|c| c.codes.as_slice()) {
            Some([one]) => format!("`{}` with `{}`", self.id, text(one)),
            _ => format!("`{}`", self.id),
        }
    }
}

struct Frame {
    node: &'static Node,
    /// The child reached last.
    at: usize,
    counts: Vec<u32>,
}

impl Frame {
    fn new(node: &'static Node) -> Self {
        Self { node, at: 0, counts: vec![0; node.children.len()] }
    }

    /// The first child of the rank that was reached last.
    fn start(&self) -> usize {
        let rank = self.node.children.get(self.at).map_or(0, |c| c.rank);
        let before = self.node.children.get(..self.at).unwrap_or_default();
        self.at - before.iter().rev().take_while(|c| c.rank == rank).count()
    }

    fn count(&self, child: usize) -> u32 {
        self.counts.get(child).copied().unwrap_or(0)
    }

    /// The child that takes the segment; one with room before one that is full.
    fn find(&self, segment: &Segment<'_>) -> Option<usize> {
        let from = self.start();
        let takers = || self.node.children.iter().enumerate().skip(from).filter(|(_, child)| child.takes(segment));
        let roomy = takers().find(|(index, child)| child.max == 0 || self.count(*index) < child.max);
        roomy.or_else(|| takers().next()).map(|(index, _)| index)
    }

    /// Required children from the rank reached up to `end`, that never came; told once.
    fn missing(&mut self, end: usize, rank: Option<usize>, segment: &Segment<'_>, faults: &mut Vec<Fault>) {
        let from = self.start();
        for (index, child) in self.node.children.iter().enumerate().take(end).skip(from) {
            if child.required && Some(child.rank) != rank && self.count(index) == 0 {
                let place = if self.node.id.is_empty() { String::new() } else { format!(" in loop {}", self.node.id) };
                faults.push(
                    segment.fault(
                        Code::SegmentMissing,
                        format!("{} is missing{place} before this segment", child.title()),
                    ),
                );
                if let Some(count) = self.counts.get_mut(index) {
                    *count = 1;
                }
            }
        }
    }
}

/// The place in a guide.
pub(crate) struct Walker {
    stack: Vec<Frame>,
}

impl Walker {
    pub(crate) fn new(guide: &'static Guide) -> Self {
        Self { stack: vec![Frame::new(&guide.root)] }
    }

    /// The name of the loop that the walker stands in.
    pub(crate) fn loop_id(&self) -> &'static str {
        self.stack.last().map_or("", |frame| frame.node.id.as_str())
    }

    /// Takes the next segment; returns its place in the guide.
    pub(crate) fn take(&mut self, segment: &Segment<'_>, faults: &mut Vec<Fault>) -> Option<&'static Node> {
        let found = self
            .stack
            .iter()
            .enumerate()
            .rev()
            .find_map(|(depth, frame)| frame.find(segment).map(|child| (depth, child)));
        let Some((depth, child)) = found else {
            faults.push(self.stranger(segment));
            return None;
        };
        while self.stack.len() > depth + 1 {
            if let Some(mut frame) = self.stack.pop() {
                frame.missing(usize::MAX, None, segment, faults);
            }
        }
        let frame = self.stack.last_mut()?;
        let node = frame.node.children.get(child)?;
        frame.missing(child, Some(node.rank), segment, faults);
        frame.at = child;
        if let Some(count) = frame.counts.get_mut(child) {
            *count += 1;
            if node.max > 0 && *count > node.max {
                let code = if node.is_loop { Code::LoopRepeats } else { Code::SegmentRepeats };
                faults.push(segment.fault(code, format!("{} comes more than {} times", node.title(), node.max)));
            }
        }
        Some(self.enter(node))
    }

    /// Opens loops down to the segment that begins them.
    fn enter(&mut self, node: &'static Node) -> &'static Node {
        let mut node = node;
        while node.is_loop {
            let mut frame = Frame::new(node);
            if let Some(count) = frame.counts.first_mut() {
                *count = 1;
            }
            self.stack.push(frame);
            match node.children.first() {
                Some(first) => node = first,
                None => break,
            }
        }
        node
    }

    /// What is still missing when the set ends without SE.
    pub(crate) fn finish(mut self, last: &Segment<'_>, faults: &mut Vec<Fault>) {
        while let Some(mut frame) = self.stack.pop() {
            // SE itself is the envelope's business.
            let end = if self.stack.is_empty() { frame.node.children.len().saturating_sub(1) } else { usize::MAX };
            frame.missing(end, None, last, faults);
        }
    }

    fn stranger(&self, segment: &Segment<'_>) -> Fault {
        let id = text(segment.id());
        if !library().segments.contains_key(&id) {
            return segment.fault(Code::SegmentUnknown, format!("`{id}` is not a segment of this guide"));
        }
        let place = match self.loop_id() {
            "" => "here".to_owned(),
            name => format!("here, in or after loop {name}"),
        };
        match key(segment.id()) {
            Some((element, 0)) => {
                let value: String = segment.text(element).chars().take(20).collect();
                segment.fault(Code::SegmentUnexpected, format!("`{id}` with `{value}` is not expected {place}"))
            }
            _ => segment.fault(Code::SegmentUnexpected, format!("`{id}` is not expected {place}")),
        }
    }
}
