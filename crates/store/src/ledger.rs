//! The books. Entries are only ever added; each sums to zero, each cause stands once, and balances are sums of postings.

mod charges;
mod check;
mod read;

use domain::Instant;
use domain::id::{EntryId, RemittanceId, VisitId};
use domain::ledger::{Cause, Entry, LedgerError, check_period};
use jiff::civil::Date;

pub use charges::{post_charges, post_missing_charges, post_self_pay, restore_charges};
pub use check::{Check, Checked, Difference, last_check};
pub use read::{
    KindBalance, PostingLine, TieOut, balances, of_patient, of_remittance, open, postings, tie_outs, unapplied,
};

use crate::db::Tx;
use crate::error::{Error, Result};
use crate::record::{Stamp, decode, keep};
use crate::{params, sql};

const KIND: &str = "ledger_entry";

/// Adds an entry. A closed period, a cause that is in the books already, and an id that does not come after all others are
/// refused: the kept sums are of all entries up to one.
pub fn post(tx: &mut Tx, entry: &Entry, stamp: &Stamp) -> Result<()> {
    check_period(closed_through(tx)?, entry.posting_date()).map_err(refused)?;
    let cause = entry.cause();
    if entry_of(tx, cause)?.is_some() {
        return Err(Error::Refused(format!("`{}` is in the books already: nothing is posted twice", cause.key())));
    }
    if last_id(tx)?.is_some_and(|last| last >= *entry.id()) {
        return Err(Error::Refused(format!("entry `{}` does not come after all others in the books", entry.id())));
    }
    let encoded = keep(tx, KIND, entry.id().as_str(), 1, entry, stamp)?;
    tx.execute(
        sql!(
            "INSERT INTO ledger_entry (id, cause, remittance_id, visit_id, effective, posting, reverses, version, body,
                                       checksum)
             VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $9)"
        ),
        params![
            entry.id(),
            cause.key(),
            remittance_of(cause),
            visit_of(cause),
            entry.effective(),
            entry.posting_date(),
            entry.reverses(),
            encoded.body,
            encoded.checksum
        ],
    )?;
    for (line, posting) in (0_i64..).zip(entry.postings()) {
        tx.execute(
            sql!(
                "INSERT INTO ledger_posting (entry_id, line, account, kind, amount, patient_id, claim_id, charge_id,
                                             posting)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
            ),
            params![
                entry.id(),
                line,
                posting.account.key(),
                posting.account.kind(),
                posting.amount,
                posting.patient,
                posting.claim,
                posting.charge,
                entry.posting_date()
            ],
        )?;
    }
    Ok(())
}

/// An id that comes after every other in the books, so that their order is the order of posting, within a transaction too.
pub fn next_id(tx: &mut Tx) -> Result<EntryId> {
    let last = last_id(tx)?;
    let mut at = tx.now();
    loop {
        let id = EntryId::new(at, tx.entropy());
        if last.as_ref().is_none_or(|last| id > *last) {
            return Ok(id);
        }
        // Ids of one millisecond come in no order.
        at = Instant::from_micros(at.micros().saturating_add(1000));
    }
}

fn last_id(tx: &mut Tx) -> Result<Option<EntryId>> {
    tx.query_one(sql!("SELECT max(id) AS last FROM ledger_entry"), &[])?.get("last")
}

/// The entry of a cause, when it is in the books.
pub fn entry_of(tx: &mut Tx, cause: &Cause) -> Result<Option<EntryId>> {
    let row = tx.query_opt(sql!("SELECT id FROM ledger_entry WHERE cause = $1"), params![cause.key()])?;
    row.map(|row| row.get("id")).transpose()
}

/// An entry, for the act that takes it back. It does not leave the store's transaction.
pub fn record(tx: &mut Tx, id: &EntryId) -> Result<Entry> {
    let row = tx.query_opt(sql!("SELECT id, version, body, checksum FROM ledger_entry WHERE id = $1"), params![id])?;
    Ok(decode::<Entry>(&row.ok_or(Error::NotFound("ledger entry"))?, KIND)?.value)
}

/// Takes an entry back, unless that is done already. Returns the new entry.
pub fn reverse(tx: &mut Tx, of: &EntryId, cause: Cause, days: (Date, Date), stamp: &Stamp) -> Result<EntryId> {
    let (effective, posting) = days;
    let id = next_id(tx)?;
    let entry = record(tx, of)?.reversal(id.clone(), cause, effective, posting).map_err(refused)?;
    if is_reversed(tx, of)? {
        return Err(Error::Refused("this entry was taken back before".to_owned()));
    }
    post(tx, &entry, stamp)?;
    Ok(id)
}

fn is_reversed(tx: &mut Tx, id: &EntryId) -> Result<bool> {
    Ok(tx.query_opt(sql!("SELECT id FROM ledger_entry WHERE reverses = $1"), params![id])?.is_some())
}

/// The last closed day.
pub fn closed_through(tx: &mut Tx) -> Result<Option<Date>> {
    let row = tx.query_opt(sql!("SELECT through FROM ledger_close ORDER BY through DESC LIMIT 1"), &[])?;
    row.map(|row| row.get("through")).transpose()
}

/// Closes the books through a day, for good.
pub fn close_through(tx: &mut Tx, through: Date, stamp: &Stamp) -> Result<()> {
    if let Some(closed) = closed_through(tx)?.filter(|closed| *closed >= through) {
        return Err(Error::Refused(format!("the books are closed through {closed} already")));
    }
    let now = tx.now();
    tx.execute(
        sql!("INSERT INTO ledger_close (through, at, actor) VALUES ($1, $2, $3)"),
        params![through, now, stamp.actor],
    )?;
    Ok(())
}

/// A rule of the books, as a refusal.
#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
pub fn refused(error: LedgerError) -> Error {
    Error::Refused(error.to_string())
}

fn remittance_of(cause: &Cause) -> Option<RemittanceId> {
    match cause {
        Cause::Deposit { remittance }
        | Cause::RemitClaim { remittance, .. }
        | Cause::ProviderAdjustment { remittance, .. } => Some(remittance.clone()),
        _ => None,
    }
}

fn visit_of(cause: &Cause) -> Option<VisitId> {
    match cause {
        Cause::Charges { visit, .. } | Cause::Restored { visit, .. } | Cause::SelfPay { visit, .. } => {
            Some(visit.clone())
        }
        _ => None,
    }
}
