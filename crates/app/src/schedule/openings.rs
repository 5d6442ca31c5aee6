//! The first openings that fit. They name nobody: free time is not about a patient.

use domain::Instant;
use domain::id::ProviderId;
use domain::place::{Location, Provider};
use domain::schedule::{GRAIN, Slot, open_slots, spread};
use jiff::ToSpan as _;
use jiff::civil::Date;
use store::Tx;
use store::schedule::Busy;

use super::after;

/// How many are offered.
const OFFERED: usize = 5;
/// How far ahead they are looked for, in weeks.
const WEEKS: usize = 12;

/// A time that would fit.
#[derive(Clone, Debug)]
pub struct Opening {
    /// With whom.
    pub provider: ProviderId,
    /// When.
    pub slot: Slot,
}

/// What is looked for.
pub(super) struct Wish<'a> {
    /// With whom; with anybody when nothing is said.
    pub(super) provider: Option<&'a ProviderId>,
    /// How long, in minutes.
    pub(super) minutes: u16,
    /// From this local day on.
    pub(super) from: Date,
    /// The instant now: nothing before it is offered.
    pub(super) now: Instant,
}

/// The first openings that fit.
pub(super) fn openings(
    tx: &mut Tx,
    location: &Location,
    providers: &[Provider],
    wish: &Wish<'_>,
) -> store::Result<Vec<Opening>> {
    let Wish { provider: wanted, minutes, from, now } = *wish;
    let who: Vec<&ProviderId> = providers.iter().map(|p| &p.id).filter(|id| wanted.is_none_or(|w| w == *id)).collect();
    let mut found = Vec::new();
    let mut day = from.max(location.zone.date(now));
    for _ in 0..WEEKS {
        let Ok(end) = day.checked_add(7.days()) else { break };
        let busy = store::schedule::busy(tx, day, end)?;
        while day < end {
            found.extend(who.iter().flat_map(|id| of_day(location, id, &busy, day, minutes, now)));
            if found.len() >= OFFERED {
                found.sort_by_key(|o: &Opening| o.slot.at);
                found.truncate(OFFERED);
                return Ok(found);
            }
            day = after(day);
        }
    }
    found.sort_by_key(|o| o.slot.at);
    Ok(found)
}

fn of_day(location: &Location, id: &ProviderId, busy: &[Busy], day: Date, minutes: u16, now: Instant) -> Vec<Opening> {
    let taken: Vec<_> = busy.iter().filter(|b| b.provider == *id).map(|b| (b.from, b.to)).collect();
    let slots = open_slots(day, &location.zone, &location.hours, &taken, minutes, GRAIN);
    spread(&slots, minutes, now).into_iter().map(|slot| Opening { provider: id.clone(), slot }).collect()
}
