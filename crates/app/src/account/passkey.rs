//! Passkeys: enrol, use, remove. A passkey proves possession and, because the authenticator checks who is there, the person:
//! both factors in one act, and nothing that somebody could be talked into typing elsewhere (docs/adr/0008).
//!
//! A question is 16 random bytes, the instant, and an HMAC over both and over what it is for. It is kept nowhere until it is
//! answered, so that strangers fill nothing; an answer works once.

mod question;

use domain::Instant;
use domain::access::Role;
use domain::account::BY_PASSKEY;
use domain::account::joining::{Access, takes_two};
use domain::account::passkey::{
    AuthenticatorData, Ceremony, MOST, Passkey, PasskeyFault, Site, check_counter, decode, encode, parse_passkey_name,
    read_authenticator_data, read_client_data, signed_bytes,
};
use domain::account::throttle::{SOURCE, source_prefix};
use domain::audit::{Act, Event, Outcome};
use domain::form::FieldFault;
use domain::id::{AccountId, PasskeyId};
use serde::Deserialize;
use serde_json::Value;
use store::account::passkey::{self, Stored};
use store::account::{self, leaving};
use store::{Tx, session};

use super::attempt::{self, Buckets};
use super::sign_in::ticket_holds;
use super::{CodeAnswer, Fresh, Knock, SteppedUp, hash_token};
use crate::{App, Cx, Error, Result};
use question::Purpose;

/// One of a person's own passkeys.
#[derive(Clone, Debug)]
pub struct OwnPasskey {
    /// Its id, to remove it with.
    pub id: PasskeyId,
    /// What the person calls it.
    pub name: String,
    /// Whether it may be on other devices too.
    pub synced: bool,
    /// When it was added.
    pub added_at: Instant,
    /// When it was used last.
    pub used_at: Option<Instant>,
}

/// What the browser sends back of an authenticator's answer; each part base64url.
#[derive(Deserialize)]
struct Answer {
    id: String,
    client_data: String,
    authenticator_data: String,
    #[serde(default)]
    signature: String,
    #[serde(default)]
    user: Option<String>,
}

/// An answer whose signature fits. What may have changed meanwhile is looked at in the transaction that takes it.
#[derive(Clone)]
struct Proven {
    account: AccountId,
    credential: String,
    said: AuthenticatorData,
    challenge: String,
}

impl Proven {
    /// Takes the answer: the question is answered by it, the counter moves on.
    fn take(&self, tx: &mut Tx) -> store::Result<Result<(), PasskeyFault>> {
        let Some(stored) = passkey::find(tx, &self.credential)?.filter(|s| s.account == self.account) else {
            return Ok(Err(PasskeyFault::Unknown));
        };
        // First, or a browser that sends an answer twice would look like two authenticators.
        if !passkey::answer(tx, &self.challenge)? {
            return Ok(Err(PasskeyFault::Replayed));
        }
        if let Err(fault) = check_counter(stored.passkey.counter, self.said.counter) {
            return Ok(Err(fault));
        }
        let now = Passkey { counter: self.said.counter, synced: self.said.synced, ..stored.passkey };
        passkey::used(tx, &stored.id, &now)?;
        Ok(Ok(()))
    }
}

impl App {
    /// The person's own passkeys, the oldest first.
    pub fn passkeys(&self, cx: &Cx) -> Result<Vec<OwnPasskey>> {
        let account = self.own_account(cx)?;
        let all = self.store.read("passkey.own", |tx| passkey::of(tx, &account))?.into_iter();
        let own = |s: Stored| {
            let Stored { id, name, passkey, added_at, used_at, .. } = s;
            OwnPasskey { id, name, synced: passkey.synced, added_at, used_at }
        };
        Ok(all.map(own).collect())
    }

    /// The question to an authenticator that is to make a passkey.
    pub fn ask_new_passkey(&self, who: Fresh<'_>, site: &Site) -> Result<Value> {
        let own = self.own_account(who.cx())?;
        let read = |tx: &mut Tx| Ok((account::load(tx, &own)?.value, passkey::of(tx, &own)?));
        let (account, has) = self.store.read("passkey.new", read)?;
        self.creating(&Purpose::Enrol(&who.cx().session), site, (&own, &account), &has)
    }

    /// Adds the passkey that an authenticator has made.
    pub fn add_passkey(&self, who: Fresh<'_>, name: &str, answer: &str, site: &Site) -> Result<()> {
        let cx = who.cx();
        let account = self.own_account(cx)?;
        let fault = |message: String| Error::Invalid(vec![FieldFault { field: "name".to_owned(), message }]);
        let name = parse_passkey_name(name).map_err(|e| fault(e.to_string()))?;
        let (new, challenge) = self.made(cx, &account, name, answer, site).map_err(|e| fault(e.to_string()))?;
        let event = self.event(cx, Act::FactorEnrolled).with("factor", "passkey").object("passkey", &new.id);
        let event = event.with("name", &new.name).with("synced", new.passkey.synced);
        self.store.write("passkey.add", move |tx| {
            let refused = |why: &str| Err(store::Error::Refused(why.to_owned()));
            if passkey::of(tx, &new.account)?.len() >= MOST {
                return refused("you have ten passkeys: remove one first");
            }
            if !passkey::answer(tx, &challenge)? {
                return refused("this answer was used before: try again");
            }
            if !passkey::insert(tx, &new)? {
                return refused("this passkey is known here already");
            }
            tx.audit(event.clone());
            Ok(())
        })?;
        Ok(())
    }

    /// Reads a registration (section 7.1). Nothing in it is signed: that the page is ours says who sent it.
    fn made(
        &self,
        cx: &Cx,
        account: &AccountId,
        name: String,
        answer: &str,
        site: &Site,
    ) -> Result<(Stored, String), PasskeyFault> {
        let answer: Answer = serde_json::from_str(answer).map_err(|_| PasskeyFault::Unreadable)?;
        let challenge = read_client_data(&decode(&answer.client_data)?, Ceremony::Create, site)?;
        let challenge = self.asked(&challenge, &Purpose::Enrol(&cx.session))?;
        let said = read_authenticator_data(&decode(&answer.authenticator_data)?, site)?;
        let (credential, key) = said.made.ok_or(PasskeyFault::Unreadable)?;
        let passkey = Passkey { key, counter: said.counter, synced: said.synced };
        let (credential, added_at) = (encode(&credential), self.now());
        let id = PasskeyId::new(added_at, &*self.entropy);
        Ok((Stored { id, account: account.clone(), credential, name, passkey, added_at, used_at: None }, challenge))
    }

    /// Removes one of the person's own passkeys. Who signs in with passkeys only keeps one.
    pub fn remove_passkey(&self, who: Fresh<'_>, id: &PasskeyId) -> Result<()> {
        let cx = who.cx();
        let account = self.own_account(cx)?;
        let (id, role) = (id.clone(), cx.role);
        let event = self.event(cx, Act::FactorRemoved).with("factor", "passkey").object("passkey", &id);
        self.store.write("passkey.remove", move |tx| {
            let own = passkey::of(tx, &account)?;
            let last = own.len() == 1 && own.iter().any(|s| s.id == id);
            let other = account::with_secret(tx, &account)?.secret.totp.is_some();
            if last && (passkey_only(role) || !other) {
                let why = "this is your last passkey, and you sign in with a passkey only: add another one first";
                return Err(store::Error::Refused(why.to_owned()));
            }
            if passkey::remove(tx, &account, &id)? {
                tx.audit(event.clone());
            }
            Ok(())
        })?;
        Ok(())
    }

    /// The question of the sign-in page: any passkey of this site, whoever's it is.
    pub fn ask_sign_in(&self, site: &Site) -> Result<Value> {
        self.using(&Purpose::SignIn, site, &[])
    }

    /// Signs in with a passkey alone.
    pub fn sign_in_passkey(&self, answer: &str, site: &Site, from: Knock<'_>) -> Result<CodeAnswer> {
        let buckets = Buckets(vec![(format!("source:{}", source_prefix(from.source)), SOURCE)]);
        let event = self.anonymous_event(Act::SignInFailed, from.source).with("step", "passkey");
        let (paid, throttled) = (buckets.clone(), event.clone());
        if let Err(wait) = self.store.write("sign_in.knock", move |tx| paid.reserve(tx, &throttled))?.value {
            return Ok(CodeAnswer::Wait(attempt::seconds(wait)));
        }
        let proven = match self.prove_passkey(answer, &Purpose::SignIn, site)? {
            Ok(proven) => proven,
            Err(fault) => {
                self.store.record(failed(event, fault))?;
                return Ok(CodeAnswer::Refused);
            }
        };
        let begin = self.begin(from);
        let done = self.store.write("sign_in.passkey", move |tx| {
            let known = account::with_secret(tx, &proven.account)?;
            let event = event.clone().object("account", &known.id);
            let access = known.account.access(tx.now());
            if access != Access::Open {
                let event = tx.audit(event.ending(Outcome::Failed).with("reason", access));
                if access == Access::Ended {
                    leaving::refuse(tx, &known.id, &event)?;
                }
                return Ok(CodeAnswer::Refused);
            }
            if let Err(fault) = proven.take(tx)? {
                tx.audit(failed(event, fault));
                return Ok(CodeAnswer::Refused);
            }
            buckets.settle(tx)?;
            begin.session(tx, &known, "passkey", BY_PASSKEY).map(CodeAnswer::In)
        })?;
        Ok(done.value)
    }

    /// The question after the password, to the passkeys of the ticket's person; `None` when the ticket is over or there are
    /// none.
    pub fn ask_ticket(&self, ticket: &str, site: &Site) -> Result<Option<Value>> {
        let Some(found) = self.ticket(ticket)? else { return Ok(None) };
        let has = self.store.read("passkey.ticket", |tx| passkey::of(tx, &found.known.id))?;
        let ticket = hash_token(ticket);
        if has.is_empty() { Ok(None) } else { self.using(&Purpose::Ticket(&ticket), site, &has).map(Some) }
    }

    /// The second step with a passkey in place of a code.
    pub fn sign_in_ticket_passkey(
        &self,
        ticket: &str,
        answer: &str,
        site: &Site,
        from: Knock<'_>,
    ) -> Result<CodeAnswer> {
        let (hashed, begin) = (hash_token(ticket), self.begin(from));
        let proven = self.prove_passkey(answer, &Purpose::Ticket(&hashed), site)?;
        let event = self.anonymous_event(Act::SignInFailed, from.source).with("step", "passkey");
        let done = self.store.write("sign_in.ticket_passkey", move |tx| {
            let Some(ticket) = session::ticket(tx, &hashed)?.filter(|t| ticket_holds(t, tx.now())) else {
                return Ok(CodeAnswer::Over);
            };
            let event = event.clone().object("account", &ticket.known.id);
            let buckets = begin.buckets(tx, &ticket.known)?;
            if let Err(wait) = buckets.reserve(tx, &event)? {
                return Ok(CodeAnswer::Wait(attempt::seconds(wait)));
            }
            if let Err(fault) = take_of(tx, &proven, &ticket.known.id)? {
                session::try_ticket(tx, &hashed)?;
                tx.audit(failed(event, fault));
                return Ok(CodeAnswer::Refused);
            }
            buckets.settle(tx)?;
            session::drop_ticket(tx, &hashed)?;
            begin.session(tx, &ticket.known, "passkey", &ticket.way).map(CodeAnswer::In)
        })?;
        Ok(done.value)
    }

    /// The question that confirms who sits in a session; `None` for a person without passkeys.
    pub fn ask_step_up(&self, cx: &Cx, site: &Site) -> Result<Option<Value>> {
        let account = self.own_account(cx)?;
        let has = self.store.read("passkey.step_up", |tx| passkey::of(tx, &account))?;
        if has.is_empty() { Ok(None) } else { self.using(&Purpose::StepUp(&cx.session), site, &has).map(Some) }
    }

    /// Takes a passkey as the second factor given anew.
    pub fn step_up_passkey(&self, cx: &Cx, answer: &str, site: &Site) -> Result<SteppedUp> {
        let proven = self.prove_passkey(answer, &Purpose::StepUp(&cx.session), site)?;
        let account = cx.account.clone();
        self.step_up_with(cx, move |tx| Ok(take_of(tx, &proven, &account)?.is_ok().then_some("passkey")))
    }

    /// Checks an answer up to its signature (section 7.2).
    fn prove_passkey(&self, answer: &str, purpose: &Purpose<'_>, site: &Site) -> Result<Result<Proven, PasskeyFault>> {
        let Ok(answer) = serde_json::from_str::<Answer>(answer) else { return Ok(Err(PasskeyFault::Unreadable)) };
        if decode(&answer.id).is_err() {
            return Ok(Err(PasskeyFault::Unreadable));
        }
        let stored = self.store.read("passkey.find", |tx| passkey::find(tx, &answer.id))?;
        Ok(stored.ok_or(PasskeyFault::Unknown).and_then(|stored| self.check(&answer, stored, purpose, site)))
    }

    fn check(
        &self,
        answer: &Answer,
        stored: Stored,
        purpose: &Purpose<'_>,
        site: &Site,
    ) -> Result<Proven, PasskeyFault> {
        let (client, data) = (decode(&answer.client_data)?, decode(&answer.authenticator_data)?);
        let challenge = self.asked(&read_client_data(&client, Ceremony::Get, site)?, purpose)?;
        let said = read_authenticator_data(&data, site)?;
        // An authenticator that names its person names ours.
        let user = answer.user.as_ref().map(|user| decode(user)).transpose()?;
        if user.is_some_and(|user| user != stored.account.as_str().as_bytes()) {
            return Err(PasskeyFault::Unknown);
        }
        question::verify(&stored.passkey.key, &signed_bytes(&data, &client), &decode(&answer.signature)?)?;
        Ok(Proven { account: stored.account, credential: stored.credential, said, challenge })
    }
}

/// Whether this role signs in with a passkey only, once the person has one: the roles that two people give.
pub const fn passkey_only(role: Role) -> bool {
    takes_two(role)
}

/// Whether this person's password, and codes, open nothing any more.
pub(super) fn must_use_passkey(tx: &mut Tx, account: &AccountId, role: Role) -> store::Result<bool> {
    Ok(passkey_only(role) && !passkey::of(tx, account)?.is_empty())
}

/// Takes an answer, of this person only.
fn take_of(
    tx: &mut Tx,
    proven: &Result<Proven, PasskeyFault>,
    account: &AccountId,
) -> store::Result<Result<(), PasskeyFault>> {
    match proven {
        Ok(proven) if proven.account == *account => proven.take(tx),
        Ok(_) => Ok(Err(PasskeyFault::Unknown)),
        Err(fault) => Ok(Err(*fault)),
    }
}

fn failed(event: Event, fault: PasskeyFault) -> Event {
    event.ending(Outcome::Failed).with("reason", fault.as_str()).with("alert", fault == PasskeyFault::Cloned)
}
