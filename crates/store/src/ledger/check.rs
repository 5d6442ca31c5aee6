//! Whether the books are whole: each entry with its rows, held against what was posted, and what it all comes to.

use std::collections::BTreeMap;

use domain::id::EntryId;
use domain::ledger::{Entry, Posting};
use domain::{Cents, Instant};
use jiff::civil::Date;

use super::{KIND, KindBalance, remittance_of, visit_of};
use crate::db::{Row, Tx};
use crate::error::{Error, Result};
use crate::record::decode;
use crate::{params, sql};

/// Entries that are not as they were posted, in a finding.
const NAMED: usize = 20;

/// A look through the books, as far as it has come. It reads a part at a time and keeps nothing from anybody meanwhile.
#[derive(Clone, Debug, Default)]
pub struct Check {
    through: Option<EntryId>,
    entries: u64,
    broken: u64,
    first: Vec<Difference>,
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
    pub first: Vec<Difference>,
}

/// An entry that is not as it was posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The entry.
    pub entry: EntryId,
    /// What differs first, for a person: `` posting 2: `amount` ``. It names the place and no value.
    pub what: String,
}

impl Check {
    /// The look after up to `limit` more entries; `None` at the end of the books.
    pub fn go_on(&self, tx: &mut Tx, limit: u32) -> Result<Option<Self>> {
        let after = self.through.as_ref().map_or("", EntryId::as_str);
        let entries = tx.query(
            sql!(
                "SELECT id, cause, remittance_id, visit_id, effective, posting, reverses, version, body, checksum
                 FROM ledger_entry WHERE id > $1 ORDER BY id LIMIT $2"
            ),
            params![after, limit],
        )?;
        let Some(last) = entries.last() else { return Ok(None) };
        let last: EntryId = last.get("id")?;
        let rows = tx.query(
            sql!(
                "SELECT entry_id, line, account, kind, amount, patient_id, claim_id, charge_id, posting
                 FROM ledger_posting WHERE entry_id > $1 AND entry_id <= $2 ORDER BY entry_id, line"
            ),
            params![after, last],
        )?;
        let mut next = self.clone();
        let mut postings: BTreeMap<EntryId, Vec<&Row>> = BTreeMap::new();
        for row in &rows {
            postings.entry(row.get("entry_id")?).or_default().push(row);
            next.add(row)?;
        }
        for row in &entries {
            let id: EntryId = row.get("id")?;
            let what = difference(row, postings.get(&id).map_or(&[], Vec::as_slice));
            next.count(id, what);
        }
        next.through = Some(last);
        Ok(Some(next))
    }

    fn count(&mut self, entry: EntryId, what: Option<String>) {
        self.entries += 1;
        let Some(what) = what else { return };
        self.broken += 1;
        if self.first.len() < NAMED {
            self.first.push(Difference { entry, what });
        }
    }

    fn add(&mut self, row: &Row) -> Result<()> {
        // What cannot be read is a difference of its entry, and must not end the look.
        let (Ok(kind), Ok(amount)) = (row.get::<String>("kind"), row.get::<Cents>("amount")) else { return Ok(()) };
        let sum = self.sums.entry(kind.clone()).or_insert_with(|| KindBalance::of(kind));
        sum.add(amount)
    }

    /// Keeps what it found in the place of what the last one did.
    pub fn keep(&self, tx: &mut Tx) -> Result<Checked> {
        let through = self.through.as_ref().map_or("", EntryId::as_str);
        let first: Vec<_> = self.first.iter().map(|d| format!("{} {}", d.entry, d.what)).collect();
        let (now, entries, broken) = (tx.now(), stored(self.entries)?, stored(self.broken)?);
        tx.execute(
            sql!(
                "INSERT INTO ledger_check (id, at, through, entries, broken, examples) VALUES (1, $1, $2, $3, $4, $5)
                 ON CONFLICT (id) DO UPDATE SET at = excluded.at, through = excluded.through,
                     entries = excluded.entries, broken = excluded.broken, examples = excluded.examples"
            ),
            params![now, through, entries, broken, first.join("\n")],
        )?;
        tx.execute(sql!("DELETE FROM ledger_sum"), &[])?;
        for sum in self.sums.values() {
            tx.execute(
                sql!("INSERT INTO ledger_sum (kind, debit, credit, postings) VALUES ($1, $2, $3, $4)"),
                params![sum.kind, sum.debit, sum.credit, stored(sum.postings)?],
            )?;
        }
        Ok(Checked { at: now, entries: self.entries, broken: self.broken, first: self.first.clone() })
    }
}

fn stored(n: u64) -> Result<i64> {
    i64::try_from(n).map_err(|_| Error::Refused("there are more entries than can be counted".to_owned()))
}

/// What the last look found, and up to which entry its sums go. `None` before the first.
pub(super) fn last(tx: &mut Tx) -> Result<Option<(Checked, String)>> {
    let row =
        tx.query_opt(sql!("SELECT id, at, through, entries, broken, examples FROM ledger_check WHERE id = 1"), &[])?;
    let Some(row) = row else { return Ok(None) };
    let (first, through): (String, String) = (row.get("examples")?, row.get("through")?);
    let first = first.lines().map(|line| read_difference(line).ok_or_else(|| row.corrupt("examples")));
    let first = first.collect::<Result<_>>()?;
    let checked = Checked { at: row.get("at")?, entries: row.get("entries")?, broken: row.get("broken")?, first };
    Ok(Some((checked, through)))
}

/// What the last look through the books found.
pub fn last_check(tx: &mut Tx) -> Result<Option<Checked>> {
    Ok(last(tx)?.map(|(checked, _)| checked))
}

fn read_difference(line: &str) -> Option<Difference> {
    let (entry, what) = line.split_once(' ')?;
    Some(Difference { entry: EntryId::parse(entry).ok()?, what: what.to_owned() })
}

/// What differs first between an entry as it was posted, which its record tells, and the columns of it and of its postings.
fn difference(row: &Row, postings: &[&Row]) -> Option<String> {
    let Ok(entry) = decode::<Entry>(row, KIND) else {
        return Some("the record is not what its checksum says".to_owned());
    };
    let entry = entry.value;
    let head = [
        ("cause", Some(entry.cause().key())),
        ("remittance_id", remittance_of(entry.cause()).map(|id| id.to_string())),
        ("visit_id", visit_of(entry.cause()).map(|id| id.to_string())),
        ("effective", Some(entry.effective().to_string())),
        ("posting", Some(entry.posting_date().to_string())),
        ("reverses", entry.reverses().map(ToString::to_string)),
    ];
    if let Some(column) = changed(row, &head) {
        return Some(format!("`{column}`"));
    }
    let (posted, found) = (entry.postings().len(), postings.len());
    if posted != found {
        return Some(format!("{found} postings instead of {posted}"));
    }
    let day = entry.posting_date();
    let differs =
        |((line, posted), row)| Some(format!("posting {}: `{}`", line + 1, changed_posting(row, line, posted, day)?));
    (0_i64..).zip(entry.postings()).zip(postings.iter().copied()).find_map(differs)
}

fn changed_posting(row: &Row, line: i64, posted: &Posting, day: Date) -> Option<&'static str> {
    if row.get::<i64>("line").ok() != Some(line) {
        return Some("line");
    }
    if row.get::<Cents>("amount").ok() != Some(posted.amount) {
        return Some("amount");
    }
    let texts = [
        ("account", Some(posted.account.key())),
        ("kind", Some(posted.account.kind().to_owned())),
        ("patient_id", posted.patient.as_ref().map(ToString::to_string)),
        ("claim_id", posted.claim.as_ref().map(ToString::to_string)),
        ("charge_id", posted.charge.as_ref().map(ToString::to_string)),
        ("posting", Some(day.to_string())),
    ];
    changed(row, &texts)
}

/// The first of these columns that has another text.
fn changed(row: &Row, posted: &[(&'static str, Option<String>)]) -> Option<&'static str> {
    let same =
        |column: &str, text: &Option<String>| row.get::<Option<String>>(column).is_ok_and(|found| found == *text);
    posted.iter().find(|(column, text)| !same(column, text)).map(|(column, _)| *column)
}
