//! Begin a review: by hand, or by the server when a quarter has passed since the last one began.

use std::sync::Arc;

use domain::access::Action;
use domain::audit::{Act, Event};
use domain::id::{AccountId, ReviewId, ReviewItemId};
use domain::review::{Holder, Item, Review};
use store::record::Stamp;
use store::{Tx, review};

use super::known::{everybody, today};
use crate::access::{Policies, Resource};
use crate::{App, Cx, Result, stamp};

impl App {
    /// Begins a review of all access there is now. Refused while another one is under way.
    pub fn begin_review(&self, cx: &Cx) -> Result<ReviewId> {
        let (policies, by, event) = (Arc::clone(&self.policies), cx.account.clone(), self.event(cx, Act::ReviewBegun));
        let stamp = stamp(cx, "began the review");
        self.change(
            cx,
            Action::ReviewDecide,
            |_| Ok(Resource::Practice),
            move |tx, _| begin(tx, &policies, Some(&by), &stamp, &event),
        )
    }

    /// Begins the next review when a quarter has passed since the last one began, and none is under way.
    pub(super) fn begin_due_review(&self) -> Result<()> {
        let (policies, event) = (Arc::clone(&self.policies), self.system_event(Act::ReviewBegun, "access review"));
        let stamp = Stamp { actor: event.actor.to_string(), reason: "a quarter has passed".to_owned() };
        self.store.write("review.begin", move |tx| {
            if is_due(tx)? {
                begin(tx, &policies, None, &stamp, &event)?;
            }
            Ok(())
        })?;
        Ok(())
    }
}

/// Whether the next review should begin today. The first one is begun by a person, who knows that it is time.
pub(super) fn is_due(tx: &mut Tx) -> store::Result<bool> {
    let Some(last) = review::all(tx)?.into_iter().next() else { return Ok(false) };
    Ok(last.finished_at.is_some() && last.next_on() <= today(tx)?)
}

fn begin(
    tx: &mut Tx,
    policies: &Policies,
    by: Option<&AccountId>,
    stamp: &Stamp,
    event: &Event,
) -> store::Result<ReviewId> {
    let id = ReviewId::new(tx.now(), tx.entropy());
    let new = Review::begin(id.clone(), tx.now(), today(tx)?, by.cloned());
    let mut items = Vec::new();
    for (holder, facts) in everybody(tx, policies)? {
        let item = ReviewItemId::new(tx.now(), tx.entropy());
        items.push(Item { id: item, review: id.clone(), holder, facts, decision: None });
    }
    review::begin(tx, &new, &items, stamp)?;
    let accounts = items.iter().filter(|item| matches!(item.holder, Holder::Account(_))).count();
    let flagged = items.iter().filter(|item| !item.facts.flags().is_empty()).count();
    let event = event.clone().object("review", &id).with("accounts", accounts).with("clients", items.len() - accounts);
    tx.audit(event.with("flagged", flagged).with("due_on", new.due_on));
    Ok(id)
}
