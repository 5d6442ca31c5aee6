//! The charges of a visit in the books: at most one entry of them stands, and it says who owes them now.

use domain::claim::{Claim, Frequency};
use domain::id::{EntryId, VisitId};
use domain::ledger::{Cause, Entry, Posting, charge_postings, claim_charge_postings};
use domain::visit::Visit;
use jiff::civil::Date;

use super::{entry_of, next_id, post, refused, reverse};
use crate::db::Tx;
use crate::error::Result;
use crate::record::Stamp;
use crate::{params, sql};

/// Puts the charges of a claim that leaves into the books: owed by its payer, and earned. Whatever stands for its visit is taken
/// back first, as this claim is what the payer owes from now on; a void only takes back. Returns whether something was posted.
pub fn post_charges(tx: &mut Tx, claim: &Claim, posting: Date, stamp: &Stamp) -> Result<bool> {
    let cause = charges_of(claim);
    if entry_of(tx, &cause)?.is_some() {
        return Ok(false);
    }
    let days = (claim.date_of_service, posting);
    let changed = take_back(tx, &claim.visit, days, stamp)?;
    if claim.frequency == Frequency::Void {
        return Ok(changed);
    }
    Ok(add(tx, cause, claim_charge_postings(claim), days, stamp)? || changed)
}

/// Puts a claim's charges into the books when no charges of its visit ever were: a payer may answer for a claim that was sent
/// before the books began. What stands stays, as a later claim may have left by now.
pub fn post_missing_charges(tx: &mut Tx, claim: &Claim, posting: Date, stamp: &Stamp) -> Result<bool> {
    let any = tx.query_opt(sql!("SELECT id FROM ledger_entry WHERE visit_id = $1 LIMIT 1"), params![claim.visit])?;
    if any.is_some() || claim.frequency == Frequency::Void {
        return Ok(false);
    }
    add(tx, charges_of(claim), claim_charge_postings(claim), (claim.date_of_service, posting), stamp)
}

/// The payer turned a replacement or void back, and so has `old` still: its charges are owed again.
pub fn restore_charges(tx: &mut Tx, rejected: &Claim, old: &Claim, posting: Date, stamp: &Stamp) -> Result<()> {
    let days = (old.date_of_service, posting);
    take_back(tx, &old.visit, days, stamp)?;
    let cause = Cause::Restored { visit: old.visit.clone(), rejected: rejected.id.clone() };
    add(tx, cause, claim_charge_postings(old), days, stamp).map(|_| ())
}

/// The patient owes the signed charges of a visit, and nobody else owes them any more.
pub fn post_self_pay(tx: &mut Tx, visit: &Visit, posting: Date, stamp: &Stamp) -> Result<()> {
    let cause = Cause::SelfPay { visit: visit.id.clone(), version: visit.version };
    let standing = standing(tx, &visit.id)?;
    if entry_of(tx, &cause)?.is_some_and(|id| standing.contains(&id)) {
        return Ok(());
    }
    let days = (visit.date_of_service, posting);
    take_back(tx, &visit.id, days, stamp)?;
    add(tx, cause, charge_postings(visit, None).map_err(refused)?, days, stamp).map(|_| ())
}

fn charges_of(claim: &Claim) -> Cause {
    Cause::Charges { visit: claim.visit.clone(), claim: claim.id.clone() }
}

/// The entries of a visit's charges that nobody took back.
fn standing(tx: &mut Tx, visit: &VisitId) -> Result<Vec<EntryId>> {
    let rows = tx.query(
        sql!(
            "SELECT e.id FROM ledger_entry e
             WHERE e.visit_id = $1 AND e.reverses IS NULL
               AND NOT EXISTS (SELECT 1 FROM ledger_entry r WHERE r.reverses = e.id)
             ORDER BY e.id"
        ),
        params![visit],
    )?;
    rows.iter().map(|row| row.get("id")).collect()
}

fn take_back(tx: &mut Tx, visit: &VisitId, days: (Date, Date), stamp: &Stamp) -> Result<bool> {
    let standing = standing(tx, visit)?;
    for id in &standing {
        reverse(tx, id, Cause::Reversal { of: id.clone() }, days, stamp)?;
    }
    Ok(!standing.is_empty())
}

/// Charges of nothing make no entry.
fn add(
    tx: &mut Tx,
    cause: Cause,
    postings: Vec<Posting>,
    (effective, posting): (Date, Date),
    stamp: &Stamp,
) -> Result<bool> {
    if postings.is_empty() {
        return Ok(false);
    }
    let id = next_id(tx)?;
    post(tx, &Entry::new(id, cause, effective, posting, postings).map_err(refused)?, stamp)?;
    Ok(true)
}
