//! The time that visits hold: a row for each piece of five minutes, under a unique key, in lanes.

use domain::id::AppointmentId;
use domain::place::Location;
use domain::schedule::{Appointment, BookingRefusal, GRAIN, LONGEST, judge_booking};

use super::KIND;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::record::decode;
use crate::{params, sql};

/// Lanes of one time: the visit itself and at most three overbooked beside it.
const LANES: i64 = 4;

/// The lane that a visit may take.
pub(super) fn free_lane(
    tx: &mut Tx,
    wanted: &Appointment,
    location: &Location,
    may_overbook: bool,
) -> Result<Result<i64, BookingRefusal>> {
    let others = overlapping(tx, wanted)?;
    let booked: Vec<Appointment> = others.iter().map(|(visit, _)| visit.clone()).collect();
    match judge_booking(wanted, &booked, location, may_overbook) {
        Ok(()) => lowest_free(&others).map(Ok),
        Err(refusal) => Ok(Err(refusal)),
    }
}

pub(super) fn lowest_free(others: &[(Appointment, i64)]) -> Result<i64> {
    (0..LANES).find(|lane| others.iter().all(|(_, taken)| taken != lane)).ok_or_else(|| {
        Error::Refused(format!("this time holds {LANES} visits already, and no more: choose another time"))
    })
}

/// The other visits that hold this provider's time, each with its lane.
pub(super) fn overlapping(tx: &mut Tx, visit: &Appointment) -> Result<Vec<(Appointment, i64)>> {
    // No visit is longer than this, so none that began earlier reaches into this one.
    let earliest = visit.at.plus_seconds(-60 * i64::from(LONGEST));
    let rows = tx.query(
        sql!(
            "SELECT id, version, body, checksum, lane FROM appointment
             WHERE provider_id = $1 AND starts_at >= $2 AND starts_at < $3 AND ends_at > $4 AND id <> $5
               AND status NOT IN ('no_show', 'cancelled') ORDER BY starts_at, id"
        ),
        params![visit.provider, earliest, visit.ends(), visit.at, visit.id],
    )?;
    rows.iter().map(|row| Ok((decode::<Appointment>(row, KIND)?.value, row.get("lane")?))).collect()
}

/// Holds the visit's time: a row for each piece, in one statement. The unique key refuses what somebody else holds.
pub(super) fn take(tx: &mut Tx, visit: &Appointment, lane: i64) -> Result<()> {
    let piece = i64::from(GRAIN) * 60_000_000;
    if visit.at.micros() % piece != 0
        || visit.minutes == 0
        || !visit.minutes.is_multiple_of(GRAIN)
        || visit.minutes > LONGEST
    {
        return Err(Error::Refused(format!("a visit starts on a mark of {GRAIN} minutes and lasts a multiple of it")));
    }
    let taken = tx.execute(
        sql!(
            "INSERT INTO appointment_slot (provider_id, at, lane, appointment_id)
             WITH RECURSIVE piece (at) AS (
                 SELECT CAST($2 AS BIGINT)
                 UNION ALL SELECT at + CAST($6 AS BIGINT) FROM piece WHERE at + CAST($6 AS BIGINT) < CAST($3 AS BIGINT)
             )
             SELECT CAST($1 AS TEXT), at, CAST($4 AS BIGINT), CAST($5 AS TEXT) FROM piece"
        ),
        params![visit.provider, visit.at, visit.ends(), lane, visit.id, piece],
    );
    match taken {
        Err(Error::Constraint(_)) => Err(Error::Refused(BookingRefusal::Taken(visit.id.clone()).to_string())),
        done => done.map(|_| ()),
    }
}

/// Gives the visit's time back.
pub(super) fn release(tx: &mut Tx, id: &AppointmentId) -> Result<()> {
    tx.execute(sql!("DELETE FROM appointment_slot WHERE appointment_id = $1"), params![id])?;
    Ok(())
}
