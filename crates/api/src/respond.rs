//! Puts an answer on the wire, with the headers that every answer carries.

use axum::body::Body;
use axum::response::Response;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Serialize;

use crate::problem::Problem;
use crate::route::JSON;

/// What a handler answers with. Answers about patients are made from disclosed values only, so their event is durable before
/// a byte of this exists.
pub(crate) struct Reply {
    status: StatusCode,
    mime: &'static str,
    /// The name to save it under, for a file.
    name: Option<String>,
    body: Vec<u8>,
}

impl Reply {
    /// A value in JSON.
    pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Result<Self, Problem> {
        let body = serde_json::to_vec(value).map_err(|error| {
            tracing::error!(%error, "an answer could not be written");
            Problem::broken()
        })?;
        Ok(Self { status, mime: JSON, name: None, body })
    }

    /// A file.
    pub(crate) fn file(name: &str, mime: &'static str, body: Vec<u8>) -> Self {
        let safe = name.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' });
        Self { status: StatusCode::OK, mime, name: Some(safe.collect()), body }
    }
}

pub(crate) fn respond(answer: Result<Reply, Problem>) -> Response {
    let mut response = match answer {
        Ok(Reply { status, mime, name, body }) => {
            let mut response = with(status, mime, body);
            if let Some(name) = name {
                put(&mut response, CONTENT_DISPOSITION, &format!("attachment; filename=\"{name}\""));
            }
            response
        }
        Err(problem) => {
            let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let mut response =
                with(status, "application/problem+json", serde_json::to_vec(&*problem).unwrap_or_default());
            if let Some(seconds) = problem.retry_after {
                put(&mut response, RETRY_AFTER, &seconds.to_string());
            }
            if let Some(challenge) = &problem.challenge {
                put(&mut response, WWW_AUTHENTICATE, challenge);
            }
            response
        }
    };
    let headers = [
        (CACHE_CONTROL.as_str(), "no-store"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-resource-policy", "same-origin"),
        ("strict-transport-security", "max-age=31536000; includeSubDomains"),
    ];
    for (name, value) in headers {
        put(&mut response, HeaderName::from_static(name), value);
    }
    response
}

fn with(status: StatusCode, mime: &str, body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    put(&mut response, CONTENT_TYPE, mime);
    response
}

fn put(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}
