//! Visits and their charges.

use domain::claim::ClaimState;
use domain::grant::{Grant, VisitSubject};
use domain::id::{AppointmentId, PatientId, ProviderId, VisitId};
use domain::patient::{FieldGroup, Patient};
use domain::place::Provider;
use domain::visit::{Stage, Visit};

use crate::db::{Row, Tx};
use crate::error::{Error, Result};
use crate::patient::listed;
use crate::phi::Phi;
use crate::record::{Stamp, Versioned, decode, decode_as, hit, keep};
use crate::{params, sql};

const KIND: &str = "visit";
const FIELDS: [FieldGroup; 2] = [FieldGroup::Identity, FieldGroup::Charges];

/// A visit with whom it was, for the lists and the entry page.
#[derive(Clone, Debug)]
pub struct ListedVisit {
    /// The visit.
    pub visit: Visit,
    /// Its version, which the next change must name.
    pub version: i64,
    /// Where it stands on the way to a claim.
    pub stage: Stage,
    /// The patient's record.
    pub patient: Patient,
}

/// Whose visit it is, for a decision.
pub fn subject(tx: &mut Tx, id: &VisitId) -> Result<VisitSubject> {
    let row = tx.query_opt(sql!("SELECT id, patient_id, provider_id FROM visit WHERE id = $1"), params![id])?;
    let row = row.ok_or(Error::NotFound(KIND))?;
    let (patient, provider): (PatientId, ProviderId) = (row.get("patient_id")?, row.get("provider_id")?);
    subject_of(tx, id, &patient, &provider)
}

/// The same for a visit that is about to be made.
pub fn subject_of(tx: &mut Tx, id: &VisitId, patient: &PatientId, provider: &ProviderId) -> Result<VisitSubject> {
    let patient = crate::patient::subject(tx, patient)?;
    let provider = crate::directory::one::<Provider>(tx, provider.as_str())?.value;
    Ok(VisitSubject { id: id.clone(), patient, clinician: provider.account })
}

/// Adds a visit. An appointment has one visit: a second one is refused.
pub fn create(tx: &mut Tx, visit: &Visit, stamp: &Stamp) -> Result<()> {
    let encoded = keep(tx, KIND, visit.id.as_str(), 1, visit, stamp)?;
    let total = visit.total().map_err(|e| Error::Refused(e.to_string()))?;
    tx.execute(
        sql!(
            "INSERT INTO visit (id, patient_id, appointment_id, provider_id, date_of_service, stage, total, version, body,
                                checksum)
             VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $9)"
        ),
        params![
            visit.id,
            visit.patient,
            visit.appointment,
            visit.provider,
            visit.date_of_service,
            Stage::of(visit).as_str(),
            total,
            encoded.body,
            encoded.checksum
        ],
    )?;
    Ok(())
}

/// Replaces version `version` of a visit.
pub fn change(tx: &mut Tx, visit: &Visit, version: i64, stamp: &Stamp) -> Result<()> {
    let encoded = keep(tx, KIND, visit.id.as_str(), version + 1, visit, stamp)?;
    let total = visit.total().map_err(|e| Error::Refused(e.to_string()))?;
    let changed = tx.execute(
        sql!(
            "UPDATE visit SET date_of_service = $3, stage = $4, total = $5, version = version + 1, body = $6, checksum = $7
             WHERE id = $1 AND version = $2"
        ),
        params![
            visit.id,
            version,
            visit.date_of_service,
            Stage::of(visit).as_str(),
            total,
            encoded.body,
            encoded.checksum
        ],
    )?;
    hit(changed, KIND)
}

/// Says that a signed visit is billed, or that the patient pays.
pub fn set_stage(tx: &mut Tx, id: &VisitId, stage: Stage) -> Result<()> {
    let changed = tx.execute(sql!("UPDATE visit SET stage = $2 WHERE id = $1"), params![id, stage.as_str()])?;
    hit(changed, KIND)
}

/// A visit, for a change or a claim made in the same transaction; it does not leave it.
pub fn record(tx: &mut Tx, id: &VisitId) -> Result<Versioned<Visit>> {
    let row = tx.query_opt(sql!("SELECT id, version, body, checksum FROM visit WHERE id = $1"), params![id])?;
    decode(&row.ok_or(Error::NotFound(KIND))?, KIND)
}

/// The visit that an appointment became, if it has.
pub fn of_appointment(tx: &mut Tx, appointment: &AppointmentId) -> Result<Option<VisitId>> {
    let row = tx.query_opt(sql!("SELECT id FROM visit WHERE appointment_id = $1"), params![appointment])?;
    row.map(|row| row.get("id")).transpose()
}

/// The visit that the grant names, with its patient.
pub fn open(tx: &mut Tx, grant: &Grant) -> Result<Phi<ListedVisit>> {
    let id = grant.visit().ok_or(Error::NotFound(KIND))?;
    let row = tx.query_opt(
        sql!(
            "SELECT visit.id AS id, stage, visit.version AS version, visit.body AS body, visit.checksum AS checksum,
                    patient.id AS p_id, patient.version AS p_version, patient.body AS p_body,
                    patient.checksum AS p_checksum
             FROM visit JOIN patient ON patient.id = visit.patient_id WHERE visit.id = $1"
        ),
        params![id],
    )?;
    let listed = read_listed(&row.ok_or(Error::NotFound(KIND))?)?;
    let patient = listed.patient.id.clone();
    Ok(Phi::new(listed, [patient], FIELDS.map(FieldGroup::as_str)))
}

fn read_listed(row: &Row) -> Result<ListedVisit> {
    let Versioned { value: visit, version } = decode(row, KIND)?;
    let patient = decode_as::<Patient>(row, "patient", ["p_id", "p_version", "p_body", "p_checksum"])?.value;
    let stage: String = row.get("stage")?;
    let stage = Stage::parse(&stage).ok_or_else(|| row.corrupt("stage"))?;
    Ok(ListedVisit { visit, version, stage, patient })
}

/// Up to `limit` visits at a stage, oldest first. The grant is one for lists, and the limit counts what it may show.
pub fn list(tx: &mut Tx, grant: &Grant, stage: Stage, limit: u32) -> Result<Phi<Vec<ListedVisit>>> {
    let rows = tx.query(
        sql!(concat!(
            "SELECT visit.id AS id, stage, visit.version AS version, visit.body AS body, visit.checksum AS checksum,
                    patient.id AS p_id, patient.version AS p_version, patient.body AS p_body,
                    patient.checksum AS p_checksum
             FROM visit JOIN patient ON patient.id = visit.patient_id
             WHERE stage = $1 AND ",
            listed!("$3", "$4", "$5"),
            "
             ORDER BY date_of_service, visit.id LIMIT $2"
        )),
        params![stage.as_str(), i64::from(limit), grant.includes_restricted(), grant.account(), grant.person()],
    )?;
    let found = rows.iter().map(read_listed).collect::<Result<Vec<_>>>()?;
    let subjects: Vec<PatientId> = found.iter().map(|v| v.patient.id.clone()).collect();
    Ok(Phi::new(found, subjects, FIELDS.map(FieldGroup::as_str)))
}

/// How many visits are at which stage. Counts of the whole practice, of nobody in particular.
pub fn counts(tx: &mut Tx) -> Result<Vec<(Stage, u64)>> {
    let rows =
        tx.query(sql!("SELECT stage, CAST(count(*) AS BIGINT) AS n FROM visit GROUP BY stage ORDER BY stage"), &[])?;
    rows.iter()
        .map(|row| {
            let stage: String = row.get("stage")?;
            Ok((Stage::parse(&stage).ok_or_else(|| row.corrupt("stage"))?, row.get("n")?))
        })
        .collect()
}

/// The same for a page; the grant is one for lists.
pub fn waiting(tx: &mut Tx, _grant: &Grant) -> Result<Phi<Vec<(Stage, u64)>>> {
    Ok(Phi::new(counts(tx)?, [], [FieldGroup::Charges.as_str()]))
}

/// The ids of up to `limit` signed visits that no claim bills yet, oldest first.
pub fn to_bill(tx: &mut Tx, limit: u32) -> Result<Vec<VisitId>> {
    let rows = tx.query(
        sql!("SELECT id FROM visit WHERE stage = 'signed' ORDER BY date_of_service, id LIMIT $1"),
        params![i64::from(limit)],
    )?;
    rows.iter().map(|row| row.get("id")).collect()
}

/// Whether a claim of the visit has left and stands: its charges are then changed by a correction and a replacement.
pub fn is_billed(tx: &mut Tx, id: &VisitId) -> Result<bool> {
    let claims = crate::claim::of_visit(tx, id)?;
    Ok(claims.iter().any(|c| !matches!(c.value.state, ClaimState::Rejected | ClaimState::Superseded)))
}
