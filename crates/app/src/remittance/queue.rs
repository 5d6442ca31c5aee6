//! The queue of remittances and the work that they left.

use domain::access::Action;
use domain::audit::Act;
use domain::id::WorkItemId;
use domain::remittance::RemittanceState;
use domain::work::{Done, WorkItem};
use store::Disclosed;
use store::remittance::{Queued, Unread};

use crate::access::Resource;
use crate::patient::names;
use crate::{App, Cx, Error, Result, stamp};

/// Rows of the queue.
const SHOWN: u32 = 100;

/// The queue, one state of it or all.
#[derive(Clone, Debug)]
pub struct Queue {
    /// The rows, latest first.
    pub rows: Vec<Queued>,
    /// How many are in each state.
    pub counts: Vec<(RemittanceState, u64)>,
    /// Files that came in and were not read.
    pub unread: Vec<Unread>,
    /// Work that waits.
    pub work: Vec<WorkItem>,
}

impl App {
    /// The queue of remittances.
    pub fn remittance_queue(&self, cx: &Cx, state: Option<RemittanceState>) -> Result<Disclosed<Queue>> {
        let queue = self.look(
            cx,
            Action::RemittanceView,
            |_| Ok(Resource::Practice),
            |tx, grant| {
                let (counts, unread) = (store::remittance::counts(tx)?, store::remittance::unread(tx)?);
                let rows = store::remittance::queue(tx, grant, state, SHOWN)?;
                let work = store::work::waiting(tx, grant, SHOWN)?;
                Ok(rows.and(work).cut(
                    |(rows, work)| Queue { rows, counts, unread, work: work.into_iter().map(|w| w.value).collect() },
                    &names(grant.fields()),
                ))
            },
        )?;
        self.disclose(cx, Act::RemittanceViewed, queue)
    }

    /// Takes a piece of work off the list, with what was done.
    pub fn finish_work(&self, cx: &Cx, id: &WorkItemId, note: &str) -> Result<()> {
        let note = note.trim().to_owned();
        if note.is_empty() {
            return Err(Error::Refused("say what was done, in a few words".to_owned()));
        }
        let (subject, id, stamp) = (id.clone(), id.clone(), stamp(cx, "done"));
        let (by, event) = (cx.account.clone(), self.event(cx, Act::WorkDone).object("work", &id));
        self.change(
            cx,
            Action::RemittancePost,
            move |tx| match store::work::patient_of(tx, &subject)? {
                Some(patient) => store::patient::subject(tx, &patient).map(Resource::Patient),
                None => Ok(Resource::Practice),
            },
            move |tx, grant| {
                let done = Done { by: by.clone(), at: tx.now(), note: note.clone() };
                store::work::finish(tx, &id, &done, &stamp)?;
                tx.audit(event.clone().about(grant.patient().cloned()));
                Ok(())
            },
        )
    }
}
