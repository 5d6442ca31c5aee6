//! End somebody's access (45 CFR 164.308(a)(3)(ii)(C)): one act ends every session, ticket, known browser and API token, and
//! what that act ended is tried at once, so that the time to revoke is measured and not assumed.

use domain::Instant;
use domain::access::Action;
use domain::account::leaving::{AccessEnd, EndForm, EndReason, Ending};
use domain::audit::{Act, Event, Outcome};
use domain::client::Client;
use domain::id::{AccountId, SessionId};
use store::account::{self, leaving, throttle};
use store::record::{Stamp, Versioned};
use store::{Tx, directory, session};

pub use store::account::leaving::Open;

use super::role::is_not_the_last_official;
use crate::access::Resource;
use crate::client::known;
use crate::{App, Cx, Error, Result, stamp};

/// What an act ended: hashes of tokens, for trying them.
#[derive(Clone, Default)]
pub(crate) struct Ended {
    at: Instant,
    open: Vec<SessionId>,
    pub(super) sessions: Vec<String>,
    tokens: Vec<String>,
}

/// An end of somebody's access, ready for its transaction.
pub(crate) struct End {
    account: AccountId,
    ending: Ending,
    by: Option<AccountId>,
    event: Event,
    stamp: Stamp,
}

impl End {
    /// By whoever asks.
    pub(crate) fn by(app: &App, cx: &Cx, account: &AccountId, ending: Ending) -> Self {
        let (event, stamp) = (app.event(cx, Act::AccessEnded), stamp(cx, why(&ending)));
        Self { account: account.clone(), ending, by: Some(cx.account.clone()), event, stamp }
    }

    /// By the server itself; `part` says which job.
    pub(crate) fn by_server(app: &App, part: &str, account: &AccountId, ending: Ending) -> Self {
        let event = app.system_event(Act::AccessEnded, part);
        let stamp = Stamp { actor: event.actor.to_string(), reason: why(&ending).to_owned() };
        Self { account: account.clone(), ending, by: None, event, stamp }
    }

    /// Ends every session, ticket, known browser and token, with the event of it. From the commit on each of them is refused;
    /// [`App::try_what_ended`] then tries them.
    pub(crate) fn apply(&self, tx: &mut Tx) -> store::Result<Ended> {
        let (id, ending) = (&self.account, &self.ending);
        let Versioned { value: mut account, version } = account::load(tx, id)?;
        if account.disabled_at.is_some() {
            return Err(store::Error::Refused("this person's access has ended already".to_owned()));
        }
        // What cannot wait goes before a successor; the server looks after the last one itself.
        if self.by.is_some() && !matches!(ending.reason, EndReason::Suspected | EndReason::Died) {
            is_not_the_last_official(tx, id, &account)?;
        }
        let mut ended = Ended { at: tx.now(), sessions: session::tokens(tx, id)?, ..Ended::default() };
        let open = session::open(tx, id)?;
        let active = open.iter().map(|s| s.times.active_at).max();
        ended.open = open.into_iter().map(|s| s.id).collect();
        let acted = leaving::last_act(tx, id)?;
        let accepted_at = active.max(acted.as_ref().map(|(at, _)| *at)).max(end_clients(tx, id, &mut ended)?);
        let sessions = session::end_all(tx, id, None)?;
        throttle::forget_devices(tx, id)?;
        crate::device::end_all(tx, id, &self.stamp, &self.event)?;
        account.disabled_at = Some(tx.now());
        account::update(tx, id, version, &account, &self.stamp)?;
        let tokens = u64::try_from(ended.tokens.len()).unwrap_or(u64::MAX);
        let event = self.event.clone().object("account", id).with("reason", ending.reason).with("role", account.role);
        let event = event.with("sessions", sessions).with("tokens", tokens);
        let event = match ending.left_at {
            Some(left) => event.with("employment_ended", left),
            None => event,
        };
        let end = AccessEnd {
            account: id.clone(),
            ending: ending.clone(),
            ended_at: tx.now(),
            ended_by: self.by.clone(),
            sessions,
            tokens,
            accepted_at,
            accepted_event: acted.map(|(_, event)| event),
            ended_event: tx.audit(event),
            refused: None,
        };
        leaving::insert(tx, &end)?;
        Ok(ended)
    }
}

/// What the record's next version says.
fn why(ending: &Ending) -> &str {
    if ending.note.is_empty() { ending.reason.label() } else { &ending.note }
}

/// One end of a person's access with what the page says around it.
#[derive(Clone, Debug)]
pub struct Left {
    /// The end.
    pub end: AccessEnd,
    /// Who did it.
    pub by: String,
    /// When the person's last act in the log was.
    pub acted_at: Option<Instant>,
}

impl App {
    /// Ends a person's access. With this commit every session, ticket and API token is refused; then the server tries each of
    /// them itself and notes the first refusal.
    pub fn end_access(&self, cx: &Cx, id: &AccountId, form: &EndForm) -> Result<()> {
        let _ = self.authorize(cx, Action::AccountEdit, Resource::Account(id.clone()))?;
        let ending = form.read(&self.practice_facts()?.zone).map_err(Error::Invalid)?;
        let ended = self.end_everything(cx, id, ending)?;
        self.try_what_ended(id, &ended)
    }

    fn end_everything(&self, cx: &Cx, id: &AccountId, ending: Ending) -> Result<Ended> {
        let (end, subject) = (End::by(self, cx, id, ending), id.clone());
        self.change(
            cx,
            Action::AccountEdit,
            move |_| Ok(Resource::Account(subject.clone())),
            move |tx, _| end.apply(tx),
        )
    }

    /// Puts to the same question as a request would every credential that the act ended. One that still opens anything is a
    /// fault, and the log says so.
    pub(crate) fn try_what_ended(&self, id: &AccountId, ended: &Ended) -> Result<()> {
        let refused = self.store.read("account.try_ended", |tx| {
            let mut refused = 0_usize;
            for token in &ended.sessions {
                refused += usize::from(session::find(tx, token)?.is_none_or(|s| super::session::is_out(&s, tx.now())));
            }
            for token in &ended.tokens {
                refused += usize::from(token_is_out(tx, token)?);
            }
            Ok(refused)
        })?;
        let tried = ended.sessions.len() + ended.tokens.len();
        // What was accepted in the last half minute is in memory only; nothing is accepted any more.
        let accepted = ended.open.iter().filter_map(|session| self.activity.of(session)).max();
        ended.open.iter().for_each(|session| self.activity.forget(session));
        let held = refused == tried;
        let event = self.system_event(Act::AccessRefused, "access check").object("account", id);
        let event = event.with("tried", tried).with("refused", refused);
        let event = if held { event } else { event.ending(Outcome::Failed).with("alert", true) };
        let (id, ended_at) = (id.clone(), ended.at);
        self.store.write("account.access_refused", move |tx| {
            if let Some(accepted) = accepted {
                leaving::accepted(tx, &id, ended_at, accepted)?;
            }
            // With nothing open there was nothing to try: the first attempt from outside is then the first refusal.
            if tried > 0 {
                let event = tx.audit(event.clone());
                if held {
                    leaving::refuse(tx, &id, &event)?;
                }
            }
            Ok(())
        })?;
        if held {
            Ok(())
        } else {
            Err(Error::Refused("a session of this person still opens: stop the server".to_owned()))
        }
    }

    /// The ends of a person's access, the newest first, and what the person leaves open.
    pub fn left(&self, cx: &Cx, id: &AccountId) -> Result<(Vec<Left>, Open)> {
        self.look(
            cx,
            Action::AccountView,
            |_| Ok(Resource::Practice),
            |tx, _| {
                let mut all = Vec::new();
                for end in leaving::all(tx)?.into_iter().filter(|end| end.account == *id) {
                    let by = match &end.ended_by {
                        Some(by) => account::load(tx, by)?.value.short_name(),
                        None => "the server".to_owned(),
                    };
                    let acted_at = match &end.accepted_event {
                        Some(event) => leaving::event_at(tx, event)?,
                        None => None,
                    };
                    all.push(Left { end, by, acted_at });
                }
                Ok((all, leaving::open(tx, id)?))
            },
        )
    }
}

/// Ends the tokens of the clients that the person answers for; says when one of them called last. The clients stay: each is shut
/// while its owner is out, and another person may take it over.
fn end_clients(tx: &mut Tx, id: &AccountId, ended: &mut Ended) -> store::Result<Option<Instant>> {
    let uses = store::client::uses(tx)?;
    let mut last = None;
    for Versioned { value: client, .. } in directory::all::<Client>(tx)? {
        if client.owner == *id {
            ended.tokens.extend(store::client::open_tokens(tx, &client.id)?);
            store::client::end_tokens(tx, &client.id)?;
            let used = uses.iter().filter(|(of, _)| *of == client.id).map(|(_, used)| used.last_at).max();
            last = last.max(used);
        }
    }
    Ok(last)
}

fn token_is_out(tx: &mut Tx, hash: &str) -> store::Result<bool> {
    let Some(token) = store::client::token(tx, hash)? else { return Ok(true) };
    let Some(client) = store::client::find(tx, &token.client)? else { return Ok(true) };
    Ok(token.ended_at.is_some() || known(tx, client.value)?.standing.is_err())
}
