//! Throttling: an attempt is paid for before the work, and paid back when it was right, so that attempts side by side cannot
//! slip through together.

use domain::account::throttle::{DEVICE, Rule, SOURCE, UNKNOWN, Wait, source_prefix};
use domain::audit::{Event, Outcome};
use domain::id::AccountId;
use store::Tx;
use store::account::throttle;

use super::hash_token;

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

/// What the person is told: seconds to wait, or nothing where waiting does not help.
pub(crate) fn seconds(wait: Wait) -> Option<i64> {
    match wait {
        Wait::Seconds(seconds) => Some(seconds),
        Wait::Stopped => None,
    }
}
