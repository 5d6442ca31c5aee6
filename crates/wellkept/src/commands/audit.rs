//! `wellkept audit`: going on after an older copy of the data was put back on purpose, and drawing a week's sample again.

use std::path::Path;

use domain::sample::Week;
use serde_json::Value;

use crate::cli::{AuditAct, Place};
use crate::commands::verify::words as faults;
use crate::exit::{Exit, Failure};
use crate::system::{complain, say};
use crate::work::{Ask, done};

pub(super) fn run(act: &AuditAct, json: bool) -> Result<Exit, Failure> {
    match act {
        AuditAct::Sample { pack, week, vkey } => sample(pack, *week, vkey.as_deref(), json),
        AuditAct::AcceptRestore { place, reason } => accept_restore(place, reason, json),
    }
}

fn accept_restore(place: &Place, reason: &str, json: bool) -> Result<Exit, Failure> {
    let accepted = done(place, &Ask::AcceptRestore { reason: reason.to_owned() })?;
    let vkey = accepted.get("vkey").and_then(Value::as_str).unwrap_or_default();
    say(&if json { accepted.to_string() } else { vkey.to_owned() }).map_err(Failure::other)?;
    let words = "It is in the log, with your reason and with what stood against it. The log goes on under the name above: the keeper of \
                 each witness makes it known with `wellkept witness add`, and may ask you why.";
    complain(words).map_err(Failure::other)?;
    Ok(Exit::Yes)
}

fn sample(pack: &Path, week: Week, vkey: Option<&str>, json: bool) -> Result<Exit, Failure> {
    if !pack.is_dir() {
        return Err(Failure::Usage(format!("`{}` is not a pack", pack.display())));
    }
    let report = app::sample::sample_of_pack(pack, week, vkey)?;
    let ok = report.get("ok") == Some(&Value::Bool(true));
    let text = match (json, ok) {
        (true, _) => report.to_string(),
        (false, true) => words(&report),
        (false, false) => faults(&report, false),
    };
    say(&text).map_err(Failure::other)?;
    Ok(Exit::answer(ok))
}

fn words(report: &Value) -> String {
    let text = |of: &Value, key: &str| match of.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    let drawn = report.get("drawn").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let first = format!(
        "{}: entries {} to before {}, root {}\n{} of {} acts of people that concern patients are the sample",
        text(report, "week"),
        text(report, "from"),
        text(report, "to"),
        text(report, "root"),
        drawn.len(),
        text(report, "candidates"),
    );
    let line = |one: &Value| {
        let [entry, at, act, actor] = ["entry", "at", "act", "actor"].map(|key| text(one, key));
        format!("  {entry:>8}  {at}  {act}  {actor}")
    };
    let lines = std::iter::once(first).chain(drawn.iter().map(line));
    lines.chain([format!("signed by {}", text(report, "vkey"))]).collect::<Vec<_>>().join("\n")
}
