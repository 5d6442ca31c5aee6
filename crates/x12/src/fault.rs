//! What is wrong in a file, and exactly where.

use serde::{Deserialize, Serialize};
use std::fmt;

/// How much a fault matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Breaks a rule: a receiver may refuse the file.
    Error,
    /// Allowed or widely tolerated, and still worth a look.
    Warning,
}

/// The kind of a fault, stable for programs; [`Fault::message`] is for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// No ISA segment: this is not an X12 file, or nothing of it can be read.
    Unreadable,
    /// Bytes before the first ISA.
    LeadingBytes,
    /// A byte order mark.
    ByteOrderMark,
    /// The ISA segment is not 106 bytes of fixed-width elements.
    IsaLayout,
    /// Two delimiters are the same character, or one is a letter, digit or space.
    Delimiter,
    /// The last segment has no terminator: the file may be cut off.
    Truncated,
    /// Two terminators in a row.
    EmptySegment,
    /// White space before a segment's name.
    Indented,
    /// A line break inside a segment.
    LineBreak,
    /// A control or non-ASCII byte.
    BadCharacter,
    /// A segment name that is not two or three capital letters and digits.
    SegmentName,
    /// An element separator with nothing after it.
    TrailingSeparator,
    /// A segment outside the envelope it needs.
    Outside,
    /// An envelope opened or closed at the wrong place.
    Nesting,
    /// A count in a trailer differs from what was found.
    Count,
    /// The control number of a trailer differs from its header.
    ControlMismatch,
    /// A control number repeats.
    ControlRepeated,
    /// A control number has the wrong form.
    ControlFormat,
    /// The version is not the one expected.
    Version,
    /// The functional group does not carry this transaction set.
    GroupKind,
    /// No guide for this version: read, counted, not judged.
    GuideUnknown,
    /// A segment that this guide does not have.
    SegmentUnknown,
    /// A known segment where it may not stand.
    SegmentUnexpected,
    /// A required segment or loop is missing.
    SegmentMissing,
    /// A segment more often than allowed.
    SegmentRepeats,
    /// A loop more often than allowed.
    LoopRepeats,
    /// A required element is missing.
    ElementMissing,
    /// An element that depends on another is missing.
    ElementConditional,
    /// An element that the guide does not use, or one too many.
    ElementUnexpected,
    /// Shorter than allowed.
    TooShort,
    /// Longer than allowed.
    TooLong,
    /// A value that is not in the guide's list.
    BadCode,
    /// Not a calendar date.
    BadDate,
    /// Not a time of day.
    BadTime,
    /// Not a number, or not an amount of money.
    BadNumber,
    /// An identifier that fails its check digit.
    CheckDigit,
    /// A diagnosis pointer without a diagnosis.
    Pointer,
    /// Money that does not add up.
    Balance,
    /// A situation that needs something which is not there.
    Situational,
    /// More faults than are kept.
    More,
}

/// One fault and its place. Positions start at 1; `None` means that the place does not apply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Which interchange of the file.
    pub interchange: Option<usize>,
    /// Which functional group of the interchange.
    pub group: Option<usize>,
    /// Which transaction set of the group.
    pub set: Option<usize>,
    /// Which segment of the file; 1 is the first ISA.
    pub segment: Option<usize>,
    /// The segment's name.
    pub segment_id: Option<String>,
    /// Which line of the text.
    pub line: Option<usize>,
    /// The offset of the segment's first byte in the file, from 0.
    pub byte: Option<usize>,
    /// Which element of the segment.
    pub element: Option<usize>,
    /// Which component of the element.
    pub component: Option<usize>,
    /// The kind.
    pub code: Code,
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong, why, and what to do.
    pub message: String,
}

impl Fault {
    /// A fault of the file as a whole.
    pub fn of_file(code: Code, message: impl Into<String>) -> Self {
        Self {
            interchange: None,
            group: None,
            set: None,
            segment: None,
            segment_id: None,
            line: None,
            byte: None,
            element: None,
            component: None,
            code,
            severity: Severity::Error,
            message: message.into(),
        }
    }

    /// The same fault as a warning.
    #[must_use]
    pub fn warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    /// The same fault at this element.
    #[must_use]
    pub fn at_element(mut self, element: usize) -> Self {
        self.element = Some(element);
        self
    }

    /// The same fault at this component.
    #[must_use]
    pub fn at_component(mut self, component: usize) -> Self {
        self.component = Some(component);
        self
    }

    /// The place in the field's notation: `SV107`, `HI01-02`, or the bare segment name.
    pub fn reference(&self) -> String {
        let mut text = self.segment_id.clone().unwrap_or_default();
        if let Some(element) = self.element {
            text = format!("{text}{element:02}");
            if let Some(component) = self.component {
                text = format!("{text}-{component:02}");
            }
        }
        text
    }

    /// Whether this is an error and not a warning.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(segment) = self.segment {
            write!(f, "segment {segment} {}", self.reference())?;
            if let (Some(line), Some(byte)) = (self.line, self.byte) {
                write!(f, " (line {line}, byte {byte})")?;
            }
            f.write_str(": ")?;
        }
        f.write_str(&self.message)
    }
}

/// How many faults one reading keeps; a file of noise must not fill the memory with complaints.
pub const MAX_FAULTS: usize = 10_000;

/// Where the checks of one set stop: one more than is kept, so that the list says that it is cut.
pub(crate) const ENOUGH_FAULTS: usize = MAX_FAULTS + 1;

/// Collects faults up to [`MAX_FAULTS`] and counts the rest.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    kept: Vec<Fault>,
    errors: usize,
    dropped: usize,
}

impl Faults {
    pub(crate) fn push(&mut self, fault: Fault) {
        if fault.is_error() {
            self.errors += 1;
        }
        if self.kept.len() < MAX_FAULTS {
            self.kept.push(fault);
        } else {
            self.dropped += 1;
        }
    }

    pub(crate) fn extend(&mut self, faults: impl IntoIterator<Item = Fault>) {
        for fault in faults {
            self.push(fault);
        }
    }

    /// Errors seen, kept or not.
    pub(crate) fn errors(&self) -> usize {
        self.errors
    }

    pub(crate) fn into_vec(mut self) -> Vec<Fault> {
        if self.dropped > 0 {
            self.kept.push(Fault::of_file(Code::More, format!("at least {} more faults are not listed", self.dropped)));
        }
        self.kept
    }
}
