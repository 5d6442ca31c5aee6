//! X12 5010 health care files: read without losing a byte, written without a way to get the envelope wrong.
//!
//! No I/O, no clock, no dependency on the rest of the product. Three layers:
//!
//! 1. [`reader`]: borrowed segments with exact positions; `write(read(bytes)) == bytes`.
//! 2. [`writer`]: envelopes whose counts and control numbers come from the types.
//! 3. Typed transactions: [`professional`] (837P), [`remittance`] (835), [`ack`] (TA1, 999, 277CA).
//!
//! Beside them: [`balance`] (money of an 835), [`validate()`] (guides as data), [`stats()`], [`plain`] (words for codes).
//!
//! Nothing here panics on any input, and nothing gives up: readers return `(value, faults)`.

pub mod ack;
pub mod balance;
pub mod common;
pub mod date;
pub mod delims;
mod envelope;
pub mod fault;
pub mod money;
mod parts;
pub mod plain;
pub mod professional;
pub mod reader;
pub mod remittance;
pub mod segment;
mod sets;
pub mod stats;
mod text;
pub mod validate;
pub mod writer;

pub use common::*;
pub use date::{Date, Period, Time};
pub use delims::Delimiters;
pub use fault::{Code, Fault, Severity};
pub use money::{NumberError, Quantity, format_cents, parse_cents};
pub use reader::{Document, Segments, read, write};
pub use segment::Segment;
pub use sets::{GroupHeader, InterchangeHeader, SetHeader, overview};
pub use stats::{Stats, is_unreadable, stats};
pub use validate::{inspect, validate};
pub use writer::{Envelope, Party, Usage, WriteError, Writer, write_interchange};
