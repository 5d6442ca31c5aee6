//! `wellkept audit`: going on after an older copy of the data was put back on purpose.

use serde_json::Value;

use crate::cli::AuditAct;
use crate::exit::{Exit, Failure};
use crate::system::{complain, say};
use crate::work::{Ask, done};

pub(super) fn run(act: &AuditAct, json: bool) -> Result<Exit, Failure> {
    let AuditAct::AcceptRestore { place, reason } = act;
    let accepted = done(place, &Ask::AcceptRestore { reason: reason.clone() })?;
    let vkey = accepted.get("vkey").and_then(Value::as_str).unwrap_or_default();
    say(&if json { accepted.to_string() } else { vkey.to_owned() }).map_err(Failure::other)?;
    let words = "It is in the log, with your reason and with what stood against it. The log goes on under the name above: the keeper of \
                 each witness makes it known with `wellkept witness add`, and may ask you why.";
    complain(words).map_err(Failure::other)?;
    Ok(Exit::Yes)
}
