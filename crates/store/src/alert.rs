//! Alerts, and the place of the log up to which the rules have looked.

use domain::Instant;
use domain::access::Action;
use domain::alert::rules::{Found, Kin, Told};
use domain::alert::{Alert, Closed, Rule};
use domain::grant::Grant;
use domain::id::{AccountId, AlertId, PatientId};

use crate::audit::Log;
use crate::audit::read::{Entry, one as event};
use crate::db::{Row, Tx};
use crate::error::{Error, Result};
use crate::phi::Phi;
use crate::record::{Stamp, Versioned, decode, hit, keep, waiting_and_late};
use crate::{params, sql};

const KIND: &str = "alert";
/// What an alert says of a patient: that somebody opened the record.
const FIELDS: [&str; 1] = [KIND];

/// The first place of the log that the rules have not seen.
pub fn place(tx: &mut Tx) -> Result<i64> {
    tx.query_one(sql!("SELECT next FROM alert_place WHERE id = 1"), &[])?.get("next")
}

/// Says that the rules have seen everything before `to`. Stale when somebody else did since `from` was read, and then nothing of
/// this transaction stays: each place is looked at by one transaction, which holds its alerts too.
pub fn advance(tx: &mut Tx, from: i64, to: i64) -> Result<()> {
    let moved = tx.execute(
        sql!("UPDATE alert_place SET next = $2 WHERE id = 1 AND next = $1 AND next < $2"),
        params![from, to],
    )?;
    hit(moved, "alert_place")
}

/// Keeps a new alert. The caller puts it into the log, in this transaction.
pub fn insert(tx: &mut Tx, alert: &Alert, found: &Found, stamp: &Stamp) -> Result<()> {
    let encoded = keep(tx, KIND, alert.id.as_str(), 1, alert, stamp)?;
    tx.execute(
        sql!(
            "INSERT INTO alert (id, rule, key, event_id, at, due_at, closed, version, body, checksum)
             VALUES ($1, $2, $3, $4, $5, $6, 0, 1, $7, $8)"
        ),
        params![
            alert.id,
            alert.rule.as_str(),
            found.key(),
            found.events.last(),
            alert.at,
            alert.due_at,
            encoded.body,
            encoded.checksum
        ],
    )?;
    Ok(())
}

/// What was said of events between two instants.
pub fn told(tx: &mut Tx, from: Instant, to: Instant) -> Result<Vec<Told>> {
    let rows = tx.query(sql!("SELECT rule, key, at FROM alert WHERE at >= $1 AND at <= $2"), params![from, to])?;
    let told = |row: &Row| {
        let rule = row.parse("rule", |text| Rule::parse(text).ok_or(()))?;
        Ok(Told { rule, key: row.get("key")?, at: row.get("at")? })
    };
    rows.iter().map(told).collect()
}

/// Whether this patient has the family name, folded as the search folds it, and how many have. It tells no name.
pub fn kin(tx: &mut Tx, patient: &PatientId, family: &str, given: &str, most: u64) -> Result<Option<Kin>> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let row = tx.query_opt(
        sql!(
            "SELECT given_key,
                    (SELECT CAST(count(*) AS BIGINT) FROM
                         (SELECT id FROM patient WHERE family_key = $2 AND canary = 0 LIMIT $3) AS few) AS bearers
             FROM patient WHERE id = $1 AND family_key = $2 AND canary = 0"
        ),
        params![patient, family, most],
    )?;
    let kin = |row: Row| Ok(Kin { given: row.get::<String>("given_key")? == given, bearers: row.get("bearers")? });
    row.map(kin).transpose()
}

/// Whom an alert is about, for a decision about closing it; nobody where no person is.
pub fn subject(tx: &mut Tx, id: &AlertId) -> Result<Option<AccountId>> {
    Ok(load(tx, id)?.value.account().cloned())
}

/// Every alert that is open, the one that is due first at the head; at most 500. The grant is for reviewing.
pub fn waiting(tx: &mut Tx, grant: &Grant) -> Result<Phi<Vec<Alert>>> {
    reviewing(grant)?;
    let rows = tx.query(
        sql!("SELECT id, version, body, checksum FROM alert WHERE closed = 0 ORDER BY due_at, id LIMIT 500"),
        &[],
    )?;
    shown(&rows)
}

/// The alerts that were closed, the newest first; at most 100. The grant is for reviewing.
pub fn closed(tx: &mut Tx, grant: &Grant) -> Result<Phi<Vec<Alert>>> {
    reviewing(grant)?;
    let rows = tx.query(
        sql!("SELECT id, version, body, checksum FROM alert WHERE closed = 1 ORDER BY due_at DESC, id DESC LIMIT 100"),
        &[],
    )?;
    shown(&rows)
}

/// Every alert that is open or was due at or after this instant, for the check of their deadlines.
pub fn since(tx: &mut Tx, due: Instant) -> Result<Vec<Alert>> {
    let rows = tx.query(
        sql!(
            "SELECT id, version, body, checksum FROM alert
             WHERE closed = 0 OR (closed = 1 AND due_at >= $1) ORDER BY due_at, id"
        ),
        params![due],
    )?;
    rows.iter().map(|row| Ok(decode::<Alert>(row, KIND)?.value)).collect()
}

/// How many are open, and how many of them are late. Counts, of nobody in particular.
pub fn counts(tx: &mut Tx) -> Result<(u32, u32)> {
    waiting_and_late(
        tx,
        sql!(
            "SELECT CAST(count(*) AS BIGINT) AS waiting,
                    CAST(coalesce(sum(CASE WHEN due_at <= $1 THEN 1 ELSE 0 END), 0) AS BIGINT) AS late
             FROM alert WHERE closed = 0"
        ),
    )
}

/// One alert with the events that it names, oldest first. The grant is for reviewing.
pub fn open(log: &Log, tx: &mut Tx, grant: &Grant, id: &AlertId) -> Result<Phi<(Alert, Vec<Entry>)>> {
    reviewing(grant)?;
    let alert = load(tx, id)?.value;
    let (events, patient) = (alert.events.clone(), alert.patient.clone());
    let mut all = Phi::new((alert, Vec::new()), patient, FIELDS);
    for id in &events {
        if let Some(entry) = event(log, tx, id)? {
            let add = |((alert, mut events), entry): ((Alert, Vec<Entry>), Entry)| {
                events.push(entry);
                (alert, events)
            };
            all = all.and(entry).cut(add, &[KIND, "audit"]);
        }
    }
    Ok(all)
}

/// Writes what was found. The grant is for reviewing what is about this person, who is not the one that acts.
pub fn close(tx: &mut Tx, grant: &Grant, id: &AlertId, closed: Closed, stamp: &Stamp) -> Result<Alert> {
    reviewing(grant)?;
    let Versioned { value, version } = load(tx, id)?;
    let alert = value.close(closed).map_err(|why| Error::Refused(why.to_owned()))?;
    let encoded = keep(tx, KIND, id.as_str(), version + 1, &alert, stamp)?;
    let changed = tx.execute(
        sql!(
            "UPDATE alert SET closed = 1, version = $2 + 1, body = $3, checksum = $4
             WHERE id = $1 AND version = $2"
        ),
        params![id, version, encoded.body, encoded.checksum],
    )?;
    hit(changed, KIND)?;
    Ok(alert)
}

fn reviewing(grant: &Grant) -> Result<()> {
    if grant.action() == Action::AlertReview { Ok(()) } else { Err(Error::NotFound(KIND)) }
}

fn load(tx: &mut Tx, id: &AlertId) -> Result<Versioned<Alert>> {
    let row = tx.query_opt(sql!("SELECT id, version, body, checksum FROM alert WHERE id = $1"), params![id])?;
    decode(&row.ok_or(Error::NotFound(KIND))?, KIND)
}

fn shown(rows: &[Row]) -> Result<Phi<Vec<Alert>>> {
    let all = rows.iter().map(|row| Ok(decode::<Alert>(row, KIND)?.value)).collect::<Result<Vec<_>>>()?;
    let subjects: Vec<PatientId> = all.iter().filter_map(|alert| alert.patient.clone()).collect();
    Ok(Phi::new(all, subjects, FIELDS))
}
