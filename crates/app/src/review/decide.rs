//! Decide about somebody's access, and carry it out in the same act.

use std::sync::Arc;

use domain::access::Action;
use domain::account::joining::{RoleAsk, takes_two};
use domain::account::leaving::{EndReason, Ending};
use domain::audit::{Act, Event};
use domain::id::{AccountId, ReviewItemId};
use domain::review::{Choice, Decision, DecisionForm, Holder, Item};
use store::record::{Stamp, Versioned};
use store::{Tx, account, review};

use super::known::everybody;
use crate::access::{Policies, Resource};
use crate::account::{End, give};
use crate::{App, Cx, Result, client, stamp};

/// What a decision is written with.
pub(super) struct Writing {
    pub(super) stamp: Stamp,
    /// Of the decision.
    pub(super) decided: Event,
    /// Of the end of the whole review, should it be the last one.
    pub(super) finished: Event,
}

impl App {
    /// Decides about one access. Whoever holds it is refused, by the policies and by the item itself. What ends is refused from
    /// this commit on; a change of role asks for a second factor, as it does elsewhere.
    pub fn decide_review(&self, cx: &Cx, id: &ReviewItemId, form: &DecisionForm) -> Result<()> {
        let item = self.store.read("review.item", |tx| review::item(tx, id))?.value;
        let _ = self.authorize(cx, Action::ReviewDecide, Resource::Account(item.facts.person.clone()))?;
        let asked = form.read().map_err(crate::Error::Invalid)?;
        if asked.role.is_some_and(takes_two) {
            let why = "this role takes two people: ask for it on the person's page";
            return Err(crate::Error::field("role", why));
        }
        let cx = match (&item.holder, asked.choice) {
            (Holder::Account(holder), Choice::ChangeRole) => {
                let _ = self.authorize(cx, Action::AccountEdit, Resource::Account(holder.clone()))?;
                self.fresh(cx)?.cx()
            }
            _ => cx,
        };
        let ending = Ending { reason: EndReason::NotNeeded, note: asked.words.clone(), left_at: None };
        let carry = Carry {
            policies: Arc::clone(&self.policies),
            by: cx.account.clone(),
            end: item.account().map(|holder| End::by(self, cx, holder, ending)),
            changed: self.event(cx, Act::AccountChanged).with("what", "role").with("reason", &asked.words),
            disabled: self.event(cx, Act::ClientChanged).with("what", "disabled").with("reason", &asked.words),
        };
        let writing = Writing {
            stamp: stamp(cx, &asked.words),
            decided: self.event(cx, Act::ReviewDecided),
            finished: self.event(cx, Act::ReviewFinished),
        };
        let (policies, by, id, subject) = (Arc::clone(&self.policies), cx.account.clone(), id.clone(), id.clone());
        let ended = self.change(
            cx,
            Action::ReviewDecide,
            move |tx| Ok(Resource::Account(review::item(tx, &subject)?.value.facts.person)),
            move |tx, _| {
                let Versioned { value: item, version } = review::item(tx, &id)?;
                let now = everybody(tx, &policies)?.remove(&item.holder);
                let now = now.ok_or_else(|| refused("this access has ended meanwhile: reload the page"))?;
                let (choice, role, words) = (asked.choice, asked.role, asked.words.clone());
                let decision = Decision { by: Some(by.clone()), at: tx.now(), choice, role, words };
                let item = item.decided(now, decision).map_err(refused)?;
                let ended = carry.out(tx, &item, &writing.stamp)?;
                settle(tx, &item, version, &writing)?;
                Ok(ended)
            },
        )?;
        match (item.account(), ended) {
            (Some(holder), Some(ended)) => self.try_what_ended(holder, &ended),
            _ => Ok(()),
        }
    }
}

/// How a decision is carried out.
struct Carry {
    policies: Arc<Policies>,
    by: AccountId,
    end: Option<End>,
    changed: Event,
    disabled: Event,
}

impl Carry {
    fn out(&self, tx: &mut Tx, item: &Item, stamp: &Stamp) -> store::Result<Option<crate::account::Ended>> {
        let Some(decision) = &item.decision else { return Ok(None) };
        match (decision.choice, &item.holder, &self.end) {
            (Choice::End, Holder::Account(_), Some(end)) => return end.apply(tx).map(Some),
            (Choice::End, Holder::Client(id), _) => {
                client::disable(tx, id, stamp, &self.disabled.clone().object("client", id))?;
            }
            (Choice::ChangeRole, Holder::Account(id), _) => {
                let Versioned { value: mut account, version } = account::load(tx, id)?;
                let role = decision.role.unwrap_or(account.role);
                let asked = RoleAsk { role, by: self.by.clone(), at: decision.at, words: decision.words.clone() };
                let event = self.changed.clone().object("account", id);
                let (event, _) = give(tx, &self.policies, asked, id, &mut account, event)?;
                account::update(tx, id, version, &account, stamp)?;
                tx.audit(event.with("role", account.role));
            }
            _ => {}
        }
        Ok(None)
    }
}

/// Writes a decision with its event; after the last one the review is finished, and the log has its counts.
pub(super) fn settle(tx: &mut Tx, item: &Item, version: i64, writing: &Writing) -> store::Result<()> {
    review::decide(tx, item, version, &writing.stamp)?;
    let event = writing.decided.clone().with("review", &item.review);
    let event = match &item.holder {
        Holder::Account(id) => event.object("account", id),
        Holder::Client(id) => event.object("client", id),
    };
    let event = item.decision.iter().fold(event, |event, decision| {
        let event = event.with("choice", decision.choice).with("reason", &decision.words);
        decision.role.iter().fold(event, |event, role| event.with("role", role))
    });
    tx.audit(event);
    let items = review::items(tx, &item.review)?;
    if items.iter().all(|item| item.value.decision.is_some()) {
        let Versioned { value: mut whole, version } = review::one(tx, &item.review)?;
        whole.finished_at = Some(tx.now());
        review::finish(tx, &whole, version, &writing.stamp)?;
        let count = |choice: Choice| items.iter().filter(|item| item.value.choice() == Some(choice)).count();
        let event = writing.finished.clone().object("review", &whole.id).with("items", items.len());
        tx.audit(Choice::ALL.iter().fold(event, |event, choice| event.with(choice.as_str(), count(*choice))));
    }
    Ok(())
}

pub(super) fn refused(why: &str) -> store::Error {
    store::Error::Refused(why.to_owned())
}
