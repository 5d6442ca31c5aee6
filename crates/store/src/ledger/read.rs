//! The books to be read: balances, postings with what a reader may know of whose they are, remittances against deposits.

use domain::Cents;
use domain::grant::Grant;
use domain::id::{EntryId, PatientId, RemittanceId};
use domain::ledger::{Account, Cause, Entry};
use domain::patient::FieldGroup;
use jiff::civil::Date;

use super::{KIND, record};
use crate::db::{Row, Tx};
use crate::error::{Error, Result};
use crate::patient::may_list;
use crate::phi::Phi;
use crate::record::decode;
use crate::{params, sql};

const FIELDS: [FieldGroup; 4] =
    [FieldGroup::Identity, FieldGroup::AccountBalance, FieldGroup::Claims, FieldGroup::Charges];

/// A balance of all accounts of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KindBalance {
    /// [`Account::kind`].
    pub kind: String,
    /// Debits.
    pub debit: Cents,
    /// Credits, below zero.
    pub credit: Cents,
    /// Their sum.
    pub balance: Cents,
    /// How many postings.
    pub postings: u64,
}

/// One posting in a list, with what a reader follows it by.
#[derive(Clone, Debug)]
pub struct PostingLine {
    /// Its entry.
    pub entry: EntryId,
    /// The account.
    pub account: Account,
    /// Debit above zero.
    pub amount: Cents,
    /// The day it went into the books.
    pub posting: Date,
    /// The day it happened.
    pub effective: Date,
    /// What brought it about.
    pub cause: Cause,
    /// Whose charges, unless the reader may not know.
    pub patient: Option<(PatientId, String)>,
    /// It is about somebody whom this reader's lists leave out.
    pub withheld: bool,
}

impl KindBalance {
    pub(super) fn of(kind: String) -> Self {
        Self { kind, debit: Cents::ZERO, credit: Cents::ZERO, balance: Cents::ZERO, postings: 0 }
    }

    pub(super) fn add(&mut self, amount: Cents) -> Result<()> {
        let side = if amount > Cents::ZERO { &mut self.debit } else { &mut self.credit };
        *side = sum(*side, amount)?;
        self.balance = sum(self.balance, amount)?;
        self.postings += 1;
        Ok(())
    }
}

fn sum(a: Cents, b: Cents) -> Result<Cents> {
    a.checked_add(b).map_err(|e| Error::Refused(e.to_string()))
}

/// The balance of each kind of account. Sums only, of nobody in particular: those that the last look through the books kept,
/// and the rows since then. Entries are only ever added, each after all before it, so nothing is counted twice or left out.
pub fn balances(tx: &mut Tx, _grant: &Grant) -> Result<Phi<Vec<KindBalance>>> {
    let through = super::check::last(tx)?.map(|(_, through)| through).unwrap_or_default();
    let rows = tx.query(
        sql!(
            "SELECT kind, CAST(sum(debit) AS BIGINT) AS debit, CAST(sum(credit) AS BIGINT) AS credit,
                    CAST(sum(postings) AS BIGINT) AS postings
             FROM (SELECT kind, debit, credit, postings FROM ledger_sum
                   UNION ALL
                   SELECT kind, CASE WHEN amount > 0 THEN amount ELSE 0 END AS debit,
                          CASE WHEN amount < 0 THEN amount ELSE 0 END AS credit, 1 AS postings
                   FROM ledger_posting WHERE entry_id > $1) AS part
             GROUP BY kind ORDER BY kind"
        ),
        params![through],
    )?;
    let read = |row: &Row| {
        let (debit, credit) = (row.get("debit")?, row.get("credit")?);
        let (kind, postings) = (row.get("kind")?, row.get("postings")?);
        Ok(KindBalance { kind, debit, credit, balance: sum(debit, credit)?, postings })
    };
    let found = rows.iter().map(read).collect::<Result<_>>()?;
    Ok(Phi::new(found, [], [FieldGroup::AccountBalance.as_str()]))
}

/// Postings with their entries and what a reader may know of whose they are; the rest says which, and in what order.
macro_rules! posting_lines {
    ($rest:literal) => {
        concat!(
            "SELECT l.entry_id, l.account, l.amount, l.posting, l.patient_id, e.id, e.version, e.body, e.checksum,
                    p.mrn, p.restricted, p.circle, p.denied
             FROM ledger_entry e JOIN ledger_posting l ON l.entry_id = e.id
                  LEFT JOIN patient p ON p.id = l.patient_id ",
            $rest
        )
    };
}

/// The latest `limit` postings of a kind of account, older than `before` when it is given, and the rest of the last one's entry:
/// the next page goes on with the entry before it.
pub fn postings(
    tx: &mut Tx,
    grant: &Grant,
    kind: &str,
    before: Option<&EntryId>,
    limit: u32,
) -> Result<Phi<Vec<PostingLine>>> {
    let rows = tx.query(
        sql!(posting_lines!(
            "WHERE l.kind = $1 AND l.entry_id < $2
               AND l.entry_id >= coalesce((SELECT entry_id FROM ledger_posting WHERE kind = $1 AND entry_id < $2
                                           ORDER BY entry_id DESC LIMIT 1 OFFSET $3), '')
             ORDER BY l.entry_id DESC, l.line"
        )),
        params![kind, before.map_or("~", EntryId::as_str), limit.saturating_sub(1)],
    )?;
    lines(&rows, grant)
}

/// Every posting of the entries of a remittance, in order.
pub fn of_remittance(tx: &mut Tx, grant: &Grant, id: &RemittanceId) -> Result<Phi<Vec<PostingLine>>> {
    let rows = tx.query(sql!(posting_lines!("WHERE e.remittance_id = $1 ORDER BY l.entry_id, l.line")), params![id])?;
    lines(&rows, grant)
}

/// Every posting about the patient that the grant names, oldest first.
pub fn of_patient(tx: &mut Tx, grant: &Grant) -> Result<Phi<Vec<PostingLine>>> {
    let patient = grant.patient().ok_or(Error::NotFound("patient"))?;
    let rows = tx.query(
        sql!(posting_lines!("WHERE l.patient_id = $1 ORDER BY l.posting, l.entry_id, l.line")),
        params![patient],
    )?;
    lines(&rows, grant)
}

/// One entry with all its postings.
pub fn open(tx: &mut Tx, grant: &Grant, id: &EntryId) -> Result<Phi<(Entry, Vec<PostingLine>)>> {
    let entry = record(tx, id)?;
    let rows = tx.query(sql!(posting_lines!("WHERE l.entry_id = $1 ORDER BY l.line")), params![id])?;
    Ok(lines(&rows, grant)?.cut(|lines| (entry, lines), &FIELDS.map(FieldGroup::as_str)))
}

/// What a remittance left in the unapplied money: zero once all of it found its place. `CROSS JOIN` keeps SQLite from beginning
/// with the unapplied money of all remittances.
pub fn unapplied(tx: &mut Tx, id: &RemittanceId) -> Result<Cents> {
    let row = tx.query_one(
        sql!(
            "SELECT CAST(coalesce(sum(l.amount), 0) AS BIGINT) AS left_over
             FROM ledger_entry e CROSS JOIN ledger_posting l
             WHERE e.remittance_id = $1 AND l.entry_id = e.id AND l.kind = 'unapplied'"
        ),
        params![id],
    )?;
    Ok(row.get::<Cents>("left_over")?.negated())
}

/// A remittance against its deposit.
#[derive(Clone, Debug)]
pub struct TieOut {
    /// The remittance.
    pub remittance: RemittanceId,
    /// The payer's name as sent.
    pub payer_name: String,
    /// Check or transfer number: the bank has the same.
    pub trace: String,
    /// The payment date.
    pub paid_on: Option<Date>,
    /// What the remittance says was paid.
    pub total: Cents,
    /// What the books have as cash from it.
    pub deposited: Cents,
    /// What no claim took yet.
    pub unapplied: Cents,
}

impl TieOut {
    /// Whether the deposit is what the remittance says.
    pub fn ties(&self) -> bool {
        self.total == self.deposited
    }
}

/// The latest `limit` remittances of which something is in the books, each against its deposit. It names no patient.
/// `CROSS JOIN` keeps SQLite from beginning with all postings.
pub fn tie_outs(tx: &mut Tx, _grant: &Grant, limit: u32) -> Result<Phi<Vec<TieOut>>> {
    let rows = tx.query(
        sql!(
            "SELECT r.id AS id, r.payer_name AS payer_name, r.trace AS trace, r.paid_on AS paid_on, r.total AS total,
                    CAST(sum(CASE WHEN l.kind = 'cash' THEN l.amount ELSE 0 END) AS BIGINT) AS deposited,
                    CAST(sum(CASE WHEN l.kind = 'unapplied' THEN l.amount ELSE 0 END) AS BIGINT) AS left_over
             FROM (SELECT id, payer_name, trace, paid_on, total, at FROM remittance
                   WHERE EXISTS (SELECT 1 FROM ledger_entry WHERE remittance_id = remittance.id)
                   ORDER BY at DESC, id DESC LIMIT $1) AS r
                  CROSS JOIN ledger_entry e CROSS JOIN ledger_posting l
             WHERE e.remittance_id = r.id AND l.entry_id = e.id
             GROUP BY r.id, r.payer_name, r.trace, r.paid_on, r.total, r.at
             ORDER BY r.at DESC, r.id DESC"
        ),
        params![limit],
    )?;
    let read = |row: &Row| {
        Ok(TieOut {
            remittance: row.get("id")?,
            payer_name: row.get("payer_name")?,
            trace: row.get("trace")?,
            paid_on: row.get("paid_on")?,
            total: row.get("total")?,
            deposited: row.get("deposited")?,
            unapplied: row.get::<Cents>("left_over")?.negated(),
        })
    };
    let found = rows.iter().map(read).collect::<Result<_>>()?;
    Ok(Phi::new(found, [], [FieldGroup::AccountBalance.as_str()]))
}

fn lines(rows: &[Row], grant: &Grant) -> Result<Phi<Vec<PostingLine>>> {
    let (mut found, mut last) = (Vec::with_capacity(rows.len()), None);
    for row in rows {
        let id: EntryId = row.get("entry_id")?;
        // The postings of an entry stand together: it is read once.
        let entry: &Entry = match last {
            Some(ref last) if Entry::id(last) == &id => last,
            _ => last.insert(decode(row, KIND)?.value),
        };
        let patient: Option<PatientId> = row.get("patient_id")?;
        let open = may_list(row, grant)?;
        let mrn: Option<String> = row.get("mrn")?;
        let withheld = patient.is_some() && !open;
        found.push(PostingLine {
            entry: id,
            account: row.parse("account", Account::parse)?,
            amount: row.get("amount")?,
            posting: row.get("posting")?,
            effective: entry.effective(),
            cause: entry.cause().clone(),
            patient: patient.filter(|_| open).map(|id| (id, mrn.unwrap_or_default())),
            withheld,
        });
    }
    let subjects: Vec<_> = found.iter().filter_map(|l| l.patient.as_ref().map(|p| p.0.clone())).collect();
    Ok(Phi::new(found, subjects, FIELDS.map(FieldGroup::as_str)))
}
