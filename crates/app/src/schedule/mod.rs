//! The schedule: a day, a visit, booking, moving, the steps of a visit, and the counts on the home page.

mod book;
mod change;
mod day;
mod open;
mod openings;
mod today;

pub use book::BookingPage;
pub use change::Moved;
pub use day::{Day, DayVisit, ProviderDay, Taken, ToCharge, VisitPatient};
pub use open::{HistoryLine, VisitPage};
pub use openings::Opening;
pub use store::schedule::StatusCount;
pub use today::Today;

use domain::id::LocationId;
use domain::patient::{FieldGroup, Patient};
use domain::place::{Location, Provider};
use jiff::civil::Date;
use store::Tx;

/// After so many minutes an arrived patient has waited too long.
pub const LONG_WAIT: i64 = 15;

/// The practice's locations, and the one that is asked for or else the first.
pub(crate) fn locations(tx: &mut Tx, wanted: Option<&LocationId>) -> store::Result<(Vec<Location>, Location)> {
    let all: Vec<Location> = store::directory::all::<Location>(tx)?.into_iter().map(|l| l.value).collect();
    let found = match wanted {
        Some(id) => all.iter().find(|l| l.id == *id).cloned().ok_or(store::Error::NotFound("location"))?,
        None => all.first().cloned().ok_or_else(|| {
            store::Error::Refused("the practice has no location yet: add one under Settings".to_owned())
        })?,
    };
    Ok((all, found))
}

pub(crate) fn providers(tx: &mut Tx) -> store::Result<Vec<Provider>> {
    Ok(store::directory::all::<Provider>(tx)?.into_iter().map(|p| p.value).collect())
}

/// The day after; the last day that there is has none, and stands for itself.
fn after(day: Date) -> Date {
    day.tomorrow().unwrap_or(day)
}

/// What the schedule says of a patient. The telephone only where a page is about one visit.
fn who(patient: Patient, contact: bool) -> VisitPatient {
    let Patient { id, mrn, name, birth_date, phone, .. } = patient;
    VisitPatient { id, mrn, name, birth_date, phone: phone.filter(|_| contact) }
}

/// Those of the groups that a page shows, of those that the reader's role may see.
fn keep(granted: &[FieldGroup], shown: &[FieldGroup]) -> Vec<&'static str> {
    granted.iter().filter(|g| shown.contains(g)).map(|g| g.as_str()).collect()
}
