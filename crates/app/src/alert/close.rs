//! Say what an alert was, as somebody else than the person whom it is about.

use domain::access::Action;
use domain::alert::{Closed, Finding};
use domain::audit::Act;
use domain::emergency::reason;
use domain::form::{Faults, needed};
use domain::id::AlertId;
use store::alert;

use crate::access::Resource;
use crate::emergency::ReviewForm;
use crate::{App, Cx, Error, Result, stamp};

impl App {
    /// Closes an alert with what was found, in words that the next reader can judge by. The policies see whom it is about.
    pub fn close_alert(&self, cx: &Cx, id: &AlertId, form: &ReviewForm) -> Result<()> {
        let mut faults = Faults::new();
        let finding = faults.take("finding", Finding::parse(&form.finding).ok_or("choose what it was"));
        let words = faults.take("words", needed("words", &form.words, reason));
        let (finding, words) = faults.finish(finding.zip(words)).map_err(Error::Invalid)?;
        let closed = Closed { by: cx.account.clone(), at: self.clock.now(), finding, words };
        let event = self.event(cx, Act::AlertClosed).object("alert", id).with("finding", finding).showing(["alert"]);
        let (stamp, id, whose) = (stamp(cx, finding.label()), id.clone(), id.clone());
        self.change(
            cx,
            Action::AlertReview,
            move |tx| Ok(alert::subject(tx, &whose)?.map_or(Resource::Practice, Resource::Account)),
            move |tx, grant| {
                let done = alert::close(tx, grant, &id, closed.clone(), &stamp)?;
                tx.audit(event.clone().with("rule", done.rule).about(done.patient));
                Ok(())
            },
        )
    }
}
