//! The booking form, and whether a visit may take a time.

use jiff::civil::{DateTime, Time};
use serde::{Deserialize, Serialize};

use super::wall::{Fold, resolve};
use super::{Appointment, Status, VisitKind};
use crate::clock::Instant;
use crate::form::{Faults, FieldFault, parse_date, parse_line, parse_time};
use crate::id::{AppointmentId, PatientId, ProviderId};
use crate::place::Location;

/// The longest visit, in minutes.
pub const LONGEST: u16 = 480;
/// Visits start on a mark of so many minutes and last a multiple of it: the store takes time in pieces of this length.
pub const GRAIN: u16 = 5;

/// The form as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BookingForm {
    /// The patient's id.
    pub patient: String,
    /// The provider's id.
    pub provider: String,
    /// Local date.
    pub date: String,
    /// Local time.
    pub time: String,
    /// Which of two equal times, on the night the clocks go back; else blank.
    pub fold: String,
    /// Minutes; blank means what is usual for the kind.
    pub minutes: String,
    /// A stored name of [`VisitKind`].
    pub kind: String,
    /// Why the patient comes.
    pub reason: String,
    /// Why it may go over a taken time.
    pub overbook_reason: String,
}

/// What a good form says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookingDraft {
    /// Who comes.
    pub patient: PatientId,
    /// To whom.
    pub provider: ProviderId,
    /// Local date and time.
    pub start: DateTime,
    /// The instant.
    pub at: Instant,
    /// Minutes.
    pub minutes: u16,
    /// What kind.
    pub kind: VisitKind,
    /// Why.
    pub reason: Option<String>,
    /// Why over a taken time.
    pub overbook_reason: Option<String>,
}

impl BookingDraft {
    /// The appointment at a location.
    pub fn into_appointment(self, id: AppointmentId, location: &Location) -> Appointment {
        let Self { patient, provider, start, at, minutes, kind, reason, overbook_reason } = self;
        let (status, zone, location) = (Status::Scheduled, location.zone.clone(), location.id.clone());
        Appointment { id, patient, provider, location, start, zone, at, minutes, kind, status, reason, overbook_reason }
    }
}

impl BookingForm {
    /// Reads the form for a location. A time that the clocks jump over is a fault, and so is one that comes twice while
    /// `fold` is blank.
    pub fn read(&self, location: &Location) -> Result<BookingDraft, Vec<FieldFault>> {
        let mut faults = Faults::new();
        let choose = |what: &str| format!("choose the {what}");
        let patient = faults.take("patient", PatientId::parse(self.patient.trim()).map_err(|_| choose("patient")));
        let provider =
            faults.take("provider", ProviderId::parse(self.provider.trim()).map_err(|_| choose("clinician")));
        let date = faults.take("date", parse_date(&self.date));
        let time = faults.take("time", parse_time(&self.time).map_err(|e| e.to_string()).and_then(on_the_grain));
        let kind = faults.take("kind", VisitKind::parse(self.kind.trim()).ok_or_else(|| choose("kind of visit")));
        let minutes = match faults.optional("minutes", &self.minutes, parse_minutes) {
            None if self.minutes.trim().is_empty() => kind.map(VisitKind::minutes),
            minutes => minutes,
        };
        let reason = faults.optional("reason", &self.reason, |t| parse_line(t, 200));
        let overbook_reason = faults.optional("overbook_reason", &self.overbook_reason, |t| parse_line(t, 200));
        let start = date.zip(time).map(|(date, time)| date.to_datetime(time));
        let fold = Fold::parse(self.fold.trim());
        let at = start.and_then(|start| faults.take("time", resolve(start, &location.zone, fold)));
        let draft = match (patient, provider, start.zip(at), minutes, kind) {
            (Some(patient), Some(provider), Some((start, at)), Some(minutes), Some(kind)) => {
                Some(BookingDraft { patient, provider, start, at, minutes, kind, reason, overbook_reason })
            }
            _ => None,
        };
        faults.finish(draft)
    }
}

fn parse_minutes(text: &str) -> Result<u16, String> {
    match text.parse() {
        Ok(minutes) if (GRAIN..=LONGEST).contains(&minutes) && minutes % GRAIN == 0 => Ok(minutes),
        _ => Err(format!("write how many minutes, from {GRAIN} to {LONGEST} in steps of {GRAIN}")),
    }
}

/// The time, when it lies on a mark of [`GRAIN`] minutes.
pub(super) fn on_the_grain(time: Time) -> Result<Time, String> {
    let off = i16::from(time.minute()) % i16::try_from(GRAIN).unwrap_or(1) != 0 || time.second() != 0;
    if off { Err(format!("visits start every {GRAIN} minutes: choose the time before or after")) } else { Ok(time) }
}

/// Why a visit may not take its time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BookingRefusal {
    /// Another visit has it. The message names nobody: the reader may not be allowed to know.
    #[error("this time is taken: choose another")]
    Taken(AppointmentId),
    /// It is taken, a reason is given, and the account may not overbook.
    #[error("this time is taken, and your role does not overbook: choose another")]
    MayNotOverbook(AppointmentId),
    /// Not within opening hours, and no reason is given.
    #[error("the practice is closed then: choose a time within its hours")]
    Closed,
}

/// Judges a booking against what is booked. The store calls it inside the transaction that writes, so that two people cannot
/// both be told yes.
pub fn judge_booking(
    wanted: &Appointment,
    booked: &[Appointment],
    location: &Location,
    may_overbook: bool,
) -> Result<(), BookingRefusal> {
    let reason = wanted.overbook_reason.is_some();
    let overbooks = wanted.overbook_reason.is_some() && may_overbook;
    if !overbooks && !location.hours.admit(wanted.start, wanted.minutes) {
        return Err(BookingRefusal::Closed);
    }
    match booked.iter().find(|other| wanted.overlaps(other)) {
        None => Ok(()),
        Some(_) if overbooks => Ok(()),
        Some(other) if reason => Err(BookingRefusal::MayNotOverbook(other.id.clone())),
        Some(other) => Err(BookingRefusal::Taken(other.id.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::LocationId;
    use crate::place::{Address, AddressParts, PlaceOfService, Zone};
    use crate::schedule::{Hours, Step};

    const ID: &str = "01890000-0000-7000-8000-000000000001";

    fn location() -> Location {
        let parts = AddressParts { line1: "1 Elm", line2: "", city: "Peoria", state: "IL", zip: "61602" };
        Location {
            id: LocationId::parse(ID).unwrap(),
            name: "Main".to_owned(),
            zone: Zone::parse("America/Chicago").unwrap(),
            address: Address::read("", parts, &mut Faults::new()).unwrap(),
            place_of_service: PlaceOfService::office(),
            npi: None,
            hours: Hours::default(),
        }
    }

    fn form(time: &str) -> BookingForm {
        let t = str::to_owned;
        BookingForm {
            patient: t(ID),
            provider: t(ID),
            date: t("3/2/2026"),
            time: t(time),
            kind: t("follow_up"),
            ..BookingForm::default()
        }
    }

    fn booked(n: u8, time: &str, reason: &str) -> Appointment {
        let form = BookingForm { overbook_reason: reason.to_owned(), ..form(time) };
        let id = AppointmentId::parse(&format!("01890000-0000-7000-8000-0000000000{n:02}")).unwrap();
        form.read(&location()).unwrap().into_appointment(id, &location())
    }

    fn check(wanted: &Appointment, others: &[Appointment], may: bool, expect: Option<&str>) {
        let refusal = judge_booking(wanted, others, &location(), may).err().map(|e| e.to_string());
        match expect {
            Some(words) => assert!(refusal.as_deref().unwrap_or_default().contains(words), "{refusal:?}"),
            None => assert_eq!(refusal, None),
        }
    }

    #[test]
    fn one_time_one_visit() {
        let nine = booked(1, "9:00", "");
        check(&booked(2, "9:20", ""), std::slice::from_ref(&nine), false, None);
        check(&booked(2, "9:15", ""), std::slice::from_ref(&nine), true, Some("is taken: choose"));
        check(&booked(2, "9:15", "urgent"), std::slice::from_ref(&nine), false, Some("does not overbook"));
        check(&booked(2, "9:15", "urgent"), std::slice::from_ref(&nine), true, None);
        check(&nine, std::slice::from_ref(&nine), false, None);
        let mut gone = nine;
        gone.step(Step::Cancel).unwrap();
        check(&booked(2, "9:00", ""), &[gone], false, None);
        check(&booked(2, "6:00 PM", ""), &[], true, Some("closed"));
    }

    #[test]
    fn faults_by_field() {
        let named = |form: BookingForm| -> Vec<String> {
            form.read(&location()).err().unwrap_or_default().into_iter().map(|f| f.field).collect()
        };
        assert_eq!(named(BookingForm::default()), ["patient", "provider", "date", "time", "kind"]);
        assert_eq!(named(BookingForm { minutes: "2".into(), ..form("9:00") }), ["minutes"]);
        assert_eq!(named(BookingForm { minutes: "12".into(), ..form("9:02") }), ["time", "minutes"]);
        assert_eq!(named(BookingForm { date: "3/8/2026".into(), ..form("2:30 AM") }), ["time"]);
        assert_eq!(named(BookingForm { date: "11/1/2026".into(), ..form("1:30 AM") }), ["time"]);
        assert!(named(BookingForm { date: "11/1/2026".into(), fold: "later".into(), ..form("1:30 AM") }).is_empty());
    }
}
