//! Patients: find, open, register, change.

use std::collections::BTreeSet;

use domain::Instant;
use domain::access::Action;
use domain::grant::{Grant, PatientSubject};
use domain::id::{AccountId, PatientId};
use domain::name::search_key;
use domain::patient::{FieldGroup, Patient, PatientQuery};

use crate::db::{Row, Tx};
use crate::error::{Error, Result};
use crate::phi::Phi;
use crate::record::{Stamp, Versioned, decode, hit, keep};
use crate::{params, sql};

const KIND: &str = "patient";

/// The id and flags that a decision needs; nothing else of the record.
pub fn subject(tx: &mut Tx, id: &PatientId) -> Result<PatientSubject> {
    let row = tx.query_opt(sql!("SELECT id, restricted, circle, denied FROM patient WHERE id = $1"), params![id])?;
    row.map_or(Err(Error::NotFound(KIND)), |row| read_subject(&row))
}

pub(crate) fn read_subject(row: &Row) -> Result<PatientSubject> {
    let (circle, denied) = (accounts(row, "circle")?, accounts(row, "denied")?);
    Ok(PatientSubject { id: row.get("id")?, restricted: row.get("restricted")?, circle, denied })
}

/// Whether a list under this grant may have a row with this patient's columns `restricted`, `circle` and `denied`; NULL is no
/// patient.
pub(crate) fn may_list(row: &Row, grant: &Grant) -> Result<bool> {
    let restricted: Option<bool> = row.get("restricted")?;
    Ok(grant.may_list(restricted.unwrap_or(false), &accounts(row, "circle")?, &accounts(row, "denied")?))
}

/// The same as a condition, with the parameters of [`Grant::includes_restricted`], [`Grant::account`] and [`Grant::person`],
/// for statements that leave rows out before they count to a limit: an account's id is in `denied`, or in `circle`, when taking
/// it out changes the text; `denied = ''` first keeps PostgreSQL's estimate right, and with it the plan.
macro_rules! listed {
    ($restricted:literal, $reader:literal, $person:literal) => {
        concat!(
            "(restricted <= ",
            $restricted,
            " OR replace(circle, ",
            $person,
            ", '') <> circle) AND (denied = '' OR replace(denied, ",
            $reader,
            ", '') = denied)"
        )
    };
}
pub(crate) use listed;

/// Whether what a list under this grant says may be about this patient.
pub fn is_listed(tx: &mut Tx, grant: &Grant, id: &PatientId) -> Result<bool> {
    let subject = subject(tx, id)?;
    Ok(grant.may_list(subject.restricted, &subject.circle, &subject.denied))
}

fn accounts(row: &Row, column: &'static str) -> Result<Vec<AccountId>> {
    let text: Option<String> = row.get(column)?;
    let text = text.unwrap_or_default();
    text.split_whitespace().map(|id| AccountId::parse(id).map_err(|_| row.corrupt(column))).collect()
}

/// The patient that the grant names.
pub fn open(tx: &mut Tx, grant: &Grant) -> Result<Phi<Versioned<Patient>>> {
    let id = grant.patient().ok_or(Error::NotFound(KIND))?;
    let row = tx.query_opt(sql!("SELECT id, version, body, checksum FROM patient WHERE id = $1"), params![id])?;
    let row = row.ok_or(Error::NotFound(KIND))?;
    let patient = decode(&row, KIND)?;
    let groups = [FieldGroup::Identity, FieldGroup::Contact, FieldGroup::Guardians];
    Ok(Phi::new(patient, [id.clone()], groups.map(FieldGroup::as_str)))
}

/// The record that a change starts from; the grant is for that change. It does not leave the store's transaction.
pub fn record(tx: &mut Tx, grant: &Grant) -> Result<Patient> {
    let id = grant.patient().ok_or(Error::NotFound(KIND))?;
    let row = tx.query_opt(sql!("SELECT id, version, body, checksum FROM patient WHERE id = $1"), params![id])?;
    Ok(decode::<Patient>(&row.ok_or(Error::NotFound(KIND))?, KIND)?.value)
}

/// Up to `limit` patients who fit, by name. The grant is one for lists: it says which rows may be in it. The statements
/// leave the others out before they count to the limit, or a short answer would tell that somebody is hidden.
pub fn find(tx: &mut Tx, grant: &Grant, query: &PatientQuery, limit: u32) -> Result<Phi<Vec<Patient>>> {
    let limit = i64::from(limit);
    let (restricted, reader, person) = (grant.includes_restricted(), grant.account(), grant.person());
    let mut rows = match query {
        PatientQuery::All => tx.query(
            sql!(concat!(
                "SELECT id, version, body, checksum FROM patient
                 WHERE canary = 0 AND ",
                listed!("$2", "$3", "$4"),
                "
                 ORDER BY family_key, given_key, birth_date, id LIMIT $1"
            )),
            params![limit, restricted, reader, person],
        )?,
        PatientQuery::Born(date) => tx.query(
            sql!(concat!(
                "SELECT id, version, body, checksum FROM patient
                 WHERE birth_date = $1 AND canary = 0
                   AND ",
                listed!("$3", "$4", "$5"),
                "
                 ORDER BY birth_date, family_key, id LIMIT $2"
            )),
            params![date, limit, restricted, reader, person],
        )?,
        PatientQuery::Digits(digits) => {
            let reversed: String = digits.chars().rev().collect();
            // Each half by its own index. An order by name here would tempt the planner into walking that index instead.
            tx.query(
                sql!(concat!(
                    "SELECT id, version, body, checksum FROM patient
                     WHERE canary = 0 AND id IN (SELECT id FROM patient WHERE phone_key >= $1 AND phone_key < $2
                                                 UNION SELECT id FROM patient WHERE mrn = $3)
                       AND ",
                    listed!("$5", "$6", "$7"),
                    " LIMIT $4"
                )),
                params![reversed, after(&reversed), format!("P-{digits}"), limit, restricted, reader, person],
            )?
        }
        PatientQuery::Name(words) => by_name(tx, grant, words, limit)?,
    };
    rows.truncate(usize::try_from(limit).unwrap_or(0));
    let found = rows.iter().map(|row| Ok(decode::<Patient>(row, KIND)?.value));
    let mut found = found.collect::<Result<Vec<Patient>>>()?;
    let name = |p: &Patient| (search_key(p.name.family.as_str()), search_key(p.name.given.as_str()), p.birth_date);
    found.sort_by_cached_key(name);
    let subjects: Vec<PatientId> = found.iter().map(|p| p.id.clone()).collect();
    Ok(Phi::new(found, subjects, [FieldGroup::Identity, FieldGroup::Contact].map(FieldGroup::as_str)))
}

/// Who these patients are, as far as a list under this grant may say.
pub fn named(tx: &mut Tx, grant: &Grant, ids: &[PatientId]) -> Result<Phi<Vec<Patient>>> {
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        let row = tx.query_opt(
            sql!("SELECT id, version, body, checksum, restricted, circle, denied FROM patient WHERE id = $1"),
            params![id],
        )?;
        if let Some(row) = row
            && may_list(&row, grant)?
        {
            found.push(decode::<Patient>(&row, KIND)?.value);
        }
    }
    let subjects: Vec<PatientId> = found.iter().map(|p| p.id.clone()).collect();
    Ok(Phi::new(found, subjects, [FieldGroup::Identity, FieldGroup::Contact].map(FieldGroup::as_str)))
}

/// Those in whose name each of the words begins one: first those whose family name begins with the first word, then the rest.
fn by_name(tx: &mut Tx, grant: &Grant, words: &[String], limit: i64) -> Result<Vec<Row>> {
    let Some(first) = words.first() else { return Ok(Vec::new()) };
    let other = |at: usize| words.get(at).map_or("", String::as_str);
    let [second, third] = [other(1), other(2)];
    let (mut rows, mut known) = (Vec::new(), BTreeSet::new());
    for place in [0_i64, 1] {
        if i64::try_from(rows.len()).unwrap_or(limit) >= limit {
            break;
        }
        // In the order of the index, so that a short word stops at the limit and not at its last bearer.
        let more = tx.query(
            sql!(
                "SELECT p.id AS id, p.version AS version, p.body AS body, p.checksum AS checksum
                 FROM patient_word w JOIN patient p ON p.id = w.patient_id
                 WHERE w.place = $1 AND w.word >= $2 AND w.word < $3
                   AND EXISTS (SELECT 1 FROM patient_word b
                               WHERE b.patient_id = w.patient_id AND b.word >= $4 AND b.word < $5)
                   AND EXISTS (SELECT 1 FROM patient_word c
                               WHERE c.patient_id = w.patient_id AND c.word >= $6 AND c.word < $7)
                   AND (p.restricted <= $9 OR replace(p.circle, $11, '') <> p.circle)
                   AND (p.denied = '' OR replace(p.denied, $10, '') = p.denied)
                 ORDER BY w.place, w.word, w.patient_id LIMIT $8"
            ),
            params![
                place,
                first,
                after(first),
                second,
                after(second),
                third,
                after(third),
                limit,
                grant.includes_restricted(),
                grant.account(),
                grant.person()
            ],
        )?;
        for row in more {
            if known.insert(row.get::<String>("id")?) {
                rows.push(row);
            }
        }
    }
    Ok(rows)
}

/// The first text after every text that begins with `prefix`.
fn after(prefix: &str) -> String {
    format!("{prefix}\u{10FFFF}")
}

/// One change of a record of the patient.
#[derive(Clone, Debug)]
pub struct Noted {
    /// `patient`, `coverage`, `appointment`, `visit` or `claim`.
    pub kind: String,
    /// Its version, from 1.
    pub version: i64,
    /// When.
    pub at: Instant,
    /// Who, as the log names actors.
    pub actor: String,
    /// Why, in a few words.
    pub reason: String,
}

/// The latest changes of every record of the patient that the grant names, the newest first.
pub fn noted(tx: &mut Tx, grant: &Grant, limit: u32) -> Result<Phi<Vec<Noted>>> {
    let patient = grant.patient().ok_or(Error::NotFound(KIND))?;
    let rows = tx.query(
        sql!(
            "SELECT v.kind AS kind, v.id AS id, v.version AS version, v.at AS at, v.actor AS actor, v.reason AS reason
             FROM (SELECT 'patient' AS kind, CAST($1 AS TEXT) AS id
                   UNION ALL SELECT 'coverage', id FROM coverage WHERE patient_id = $1
                   UNION ALL SELECT 'appointment', id FROM appointment WHERE patient_id = $1
                   UNION ALL SELECT 'visit', id FROM visit WHERE patient_id = $1
                   UNION ALL SELECT 'claim', id FROM claim WHERE patient_id = $1) mine
             JOIN record_version v ON v.kind = mine.kind AND v.id = mine.id
             ORDER BY v.at DESC, v.kind, v.id, v.version DESC LIMIT $2"
        ),
        params![patient, i64::from(limit)],
    )?;
    let read = |row: &Row| {
        Ok(Noted {
            kind: row.get("kind")?,
            version: row.get("version")?,
            at: row.get("at")?,
            actor: row.get("actor")?,
            reason: row.get("reason")?,
        })
    };
    let all = rows.iter().map(read).collect::<Result<_>>()?;
    let groups = [FieldGroup::Identity, FieldGroup::Coverage, FieldGroup::Appointments, FieldGroup::Charges];
    let groups = groups.into_iter().chain([FieldGroup::Claims]).map(FieldGroup::as_str);
    Ok(Phi::new(all, [patient.clone()], groups))
}

/// Adds a patient. The grant is for [`Action::PatientEdit`] on the practice.
pub fn register(tx: &mut Tx, grant: &Grant, patient: &Patient, canary: bool, stamp: &Stamp) -> Result<()> {
    if grant.action() != Action::PatientEdit {
        return Err(Error::NotFound(KIND));
    }
    let encoded = keep(tx, KIND, patient.id.as_str(), 1, patient, stamp)?;
    let (family, given, phone) = keys(patient);
    tx.execute(
        sql!(
            "INSERT INTO patient (id, mrn, family_key, given_key, birth_date, phone_key, restricted, denied, canary,
                                  version, body, checksum)
             VALUES ($1, $2, $3, $4, $5, $6, 0, '', $7, 1, $8, $9)"
        ),
        params![
            patient.id,
            patient.mrn,
            family,
            given,
            patient.birth_date,
            phone,
            canary,
            encoded.body,
            encoded.checksum
        ],
    )?;
    // Probes open their canary by its id; nobody finds it.
    if canary { Ok(()) } else { index_name(tx, patient) }
}

/// Notes the words that the patient is found by.
fn index_name(tx: &mut Tx, patient: &Patient) -> Result<()> {
    let family = search_key(patient.name.family.as_str());
    let whole = patient.name.search_key();
    let mut words: BTreeSet<&str> = whole.split(' ').filter(|w| !w.is_empty()).collect();
    words.remove(family.split(' ').next().unwrap_or_default());
    let rest = words.into_iter().map(|word| (1_i64, word));
    for (place, word) in rest.chain([(0, family.as_str())]) {
        tx.execute(
            sql!("INSERT INTO patient_word (patient_id, place, word) VALUES ($1, $2, $3)"),
            params![patient.id, place, word],
        )?;
    }
    Ok(())
}

/// Replaces version `version` of the patient that the grant names.
pub fn change(tx: &mut Tx, grant: &Grant, patient: &Patient, version: i64, stamp: &Stamp) -> Result<()> {
    if grant.action() != Action::PatientEdit || !grant.covers(&patient.id) {
        return Err(Error::NotFound(KIND));
    }
    let encoded = keep(tx, KIND, patient.id.as_str(), version + 1, patient, stamp)?;
    let (family, given, phone) = keys(patient);
    let changed = tx.execute(
        sql!(
            "UPDATE patient SET family_key = $2, given_key = $3, birth_date = $4, phone_key = $5, version = $6 + 1,
                                body = $7, checksum = $8
             WHERE id = $1 AND version = $6"
        ),
        params![patient.id, family, given, patient.birth_date, phone, version, encoded.body, encoded.checksum],
    )?;
    hit(changed, KIND)?;
    tx.execute(sql!("DELETE FROM patient_word WHERE patient_id = $1"), params![patient.id])?;
    index_name(tx, patient)
}

/// What finds a patient: folded names, and the telephone's digits from the end, so that its last four find it.
fn keys(patient: &Patient) -> (String, String, String) {
    let phone = patient.phone.as_ref().map(ToString::to_string).unwrap_or_default();
    let phone = phone.chars().rev().filter(char::is_ascii_digit).collect();
    (search_key(patient.name.family.as_str()), search_key(patient.name.given.as_str()), phone)
}
