//! FHIR R4 `AuditEvent`, in the manner of IHE's basic audit log patterns: a patient is an entity of its own, here by a hash.

use serde_json::{Value, json};

use super::{Does, Message};
use crate::audit::{Act, Outcome, Purpose};

const DICOM: &str = "http://dicom.nema.org/resources/ontology/DCM";
const TYPES: &str = "http://terminology.hl7.org/CodeSystem/audit-event-type";
const INTERACTIONS: &str = "http://hl7.org/fhir/restful-interaction";
const REASONS: &str = "http://terminology.hl7.org/CodeSystem/v3-ActReason";
const SOURCES: &str = "http://terminology.hl7.org/CodeSystem/security-source-type";
const ENTITIES: &str = "http://terminology.hl7.org/CodeSystem/audit-entity-type";
const ROLES: &str = "http://terminology.hl7.org/CodeSystem/object-role";
/// Ours: names of acts, of roles, and of what FHIR has no place for.
const OURS: &str = "urn:wellkept";

/// The resource.
pub(super) fn json(message: &Message) -> Value {
    let (kind, interaction, action) = codes(message);
    let mut subtypes = vec![json!({"system": format!("{OURS}:act"), "code": message.act.as_str()})];
    if let Some(interaction) = interaction {
        subtypes.insert(0, json!({"system": INTERACTIONS, "code": interaction}));
    }
    let mut event = json!({
        "resourceType": "AuditEvent",
        "id": message.id.as_str(),
        "extension": [
            {"url": format!("{OURS}:log"), "valueString": message.log},
            {"url": format!("{OURS}:entry"), "valueString": message.place.to_string()},
            {"url": format!("{OURS}:commitment"), "valueString": message.commitment},
        ],
        "type": kind,
        "subtype": subtypes,
        "action": action,
        "recorded": message.at.to_string(),
        "outcome": match message.outcome {
            None | Some(Outcome::Done) => "0",
            Some(Outcome::Denied) => "4",
            Some(Outcome::Failed) => "8",
        },
        "outcomeDesc": message.outcome(),
        "agent": [agent(message)],
        "source": {
            "observer": {"identifier": {"system": format!("{OURS}:log"), "value": message.log}},
            "type": [{"system": SOURCES, "code": "4", "display": "Application Server"}],
        },
    });
    let entities = entities(message);
    if let Some(map) = event.as_object_mut() {
        if let Some(reason) = message.purpose.and_then(reason) {
            map.insert("purposeOfEvent".to_owned(), json!([{"coding": [{"system": REASONS, "code": reason}]}]));
        }
        if !entities.is_empty() {
            map.insert("entity".to_owned(), Value::from(entities));
        }
    }
    event
}

fn agent(message: &Message) -> Value {
    let mut agent = json!({
        "who": {"identifier": {"system": format!("{OURS}:actor"), "value": message.actor}},
        "requestor": !message.actor.starts_with("system:"),
    });
    if let Some(map) = agent.as_object_mut() {
        if let Some(role) = message.role {
            let coding = json!([{"system": format!("{OURS}:role"), "code": role.as_str(), "display": role.label()}]);
            map.insert("role".to_owned(), json!([{"coding": coding}]));
        }
        if let Some(address) = message.source {
            map.insert("network".to_owned(), json!({"address": address.to_string(), "type": "2"}));
        }
    }
    agent
}

fn entities(message: &Message) -> Vec<Value> {
    let mut all: Vec<Value> = message
        .patients
        .iter()
        .map(|hash| {
            json!({
                "what": {"identifier": {"system": format!("{OURS}:patient-hash"), "value": hash}},
                "type": {"system": ENTITIES, "code": "1", "display": "Person"},
                "role": {"system": ROLES, "code": "1", "display": "Patient"},
            })
        })
        .collect();
    let details: Vec<Value> = message
        .facts
        .iter()
        .map(|(name, value)| json!({"type": name, "valueString": value}))
        .chain(message.session.iter().map(|session| json!({"type": "session", "valueString": session})))
        .collect();
    if message.object.is_some() || !details.is_empty() {
        let what = message.object.clone().unwrap_or_else(|| message.act.as_str().to_owned());
        let mut other = json!({
            "what": {"identifier": {"system": format!("{OURS}:object"), "value": what}},
            "type": {"system": ENTITIES, "code": "4", "display": "Other"},
        });
        if let Some(map) = other.as_object_mut()
            && !details.is_empty()
        {
            map.insert("detail".to_owned(), Value::from(details));
        }
        all.push(other);
    }
    all
}

/// The type, the interaction of a REST server that is like it, and the letter of the action.
fn codes(message: &Message) -> (Value, Option<&'static str>, &'static str) {
    let dicom = |code: &str, display: &str| json!({"system": DICOM, "code": code, "display": display});
    let rest = || json!({"system": TYPES, "code": "rest", "display": "RESTful Operation"});
    match message.act {
        Act::SignedIn | Act::SignInFailed | Act::SignedOut | Act::SteppedUp | Act::SessionUnlocked => {
            (dicom("110114", "User Authentication"), None, "E")
        }
        Act::ServerStarted => (dicom("110100", "Application Activity"), None, "E"),
        Act::ExportBegun | Act::ExportEnded | Act::BatchReleased => (dicom("110106", "Export"), None, "R"),
        Act::AuditViewed => (dicom("110101", "Audit Log Used"), None, "R"),
        Act::Denied | Act::AlertOpened | Act::LogContradicted | Act::AccountChanged | Act::AccountCreated => {
            (dicom("110113", "Security Alert"), None, "E")
        }
        _ => match message.does() {
            Does::Create => (rest(), Some("create"), "C"),
            Does::Read => (rest(), Some("read"), "R"),
            Does::Update => (rest(), Some("update"), "U"),
            Does::Delete => (rest(), Some("delete"), "D"),
            Does::Execute => (rest(), Some("operation"), "E"),
        },
    }
}

fn reason(purpose: Purpose) -> Option<&'static str> {
    match purpose {
        Purpose::Treatment => Some("TREAT"),
        Purpose::Payment => Some("HPAYMT"),
        Purpose::Operations => Some("HOPERAT"),
        Purpose::SelfCheck => None,
    }
}
