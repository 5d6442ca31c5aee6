//! Reads a request whole, within limits.

use std::collections::HashMap;

use axum::extract::{FromRequest, Multipart, Path, Query, Request};
use axum::{Form, RequestExt};
use http::header::{CONTENT_TYPE, COOKIE, USER_AGENT};
use http::{HeaderMap, Method, StatusCode};
use tokio::sync::SemaphorePermit;

use crate::failure::Failure;
use crate::request::{Ask, Upload};

/// The largest upload: a year of a small practice's remittances is far below.
pub(super) const UPLOAD: usize = 64 * 1024 * 1024;
/// The largest form.
pub(super) const FORM: usize = 1024 * 1024;
/// The largest form of somebody who may not have signed in yet: a login, a password, a code.
pub(super) const STRANGERS_FORM: usize = 64 * 1024;

/// The session cookie. The prefix makes browsers insist on TLS, this host, and the root path.
pub(crate) const SESSION: &str = "__Host-session";
/// The cookie of a browser that has signed in before.
pub(crate) const DEVICE: &str = "__Host-device";
/// The cookie of a browser that was sent to the identity provider.
pub(crate) const OIDC: &str = "__Host-oidc";

/// What was read.
#[derive(Default)]
pub(super) struct Parts {
    path: HashMap<String, String>,
    query: Vec<(String, String)>,
    form: Vec<(String, String)>,
    uploads: Vec<Upload>,
    pub(super) token: Option<String>,
    pub(super) device: Option<String>,
    oidc: Option<String>,
    agent: String,
    address: String,
    method: Method,
    partial: bool,
    /// The page asked by itself. Only ever shortens a session, so it may come from the browser.
    pub(super) poll: bool,
    /// Another site made the browser send this (Fetch Metadata); a browser without it sends nothing.
    pub(super) foreign: bool,
    /// An upload's place in memory.
    pub(super) turn: Option<SemaphorePermit<'static>>,
}

impl Parts {
    pub(super) fn fill(self, ask: &mut Ask) {
        (ask.parts, ask.query, ask.form, ask.uploads) = (self.path, self.query, self.form, self.uploads);
        (ask.token, ask.device, ask.partial, ask.agent) = (self.token, self.device, self.partial, self.agent);
        (ask.path, ask.posted) = (self.address, self.method == Method::POST);
        (ask.oidc, ask.foreign) = (self.oidc, self.foreign);
    }
}

/// Everything but the body.
pub(super) async fn head(request: &mut Request) -> Parts {
    let headers = request.headers();
    let mut parts = Parts {
        token: cookie(headers, SESSION),
        device: cookie(headers, DEVICE),
        oidc: cookie(headers, OIDC),
        agent: headers.get(USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned(),
        partial: headers.contains_key("hx-request"),
        address: request.uri().path_and_query().map(ToString::to_string).unwrap_or_default(),
        method: request.method().clone(),
        // The browser sends a report by itself, as it does a poll.
        poll: headers.contains_key("wellkept-poll") || kind(headers) == crate::blocked::MIME,
        foreign: headers.get("sec-fetch-site").is_some_and(|v| v != "same-origin" && v != "none"),
        ..Parts::default()
    };
    // A request that a script makes has the form's token in a header.
    let token = headers.get("x-csrf-token").and_then(|v| v.to_str().ok());
    parts.form.extend(token.map(|token| ("csrf".to_owned(), token.to_owned())));
    if let Ok(Path(path)) = request.extract_parts::<Path<HashMap<String, String>>>().await {
        parts.path = path;
    }
    if let Ok(Query(query)) = request.extract_parts::<Query<Vec<(String, String)>>>().await {
        parts.query = query;
    }
    parts
}

/// Whether the body holds files, which are large: nobody sends them before signing in.
pub(super) fn is_upload(request: &Request) -> bool {
    kind(request.headers()).starts_with("multipart/form-data")
}

/// The body of a form. A GET has none that anybody reads.
pub(super) async fn body(request: Request, limit: usize, parts: &mut Parts) -> Result<(), Failure> {
    if request.method() == Method::GET {
        return Ok(());
    }
    if is_upload(&request) {
        return read_multipart(request, parts).await;
    }
    let form = kind(request.headers()).starts_with("application/x-www-form-urlencoded");
    let report = kind(request.headers()) == crate::blocked::MIME;
    let request = request.map(|body| axum::body::Body::new(http_body_util::Limited::new(body, limit)));
    if form {
        parts.form.extend(pairs(request).await?);
    } else if report {
        let text = String::from_request(request, &()).await.map_err(|_| NOT_UTF8)?;
        parts.form.push((crate::blocked::FIELD.to_owned(), text));
    }
    Ok(())
}

fn kind(headers: &HeaderMap) -> &str {
    headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default()
}

const NOT_UTF8: Failure =
    Failure::BadRequest("the form is not in UTF-8, so names with accents would be spoiled: nothing was saved");

async fn pairs(request: Request) -> Result<Vec<(String, String)>, Failure> {
    let Form(pairs) = Form::<Vec<(String, String)>>::from_request(request, &()).await.map_err(|rejected| {
        Failure::BadRequest(if rejected.status() == StatusCode::PAYLOAD_TOO_LARGE {
            "the form is too large"
        } else {
            "the form is not encoded as a form"
        })
    })?;
    // The decoder puts this mark where it could not read.
    let spoiled = pairs.iter().any(|(_, value)| value.contains(char::REPLACEMENT_CHARACTER));
    if spoiled { Err(NOT_UTF8) } else { Ok(pairs) }
}

async fn read_multipart(request: Request, parts: &mut Parts) -> Result<(), Failure> {
    const BROKEN: Failure =
        Failure::BadRequest("the upload broke off or is over 64 MB: send it again, in parts if it is large");
    let mut form = Multipart::from_request(request, &()).await.map_err(|_| BROKEN)?;
    while let Some(field) = form.next_field().await.map_err(|_| BROKEN)? {
        let name = field.name().unwrap_or_default().to_owned();
        let file = field.file_name().map(str::to_owned);
        let bytes = field.bytes().await.map_err(|_| BROKEN)?;
        match file {
            Some(file) => parts.uploads.push(Upload { field: name, name: file, bytes: bytes.to_vec() }),
            None => parts.form.push((name, std::str::from_utf8(&bytes).map_err(|_| NOT_UTF8)?.to_owned())),
        }
    }
    Ok(())
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let mut found = headers.get_all(COOKIE).iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(';'));
    found.find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
}
