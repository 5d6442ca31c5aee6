//! Each form, read by somebody else's rules.

#![expect(clippy::string_slice, reason = "the readers here cut ASCII at places that they found in it")]

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::audit::{Actor, commitment};
use crate::id::{AccountId, PatientId, SessionId};

const ID: &str = "01890000-0000-7000-8000-000000000001";
/// Words of people about people: none of them may leave.
const SECRETS: [&str; 6] = ["Quetzal", "1984-06-09", "fell in the waiting room", "P-0007", "claim", PATIENT];
const PATIENT: &str = "01890000-0000-7000-8000-0000000000cc";

fn event(act: Act) -> Event {
    let mut event = Event::new(act, Actor::Account(AccountId::parse(ID).unwrap()), Purpose::Treatment)
        .about([PatientId::parse(PATIENT).unwrap()])
        .with("reason", "Rosa Quetzal fell in the waiting room")
        .with("born", "1984-06-09")
        .with("mrn", "P-0007")
        .with("login", "Quetzal")
        .with("count", 3)
        .with("action", "Quetzal")
        .with("verdict", "pass")
        .object("claim", ID);
    event.role = Some(Role::FrontDesk);
    event.session = Some(SessionId::parse(ID).unwrap());
    event.source = Some("192.0.2.7".to_owned());
    event
}

fn message(act: Act, outcome: Outcome) -> Message {
    let event = event(act).ending(outcome);
    let leaf = Leaf {
        id: EventId::parse(ID).unwrap(),
        at: Instant::from_micros(1_780_000_000_123_456),
        act,
        actor: event.actor.to_string(),
        policy: "ab".repeat(32),
        commitment: commitment(&[7; 32], &event.canonical()),
    };
    Message::of("wellkept/clinic-00112233/audit", 42, &leaf, Some(&event), |_| "f00d".repeat(8))
}

/// What stands in a frame: the priority, the fields of the header, and the text after the structured data.
fn unframed(bytes: &[u8]) -> (u8, Vec<String>, String, String) {
    let text = std::str::from_utf8(bytes).unwrap();
    assert!(text.is_ascii(), "{text}");
    let (length, whole) = text.split_once(' ').unwrap();
    assert_eq!(length.parse::<usize>().unwrap(), whole.len());
    let (priority, rest) = whole.strip_prefix('<').unwrap().split_once(">1 ").unwrap();
    let mut fields = rest.splitn(6, ' ');
    let head: Vec<String> = fields.by_ref().take(5).map(str::to_owned).collect();
    let rest = fields.next().unwrap();
    let (data, text) = rest.split_once("] ").unwrap();
    (priority.parse().unwrap(), head, format!("{data}]"), text.to_owned())
}

#[test]
fn s_tec_13_no_word_about_a_patient_is_in_any_form_of_any_act() {
    for act in Act::ALL {
        for format in Format::ALL {
            for outcome in Outcome::ALL {
                let bytes = message(*act, *outcome).framed(*format, "practice.example");
                let (.., head, data, text) = unframed(&bytes);
                assert_eq!(head[3..], ["-".to_owned(), act.to_string()]);
                let own = text.replace(act.as_str(), "").replace(act.label(), "");
                for secret in SECRETS {
                    assert!(
                        !own.contains(secret) && !data.replace(act.as_str(), "").contains(secret),
                        "{format} {text}"
                    );
                }
                assert!(text.contains("42") || data.contains("entry=\"42\""), "{text}");
            }
        }
    }
}

#[test]
fn s_tec_13_the_header_is_that_of_rfc_5424() {
    let (priority, head, data, text) =
        unframed(&message(Act::PatientViewed, Outcome::Done).framed(Format::Plain, "practice.example"));
    assert_eq!(priority, 13 * 8 + 6);
    assert_eq!(head, ["2026-05-28T20:26:40.123456Z", "practice.example", "wellkept", "-", "patient.viewed"]);
    assert!(data.starts_with("[origin software=\"Wellkept\"") && data.contains("[wellkept@32473 log="), "{data}");
    assert!(data.contains("entry=\"42\" event=\"01890000-0000-7000-8000-000000000001\""), "{data}");
    assert_eq!(
        text,
        "account:01890000-0000-7000-8000-000000000001 viewed a patient, done, about 1 patients, count 3, verdict pass"
    );
    let priority = |act, outcome| unframed(&message(act, outcome).framed(Format::Plain, "-")).0 % 8;
    assert_eq!((priority(Act::Denied, Outcome::Denied), priority(Act::AlertOpened, Outcome::Done)), (4, 2));
}

/// What cannot be read any more is told all the same, by its public part.
#[test]
fn an_entry_without_content_is_a_message_too() {
    let known = message(Act::PatientViewed, Outcome::Done);
    let leaf = Leaf {
        id: known.id.clone(),
        at: known.at,
        act: known.act,
        actor: known.actor,
        policy: String::new(),
        commitment: [7; 32],
    };
    let bare = Message::of("log", 42, &leaf, None, |_| "none".to_owned());
    for format in Format::ALL {
        let (.., text) = unframed(&bare.framed(*format, "-"));
        assert!(text.contains("patient.viewed") || text.contains("viewed a patient"), "{text}");
    }
}

/// Reads a CEF line by its specification: seven parts of a header, then `key=value`.
fn read_cef(line: &str) -> (Vec<String>, BTreeMap<String, String>) {
    let mut parts = vec![String::new()];
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => parts.last_mut().unwrap().push(chars.next().unwrap()),
            '|' if parts.len() == 7 => break,
            '|' => parts.push(String::new()),
            c => parts.last_mut().unwrap().push(c),
        }
    }
    let rest: String = chars.collect();
    let mut pairs = BTreeMap::new();
    // A key is what stands between the last space and an equals sign that no backslash is before.
    let mut equals: Vec<usize> = Vec::new();
    let mut escaped = false;
    for (at, c) in rest.char_indices() {
        if c == '=' && !escaped {
            equals.push(at);
        }
        escaped = c == '\\' && !escaped;
    }
    let start = |at: usize| rest[..at].rfind(' ').map_or(0, |space| space + 1);
    for (n, at) in equals.iter().enumerate() {
        let end = equals.get(n + 1).map_or(rest.len(), |next| start(*next) - 1);
        let mut value = String::new();
        let mut chars = rest[at + 1..end].chars();
        while let Some(c) = chars.next() {
            value.push(match c {
                '\\' => match chars.next().unwrap() {
                    'n' => '\n',
                    'r' => '\r',
                    other => other,
                },
                c => c,
            });
        }
        pairs.insert(rest[start(*at)..*at].to_owned(), value);
    }
    (parts, pairs)
}

#[test]
fn s_tec_13_cef_is_read_back() {
    let (head, pairs) = read_cef(&cef::line(&message(Act::PatientViewed, Outcome::Denied)));
    assert_eq!(head[..2], ["CEF:0", "Wellkept"]);
    assert_eq!((head[4].as_str(), head[5].as_str(), head[6].as_str()), ("patient.viewed", "viewed a patient", "6"));
    let of = |key: &str| pairs.get(key).map(String::as_str);
    assert_eq!((of("cn1Label"), of("cn1"), of("src")), (Some("entry"), Some("42"), Some("192.0.2.7")));
    assert_eq!(
        (of("rt"), of("outcome"), of("cs6")),
        (Some("1780000000123"), Some("failure"), Some("count:3 verdict:pass"))
    );
    for label in pairs.keys().filter_map(|key| key.strip_suffix("Label")) {
        assert!(pairs.contains_key(label), "{label}");
    }
    let mut far = message(Act::SignedIn, Outcome::Done);
    far.source = Some("2001:db8::7".parse().unwrap());
    assert_eq!(read_cef(&cef::line(&far)).1["c6a2"], "2001:db8::7");
}

proptest! {
    #[test]
    fn s_tec_13_no_text_breaks_out_of_a_cef_line(head in "[ -~\n]{0,20}", value in "[ -~\r\n]{0,40}") {
        let line = format!("CEF:0|Wellkept|Wellkept|1|{}|n|3|a={} b=end", cef::header(&head), cef::value(&value));
        prop_assert!(!line.contains('\n') && !line.contains('\r'));
        let (parts, pairs) = read_cef(&line);
        prop_assert_eq!(&parts[4], &head.replace('\n', " "));
        prop_assert_eq!(pairs.get("a"), Some(&value));
        prop_assert_eq!(pairs.get("b").map(String::as_str), Some("end"));
        prop_assert_eq!(pairs.len(), 2);
    }
}

/// What the schema of each class requires, and that the numbers fit each other.
#[test]
fn s_tec_13_ocsf_has_what_its_classes_require() {
    let base = ["activity_id", "category_uid", "class_uid", "metadata", "severity_id", "time", "type_uid"];
    let of = |class: u64| -> &[&str] {
        match class {
            3001 | 3002 => &["user"],
            6003 => &["actor", "api", "src_endpoint"],
            _ => panic!("class {class}"),
        }
    };
    let mut classes = std::collections::BTreeSet::new();
    for act in Act::ALL {
        let found = ocsf::json(&message(*act, Outcome::Done));
        let number = |key: &str| found[key].as_u64().unwrap();
        for key in base.iter().chain(of(number("class_uid"))) {
            assert!(!found[*key].is_null(), "{act} {key}");
        }
        classes.insert(number("class_uid"));
        assert_eq!(number("category_uid"), number("class_uid") / 1000);
        assert_eq!(number("type_uid"), number("class_uid") * 100 + number("activity_id"));
        assert!(number("activity_id") != 99 || found["activity_name"].is_string(), "{act}");
        assert!(found["metadata"]["product"]["vendor_name"].is_string() && found["metadata"]["version"] == "1.3.0");
        assert_eq!((found["metadata"]["sequence"].as_u64(), number("time")), (Some(42), 1_780_000_000_123));
        let user = &found["actor"]["user"];
        assert!(user["uid"].is_string() || user["name"].is_string());
    }
    assert_eq!(classes.into_iter().collect::<Vec<_>>(), [3001, 3002, 6003]);
    let failed = ocsf::json(&message(Act::SignInFailed, Outcome::Failed));
    assert_eq!((&failed["class_uid"], &failed["status_id"]), (&Value::from(3002), &Value::from(2)));
}

/// What FHIR R4 requires of the resource, with its closed codes.
#[test]
fn s_tec_13_fhir_has_what_an_audit_event_requires() {
    for act in Act::ALL {
        for (outcome, code) in [(Outcome::Done, "0"), (Outcome::Denied, "4"), (Outcome::Failed, "8")] {
            let found = fhir::json(&message(*act, outcome));
            assert_eq!((&found["resourceType"], &found["outcome"]), (&"AuditEvent".into(), &code.into()));
            assert!(found["type"]["system"].is_string() && found["type"]["code"].is_string(), "{act}");
            assert!(["C", "R", "U", "D", "E"].contains(&found["action"].as_str().unwrap()), "{act}");
            assert!(found["recorded"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok());
            assert!(found["source"]["observer"]["identifier"]["value"].is_string());
            let agents = found["agent"].as_array().unwrap();
            assert!(agents.iter().all(|agent| agent["requestor"].is_boolean()) && agents.len() == 1);
            let patient = &found["entity"][0];
            assert_eq!((&patient["type"]["code"], &patient["role"]["code"]), (&"1".into(), &"1".into()));
            assert_eq!(patient["what"]["identifier"]["value"], "f00d".repeat(8));
        }
    }
}
