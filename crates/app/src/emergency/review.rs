//! Look at one use afterwards: why it was, what was looked at meanwhile, and was it right?

use domain::access::Action;
use domain::audit::Act;
use domain::emergency::{Emergency, Finding, Review, State};
use domain::form::{Faults, needed, parse_line};
use domain::id::{EmergencyId, PatientId};
use domain::patient::Patient;
use serde::{Deserialize, Serialize};
use store::audit::read::Entry;
use store::{Disclosed, emergency};

use super::list::{EmergencyRow, KEEP, View};
use crate::access::Resource;
use crate::account::who;
use crate::audit::{LogLine, in_lines};
use crate::{App, Cx, Error, Result, stamp};

/// One use with what was done in it.
#[derive(Clone, Debug)]
pub struct EmergencyPage {
    /// The use.
    pub row: EmergencyRow,
    /// Who reviewed it, when somebody has.
    pub reviewer: String,
    /// What the person did with this record meanwhile, oldest first.
    pub looked: Vec<LogLine>,
    /// Whether this person may decide about it now.
    pub may_review: bool,
}

/// What the form of a review holds.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ReviewForm {
    /// The stored name of a finding.
    pub finding: String,
    /// Why.
    pub words: String,
}

impl App {
    /// One use, with the events of its time.
    pub fn emergency(&self, cx: &Cx, id: &EmergencyId) -> Result<Disclosed<EmergencyPage>> {
        self.sweep_emergencies()?;
        let log = self.store.log().clone();
        let (now, me) = (self.clock.now(), cx.account.clone());
        let page = self.look(
            cx,
            Action::EmergencyReview,
            |_| Ok(Resource::Practice),
            |tx, grant| {
                let found = emergency::open(&log, tx, grant, id)?;
                let people = who(tx)?;
                let both = self.with_patients(cx, tx, found, &KEEP)?;
                let cut = |((found, events), patients): ((Emergency, Vec<Entry>), Vec<Patient>)| {
                    let looked = in_lines(events, &people, &patients);
                    let view = View { people, patients, now };
                    let reviewer = found.review.as_ref().map(|r| view.name(&r.by)).unwrap_or_default();
                    let row = view.row(found);
                    let open = matches!(row.state, State::Waiting | State::Overdue);
                    let may_review = open && row.emergency.account != me;
                    EmergencyPage { row, reviewer, looked, may_review }
                };
                Ok(both.cut(cut, &KEEP))
            },
        )?;
        self.disclose_with(cx, self.event(cx, Act::EmergencyViewed).with("emergency", id), page)
    }

    /// Decides about a use, as somebody else than the person who used it. The policies see whose it is.
    pub fn review_emergency(&self, cx: &Cx, id: &EmergencyId, form: &ReviewForm) -> Result<()> {
        let mut faults = Faults::new();
        let finding = faults.take("finding", Finding::parse(&form.finding).ok_or("choose whether it was right"));
        let words = faults.take("words", needed("words", &form.words, |text| parse_line(text, 500)));
        let (finding, words) = faults.finish(finding.zip(words)).map_err(Error::Invalid)?;
        let review = Review { by: cx.account.clone(), at: self.clock.now(), finding, words };
        let event = self.event(cx, Act::EmergencyReviewed).showing(["emergency"]);
        let event = event.with("emergency", id).with("finding", finding);
        let (stamp, id, whose) = (stamp(cx, finding.label()), id.clone(), id.clone());
        self.change(
            cx,
            Action::EmergencyReview,
            move |tx| emergency::subject(tx, &whose).map(Resource::Account),
            move |tx, grant| {
                let done = emergency::review(tx, grant, &id, review.clone(), &stamp)?;
                let patient: PatientId = done.patient;
                tx.audit(event.clone().about([patient]).object("account", &done.account));
                Ok(())
            },
        )
    }
}
