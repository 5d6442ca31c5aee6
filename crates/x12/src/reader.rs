//! The segment layer: lossless, tolerant, borrowed.
//!
//! [`Segments`] walks a file once without allocating per segment. [`read`] keeps the segments, so that [`write()`] gives back the same bytes.

use crate::delims::{self, Delimiters};
use crate::envelope::Envelope;
use crate::fault::{Code, Fault, Faults};
use crate::segment::Segment;
use memchr::{memchr, memchr_iter, memmem};

/// A file as segments; nothing of it is lost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document<'a> {
    /// The segments in order.
    pub segments: Vec<Segment<'a>>,
    /// What follows the last segment.
    pub tail: &'a [u8],
}

/// Reads a whole file into segments and reports what is wrong with its syntax and envelopes. Never fails: an unreadable file is one
/// fault ([`Code::Unreadable`]) and a tail.
pub fn read(bytes: &[u8]) -> (Document<'_>, Vec<Fault>) {
    let mut document = Document::default();
    let faults = walk(bytes, |segment, _| document.segments.push(*segment), &mut document.tail);
    (document, faults.into_vec())
}

/// The bytes that were read.
pub fn write(document: &Document<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(
        document.segments.iter().map(|s| s.lead.len() + s.raw.len() + s.term.len()).sum::<usize>()
            + document.tail.len(),
    );
    for segment in &document.segments {
        out.extend_from_slice(segment.lead);
        out.extend_from_slice(segment.raw);
        out.extend_from_slice(segment.term);
    }
    out.extend_from_slice(document.tail);
    out
}

/// One pass over a file: syntax, envelopes, and a visitor that sees each segment with the envelope state it stands in.
pub(crate) fn walk<'a>(
    bytes: &'a [u8],
    mut visit: impl FnMut(&Segment<'a>, &Envelope<'a>),
    tail: &mut &'a [u8],
) -> Faults {
    let mut segments = Segments::new(bytes);
    let mut envelope = Envelope::default();
    let mut faults = Faults::default();
    let mut lines = Lines::new(bytes);
    while let Some(segment) = segments.next() {
        envelope.enter(&segment);
        if !segments.faults.is_empty() || !envelope.faults.is_empty() {
            let syntax = segments.faults.drain(..).map(|fault| envelope.place(fault)).collect::<Vec<_>>();
            for fault in syntax.into_iter().chain(envelope.faults.drain(..)) {
                faults.push(lines.place(fault));
            }
        }
        visit(&segment, &envelope);
        envelope.leave();
    }
    envelope.finish();
    for fault in segments.faults.drain(..).chain(envelope.faults.drain(..)) {
        faults.push(lines.place(fault));
    }
    *tail = segments.rest();
    faults
}

/// Turns byte offsets into line numbers, going forward only.
pub(crate) struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
    line: usize,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, line: 1 }
    }

    /// The line of a byte. Going back starts over, so ask in order.
    pub(crate) fn of(&mut self, byte: usize) -> usize {
        if byte < self.at {
            (self.at, self.line) = (0, 1);
        }
        self.line += memchr_iter(b'\n', self.bytes.get(self.at..byte).unwrap_or_default()).count();
        self.at = byte;
        self.line
    }

    pub(crate) fn place(&mut self, mut fault: Fault) -> Fault {
        if let (None, Some(byte)) = (fault.line, fault.byte) {
            fault.line = Some(self.of(byte));
        }
        fault
    }
}

/// The segments of a file, one at a time.
///
/// Delimiters are taken from each ISA in turn. Faults of the syntax gather in the iterator and are taken with [`Segments::take_faults`].
#[derive(Debug)]
pub struct Segments<'a> {
    bytes: &'a [u8],
    /// Where the next segment is looked for.
    pos: usize,
    /// Up to where bytes have been given out; behind `pos` only when bytes before the first ISA were skipped.
    given: usize,
    delims: Option<Delimiters>,
    number: usize,
    /// Whether any byte of the file is a control (line ends apart) or not ASCII.
    dirty: bool,
    /// Whether the file has line ends at all.
    breaks: bool,
    /// Between interchanges, where an ISA may bring new delimiters.
    outside: bool,
    faults: Vec<Fault>,
}

const BOM: &[u8] = b"\xef\xbb\xbf";

/// A byte that no segment may hold: controls other than line ends and tabs, and what is not ASCII.
fn is_bad(byte: u8) -> bool {
    byte.wrapping_sub(0x20) >= 0x5f && !matches!(byte, b'\r' | b'\n' | b'\t')
}

/// Whether any byte is bad. Block by block without branches, so that the compiler can do it wide; nearly every file is clean.
fn suspicious(bytes: &[u8]) -> bool {
    bytes.chunks(4096).any(|block| block.iter().fold(0, |bad, b| bad | u8::from(is_bad(*b))) != 0)
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n' | b' ' | b'\t' | 0 | 0x1a)
}

impl<'a> Segments<'a> {
    /// Begins at the start of a file.
    pub fn new(bytes: &'a [u8]) -> Self {
        let mut segments = Self {
            bytes,
            pos: 0,
            given: 0,
            delims: None,
            number: 0,
            outside: true,
            dirty: suspicious(bytes),
            breaks: memchr::memchr2(b'\r', b'\n', bytes).is_some(),
            faults: Vec::new(),
        };
        segments.open();
        segments
    }

    /// Takes the faults found so far.
    pub fn take_faults(&mut self) -> Vec<Fault> {
        std::mem::take(&mut self.faults)
    }

    /// What is left after the last segment that was given out.
    pub fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.given..).unwrap_or_default()
    }

    fn from(&self, at: usize) -> &'a [u8] {
        self.bytes.get(at..).unwrap_or_default()
    }

    /// Finds the first ISA and the delimiters.
    fn open(&mut self) {
        let mut at = 0;
        if self.bytes.starts_with(BOM) {
            at = BOM.len();
            self.faults.push(
                Fault::of_file(Code::ByteOrderMark, "the file starts with a byte order mark, which X12 does not have")
                    .warning(),
            );
        }
        let blanks = self.from(at).iter().take_while(|b| is_blank(**b)).count();
        at += blanks;
        if blanks > 0 {
            self.faults.push(Fault::of_file(Code::LeadingBytes, format!("{blanks} blank bytes before ISA")).warning());
        }
        if let Some(isa) = delims::detect(self.from(at)) {
            self.delims = Some(isa.delims);
            return;
        }
        let first = at;
        let found = memmem::find_iter(self.from(at), b"ISA")
            .map(|hit| first + hit)
            .find_map(|hit| delims::detect(self.from(hit)).map(|isa| (hit, isa)));
        let fault = match found {
            Some((hit, isa)) => {
                self.delims = Some(isa.delims);
                Fault::of_file(
                    Code::LeadingBytes,
                    format!("{hit} bytes before the first ISA segment are not X12 and were skipped"),
                )
            }
            None if self.bytes.is_empty() => Fault::of_file(Code::Unreadable, "unreadable: the file is empty"),
            None if self.from(at).starts_with(b"ISA") => Fault::of_file(
                Code::Unreadable,
                "unreadable: the ISA segment is cut short or broken, so the delimiters cannot be known; ask the sender for the file again",
            ),
            None => Fault::of_file(
                Code::Unreadable,
                "unreadable: there is no ISA segment, so this is not an X12 file; check that it is not compressed or encrypted",
            ),
        };
        self.faults.push(fault);
        match found {
            Some((hit, _)) => self.pos = hit,
            None => self.delims = None,
        }
    }

    /// Skips line ends, blanks and empty segments; returns where the name starts.
    fn skip(&mut self, delims: Delimiters) -> usize {
        let mut at = self.pos;
        if self.bytes.get(at).is_some_and(|b| b.is_ascii_uppercase() && *b != delims.terminator) {
            return at;
        }
        let mut indent = false;
        // One fault for a run of empty segments: a file of nothing but terminators must not fill the memory.
        let mut empty: Option<(usize, usize)> = None;
        while let Some(&byte) = self.bytes.get(at) {
            if byte == delims.terminator {
                if !matches!(byte, b'\r' | b'\n') {
                    let (first, count) = empty.unwrap_or((at, 0));
                    empty = Some((first, count + 1));
                }
                indent = false;
            } else if is_blank(byte) {
                indent = matches!(byte, b' ' | b'\t');
            } else if self.outside && self.from(at).starts_with(BOM) {
                at += BOM.len() - 1;
            } else {
                break;
            }
            at += 1;
        }
        if let Some((first, count)) = empty {
            let message = if count == 1 {
                "an empty segment: two terminators in a row".to_owned()
            } else {
                format!("{count} empty segments: terminators in a row")
            };
            let mut fault = Fault::of_file(Code::EmptySegment, message);
            fault.byte = Some(first);
            fault.segment = Some(self.number + 1);
            self.faults.push(fault);
        }
        if indent && self.number > 0 && at < self.bytes.len() {
            let mut fault = Fault::of_file(Code::Indented, "blanks before the segment's name");
            fault.byte = Some(at);
            fault.segment = Some(self.number + 1);
            self.faults.push(fault);
        }
        at
    }

    /// Takes the delimiters of an ISA at `at`; returns its length.
    fn enter_isa(&mut self, at: usize) -> Option<usize> {
        let isa = delims::detect(self.from(at))?;
        self.delims = Some(isa.delims);
        self.outside = false;
        let place = |mut fault: Fault| {
            fault.byte = Some(at);
            fault.segment = Some(self.number + 1);
            fault.segment_id = Some("ISA".to_owned());
            fault
        };
        if !isa.fixed {
            let fault = Fault::of_file(
                Code::IsaLayout,
                "ISA must be 106 bytes with fixed widths; the delimiters were found by counting",
            );
            self.faults.push(place(fault));
        }
        if !isa.delims.usable() {
            let fault = Fault::of_file(
                Code::Delimiter,
                "two delimiters are the same character, or one of them is a letter, digit or blank",
            );
            self.faults.push(place(fault));
        }
        Some(isa.len)
    }

    /// The end of the segment at `at`, by terminator, or by length for binary segments (BIN, BDS).
    fn end_of(&mut self, at: usize, delims: Delimiters) -> Option<usize> {
        let rest = self.from(at);
        if rest.first() == Some(&b'B')
            && let Some(len) = binary_len(rest, delims)
        {
            return Some(at + len);
        }
        memchr(delims.terminator, rest).map(|hit| at + hit)
    }

    fn emit(&mut self, start: usize, end: usize, terminated: bool, delims: Delimiters) -> Segment<'a> {
        self.number += 1;
        let after = if terminated { end + 1 } else { end };
        let segment = Segment {
            lead: self.bytes.get(self.given..start).unwrap_or_default(),
            raw: self.bytes.get(start..end).unwrap_or_default(),
            term: self.bytes.get(end..after).unwrap_or_default(),
            byte: start,
            number: self.number,
            delims,
        };
        self.pos = after;
        self.given = after;
        segment
    }

    /// Some senders forget the terminator after IEA, and files that were cut off are joined with others: the next interchange must
    /// not be swallowed with what stands before it.
    fn cut(&self, start: usize, end: usize) -> usize {
        let raw = self.bytes.get(start..end).unwrap_or_default();
        let closes = raw.starts_with(b"IEA");
        if !closes && (raw.len() < delims::LENGTH || matches!(raw.get(..3), Some(b"BIN" | b"BDS"))) {
            return end;
        }
        let begins = |hit: usize| {
            let after_blank = raw.get(hit - 1).is_some_and(|b| is_blank(*b));
            let isa = raw.get(hit..).unwrap_or_default();
            closes && after_blank && delims::starts_isa(isa)
                || delims::detect(self.from(start + hit)).is_some_and(|isa| isa.fixed)
        };
        memmem::find_iter(raw, b"ISA")
            .find(|&hit| hit > 0 && begins(hit))
            .map_or(end, |hit| start + raw.get(..hit).unwrap_or_default().trim_ascii_end().len())
    }

    /// Whether an interchange starts here. Inside one, an ISA with other delimiters must look exactly like one.
    fn starts_interchange(&self, start: usize, delims: Delimiters) -> bool {
        let rest = self.from(start);
        delims::starts_isa(rest)
            && (self.outside
                || rest.get(3) == Some(&delims.element)
                || delims::detect(rest).is_some_and(|isa| isa.fixed))
    }

    fn check(&mut self, segment: &Segment<'a>) {
        let raw = segment.raw;
        if self.breaks && memchr::memchr2(b'\r', b'\n', raw).is_some() {
            self.faults.push(segment.fault(
                Code::LineBreak,
                "a line break inside the segment; the sender wraps lines or a terminator is missing",
            ));
        }
        if self.dirty && raw.iter().any(|b| is_bad(*b) && !segment.delims.has(*b)) && !is_binary(segment) {
            self.faults.push(segment.fault(Code::BadCharacter, "a control or non-ASCII byte in the segment"));
        }
        let id = segment.id();
        let named = matches!(id.len(), 2 | 3)
            && id.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
            && id.first().is_some_and(u8::is_ascii_uppercase);
        if !named {
            let shown = crate::segment::shown(id, 12);
            self.faults.push(segment.fault(Code::SegmentName, format!("`{shown}` is not a segment name")));
        }
        if raw.last() == Some(&segment.delims.element) && id != b"ISA" {
            self.faults
                .push(segment.fault(Code::TrailingSeparator, "an element separator with nothing after it").warning());
        }
    }
}

fn is_binary(segment: &Segment<'_>) -> bool {
    matches!(segment.id(), b"BIN" | b"BDS")
}

/// The length of `BIN*n*data` or `BDS*filter*n*data` at the start of `rest`, if it fits.
fn binary_len(rest: &[u8], delims: Delimiters) -> Option<usize> {
    let skip = match rest.get(..3)? {
        b"BIN" => 1,
        b"BDS" => 2,
        _ => return None,
    };
    let head = rest.get(..rest.len().min(40))?;
    let mut separators = memchr_iter(delims.element, head).skip(skip - 1);
    let (from, to) = (separators.next()? + 1, separators.next()?);
    let count: usize = std::str::from_utf8(head.get(from..to)?).ok()?.parse().ok()?;
    let end = (to + 1).checked_add(count)?;
    (rest.get(end) == Some(&delims.terminator)).then_some(end)
}

impl<'a> Iterator for Segments<'a> {
    type Item = Segment<'a>;

    fn next(&mut self) -> Option<Segment<'a>> {
        let mut delims = self.delims?;
        let start = self.skip(delims);
        let rest = self.from(start);
        if rest.is_empty() {
            return None;
        }
        let mut end = None;
        if self.starts_interchange(start, delims)
            && let Some(len) = self.enter_isa(start)
        {
            delims = self.delims?;
            end = Some(start + len).filter(|end| *end < self.bytes.len());
        }
        let found = end.or_else(|| self.end_of(start, delims));
        let mut end = found.unwrap_or_else(|| {
            let blanks = rest.iter().rev().take_while(|b| is_blank(**b)).count();
            self.bytes.len() - blanks
        });
        end = self.cut(start, end);
        self.outside |= rest.starts_with(b"IEA");
        let segment = self.emit(start, end, found == Some(end), delims);
        if segment.term.is_empty() {
            self.faults.push(segment.fault(Code::Truncated, "the segment has no terminator; the file may be cut off"));
        }
        self.check(&segment);
        Some(segment)
    }
}

#[cfg(test)]
mod tests;
