//! Wall clocks and instants. Twice a year a local time is missing or comes twice; neither is guessed at.

use jiff::civil::DateTime;
use jiff::tz::AmbiguousOffset;

use crate::access::names;
use crate::clock::Instant;
use crate::place::Zone;
use serde::{Deserialize, Serialize};
use std::fmt;

names! {
    /// Which of two equal wall-clock times is meant, on the night the clocks go back.
    Fold {
        /// The first, still in daylight saving time.
        Earlier = "earlier", "The first time";
        /// The second, in standard time.
        Later = "later", "The second time";
    }
}

/// A local time that is no one instant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WallError {
    /// The clocks jump over it.
    #[error("`{0}` does not exist in {1}: the clocks go forward over it, choose an hour later")]
    Missing(DateTime, String),
    /// The clocks show it twice.
    #[error("`{0}` comes twice in {1}: the clocks go back, choose the first or the second")]
    Twice(DateTime, String),
    /// Beyond the calendar that we keep.
    #[error("`{0}` is too far away")]
    OutOfRange(DateTime),
}

/// The instant of a wall-clock time. A time in a gap is refused; one that comes twice needs `fold`.
pub fn resolve(local: DateTime, zone: &Zone, fold: Option<Fold>) -> Result<Instant, WallError> {
    let ambiguous = zone.rules().to_ambiguous_timestamp(local);
    let instant = match (ambiguous.offset(), fold) {
        (AmbiguousOffset::Unambiguous { .. }, _) => ambiguous.unambiguous(),
        (AmbiguousOffset::Fold { .. }, Some(Fold::Earlier)) => ambiguous.earlier(),
        (AmbiguousOffset::Fold { .. }, Some(Fold::Later)) => ambiguous.later(),
        (AmbiguousOffset::Fold { .. }, None) => return Err(WallError::Twice(local, zone.to_string())),
        (AmbiguousOffset::Gap { .. }, _) => return Err(WallError::Missing(local, zone.to_string())),
    };
    instant.map(Instant::from).map_err(|_| WallError::OutOfRange(local))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn check(local: DateTime, zone: &str, fold: Option<Fold>, expect: &str) {
        let zone = Zone::parse(zone).unwrap();
        let shown = resolve(local, &zone, fold).map_or_else(|e| e.to_string(), |i| i.to_string());
        assert!(shown.starts_with(expect), "{shown}");
        if let Ok(instant) = resolve(local, &zone, fold) {
            assert_eq!(zone.local(instant), local, "and back");
        }
    }

    #[test]
    fn the_clocks_change() {
        let chicago = "America/Chicago";
        check(date(2026, 7, 1).at(9, 0, 0, 0), chicago, None, "2026-07-01T14:00:00Z");
        check(date(2026, 3, 8).at(2, 30, 0, 0), chicago, None, "`2026-03-08T02:30:00` does not exist");
        check(date(2026, 3, 8).at(2, 30, 0, 0), chicago, Some(Fold::Later), "`2026-03-08T02:30:00` does not exist");
        check(date(2026, 11, 1).at(1, 30, 0, 0), chicago, None, "`2026-11-01T01:30:00` comes twice");
        check(date(2026, 11, 1).at(1, 30, 0, 0), chicago, Some(Fold::Earlier), "2026-11-01T06:30:00Z");
        check(date(2026, 11, 1).at(1, 30, 0, 0), chicago, Some(Fold::Later), "2026-11-01T07:30:00Z");
        check(date(2026, 11, 1).at(1, 30, 0, 0), "America/Phoenix", None, "2026-11-01T08:30:00Z");
    }
}
