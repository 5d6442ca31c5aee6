//! TA1: the answer to an interchange envelope.

use super::Verdict;
use crate::date::{Date, Time};
use crate::fault::Fault;
use crate::segment::Segment;
use crate::sets::overview;
use crate::writer::{SetWriter, WriteError};
use serde::{Deserialize, Serialize};

/// An interchange acknowledgment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ta1 {
    /// TA101: ISA13 of the file that is answered, nine digits.
    pub control: String,
    /// TA102: its ISA09.
    pub date: Option<Date>,
    /// TA103: its ISA10.
    pub time: Option<Time>,
    /// TA104.
    pub verdict: Verdict,
    /// TA105: 000 when nothing is wrong.
    pub note: String,
}

impl Ta1 {
    pub(crate) fn from_segment(segment: &Segment<'_>) -> Self {
        Self {
            control: segment.text(1),
            date: Date::parse_short(segment.get(2)),
            time: Time::parse(segment.get(3)),
            verdict: Verdict::from_code(segment.get(4)),
            note: segment.text(5),
        }
    }

    pub(crate) fn segment(&self, out: &mut SetWriter) {
        let digits = self.control.len() == 9 && self.control.bytes().all(|b| b.is_ascii_digit());
        if !digits {
            out.fail(WriteError::Field {
                field: "TA101 control number",
                value: self.control.chars().take(40).collect(),
                why: "is not nine digits",
            });
        }
        let (Some(date), Some(time)) = (self.date, self.time) else {
            out.fail(WriteError::Missing { field: "TA102 and TA103, date and time of the interchange" });
            return;
        };
        if self.verdict == Verdict::Partial {
            out.fail(WriteError::Field { field: "TA104 verdict", value: "P".into(), why: "is not A, E or R" });
        }
        out.segment("TA1")
            .code(&self.control)
            .code(&date.short())
            .code(&time.compact())
            .code(self.verdict.code())
            .required("TA105 note code", &self.note, 3)
            .end();
    }
}

/// All TA1 of a file.
pub fn read_ta1(bytes: &[u8]) -> (Vec<Ta1>, Vec<Fault>) {
    let (interchanges, faults) = overview(bytes);
    (interchanges.into_iter().flat_map(|interchange| interchange.acks).collect(), faults)
}
