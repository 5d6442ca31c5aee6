//! Sessions: what a token stands for now, locking, unlocking, ending.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use domain::Instant;
use domain::account::oidc::ASKED;
use domain::account::throttle::UNLOCK;
use domain::account::{ABSOLUTE, BY_OIDC, SessionState, SessionTimes, TICKET};
use domain::audit::{Act, Event, Outcome};
use domain::device::Origin;
use domain::id::SessionId;
use store::account::{self, leaving, oidc, passkey, throttle};
use store::session::{self, Found};

use super::attempt::Guess;
use super::{Fresh, Knock, hash_token, password, random_token};
use crate::{App, Cx, Error, Result, SessionSeen};

/// Days after which an untouched bucket of failures is dropped.
const BUCKET_DAYS: i64 = 30;

/// When each session's person last did something, until it is flushed. A crash loses half a minute of it, which locks a
/// session earlier and never later.
#[derive(Debug, Default)]
pub struct Activity(Mutex<HashMap<SessionId, Instant>>);

impl Activity {
    fn note(&self, session: &SessionId, now: Instant) {
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = map.get_mut(session) {
            *at = (*at).max(now);
        } else {
            map.insert(session.clone(), now);
        }
    }

    pub(super) fn of(&self, session: &SessionId) -> Option<Instant> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(session).copied()
    }

    pub(crate) fn forget(&self, session: &SessionId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(session);
    }

    fn pending(&self) -> Vec<(SessionId, Instant)> {
        let map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        map.iter().map(|(id, at)| (id.clone(), *at)).collect()
    }

    /// Drops what was written, unless something newer came in the meantime.
    fn written(&self, pairs: &[(SessionId, Instant)]) {
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (id, at) in pairs {
            if map.get(id) == Some(at) {
                map.remove(id);
            }
        }
    }
}

/// What unlocking leads to.
#[derive(Clone, PartialEq, Eq)]
pub enum Unlock {
    /// Open again, under this token. The one before opens nothing any more.
    Open(String),
    /// Not this password.
    Refused,
    /// Too many attempts: after so many seconds.
    Wait(Option<i64>),
    /// The session is over: sign in.
    Over,
}

impl App {
    /// The session that a cookie's token names: one statement. `active` is false for what the page asks by itself, such as
    /// a poll. A session whose time is up is locked or ended for good here, on record. From where each request comes is
    /// looked at anew: what was on the premises may be anywhere now.
    pub fn session_open(&self, token: &str, from: Knock<'_>, active: bool) -> Result<Option<SessionSeen>> {
        let Some((found, cx)) = self.session_of(token, from, "session.open")? else { return Ok(None) };
        let now = self.now();
        let times = self.times(&found);
        let state = times.state(now, self.idle_seconds);
        if is_out(&found, now) || state == SessionState::Ended {
            if found.times.ended_at.is_none() {
                self.expire(&cx, &times)?;
            }
            if cx.disabled && found.refused_at.is_none() {
                self.turn_away(&cx)?;
            }
            return Ok(None);
        }
        if state == SessionState::Locked && found.times.locked_at.is_none() {
            self.lock_as(&cx, "inactivity")?;
        }
        if state == SessionState::Active && active {
            self.activity.note(&found.id, now);
        }
        let times = if active { SessionTimes { active_at: now.max(times.active_at), ..times } } else { times };
        let locks_in = if state == SessionState::Active { times.locks_in(now, self.idle_seconds) } else { 0 };
        let csrf = self.csrf(&found.id)?;
        Ok(Some(SessionSeen { cx, state, locks_in: u32::try_from(locks_in).unwrap_or(0), csrf }))
    }

    /// The session with this token, and who asks in it from where.
    fn session_of(&self, token: &str, from: Knock<'_>, name: &'static str) -> Result<Option<(Found, Cx)>> {
        let (hashed, browser) = (hash_token(token), from.device.map(hash_token));
        let found = self.store.read(name, |tx| {
            let Some(found) = session::find(tx, &hashed)? else { return Ok(None) };
            let origin = store::device::origin(tx, from.source, browser.as_deref(), &found.account_id)?;
            Ok(Some((found, origin)))
        })?;
        Ok(found.map(|(found, origin)| {
            let cx = context(&found, from.source, origin, self.now());
            (found, cx)
        }))
    }

    /// The instants of a session with activity that is not yet in the database.
    pub(super) fn times(&self, found: &Found) -> SessionTimes {
        let noted = self.activity.of(&found.id).unwrap_or(found.times.active_at);
        SessionTimes { active_at: noted.max(found.times.active_at), ..found.times }
    }

    /// Somebody tries a session after access was ended: on record, once a session.
    fn turn_away(&self, cx: &Cx) -> Result<()> {
        let event = self.event(cx, Act::AccessRefused).ending(Outcome::Denied).with("credential", "session");
        let cx = cx.clone();
        self.store.write("session.turn_away", move |tx| {
            if session::refuse(tx, &cx.session)? {
                let event = tx.audit(event.clone());
                leaving::refuse(tx, &cx.account, &event)?;
            }
            Ok(())
        })?;
        Ok(())
    }

    fn expire(&self, cx: &Cx, times: &SessionTimes) -> Result<()> {
        let over = self.now().seconds_since(times.began_at) >= ABSOLUTE;
        let why = if over { "twelve hours" } else { "clock set back or account disabled" };
        let event = self.event(cx, Act::SessionExpired).with("reason", why);
        let id = cx.session.clone();
        self.store.write("session.expire", move |tx| {
            if session::end(tx, &id)? {
                tx.audit(event.clone());
            }
            Ok(())
        })?;
        self.activity.forget(&cx.session);
        Ok(())
    }

    /// Locks the session, by hand.
    pub fn lock_session(&self, cx: &Cx) -> Result<()> {
        self.lock_as(cx, "by hand")
    }

    fn lock_as(&self, cx: &Cx, reason: &str) -> Result<()> {
        let event = self.event(cx, Act::SessionLocked).with("reason", reason);
        let (id, last) = (cx.session.clone(), self.activity.of(&cx.session));
        self.store.write("session.lock", move |tx| {
            if let Some(last) = last {
                session::touch(tx, &id, last)?;
            }
            if session::lock(tx, &id)? {
                tx.audit(event.clone());
            }
            Ok(())
        })?;
        self.activity.forget(&cx.session);
        Ok(())
    }

    /// Opens a locked session with the person's password; the token is the other half of the proof. Twenty wrong ones in a
    /// row end it.
    pub fn unlock_session(&self, token: &str, password: &str, from: Knock<'_>) -> Result<Unlock> {
        let Some((found, cx)) = self.session_of(token, from, "session.unlock_find")? else { return Ok(Unlock::Over) };
        let times = self.times(&found);
        let now = self.now();
        if is_out(&found, now) || times.state(now, self.idle_seconds) == SessionState::Ended {
            return Ok(Unlock::Over);
        }
        match self.own_password(&cx, password, "unlock")? {
            Checked::Right => {}
            Checked::Wrong => return Ok(Unlock::Refused),
            Checked::Wait(wait) => return Ok(Unlock::Wait(wait)),
            Checked::Ended => return Ok(Unlock::Over),
        }
        let event = self.event(&cx, Act::SessionUnlocked);
        let (id, next) = (cx.session.clone(), random_token(&*self.entropy));
        let hashed = hash_token(&next);
        let opened = self.store.write("session.unlock", move |tx| {
            let opened = session::unlock(tx, &id, &hashed)?;
            if opened {
                tx.audit(event.clone());
            }
            Ok(opened)
        })?;
        self.activity.forget(&cx.session);
        Ok(if opened.value { Unlock::Open(next) } else { Unlock::Over })
    }

    /// Checks the person's own password within a session, throttled by session.
    fn own_password(&self, cx: &Cx, password: &str, step: &str) -> Result<Checked> {
        let guesses = self.guesses(cx, self.event(cx, Act::SignInFailed).with("step", step));
        let (paid, id) = (guesses.clone(), cx.account.clone());
        let knocked = self.store.write("session.password", move |tx| {
            Ok(match paid.pay(tx)? {
                Guess::Try => Ok(account::with_secret(tx, &id)?.secret.password),
                Guess::Wait(seconds) => Err(Checked::Wait(seconds)),
                Guess::Over => Err(Checked::Ended),
            })
        })?;
        let phc = match knocked.value {
            Ok(phc) => phc,
            Err(checked) => return Ok(checked),
        };
        match password::check(Some(&phc), password) {
            Ok(true) => {
                self.store.write("session.password_right", move |tx| guesses.right(tx))?;
                Ok(Checked::Right)
            }
            Ok(false) => {
                self.store.record(guesses.wrong("password"))?;
                Ok(Checked::Wrong)
            }
            Err(password::Busy) => {
                self.store.write("session.password_busy", move |tx| guesses.undo(tx))?;
                Ok(Checked::Wait(Some(2)))
            }
        }
    }

    /// Changes the person's own password and ends every other session.
    pub fn change_password(&self, who: Fresh<'_>, present: &str, chosen: &str) -> Result<()> {
        let cx = who.cx();
        let own = self.own_account(cx)?;
        let fault = |message: &str| Error::field("present", message);
        match self.own_password(cx, present, "change_password")? {
            Checked::Right => {}
            Checked::Wrong => return Err(fault("this is not your present password")),
            Checked::Wait(_) => return Err(fault("too many attempts: wait a little and try again")),
            Checked::Ended => return Err(Error::Refused("this session has ended: sign in again".to_owned())),
        }
        let known = self.store.read("account.secret", |tx| account::with_secret(tx, &own))?;
        self.check_new(chosen, "chosen", &known.account, &known.secret.password)?;
        let Some(phc) = self.hash_password(chosen)? else {
            return Err(Error::Refused("the server is busy: try again in a moment".to_owned()));
        };
        let event = self.event(cx, Act::AccountChanged).object("account", &cx.account).with("what", "password");
        let cx = cx.clone();
        self.store.write("account.password", move |tx| {
            account::set_password(tx, &cx.account, &phc, false)?;
            let ended = session::end_all(tx, &cx.account, Some(&cx.session))?;
            tx.audit(event.clone().with("sessions_ended", ended));
            Ok(())
        })?;
        Ok(())
    }

    /// Writes the last activity of each session, in one commit. Call it every thirty seconds and when the server stops.
    pub fn flush_activity(&self) -> Result<()> {
        let pairs = self.activity.pending();
        if pairs.is_empty() {
            return Ok(());
        }
        let rows = pairs.clone();
        self.store
            .write("session.flush", move |tx| rows.iter().try_for_each(|(id, at)| session::touch(tx, id, *at)))?;
        self.activity.written(&pairs);
        Ok(())
    }

    /// Ends sessions whose time is up and drops old tickets and buckets. Call it every few minutes.
    pub fn sweep_sessions(&self) -> Result<usize> {
        let now = self.now();
        let event = self.system_event(Act::SessionExpired, "sweep").with("reason", "twelve hours");
        let done = self.store.write("session.sweep", move |tx| {
            session::sweep_tickets(tx, now.plus_seconds(-TICKET))?;
            oidc::sweep(tx, now.plus_seconds(-ASKED))?;
            // Kept for a day beyond their question: a clock that is set back by less opens nothing.
            passkey::sweep(tx, now.plus_seconds(-86_400))?;
            throttle::sweep(tx, now.plus_seconds(-BUCKET_DAYS * 86_400), UNLOCK.stop.unwrap_or(20))?;
            let over = session::overdue(tx, now.plus_seconds(-ABSOLUTE), now.plus_seconds(60))?;
            for (id, account) in &over {
                session::end(tx, id)?;
                let mut event: Event = event.clone().object("account", account);
                event.session = Some(id.clone());
                tx.audit(event);
            }
            Ok(over.len())
        })?;
        Ok(done.value)
    }
}

/// Whether a session's row alone says that no request of it is served.
pub(super) fn is_out(found: &Found, now: Instant) -> bool {
    !found.account.is_open(now) || found.times.ended_at.is_some()
}

/// What a check of the person's own password gave.
enum Checked {
    Right,
    Wrong,
    Wait(Option<i64>),
    Ended,
}

fn context(found: &Found, source: &str, origin: Origin, now: Instant) -> Cx {
    let emergency = found.emergency.clone().filter(|open| open.holds(now));
    Cx {
        account: found.account_id.clone(),
        name: found.account.short_name(),
        role: found.account.role,
        disabled: !found.account.is_open(now),
        session: found.id.clone(),
        // No session begins without a second factor, a recovery code or a passkey, which is both factors; or both given to the
        // identity provider, where the practice trusts it with that.
        mfa: matches!(found.factor.as_str(), "totp" | "recovery" | "passkey" | BY_OIDC),
        fresh_at: found.fresh_at,
        source: source.to_owned(),
        origin,
        canary: found.account.canary,
        emergency,
    }
}
