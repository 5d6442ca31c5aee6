//! Restrictions: why a record is restricted, and the flags on the patient's row that decisions read.

use domain::access::Action;
use domain::grant::Grant;
use domain::id::AccountId;
use domain::restriction::Restriction;

use crate::db::Tx;
use crate::error::{Error, Result};
use crate::phi::Phi;
use crate::record::{Stamp, Versioned, decode, hit, keep};
use crate::{params, sql};

const KIND: &str = "restriction";

/// The restriction of the patient that the grant names, lifted or not.
pub fn of_patient(tx: &mut Tx, grant: &Grant) -> Result<Phi<Option<Versioned<Restriction>>>> {
    let patient = grant.patient().ok_or(Error::NotFound("patient"))?;
    let row = tx.query_opt(
        sql!("SELECT patient_id AS id, version, body, checksum FROM restriction WHERE patient_id = $1"),
        params![patient],
    )?;
    let found = row.map(|row| decode::<Restriction>(&row, KIND)).transpose()?;
    Ok(Phi::new(found, [patient.clone()], [KIND]))
}

/// Whether the record that the grant opens is restricted.
pub fn is_in_force(tx: &mut Tx, grant: &Grant) -> Result<bool> {
    let patient = grant.patient().ok_or(Error::NotFound("patient"))?;
    Ok(crate::patient::subject(tx, patient)?.restricted)
}

/// Places a restriction, changes it, or lifts it: the record with its flags on the patient's row. `seen` is the version that
/// the form showed; 0 for none.
pub fn place(tx: &mut Tx, grant: &Grant, restriction: &Restriction, seen: i64, stamp: &Stamp) -> Result<()> {
    if grant.action() != Action::PatientRestrict || !grant.covers(&restriction.patient) {
        return Err(Error::NotFound("patient"));
    }
    let patient = &restriction.patient;
    let encoded = keep(tx, KIND, patient.as_str(), seen + 1, restriction, stamp)?;
    let written = tx.execute(
        sql!(
            "INSERT INTO restriction (patient_id, version, body, checksum) VALUES ($1, $5, $3, $4)
             ON CONFLICT (patient_id) DO UPDATE
             SET version = excluded.version, body = excluded.body, checksum = excluded.checksum
             WHERE restriction.version = $2"
        ),
        params![patient, seen, encoded.body, encoded.checksum, seen + 1],
    )?;
    hit(written, KIND)?;
    let ids = |ids: &[AccountId]| {
        let texts: Vec<&str> = ids.iter().filter(|_| restriction.lifted_at.is_none()).map(AccountId::as_str).collect();
        texts.join(" ")
    };
    let changed = tx.execute(
        sql!("UPDATE patient SET restricted = $2, circle = $3, denied = $4 WHERE id = $1"),
        params![patient, restriction.lifted_at.is_none(), ids(&restriction.circle), ids(&restriction.denied)],
    )?;
    hit(changed, "patient")
}
