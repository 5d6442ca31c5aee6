//! The signed checkpoints in the order of their instants, some at a time: a practice signs millions in its years.

use std::collections::VecDeque;

use domain::Instant;
use tlog::Checkpoint;

use super::Log;
use super::verify::{Report, read_checkpoint};
use crate::db::Tx;
use crate::error::Result;
use crate::{params, sql};

/// Checkpoints read at a time.
const PAGE: i64 = 1_000;

/// Those that are still to be held against the entries.
pub(super) struct Due {
    page: VecDeque<(Instant, Checkpoint)>,
    from: Instant,
    more: bool,
}

impl Due {
    /// All that were signed at an instant or after it.
    pub(super) fn since(from: Instant) -> Self {
        Self { page: VecDeque::new(), from, more: true }
    }

    /// The next one, when it speaks of no more than `size` entries. Those with a wrong signature are faults and passed over.
    pub(super) fn next_within(
        &mut self,
        size: u64,
        log: &Log,
        tx: &mut Tx,
        report: &mut Report,
    ) -> Result<Option<(Instant, Checkpoint)>> {
        while self.page.is_empty() && self.more {
            let rows = tx.query(
                sql!("SELECT at, size, note FROM audit_checkpoint WHERE at >= $1 ORDER BY at LIMIT $2"),
                params![self.from, PAGE],
            )?;
            self.more = rows.len() >= usize::try_from(PAGE).unwrap_or(usize::MAX);
            for row in &rows {
                let at: Instant = row.get("at")?;
                self.from = Instant::from_micros(at.micros().saturating_add(1));
                match read_checkpoint(log, &row.get::<String>("note")?) {
                    Ok(checkpoint) => self.page.push_back((at, checkpoint)),
                    Err(why) => report.fault(format!("the checkpoint at size {}: {why}", row.get::<i64>("size")?)),
                }
            }
        }
        Ok(self.page.pop_front_if(|(_, checkpoint)| checkpoint.size <= size))
    }
}
