//! `wellkept network`: the practice's own networks from the command line, for the first one and for whoever is shut out.

use serde_json::Value;

use crate::cli::NetworkAct;
use crate::exit::{Exit, Failure};
use crate::system::say;
use crate::work::{Ask, done};

pub(super) fn run(act: &NetworkAct, json: bool) -> Result<Exit, Failure> {
    let networks = match act {
        NetworkAct::Add { place, range, name } => done(place, &Ask::AddNetwork { line: format!("{range} {name}") })?,
        NetworkAct::List { place } => done(place, &Ask::Networks)?,
    };
    let line = if json { networks.to_string() } else { lines(&networks) };
    say(&line).map_err(Failure::other)?;
    Ok(Exit::Yes)
}

fn lines(networks: &Value) -> String {
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let own = networks.get("own").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut lines: Vec<String> =
        own.iter().map(|network| format!("{:<24} {}", text(network, "range"), text(network, "name"))).collect();
    if networks.get("loopback").and_then(Value::as_bool).unwrap_or(false) {
        lines.push(format!("{:<24} the server's own machine", "loopback"));
    }
    lines.join("\n")
}
