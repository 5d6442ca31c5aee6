//! Invite, let in again and help people: the officials' work (45 CFR 164.308(a)(3) and (a)(4)).

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::Instant;
use domain::access::{Action, Role};
use domain::account::joining::{
    Access, ClearanceForm, Cleared, Given, InviteForm, Invited, Joining, RoleAsk, takes_two,
};
use domain::account::leaving::AccessEnd;
use domain::account::{Account, parse_display_name, parse_login};
use domain::audit::{Act, Event};
use domain::form::{Faults, FieldFault, parse_line};
use domain::id::AccountId;
use serde::{Deserialize, Serialize};
use store::account::{self, leaving, oidc, passkey, throttle};
use store::record::{Stamp, Versioned};
use store::{Tx, session};

use super::{Fresh, attempt, give, random_code};
use crate::access::Resource;
use crate::{App, Cx, Error, Result, stamp};

/// What somebody types at the command line to make an account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NewAccount {
    /// The login.
    pub login: String,
    /// The name that others see.
    pub name: String,
    /// The stored name of a role.
    pub role: String,
}

/// A new account, or one that was given a new start.
#[derive(Clone)]
pub struct Created {
    /// Which.
    pub id: AccountId,
    /// The first passphrase: shown once, replaced by the person at the first sign-in.
    pub passphrase: String,
    /// From when on it works no more.
    pub until: Instant,
    /// Whether the account opens anything now.
    pub access: Access,
}

/// One account in the list.
#[derive(Clone, Debug)]
pub struct Person {
    /// Which.
    pub id: AccountId,
    /// The record.
    pub account: Account,
    /// Its version, for the next change.
    pub version: i64,
    /// The ends of its access, the newest first.
    pub ends: Vec<AccessEnd>,
    /// How many passkeys it has.
    pub passkeys: u64,
    /// Since when an account of the identity provider signs it in.
    pub linked_at: Option<Instant>,
}

impl NewAccount {
    /// The record, or what is wrong with each field.
    fn judge(&self) -> Result<Account> {
        let mut faults = Faults::new();
        let login = faults.take("login", parse_login(&self.login));
        let name = faults.take("name", parse_display_name(&self.name));
        let role = faults.take("role", Role::parse(&self.role).ok_or("choose a role"));
        let account = match (login, name, role) {
            (Some(login), Some(name), Some(role)) => Some(Account::new(&login, &name, role)),
            _ => None,
        };
        faults.finish(account).map_err(Error::Invalid)
    }
}

impl App {
    /// Lets a new person in. Nothing opens before the start day, nor without the clearance, nor before a second person confirmed
    /// a role that takes two. The passphrase in the answer is stored nowhere but as a hash.
    pub fn invite(&self, who: Fresh<'_>, form: &InviteForm, cleared: &ClearanceForm) -> Result<Created> {
        let cx = who.cx();
        let invited = form.read(cleared, &self.practice_facts()?.zone, self.now()).map_err(Error::Invalid)?;
        let (passphrase, phc) = self.first_passphrase()?;
        let (event, stamp) = (self.event(cx, Act::AccountCreated), stamp(cx, "invited the person"));
        let (policies, by) = (Arc::clone(&self.policies), cx.account.clone());
        let made = self.change(
            cx,
            Action::AccountEdit,
            |_| Ok(Resource::Practice),
            move |tx, _| {
                let (id, now) = (AccountId::new(tx.now(), tx.entropy()), tx.now());
                let mut account = Account::new(&invited.login, &invited.name, invited.role);
                let Invited { employment, starts_on, opens_at, .. } = invited;
                account.joining = Some(Joining { employment, starts_on, opens_at, by: by.clone(), at: now });
                let clearance = invited.clearance.clone();
                account.cleared = clearance.map(|clearance| Cleared { clearance, by: by.clone(), at: now });
                let asked = RoleAsk { role: invited.role, by: by.clone(), at: now, words: invited.role_words.clone() };
                let event = event.clone().with("employment", employment).with("starts_on", starts_on);
                let event = event.with("cleared", account.cleared.is_some());
                let (event, _) = give(tx, &policies, asked, &id, &mut account, event)?;
                insert(tx, &id, &account, &phc, &stamp, event)?;
                Ok((id, account))
            },
        )?;
        let (id, account) = made;
        Ok(Created { until: account.code_until(self.now()), id, passphrase, access: account.access(self.now()) })
    }

    /// Notes what was checked before somebody's access opens, or why nothing has to be.
    pub fn note_clearance(&self, who: Fresh<'_>, id: &AccountId, form: &ClearanceForm) -> Result<()> {
        let cx = who.cx();
        let clearance = form.read(self.practice_facts()?.zone.date(self.now())).map_err(Error::Invalid)?;
        let event = self.event(cx, Act::AccountChanged).object("account", id).with("what", "clearance");
        let (stamp, id, subject, by) = (stamp(cx, "noted the clearance"), id.clone(), id.clone(), cx.account.clone());
        self.change(
            cx,
            Action::AccountEdit,
            move |_| Ok(Resource::Account(subject.clone())),
            move |tx, _| {
                let Versioned { value: mut account, version } = account::load(tx, &id)?;
                account.cleared = Some(Cleared { clearance: clearance.clone(), by: by.clone(), at: tx.now() });
                account::update(tx, &id, version, &account, &stamp)?;
                tx.audit(event.clone().with("role", account.role));
                Ok(())
            },
        )
    }

    /// An account made by the server itself: the first one of a practice, a probe's canary. `part` says which command or job.
    /// Whoever is at the command line answers for the clearance.
    pub fn create_account_by_system(&self, part: &str, new: &NewAccount, canary: bool) -> Result<Created> {
        let account = Account { canary, ..new.judge()? };
        let (passphrase, phc) = self.first_passphrase()?;
        let event = self.system_event(Act::AccountCreated, part);
        let stamp = Stamp { actor: event.actor.to_string(), reason: "made the account".to_owned() };
        let now = self.now();
        let (until, access) = (account.code_until(now), account.access(now));
        let made = self.store.write("account.create", move |tx| {
            let id = AccountId::new(tx.now(), tx.entropy());
            insert(tx, &id, &account, &phc, &stamp, event.clone())?;
            Ok(id)
        })?;
        Ok(Created { id: made.value, passphrase, until, access })
    }

    fn first_passphrase(&self) -> Result<(String, String)> {
        let passphrase = random_code(&*self.entropy, 5);
        let phc = self.hash_password(&passphrase)?;
        let phc = phc.ok_or_else(|| Error::Refused("the server is busy: try again in a moment".to_owned()))?;
        Ok((passphrase, phc))
    }

    /// Every account of the practice, by login.
    pub fn accounts(&self, cx: &Cx) -> Result<Vec<Person>> {
        let issuer = self.oidc.as_ref().map(super::oidc::Oidc::issuer);
        self.look(
            cx,
            Action::AccountView,
            |_| Ok(Resource::Practice),
            |tx, _| {
                let mut ends = leaving::all(tx)?;
                let has: BTreeMap<_, _> = passkey::counts(tx)?.into_iter().collect();
                let links = issuer.map(|issuer| oidc::all(tx, issuer)).transpose()?.unwrap_or_default();
                let linked: BTreeMap<_, _> = links.into_iter().map(|link| (link.account, link.linked_at)).collect();
                let all = account::all(tx)?.into_iter().map(|(id, Versioned { value, version })| {
                    let own = ends.extract_if(.., |end| end.account == id).collect();
                    let (passkeys, linked_at) = (has.get(&id).copied().unwrap_or(0), linked.get(&id).copied());
                    Person { passkeys, linked_at, id, account: value, version, ends: own }
                });
                Ok(all.collect())
            },
        )
    }

    /// Lets a disabled account sign in again, with the password and the second factor that it had. A role that takes two people is
    /// asked for anew.
    pub fn enable_account(&self, who: Fresh<'_>, id: &AccountId, reason: &str) -> Result<Given> {
        let (policies, by) = (Arc::clone(&self.policies), who.cx().account.clone());
        self.edit_account(who.cx(), id, "enabled", reason, move |tx, id, account, words, event| {
            if account.disabled_at.is_none() {
                return Err(store::Error::Refused("this person's access has not ended: reload the page".to_owned()));
            }
            account.disabled_at = None;
            let asked = RoleAsk { role: account.role, by: by.clone(), at: tx.now(), words: words.to_owned() };
            give(tx, &policies, asked, id, account, event)
        })
    }

    /// Helps a person who lost the authenticator or the password: a new passphrase, no second factor, no passkey, no account of the
    /// identity provider, no open session. Who
    /// asks for it has to know the person; the log says who did it.
    pub fn reset_account(&self, who: Fresh<'_>, id: &AccountId, reason: &str) -> Result<Created> {
        let (passphrase, phc) = self.first_passphrase()?;
        let account = self.edit_account(who.cx(), id, "sign_in_reset", reason, move |tx, id, account, _, event| {
            account::set_password(tx, id, &phc, true)?;
            account::unenrol(tx, id)?;
            passkey::remove_all(tx, id)?;
            oidc::unlink(tx, id)?;
            session::end_all(tx, id, None)?;
            throttle::forget_devices(tx, id)?;
            throttle::clear(tx, &attempt::unknown(&account.login))?;
            // Whoever gives out the passphrase could use it: with such a role somebody else should look.
            let event = if takes_two(account.role) { event.with("alone", true) } else { event };
            Ok((event, account.clone()))
        })?;
        let now = self.now();
        Ok(Created { id: id.clone(), passphrase, until: account.code_until(now), access: account.access(now) })
    }

    /// Changes an account for a reason. `edit` gets the reason's words and the event, and gives the event back.
    pub(super) fn edit_account<T: Send + 'static>(
        &self,
        cx: &Cx,
        id: &AccountId,
        what: &str,
        reason: &str,
        edit: impl Fn(&mut Tx, &AccountId, &mut Account, &str, Event) -> store::Result<(Event, T)> + Send + 'static,
    ) -> Result<T> {
        let fault = |message| Error::Invalid(vec![FieldFault { field: "reason".to_owned(), message }]);
        let reason = match reason.trim() {
            "" => Err("say why: the reason is kept with the change".to_owned()),
            text => parse_line(text, 200).map_err(|e| e.to_string()),
        };
        let reason = reason.map_err(fault)?;
        let event =
            self.event(cx, Act::AccountChanged).object("account", id).with("what", what).with("reason", &reason);
        let (stamp, id, subject) = (stamp(cx, &reason), id.clone(), id.clone());
        self.change(
            cx,
            Action::AccountEdit,
            move |_| Ok(Resource::Account(subject.clone())),
            move |tx, _| {
                let Versioned { value: mut account, version } = account::load(tx, &id)?;
                let (event, done) = edit(tx, &id, &mut account, &reason, event.clone())?;
                account::update(tx, &id, version, &account, &stamp)?;
                tx.audit(event.with("role", account.role));
                Ok(done)
            },
        )
    }
}

fn insert(tx: &mut Tx, id: &AccountId, account: &Account, phc: &str, stamp: &Stamp, event: Event) -> store::Result<()> {
    account::insert(tx, id, account, phc, stamp)?;
    let event = event.object("account", id).with("role", account.role);
    tx.audit(event.with("canary", account.canary));
    Ok(())
}
