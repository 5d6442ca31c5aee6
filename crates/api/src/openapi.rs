//! The OpenAPI 3.1 document, made from the route table and the types of its bodies and answers.

use domain::client::ApiScope;
use http::StatusCode;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::problem::Details;
use crate::respond::Reply;
use crate::route::{Answer, Gate, Route, Verb, routes, says, schema};

pub(crate) const ROUTES: &[Route] = &[Route {
    verb: Verb::Get,
    path: "/api/openapi.json",
    gate: Gate::Open,
    name: "openapi",
    summary: "This document",
    parameters: &[],
    body: None,
    answers: &[says(200, "This document", schema::<Map<String, Value>>)],
    handler: |_, _| Reply::json(StatusCode::OK, &document()),
}];

/// The document.
pub fn document() -> Value {
    let mut settings = SchemaSettings::draft2020_12();
    settings.definitions_path = "/components/schemas".into();
    settings.meta_schema = None;
    let mut generator = settings.into_generator();
    let mut paths = Map::new();
    for route in routes() {
        let verb = route.verb.http().as_str().to_ascii_lowercase();
        let operation = operation(route, &mut generator);
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            path.insert(verb, operation);
        }
    }
    let scopes: Map<String, Value> =
        ApiScope::ALL.iter().map(|scope| (scope.to_string(), Value::from(scope.label()))).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Wellkept API",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Calls of programs that a practice registered. Each call is decided by the practice's policies and \
                            recorded in its audit log before it is answered.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "paths": paths,
        "components": {
            "schemas": generator.take_definitions(true),
            "securitySchemes": {
                "client": {
                    "type": "oauth2",
                    "description": "Client credentials with private_key_jwt (RFC 7523); tokens last five minutes.",
                    "flows": { "clientCredentials": { "tokenUrl": "/api/token", "scopes": scopes } },
                },
            },
        },
    })
}

fn operation(route: &Route, generator: &mut SchemaGenerator) -> Value {
    let mut operation = Map::new();
    operation.insert("operationId".to_owned(), route.name.into());
    operation.insert("summary".to_owned(), route.summary.into());
    let security = match route.gate {
        Gate::Scope(scope) => json!([{ "client": [scope.as_str()] }]),
        Gate::Open => json!([]),
    };
    operation.insert("security".to_owned(), security);
    let parameters: Vec<Value> = route
        .parameters
        .iter()
        .map(|p| {
            let in_path = route.path.contains(&format!("{{{}}}", p.name));
            json!({
                "name": p.name,
                "in": if in_path { "path" } else { "query" },
                "required": in_path,
                "description": p.words,
                "schema": { "type": "string", "format": p.format },
            })
        })
        .collect();
    if !parameters.is_empty() {
        operation.insert("parameters".to_owned(), parameters.into());
    }
    if let Some(body) = route.body {
        let content = json!({ (body.mime): { "schema": (body.schema)(generator) } });
        operation.insert("requestBody".to_owned(), json!({ "required": true, "content": content }));
    }
    let mut responses = Map::new();
    for answer in route.answers {
        responses.insert(answer.status.to_string(), good(answer, generator));
    }
    let problem = json!({ "application/problem+json": { "schema": schema::<Details>(generator) } });
    let words = "Refused, with what happened, where, why, and what to do (RFC 9457)";
    responses.insert("default".to_owned(), json!({ "description": words, "content": problem }));
    operation.insert("responses".to_owned(), responses.into());
    operation.into()
}

fn good(answer: &Answer, generator: &mut SchemaGenerator) -> Value {
    let media = match answer.schema {
        Some(schema) => json!({ "schema": schema(generator) }),
        None => json!({}),
    };
    json!({ "description": answer.words, "content": { (answer.mime): media } })
}
