//! Claims: their records, where they stand, and the lists that people work.

use domain::Instant;
use domain::claim::{Claim, ClaimState, ClaimStep, next};
use domain::grant::Grant;
use domain::id::{BatchId, ClaimId, PatientId, VisitId};
use domain::patient::FieldGroup;
use jiff::civil::Date;

use crate::db::{Row, Tx};
use crate::error::{Error, Result};
use crate::patient::{listed, may_list};
use crate::phi::Phi;
use crate::record::{Stamp, Versioned, decode, hit, keep};
use crate::{params, sql};

const KIND: &str = "claim";
const FIELDS: [FieldGroup; 6] = [
    FieldGroup::Identity,
    FieldGroup::Contact,
    FieldGroup::Guardians,
    FieldGroup::Coverage,
    FieldGroup::Charges,
    FieldGroup::Claims,
];

/// A claim with what the lists show beside it.
#[derive(Clone, Debug)]
pub struct ListedClaim {
    /// The claim.
    pub claim: Claim,
    /// When it came to its state.
    pub since: Instant,
    /// Why, in words.
    pub why: String,
    /// The last day on which the payer takes it.
    pub file_by: Date,
    /// The batch that it is or was last in.
    pub batch: Option<BatchId>,
}

/// One step of a claim's life, from its versions.
#[derive(Clone, Debug)]
pub struct ClaimMoment {
    /// When.
    pub at: Instant,
    /// Where it stood then.
    pub state: ClaimState,
    /// Who, as the log names it.
    pub actor: String,
    /// Why, in words.
    pub reason: String,
}

/// The patient whose claim it is, for a decision.
pub fn subject(tx: &mut Tx, id: &ClaimId) -> Result<domain::grant::PatientSubject> {
    let row = tx.query_opt(sql!("SELECT patient_id FROM claim WHERE id = $1"), params![id])?;
    let patient: PatientId = row.ok_or(Error::NotFound(KIND))?.get("patient_id")?;
    crate::patient::subject(tx, &patient)
}

/// Adds a claim to a visit that has none open. Refused while another one is on its way or stands, unless this one replaces it.
pub fn create(tx: &mut Tx, claim: &Claim, why: &str, stamp: &Stamp) -> Result<()> {
    let standing = tx.query(
        sql!("SELECT id, state, version, body, checksum FROM claim WHERE visit_id = $1 ORDER BY id"),
        params![claim.visit],
    )?;
    for row in &standing {
        let other = decode::<Claim>(row, KIND)?.value;
        let gone = matches!(other.state, ClaimState::Rejected | ClaimState::Superseded);
        let void = other.frequency == domain::claim::Frequency::Void;
        if !gone && !void && claim.replaces.as_ref() != Some(&other.id) {
            return Err(Error::Refused(format!(
                "this visit is billed already with claim {}: replace or void that one",
                other.control_number
            )));
        }
    }
    write(tx, claim, 1, why, stamp)
}

/// Replaces version `version` of a claim, with `why` it stands where it does.
pub fn change(tx: &mut Tx, claim: &Claim, version: i64, why: &str, stamp: &Stamp) -> Result<()> {
    write(tx, claim, version + 1, why, stamp)
}

/// Writes the next version of a claim: version 1 is a new row, and any other takes the place of the one before it.
fn write(tx: &mut Tx, claim: &Claim, version: i64, why: &str, stamp: &Stamp) -> Result<()> {
    let encoded = keep(tx, KIND, claim.id.as_str(), version, claim, stamp)?;
    let now = tx.now();
    let written = tx.execute(
        sql!(
            "INSERT INTO claim (id, control_number, payer_number, visit_id, patient_id, payer_id, batch_id, state,
                                date_of_service, file_by, total, since, why, version, body, checksum)
             VALUES ($1, $2, $3, $4, $5, $6, NULL, $7, $8, $9, $10, $11, $12, $13, $14, $15)
             ON CONFLICT (id) DO UPDATE
             SET payer_number = excluded.payer_number, payer_id = excluded.payer_id, state = excluded.state,
                 date_of_service = excluded.date_of_service, file_by = excluded.file_by, total = excluded.total,
                 since = CASE WHEN claim.state = excluded.state THEN claim.since ELSE excluded.since END,
                 why = excluded.why, version = excluded.version, body = excluded.body, checksum = excluded.checksum
             WHERE claim.version = excluded.version - 1"
        ),
        params![
            claim.id,
            claim.control_number.as_str(),
            claim.payer_number,
            claim.visit,
            claim.patient.id,
            claim.payer.id,
            claim.state.as_str(),
            claim.date_of_service,
            claim.file_by(),
            claim.total,
            now,
            why,
            version,
            encoded.body,
            encoded.checksum
        ],
    )?;
    hit(written, KIND)
}

/// A claim, for a change or a file made in the same transaction; it does not leave it.
pub fn record(tx: &mut Tx, id: &ClaimId) -> Result<Versioned<Claim>> {
    let row = tx.query_opt(sql!("SELECT id, version, body, checksum FROM claim WHERE id = $1"), params![id])?;
    decode(&row.ok_or(Error::NotFound(KIND))?, KIND)
}

/// The claim with our number (CLM01, CLP01, TRN02), to move it in the same transaction.
pub fn by_control_number(tx: &mut Tx, number: &str) -> Result<Option<Versioned<Claim>>> {
    let row = tx.query_opt(
        sql!("SELECT id, version, body, checksum FROM claim WHERE control_number = $1"),
        params![number.trim()],
    )?;
    row.map(|row| decode(&row, KIND)).transpose()
}

/// The claims with a payer's number (CLP07, REF*1K); more than one when two payers gave the same.
pub fn by_payer_claim_number(tx: &mut Tx, number: &str) -> Result<Vec<Versioned<Claim>>> {
    let rows = tx.query(
        sql!("SELECT id, version, body, checksum FROM claim WHERE payer_number = $1 ORDER BY id LIMIT 20"),
        params![number.trim()],
    )?;
    rows.iter().map(|row| decode(row, KIND)).collect()
}

/// Moves a claim a step, and notes the payer's number when it is told. The stamp's reason is what the lists show as the why.
/// Returns where it stands now. A step that the state does not allow is refused in words.
pub fn set_state(
    tx: &mut Tx,
    id: &ClaimId,
    step: ClaimStep,
    payer_number: Option<&str>,
    stamp: &Stamp,
) -> Result<ClaimState> {
    let Versioned { value: mut claim, version } = record(tx, id)?;
    let state = next(claim.state, step).map_err(|e| Error::Refused(e.to_string()))?;
    let number = payer_number.map(|n| n.trim().to_owned()).filter(|n| !n.is_empty());
    let told = number.is_some() && number != claim.payer_number;
    if state == claim.state && !told {
        return Ok(state);
    }
    claim.state = state;
    claim.payer_number = number.or(claim.payer_number);
    change(tx, &claim, version, &stamp.reason, stamp)?;
    Ok(state)
}

/// Puts a claim back to where it stood before another one took its place, when that one was turned back. `None` when nothing
/// has its place.
pub fn restore(tx: &mut Tx, id: &ClaimId, stamp: &Stamp) -> Result<Option<Claim>> {
    let Versioned { value: mut claim, version } = record(tx, id)?;
    if claim.state != ClaimState::Superseded {
        return Ok(None);
    }
    for row in crate::record::history(tx, KIND, id.as_str())?.iter().rev() {
        let before = decode::<Claim>(row, KIND)?.value.state;
        if before != ClaimState::Superseded {
            claim.state = before;
            change(tx, &claim, version, &stamp.reason, stamp)?;
            return Ok(Some(claim));
        }
    }
    Ok(None)
}

/// The claim that the grant's patient has, with its list columns. The grant is for that patient.
pub fn open(tx: &mut Tx, grant: &Grant, id: &ClaimId) -> Result<Phi<Versioned<ListedClaim>>> {
    let row = tx.query_opt(
        sql!("SELECT id, since, why, file_by, batch_id, version, body, checksum FROM claim WHERE id = $1"),
        params![id],
    )?;
    let row = row.ok_or(Error::NotFound(KIND))?;
    let version = row.get("version")?;
    let listed = read_listed(&row)?;
    if !grant.covers(&listed.claim.patient.id) {
        return Err(Error::NotFound(KIND));
    }
    let patient = listed.claim.patient.id.clone();
    Ok(Phi::new(Versioned { value: listed, version }, [patient], FIELDS.map(FieldGroup::as_str)))
}

fn read_listed(row: &Row) -> Result<ListedClaim> {
    Ok(ListedClaim {
        claim: decode::<Claim>(row, KIND)?.value,
        since: row.get("since")?,
        why: row.get("why")?,
        file_by: row.get("file_by")?,
        batch: row.get("batch_id")?,
    })
}

/// How far [`counts`] counts the claims of a state.
pub const COUNTED: u32 = 1000;

/// The claims of a state, counted as far as `$1`.
macro_rules! counted {
    ($state:literal) => {
        concat!(
            "SELECT '", $state, "' AS state, CAST(count(*) AS BIGINT) AS n
             FROM (SELECT id FROM claim WHERE state = '", $state, "' LIMIT $1) AS part"
        )
    };
    ($state:literal, $($more:literal),+) => { concat!(counted!($state), " UNION ALL ", counted!($($more),+)) };
}

/// How many claims stand where, each state up to [`COUNTED`]: a practice settles a million, and nobody waits for their sum.
/// States without any are left out. Counts of the whole practice, of nobody in particular.
pub fn counts(tx: &mut Tx) -> Result<Vec<(ClaimState, u64)>> {
    let rows = tx.query(
        sql!(counted!(
            "built",
            "ready",
            "batched",
            "released",
            "received",
            "accepted",
            "rejected",
            "paid",
            "partly_paid",
            "denied",
            "reversed",
            "superseded"
        )),
        params![COUNTED],
    )?;
    let read = |row: &Row| Ok((read_state(row)?, row.get("n")?));
    let counts = rows.iter().map(read).collect::<Result<Vec<(ClaimState, u64)>>>()?;
    Ok(counts.into_iter().filter(|(_, n)| *n > 0).collect())
}

fn read_state(row: &Row) -> Result<ClaimState> {
    let text: String = row.get("state")?;
    ClaimState::parse(&text).ok_or_else(|| row.corrupt("state"))
}

/// How many claims stand where, for a page; the grant is one for lists.
pub fn waiting(tx: &mut Tx, _grant: &Grant) -> Result<Phi<Vec<(ClaimState, u64)>>> {
    Ok(Phi::new(counts(tx)?, [], [FieldGroup::Claims.as_str()]))
}

/// Up to `limit` claims in one of these states, those whose filing limit is nearest first. The grant is one for lists, and the
/// limit counts what it may show. Each state is asked for by itself, in the order of its index: together they would be read and
/// sorted whole.
pub fn list(tx: &mut Tx, grant: &Grant, states: &[ClaimState], limit: u32) -> Result<Phi<Vec<ListedClaim>>> {
    let mut rows: Vec<(Date, ClaimId, Row)> = Vec::new();
    for state in states {
        let found = tx.query(
            sql!(concat!(
                "SELECT claim.id AS id, since, why, file_by, batch_id, claim.version AS version, claim.body AS body,
                        claim.checksum AS checksum
                 FROM claim JOIN patient ON patient.id = claim.patient_id
                 WHERE state = $1 AND ",
                listed!("$3", "$4", "$5"),
                " ORDER BY file_by, claim.id LIMIT $2"
            )),
            params![state.as_str(), limit, grant.includes_restricted(), grant.account(), grant.person()],
        )?;
        for row in found {
            rows.push((row.get("file_by")?, row.get("id")?, row));
        }
    }
    rows.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let found = rows.iter().map(|(_, _, row)| read_listed(row)).collect::<Result<Vec<_>>>()?;
    let subjects: Vec<PatientId> = found.iter().map(|c| c.claim.patient.id.clone()).collect();
    Ok(Phi::new(found, subjects, FIELDS.map(FieldGroup::as_str)))
}

/// Every claim of the patient that the grant names, latest service first.
pub fn of_patient(tx: &mut Tx, grant: &Grant) -> Result<Phi<Vec<ListedClaim>>> {
    let patient = grant.patient().ok_or(Error::NotFound("patient"))?;
    let rows = tx.query(
        sql!(
            "SELECT id, since, why, file_by, batch_id, version, body, checksum FROM claim
             WHERE patient_id = $1 ORDER BY date_of_service DESC, id DESC"
        ),
        params![patient],
    )?;
    let found = rows.iter().map(read_listed).collect::<Result<Vec<_>>>()?;
    Ok(Phi::new(found, [patient.clone()], FIELDS.map(FieldGroup::as_str)))
}

/// Every claim of a patient, for the scrubber in the same transaction.
pub fn others(tx: &mut Tx, patient: &PatientId) -> Result<Vec<Claim>> {
    let rows = tx.query(
        sql!("SELECT id, version, body, checksum FROM claim WHERE patient_id = $1 ORDER BY id"),
        params![patient],
    )?;
    rows.iter().map(|row| Ok(decode::<Claim>(row, KIND)?.value)).collect()
}

/// The claims of a visit, oldest first, for a change in the same transaction.
pub fn of_visit(tx: &mut Tx, visit: &VisitId) -> Result<Vec<Versioned<Claim>>> {
    let rows = tx
        .query(sql!("SELECT id, version, body, checksum FROM claim WHERE visit_id = $1 ORDER BY id"), params![visit])?;
    rows.iter().map(|row| decode(row, KIND)).collect()
}

/// The claims of a batch, for its file in the same transaction.
pub fn of_batch(tx: &mut Tx, batch: &BatchId) -> Result<Vec<Versioned<Claim>>> {
    let rows = tx
        .query(sql!("SELECT id, version, body, checksum FROM claim WHERE batch_id = $1 ORDER BY id"), params![batch])?;
    rows.iter().map(|row| decode(row, KIND)).collect()
}

/// The same as [`of_batch`], to show. The grant is one for lists.
pub fn shown_of_batch(tx: &mut Tx, grant: &Grant, batch: &BatchId) -> Result<Phi<Vec<ListedClaim>>> {
    let rows = tx.query(
        sql!(
            "SELECT claim.id AS id, since, why, file_by, batch_id, claim.version AS version, claim.body AS body,
                    claim.checksum AS checksum, restricted, circle, denied
             FROM claim JOIN patient ON patient.id = claim.patient_id WHERE batch_id = $1 ORDER BY claim.id"
        ),
        params![batch],
    )?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        if may_list(row, grant)? {
            found.push(read_listed(row)?);
        }
    }
    let subjects: Vec<PatientId> = found.iter().map(|c| c.claim.patient.id.clone()).collect();
    Ok(Phi::new(found, subjects, FIELDS.map(FieldGroup::as_str)))
}

/// The batch that a claim is or was last in.
pub fn batch_of(tx: &mut Tx, id: &ClaimId) -> Result<Option<BatchId>> {
    let row = tx.query_opt(sql!("SELECT id, batch_id FROM claim WHERE id = $1"), params![id])?;
    row.ok_or(Error::NotFound(KIND))?.get("batch_id")
}

/// Puts a claim into a batch, or takes it out with `None`. Its state is moved apart, by [`set_state`].
pub fn set_batch(tx: &mut Tx, id: &ClaimId, batch: Option<&BatchId>) -> Result<()> {
    let batch = batch.map(|b| b.as_str().to_owned());
    let changed = tx.execute(sql!("UPDATE claim SET batch_id = CAST($2 AS TEXT) WHERE id = $1"), params![id, batch])?;
    hit(changed, KIND)
}

/// What a claim has been through, oldest first. The grant is for its patient.
pub fn timeline(tx: &mut Tx, grant: &Grant, id: &ClaimId) -> Result<Phi<Vec<ClaimMoment>>> {
    let patient = subject(tx, id)?.id;
    if !grant.covers(&patient) {
        return Err(Error::NotFound(KIND));
    }
    let rows = crate::record::history(tx, KIND, id.as_str())?;
    let moments = rows
        .iter()
        .map(|row| {
            let claim = decode::<Claim>(row, KIND)?.value;
            let (at, actor, reason) = (row.get("at")?, row.get("actor")?, row.get("reason")?);
            Ok(ClaimMoment { at, state: claim.state, actor, reason })
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(Phi::new(moments, [patient], [FieldGroup::Claims.as_str()]))
}

/// The ids of up to `limit` claims in a state, oldest first; no ePHI.
pub fn ids_in(tx: &mut Tx, state: ClaimState, limit: u32) -> Result<Vec<ClaimId>> {
    let rows = tx.query(
        sql!("SELECT id FROM claim WHERE state = $1 ORDER BY id LIMIT $2"),
        params![state.as_str(), i64::from(limit)],
    )?;
    rows.iter().map(|row| row.get("id")).collect()
}
