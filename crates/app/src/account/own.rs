//! One's own sessions: what is open, and ending it.

use domain::Instant;
use domain::access::Action;
use domain::account::SessionState;
use domain::audit::Act;
use domain::id::{AccountId, SessionId};
use store::account::throttle;
use store::session;

use super::Fresh;
use crate::access::Resource;
use crate::{App, Cx, Result};

/// One of a person's own sessions.
#[derive(Clone, Debug)]
pub struct OwnSession {
    /// Its id, to end it with.
    pub id: SessionId,
    /// When it began.
    pub began_at: Instant,
    /// The last activity.
    pub active_at: Instant,
    /// The address it began from.
    pub source: String,
    /// What kind of browser it began in, as the browser said; may be empty.
    pub agent: String,
    /// Active or locked.
    pub state: SessionState,
    /// The one that asks.
    pub current: bool,
}

impl App {
    /// Ends the session that asks.
    pub fn sign_out(&self, cx: &Cx) -> Result<()> {
        self.end_own(cx, &cx.session)
    }

    /// Ends one of the person's own sessions.
    pub fn end_session(&self, who: Fresh<'_>, id: &SessionId) -> Result<()> {
        self.own_account(who.cx())?;
        self.end_own(who.cx(), id)
    }

    /// The person's own account, when the policies let the person manage it.
    pub(super) fn own_account(&self, cx: &Cx) -> Result<AccountId> {
        let grant = self.authorize(cx, Action::SelfManage, Resource::Account(cx.account.clone()))?;
        Ok(grant.account().clone())
    }

    fn end_own(&self, cx: &Cx, id: &SessionId) -> Result<()> {
        let event = self.event(cx, Act::SignedOut).object("session", id);
        let (account, ended) = (cx.account.clone(), id.clone());
        self.store.write("session.end", move |tx| {
            // Somebody else's session is not there.
            let own = session::open(tx, &account)?.iter().any(|found| found.id == ended);
            if own && session::end(tx, &ended)? {
                tx.audit(event.clone());
            }
            Ok(())
        })?;
        self.activity.forget(id);
        Ok(())
    }

    /// Ends every session of the person but the one that asks.
    pub fn end_other_sessions(&self, who: Fresh<'_>) -> Result<()> {
        let cx = who.cx();
        let account = self.own_account(cx)?;
        let event = self.event(cx, Act::SignedOut);
        let keep = cx.session.clone();
        self.store.write("session.end_others", move |tx| {
            let ended = session::end_all(tx, &account, Some(&keep))?;
            tx.audit(event.clone().with("other_sessions", ended));
            Ok(())
        })?;
        Ok(())
    }

    /// Ends every session of the person, this one too, and makes every browser a stranger's.
    pub fn sign_out_everywhere(&self, who: Fresh<'_>) -> Result<()> {
        let cx = who.cx();
        let account = self.own_account(cx)?;
        let event = self.event(cx, Act::SignedOutEverywhere);
        self.store.write("session.end_all", move |tx| {
            let ended = session::end_all(tx, &account, None)?;
            throttle::forget_devices(tx, &account)?;
            tx.audit(event.clone().with("sessions", ended));
            Ok(())
        })?;
        Ok(())
    }

    /// The person's own sessions, the newest first.
    pub fn own_sessions(&self, cx: &Cx) -> Result<Vec<OwnSession>> {
        let account = self.own_account(cx)?;
        let now = self.now();
        let found = self.store.read("session.own", |tx| session::open(tx, &account))?;
        let all = found.into_iter().map(|found| {
            let times = self.times(&found);
            let state = times.state(now, self.idle_seconds);
            let current = found.id == cx.session;
            let (began_at, active_at) = (times.began_at, times.active_at);
            OwnSession { id: found.id, began_at, active_at, source: found.source, agent: found.agent, state, current }
        });
        Ok(all.filter(|own| own.state != SessionState::Ended).collect())
    }
}
