//! The home page: how many visits of today stand where, and how many wait for charges. Counts are a disclosure too, so they
//! have their events.

use domain::access::{Action, ResourceKind};
use domain::audit::Act;
use domain::visit::Stage;
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
    /// Visits on the books by stage; nothing for roles that do not see charges.
    pub charges: Option<Disclosed<Vec<(Stage, u64)>>>,
}

impl App {
    /// The counts of a local day for somebody's home page.
    pub fn today(&self, cx: &Cx, day: Date) -> Result<Today> {
        let _ = self.authorize(cx, Action::HomeView, Resource::Practice)?;
        let sees = |action| self.role_may(cx.role, action, ResourceKind::Practice);
        let visits = sees(Action::ScheduleView).then(|| self.visits_today(cx, day)).transpose()?;
        let charges = sees(Action::ChargeView).then(|| self.charges_waiting(cx)).transpose()?;
        Ok(Today { visits, charges })
    }

    fn visits_today(&self, cx: &Cx, day: Date) -> Result<Disclosed<Vec<StatusCount>>> {
        let now = self.clock.now();
        let long_before = now.plus_seconds(-60 * LONG_WAIT);
        let counts = self.look(
            cx,
            Action::ScheduleView,
            |_| Ok(Resource::Practice),
            |tx, grant| store::schedule::counts(tx, grant, day, now, long_before),
        )?;
        self.disclose_with(cx, self.event(cx, Act::ScheduleViewed).with("day", day).with("as", "counts"), counts)
    }

    fn charges_waiting(&self, cx: &Cx) -> Result<Disclosed<Vec<(Stage, u64)>>> {
        let counts = self.look(cx, Action::ChargeView, |_| Ok(Resource::Practice), store::visit::waiting)?;
        self.disclose_with(cx, self.event(cx, Act::ChargesViewed).with("as", "counts"), counts)
    }
}
