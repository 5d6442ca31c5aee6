//! Going on after an older copy was put back on purpose.

use domain::audit::Act;

use super::Reach;
use crate::{App, Error, Result};

/// Characters of a reason, at least and at most.
const REASON: std::ops::RangeInclusive<usize> = 10..=500;

/// What was accepted.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// The log's name and key from now on: what the keepers of witnesses need.
    pub vkey: String,
    /// Who contradicted, and how.
    pub contradicted: Vec<(String, String)>,
}

impl App {
    /// Takes the log as it is for the one that goes on, under a new name, with the reason and everybody who contradicted in an
    /// event. Refused when nobody contradicts.
    pub fn accept_restore(&self, reason: &str) -> Result<Accepted> {
        let reason = reason.trim().to_owned();
        if !REASON.contains(&reason.chars().count()) {
            return Err(Error::Refused(format!(
                "say in {} to {} characters who put which copy back, and why",
                REASON.start(),
                REASON.end()
            )));
        }
        let found = self.compare_outside(Reach::Everybody)?;
        if found.ok() {
            let why = "nothing that is kept elsewhere contradicts the log here: there is nothing to accept";
            return Err(Error::Refused(why.to_owned()));
        }
        let words: Vec<String> = found.faults().collect();
        let event = self.system_event(Act::RestoreAccepted, "command line").with("against", words.join("; "));
        let beyond = found.generation;
        self.store.write("accept a restore", move |tx| {
            store::audit::name::accept_restore(tx, &reason, beyond, event.clone())
        })?;
        // The new name is signed and shown at once, or the next start would ask again.
        self.store.checkpoint()?;
        self.witness_round(Reach::Everybody)?;
        Ok(Accepted { vkey: self.store.log_key()?.to_string(), contradicted: found.contradict })
    }
}
