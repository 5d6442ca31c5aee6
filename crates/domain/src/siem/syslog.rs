//! RFC 5424 around a message, and its length before it (RFC 5425 section 4.3).

use super::Message;

/// Facility 13, log audit.
const FACILITY: u8 = 13;
/// We have no number of our own at IANA; this is the one for examples (RFC 5612).
const NUMBER: u32 = 32473;

/// The whole message around `text`, which is ASCII. `host` is a name, or `-` where there is none.
pub fn frame(message: &Message, host: &str, text: &str) -> Vec<u8> {
    let severity = match (message.is_alarming(), message.is_done()) {
        (true, _) => 2,
        (false, false) => 4,
        (false, true) => 6,
    };
    let priority = FACILITY * 8 + severity;
    let Message { at, act, log, place, id, commitment, .. } = message;
    let number = place.to_string();
    let data = [
        ("log", log.as_str()),
        ("entry", number.as_str()),
        ("event", id.as_str()),
        ("outcome", message.outcome()),
        ("commitment", commitment),
    ];
    let data: String = data.iter().map(|(name, value)| format!(" {name}=\"{}\"", escaped(value))).collect();
    let version = env!("CARGO_PKG_VERSION");
    let whole = format!(
        "<{priority}>1 {at} {host} wellkept - {act} [origin software=\"Wellkept\" swVersion=\"{version}\"][wellkept@{NUMBER}{data}] {text}"
    );
    format!("{} {whole}", whole.len()).into_bytes()
}

/// A value of structured data (RFC 5424 section 6.3.3).
fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for c in value.chars() {
        if matches!(c, '"' | '\\' | ']') {
            text.push('\\');
        }
        text.push(c);
    }
    text
}
