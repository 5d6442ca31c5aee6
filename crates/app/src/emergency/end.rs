//! End emergency access: by hand, or what the clock and the session ended, put into the log.

use domain::access::Action;
use domain::audit::{Act, Event};
use domain::emergency::{Emergency, EndedBy};
use store::emergency;
use store::record::Stamp;

use crate::access::Resource;
use crate::{App, Cx, Result, stamp};

impl App {
    /// Ends what the person has open, now. When nothing is open there is nothing to do.
    pub fn end_emergency(&self, cx: &Cx) -> Result<()> {
        let (me, stamp, event) = (cx.account.clone(), stamp(cx, "ended"), self.event(cx, Act::EmergencyEnded));
        let own = me.clone();
        self.change(
            cx,
            Action::SelfManage,
            move |_| Ok(Resource::Account(own.clone())),
            move |tx, _| {
                for over in emergency::end_account(tx, &me, EndedBy::Person, &stamp)? {
                    tx.audit(ended(event.clone(), &over));
                }
                Ok(())
            },
        )
    }

    /// Puts into the log what the clock or the end of a session ended. Nobody could read since; this is only its record.
    /// Call it every half minute.
    pub fn sweep_emergencies(&self) -> Result<()> {
        if !self.store.read("emergency.to_sweep", emergency::to_sweep)? {
            return Ok(());
        }
        let event = self.system_event(Act::EmergencyEnded, "emergency");
        let stamp = Stamp { actor: event.actor.to_string(), reason: "time is up".to_owned() };
        self.store.write("emergency.sweep", move |tx| {
            for over in emergency::sweep(tx, &stamp)? {
                let mut event = ended(event.clone(), &over).object("account", &over.account);
                event.session = Some(over.session.clone());
                tx.audit(event);
            }
            Ok(())
        })?;
        Ok(())
    }
}

/// The event of an end, with when and by what.
pub(super) fn ended(event: Event, over: &Emergency) -> Event {
    let event = event.about([over.patient.clone()]).showing(["emergency"]).with("emergency", &over.id);
    match &over.ended {
        Some(ended) => event.with("at", ended.at).with("by", ended.by),
        None => event,
    }
}
