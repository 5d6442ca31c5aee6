//! Make, change, disable and help accounts: the security official's work (45 CFR 164.308(a)(3) and (a)(4)).

use std::collections::BTreeMap;

use domain::access::{Action, Role};
use domain::account::leaving::AccessEnd;
use domain::account::{Account, parse_display_name, parse_login};
use domain::audit::{Act, Event};
use domain::form::{Faults, FieldFault, parse_line};
use domain::id::AccountId;
use serde::{Deserialize, Serialize};
use store::account::{self, leaving, passkey, throttle};
use store::record::{Stamp, Versioned};
use store::{Tx, session};

use super::{Fresh, attempt, random_code};
use crate::access::Resource;
use crate::{App, Cx, Error, Result, stamp};

/// What somebody types to make an account.
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
}

impl NewAccount {
    /// The record, or what is wrong with each field.
    fn judge(&self, canary: bool) -> Result<Account> {
        let mut faults = Faults::new();
        let login = faults.take("login", parse_login(&self.login));
        let name = faults.take("name", parse_display_name(&self.name));
        let role = faults.take("role", Role::parse(&self.role).ok_or("choose a role"));
        let account = match (login, name, role) {
            (Some(login), Some(name), Some(role)) => Some(Account { login, name, role, disabled_at: None, canary }),
            _ => None,
        };
        faults.finish(account).map_err(Error::Invalid)
    }
}

impl App {
    /// Makes an account. The passphrase in the answer is stored nowhere but as a hash.
    pub fn create_account(&self, who: Fresh<'_>, new: &NewAccount) -> Result<Created> {
        let cx = who.cx();
        let account = new.judge(false)?;
        let (passphrase, phc) = self.first_passphrase()?;
        let (event, stamp) = (self.event(cx, Act::AccountCreated), stamp(cx, "made the account"));
        let id = self.change(
            cx,
            Action::AccountEdit,
            |_| Ok(Resource::Practice),
            move |tx, _| insert(tx, &account, &phc, &stamp, &event),
        )?;
        Ok(Created { id, passphrase })
    }

    /// The same by the server itself: the first account of a practice, a probe's canary. `part` says which command or job.
    pub fn create_account_by_system(&self, part: &str, new: &NewAccount, canary: bool) -> Result<Created> {
        let account = new.judge(canary)?;
        let (passphrase, phc) = self.first_passphrase()?;
        let event = self.system_event(Act::AccountCreated, part);
        let stamp = Stamp { actor: event.actor.to_string(), reason: "made the account".to_owned() };
        let made = self.store.write("account.create", move |tx| insert(tx, &account, &phc, &stamp, &event))?;
        Ok(Created { id: made.value, passphrase })
    }

    fn first_passphrase(&self) -> Result<(String, String)> {
        let passphrase = random_code(&*self.entropy, 5);
        let phc = self.hash_password(&passphrase)?;
        let phc = phc.ok_or_else(|| Error::Refused("the server is busy: try again in a moment".to_owned()))?;
        Ok((passphrase, phc))
    }

    /// Every account of the practice, by login.
    pub fn accounts(&self, cx: &Cx) -> Result<Vec<Person>> {
        self.look(
            cx,
            Action::AccountView,
            |_| Ok(Resource::Practice),
            |tx, _| {
                let mut ends = leaving::all(tx)?;
                let has: BTreeMap<_, _> = passkey::counts(tx)?.into_iter().collect();
                let all = account::all(tx)?.into_iter().map(|(id, Versioned { value, version })| {
                    let own = ends.extract_if(.., |end| end.account == id).collect();
                    Person { passkeys: has.get(&id).copied().unwrap_or(0), id, account: value, version, ends: own }
                });
                Ok(all.collect())
            },
        )
    }

    /// Lets a disabled account sign in again, with the password and the second factor that it had.
    pub fn enable_account(&self, who: Fresh<'_>, id: &AccountId, reason: &str) -> Result<()> {
        self.edit_account(who.cx(), id, "enabled", reason, |_, _, account| {
            account.disabled_at = None;
            Ok(())
        })
    }

    /// Gives an account another role. Sessions go on with the new one from their next request.
    pub fn change_role(&self, who: Fresh<'_>, id: &AccountId, role: Role, reason: &str) -> Result<()> {
        self.edit_account(who.cx(), id, "role", reason, move |_, _, account| {
            account.role = role;
            Ok(())
        })
    }

    /// Helps a person who lost the authenticator or the password: a new passphrase, no second factor, no passkey, no open session. Who
    /// asks for it has to know the person; the log says who did it.
    pub fn reset_account(&self, who: Fresh<'_>, id: &AccountId, reason: &str) -> Result<Created> {
        let (passphrase, phc) = self.first_passphrase()?;
        self.edit_account(who.cx(), id, "sign_in_reset", reason, move |tx, id, account| {
            account::set_password(tx, id, &phc, true)?;
            account::unenrol(tx, id)?;
            passkey::remove_all(tx, id)?;
            session::end_all(tx, id, None)?;
            throttle::forget_devices(tx, id)?;
            throttle::clear(tx, &attempt::unknown(&account.login))
        })?;
        Ok(Created { id: id.clone(), passphrase })
    }

    fn edit_account(
        &self,
        cx: &Cx,
        id: &AccountId,
        what: &str,
        reason: &str,
        edit: impl Fn(&mut Tx, &AccountId, &mut Account) -> store::Result<()> + Send + 'static,
    ) -> Result<()> {
        let fault = |message| Error::Invalid(vec![FieldFault { field: "reason".to_owned(), message }]);
        let reason = match reason.trim() {
            "" => Err("say why: the reason is kept with the change".to_owned()),
            text => parse_line(text, 200).map_err(|e| e.to_string()),
        };
        let reason = &*reason.map_err(fault)?;
        let event = self.event(cx, Act::AccountChanged).object("account", id).with("what", what).with("reason", reason);
        let (stamp, id, subject) = (stamp(cx, reason), id.clone(), id.clone());
        self.change(
            cx,
            Action::AccountEdit,
            move |_| Ok(Resource::Account(subject.clone())),
            move |tx, _| {
                let Versioned { value: mut account, version } = account::load(tx, &id)?;
                edit(tx, &id, &mut account)?;
                account::update(tx, &id, version, &account, &stamp)?;
                tx.audit(event.clone().with("role", account.role));
                Ok(())
            },
        )
    }
}

fn insert(tx: &mut Tx, account: &Account, phc: &str, stamp: &Stamp, event: &Event) -> store::Result<AccountId> {
    let id = AccountId::new(tx.now(), tx.entropy());
    account::insert(tx, &id, account, phc, stamp)?;
    let event = event.clone().object("account", &id).with("role", account.role);
    tx.audit(event.with("canary", account.canary));
    Ok(id)
}
