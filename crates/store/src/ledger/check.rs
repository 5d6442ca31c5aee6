//! Whether the books are whole: each entry with its rows, held against what was posted, and what it all comes to.

use std::collections::BTreeMap;

use domain::id::EntryId;
use domain::ledger::Entry;
use domain::{Cents, Instant};

use super::{KIND, KindBalance, remittance_of, visit_of};
use crate::db::{Row, Tx};
use crate::error::{Error, Result};
use crate::record::decode;
use crate::{params, sql};

/// Ids of entries that are not as they were posted, in a finding.
const NAMED: usize = 20;

/// A look through the books, as far as it has come. It reads a part at a time and keeps nothing from anybody meanwhile.
#[derive(Clone, Debug, Default)]
pub struct Check {
    through: Option<EntryId>,
    entries: u64,
    broken: u64,
    first: Vec<EntryId>,
    sums: BTreeMap<String, KindBalance>,
}

/// What the last look through the books found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// When it ended.
    pub at: Instant,
    /// How many entries it held against their rows.
    pub entries: u64,
    /// How many of them are not as they were posted: none in whole books.
    pub broken: u64,
    /// The first of those, in the order of the books.
    pub first: Vec<EntryId>,
}

impl Check {
    /// Goes on with up to `limit` entries. Returns whether it came to the end of the books.
    pub fn go_on(&mut self, tx: &mut Tx, limit: u32) -> Result<bool> {
        let after = self.through.as_ref().map_or("", EntryId::as_str).to_owned();
        let entries = tx.query(
            sql!(
                "SELECT id, cause, remittance_id, visit_id, effective, posting, reverses, version, body, checksum
                 FROM ledger_entry WHERE id > $1 ORDER BY id LIMIT $2"
            ),
            params![after, limit],
        )?;
        let Some(last) = entries.last() else { return Ok(true) };
        let last: EntryId = last.get("id")?;
        let rows = tx.query(
            sql!(
                "SELECT entry_id, line, account, kind, amount, patient_id, claim_id, charge_id, posting
                 FROM ledger_posting WHERE entry_id > $1 AND entry_id <= $2 ORDER BY entry_id, line"
            ),
            params![after, last],
        )?;
        let mut postings: BTreeMap<String, Vec<&Row>> = BTreeMap::new();
        for row in &rows {
            postings.entry(row.get("entry_id")?).or_default().push(row);
            self.add(row)?;
        }
        for row in &entries {
            let id: EntryId = row.get("id")?;
            let mine = postings.get(id.as_str()).map_or(&[][..], Vec::as_slice);
            if !as_posted(row, mine) {
                self.broken += 1;
                if self.first.len() < NAMED {
                    self.first.push(id);
                }
            }
        }
        self.entries += u64::try_from(entries.len()).unwrap_or(0);
        self.through = Some(last);
        Ok(false)
    }

    fn add(&mut self, row: &Row) -> Result<()> {
        let (kind, amount): (String, Cents) = (row.get("kind")?, row.get("amount")?);
        let sum = self.sums.entry(kind.clone()).or_insert_with(|| KindBalance::of(kind));
        sum.add(amount)
    }

    /// Keeps what it found in the place of what the last one did.
    pub fn keep(&self, tx: &mut Tx) -> Result<Checked> {
        let through = self.through.as_ref().map_or("", EntryId::as_str);
        let first = self.first.iter().map(EntryId::as_str).collect::<Vec<_>>().join(" ");
        let (now, entries, broken) = (tx.now(), count(self.entries)?, count(self.broken)?);
        tx.execute(
            sql!(
                "INSERT INTO ledger_check (id, at, through, entries, broken, examples) VALUES (1, $1, $2, $3, $4, $5)
                 ON CONFLICT (id) DO UPDATE SET at = excluded.at, through = excluded.through,
                     entries = excluded.entries, broken = excluded.broken, examples = excluded.examples"
            ),
            params![now, through, entries, broken, first],
        )?;
        tx.execute(sql!("DELETE FROM ledger_sum"), &[])?;
        for sum in self.sums.values() {
            tx.execute(
                sql!("INSERT INTO ledger_sum (kind, debit, credit, postings) VALUES ($1, $2, $3, $4)"),
                params![sum.kind, sum.debit, sum.credit, count(sum.postings)?],
            )?;
        }
        Ok(Checked { at: now, entries: self.entries, broken: self.broken, first: self.first.clone() })
    }
}

fn count(n: u64) -> Result<i64> {
    i64::try_from(n).map_err(|_| Error::Refused("there are more entries than can be counted".to_owned()))
}

/// What the last look found, and up to which entry its sums go. `None` before the first.
pub(super) fn last(tx: &mut Tx) -> Result<Option<(Checked, String)>> {
    let row =
        tx.query_opt(sql!("SELECT id, at, through, entries, broken, examples FROM ledger_check WHERE id = 1"), &[])?;
    let Some(row) = row else { return Ok(None) };
    let (first, through): (String, String) = (row.get("examples")?, row.get("through")?);
    let first = first.split_whitespace().map(|id| EntryId::parse(id).map_err(|_| row.corrupt("examples")));
    let first = first.collect::<Result<_>>()?;
    let checked = Checked { at: row.get("at")?, entries: row.get("entries")?, broken: row.get("broken")?, first };
    Ok(Some((checked, through)))
}

/// What the last look through the books found.
pub fn last_check(tx: &mut Tx) -> Result<Option<Checked>> {
    Ok(last(tx)?.map(|(checked, _)| checked))
}

/// Whether an entry is the one that was posted, and its rows are its postings, line by line.
fn as_posted(row: &Row, postings: &[&Row]) -> bool {
    let Ok(entry) = decode::<Entry>(row, KIND) else { return false };
    let entry = entry.value;
    let text = |name: &str| row.get::<Option<String>>(name).ok();
    let head = [
        ("cause", Some(entry.cause().key())),
        ("remittance_id", remittance_of(entry.cause()).map(|id| id.to_string())),
        ("visit_id", visit_of(entry.cause()).map(|id| id.to_string())),
        ("effective", Some(entry.effective().to_string())),
        ("posting", Some(entry.posting_date().to_string())),
        ("reverses", entry.reverses().map(ToString::to_string)),
    ];
    let same_head = head.into_iter().all(|(name, posted)| text(name) == Some(posted));
    let same_line = |((line, posted), row): ((i64, &domain::ledger::Posting), &&Row)| {
        let text = |name: &str| row.get::<Option<String>>(name).ok();
        let lines = [
            ("account", Some(posted.account.key())),
            ("kind", Some(posted.account.kind().to_owned())),
            ("patient_id", posted.patient.as_ref().map(ToString::to_string)),
            ("claim_id", posted.claim.as_ref().map(ToString::to_string)),
            ("charge_id", posted.charge.as_ref().map(ToString::to_string)),
            ("posting", Some(entry.posting_date().to_string())),
        ];
        row.get::<i64>("line").ok() == Some(line)
            && row.get::<Cents>("amount").ok() == Some(posted.amount)
            && lines.into_iter().all(|(name, posted)| text(name) == Some(posted))
    };
    same_head
        && postings.len() == entry.postings().len()
        && (0_i64..).zip(entry.postings()).zip(postings).all(same_line)
}
