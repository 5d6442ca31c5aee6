//! What is known now of everybody and everything that holds access.

use std::collections::{BTreeMap, BTreeSet};

use domain::access::{Action, Role};
use domain::account::Account;
use domain::client::{ApiScope, Client};
use domain::id::AccountId;
use domain::review::{Conflict, Facts, Holder};
use jiff::civil::Date;
use store::account::{self, leaving, passkey};
use store::client::Use;
use store::record::Versioned;
use store::{Tx, directory, session};

use crate::access::Policies;
use crate::account::passkey_only;
use crate::practice;

/// Each live account of a person, and each client that may call. The system's own account is nobody's: it opens canary records
/// only, and a probe makes it anew.
pub(super) fn everybody(tx: &mut Tx, policies: &Policies) -> store::Result<BTreeMap<Holder, Facts>> {
    let accounts = account::all(tx)?;
    let signed: BTreeMap<_, _> = session::last_begun(tx)?.into_iter().collect();
    let passkeys: BTreeSet<_> = passkey::counts(tx)?.into_iter().map(|(id, _)| id).collect();
    let ends = leaving::all(tx)?;
    // The newest end comes first: somebody who came back from leave after having left once is back.
    let left = |id: &AccountId| {
        ends.iter().find(|end| end.account == *id).is_some_and(|end| end.ending.reason.ends_employment())
    };
    let now = tx.now();
    let mut all = BTreeMap::new();
    for (id, Versioned { value, .. }) in &accounts {
        if value.disabled_at.is_none() && !value.canary {
            let facts = Facts {
                at: now,
                name: value.name.clone(),
                person: id.clone(),
                role: Some(value.role),
                scopes: BTreeSet::new(),
                last_at: signed.get(id).copied(),
                conflicts: conflicts(policies, value.role),
                no_passkey: passkey_only(value.role) && !passkeys.contains(id),
                alone: value.is_given_alone(),
                unused: BTreeSet::new(),
                left: left(id),
            };
            all.insert(Holder::Account(id.clone()), facts);
        }
    }
    let (today, uses) = (today(tx)?, store::client::uses(tx)?);
    for Versioned { value: client, .. } in directory::all::<Client>(tx)? {
        if client.disabled_at.is_none() && client.expires_on >= today {
            let own: Vec<Use> = uses.iter().filter(|(id, _)| *id == client.id).map(|(_, used)| *used).collect();
            let used: BTreeSet<ApiScope> = own.iter().map(|used| used.scope).collect();
            let facts = Facts {
                at: now,
                name: client.name.clone(),
                person: client.owner.clone(),
                role: None,
                last_at: own.iter().map(|used| used.last_at).max(),
                conflicts: Vec::new(),
                no_passkey: false,
                alone: false,
                unused: client.scopes.difference(&used).copied().collect(),
                left: is_out(&accounts, &client.owner),
                scopes: client.scopes,
            };
            all.insert(Holder::Client(client.id), facts);
        }
    }
    Ok(all)
}

/// The date at the practice.
pub(super) fn today(tx: &mut Tx) -> store::Result<Date> {
    let now = tx.now();
    Ok(directory::one::<practice::Facts>(tx, "facts")?.value.zone.date(now))
}

fn conflicts(policies: &Policies, role: Role) -> Vec<Conflict> {
    Conflict::of(|action: Action| !policies.reach(role, action).is_empty())
}

fn is_out(accounts: &[(AccountId, Versioned<Account>)], id: &AccountId) -> bool {
    !accounts.iter().any(|(other, account)| other == id && account.value.disabled_at.is_none())
}
