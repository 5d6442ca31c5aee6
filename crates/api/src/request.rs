//! A request, read whole at the edge and within limits. Handlers see nothing of HTTP.

use std::collections::HashMap;
use std::time::Duration;

use app::client::ClientCx;
use axum::RequestExt as _;
use axum::extract::{Path, Query, Request};
use http::HeaderName;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use crate::problem::Problem;
use crate::route::Route;

/// How long a body may take to arrive.
const TIME: Duration = Duration::from_secs(30);

/// What a handler answers.
pub(crate) struct Ask {
    path: HashMap<String, String>,
    query: Vec<(String, String)>,
    /// The body, in the route's media type.
    pub(crate) body: Vec<u8>,
    /// What came as the bearer token.
    pub(crate) bearer: Option<String>,
    /// The client, on a route behind a scope.
    pub(crate) client: Option<ClientCx>,
    /// The address it came from.
    pub(crate) source: String,
}

impl Ask {
    /// Who asks. A route behind a scope always has one.
    pub(crate) fn cx(&self) -> Result<&ClientCx, Problem> {
        self.client.as_ref().ok_or_else(Problem::no_token)
    }

    /// A part of the path as an id; a text that is none leads to nothing.
    pub(crate) fn id<T, E>(&self, name: &str, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<T, Problem> {
        self.path.get(name).and_then(|text| parse(text).ok()).ok_or_else(Problem::not_found)
    }

    /// An optional query parameter.
    pub(crate) fn query<T, E: std::fmt::Display>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, Problem> {
        let found = self.query.iter().find(|(n, _)| n == name);
        let read = found.map(|(_, text)| parse(text)).transpose();
        read.map_err(|e| Problem::parameter(name, &format!("it cannot be read: {e}")))
    }

    /// The body as `T`.
    pub(crate) fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T, Problem> {
        serde_json::from_slice(&self.body).map_err(|e| Problem::body(e.classify(), &e.to_string()))
    }

    /// The body as text; JSON that was read is.
    pub(crate) fn text(&self) -> Result<&str, Problem> {
        std::str::from_utf8(&self.body).map_err(|_| Problem::body(serde_json::error::Category::Syntax, "not UTF-8"))
    }
}

/// Everything but the body, which is read only when it is known that the client may ask.
pub(crate) async fn head(route: &Route, request: &mut Request, source: String) -> Result<Ask, Problem> {
    let path = request.extract_parts::<Path<HashMap<String, String>>>().await;
    let path = path.map(|Path(path)| path).map_err(|_| Problem::not_found())?;
    let query = request.extract_parts::<Query<Vec<(String, String)>>>().await;
    let query = query.map(|Query(query)| query).map_err(|_| Problem::parameter("?", "the query cannot be read"))?;
    check(route, &query)?;
    let bearer = header(request, &AUTHORIZATION).and_then(|text| bearer(&text));
    Ok(Ask { path, query, body: Vec::new(), bearer, client: None, source })
}

/// The body, in the route's media type, within its limit and within a time.
pub(crate) async fn body(route: &Route, request: Request) -> Result<Vec<u8>, Problem> {
    let Some(body) = route.body else { return Ok(Vec::new()) };
    let mime = header(&request, &CONTENT_TYPE).unwrap_or_default();
    if !mime.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(body.mime) {
        return Err(Problem::media_type(body.mime));
    }
    let slow = |_| Err(Problem::body(serde_json::error::Category::Io, "it took over thirty seconds to arrive"));
    tokio::time::timeout(TIME, whole(request, body.limit)).await.unwrap_or_else(slow)
}

fn header(request: &Request, name: &HeaderName) -> Option<String> {
    request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// A parameter that is unknown or there twice is refused: a spelling mistake must not widen what is asked.
fn check(route: &Route, query: &[(String, String)]) -> Result<(), Problem> {
    let in_path = |name: &str| route.path.contains(&format!("{{{name}}}"));
    for (n, (name, _)) in query.iter().enumerate() {
        if !route.parameters.iter().any(|p| p.name == name && !in_path(p.name)) {
            return Err(Problem::parameter(name, "this route has no such parameter"));
        }
        if query.iter().take(n).any(|(other, _)| other == name) {
            return Err(Problem::parameter(name, "it is there twice"));
        }
    }
    Ok(())
}

/// The token of `Bearer TOKEN` (RFC 6750, section 2.1); the scheme's case does not count.
fn bearer(header: &str) -> Option<String> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

async fn whole(request: Request, limit: usize) -> Result<Vec<u8>, Problem> {
    match Limited::new(request.into_body(), limit).collect().await {
        Ok(body) => Ok(body.to_bytes().to_vec()),
        Err(e) if e.is::<LengthLimitError>() => Err(Problem::too_large(limit)),
        Err(_) => Err(Problem::body(serde_json::error::Category::Io, "the body broke off")),
    }
}
