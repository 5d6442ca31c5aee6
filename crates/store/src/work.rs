//! Work that waits for a person: added by whatever could not decide, taken off by whoever did.

use domain::grant::Grant;
use domain::id::{PatientId, WorkItemId};
use domain::patient::FieldGroup;
use domain::work::{Done, WorkItem, WorkKind};

use crate::db::{Row, Tx};
use crate::error::{Error, Result};
use crate::patient::may_list;
use crate::phi::Phi;
use crate::record::{Stamp, Versioned, decode, hit, keep};
use crate::{params, sql};

const KIND: &str = "work_item";
const FIELDS: [FieldGroup; 2] = [FieldGroup::Claims, FieldGroup::AccountBalance];

/// Adds a piece of work. When the same kind of work about the same thing is open already, nothing happens and `false` comes
/// back.
pub fn add(tx: &mut Tx, item: &WorkItem, stamp: &Stamp) -> Result<bool> {
    if waits(tx, &item.subject, item.kind)? {
        return Ok(false);
    }
    let encoded = keep(tx, KIND, item.id.as_str(), 1, item, stamp)?;
    tx.execute(
        sql!(
            "INSERT INTO work_item (id, kind, subject, patient_id, created_at, done, version, body, checksum)
             VALUES ($1, $2, $3, $4, $5, 0, 1, $6, $7)"
        ),
        params![
            item.id,
            item.kind.as_str(),
            item.subject,
            item.patient,
            item.created_at,
            encoded.body,
            encoded.checksum
        ],
    )?;
    Ok(true)
}

/// The oldest `limit` pieces of open work. Work about a patient whom the grant leaves out of lists is not among them.
pub fn waiting(tx: &mut Tx, grant: &Grant, limit: u32) -> Result<Phi<Vec<Versioned<WorkItem>>>> {
    let rows = tx.query(
        sql!(
            "SELECT w.id, w.version, w.body, w.checksum, p.restricted, p.circle, p.denied
             FROM work_item w LEFT JOIN patient p ON p.id = w.patient_id
             WHERE w.done = 0 ORDER BY w.created_at, w.id LIMIT $1"
        ),
        params![limit],
    )?;
    shown(&rows, grant)
}

/// Open work about one thing: `kind:id`, and what begins with that and a slash.
pub fn about(tx: &mut Tx, grant: &Grant, subject: &str) -> Result<Phi<Vec<Versioned<WorkItem>>>> {
    let rows = tx.query(
        sql!(
            "SELECT w.id, w.version, w.body, w.checksum, p.restricted, p.circle, p.denied
             FROM work_item w LEFT JOIN patient p ON p.id = w.patient_id
             WHERE w.done = 0 AND (w.subject = $1 OR (w.subject >= $2 AND w.subject < $3))
             ORDER BY w.created_at, w.id"
        ),
        params![subject, format!("{subject}/"), format!("{subject}0")],
    )?;
    shown(&rows, grant)
}

/// Whose record a piece of work concerns, for a decision.
pub fn patient_of(tx: &mut Tx, id: &WorkItemId) -> Result<Option<PatientId>> {
    let row = tx.query_opt(sql!("SELECT patient_id FROM work_item WHERE id = $1"), params![id])?;
    row.ok_or(Error::NotFound("work item"))?.get("patient_id")
}

/// Takes a piece of work off the list.
pub fn finish(tx: &mut Tx, id: &WorkItemId, done: &Done, stamp: &Stamp) -> Result<()> {
    let row = tx.query_opt(sql!("SELECT id, version, body, checksum FROM work_item WHERE id = $1"), params![id])?;
    let Versioned { value: mut item, version } = decode::<WorkItem>(&row.ok_or(Error::NotFound("work item"))?, KIND)?;
    if !item.is_open() {
        return Err(Error::Stale("work item"));
    }
    item.done = Some(done.clone());
    let encoded = keep(tx, KIND, id.as_str(), version + 1, &item, stamp)?;
    let changed = tx.execute(
        sql!(
            "UPDATE work_item SET done = 1, version = $2 + 1, body = $3, checksum = $4
             WHERE id = $1 AND version = $2 AND done = 0"
        ),
        params![id, version, encoded.body, encoded.checksum],
    )?;
    hit(changed, "work item")
}

/// Whether work of a kind about exactly this waits.
pub fn waits(tx: &mut Tx, subject: &str, kind: WorkKind) -> Result<bool> {
    let row = tx.query_opt(
        sql!("SELECT id FROM work_item WHERE subject = $1 AND kind = $2 AND done = 0"),
        params![subject, kind.as_str()],
    )?;
    Ok(row.is_some())
}

/// Takes all open work about one thing off the list, because what happened to the thing has done it. As [`about`] finds it.
pub fn finish_about(tx: &mut Tx, subject: &str, done: &Done, stamp: &Stamp) -> Result<()> {
    let rows = tx.query(
        sql!(
            "SELECT id FROM work_item WHERE done = 0 AND (subject = $1 OR (subject >= $2 AND subject < $3)) ORDER BY id"
        ),
        params![subject, format!("{subject}/"), format!("{subject}0")],
    )?;
    for row in &rows {
        finish(tx, &row.get("id")?, done, stamp)?;
    }
    Ok(())
}

/// How much open work there is of each kind. Counts only.
pub fn counts(tx: &mut Tx) -> Result<Vec<(WorkKind, u64)>> {
    let rows = tx.query(
        sql!(
            "SELECT kind, CAST(count(*) AS BIGINT) AS waiting FROM work_item WHERE done = 0
             GROUP BY kind ORDER BY kind"
        ),
        &[],
    )?;
    let read = |row: &Row| {
        let kind: String = row.get("kind")?;
        Ok((WorkKind::parse(&kind).ok_or_else(|| row.corrupt("kind"))?, row.get("waiting")?))
    };
    rows.iter().map(read).collect()
}

fn shown(rows: &[Row], grant: &Grant) -> Result<Phi<Vec<Versioned<WorkItem>>>> {
    let mut items: Vec<Versioned<WorkItem>> = Vec::with_capacity(rows.len());
    for row in rows {
        if may_list(row, grant)? {
            items.push(decode(row, KIND)?);
        }
    }
    let subjects: Vec<_> = items.iter().filter_map(|i| i.value.patient.clone()).collect();
    Ok(Phi::new(items, subjects, FIELDS.map(FieldGroup::as_str)))
}
