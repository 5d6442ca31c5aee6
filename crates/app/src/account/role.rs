//! Give roles. Those that give access to others, or watch over it, take two people: one asks, another confirms, and neither is
//! the person concerned (45 CFR 164.308(a)(4)(ii)(B) and (C)). Where nobody else could confirm, one does it alone: the log, an
//! alert and the access review say so.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::access::{Action, ResourceKind, Role};
use domain::account::Account;
use domain::account::joining::{Given, RoleAsk, takes_two};
use domain::audit::Event;
use domain::id::AccountId;
use store::account;
use store::{Tx, session};

use super::Fresh;
use crate::access::Policies;
use crate::{App, Cx, Result};

impl App {
    /// Gives an account another role, or asks for it where it takes two people. It holds from the next request on; where the
    /// role before or after takes two, every session ends, because it began with the rules of the other.
    pub fn change_role(&self, who: Fresh<'_>, id: &AccountId, role: Role, reason: &str) -> Result<Given> {
        let (policies, by) = (Arc::clone(&self.policies), who.cx().account.clone());
        self.edit_account(who.cx(), id, "role", reason, move |tx, id, account, words, event| {
            if account.role == role {
                return Err(refused("this is the person's role already"));
            }
            let asked = RoleAsk { role, by: by.clone(), at: tx.now(), words: words.to_owned() };
            give(tx, &policies, asked, id, account, event)
        })
    }

    /// Confirms the role that waits for this person.
    pub fn confirm_role(&self, who: Fresh<'_>, id: &AccountId, reason: &str) -> Result<()> {
        let by = who.cx().account.clone();
        self.edit_account(who.cx(), id, "role_confirmed", reason, move |tx, id, account, _, event| {
            let before = account.role;
            account.confirm(id, &by, tx.now()).map_err(refused)?;
            moved(tx, id, before, account)?;
            Ok((event, ()))
        })
    }

    /// Turns the role down that waits for this person, or takes it back.
    pub fn turn_role_down(&self, cx: &Cx, id: &AccountId, reason: &str) -> Result<()> {
        self.edit_account(cx, id, "role_refused", reason, |tx, _, account, _, event| {
            let asked = account.refuse_role(tx.now()).map_err(refused)?;
            Ok((event.with("asked_role", asked.role), ()))
        })
    }

    /// Whose roles wait for this person's confirmation: their first page says so.
    pub fn roles_waiting(&self, cx: &Cx) -> Result<Vec<(AccountId, String)>> {
        if !self.role_may(cx.role, Action::AccountEdit, ResourceKind::Account) {
            return Ok(Vec::new());
        }
        let all = self.store.read("account.roles_waiting", account::all)?.into_iter();
        let mine = |id: &AccountId, account: &Account| {
            *id != cx.account
                && account.disabled_at.is_none()
                && account.asked.as_ref().is_some_and(|asked| asked.by != cx.account)
        };
        let waiting = all.filter(|(id, account)| mine(id, &account.value));
        Ok(waiting.map(|(id, account)| (id, account.value.name)).collect())
    }
}

/// Gives the role within this transaction, or asks for it; `event` comes back saying which.
pub(crate) fn give(
    tx: &mut Tx,
    policies: &Policies,
    asked: RoleAsk,
    id: &AccountId,
    account: &mut Account,
    event: Event,
) -> store::Result<(Event, Given)> {
    let (before, role) = (account.role, asked.role);
    if role != before {
        is_not_the_last_official(tx, id, account)?;
    }
    let others = takes_two(role) && can_be_confirmed(tx, policies, &asked.by, id)?;
    let given = account.give(asked, others);
    moved(tx, id, before, account)?;
    let event = match given {
        Given::Now => event,
        Given::Asked => event.with("asked_role", role),
        Given::Alone => event.with("alone", true),
    };
    Ok((event, given))
}

/// Whether somebody else who changes accounts, and is there, could confirm what this person asks for that one.
fn can_be_confirmed(tx: &mut Tx, policies: &Policies, by: &AccountId, id: &AccountId) -> store::Result<bool> {
    let signed: BTreeSet<_> = session::last_begun(tx)?.into_iter().map(|(id, _)| id).collect();
    let (now, all) = (tx.now(), account::all(tx)?);
    let may = |other: &AccountId, account: &Account| {
        let there = account.is_open(now) && !account.canary && signed.contains(other);
        there && other != by && other != id && !policies.reach(account.role, Action::AccountEdit).is_empty()
    };
    Ok(all.iter().any(|(other, account)| may(other, &account.value)))
}

/// What is open began under the rules of the role before.
fn moved(tx: &mut Tx, id: &AccountId, before: Role, account: &Account) -> store::Result<()> {
    if account.role != before && (takes_two(before) || takes_two(account.role)) {
        session::end_all(tx, id, None)?;
    }
    Ok(())
}

/// Refuses where the practice would be without a security official (45 CFR 164.308(a)(2)).
pub(super) fn is_not_the_last_official(tx: &mut Tx, id: &AccountId, account: &Account) -> store::Result<()> {
    let now = tx.now();
    let official = |account: &Account| account.role == Role::SecurityOfficial && account.is_open(now);
    if !official(account) || account::all(tx)?.iter().any(|(other, account)| other != id && official(&account.value)) {
        return Ok(());
    }
    let name = &account.name;
    Err(refused(&format!("{name} is the last security official: name another one first, by giving somebody that role")))
}

fn refused(why: &str) -> store::Error {
    store::Error::Refused(why.to_owned())
}
