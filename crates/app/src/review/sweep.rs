//! What the server does by itself: it begins the next review, notes what ended by other means, and when a week has passed
//! after the last day it suspends what nobody decided. The last security official is never suspended: nobody could let
//! anybody in again, so that one waits, and everybody who decides is told.

use std::sync::Arc;

use domain::account::leaving::{EndReason, Ending};
use domain::audit::{Act, Event};
use domain::id::ReviewItemId;
use domain::review::{Choice, Decision, Holder, Item, Review};
use store::record::{Stamp, Versioned};
use store::{Tx, review};

use super::begin::is_due;
use super::decide::{Writing, refused, settle};
use super::known::{everybody, today};
use crate::access::Policies;
use crate::account::{End, Ended};
use crate::{App, Result, client};

/// The part of the server that decides.
const PART: &str = "access review";

impl App {
    /// Call it each minute. Called twice, it does nothing twice.
    pub fn sweep_reviews(&self) -> Result<()> {
        let (due, items) = self.store.read("review.to_sweep", |tx| match review::running(tx)? {
            Some(running) => Ok((false, to_settle(tx, &self.policies, &running.value)?)),
            None => Ok((is_due(tx)?, Vec::new())),
        })?;
        if due {
            self.begin_due_review()?;
        }
        // A transaction each: others get their turn, and each time it is seen anew who is the last official.
        items.iter().try_for_each(|item| self.settle_by_server(item))
    }

    fn settle_by_server(&self, item: &Item) -> Result<()> {
        let ending = Ending { reason: EndReason::Unreviewed, note: String::new(), left_at: None };
        let decided = self.system_event(Act::ReviewDecided, PART);
        let sweep = Sweep {
            policies: Arc::clone(&self.policies),
            end: item.account().map(|id| End::by_server(self, PART, id, ending)),
            disabled: self.system_event(Act::ClientChanged, PART),
            writing: Writing {
                stamp: Stamp { actor: decided.actor.to_string(), reason: PART.to_owned() },
                decided,
                finished: self.system_event(Act::ReviewFinished, PART),
            },
        };
        let id = item.id.clone();
        let swept = self.store.write("review.sweep", move |tx| sweep.settle(tx, &id))?;
        match (item.account(), swept.value) {
            (Some(account), Some(ended)) => self.try_what_ended(account, &ended),
            _ => Ok(()),
        }
    }
}

/// The items that the server decides about now.
fn to_settle(tx: &mut Tx, policies: &Policies, running: &Review) -> store::Result<Vec<Item>> {
    let (everybody, phase) = (everybody(tx, policies)?, running.phase(today(tx)?));
    let items = review::items(tx, &running.id)?.into_iter().map(|item| item.value);
    Ok(items.filter(|item| item.by_itself(&everybody, phase).is_some()).collect())
}

/// What the server needs to decide about one item.
struct Sweep {
    policies: Arc<Policies>,
    end: Option<End>,
    disabled: Event,
    writing: Writing,
}

impl Sweep {
    /// Settles the item, if it is still so; what was open comes back.
    fn settle(&self, tx: &mut Tx, id: &ReviewItemId) -> store::Result<Option<Ended>> {
        let Versioned { value: item, version } = review::item(tx, id)?;
        let phase = review::one(tx, &item.review)?.value.phase(today(tx)?);
        let mut everybody = everybody(tx, &self.policies)?;
        let Some(choice) = item.by_itself(&everybody, phase) else { return Ok(None) };
        let ended = match (choice, &item.holder, &self.end) {
            (Choice::Suspend, Holder::Account(_), Some(end)) => Some(end.apply(tx)?),
            (Choice::Suspend, Holder::Client(id), _) => {
                client::disable(tx, id, &self.writing.stamp, &self.disabled_event(id))?;
                None
            }
            _ => None,
        };
        let words = match choice {
            Choice::Suspend => "nobody decided within a week after the last day",
            _ => "the access had ended by other means",
        };
        let now = everybody.remove(&item.holder).unwrap_or_else(|| item.facts.clone());
        let decision = Decision { by: None, at: tx.now(), choice, role: None, words: words.to_owned() };
        let item = item.decided(now, decision).map_err(refused)?;
        settle(tx, &item, version, &self.writing)?;
        Ok(ended)
    }

    fn disabled_event(&self, id: &domain::id::ClientId) -> Event {
        self.disabled.clone().object("client", id).with("what", "disabled").with("reason", "not reviewed in time")
    }
}
