//! Coverages of a patient.

use domain::coverage::Coverage;
use domain::grant::Grant;
use domain::id::PatientId;
use domain::patient::FieldGroup;

use crate::db::Tx;
use crate::error::{Error, Result};
use crate::phi::Phi;
use crate::record::{Stamp, Versioned, decode, hit, keep};
use crate::{params, sql};

const KIND: &str = "coverage";

/// The coverages of the patient that the grant names, oldest first.
pub fn of_patient(tx: &mut Tx, grant: &Grant) -> Result<Phi<Vec<Versioned<Coverage>>>> {
    let patient = grant.patient().ok_or(Error::NotFound("patient"))?;
    let rows = tx.query(
        sql!("SELECT id, version, body, checksum FROM coverage WHERE patient_id = $1 ORDER BY id"),
        params![patient],
    )?;
    let coverages = rows.iter().map(|row| decode(row, KIND)).collect::<Result<_>>()?;
    Ok(Phi::new(coverages, [patient.clone()], [FieldGroup::Coverage.as_str()]))
}

/// The coverages of the patient that the grant names, to choose from in the same transaction; they do not leave it.
pub fn records(tx: &mut Tx, grant: &Grant) -> Result<Vec<Coverage>> {
    let patient = grant.patient().ok_or(Error::NotFound("patient"))?;
    all(tx, patient)
}

/// Every coverage of a patient, for an act in the same transaction; they do not leave it.
pub fn all(tx: &mut Tx, patient: &PatientId) -> Result<Vec<Coverage>> {
    let rows = tx.query(
        sql!("SELECT id, version, body, checksum FROM coverage WHERE patient_id = $1 ORDER BY id"),
        params![patient],
    )?;
    rows.iter().map(|row| Ok(decode::<Coverage>(row, KIND)?.value)).collect()
}

/// Adds a coverage. At registration the grant is for the practice, later for the patient.
pub fn add(tx: &mut Tx, _grant: &Grant, coverage: &Coverage, stamp: &Stamp) -> Result<()> {
    let encoded = keep(tx, KIND, coverage.id.as_str(), 1, coverage, stamp)?;
    tx.execute(
        sql!(
            "INSERT INTO coverage (id, patient_id, payer_id, member_id, version, body, checksum)
             VALUES ($1, $2, $3, $4, 1, $5, $6)"
        ),
        params![coverage.id, coverage.patient, coverage.payer, coverage.member_id, encoded.body, encoded.checksum],
    )?;
    Ok(())
}

/// Replaces version `version` of a coverage. A new card is a new coverage; this is for a last day or a mistake.
pub fn change(tx: &mut Tx, grant: &Grant, coverage: &Coverage, version: i64, stamp: &Stamp) -> Result<()> {
    if !grant.covers(&coverage.patient) {
        return Err(Error::NotFound(KIND));
    }
    let encoded = keep(tx, KIND, coverage.id.as_str(), version + 1, coverage, stamp)?;
    let changed = tx.execute(
        sql!(
            "UPDATE coverage SET payer_id = $2, member_id = $3, version = $4 + 1, body = $5, checksum = $6
             WHERE id = $1 AND version = $4"
        ),
        params![coverage.id, coverage.payer, coverage.member_id, version, encoded.body, encoded.checksum],
    )?;
    hit(changed, KIND)
}
