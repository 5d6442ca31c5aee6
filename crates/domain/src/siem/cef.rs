//! Common Event Format, version 0: a header of seven parts, then `key=value`.

use std::net::IpAddr;

use super::Message;
use crate::access::Role;
use crate::audit::Purpose;

/// The line.
pub(super) fn line(message: &Message) -> String {
    let severity = match (message.is_alarming(), message.is_done()) {
        (true, _) => 8,
        (false, false) => 6,
        (false, true) => 3,
    };
    let head = [env!("CARGO_PKG_VERSION"), message.act.as_str(), message.act.label()].map(header).join("|");
    let extension: Vec<String> =
        pairs(message).into_iter().map(|(key, text)| format!("{key}={}", value(&text))).collect();
    format!("CEF:0|Wellkept|Wellkept|{head}|{severity}|{}", extension.join(" "))
}

fn pairs(message: &Message) -> Vec<(&'static str, String)> {
    let text = |text: &str| text.to_owned();
    let mut pairs = vec![
        ("rt", (message.at.micros() / 1000).to_string()),
        ("externalId", message.id.to_string()),
        ("suid", message.actor.clone()),
        ("outcome", text(if message.is_done() { "success" } else { "failure" })),
        ("cs1Label", text("log")),
        ("cs1", message.log.clone()),
        ("cn1Label", text("entry")),
        ("cn1", message.place.to_string()),
        ("cs2Label", text("commitment")),
        ("cs2", message.commitment.clone()),
        ("cn2Label", text("patients")),
        ("cn2", message.concerns.to_string()),
    ];
    pairs.extend(message.role.map(Role::as_str).map(|role| ("spriv", text(role))));
    pairs.extend(message.purpose.map(Purpose::as_str).map(|purpose| ("reason", text(purpose))));
    match message.source {
        Some(IpAddr::V4(address)) => pairs.push(("src", address.to_string())),
        Some(IpAddr::V6(address)) => {
            pairs.extend([("c6a2Label", text("Source IPv6 Address")), ("c6a2", address.to_string())]);
        }
        None => {}
    }
    if !message.patients.is_empty() {
        pairs.extend([("cs3Label", text("patientHashes")), ("cs3", message.patients.join(","))]);
    }
    if let Some(object) = &message.object {
        pairs.extend([("cs4Label", text("object")), ("cs4", object.clone())]);
    }
    if let Some(session) = &message.session {
        pairs.extend([("cs5Label", text("session")), ("cs5", session.clone())]);
    }
    if !message.facts.is_empty() {
        let facts: Vec<String> = message.facts.iter().map(|(name, value)| format!("{name}:{value}")).collect();
        pairs.extend([("cs6Label", text("facts")), ("cs6", facts.join(" "))]);
    }
    pairs
}

/// A part of the header: `|` and `\` are escaped, and a line never ends.
pub(super) fn header(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|").replace(['\r', '\n'], " ")
}

/// A value: `=` and `\` are escaped, and ends of lines are written `\n` and `\r`.
pub(super) fn value(text: &str) -> String {
    text.replace('\\', "\\\\").replace('=', "\\=").replace('\n', "\\n").replace('\r', "\\r")
}
