//! Emergency access: what is open now, what waits for a review, what was.

use domain::Instant;
use domain::access::Action;
use domain::audit::Event;
use domain::emergency::{Emergency, Ended, EndedBy, Open, Review};
use domain::grant::Grant;
use domain::id::{AccountId, EmergencyId, EventId, PatientId, SessionId};
use domain::patient::{FieldGroup, PatientQuery};

use crate::audit::Log;
use crate::audit::read::{Entry, Filter, actor_of, list as list_events};
use crate::db::{Row, Tx};
use crate::error::{Error, Result};
use crate::patient::read_subject;
use crate::phi::Phi;
use crate::record::{Stamp, Versioned, decode, hit, keep, waiting_and_late};
use crate::{params, sql};

const KIND: &str = "emergency";
/// What a use says of a patient: that the record is restricted, and why it was needed.
const FIELDS: [&str; 1] = [KIND];
/// Events of one use at most: an hour of one person with one record.
const EVENTS: u32 = 500;
/// The id before every other.
const LEAST: &str = "00000000-0000-0000-0000-000000000000";

/// The use that a session has open, from the columns that `store::session` joins.
pub(crate) fn open_in(row: &Row) -> Result<Option<Open>> {
    let id: Option<EmergencyId> = row.get("emergency_id")?;
    let open = |id| {
        let (patient, opened_at, ends_at) = (row.get("patient_id")?, row.get("opened_at")?, row.get("ends_at")?);
        Ok(Open { id, patient, opened_at, ends_at })
    };
    id.map(open).transpose()
}

/// Begins a use. What the person had open ends with it; those uses come back, for their events. The grant is for this record.
pub fn begin(tx: &mut Tx, grant: &Grant, emergency: &Emergency, stamp: &Stamp) -> Result<Vec<Emergency>> {
    if grant.action() != Action::EmergencyOpen || !grant.covers(&emergency.patient) {
        return Err(Error::NotFound("patient"));
    }
    let before = end_account(tx, &emergency.account, EndedBy::Next, stamp)?;
    let encoded = keep(tx, KIND, emergency.id.as_str(), 1, emergency, stamp)?;
    tx.execute(
        sql!(
            "INSERT INTO emergency (id, account_id, session_id, patient_id, opened_at, ends_at, due_at, ended, noted,
                                    reviewed, version, body, checksum)
             VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, 0, 1, $8, $9)"
        ),
        params![
            emergency.id,
            emergency.account,
            emergency.session,
            emergency.patient,
            emergency.opened_at,
            emergency.ends_at,
            emergency.due_at,
            encoded.body,
            encoded.checksum
        ],
    )?;
    Ok(before)
}

/// Ends what a person has open. The caller puts each end into the log, in this transaction.
pub fn end_account(tx: &mut Tx, account: &AccountId, by: EndedBy, stamp: &Stamp) -> Result<Vec<Emergency>> {
    let rows = tx.query(
        sql!("SELECT id, version, body, checksum FROM emergency WHERE account_id = $1 AND ended = 0"),
        params![account],
    )?;
    end_rows(tx, &rows, by, true, stamp)
}

/// Ends what a session has open. The next sweep puts the end into the log.
pub(crate) fn end_session(tx: &mut Tx, session: &SessionId) -> Result<()> {
    let rows = tx.query(
        sql!("SELECT id, version, body, checksum FROM emergency WHERE session_id = $1 AND ended = 0"),
        params![session],
    )?;
    end_rows(tx, &rows, EndedBy::Session, false, &with_session()).map(drop)
}

/// The same for every session of an account but `keep`.
pub(crate) fn end_sessions(tx: &mut Tx, account: &AccountId, keep: Option<&SessionId>) -> Result<()> {
    let keep = keep.map_or("", SessionId::as_str);
    let rows = tx.query(
        sql!(
            "SELECT id, version, body, checksum FROM emergency
             WHERE account_id = $1 AND ended = 0 AND session_id <> $2"
        ),
        params![account, keep],
    )?;
    end_rows(tx, &rows, EndedBy::Session, false, &with_session()).map(drop)
}

fn with_session() -> Stamp {
    Stamp { actor: "system:session".to_owned(), reason: "the session ended".to_owned() }
}

/// Ends those whose time is up, at the instant that they were given, and takes the ends that are not in the log yet. The
/// caller puts them there, in this transaction.
pub fn sweep(tx: &mut Tx, stamp: &Stamp) -> Result<Vec<Emergency>> {
    let now = tx.now();
    let over = tx.query(
        sql!(
            "SELECT id, version, body, checksum FROM emergency WHERE ended = 0 AND ends_at <= $1 ORDER BY id LIMIT 50"
        ),
        params![now],
    )?;
    let mut ended = end_rows(tx, &over, EndedBy::Time, true, stamp)?;
    let rows = tx.query(
        sql!("SELECT id, version, body, checksum FROM emergency WHERE noted = 0 AND ended = 1 ORDER BY id LIMIT 50"),
        &[],
    )?;
    for row in &rows {
        let emergency = decode::<Emergency>(row, KIND)?.value;
        tx.execute(sql!("UPDATE emergency SET noted = 1 WHERE id = $1"), params![emergency.id])?;
        ended.push(emergency);
    }
    Ok(ended)
}

/// Whether [`sweep`] has anything to do.
pub fn to_sweep(tx: &mut Tx) -> Result<bool> {
    let now = tx.now();
    let row = tx.query_opt(
        sql!("SELECT id FROM emergency WHERE noted = 0 AND (ended = 1 OR ends_at <= $1) LIMIT 1"),
        params![now],
    )?;
    Ok(row.is_some())
}

fn end_rows(tx: &mut Tx, rows: &[Row], by: EndedBy, noted: bool, stamp: &Stamp) -> Result<Vec<Emergency>> {
    let now = tx.now();
    let mut ended = Vec::with_capacity(rows.len());
    for row in rows {
        let Versioned { value: mut emergency, version } = decode::<Emergency>(row, KIND)?;
        // Nobody could read after its time was up, whatever came later.
        let by = if emergency.ends_at <= now { EndedBy::Time } else { by };
        emergency.ended = Some(Ended { at: now.min(emergency.ends_at), by });
        write(tx, &emergency, version, noted, stamp)?;
        ended.push(emergency);
    }
    Ok(ended)
}

fn write(tx: &mut Tx, emergency: &Emergency, version: i64, noted: bool, stamp: &Stamp) -> Result<()> {
    let encoded = keep(tx, KIND, emergency.id.as_str(), version + 1, emergency, stamp)?;
    let changed = tx.execute(
        sql!(
            "UPDATE emergency SET ended = $3, noted = $4, reviewed = $5, version = $2 + 1, body = $6, checksum = $7
             WHERE id = $1 AND version = $2"
        ),
        params![
            emergency.id,
            version,
            emergency.ended.is_some(),
            noted,
            emergency.review.is_some(),
            encoded.body,
            encoded.checksum
        ],
    )?;
    hit(changed, KIND)
}

/// Whose use it is, for a decision about its review.
pub fn subject(tx: &mut Tx, id: &EmergencyId) -> Result<AccountId> {
    let row = tx.query_opt(sql!("SELECT account_id FROM emergency WHERE id = $1"), params![id])?;
    row.ok_or(Error::NotFound(KIND))?.get("account_id")
}

/// One use, and what the person did with the record in it, oldest first: every event of it carries its id. The grant is for
/// reviewing.
pub fn open(log: &Log, tx: &mut Tx, grant: &Grant, id: &EmergencyId) -> Result<Phi<(Emergency, Vec<Entry>)>> {
    reviewing(grant)?;
    let found = load(tx, id)?.value;
    let over = found.ended.as_ref().map_or(found.ends_at, |ended| ended.at);
    let least = EventId::parse(LEAST).map_err(|_| Error::NotFound(KIND))?;
    let wanted = Filter {
        act: None,
        actor: Some(actor_of(&found.account)),
        patient: Some(found.patient.clone()),
        before: Some((over.plus_seconds(1), least)),
    };
    let events = list_events(log, tx, &wanted, EVENTS)?;
    let patient = found.patient.clone();
    Ok(Phi::new(found, [patient], FIELDS).and(events).cut(
        |(found, events)| {
            let own = |event: &Event| event.detail.get(KIND).is_some_and(|id| id == found.id.as_str());
            let own = events.into_iter().rev().filter(|entry| entry.content.event().is_some_and(own)).collect();
            (found, own)
        },
        &[KIND, "audit"],
    ))
}

/// The uses that began from `from` on and before `to`, newest first; at most 500. The grant is for reviewing.
pub fn list(tx: &mut Tx, grant: &Grant, from: Instant, to: Instant) -> Result<Phi<Vec<Emergency>>> {
    reviewing(grant)?;
    let rows = tx.query(
        sql!(
            "SELECT id, version, body, checksum FROM emergency WHERE opened_at >= $1 AND opened_at < $2
             ORDER BY opened_at DESC, id DESC LIMIT 500"
        ),
        params![from, to],
    )?;
    shown(&rows)
}

/// Every use that has no review yet, the one that is due first at the head. The grant is for reviewing.
pub fn waiting(tx: &mut Tx, grant: &Grant) -> Result<Phi<Vec<Emergency>>> {
    reviewing(grant)?;
    let rows = tx.query(
        sql!("SELECT id, version, body, checksum FROM emergency WHERE reviewed = 0 ORDER BY due_at, id LIMIT 500"),
        &[],
    )?;
    shown(&rows)
}

/// How many have no review yet, and how many of them are late. Counts, of nobody in particular.
pub fn counts(tx: &mut Tx) -> Result<(u32, u32)> {
    waiting_and_late(
        tx,
        sql!(
            "SELECT CAST(count(*) AS BIGINT) AS waiting,
                    CAST(coalesce(sum(CASE WHEN due_at <= $1 THEN 1 ELSE 0 END), 0) AS BIGINT) AS late
             FROM emergency WHERE reviewed = 0"
        ),
    )
}

/// Every use that began since an instant, oldest first, for the checks of the compliance program: it does not leave them.
pub fn since(tx: &mut Tx, from: Instant) -> Result<Vec<Emergency>> {
    let rows = tx.query(
        sql!("SELECT id, version, body, checksum FROM emergency WHERE opened_at >= $1 OR reviewed = 0 ORDER BY id"),
        params![from],
    )?;
    rows.iter().map(|row| Ok(decode::<Emergency>(row, KIND)?.value)).collect()
}

/// Writes the review of a use. The grant is for reviewing the account that used it, which is not the one that acts.
pub fn review(tx: &mut Tx, grant: &Grant, id: &EmergencyId, review: Review, stamp: &Stamp) -> Result<Emergency> {
    reviewing(grant)?;
    let Versioned { value, version } = load(tx, id)?;
    // One that nobody has swept yet is over all the same.
    let mut emergency = value.reviewed(review).map_err(|why| Error::Refused(why.to_owned()))?;
    let noted = is_noted(tx, id)?;
    emergency.ended.get_or_insert(Ended { at: emergency.ends_at, by: EndedBy::Time });
    write(tx, &emergency, version, noted, stamp)?;
    Ok(emergency)
}

fn is_noted(tx: &mut Tx, id: &EmergencyId) -> Result<bool> {
    tx.query_one(sql!("SELECT noted FROM emergency WHERE id = $1"), params![id])?.get("noted")
}

/// Restricted records that an exact question finds and that are closed to the person of this grant, though not by name: a
/// date of birth, or a whole record number. A name does not find them, or letters would list who is restricted.
pub fn closed(tx: &mut Tx, grant: &Grant, query: &PatientQuery) -> Result<Phi<Vec<PatientId>>> {
    let rows = match query {
        PatientQuery::Born(date) => tx.query(
            sql!(
                "SELECT id, restricted, circle, denied FROM patient
                 WHERE birth_date = $1 AND restricted = 1 AND canary = 0 ORDER BY birth_date, family_key, id LIMIT 20"
            ),
            params![date],
        )?,
        PatientQuery::Digits(digits) => tx.query(
            sql!("SELECT id, restricted, circle, denied FROM patient WHERE mrn = $1 AND restricted = 1 AND canary = 0"),
            params![format!("P-{digits}")],
        )?,
        PatientQuery::All | PatientQuery::Name(_) => Vec::new(),
    };
    let mut found = Vec::new();
    for row in &rows {
        let subject = read_subject(row)?;
        let open = grant.may_list(subject.restricted, &subject.circle, &[]);
        if !open && !subject.denied.contains(grant.account()) {
            found.push(subject.id);
        }
    }
    Ok(Phi::new(found.clone(), found, [FieldGroup::Identity.as_str()]))
}

fn reviewing(grant: &Grant) -> Result<()> {
    if grant.action() == Action::EmergencyReview { Ok(()) } else { Err(Error::NotFound(KIND)) }
}

fn load(tx: &mut Tx, id: &EmergencyId) -> Result<Versioned<Emergency>> {
    let row = tx.query_opt(sql!("SELECT id, version, body, checksum FROM emergency WHERE id = $1"), params![id])?;
    decode(&row.ok_or(Error::NotFound(KIND))?, KIND)
}

fn shown(rows: &[Row]) -> Result<Phi<Vec<Emergency>>> {
    let all = rows.iter().map(|row| Ok(decode::<Emergency>(row, KIND)?.value)).collect::<Result<Vec<_>>>()?;
    let subjects: Vec<PatientId> = all.iter().map(|e| e.patient.clone()).collect();
    Ok(Phi::new(all, subjects, FIELDS))
}
