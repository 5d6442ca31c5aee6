//! Open Cybersecurity Schema Framework 1.3: Authentication (3002), Account Change (3001), and API Activity (6003) for the rest.

use serde_json::{Value, json};

use super::{Does, Message};
use crate::audit::Act;

/// The version of the schema that the classes are from.
const SCHEMA: &str = "1.3.0";

/// The event.
pub(super) fn json(message: &Message) -> Value {
    let (class, activity, name) = class(message);
    let severity = match (message.is_alarming(), message.is_done()) {
        (true, _) => 4,
        (false, false) => 3,
        (false, true) => 1,
    };
    let kind = message.actor.split_once(':').map_or(message.actor.as_str(), |(kind, _)| kind);
    let mut user = json!({"uid": message.actor_id(), "type": kind, "type_id": if kind == "account" { 1 } else { 3 }});
    put(&mut user, "groups", message.role.map(|role| json!([{"name": role.as_str()}])));
    let mut actor = json!({"user": user});
    put(&mut actor, "session", message.session.as_ref().map(|session| json!({"uid": session})));
    let endpoint = match message.source {
        Some(address) => json!({"ip": address.to_string()}),
        None => json!({"name": "wellkept"}),
    };
    let resources: Vec<Value> = message.patients.iter().map(|hash| json!({"type": "patient", "uid": hash})).collect();
    let mut event = json!({
        "activity_id": activity,
        "category_uid": class / 1000,
        "class_uid": class,
        "type_uid": class * 100 + activity,
        "severity_id": severity,
        "status_id": if message.is_done() { 1 } else { 2 },
        "time": message.at.micros() / 1000,
        "message": message.to_string(),
        "metadata": {
            "product": {"name": "Wellkept", "vendor_name": "Wellkept", "version": env!("CARGO_PKG_VERSION")},
            "version": SCHEMA,
            "uid": message.id.as_str(),
            "sequence": message.place,
            "log_name": message.log,
            "event_code": message.act.as_str(),
        },
        "actor": actor,
        "src_endpoint": endpoint,
        "unmapped": {
            "outcome": message.outcome(),
            "purpose": message.purpose.map(crate::audit::Purpose::as_str),
            "commitment": message.commitment,
            "patients": message.concerns,
            "object": message.object,
            "facts": message.facts.iter().map(|(name, value)| (*name, value.as_str())).collect::<std::collections::BTreeMap<_, _>>(),
        },
    });
    put(&mut event, "activity_name", name.map(Value::from));
    if class == 6003 {
        put(&mut event, "api", Some(json!({"operation": message.act.as_str()})));
        put(&mut event, "resources", (!resources.is_empty()).then(|| Value::from(resources)));
    } else {
        put(&mut event, "user", Some(whose(message, &user)));
    }
    event
}

/// Whose account it is about: the one that is named, or else the actor's own.
fn whose(message: &Message, actor: &Value) -> Value {
    let named = message.object.as_deref().and_then(|object| object.strip_prefix("account:"));
    named.map_or_else(|| actor.clone(), |id| json!({"uid": id}))
}

fn put(object: &mut Value, key: &str, value: Option<Value>) {
    if let (Some(map), Some(value)) = (object.as_object_mut(), value) {
        map.insert(key.to_owned(), value);
    }
}

/// The class, its activity, and the words for an activity that it has no number for.
fn class(message: &Message) -> (u32, u32, Option<&'static str>) {
    let other = |class| (class, 99, Some(message.act.label()));
    match message.act {
        Act::SignedIn | Act::SignInFailed => (3002, 1, None),
        Act::SignedOut | Act::SignedOutEverywhere | Act::SessionExpired => (3002, 2, None),
        Act::SessionLocked | Act::SessionUnlocked | Act::SteppedUp | Act::TokenRefused => other(3002),
        Act::AccountCreated => (3001, 1, None),
        Act::AccessEnded => (3001, 5, None),
        Act::FactorEnrolled => (3001, 10, None),
        Act::FactorRemoved => (3001, 11, None),
        Act::AccountChanged | Act::OidcLinked | Act::OidcUnlinked => other(3001),
        _ => match message.does() {
            Does::Create => (6003, 1, None),
            Does::Read => (6003, 2, None),
            Does::Update => (6003, 3, None),
            Does::Delete => (6003, 4, None),
            Does::Execute => other(6003),
        },
    }
}
