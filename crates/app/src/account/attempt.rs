//! Throttling: an attempt is paid for before the work, and paid back when it was right, so that attempts side by side cannot
//! slip through together.

use domain::account::throttle::{DEVICE, Rule, SOURCE, UNKNOWN, UNLOCK, Wait, source_prefix};
use domain::audit::{Act, Event, Outcome};
use domain::id::{AccountId, SessionId};
use store::account::throttle;
use store::{Tx, session};

use super::hash_token;
use crate::{App, Cx};

/// The buckets that an attempt draws on.
#[derive(Clone, Debug)]
pub(crate) struct Buckets(pub(crate) Vec<(String, Rule)>);

/// Which buckets hold for this person at this browser. A browser that the person signed in with has its own, and nothing
/// that strangers do fills it; one that failed too often becomes a stranger's.
pub(crate) fn buckets(
    tx: &mut Tx,
    login: &str,
    account: Option<&AccountId>,
    source: &str,
    device: Option<&str>,
) -> store::Result<Buckets> {
    if let (Some(account), Some(device)) = (account, device)
        && throttle::knows_device(tx, device, account)?
    {
        let name = format!("device:{device}:{account}");
        let stored = throttle::load(tx, &name)?;
        if stored.bucket.ask(DEVICE, tx.now()) != Err(Wait::Stopped) {
            return Ok(Buckets(vec![(name, DEVICE)]));
        }
        throttle::forget_device(tx, device, account)?;
        throttle::clear(tx, &name)?;
    }
    Ok(Buckets(vec![
        (format!("source:{}", source_prefix(source)), SOURCE),
        // By the login's hash, so that a login which nobody has waits like any other.
        (unknown(login), UNKNOWN),
    ]))
}

/// The bucket that every strange browser shares for one login.
pub(crate) fn unknown(login: &str) -> String {
    format!("unknown:{}", hash_token(login))
}

impl Buckets {
    /// Pays for an attempt, or says why it must wait. `event` tells the log that it refuses, once a minute.
    pub(crate) fn reserve(&self, tx: &mut Tx, event: &Event) -> store::Result<Result<(), Wait>> {
        let now = tx.now();
        let mut stored = Vec::new();
        for (name, rule) in &self.0 {
            let found = throttle::load(tx, name)?;
            if let Err(wait) = found.bucket.ask(*rule, now) {
                if found.noted_at.is_none_or(|at| now.seconds_since(at).abs() >= 60) {
                    throttle::note(tx, name)?;
                    tx.audit(event.clone().ending(Outcome::Denied).with("reason", "throttled"));
                }
                return Ok(Err(wait));
            }
            stored.push((name, found.bucket.count(*rule, now)));
        }
        for (name, bucket) in stored {
            throttle::save(tx, name, bucket)?;
        }
        Ok(Ok(()))
    }

    /// The attempt was no failure after all.
    pub(crate) fn undo(&self, tx: &mut Tx) -> store::Result<()> {
        for (name, rule) in &self.0 {
            let bucket = throttle::load(tx, name)?.bucket.undo(*rule);
            throttle::save(tx, name, bucket)?;
        }
        Ok(())
    }

    /// The person is in: nothing is held against this person any longer. The source only gets its attempt back, or one
    /// good account would pay for guesses at others.
    pub(crate) fn settle(&self, tx: &mut Tx) -> store::Result<()> {
        for (name, rule) in &self.0 {
            if *rule == SOURCE {
                let bucket = throttle::load(tx, name)?.bucket.undo(*rule);
                throttle::save(tx, name, bucket)?;
            } else {
                throttle::clear(tx, name)?;
            }
        }
        Ok(())
    }
}

/// The guesses of one session: at the lock, at the step-up, at the emergency and at a change of password they are counted
/// together, and twenty wrong ones in a row end the session.
#[derive(Clone, Debug)]
pub(crate) struct Guesses {
    session: SessionId,
    buckets: Buckets,
    failed: Event,
    ended: Event,
}

/// Whether a guess may be looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Guess {
    /// It may: it is paid for.
    Try,
    /// After so many seconds.
    Wait(Option<i64>),
    /// Never: the session has ended.
    Over,
}

impl App {
    /// The guesses of this session. `failed` is the event of a wrong one.
    pub(crate) fn guesses(&self, cx: &Cx, failed: Event) -> Guesses {
        Guesses {
            session: cx.session.clone(),
            buckets: Buckets(vec![(format!("unlock:{}", cx.session), UNLOCK)]),
            failed,
            ended: self.event(cx, Act::SessionExpired).with("reason", "too many wrong guesses"),
        }
    }
}

impl Guesses {
    /// Pays for one guess, and ends the session where there were too many.
    pub(crate) fn pay(&self, tx: &mut Tx) -> store::Result<Guess> {
        match self.buckets.reserve(tx, &self.failed)? {
            Ok(()) => Ok(Guess::Try),
            Err(Wait::Stopped) => {
                if session::end(tx, &self.session)? {
                    tx.audit(self.ended.clone());
                }
                self.right(tx)?;
                Ok(Guess::Over)
            }
            Err(wait) => Ok(Guess::Wait(seconds(wait))),
        }
    }

    /// The guess was right: none before it counts any longer.
    pub(crate) fn right(&self, tx: &mut Tx) -> store::Result<()> {
        self.buckets.settle(tx)
    }

    /// Nobody looked at the guess.
    pub(crate) fn undo(&self, tx: &mut Tx) -> store::Result<()> {
        self.buckets.undo(tx)
    }

    /// The event of a wrong guess; `what` was wrong.
    pub(crate) fn wrong(&self, what: &str) -> Event {
        self.failed.clone().ending(Outcome::Failed).with("reason", what)
    }
}

/// What the person is told: seconds to wait, or nothing where waiting does not help.
pub(crate) fn seconds(wait: Wait) -> Option<i64> {
    match wait {
        Wait::Seconds(seconds) => Some(seconds),
        Wait::Stopped => None,
    }
}
