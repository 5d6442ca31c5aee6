//! The home page: how many visits of today stand where. Counts are a disclosure too, so they have their event.

use domain::access::{Action, ResourceKind};
use domain::audit::Act;
use jiff::civil::Date;
use store::Disclosed;
use store::schedule::StatusCount;

use super::LONG_WAIT;
use crate::access::Resource;
use crate::{App, Cx, Result};

/// What waits today.
#[derive(Clone)]
pub struct Today {
    /// Today's visits by status; nothing for roles that do not see the schedule.
    pub visits: Option<Disclosed<Vec<StatusCount>>>,
}

impl App {
    /// The counts of a local day for somebody's home page.
    pub fn today(&self, cx: &Cx, day: Date) -> Result<Today> {
        let _ = self.authorize(cx, Action::HomeView, Resource::Practice)?;
        if !self.role_may(cx.role, Action::ScheduleView, ResourceKind::Practice) {
            return Ok(Today { visits: None });
        }
        let long_before = self.clock.now().plus_seconds(-60 * LONG_WAIT);
        let counts = self.look(
            cx,
            Action::ScheduleView,
            |_| Ok(Resource::Practice),
            |tx, grant| store::schedule::counts(tx, grant, day, long_before),
        )?;
        let event = self.event(cx, Act::ScheduleViewed).with("day", day).with("as", "counts");
        Ok(Today { visits: Some(self.disclose_with(cx, event, counts)?) })
    }
}
