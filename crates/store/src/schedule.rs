//! The schedule: visits, the time they take, and the steps they go through.
//!
//! A visit holds a row of `appointment_slot` for each five minutes of its provider's time, under a unique key. Two people who
//! want one time therefore cannot both commit, whatever they have read before.

use domain::Instant;
use domain::access::Action;
use domain::coverage::Coverage;
use domain::grant::{Grant, PatientSubject};
use domain::id::{AppointmentId, LocationId, PatientId, ProviderId, VisitId};
use domain::patient::{FieldGroup, Patient};
use domain::place::Location;
use domain::schedule::{Appointment, BookingRefusal, Status, Step};
use domain::visit::Stage;
use jiff::civil::Date;

use crate::db::{Row, Tx};
use crate::error::{Error, Result};
use crate::patient::read_subject;
use crate::phi::Phi;
use crate::record::{Stamp, Versioned, decode, history, hit, keep};
use crate::{params, sql};

mod slots;

use slots::{free_lane, lowest_free, overlapping, release, take};

const KIND: &str = "appointment";

/// A visit with whose it is, as the pages of the schedule need it.
#[derive(Clone, Debug)]
pub struct Booked {
    /// The visit.
    pub appointment: Appointment,
    /// Its version.
    pub version: i64,
    /// 0, or which lane beside a taken time.
    pub lane: i64,
    /// When it came to its status.
    pub since: Instant,
    /// Who comes.
    pub patient: Patient,
    /// The patient's coverages.
    pub coverages: Vec<Coverage>,
    /// The visit on the books that came of it, and where that stands.
    pub charged: Option<(VisitId, Stage)>,
}

/// An appointment, with the visit on the books that came of it and where that stands.
pub type Seen = (Appointment, Option<(VisitId, Stage)>);

/// Time that a provider does not have. It names nobody: it is what a person sees who may not see the patient.
#[derive(Clone, Debug)]
pub struct Busy {
    /// The visit that takes it; never shown.
    pub id: AppointmentId,
    /// Whose time.
    pub provider: ProviderId,
    /// Where.
    pub location: LocationId,
    /// From.
    pub from: Instant,
    /// To.
    pub to: Instant,
}

/// One version of a visit: who, when, why, and what it then said.
#[derive(Clone, Debug)]
pub struct Change {
    /// When.
    pub at: Instant,
    /// Who, as the log names actors.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// What it said.
    pub appointment: Appointment,
}

/// How many visits of a day stand at a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusCount {
    /// The status.
    pub status: Status,
    /// How many.
    pub visits: u32,
    /// How many of them came to it before the asked instant.
    pub long: u32,
    /// How many of them should have begun by now.
    pub late: u32,
}

/// Whose visit it is: id and flags for a decision.
pub fn subject(tx: &mut Tx, id: &AppointmentId) -> Result<PatientSubject> {
    let row = tx.query_opt(
        sql!(
            "SELECT id, restricted, circle, denied FROM patient
             WHERE id = (SELECT patient_id FROM appointment WHERE id = $1)"
        ),
        params![id],
    )?;
    row.map_or(Err(Error::NotFound(KIND)), |row| read_subject(&row))
}

/// One visit, for what happens inside the transaction; it does not leave it but as [`Phi`].
pub fn one(tx: &mut Tx, id: &AppointmentId) -> Result<Versioned<Appointment>> {
    let row =
        tx.query_opt(sql!("SELECT id, version, body, checksum, lane FROM appointment WHERE id = $1"), params![id])?;
    row.map_or(Err(Error::NotFound(KIND)), |row| decode(&row, KIND))
}

/// A visit of the patient that the grant names, with its history, oldest first.
pub fn open(tx: &mut Tx, grant: &Grant, id: &AppointmentId) -> Result<Phi<(Booked, Vec<Change>)>> {
    let row = tx.query_opt(
        sql!(
            "SELECT a.id AS id, a.version AS version, a.body AS body, a.checksum AS checksum, lane, since,
                    visit.id AS visit_id, stage
             FROM appointment a LEFT JOIN visit ON visit.appointment_id = a.id WHERE a.id = $1"
        ),
        params![id],
    )?;
    let row = row.ok_or(Error::NotFound(KIND))?;
    let charged = read_charged(&row)?;
    let Versioned { value: appointment, version } = decode::<Appointment>(&row, KIND)?;
    if !grant.covers(&appointment.patient) {
        return Err(Error::NotFound(KIND));
    }
    let changes = history(tx, KIND, id.as_str())?.iter().map(read_change).collect::<Result<_>>()?;
    let (lane, since) = (row.get("lane")?, row.get("since")?);
    let parts = crate::patient::open(tx, grant)?.and(crate::coverage::of_patient(tx, grant)?);
    let groups = [FieldGroup::Appointments, FieldGroup::VisitReason].map(FieldGroup::as_str);
    let whole = Phi::new((appointment, changes), [], groups).and(parts);
    let all: Vec<String> = whole.fields().collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let join = |((appointment, changes), (patient, coverages)): (_, (Versioned<Patient>, Vec<Versioned<Coverage>>))| {
        let coverages = coverages.into_iter().map(|c| c.value).collect();
        (Booked { appointment, version, lane, since, patient: patient.value, coverages, charged }, changes)
    };
    Ok(whole.cut(join, &all))
}

fn read_charged(row: &Row) -> Result<Option<(VisitId, Stage)>> {
    let Some(visit) = row.get("visit_id")? else { return Ok(None) };
    Ok(Some((visit, row.parse("stage", |text| Stage::parse(text).ok_or(()))?)))
}

fn read_change(row: &Row) -> Result<Change> {
    let appointment = decode::<Appointment>(row, KIND)?.value;
    Ok(Change { at: row.get("at")?, actor: row.get("actor")?, reason: row.get("reason")?, appointment })
}

/// The visits of a local day at a location, by time. The grant is one for lists. A visit of a patient whom the reader may not
/// see is left out here and is in [`busy`].
pub fn day(tx: &mut Tx, grant: &Grant, day: Date, location: &LocationId) -> Result<Phi<Vec<Booked>>> {
    let visits = tx.query(
        sql!(
            "SELECT a.id AS id, a.version AS version, a.body AS body, a.checksum AS checksum, lane, since,
                    visit.id AS visit_id, stage
             FROM appointment a LEFT JOIN visit ON visit.appointment_id = a.id
             WHERE day = $1 AND location_id = $2 ORDER BY starts_at, lane, a.id"
        ),
        params![day, location],
    )?;
    let patients = tx.query(
        sql!(
            "SELECT id, version, body, checksum, restricted, circle, denied FROM patient
             WHERE id IN (SELECT patient_id FROM appointment WHERE day = $1 AND location_id = $2)"
        ),
        params![day, location],
    )?;
    let coverages = tx.query(
        sql!(
            "SELECT id, version, body, checksum FROM coverage
             WHERE patient_id IN (SELECT patient_id FROM appointment WHERE day = $1 AND location_id = $2) ORDER BY id"
        ),
        params![day, location],
    )?;
    let mut shown = std::collections::BTreeMap::new();
    for row in &patients {
        let subject = read_subject(row)?;
        if grant.may_list(subject.restricted, &subject.circle, &subject.denied) {
            shown.insert(subject.id, (decode::<Patient>(row, "patient")?.value, Vec::new()));
        }
    }
    for row in &coverages {
        let coverage = decode::<Coverage>(row, "coverage")?.value;
        if let Some((_, list)) = shown.get_mut(&coverage.patient) {
            list.push(coverage);
        }
    }
    let mut booked = Vec::with_capacity(visits.len());
    for row in &visits {
        let Versioned { value: appointment, version } = decode::<Appointment>(row, KIND)?;
        if let Some((patient, coverages)) = shown.get(&appointment.patient).cloned() {
            let (lane, since, charged) = (row.get("lane")?, row.get("since")?, read_charged(row)?);
            booked.push(Booked { appointment, version, lane, since, patient, coverages, charged });
        }
    }
    let subjects: Vec<PatientId> = booked.iter().map(|b| b.patient.id.clone()).collect();
    let groups = [FieldGroup::Identity, FieldGroup::Contact, FieldGroup::Guardians, FieldGroup::Coverage]
        .map(FieldGroup::as_str);
    let visit = [FieldGroup::Appointments, FieldGroup::VisitReason].map(FieldGroup::as_str);
    Ok(Phi::new(booked, subjects, groups.into_iter().chain(visit)))
}

/// The latest appointments of the patient that the grant names, those to come first.
pub fn of_patient(tx: &mut Tx, grant: &Grant, limit: u32) -> Result<Phi<Vec<Seen>>> {
    let patient = grant.patient().ok_or(Error::NotFound("patient"))?;
    let rows = tx.query(
        sql!(
            "SELECT a.id AS id, a.version AS version, a.body AS body, a.checksum AS checksum,
                    visit.id AS visit_id, stage
             FROM appointment a LEFT JOIN visit ON visit.appointment_id = a.id
             WHERE a.patient_id = $1 ORDER BY starts_at DESC, a.id LIMIT $2"
        ),
        params![patient, i64::from(limit)],
    )?;
    let read = |row: &Row| Ok((decode::<Appointment>(row, KIND)?.value, read_charged(row)?));
    let all = rows.iter().map(read).collect::<Result<_>>()?;
    let groups = [FieldGroup::Appointments, FieldGroup::VisitReason].map(FieldGroup::as_str);
    Ok(Phi::new(all, [patient.clone()], groups))
}

/// The time that is taken from `from` to before `to`, local days, at every location.
pub fn busy(tx: &mut Tx, from: Date, to: Date) -> Result<Vec<Busy>> {
    let rows = tx.query(
        sql!(
            "SELECT id, provider_id, location_id, starts_at, ends_at FROM appointment
             WHERE day >= $1 AND day < $2 AND status NOT IN ('no_show', 'cancelled') ORDER BY starts_at, id"
        ),
        params![from, to],
    )?;
    let read = |row: &Row| {
        Ok(Busy {
            id: row.get("id")?,
            provider: row.get("provider_id")?,
            location: row.get("location_id")?,
            from: row.get("starts_at")?,
            to: row.get("ends_at")?,
        })
    };
    rows.iter().map(read).collect()
}

/// How many visits of a day stand where, at every location, how many of them since before `long_before`, and how many should
/// have begun. It names nobody; the grant is one for lists.
pub fn counts(
    tx: &mut Tx,
    _grant: &Grant,
    day: Date,
    now: Instant,
    long_before: Instant,
) -> Result<Phi<Vec<StatusCount>>> {
    let rows = tx.query(
        sql!(
            "SELECT status, CAST(count(*) AS BIGINT) AS visits,
                    CAST(sum(CASE WHEN since < $2 THEN 1 ELSE 0 END) AS BIGINT) AS long,
                    CAST(sum(CASE WHEN starts_at < $3 THEN 1 ELSE 0 END) AS BIGINT) AS late
             FROM appointment WHERE day = $1 GROUP BY status ORDER BY status"
        ),
        params![day, long_before, now],
    )?;
    let read = |row: &Row| {
        let status = row.parse("status", |text| Status::parse(text).ok_or(()))?;
        Ok(StatusCount { status, visits: row.get("visits")?, long: row.get("long")?, late: row.get("late")? })
    };
    let counts = rows.iter().map(read).collect::<Result<_>>()?;
    Ok(Phi::new(counts, [], [FieldGroup::Appointments.as_str()]))
}

/// Books a visit, or says why not. A grant for [`Action::ScheduleOverbook`] goes over a taken time when a reason is given.
pub fn book(
    tx: &mut Tx,
    grant: &Grant,
    new: &Appointment,
    location: &Location,
    stamp: &Stamp,
) -> Result<Result<(), BookingRefusal>> {
    let may_overbook = may_write(grant, new)?;
    let lane = match free_lane(tx, new, location, may_overbook)? {
        Ok(lane) => lane,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let encoded = keep(tx, KIND, new.id.as_str(), 1, new, stamp)?;
    let now = tx.now();
    tx.execute(
        sql!(
            "INSERT INTO appointment (id, patient_id, provider_id, location_id, day, starts_at, ends_at, status, since, lane,
                                      version, body, checksum)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $11, $12)"
        ),
        params![
            new.id,
            new.patient,
            new.provider,
            new.location,
            new.date(),
            new.at,
            new.ends(),
            new.status.as_str(),
            now,
            lane,
            encoded.body,
            encoded.checksum
        ],
    )?;
    take(tx, new, lane)?;
    Ok(Ok(()))
}

/// Moves version `version` of a visit to the time and provider that `new` says, or says why not.
pub fn reschedule(
    tx: &mut Tx,
    grant: &Grant,
    new: &Appointment,
    version: i64,
    location: &Location,
    stamp: &Stamp,
) -> Result<Result<(), BookingRefusal>> {
    let may_overbook = may_write(grant, new)?;
    match free_lane(tx, new, location, may_overbook)? {
        Ok(lane) => {
            release(tx, &new.id)?;
            write(tx, new, version, lane, stamp)?;
            take(tx, new, lane)?;
            Ok(Ok(()))
        }
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// Takes a step with version `version` of a visit, and returns the visit as it then is. One that gives its time back, and one
/// that takes it again, does so here; when the time is gone meanwhile, the step is refused.
pub fn step(
    tx: &mut Tx,
    grant: &Grant,
    id: &AppointmentId,
    version: i64,
    step: Step,
    stamp: &Stamp,
) -> Result<Appointment> {
    let row =
        tx.query_opt(sql!("SELECT id, version, body, checksum, lane FROM appointment WHERE id = $1"), params![id])?;
    let row = row.ok_or(Error::NotFound(KIND))?;
    let Versioned { value: mut visit, version: current } = decode::<Appointment>(&row, KIND)?;
    let _ = may_write(grant, &visit)?;
    if current != version {
        return Err(Error::Stale("visit"));
    }
    let held = visit.status.takes_time();
    visit.step(step).map_err(|e| Error::Refused(e.to_string()))?;
    let mut lane: i64 = row.get("lane")?;
    if held && !visit.status.takes_time() {
        release(tx, id)?;
    }
    if !held && visit.status.takes_time() {
        let overlapping = overlapping(tx, &visit)?;
        // What was overbooked with permission stays so; nothing else goes over a time that is taken by now.
        if !overlapping.is_empty() && visit.overbook_reason.is_none() {
            return Err(Error::Refused("its time is taken by now: move the visit to a free one".to_owned()));
        }
        lane = lowest_free(&overlapping)?;
        take(tx, &visit, lane)?;
    }
    write(tx, &visit, version, lane, stamp)?;
    Ok(visit)
}

/// Whether the grant lets somebody change this patient's visits at all, and whether it goes over taken times.
fn may_write(grant: &Grant, visit: &Appointment) -> Result<bool> {
    let action = grant.action();
    if !matches!(action, Action::ScheduleEdit | Action::ScheduleOverbook) || !grant.covers(&visit.patient) {
        return Err(Error::NotFound(KIND));
    }
    Ok(action == Action::ScheduleOverbook)
}

/// Writes the next version of a visit.
fn write(tx: &mut Tx, visit: &Appointment, version: i64, lane: i64, stamp: &Stamp) -> Result<()> {
    let next = version + 1;
    let now = tx.now();
    // Asked first: a stale version would only be a conflict in the key of the versions.
    let found =
        tx.query_opt(sql!("SELECT id FROM appointment WHERE id = $1 AND version = $2"), params![visit.id, version])?;
    if found.is_none() {
        return Err(Error::Stale("visit"));
    }
    let encoded = keep(tx, KIND, visit.id.as_str(), next, visit, stamp)?;
    let changed = tx.execute(
        sql!(
            "UPDATE appointment SET provider_id = $2, location_id = $3, day = $4, starts_at = $5, ends_at = $6,
                    since = CASE WHEN status = $7 THEN since ELSE $8 END, status = $7, lane = $9, version = $10,
                    body = $11, checksum = $12
             WHERE id = $1 AND version = $13"
        ),
        params![
            visit.id,
            visit.provider,
            visit.location,
            visit.date(),
            visit.at,
            visit.ends(),
            visit.status.as_str(),
            now,
            lane,
            next,
            encoded.body,
            encoded.checksum,
            version
        ],
    )?;
    hit(changed, "visit")
}
