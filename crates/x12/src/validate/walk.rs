//! Finding the guide's place for each segment, and what is missing on the way there.

use super::guide::{Guide, Node, Word, library};
use crate::fault::{Code, Fault};
use crate::segment::{Segment, brief};

/// Which element tells segments of the same name apart.
fn key(id: &[u8]) -> Option<(usize, usize)> {
    Some(match id {
        b"HL" => (3, 0),
        b"HI" => (1, 1),
        b"NM1" | b"N1" | b"REF" | b"DTP" | b"DTM" | b"AMT" | b"QTY" | b"PRV" | b"CRC" | b"PER" | b"NTE" => (1, 0),
        _ => return None,
    })
}

/// The name and the qualifier of a segment, found once for all the nodes that are asked.
struct Probe {
    id: Option<Word>,
    qualifier: Option<Word>,
}

impl Probe {
    fn new(segment: &Segment<'_>) -> Self {
        let id = segment.id();
        let qualifier = match key(id) {
            Some((element, 0)) => segment.get(element),
            Some((element, part)) => segment.component(element, part),
            None => b"",
        };
        Self { id: Word::new(id), qualifier: Word::new(qualifier) }
    }
}

impl Node {
    fn takes(&self, probe: &Probe) -> bool {
        let known = &self.known_by;
        Some(known.id) == probe.id
            && (known.codes.is_empty() || known.codes.iter().any(|code| Some(*code) == probe.qualifier))
    }

    /// The codes of the element that tells it from its namesakes.
    pub(super) fn qualifiers(&self) -> &[Word] {
        let Some((element, part)) = key(self.id.as_bytes()) else { return &[] };
        let check = self.spec.checks.get(element - 1);
        let check = if part > 0 { check.and_then(|c| c.parts.get(part - 1)) } else { check };
        check.map(|c| c.codes.as_slice()).unwrap_or_default()
    }

    fn title(&self) -> String {
        if self.is_loop { format!("loop {} ({})", self.id, self.lead().name()) } else { self.name() }
    }

    /// `NM1*85`: the name, with its qualifier when that is one code.
    fn name(&self) -> String {
        match self.qualifiers() {
            [one] => format!("`{}` with `{one}`", self.id),
            _ => format!("`{}`", self.id),
        }
    }
}

struct Frame {
    node: &'static Node,
    /// The child reached last.
    at: usize,
    /// Where the counts of its children begin in [`Walker::counts`].
    base: usize,
}

impl Frame {
    /// The first child of the rank that was reached last.
    fn start(&self) -> usize {
        self.node.children.get(self.at).map_or(0, |child| child.rank_start)
    }

    /// The child that takes the segment, one with room before one that is full; and whether it has room.
    fn find(&self, probe: &Probe, counts: &[u32]) -> Option<(usize, bool)> {
        // Most loops that are open have no such segment at all.
        if probe.id.is_none_or(|id| self.node.names & id.bit() == 0) {
            return None;
        }
        let count = |child: usize| counts.get(self.base + child).copied().unwrap_or(0);
        let from = self.start();
        let mut full = None;
        for (index, child) in self.node.children.iter().enumerate().skip(from).filter(|(_, c)| c.takes(probe)) {
            if child.max == 0 || count(index) < child.max {
                return Some((index, true));
            }
            full = full.or(Some((index, false)));
        }
        full
    }

    /// Required children from the rank reached up to `end`, that never came; told once.
    fn missing(
        &self,
        counts: &mut [u32],
        end: usize,
        rank: Option<usize>,
        segment: &Segment<'_>,
        faults: &mut Vec<Fault>,
    ) {
        let from = self.start();
        for &index in self.node.required_children.iter().filter(|index| (from..end).contains(*index)) {
            let Some(child) = self.node.children.get(index) else { continue };
            let Some(count) = counts.get_mut(self.base + index) else { continue };
            if Some(child.rank) != rank && *count == 0 {
                let place = if self.node.id.is_empty() { String::new() } else { format!(" in loop {}", self.node.id) };
                faults.push(
                    segment.fault(
                        Code::SegmentMissing,
                        format!("{} is missing{place} before this segment", child.title()),
                    ),
                );
                *count = 1;
            }
        }
    }
}

/// The place in a guide.
pub(crate) struct Walker {
    stack: Vec<Frame>,
    /// How often each child of each open loop came: one list for all of them, because loops open and close all the time.
    counts: Vec<u32>,
}

impl Walker {
    pub(crate) fn new(guide: &'static Guide) -> Self {
        let mut walker = Self { stack: Vec::new(), counts: Vec::new() };
        walker.open(&guide.root);
        walker
    }

    fn open(&mut self, node: &'static Node) {
        let base = self.counts.len();
        self.counts.resize(base + node.children.len(), 0);
        self.stack.push(Frame { node, at: 0, base });
    }

    /// Closes the innermost loop and tells what is missing in it up to `end`.
    fn close(&mut self, end: usize, segment: &Segment<'_>, faults: &mut Vec<Fault>) {
        if let Some(frame) = self.stack.pop() {
            frame.missing(&mut self.counts, end, None, segment, faults);
            self.counts.truncate(frame.base);
        }
    }

    /// The name of the loop that the walker stands in.
    pub(crate) fn loop_id(&self) -> &'static str {
        self.stack.last().map_or("", |frame| frame.node.id.as_str())
    }

    /// Takes the next segment; returns its place in the guide.
    pub(crate) fn take(&mut self, segment: &Segment<'_>, faults: &mut Vec<Fault>) -> Option<&'static Node> {
        let probe = Probe::new(segment);
        let Some((depth, child)) = self.place_of(&probe) else {
            faults.push(self.stranger(segment));
            return None;
        };
        while self.stack.len() > depth + 1 {
            self.close(usize::MAX, segment, faults);
        }
        let frame = self.stack.last_mut()?;
        let node = frame.node.children.get(child)?;
        frame.missing(&mut self.counts, child, Some(node.rank), segment, faults);
        frame.at = child;
        if let Some(count) = self.counts.get_mut(frame.base + child) {
            *count += 1;
            if node.max > 0 && *count > node.max {
                let code = if node.is_loop { Code::LoopRepeats } else { Code::SegmentRepeats };
                faults.push(segment.fault(code, format!("{} comes more than {} times", node.title(), node.max)));
            }
        }
        Some(self.enter(node))
    }

    /// The innermost place with room: the segment that begins a loop may begin it anew at once. Where all are full it is the
    /// innermost, and of a loop that comes too often the loop.
    fn place_of(&self, probe: &Probe) -> Option<(usize, usize)> {
        let mut full: Option<(usize, usize)> = None;
        for (depth, frame) in self.stack.iter().enumerate().rev() {
            match frame.find(probe, &self.counts) {
                Some((child, true)) => return Some((depth, child)),
                Some((child, false)) if full.is_none_or(|(_, inner)| inner == 0) => full = Some((depth, child)),
                _ => {}
            }
        }
        full
    }

    /// Opens loops down to the segment that begins them.
    fn enter(&mut self, node: &'static Node) -> &'static Node {
        let mut node = node;
        while node.is_loop {
            let first = self.counts.len();
            self.open(node);
            if let Some(count) = self.counts.get_mut(first) {
                *count = 1;
            }
            match node.children.first() {
                Some(first) => node = first,
                None => break,
            }
        }
        node
    }

    /// What is still missing when the set ends without SE.
    pub(crate) fn finish(mut self, last: &Segment<'_>, faults: &mut Vec<Fault>) {
        while let Some(frame) = self.stack.last() {
            // SE itself is the envelope's business.
            let whole = self.stack.len() == 1;
            let end = if whole { frame.node.children.len().saturating_sub(1) } else { usize::MAX };
            self.close(end, last, faults);
        }
    }

    fn stranger(&self, segment: &Segment<'_>) -> Fault {
        let id = brief(segment.id());
        if !library().segments.contains_key(&id) {
            return segment.fault(Code::SegmentUnknown, format!("`{id}` is not a segment of this guide"));
        }
        let place = match self.loop_id() {
            "" => "here".to_owned(),
            name => format!("here, in or after loop {name}"),
        };
        match key(segment.id()) {
            Some((element, 0)) => {
                let value = brief(segment.get(element));
                segment.fault(Code::SegmentUnexpected, format!("`{id}` with `{value}` is not expected {place}"))
            }
            _ => segment.fault(Code::SegmentUnexpected, format!("`{id}` is not expected {place}")),
        }
    }
}
