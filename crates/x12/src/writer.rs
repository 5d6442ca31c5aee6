//! Writing interchanges whose envelope cannot be wrong.
//!
//! Counts are counted, trailers repeat their headers, sets and groups number themselves. Data cannot break the structure: free text is
//! folded to the character set and its delimiters become blanks; identifiers and codes that do not fit are refused with [`WriteError`].

use crate::ack::Ta1;
use crate::date::{Date, Time};
use crate::delims::Delimiters;
use crate::money::{Quantity, format_cents};
use crate::text::fold;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Why nothing was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriteError {
    /// The delimiters are not four different punctuation characters.
    Delimiters,
    /// A control number outside 1 to 999,999,999.
    Control(u32),
    /// A required field is empty.
    Missing {
        /// The field, as `CLM01 claim number`.
        field: &'static str,
    },
    /// A field holds what X12, or the guide, cannot carry.
    Field {
        /// The field.
        field: &'static str,
        /// What was given, cut to 40 characters.
        value: String,
        /// Why it does not fit.
        why: &'static str,
    },
    /// A file must hold something.
    Empty,
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Delimiters => f.write_str("the delimiters must be different punctuation or control characters"),
            Self::Control(number) => write!(f, "control number `{number}` is not between 1 and 999999999"),
            Self::Missing { field } => write!(f, "{field} is missing"),
            Self::Field { field, value, why } => write!(f, "{field}: `{value}` {why}"),
            Self::Empty => f.write_str("there is nothing to write: a file needs at least one transaction"),
        }
    }
}

impl std::error::Error for WriteError {}

/// Whether a file is real (ISA15).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Usage {
    /// T
    #[default]
    Test,
    /// P
    Production,
}

/// One end of an exchange.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// ISA05 or ISA07: 01 14 20 27 28 29 30 33 ZZ.
    pub qualifier: String,
    /// ISA06 or ISA08, at most 15 characters.
    pub id: String,
    /// GS02 or GS03; the same as the id when empty.
    pub application: Option<String>,
}

impl Party {
    /// A mutually agreed id (ZZ).
    pub fn mutual(id: impl Into<String>) -> Self {
        Self { qualifier: "ZZ".into(), id: id.into(), application: None }
    }
}

/// Everything an interchange header needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// Who sends.
    pub sender: Party,
    /// Who receives.
    pub receiver: Party,
    /// ISA09 and GS04.
    pub date: Date,
    /// ISA10 and GS05.
    pub time: Time,
    /// ISA13, never used before with this partner; 1 to 999,999,999.
    pub control: u32,
    /// GS06 of the first group; further groups count on from here.
    pub group_control: u32,
    /// ISA15.
    pub usage: Usage,
    /// ISA14: ask for a TA1.
    pub ack_requested: bool,
    /// The delimiters.
    pub delimiters: Delimiters,
    /// Whether each segment ends a line; readers do not care, people do.
    pub line_ends: bool,
}

/// A transaction that knows how to write its body, everything between ST and SE.
pub trait Transaction {
    /// ST01.
    const SET: &'static str;
    /// GS01.
    const GROUP: &'static str;
    /// GS08.
    const VERSION: &'static str;
    /// Whether ST03 repeats GS08; only the 835 leaves it out.
    const ST03: bool = true;

    /// Writes the segments after ST.
    fn body(&self, out: &mut SetWriter);
}

/// Writes transactions of one kind as an interchange with one group.
pub fn write_interchange<T: Transaction>(envelope: &Envelope, sets: &[T]) -> Result<Vec<u8>, WriteError> {
    let mut writer = Writer::new(envelope)?;
    writer.group(sets)?;
    writer.finish()
}

/// Builds one interchange.
#[derive(Debug)]
pub struct Writer {
    out: SetWriter,
    envelope: Envelope,
    groups: u32,
    sets: u32,
    acks: u32,
}

const QUALIFIERS: [&str; 9] = ["01", "14", "20", "27", "28", "29", "30", "33", "ZZ"];

fn refuse(field: &'static str, value: &str, why: &'static str) -> WriteError {
    WriteError::Field { field, value: value.chars().take(40).collect(), why }
}

fn control(number: u32) -> Result<u32, WriteError> {
    if (1..=999_999_999).contains(&number) { Ok(number) } else { Err(WriteError::Control(number)) }
}

impl Writer {
    /// Writes ISA.
    pub fn new(envelope: &Envelope) -> Result<Self, WriteError> {
        let delims = envelope.delimiters;
        let usable = delims.usable()
            && delims.repetition.is_some()
            && delims.element.is_ascii()
            && delims.component.is_ascii()
            && delims.terminator.is_ascii();
        if !usable || delims.has(b'\r') || delims.has(b'\n') {
            return Err(WriteError::Delimiters);
        }
        control(envelope.control)?;
        control(envelope.group_control)?;
        let mut out = SetWriter { bytes: Vec::new(), delims, line_ends: envelope.line_ends, count: 0, error: None };
        let padded = |party: &Party, what: &'static str| -> Result<String, WriteError> {
            let id = party.id.trim();
            let fits = !id.is_empty()
                && id.len() <= 15
                && id.bytes().all(|b| (b == b' ' || b.is_ascii_graphic()) && !delims.has(b));
            if fits {
                Ok(format!("{id:<15}"))
            } else {
                Err(refuse(what, id, "must be 1 to 15 characters without delimiters"))
            }
        };
        for (party, what) in
            [(&envelope.sender, "ISA05 sender qualifier"), (&envelope.receiver, "ISA07 receiver qualifier")]
        {
            if !QUALIFIERS.contains(&party.qualifier.as_str()) {
                return Err(refuse(what, &party.qualifier, "is not one of 01 14 20 27 28 29 30 33 ZZ"));
            }
        }
        let blank = " ".repeat(10);
        let usage = match envelope.usage {
            Usage::Test => "T",
            Usage::Production => "P",
        };
        let elements = [
            "00".to_owned(),
            blank.clone(),
            "00".to_owned(),
            blank,
            envelope.sender.qualifier.clone(),
            padded(&envelope.sender, "ISA06 sender")?,
            envelope.receiver.qualifier.clone(),
            padded(&envelope.receiver, "ISA08 receiver")?,
            envelope.date.short(),
            envelope.time.compact(),
            delims.repetition.map(char::from).into_iter().collect(),
            "00501".to_owned(),
            format!("{:09}", envelope.control),
            if envelope.ack_requested { "1" } else { "0" }.to_owned(),
            usage.to_owned(),
            char::from(delims.component).to_string(),
        ];
        out.bytes.extend_from_slice(b"ISA");
        for element in elements {
            out.bytes.push(delims.element);
            out.bytes.extend_from_slice(element.as_bytes());
        }
        out.terminate();
        Ok(Self { out, envelope: envelope.clone(), groups: 0, sets: 0, acks: 0 })
    }

    /// Writes a TA1; only before the first group.
    pub fn ta1(&mut self, ack: &Ta1) -> Result<(), WriteError> {
        if self.groups > 0 {
            return Err(refuse("TA1", &ack.control, "must come before the first group"));
        }
        self.acks += 1;
        ack.segment(&mut self.out);
        self.out.check()
    }

    /// Writes a functional group with its sets.
    pub fn group<T: Transaction>(&mut self, sets: &[T]) -> Result<(), WriteError> {
        if sets.is_empty() {
            return Err(WriteError::Empty);
        }
        let number = control(self.envelope.group_control.saturating_add(self.groups))?;
        self.groups += 1;
        let code = |party: &Party| party.application.clone().unwrap_or_else(|| party.id.clone());
        let (sender, receiver) = (code(&self.envelope.sender), code(&self.envelope.receiver));
        self.out
            .segment("GS")
            .code(T::GROUP)
            .id("GS02 sender code", &sender, 15)
            .id("GS03 receiver code", &receiver, 15)
            .date(Some(self.envelope.date))
            .code(&self.envelope.time.compact())
            .code(&number.to_string())
            .code("X")
            .code(T::VERSION)
            .end();
        for set in sets {
            self.sets += 1;
            let set_number = format!("{:04}", self.sets);
            self.out.count = 0;
            self.out.segment("ST").code(T::SET).code(&set_number).code(if T::ST03 { T::VERSION } else { "" }).end();
            set.body(&mut self.out);
            let count = (self.out.count + 1).to_string();
            self.out.segment("SE").code(&count).code(&set_number).end();
            self.out.check()?;
        }
        self.out.segment("GE").code(&sets.len().to_string()).code(&number.to_string()).end();
        self.out.check()
    }

    /// Writes IEA and gives out the file.
    pub fn finish(mut self) -> Result<Vec<u8>, WriteError> {
        if self.groups == 0 && self.acks == 0 {
            return Err(WriteError::Empty);
        }
        self.out.segment("IEA").code(&self.groups.to_string()).code(&format!("{:09}", self.envelope.control)).end();
        self.out.check()?;
        Ok(self.out.bytes)
    }
}

/// The body of a set. Errors are kept and reported by the [`Writer`]; the first one counts.
#[derive(Debug)]
pub struct SetWriter {
    bytes: Vec<u8>,
    delims: Delimiters,
    line_ends: bool,
    count: usize,
    error: Option<WriteError>,
}

impl SetWriter {
    /// Begins a segment; it is written by [`SegmentWriter::end`], and left out when it has no element at all.
    pub fn segment(&mut self, id: &str) -> SegmentWriter<'_> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(id.as_bytes());
        let bare = self.bytes.len();
        SegmentWriter { set: self, start, bare }
    }

    /// Records why this set cannot be written.
    pub fn fail(&mut self, error: WriteError) {
        self.error.get_or_insert(error);
    }

    fn terminate(&mut self) {
        self.bytes.push(self.delims.terminator);
        if self.line_ends {
            self.bytes.push(b'\n');
        }
        self.count += 1;
    }

    fn check(&mut self) -> Result<(), WriteError> {
        self.error.take().map_or(Ok(()), Err)
    }

    /// An identifier or code as it will be written; refused when it does not fit.
    fn vetted(&mut self, field: &'static str, value: &str, max: usize) -> String {
        let value = value.trim();
        if value.len() > max {
            self.fail(refuse(field, value, "is too long"));
        } else if value.bytes().any(|b| self.delims.has(b)) {
            self.fail(refuse(field, value, "contains a delimiter"));
        } else if !value.bytes().all(|b| (b == b' ' || b.is_ascii_graphic()) && !matches!(b, b'*' | b'~' | b'^' | b'`'))
        {
            self.fail(refuse(field, value, "has a character that X12 cannot carry"));
        } else {
            return value.to_ascii_uppercase();
        }
        String::new()
    }
}

/// One segment while it is being written, element by element.
#[derive(Debug)]
pub struct SegmentWriter<'s> {
    set: &'s mut SetWriter,
    start: usize,
    bare: usize,
}

impl SegmentWriter<'_> {
    fn push(self, element: &str) -> Self {
        self.set.bytes.push(self.set.delims.element);
        self.set.bytes.extend_from_slice(element.as_bytes());
        self
    }

    /// An empty element.
    #[must_use]
    pub fn skip(self) -> Self {
        self.push("")
    }

    /// So many empty elements.
    #[must_use]
    pub fn skips(self, count: usize) -> Self {
        (0..count).fold(self, |segment, _| segment.skip())
    }

    /// A code known to the program; refused like an identifier if it is not clean.
    #[must_use]
    pub fn code(self, value: &str) -> Self {
        self.id("code", value, 80)
    }

    /// An identifier, which may be empty. Upper-cased; refused when it holds a delimiter, a strange character, or is too long.
    #[must_use]
    pub fn id(self, field: &'static str, value: &str, max: usize) -> Self {
        let value = self.set.vetted(field, value, max);
        self.push(&value)
    }

    /// An identifier that may be absent.
    #[must_use]
    pub fn maybe(self, field: &'static str, value: Option<&str>, max: usize) -> Self {
        self.id(field, value.unwrap_or_default(), max)
    }

    /// An identifier that must be there.
    #[must_use]
    pub fn required(self, field: &'static str, value: &str, max: usize) -> Self {
        if value.trim().is_empty() {
            self.set.fail(WriteError::Missing { field });
        }
        self.id(field, value, max)
    }

    /// Free text: folded to the character set, delimiters become blanks, cut at `max`. May be empty.
    #[must_use]
    pub fn text(self, value: &str, max: usize) -> Self {
        let mut folded = fold(value, self.set.delims);
        folded.truncate(max);
        folded.truncate(folded.trim_end().len());
        self.push(&folded)
    }

    /// Free text that must leave something when folded.
    #[must_use]
    pub fn required_text(self, field: &'static str, value: &str, max: usize) -> Self {
        if value.trim().is_empty() {
            self.set.fail(WriteError::Missing { field });
        } else if fold(value, self.set.delims).is_empty() {
            self.set.fail(refuse(field, value, "has no character that X12 can carry; give a Latin spelling"));
        }
        self.text(value, max)
    }

    /// Money.
    #[must_use]
    pub fn money(self, cents: i64) -> Self {
        self.push(&format_cents(cents))
    }

    /// Money that may be absent.
    #[must_use]
    pub fn maybe_money(self, cents: Option<i64>) -> Self {
        match cents {
            Some(cents) => self.money(cents),
            None => self.skip(),
        }
    }

    /// A quantity that may be absent.
    #[must_use]
    pub fn quantity(self, quantity: Option<Quantity>) -> Self {
        match quantity {
            Some(quantity) => self.push(&quantity.to_string()),
            None => self.skip(),
        }
    }

    /// A date that may be absent, as `CCYYMMDD`.
    #[must_use]
    pub fn date(self, date: Option<Date>) -> Self {
        match date {
            Some(date) => self.push(&date.compact()),
            None => self.skip(),
        }
    }

    /// A composite of identifiers; trailing empty components are dropped.
    #[must_use]
    pub fn composite(self, field: &'static str, components: &[&str]) -> Self {
        let used = components.iter().rposition(|c| !c.trim().is_empty()).map_or(0, |last| last + 1);
        let mut text = String::new();
        for (index, component) in components.iter().take(used).enumerate() {
            if index > 0 {
                text.push(char::from(self.set.delims.component));
            }
            text.push_str(&self.set.vetted(field, component, 80));
        }
        self.push(&text)
    }

    /// Ends the segment: trailing empty elements go, and a segment with no element is not written.
    pub fn end(self) {
        let set = self.set;
        while set.bytes.len() > self.bare && set.bytes.last() == Some(&set.delims.element) {
            set.bytes.pop();
        }
        if set.bytes.len() > self.bare {
            set.terminate();
        } else {
            set.bytes.truncate(self.start);
        }
    }
}

/// Folds text as the writer would, for showing and for comparing.
pub fn folded(text: &str) -> String {
    fold(text, Delimiters::default())
}
