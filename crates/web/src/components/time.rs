//! Dates and times, in a `<time>` that a machine can read too.

use jiff::civil::{Date, Time};
use jiff::{Timestamp, tz::TimeZone};
use maud::{Markup, html};

/// A civil date: `6/9/2026`.
pub fn date(date: Date) -> Markup {
    html! { time datetime=(date) { (date.month()) "/" (date.day()) "/" (date.year()) } }
}

/// A wall-clock time: `2:05 PM`.
pub fn clock(time: Time) -> Markup {
    html! { time datetime=(time.strftime("%H:%M")) { (time.strftime("%-I:%M %p")) } }
}

/// An instant in a location's zone: `6/9/2026, 2:05 PM`; the tooltip names the zone and the seconds.
pub fn instant(at: Timestamp, zone: &TimeZone) -> Markup {
    let local = at.to_zoned(zone.clone());
    html! {
        time datetime=(at) title=(local.strftime("%Y-%m-%d %H:%M:%S %Z")) { (local.strftime("%-m/%-d/%Y, %-I:%M %p")) }
    }
}

/// The same to the second, where the order of things matters: `6/9/2026, 2:05:07 PM`.
pub fn instant_exact(at: Timestamp, zone: &TimeZone) -> Markup {
    let local = at.to_zoned(zone.clone());
    html! {
        time datetime=(at) title=(local.strftime("%Y-%m-%d %H:%M:%S %Z")) { (local.strftime("%-m/%-d/%Y, %-I:%M:%S %p")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_shown_in_its_zone() {
        let at: Timestamp = "2026-06-09T18:05:00Z".parse().unwrap();
        let html = instant(at, &TimeZone::get("America/New_York").unwrap()).into_string();
        assert!(html.contains("datetime=\"2026-06-09T18:05:00Z\""), "{html}");
        assert!(html.contains(">6/9/2026, 2:05 PM<"), "{html}");
        assert!(html.contains("EDT"), "{html}");
    }

    #[test]
    fn noon_and_midnight_read_right() {
        assert!(clock(Time::midnight()).into_string().contains(">12:00 AM<"));
        assert!(clock(Time::constant(12, 0, 0, 0)).into_string().contains(">12:00 PM<"));
        assert!(date(Date::constant(2028, 2, 29)).into_string().contains("datetime=\"2028-02-29\">2/29/2028<"));
    }
}
