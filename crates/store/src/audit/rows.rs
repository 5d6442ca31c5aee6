//! Checking rows against their leaves: the columns that pages filter by, the sealed content, and the list of whom it concerns.

use domain::audit::{Leaf, Outcome};
use domain::id::{EventId, PatientId};
use serde::Deserialize;

use super::Log;
use super::content::{Destroyed, open};
use crate::db::{Row, ToValue as _, Tx, Value};
use crate::error::Result;
use crate::sql;

/// The part of a body that stands in columns too.
#[derive(Deserialize)]
struct Said {
    outcome: Outcome,
    subjects: Vec<PatientId>,
}

/// A patient, an event that names them, and its place in the log.
type Subject = (PatientId, EventId, u64);

/// Pairs that one statement asks for.
const PAIRS: usize = 8;

/// The rows as they are gone through.
pub(super) struct Rows<'l> {
    log: &'l Log,
    destroyed: Destroyed,
    /// Whom the bodies name, until their rows are asked for.
    waiting: Vec<Subject>,
    /// How many rows the bodies ask for; unknown when some body is not there to say.
    wanted: Option<u64>,
}

impl<'l> Rows<'l> {
    pub(super) fn new(log: &'l Log, tx: &mut Tx) -> Result<Self> {
        Ok(Self { log, destroyed: Destroyed::load(log, tx)?, waiting: Vec::new(), wanted: Some(0) })
    }

    /// The content of a row must be the one that its leaf commits to, and the columns must say what it says. A fault in words
    /// otherwise.
    pub(super) fn check(&mut self, row: &Row, leaf: &Leaf, index: u64) -> Result<Option<String>> {
        let Some(said) = open::<Said>(self.log, row, leaf)? else {
            // A key of one patient's says that there was one; whom the others concern is not known any more.
            let one = !row.get::<String>("key_id")?.starts_with("practice/");
            self.wanted = self.wanted.filter(|_| one).map(|n| n + 1);
            let there = row.get::<Option<Vec<u8>>>("sealed")?.is_some();
            return Ok(match there {
                _ if self.destroyed.covers(row)? => None,
                true => Some(format!("the content of leaf {index} is not the one that it commits to")),
                false => Some(format!("the content of leaf {index} is gone, and no event says that it was destroyed")),
            });
        };
        self.wanted = self.wanted.and_then(|n| n.checked_add(u64::try_from(said.subjects.len()).ok()?));
        self.waiting.extend(said.subjects.into_iter().map(|patient| (patient, leaf.id.clone(), index)));
        let same = row.get::<String>("outcome")? == said.outcome.as_str();
        Ok((!same).then(|| format!("the row of leaf {index} says another outcome than its content")))
    }

    /// Asks for the rows by which a patient's part of the log is found; each that is missing is a fault in words.
    pub(super) fn subjects(&mut self, tx: &mut Tx) -> Result<Vec<String>> {
        let mut faults = Vec::new();
        let waiting = std::mem::take(&mut self.waiting);
        for some in waiting.chunks(PAIRS) {
            if there(tx, some)? == u64::try_from(some.len()).unwrap_or(0) {
                continue;
            }
            for one in some {
                if there(tx, std::slice::from_ref(one))? == 0 {
                    faults.push(format!("leaf {} is hidden from the log of a patient whom it names", one.2));
                }
            }
        }
        Ok(faults)
    }

    /// After every row was gone through: whether the list of subjects holds more than the bodies name. What is not numbered yet was
    /// not gone through, so then it is left to the next look.
    pub(super) fn extra(&self, tx: &mut Tx, unsequenced: u64) -> Result<Option<String>> {
        let Some(wanted) = self.wanted.filter(|_| unsequenced == 0) else { return Ok(None) };
        let row = tx.query_one(sql!("SELECT CAST(count(*) AS BIGINT) AS n FROM audit_subject"), &[])?;
        let found: u64 = row.get("n")?;
        Ok((found > wanted)
            .then(|| format!("the list of whom events concern has {found} rows, and the events ask for {wanted}")))
    }
}

/// How many of the pairs have their row; they are different ones, at most [`PAIRS`].
fn there(tx: &mut Tx, pairs: &[Subject]) -> Result<u64> {
    let asked = pairs.iter().map(|(patient, event, _)| [patient.to_value(), event.to_value()]);
    // One text for any number: nobody has an empty id. The order of the join is said, or SQLite would read the whole table.
    let empty = std::iter::repeat_with(|| ["".to_value(), "".to_value()]);
    let values: Vec<Value> = asked.chain(empty).take(PAIRS).flatten().collect();
    let row = tx.query_one(
        sql!(
            "WITH asked (patient_id, event_id) AS (
                 VALUES ($1, $2), ($3, $4), ($5, $6), ($7, $8), ($9, $10), ($11, $12), ($13, $14), ($15, $16))
             SELECT CAST(count(*) AS BIGINT) AS n FROM asked a CROSS JOIN audit_subject s
             WHERE s.patient_id = a.patient_id AND s.event_id = a.event_id"
        ),
        &values,
    )?;
    row.get("n")
}
