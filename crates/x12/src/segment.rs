//! One segment, borrowed from the file.

use crate::delims::Delimiters;
use crate::fault::{Code, Fault};
use memchr::memchr;

/// A segment with its surroundings; `lead + raw + term`, one after another, give back the file byte for byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment<'a> {
    /// Noise before the name: line ends, blanks, empty segments, a byte order mark.
    pub lead: &'a [u8],
    /// The segment without its terminator.
    pub raw: &'a [u8],
    /// The terminator, or nothing when the file ends before it.
    pub term: &'a [u8],
    /// Offset of `raw` in the file.
    pub byte: usize,
    /// Place in the file; 1 is the first segment.
    pub number: usize,
    /// The delimiters in force.
    pub delims: Delimiters,
}

impl<'a> Segment<'a> {
    /// The segment's name: `CLM`, `NM1`.
    pub fn id(&self) -> &'a [u8] {
        let head = self.raw.get(..self.raw.len().min(4)).unwrap_or_default();
        let end = head.iter().position(|b| *b == self.delims.element);
        match end {
            Some(end) => head.get(..end).unwrap_or_default(),
            None if self.raw.len() <= 3 => self.raw,
            None => {
                let end = memchr(self.delims.element, self.raw).unwrap_or(self.raw.len());
                self.raw.get(..end).unwrap_or_default()
            }
        }
    }

    /// Whether the segment has this name.
    pub fn is(&self, id: &str) -> bool {
        self.id() == id.as_bytes()
    }

    /// The elements after the name, in order.
    pub fn elements(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let element = self.delims.element;
        self.raw.split(move |b| *b == element).skip(1)
    }

    /// Element `n`, from 1; empty when it is not there.
    pub fn get(&self, n: usize) -> &'a [u8] {
        // Asked for every segment many times: one pass over the bytes, and no iterator of slices.
        let (mut start, mut seen) = (0, 0);
        for (at, _) in self.raw.iter().enumerate().filter(|(_, b)| **b == self.delims.element) {
            if seen == n && n > 0 {
                return self.raw.get(start..at).unwrap_or_default();
            }
            (start, seen) = (at + 1, seen + 1);
        }
        if seen == n && n > 0 { self.raw.get(start..).unwrap_or_default() } else { b"" }
    }

    /// Component `m` of element `n`, both from 1.
    pub fn component(&self, n: usize, m: usize) -> &'a [u8] {
        m.checked_sub(1).and_then(|skip| self.components(n).nth(skip)).unwrap_or_default()
    }

    /// The components of element `n`.
    pub fn components(&self, n: usize) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let component = self.delims.component;
        self.get(n).split(move |b| *b == component)
    }

    /// The repetitions of element `n`.
    pub fn repetitions(&self, n: usize) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let repetition = self.delims.repetition;
        self.get(n).split(move |b| Some(*b) == repetition)
    }

    /// Element `n` as text, blanks trimmed; bytes that are not UTF-8 become replacement characters.
    pub fn text(&self, n: usize) -> String {
        text(self.get(n))
    }

    /// Component `m` of element `n` as text.
    pub fn component_text(&self, n: usize, m: usize) -> String {
        text(self.component(n, m))
    }

    /// Element `n` as text, `None` when empty.
    pub fn optional(&self, n: usize) -> Option<String> {
        Some(self.text(n)).filter(|t| !t.is_empty())
    }

    /// The whole segment as text, without its terminator.
    pub fn raw_text(&self) -> String {
        String::from_utf8_lossy(self.raw).into_owned()
    }

    /// A fault at this segment. The line and the envelope are filled in by the reader.
    pub fn fault(&self, code: Code, message: impl Into<String>) -> Fault {
        let mut fault = Fault::of_file(code, message);
        fault.segment = Some(self.number);
        fault.segment_id = Some(shown(self.id(), 12));
        fault.byte = Some(self.byte);
        fault
    }
}

/// Bytes as trimmed text.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes.trim_ascii()).into_owned()
}

/// A value for a message.
pub(crate) fn brief(bytes: &[u8]) -> String {
    shown(bytes.trim_ascii(), 40)
}

/// The first bytes of a value for a message; a value may be as long as the file.
pub(crate) fn shown(bytes: &[u8], max: usize) -> String {
    String::from_utf8_lossy(bytes.get(..bytes.len().min(max)).unwrap_or_default()).into_owned()
}
