//! The form that moves a visit to another time or clinician.

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use super::booking::on_the_grain;
use super::wall::{Fold, resolve};
use super::{Appointment, Status};
use crate::clock::Instant;
use crate::form::{Faults, FieldFault, parse_date, parse_line, parse_time};
use crate::id::ProviderId;
use crate::place::Location;

/// The form as typed, or as a drag on the day's grid posts it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MoveForm {
    /// The provider's id; blank keeps the one it has.
    pub provider: String,
    /// Local date; blank keeps the day.
    pub date: String,
    /// Local time.
    pub time: String,
    /// Which of two equal times, on the night the clocks go back; else blank.
    pub fold: String,
    /// Why it may go over a taken time.
    pub overbook_reason: String,
}

impl MoveForm {
    /// The visit at its new place. Its location stays: another location is another visit. A visit that has begun, or is over,
    /// does not move.
    pub fn read(&self, old: &Appointment, location: &Location) -> Result<Appointment, Vec<FieldFault>> {
        let mut faults = Faults::new();
        if !matches!(old.status, Status::Scheduled | Status::Confirmed | Status::Arrived) {
            faults.add("time", format!("a visit that is {} does not move", old.status.label().to_lowercase()));
        }
        let provider = match self.provider.trim() {
            "" => Some(old.provider.clone()),
            id => faults.take("provider", ProviderId::parse(id).map_err(|_| "choose the clinician")),
        };
        let date = match self.date.trim() {
            "" => Some(old.start.date()),
            text => faults.take("date", parse_date(text)),
        };
        let time = faults.take("time", parse_time(&self.time).map_err(|e| e.to_string()).and_then(on_the_grain));
        let overbook_reason = faults.optional("overbook_reason", &self.overbook_reason, |t| parse_line(t, 200));
        let fold = Fold::parse(self.fold.trim());
        let start = date.zip(time).map(|(date, time)| date.to_datetime(time));
        let at = start.and_then(|start| faults.take("time", resolve(start, &location.zone, fold)));
        let moved = provider.zip(start.zip(at)).map(|(provider, (start, at))| {
            let zone = location.zone.clone();
            Appointment { provider, start, zone, at, overbook_reason, ..old.clone() }
        });
        faults.finish(moved)
    }
}

/// Where a visit was, in the form that moves it back.
impl From<&Appointment> for MoveForm {
    fn from(old: &Appointment) -> Self {
        Self {
            provider: old.provider.to_string(),
            date: old.start.date().to_string(),
            time: old.start.strftime("%H:%M").to_string(),
            fold: fold_of(old.start, old.at, old).map_or(String::new(), |f| f.as_str().to_owned()),
            overbook_reason: old.overbook_reason.clone().unwrap_or_default(),
        }
    }
}

/// Which of two equal wall-clock times an appointment means; none when there is only one.
fn fold_of(start: DateTime, at: Instant, visit: &Appointment) -> Option<Fold> {
    if resolve(start, &visit.zone, None).is_ok() {
        return None;
    }
    [Fold::Earlier, Fold::Later].into_iter().find(|fold| resolve(start, &visit.zone, Some(*fold)) == Ok(at))
}
