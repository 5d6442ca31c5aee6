//! The OpenAPI document says what is there: every route, every schema, no more.

use std::collections::BTreeSet;

use api::{Gate, routes};
use domain::client::ApiScope;
use http::Method;
use serde_json::Value;
use testkit::{On, Practice};

fn references<'v>(value: &'v Value, found: &mut BTreeSet<&'v str>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str));
            members.values().for_each(|value| references(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[test]
fn every_route_and_schema_is_in_the_document_and_nothing_else() {
    let document = api::document();
    assert_eq!(document["openapi"], "3.1.0");
    let mut told = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        told.extend(item.as_object().unwrap().keys().map(|verb| format!("{} {path}", verb.to_uppercase())));
    }
    let there: BTreeSet<String> = routes().map(|r| format!("{} {}", r.verb.http(), r.path)).collect();
    assert_eq!(told, there);
    let mut names = BTreeSet::new();
    for route in routes() {
        let operation = &document["paths"][route.path][route.verb.http().as_str().to_ascii_lowercase()];
        assert!(names.insert(route.name), "{} is there twice", route.name);
        assert_eq!(operation["operationId"], route.name);
        let security = operation["security"].to_string();
        match route.gate {
            Gate::Scope(scope) => assert!(security.contains(scope.as_str()), "{}: {security}", route.path),
            Gate::Open => assert_eq!(security, "[]", "{}", route.path),
        }
        assert_eq!(operation.get("requestBody").is_some(), route.body.is_some(), "{}", route.path);
        for answer in route.answers {
            assert!(operation["responses"][answer.status.to_string()].is_object(), "{}", route.path);
        }
        assert!(operation["responses"]["default"].is_object(), "{}", route.path);
    }
    let mut used = BTreeSet::new();
    references(&document, &mut used);
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let defined: BTreeSet<String> = schemas.keys().map(|name| format!("#/components/schemas/{name}")).collect();
    assert_eq!(
        used.iter().map(ToString::to_string).collect::<BTreeSet<_>>(),
        defined,
        "each is used, and each is there"
    );
    let scopes = document["components"]["securitySchemes"]["client"]["flows"]["clientCredentials"]["scopes"].clone();
    assert_eq!(scopes.as_object().unwrap().len(), ApiScope::ALL.len());
    assert!(ApiScope::ALL.iter().all(|scope| routes().any(|r| r.gate == Gate::Scope(*scope))), "a scope for nothing");
}

#[test]
fn the_document_is_served_to_anybody() {
    let practice = Practice::new(On::Sqlite);
    let answer = practice.call(Method::GET, "/api/openapi.json", None, None).expect(200);
    assert_eq!(answer.json(), api::document());
}
