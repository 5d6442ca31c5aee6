//! Errors as RFC 9457 problem details: what happened, where, why, and what to do. Inner words go to the process's log.

use std::ops::{Deref, DerefMut};

use app::access::Reason;
use app::client::Shut;
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::error::Category;

/// An error, as every route but the token route sends it (RFC 9457, `application/problem+json`).
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub(crate) struct Details {
    /// A name that does not change: `urn:wellkept:problem:...`.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// What happened.
    pub(crate) title: String,
    /// The HTTP status.
    pub(crate) status: u16,
    /// Why.
    pub(crate) detail: String,
    /// Where: `query date`, `body`, `header Authorization`.
    #[serde(rename = "where")]
    pub(crate) place: String,
    /// What to do.
    pub(crate) remedy: String,
    /// Finds the failure in the server's own log; only where it is the server's fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reference: Option<String>,
    /// Seconds to wait before the next attempt.
    #[serde(skip)]
    pub(crate) retry_after: Option<i64>,
    /// `WWW-Authenticate` (RFC 6750, section 3).
    #[serde(skip)]
    pub(crate) challenge: Option<String>,
}

/// A problem, boxed: every answer carries the room for one.
#[derive(Clone, Debug)]
pub(crate) struct Problem(Box<Details>);

impl Deref for Problem {
    type Target = Details;
    fn deref(&self) -> &Details {
        &self.0
    }
}

impl DerefMut for Problem {
    fn deref_mut(&mut self) -> &mut Details {
        &mut self.0
    }
}

impl Problem {
    fn new(status: StatusCode, name: &str, title: &str, place: &str, detail: &str, remedy: &str) -> Self {
        Self(Box::new(Details {
            kind: format!("urn:wellkept:problem:{name}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: detail.to_owned(),
            place: place.to_owned(),
            remedy: remedy.to_owned(),
            reference: None,
            retry_after: None,
            challenge: None,
        }))
    }

    fn after(mut self, seconds: i64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    fn challenge(mut self, error: &str) -> Self {
        let comma = if error.is_empty() { "" } else { ", " };
        self.challenge = Some(format!("Bearer realm=\"wellkept\"{comma}{error}"));
        self
    }

    pub(crate) fn not_found() -> Self {
        let title = "There is nothing here";
        let detail = "the address leads to nothing, or to nothing of this client's";
        Self::new(StatusCode::NOT_FOUND, "not-found", title, "path", detail, "compare it with /api/openapi.json")
    }

    pub(crate) fn method() -> Self {
        let detail = "this address is there, and this method of it is not";
        let fix = "compare it with /api/openapi.json";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method", "This method is not here", "method", detail, fix)
    }

    pub(crate) fn no_token() -> Self {
        let detail = "the request carries no access token";
        let fix = "get a token from POST /api/token and send it as `Authorization: Bearer TOKEN`";
        let place = "header Authorization";
        Self::new(StatusCode::UNAUTHORIZED, "no-token", "Who asks is not known", place, detail, fix).challenge("")
    }

    pub(crate) fn parameter(name: &str, why: &str) -> Self {
        let name: String = name.chars().filter(|c| !c.is_control()).take(40).collect();
        let fix = "correct the parameter; /api/openapi.json says what it holds";
        let title = "A parameter cannot be used";
        Self::new(StatusCode::BAD_REQUEST, "parameter", title, &format!("query {name}"), why, fix)
    }

    pub(crate) fn media_type(wanted: &str) -> Self {
        let detail = format!("the body must come as `{wanted}`");
        let (title, fix) = ("The body is of another kind", "set Content-Type, and send the body in that form");
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        Self::new(status, "media-type", title, "header Content-Type", &detail, fix)
    }

    pub(crate) fn too_large(limit: usize) -> Self {
        let detail = format!("the body is longer than {} KiB", limit / 1024);
        let fix = "send less, or in parts";
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The body is too large", "body", &detail, fix)
    }

    pub(crate) fn body(category: Category, why: &str) -> Self {
        let (status, title) = match category {
            Category::Data => (StatusCode::UNPROCESSABLE_ENTITY, "The body does not say what this route takes"),
            _ => (StatusCode::BAD_REQUEST, "The body cannot be read"),
        };
        let fix = "correct the body; /api/openapi.json has its schema";
        Self::new(status, "body", title, "body", why, fix)
    }

    pub(crate) fn field(name: &str, why: &str) -> Self {
        let title = "The body does not say what this route takes";
        let fix = "correct the field; /api/openapi.json has its schema";
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "body", title, &format!("body {name}"), why, fix)
    }

    pub(crate) fn safeguard() -> Self {
        let (title, detail) = ("There is no such safeguard", "the catalogue has no safeguard of this name");
        let fix = "take the last part of the address of its page under Readiness";
        Self::new(StatusCode::NOT_FOUND, "safeguard", title, "body safeguard", detail, fix)
    }

    pub(crate) fn wait(seconds: i64, why: &str) -> Self {
        let fix = "wait as many seconds as Retry-After says, and find out why the attempts before were refused";
        let status = StatusCode::TOO_MANY_REQUESTS;
        Self::new(status, "wait", "Too many attempts", "source", why, fix).after(seconds)
    }

    fn unavailable(why: &str) -> Self {
        let detail = format!("nothing was shown or saved: {why}");
        let (title, fix) = ("The server cannot save right now", "try again in a minute");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", title, "server", &detail, fix).after(60)
    }

    /// No `Retry-After` here: repeating it blindly might do it twice.
    fn unsure(why: &str) -> Self {
        let (title, fix) = ("This may have been saved, or not", "ask for what it would have made before you repeat it");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unsure", title, "server", why, fix)
    }

    pub(crate) fn broken() -> Self {
        let detail = "nothing was shown or saved";
        let fix = "try again; if it stays, tell the practice, with the reference";
        let title = "Something went wrong here";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "broken", title, "server", detail, fix)
    }
}

impl From<Shut> for Problem {
    fn from(shut: Shut) -> Self {
        let detail = shut.to_string();
        let place = "header Authorization";
        match shut {
            Shut::Token => {
                let (title, fix) = ("The access token does not work", "get a new one from POST /api/token");
                let problem = Self::new(StatusCode::UNAUTHORIZED, "token", title, place, &detail, fix);
                problem.challenge("error=\"invalid_token\"")
            }
            Shut::Closed(_) => {
                let (title, fix) = ("This client may not call now", "ask the practice's security official");
                Self::new(StatusCode::FORBIDDEN, "client", title, place, &detail, fix)
            }
            Shut::Scope(scope) => {
                let title = "The access token does not open this";
                let fix = "ask for the scope with the token; if it is refused there, ask the practice for it";
                let problem = Self::new(StatusCode::FORBIDDEN, "scope", title, place, &detail, fix);
                problem.challenge(&format!("error=\"insufficient_scope\", scope=\"{scope}\""))
            }
            Shut::Wait(seconds) => Self::wait(seconds, &detail),
            Shut::Pace(_, seconds) => {
                let fix =
                    "wait as many seconds as Retry-After says, and ask less often: what changes seldom can be kept";
                let status = StatusCode::TOO_MANY_REQUESTS;
                Self::new(status, "pace", "This client calls too often", "client", &detail, fix).after(seconds)
            }
        }
    }
}

impl From<app::Error> for Problem {
    fn from(error: app::Error) -> Self {
        match &error {
            app::Error::Denied { reason: Reason::Disabled, .. } => {
                let (title, fix) = ("This client may not call now", "ask the practice's security official");
                Self::new(StatusCode::FORBIDDEN, "client", title, "client", "it is disabled", fix)
            }
            app::Error::Denied { action, .. } => {
                let detail = format!("this client may not {}; the attempt is on record", action.label());
                let fix = "ask the practice for the scope, with the reason";
                Self::new(StatusCode::FORBIDDEN, "denied", "This client may not do this", "client", &detail, fix)
            }
            app::Error::Invalid(faults) => match faults.first() {
                Some(fault) => Self::field(&fault.field, &fault.message),
                None => Self::broken(),
            },
            app::Error::Refused(why) => {
                let fix = "read why, and change the request or ask the practice";
                Self::new(StatusCode::CONFLICT, "refused", "That cannot be done", "request", why, fix)
            }
            app::Error::Store(inner) => match app::store_kind(inner) {
                app::StoreKind::NotFound => Self::not_found(),
                app::StoreKind::Stale | app::StoreKind::Unavailable => Self::unavailable(&error.to_string()),
                app::StoreKind::Unsure => Self::unsure(&error.to_string()),
                app::StoreKind::Other => {
                    tracing::error!(%error, "an API request failed");
                    Self::broken()
                }
            },
            // Nothing that a client may do asks a person for a second factor.
            app::Error::Release(_) | app::Error::StepUp => {
                tracing::error!(%error, "an API answer was held back");
                Self::broken()
            }
        }
    }
}
