//! Say what an event of the sample was, as somebody else than the person who did it.

use domain::access::{Action, ResourceKind};
use domain::alert::Rule;
use domain::alert::rules::Found;
use domain::audit::{Act, Actor};
use domain::emergency::reason;
use domain::form::{Faults, needed, parse_line};
use domain::id::{PatientId, SampleItemId};
use domain::sample::{Finding, Item, Reading};
use store::{alert, sample};

use crate::access::Resource;
use crate::alert::opening;
use crate::emergency::{ReviewForm, Waiting};
use crate::{App, Cx, Error, Result, stamp};

/// Characters that the words have at most.
const WORDS_MAX: usize = 500;

impl App {
    /// Keeps what somebody found in an event of the sample. What is not in order needs words, and opens an alert in the same
    /// transaction. Returns the next one that this person may read. The policies see whose act it was.
    pub fn read_sampled(&self, cx: &Cx, id: &SampleItemId, form: &ReviewForm) -> Result<Option<SampleItemId>> {
        let log = self.store.log().clone();
        let (item, about) = self.store.read("sample.subject", |tx| sample::subject(&log, tx, id))?;
        let (finding, words) = read_form(form)?;
        let reading = Reading { by: cx.account.clone(), at: self.clock.now(), finding, words };
        let event = self.event(cx, Act::SampleRead).object("sample_item", id).with("finding", finding);
        let event = event.with("entry", item.place).with("week", item.week).about(about.clone()).showing(["sample"]);
        let found = not_in_order(&item, &about);
        let alert = (finding == Finding::NotInOrder).then(|| self.new_alert(&found));
        let opened = self.event(cx, Act::AlertOpened);
        let (stamp, id, me) = (stamp(cx, finding.label()), id.clone(), cx.account.clone());
        self.change(
            cx,
            Action::AlertReview,
            move |_| Ok(Resource::Account(item.actor.clone())),
            move |tx, grant| {
                sample::read(tx, grant, &id, reading.clone(), &stamp)?;
                tx.audit(event.clone());
                if let Some(alert) = &alert {
                    alert::insert(tx, alert, &found, &stamp)?;
                    tx.audit(opening(opened.clone(), alert));
                }
                let next = sample::next(tx)?.into_iter().find(|(_, actor)| *actor != me);
                Ok(next.map(|(id, _)| id))
            },
        )
    }

    /// How many events of the samples nobody read yet, for those who read them.
    pub fn samples_waiting(&self, cx: &Cx) -> Result<Option<Waiting>> {
        if !self.role_may(cx.role, Action::AlertReview, ResourceKind::Practice) {
            return Ok(None);
        }
        let (all, late) = self.store.read("sample.counts", sample::counts)?;
        Ok(Some(Waiting { all, late }))
    }
}

fn read_form(form: &ReviewForm) -> Result<(Finding, String)> {
    let mut faults = Faults::new();
    let finding = faults.take("finding", Finding::parse(&form.finding).ok_or("choose what it was"));
    let words = match finding {
        Some(Finding::NotInOrder) => faults.take("words", needed("words", &form.words, reason)),
        _ if form.words.trim().is_empty() => Some(String::new()),
        _ => faults.take("words", parse_line(&form.words, WORDS_MAX)),
    };
    faults.finish(finding.zip(words)).map_err(Error::Invalid)
}

/// The alert that an event which is not in order becomes.
fn not_in_order(item: &Item, about: &[PatientId]) -> Found {
    let patient = if let [one] = about { Some(one.clone()) } else { None };
    Found {
        rule: Rule::Sampled,
        about: Actor::Account(item.actor.clone()),
        patient,
        count: 1,
        events: vec![item.event.clone()],
        at: item.at,
    }
}
