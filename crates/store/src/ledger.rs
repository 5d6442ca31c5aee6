//! The books. Entries are only ever added; each sums to zero, each cause stands once, and balances are sums of postings.

use domain::Cents;
use domain::claim::{Claim, Frequency};
use domain::grant::Grant;
use domain::id::{EntryId, PatientId, RemittanceId, VisitId};
use domain::ledger::{Account, Cause, Entry, LedgerError, check_period, claim_charge_postings};
use domain::patient::FieldGroup;
use jiff::civil::Date;

use crate::db::{Row, Tx};
use crate::error::{Error, Result};
use crate::phi::Phi;
use crate::record::{Stamp, Versioned, decode, keep};
use crate::work::may_list;
use crate::{params, sql};

const KIND: &str = "ledger_entry";

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

/// Adds an entry. A closed period and a cause that is in the books already are refused.
pub fn post(tx: &mut Tx, entry: &Entry, stamp: &Stamp) -> Result<()> {
    check_period(closed_through(tx)?, entry.posting_date()).map_err(refused)?;
    let cause = entry.cause();
    if cause.is_unique() && entry_of(tx, cause)?.is_some() {
        return Err(Error::Refused(format!("`{}` is in the books already: nothing is posted twice", cause.key())));
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

/// The entry of a cause, when it is in the books.
pub fn entry_of(tx: &mut Tx, cause: &Cause) -> Result<Option<EntryId>> {
    let row =
        tx.query_opt(sql!("SELECT id FROM ledger_entry WHERE cause = $1 AND cause <> 'manual'"), params![cause.key()])?;
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
    let id = EntryId::new(tx.now(), tx.entropy());
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

/// Puts a sent claim's charges into the books, unless they are there: owed by its payer, and earned. A replacement first takes
/// back what the claim before it charged; a void only takes back. Call it when a batch is released; the first remittance does
/// it for claims of which nobody did. Returns whether something was posted.
pub fn post_charges(tx: &mut Tx, claim: &Claim, posting: Date, stamp: &Stamp) -> Result<bool> {
    let cause = Cause::Charges { visit: claim.visit.clone(), version: claim.visit_version };
    let is_void = claim.frequency == Frequency::Void;
    let mut changed = false;
    let rows = tx.query(
        sql!(
            "SELECT e.id, e.cause FROM ledger_entry e
             WHERE e.visit_id = $1 AND e.reverses IS NULL
               AND NOT EXISTS (SELECT 1 FROM ledger_entry r WHERE r.reverses = e.id)
             ORDER BY e.id"
        ),
        params![claim.visit],
    )?;
    for row in rows {
        let (id, of): (EntryId, String) = (row.get("id")?, row.get("cause")?);
        if claim.frequency != Frequency::Original && (is_void || of != cause.key()) {
            let taken_back = Cause::Reversal { of: id.clone() };
            reverse(tx, &id, taken_back, (claim.date_of_service, posting), stamp)?;
            changed = true;
        }
    }
    let postings = claim_charge_postings(claim);
    if is_void || postings.is_empty() || entry_of(tx, &cause)?.is_some() {
        return Ok(changed);
    }
    let id = EntryId::new(tx.now(), tx.entropy());
    let entry = Entry::new(id, cause, claim.date_of_service, posting, postings).map_err(refused)?;
    post(tx, &entry, stamp)?;
    Ok(true)
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

/// The balance of each kind of account. Sums only, of nobody in particular.
pub fn balances(tx: &mut Tx, _grant: &Grant) -> Result<Phi<Vec<KindBalance>>> {
    let rows = tx.query(
        sql!(
            "SELECT kind,
                    CAST(sum(CASE WHEN amount > 0 THEN amount ELSE 0 END) AS BIGINT) AS debit,
                    CAST(sum(CASE WHEN amount < 0 THEN amount ELSE 0 END) AS BIGINT) AS credit,
                    CAST(sum(amount) AS BIGINT) AS balance, CAST(count(*) AS BIGINT) AS postings
             FROM ledger_posting GROUP BY kind ORDER BY kind"
        ),
        &[],
    )?;
    let read = |row: &Row| {
        Ok(KindBalance {
            kind: row.get("kind")?,
            debit: row.get("debit")?,
            credit: row.get("credit")?,
            balance: row.get("balance")?,
            postings: row.get("postings")?,
        })
    };
    let found = rows.iter().map(read).collect::<Result<_>>()?;
    Ok(Phi::new(found, [], [FieldGroup::AccountBalance.as_str()]))
}

/// The latest `limit` postings of a kind of account, older than `before` when it is given.
pub fn postings(
    tx: &mut Tx,
    grant: &Grant,
    kind: &str,
    before: Option<&EntryId>,
    limit: u32,
) -> Result<Phi<Vec<PostingLine>>> {
    let rows = tx.query(
        sql!(
            "SELECT l.entry_id, l.account, l.amount, l.posting, l.patient_id, e.id, e.version, e.body, e.checksum,
                    p.mrn, p.restricted, p.denied
             FROM ledger_posting l JOIN ledger_entry e ON e.id = l.entry_id
                  LEFT JOIN patient p ON p.id = l.patient_id
             WHERE l.kind = $1 AND (CAST($2 AS TEXT) IS NULL OR l.entry_id < $2)
             ORDER BY l.entry_id DESC, l.line LIMIT $3"
        ),
        params![kind, before, limit],
    )?;
    lines(&rows, grant)
}

/// Every posting of the entries of a remittance, in order.
pub fn of_remittance(tx: &mut Tx, grant: &Grant, id: &RemittanceId) -> Result<Phi<Vec<PostingLine>>> {
    let rows = tx.query(
        sql!(
            "SELECT l.entry_id, l.account, l.amount, l.posting, l.patient_id, e.id, e.version, e.body, e.checksum,
                    p.mrn, p.restricted, p.denied
             FROM ledger_entry e JOIN ledger_posting l ON l.entry_id = e.id
                  LEFT JOIN patient p ON p.id = l.patient_id
             WHERE e.remittance_id = $1 ORDER BY l.entry_id, l.line"
        ),
        params![id],
    )?;
    lines(&rows, grant)
}

/// One entry with all its postings.
pub fn open(tx: &mut Tx, grant: &Grant, id: &EntryId) -> Result<Phi<(Versioned<Entry>, Vec<PostingLine>)>> {
    let row = tx.query_opt(sql!("SELECT id, version, body, checksum FROM ledger_entry WHERE id = $1"), params![id])?;
    let entry: Versioned<Entry> = decode(&row.ok_or(Error::NotFound("ledger entry"))?, KIND)?;
    let rows = tx.query(
        sql!(
            "SELECT l.entry_id, l.account, l.amount, l.posting, l.patient_id, e.id, e.version, e.body, e.checksum,
                    p.mrn, p.restricted, p.denied
             FROM ledger_posting l JOIN ledger_entry e ON e.id = l.entry_id
                  LEFT JOIN patient p ON p.id = l.patient_id
             WHERE l.entry_id = $1 ORDER BY l.line"
        ),
        params![id],
    )?;
    Ok(lines(&rows, grant)?.cut(|lines| (entry, lines), &FIELDS.map(FieldGroup::as_str)))
}

/// What a remittance left in the unapplied money: zero once all of it found its place.
pub fn unapplied(tx: &mut Tx, id: &RemittanceId) -> Result<Cents> {
    let row = tx.query_one(
        sql!(
            "SELECT CAST(coalesce(sum(l.amount), 0) AS BIGINT) AS left_over
             FROM ledger_entry e JOIN ledger_posting l ON l.entry_id = e.id
             WHERE e.remittance_id = $1 AND l.kind = 'unapplied'"
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
pub fn tie_outs(tx: &mut Tx, _grant: &Grant, limit: u32) -> Result<Phi<Vec<TieOut>>> {
    let rows = tx.query(
        sql!(
            "SELECT r.id AS id, r.payer_name AS payer_name, r.trace AS trace, r.paid_on AS paid_on, r.total AS total,
                    CAST(sum(CASE WHEN l.kind = 'cash' THEN l.amount ELSE 0 END) AS BIGINT) AS deposited,
                    CAST(sum(CASE WHEN l.kind = 'unapplied' THEN l.amount ELSE 0 END) AS BIGINT) AS left_over
             FROM remittance r JOIN ledger_entry e ON e.remittance_id = r.id
                  JOIN ledger_posting l ON l.entry_id = e.id
             GROUP BY r.id, r.payer_name, r.trace, r.paid_on, r.total, r.at
             ORDER BY r.at DESC, r.id DESC LIMIT $1"
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

/// What keeps the books from being whole: the sum of everything, and entries that do not sum to zero or whose postings are not
/// those that were signed for. All zero in good books.
pub fn faults(tx: &mut Tx) -> Result<(Cents, Vec<EntryId>)> {
    let row =
        tx.query_one(sql!("SELECT CAST(coalesce(sum(amount), 0) AS BIGINT) AS whole FROM ledger_posting"), &[])?;
    let rows = tx.query(
        sql!(
            "SELECT e.id AS id FROM ledger_entry e LEFT JOIN ledger_posting l ON l.entry_id = e.id
             GROUP BY e.id HAVING coalesce(sum(l.amount), 1) <> 0 ORDER BY e.id"
        ),
        &[],
    )?;
    let broken = rows.iter().map(|row| row.get("id")).collect::<Result<_>>()?;
    Ok((row.get("whole")?, broken))
}

const FIELDS: [FieldGroup; 4] =
    [FieldGroup::Identity, FieldGroup::AccountBalance, FieldGroup::Claims, FieldGroup::Charges];

fn lines(rows: &[Row], grant: &Grant) -> Result<Phi<Vec<PostingLine>>> {
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let entry = decode::<Entry>(row, KIND)?.value;
        let patient: Option<PatientId> = row.get("patient_id")?;
        let (restricted, denied): (Option<bool>, Option<String>) = (row.get("restricted")?, row.get("denied")?);
        let open = may_list(grant, restricted, denied.as_deref());
        let mrn: Option<String> = row.get("mrn")?;
        let withheld = patient.is_some() && !open;
        found.push(PostingLine {
            entry: row.get("entry_id")?,
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
        Cause::Charges { visit, .. } | Cause::SelfPay { visit } => Some(visit.clone()),
        _ => None,
    }
}
