//! Remittances: what came in, which claims of it are in the books, and where the rest stands.

mod add;

use std::collections::BTreeSet;

use domain::access::Action;
use domain::claim::Claim;
use domain::grant::Grant;
use domain::id::{ClaimId, EntryId, FileId, PayerId, RemittanceId};
use domain::patient::FieldGroup;
use domain::payer::{Payer, PayerNumber};
use domain::place::Practice;
use domain::remittance::{Posted, RemitClaim, Remittance, RemittanceState};
use domain::{Cents, Instant};
use jiff::civil::Date;

pub use add::{Added, add};

use crate::db::{Row, Tx};
use crate::error::{Error, Result};
use crate::patient::is_listed;
use crate::phi::Phi;
use crate::record::{Versioned, decode, hit};
use crate::{claim, directory, params, sql};

const KIND: &str = "remittance";
const FIELDS: [FieldGroup; 5] =
    [FieldGroup::Identity, FieldGroup::Coverage, FieldGroup::Charges, FieldGroup::Claims, FieldGroup::AccountBalance];

/// A remittance in the queue.
#[derive(Clone, Debug)]
pub struct Queued {
    /// Its id.
    pub id: RemittanceId,
    /// Its file.
    pub file: FileId,
    /// Where it stands.
    pub state: RemittanceState,
    /// The payment that it repeats.
    pub duplicate_of: Option<RemittanceId>,
    /// The payer's name as sent.
    pub payer_name: String,
    /// Check or transfer number.
    pub trace: String,
    /// How the money moves, as sent (BPR04).
    pub method: String,
    /// When.
    pub paid_on: Option<Date>,
    /// How much.
    pub total: Cents,
    /// How many claims.
    pub claims: u64,
    /// When it came in.
    pub at: Instant,
}

/// A file that was taken in and not read yet.
#[derive(Clone, Debug)]
pub struct Unread {
    /// The file.
    pub file: FileId,
    /// The name it had.
    pub name: String,
    /// When it came in.
    pub at: Instant,
}

/// What a file came to.
#[derive(Clone, Debug)]
pub struct FileRead {
    /// The name it had.
    pub name: String,
    /// When it came in.
    pub at: Instant,
    /// When it was read; `None` is not yet.
    pub read_at: Option<Instant>,
    /// What the reader had to say.
    pub faults: Vec<String>,
    /// What was in it.
    pub remittances: Vec<RemittanceId>,
}

/// A claim of a remittance that is in the books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InBooks {
    /// Which claim of the remittance, from 0.
    pub index: usize,
    /// Our claim.
    pub claim: ClaimId,
    /// `payment`, `denial` or `reversal`.
    pub kind: String,
    /// Its entry, when it made one.
    pub entry: Option<EntryId>,
    /// Whether a reversal has taken it back.
    pub is_reversed: bool,
}

/// A remittance with everything that a decision on it needs.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The remittance.
    pub remittance: Remittance,
    /// Where it stands.
    pub stands: Stands,
    /// Earlier copies in whose place it stands.
    pub instead_of: Vec<RemittanceId>,
    /// Who we are; `None` before the practice is set up.
    pub practice: Option<Practice>,
    /// The claims of ours that it may mean.
    pub ours: Vec<Versioned<Claim>>,
    /// Their earlier postings, in this remittance too.
    pub posted: Vec<Posted>,
    /// Its own claims that are in the books.
    pub in_books: Vec<InBooks>,
}

impl Loaded {
    /// The places of its claims that are in the books.
    pub fn done(&self) -> BTreeSet<usize> {
        self.in_books.iter().map(|p| p.index).collect()
    }

    /// Our claims without their versions.
    pub fn claims(&self) -> Vec<Claim> {
        self.ours.iter().map(|c| c.value.clone()).collect()
    }
}

/// Notes that a file was taken in as a remittance. The bytes are kept by [`crate::file`] in the same transaction.
pub fn take_in(tx: &mut Tx, file: &FileId, name: &str) -> Result<()> {
    let now = tx.now();
    tx.execute(
        sql!(
            "INSERT INTO remittance_file (file_id, name, at, read_at, faults) VALUES ($1, $2, $3, NULL, '[]')
             ON CONFLICT (file_id) DO NOTHING"
        ),
        params![file, name, now],
    )?;
    Ok(())
}

/// Files that were taken in and not read: the server stopped between the two.
pub fn unread(tx: &mut Tx) -> Result<Vec<Unread>> {
    let rows =
        tx.query(sql!("SELECT file_id, name, at FROM remittance_file WHERE read_at IS NULL ORDER BY at"), &[])?;
    let read = |row: &Row| Ok(Unread { file: row.get("file_id")?, name: row.get("name")?, at: row.get("at")? });
    rows.iter().map(read).collect()
}

/// What a file came to.
pub fn of_file(tx: &mut Tx, file: &FileId) -> Result<FileRead> {
    let row = tx.query_opt(
        sql!("SELECT file_id AS id, name, at, read_at, faults FROM remittance_file WHERE file_id = $1"),
        params![file],
    )?;
    let row = row.ok_or(Error::NotFound("remittance file"))?;
    let rows = tx.query(sql!("SELECT id FROM remittance WHERE file_id = $1 ORDER BY set_number"), params![file])?;
    let faults: String = row.get("faults")?;
    Ok(FileRead {
        name: row.get("name")?,
        at: row.get("at")?,
        read_at: row.get("read_at")?,
        faults: serde_json::from_str(&faults).map_err(|_| row.corrupt("faults"))?,
        remittances: rows.iter().map(|row| row.get("id")).collect::<Result<_>>()?,
    })
}

/// Notes that a file was read, and what the reader had to say.
pub fn mark_read(tx: &mut Tx, file: &FileId, faults: &[String]) -> Result<()> {
    let now = tx.now();
    let faults = serde_json::to_string(faults).map_err(|e| Error::Refused(e.to_string()))?;
    let changed = tx.execute(
        sql!("UPDATE remittance_file SET read_at = $2, faults = $3 WHERE file_id = $1"),
        params![file, now, faults],
    )?;
    hit(changed, "remittance file")
}

/// Keeps the payer whose money a remittance is, once it is posted: a number that ends later changes nothing of it.
pub fn settle_payer(tx: &mut Tx, id: &RemittanceId, payer: &PayerId) -> Result<()> {
    let changed = tx.execute(sql!("UPDATE remittance SET payer_id = $2 WHERE id = $1"), params![id, payer])?;
    hit(changed, KIND)
}

/// Up to `limit` remittances of which nothing is in the books, latest first, that bring a number of a payer.
pub fn unposted_with(tx: &mut Tx, number: &PayerNumber, limit: u32) -> Result<Vec<RemittanceId>> {
    let rows = tx.query(
        sql!(
            "SELECT id, version, body, checksum FROM remittance WHERE state IN ('matched', 'needs_look', 'unbalanced')
             ORDER BY at DESC, id DESC LIMIT $1"
        ),
        params![i64::from(limit)],
    )?;
    let mut found = Vec::new();
    for row in &rows {
        let remittance = decode::<Remittance>(row, KIND)?.value;
        if remittance.payer_numbers.iter().any(|n| PayerNumber::parse(n).as_ref() == Ok(number)) {
            found.push(remittance.id);
        }
    }
    Ok(found)
}

/// Says where a remittance stands now.
pub fn set_state(tx: &mut Tx, id: &RemittanceId, state: RemittanceState) -> Result<()> {
    let changed = tx.execute(sql!("UPDATE remittance SET state = $2 WHERE id = $1"), params![id, state.as_str()])?;
    hit(changed, KIND)
}

/// The latest `limit` remittances, of one state when it is given. No patient is named in it.
pub fn queue(tx: &mut Tx, _grant: &Grant, state: Option<RemittanceState>, limit: u32) -> Result<Phi<Vec<Queued>>> {
    let rows = match state {
        Some(state) => tx.query(
            sql!(
                "SELECT id, file_id, state, duplicate_of, payer_name, trace, method, paid_on, total, claims, at
                 FROM remittance WHERE state = $1 ORDER BY at DESC, id DESC LIMIT $2"
            ),
            params![state.as_str(), limit],
        )?,
        None => tx.query(
            sql!(
                "SELECT id, file_id, state, duplicate_of, payer_name, trace, method, paid_on, total, claims, at
                 FROM remittance ORDER BY at DESC, id DESC LIMIT $1"
            ),
            params![limit],
        )?,
    };
    let found = rows.iter().map(queued).collect::<Result<Vec<_>>>()?;
    Ok(Phi::new(found, [], [FieldGroup::AccountBalance.as_str()]))
}

fn queued(row: &Row) -> Result<Queued> {
    Ok(Queued {
        id: row.get("id")?,
        file: row.get("file_id")?,
        state: read_state(row)?,
        duplicate_of: row.get("duplicate_of")?,
        payer_name: row.get("payer_name")?,
        trace: row.get("trace")?,
        method: row.get("method")?,
        paid_on: row.get("paid_on")?,
        total: row.get("total")?,
        claims: row.get("claims")?,
        at: row.get("at")?,
    })
}

/// How many remittances are in each state. Counts only.
pub fn counts(tx: &mut Tx) -> Result<Vec<(RemittanceState, u64)>> {
    let rows = tx.query(
        sql!("SELECT state, CAST(count(*) AS BIGINT) AS n FROM remittance GROUP BY state ORDER BY state"),
        &[],
    )?;
    rows.iter().map(|row| Ok((read_state(row)?, row.get("n")?))).collect()
}

fn read_state(row: &Row) -> Result<RemittanceState> {
    let text: String = row.get("state")?;
    RemittanceState::parse(&text).ok_or_else(|| row.corrupt("state"))
}

/// A remittance with what a decision on it needs. What it says of patients whom the grant leaves out of lists is taken out
/// by the caller: their places are in the second part.
pub fn open(tx: &mut Tx, grant: &Grant, id: &RemittanceId) -> Result<Phi<(Loaded, BTreeSet<ClaimId>)>> {
    let loaded = load(tx, id)?;
    let mut withheld = BTreeSet::new();
    for claim in &loaded.ours {
        if !is_listed(tx, grant, &claim.value.patient.id)? {
            withheld.insert(claim.value.id.clone());
        }
    }
    let named = loaded.ours.iter().filter(|c| !withheld.contains(&c.value.id));
    let subjects: Vec<_> = named.map(|c| c.value.patient.id.clone()).collect();
    Ok(Phi::new((loaded, withheld), subjects, FIELDS.map(FieldGroup::as_str)))
}

/// The same for the act that posts it. It does not leave the store's transaction.
pub fn record(tx: &mut Tx, grant: &Grant, id: &RemittanceId) -> Result<Loaded> {
    if grant.action() != Action::RemittancePost {
        return Err(Error::NotFound(KIND));
    }
    load(tx, id)
}

/// The same for one that is not kept yet.
pub fn gather(tx: &mut Tx, grant: &Grant, remittance: Remittance) -> Result<Loaded> {
    if grant.action() != Action::RemittancePost {
        return Err(Error::NotFound(KIND));
    }
    around(tx, remittance, Stands { state: RemittanceState::NeedsLook, duplicate_of: None, superseded_by: None })
}

fn load(tx: &mut Tx, id: &RemittanceId) -> Result<Loaded> {
    let Standing { remittance, stands } = one(tx, id)?;
    around(tx, remittance, stands)
}

fn around(tx: &mut Tx, remittance: Remittance, stands: Stands) -> Result<Loaded> {
    let (mut ours, mut known): (Vec<Versioned<Claim>>, BTreeSet<ClaimId>) = Default::default();
    for remit in &remittance.claims {
        ours.extend(ours_of(tx, remit)?.into_iter().filter(|claim| known.insert(claim.value.id.clone())));
    }
    let mut posted = Vec::new();
    for claim in &ours {
        posted.extend(posted_of(tx, &claim.value.id)?);
    }
    let rows =
        tx.query(sql!("SELECT id FROM remittance WHERE superseded_by = $1 ORDER BY at, id"), params![remittance.id])?;
    let instead_of = rows.iter().map(|row| row.get("id")).collect::<Result<_>>()?;
    let (practice, in_books) = (practice(tx)?, in_books(tx, &remittance.id)?);
    Ok(Loaded { remittance, stands, instead_of, practice, ours, posted, in_books })
}

/// Where a remittance stands, and beside which other copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stands {
    /// Where it stands.
    pub state: RemittanceState,
    /// The payment that it repeats.
    pub duplicate_of: Option<RemittanceId>,
    /// The copy that stands in its place.
    pub superseded_by: Option<RemittanceId>,
}

/// Where a remittance stands: what an act that was planned before checks again.
pub fn standing(tx: &mut Tx, id: &RemittanceId) -> Result<Stands> {
    let row =
        tx.query_opt(sql!("SELECT id, state, duplicate_of, superseded_by FROM remittance WHERE id = $1"), params![id])?;
    stands(&row.ok_or(Error::NotFound(KIND))?)
}

fn stands(row: &Row) -> Result<Stands> {
    let (duplicate_of, superseded_by) = (row.get("duplicate_of")?, row.get("superseded_by")?);
    Ok(Stands { state: read_state(row)?, duplicate_of, superseded_by })
}

/// A remittance and where it stands.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The remittance.
    pub remittance: Remittance,
    /// Where it stands.
    pub stands: Stands,
}

/// The remittance alone, for the act that posts it. What it says never changes, so it is read once; it leaves the store's
/// transaction for those of that act and for nothing else.
pub fn one(tx: &mut Tx, id: &RemittanceId) -> Result<Standing> {
    let row = tx.query_opt(
        sql!(
            "SELECT id, state, duplicate_of, superseded_by, payer_id, version, body, checksum FROM remittance
             WHERE id = $1"
        ),
        params![id],
    )?;
    let row = row.ok_or(Error::NotFound(KIND))?;
    let (mut remittance, stands): (Remittance, _) = (decode(&row, KIND)?.value, stands(&row)?);
    // Until money of it is in the books its payer is whoever its numbers name today, not on the day it came.
    let in_books = matches!(stands.state, RemittanceState::PartlyPosted | RemittanceState::Posted);
    let settled: Option<PayerId> = row.get("payer_id")?;
    if settled.is_some() {
        (remittance.payer, remittance.rivals) = (settled, Vec::new());
    } else if !in_books || remittance.payer.is_none() {
        let payers: Vec<Payer> = directory::all(tx)?.into_iter().map(|p| p.value).collect();
        remittance.find_payer(&payers);
    }
    Ok(Standing { remittance, stands })
}

/// Who we are; `None` before the practice is set up.
pub fn practice(tx: &mut Tx) -> Result<Option<Practice>> {
    match directory::one::<Practice>(tx, "practice") {
        Ok(practice) => Ok(Some(practice.value)),
        Err(Error::NotFound(_)) => Ok(None),
        Err(other) => Err(other),
    }
}

/// The claims of ours that one claim of a remittance may mean.
pub fn ours_of(tx: &mut Tx, remit: &RemitClaim) -> Result<Vec<Versioned<Claim>>> {
    match (claim::by_control_number(tx, remit.control_number.trim())?, &remit.payer_claim_number) {
        (Some(claim), _) => Ok(vec![claim]),
        (None, Some(number)) => claim::by_payer_claim_number(tx, number),
        (None, None) => Ok(Vec::new()),
    }
}

/// Earlier postings of one of our claims, reversals left out: they show as `is_reversed` of what they took back.
pub fn posted_of(tx: &mut Tx, claim: &ClaimId) -> Result<Vec<Posted>> {
    let rows = tx.query(
        sql!(
            "SELECT remittance_id, claim_index, claim_id, payer_number, charge, paid, kind, entry_id, is_reversed
             FROM remittance_posting WHERE claim_id = $1 AND kind <> 'reversal'
             ORDER BY at, remittance_id, claim_index"
        ),
        params![claim],
    )?;
    let read = |row: &Row| {
        let kind: String = row.get("kind")?;
        Ok(Posted {
            claim: row.get("claim_id")?,
            remittance: row.get("remittance_id")?,
            index: row.get("claim_index")?,
            payer_claim_number: row.get("payer_number")?,
            charge: row.get("charge")?,
            paid: row.get("paid")?,
            is_denial: kind == "denial",
            entry: row.get("entry_id")?,
            is_reversed: row.get("is_reversed")?,
        })
    };
    rows.iter().map(read).collect()
}

/// The claims of a remittance that are in the books.
pub fn in_books(tx: &mut Tx, id: &RemittanceId) -> Result<Vec<InBooks>> {
    let rows = tx.query(
        sql!(
            "SELECT claim_index, claim_id, kind, entry_id, is_reversed
             FROM remittance_posting WHERE remittance_id = $1 ORDER BY claim_index"
        ),
        params![id],
    )?;
    let read = |row: &Row| {
        let index: u32 = row.get("claim_index")?;
        Ok(InBooks {
            index: usize::try_from(index).map_err(|_| row.corrupt("claim_index"))?,
            claim: row.get("claim_id")?,
            kind: row.get("kind")?,
            entry: row.get("entry_id")?,
            is_reversed: row.get("is_reversed")?,
        })
    };
    rows.iter().map(read).collect()
}

/// Whether a claim of a remittance is in the books.
pub fn is_posted(tx: &mut Tx, id: &RemittanceId, index: u32) -> Result<bool> {
    let row = tx.query_opt(
        sql!("SELECT claim_id FROM remittance_posting WHERE remittance_id = $1 AND claim_index = $2"),
        params![id, index],
    )?;
    Ok(row.is_some())
}

/// Notes that a claim of a remittance is in the books. The same one twice is refused by the table's key.
pub fn note(tx: &mut Tx, posted: &Posted, kind: &str) -> Result<()> {
    let now = tx.now();
    tx.execute(
        sql!(
            "INSERT INTO remittance_posting (remittance_id, claim_index, claim_id, payer_number, charge, paid, kind,
                                             entry_id, is_reversed, at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9)"
        ),
        params![
            posted.remittance,
            posted.index,
            posted.claim,
            posted.payer_claim_number,
            posted.charge,
            posted.paid,
            kind,
            posted.entry,
            now
        ],
    )?;
    Ok(())
}

/// Notes that a reversal took an earlier posting back; once only.
pub fn take_back(tx: &mut Tx, remittance: &RemittanceId, index: u32) -> Result<()> {
    let changed = tx.execute(
        sql!(
            "UPDATE remittance_posting SET is_reversed = 1
             WHERE remittance_id = $1 AND claim_index = $2 AND is_reversed = 0"
        ),
        params![remittance, index],
    )?;
    hit(changed, "posting")
}
