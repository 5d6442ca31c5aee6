//! `wellkept doctor`: the safeguard checks, by the running server, or against a server of its own on a loopback port.

use serde_json::Value;

use crate::cli::Place;
use crate::exit::{Exit, Failure};
use crate::system::say;
use crate::work::{Ask, done};

pub(super) fn run(place: &Place, json: bool) -> Result<Exit, Failure> {
    let report = done(place, &Ask::Doctor)?;
    let checks = report.as_array().map(Vec::as_slice).unwrap_or_default();
    if json {
        say(&report.to_string()).map_err(Failure::other)?;
    } else {
        let lines: Vec<String> = checks.iter().map(words).collect();
        say(&lines.join("\n")).map_err(Failure::other)?;
    }
    // What could not be found out is no pass.
    Ok(Exit::answer(!checks.is_empty() && checks.iter().all(|check| text(check, "verdict") == "pass")))
}

fn words(check: &Value) -> String {
    let verdict = text(check, "verdict");
    // It decides nothing, and nobody would look for it elsewhere.
    let leaked = check.pointer("/observed/leaked_passwords").and_then(Value::as_str);
    let leaked = leaked.map(|list| format!("\n       leaked passwords: {list}")).unwrap_or_default();
    let line = format!("{:<6} {verdict:<14} {}{leaked}", text(check, "probe"), text(check, "title"));
    if verdict == "pass" {
        return line;
    }
    format!("{line}\n       found: {}\n       to do: {}", text(check, "said"), text(check, "remedy"))
}

fn text<'a>(check: &'a Value, key: &str) -> &'a str {
    check.get(key).and_then(Value::as_str).unwrap_or_default()
}
