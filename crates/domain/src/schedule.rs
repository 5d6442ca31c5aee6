//! The schedule: appointments, the states they pass through, and the free times of a day.

mod booking;
mod hours;
mod moving;
mod wall;

use std::fmt;

use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

pub use booking::{BookingDraft, BookingForm, BookingRefusal, GRAIN, LONGEST, judge_booking};
pub use hours::{DayHours, Hours, HoursError, Slot, open_slots, spread};
pub use moving::MoveForm;
pub use wall::{Fold, WallError, resolve};

use crate::access::names;
use crate::clock::Instant;
use crate::id::{AppointmentId, LocationId, PatientId, ProviderId};
use crate::place::Zone;

names! {
    /// What kind of visit is booked.
    VisitKind {
        /// First visit.
        NewPatient = "new_patient", "New patient";
        /// Follow-up.
        FollowUp = "follow_up", "Follow-up";
        /// Yearly examination.
        Annual = "annual", "Annual visit";
        /// Today, for something new.
        SameDay = "same_day", "Same-day visit";
        /// A procedure.
        Procedure = "procedure", "Procedure";
        /// By video.
        Telehealth = "telehealth", "Telehealth";
        /// By a nurse.
        Nurse = "nurse", "Nurse visit";
    }
}

impl VisitKind {
    /// Minutes that are usual for it.
    pub const fn minutes(self) -> u16 {
        match self {
            Self::NewPatient | Self::Annual => 40,
            Self::Procedure => 60,
            Self::FollowUp | Self::SameDay | Self::Telehealth => 20,
            Self::Nurse => 15,
        }
    }
}

names! {
    /// Where an appointment stands.
    Status {
        /// Booked.
        Scheduled = "scheduled", "Scheduled";
        /// The patient said yes.
        Confirmed = "confirmed", "Confirmed";
        /// At the desk.
        Arrived = "arrived", "Arrived";
        /// In a room.
        Roomed = "roomed", "Roomed";
        /// Seen by the clinician.
        Seen = "seen", "Seen";
        /// Gone, and done.
        CheckedOut = "checked_out", "Checked out";
        /// Did not come.
        NoShow = "no_show", "No-show";
        /// Called off.
        Cancelled = "cancelled", "Cancelled";
    }
}

names! {
    /// A step from one status to the next.
    Step {
        /// The patient confirms.
        Confirm = "confirm", "Confirm";
        /// The patient arrives.
        Arrive = "arrive", "Arrive";
        /// The patient is roomed.
        Room = "room", "Room";
        /// The clinician has seen the patient.
        See = "see", "Mark seen";
        /// The patient leaves.
        CheckOut = "check_out", "Check out";
        /// The patient did not come.
        MarkNoShow = "no_show", "No-show";
        /// The visit is called off.
        Cancel = "cancel", "Cancel";
        /// Back to scheduled, after a no-show or an arrival marked by mistake.
        Reopen = "reopen", "Undo";
    }
}

/// A step that the status does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a visit that is `{}` cannot take the step `{}`: reload the schedule, somebody may have moved it on", .status.label(), .step.label())]
pub struct StepRefused {
    /// Where the visit stands.
    pub status: Status,
    /// What was asked.
    pub step: Step,
}

impl Step {
    /// Whether whoever takes it says why.
    pub const fn needs_reason(self) -> bool {
        matches!(self, Self::Cancel)
    }
}

/// The status after a step. The table is closed: what is not here is refused.
pub fn next(status: Status, step: Step) -> Result<Status, StepRefused> {
    use Status as S;
    match (status, step) {
        (S::Scheduled, Step::Confirm) => Ok(S::Confirmed),
        (S::Scheduled | S::Confirmed, Step::Arrive) => Ok(S::Arrived),
        (S::Arrived, Step::Room) => Ok(S::Roomed),
        (S::Roomed, Step::See) => Ok(S::Seen),
        (S::Seen, Step::CheckOut) => Ok(S::CheckedOut),
        (S::Scheduled | S::Confirmed, Step::MarkNoShow) => Ok(S::NoShow),
        (S::Scheduled | S::Confirmed | S::Arrived, Step::Cancel) => Ok(S::Cancelled),
        (S::NoShow | S::Arrived, Step::Reopen) => Ok(S::Scheduled),
        (status, step) => Err(StepRefused { status, step }),
    }
}

impl Status {
    /// The steps that are open from here.
    pub fn steps(self) -> impl Iterator<Item = Step> {
        Step::ALL.iter().copied().filter(move |step| next(self, *step).is_ok())
    }

    /// Whether it keeps its time from others.
    pub const fn takes_time(self) -> bool {
        !matches!(self, Self::NoShow | Self::Cancelled)
    }
}

/// A booked visit. It keeps the wall clock, the zone and the instant: a change of the zone's rules moves the instant and not
/// the time that the patient was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appointment {
    /// Its id.
    pub id: AppointmentId,
    /// Who comes.
    pub patient: PatientId,
    /// To whom.
    pub provider: ProviderId,
    /// Where.
    pub location: LocationId,
    /// Local date and time.
    pub start: DateTime,
    /// The location's zone when it was booked.
    pub zone: Zone,
    /// The instant of `start` in `zone`.
    pub at: Instant,
    /// How long, in minutes.
    pub minutes: u16,
    /// What kind.
    pub kind: VisitKind,
    /// Where it stands.
    pub status: Status,
    /// Why the patient comes.
    pub reason: Option<String>,
    /// Why it was booked over a taken time.
    pub overbook_reason: Option<String>,
}

impl Appointment {
    /// When it ends.
    pub fn ends(&self) -> Instant {
        self.at.plus_seconds(i64::from(self.minutes) * 60)
    }

    /// The local date of service.
    pub fn date(&self) -> Date {
        self.start.date()
    }

    /// Whether both want the same provider at the same time. Touching ends do not overlap; a cancelled visit and a no-show take
    /// no time.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.id != other.id
            && self.provider == other.provider
            && self.status.takes_time()
            && other.status.takes_time()
            && self.at < other.ends()
            && other.at < self.ends()
    }

    /// Takes a step.
    pub fn step(&mut self, step: Step) -> Result<(), StepRefused> {
        self.status = next(self.status, step)?;
        Ok(())
    }
}

impl fmt::Display for Appointment {
    /// When, in words that name no person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.start.strftime("%a %b %-d, %Y %-I:%M %p"), self.zone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(from: Status, steps: &[Step], expect: Result<Status, Step>) {
        let end = steps.iter().try_fold(from, |s, step| next(s, *step));
        assert_eq!(end.map_err(|e| e.step), expect);
    }

    #[test]
    fn a_visit_goes_its_way() {
        use Step::{Arrive, Cancel, CheckOut, Confirm, MarkNoShow, Reopen, Room, See};
        check(Status::Scheduled, &[Confirm, Arrive, Room, See, CheckOut], Ok(Status::CheckedOut));
        check(Status::Scheduled, &[MarkNoShow, Reopen, Arrive], Ok(Status::Arrived));
        check(Status::Scheduled, &[Arrive, Arrive], Err(Arrive));
        check(Status::Scheduled, &[Room], Err(Room));
        check(Status::Roomed, &[Cancel], Err(Cancel));
        check(Status::Cancelled, &[Reopen], Err(Reopen));
    }

    #[test]
    fn what_is_over_stays_over() {
        assert_eq!(Status::CheckedOut.steps().count() + Status::Cancelled.steps().count(), 0);
        for status in Status::ALL {
            assert!(Status::parse(status.as_str()) == Some(*status));
        }
    }
}
