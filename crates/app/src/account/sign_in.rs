//! Sign in: login and password give a ticket, ticket and code give a session.

use domain::Instant;
use domain::account::agent::describe;
use domain::account::joining::Access;
use domain::account::throttle::Wait;
use domain::account::{BY_PASSWORD, TICKET, TICKET_TRIES};
use domain::audit::{Act, Actor, Event, Outcome, Purpose};
use domain::id::SessionId;
use store::Tx;
use store::account::{self, Known, leaving, throttle};
use store::session::{self, Ticket};

use super::attempt::{self, Buckets};
use super::passkey::must_use_passkey;
use super::{Knock, SignedIn, hash_token, password, random_token};
use crate::{App, Result};

/// What a login and a password lead to.
#[derive(Clone)]
pub enum SignIn {
    /// The code is next. The ticket lives five minutes.
    Code(String),
    /// A second factor has to be enrolled first; so has a password, when somebody else chose the present one.
    Enrol(String),
    /// Not this login with this password. What was wrong is not said.
    Refused,
    /// Too many attempts: after so many seconds, or only from a browser that this person has used before.
    Wait(Option<i64>),
}

/// What a ticket and a code lead to.
#[derive(Clone)]
pub enum CodeAnswer {
    /// A session.
    In(SignedIn),
    /// Not this code.
    Refused,
    /// Too many attempts.
    Wait(Option<i64>),
    /// The ticket is used up or too old: begin again.
    Over,
}

/// What a session begins with; made before the transaction, whose closure may run twice.
#[derive(Clone)]
pub(super) struct Begin {
    pub(super) token: String,
    /// The browser's token: the one it came with, if anybody signed in with it, else the new one.
    came: Option<String>,
    fresh: String,
    source: String,
    agent: String,
    policy: String,
}

/// Why this person's password opens nothing, right as it may be.
fn shut(known: &Known, now: Instant) -> Option<&'static str> {
    match known.account.access(now) {
        Access::Open if known.secret.must_change && now >= known.account.code_until(known.secret.set_at) => {
            Some("first_passphrase_expired")
        }
        Access::Open => None,
        access => Some(access.as_str()),
    }
}

/// Whether a ticket can still be used.
pub(super) fn ticket_holds(ticket: &Ticket, now: Instant) -> bool {
    let age = now.seconds_since(ticket.made_at);
    (-60..TICKET).contains(&age) && ticket.tries < TICKET_TRIES && ticket.known.account.is_open(now)
}

impl App {
    /// The first step. The answer for an unknown login, a wrong password and an account that is not open is one.
    pub fn sign_in(&self, login: &str, password: &str, from: Knock<'_>) -> Result<SignIn> {
        let login = login.trim().to_ascii_lowercase();
        let event = self.anonymous_event(Act::SignInFailed, from.source).with("step", "password");
        let (known, buckets) = match self.knock(&login, from, event.clone())? {
            Ok(found) => found,
            Err(wait) => return Ok(SignIn::Wait(attempt::seconds(wait))),
        };
        let phc = known.as_ref().map(|known| known.secret.password.as_str());
        let Ok(right) = password::check(phc, password) else {
            self.store.write("sign_in.busy", move |tx| buckets.undo(tx))?;
            return Ok(SignIn::Wait(Some(2)));
        };
        let only = match &known {
            Some(known) if right => {
                self.store.read("sign_in.only", |tx| must_use_passkey(tx, &known.id, known.account.role))?
            }
            _ => false,
        };
        let shut = known.as_ref().and_then(|known| shut(known, self.now()));
        match known {
            Some(known) if right && !only && shut.is_none() => self.give_ticket(&known, buckets),
            known => {
                let reason = match &known {
                    None => "unknown_login",
                    Some(_) if !right => "password",
                    Some(_) => shut.unwrap_or("passkey_only"),
                };
                let event = match &known {
                    Some(known) => event.object("account", &known.id),
                    None => event,
                };
                let event = event.ending(Outcome::Failed).with("reason", reason);
                let out = known.filter(|k| right && k.account.disabled_at.is_some()).map(|known| known.id);
                self.store.write("sign_in.refused", move |tx| {
                    let event = tx.audit(event.clone());
                    out.iter().try_for_each(|id| leaving::refuse(tx, id, &event))
                })?;
                Ok(SignIn::Refused)
            }
        }
    }

    /// Looks the login up and pays for the attempt.
    fn knock(&self, login: &str, from: Knock<'_>, event: Event) -> Result<Result<(Option<Known>, Buckets), Wait>> {
        let (login, source) = (login.to_owned(), from.source.to_owned());
        let device = from.device.map(hash_token);
        let done = self.store.write("sign_in.knock", move |tx| {
            let known = if login.contains('\0') { None } else { account::by_login(tx, &login)? };
            let id = known.as_ref().map(|known| &known.id);
            let buckets = attempt::buckets(tx, &login, id, &source, device.as_deref())?;
            Ok(buckets.reserve(tx, &event)?.map(|()| (known, buckets)))
        })?;
        Ok(done.value)
    }

    fn give_ticket(&self, known: &Known, buckets: Buckets) -> Result<SignIn> {
        let ticket = random_token(&*self.entropy);
        let hashed = hash_token(&ticket);
        let enrolled = known.secret.totp.is_some();
        let offer = if enrolled {
            None
        } else {
            let mut seed = zeroize::Zeroizing::new([0_u8; 20]);
            self.entropy.fill(&mut *seed);
            Some(self.store.seal_column(&session::ticket_place(&hashed), &*seed)?)
        };
        let id = known.id.clone();
        self.store.write("sign_in.ticket", move |tx| {
            buckets.undo(tx)?;
            session::insert_ticket(tx, &hashed, &id, BY_PASSWORD, offer.as_deref())
        })?;
        Ok(if enrolled { SignIn::Code(ticket) } else { SignIn::Enrol(ticket) })
    }

    /// The ticket and its person, while it can be used.
    pub(super) fn ticket(&self, ticket: &str) -> Result<Option<Ticket>> {
        let hashed = hash_token(ticket);
        let found = self.store.read("sign_in.find_ticket", |tx| session::ticket(tx, &hashed))?;
        Ok(found.filter(|ticket| ticket_holds(ticket, self.now())))
    }

    /// The second step: six digits from the authenticator, or a recovery code.
    pub fn sign_in_code(&self, ticket: &str, code: &str, from: Knock<'_>) -> Result<CodeAnswer> {
        let Some(found) = self.ticket(ticket)? else { return Ok(CodeAnswer::Over) };
        if found.known.secret.totp.is_none() {
            return Ok(CodeAnswer::Over);
        }
        let id = found.known.id.clone();
        let typed = self.typed(&id, &found.known.secret, code)?;
        let event = self.anonymous_event(Act::SignInFailed, from.source).with("step", "code").object("account", &id);
        let (hashed, begin) = (hash_token(ticket), self.begin(from));
        let done = self.store.write("sign_in.code", move |tx| {
            let Some(ticket) = session::ticket(tx, &hashed)?.filter(|t| ticket_holds(t, tx.now())) else {
                return Ok(CodeAnswer::Over);
            };
            // A passkey may have been added since the password was given.
            if must_use_passkey(tx, &id, ticket.known.account.role)? {
                return Ok(CodeAnswer::Over);
            }
            let buckets = begin.buckets(tx, &ticket.known)?;
            if let Err(wait) = buckets.reserve(tx, &event)? {
                return Ok(CodeAnswer::Wait(attempt::seconds(wait)));
            }
            let Some(factor) = typed.factor(tx)? else {
                session::try_ticket(tx, &hashed)?;
                tx.audit(event.clone().ending(Outcome::Failed).with("reason", "code"));
                return Ok(CodeAnswer::Refused);
            };
            buckets.settle(tx)?;
            session::drop_ticket(tx, &hashed)?;
            begin.session(tx, &ticket.known, factor, &ticket.way).map(CodeAnswer::In)
        })?;
        Ok(done.value)
    }

    pub(super) fn begin(&self, from: Knock<'_>) -> Begin {
        Begin {
            token: random_token(&*self.entropy),
            came: from.device.map(str::to_owned),
            fresh: random_token(&*self.entropy),
            source: from.source.to_owned(),
            agent: describe(from.agent),
            policy: self.policies.hash().to_owned(),
        }
    }
}

impl Begin {
    pub(super) fn buckets(&self, tx: &mut Tx, known: &Known) -> store::Result<Buckets> {
        let device = self.came.as_deref().map(hash_token);
        attempt::buckets(tx, &known.account.login, Some(&known.id), &self.source, device.as_deref())
    }

    /// Begins a session of this person, remembers the browser, and puts both into the log. `way` is what it began with.
    pub(super) fn session(&self, tx: &mut Tx, known: &Known, factor: &str, way: &str) -> store::Result<SignedIn> {
        let device = match &self.came {
            // Only a cookie that we gave is kept: nobody can plant one. A registered device's stays its own in any case.
            Some(came) if given(tx, &hash_token(came))? => came.clone(),
            _ => self.fresh.clone(),
        };
        throttle::remember_device(tx, &hash_token(&device), &known.id)?;
        // The person got in, so guesses made elsewhere in the meantime were not in a row.
        throttle::clear(tx, &attempt::unknown(&known.account.login))?;
        let id = SessionId::new(tx.now(), tx.entropy());
        session::insert(
            tx,
            &session::New {
                id: id.clone(),
                token: hash_token(&self.token),
                account: known.id.clone(),
                factor: factor.to_owned(),
                source: self.source.clone(),
                device: hash_token(&device),
                agent: self.agent.clone(),
                canary: known.account.canary,
            },
        )?;
        let purpose = if known.account.canary { Purpose::SelfCheck } else { Purpose::Operations };
        let mut event = Event::new(Act::SignedIn, Actor::Account(known.id.clone()), purpose);
        event = event.with("factor", factor).with("way", way);
        event.role = Some(known.account.role);
        event.session = Some(id);
        event.source = Some(self.source.clone());
        event.policy.clone_from(&self.policy);
        tx.audit(event);
        Ok(SignedIn { token: self.token.clone(), device })
    }
}

/// Whether we gave this browser its cookie.
fn given(tx: &mut Tx, hash: &str) -> store::Result<bool> {
    Ok(throttle::device_exists(tx, hash)? || store::device::of_browser(tx, hash)?.is_some())
}
