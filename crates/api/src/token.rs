//! `POST /api/token`.

use app::client::{TokenAnswer, TokenRequest};
use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::problem::Problem;
use crate::request::Ask;
use crate::respond::Reply;
use crate::route::{Body, Gate, Route, Verb, says, schema};
use crate::server::Api;

pub(crate) const ROUTES: &[Route] = &[Route {
    verb: Verb::Post,
    path: "/api/token",
    gate: Gate::Open,
    name: "token",
    summary: "Get an access token for a signed assertion (RFC 6749 section 4.4, RFC 7523, SMART Backend Services)",
    parameters: &[],
    body: Some(Body { mime: "application/x-www-form-urlencoded", schema: schema::<TokenForm>, limit: 16 * 1024 }),
    answers: &[
        says(200, "An access token", schema::<Given>),
        says(400, "No token, with the reason (RFC 6749, section 5.2)", schema::<TokenError>),
    ],
    handler: token,
}];

/// What a token request says. Parameters that are not known are not looked at (RFC 6749, section 3.2).
#[derive(Default, Deserialize, JsonSchema)]
struct TokenForm {
    /// `client_credentials`.
    grant_type: String,
    /// Scopes, apart by single spaces.
    scope: String,
    /// `urn:ietf:params:oauth:client-assertion-type:jwt-bearer`.
    client_assertion_type: String,
    /// A JWT signed with ES384 or RS384: `iss` and `sub` the client's id, `aud` this route's address, `exp` at most 5 minutes
    /// away, a new `jti`; `kid` in its header.
    client_assertion: String,
}

/// An access token (RFC 6749, section 5.1).
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Token")]
struct Given {
    /// Send it as `Authorization: Bearer TOKEN`.
    access_token: String,
    /// `bearer`.
    token_type: String,
    /// Seconds that it lasts.
    expires_in: i64,
    /// What it opens.
    scope: String,
}

/// Why there is no token (RFC 6749, section 5.2).
#[derive(Serialize, JsonSchema)]
struct TokenError {
    /// The code.
    error: String,
    /// Where, why, and what to do.
    error_description: String,
}

fn token(api: &Api, ask: &Ask) -> Result<Reply, Problem> {
    let form = read(&ask.body)?;
    let request = TokenRequest {
        grant_type: &form.grant_type,
        scope: &form.scope,
        assertion_type: &form.client_assertion_type,
        assertion: &form.client_assertion,
        audience: &api.audience,
        source: &ask.source,
    };
    match api.app.client_token(request)? {
        TokenAnswer::Given { token, seconds, scopes } => {
            let scopes: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
            let (token_type, scope) = ("bearer".to_owned(), scopes.join(" "));
            Reply::json(StatusCode::OK, &Given { access_token: token, token_type, expires_in: seconds, scope })
        }
        TokenAnswer::Refused(refusal) => {
            let (error, error_description) = (refusal.code().to_owned(), refusal.to_string());
            Reply::json(StatusCode::BAD_REQUEST, &TokenError { error, error_description })
        }
        TokenAnswer::Wait(seconds) => Err(Problem::wait(seconds, "too many assertions from this address were refused")),
    }
}

/// The form; a parameter that is there twice is refused (RFC 6749, section 3.2).
fn read(body: &[u8]) -> Result<TokenForm, Problem> {
    let mut form = TokenForm::default();
    let mut seen: Vec<String> = Vec::new();
    let pairs: Vec<(String, String)> = serde_urlencoded(body)?;
    for (name, value) in pairs {
        let field = match name.as_str() {
            "grant_type" => &mut form.grant_type,
            "scope" => &mut form.scope,
            "client_assertion_type" => &mut form.client_assertion_type,
            "client_assertion" => &mut form.client_assertion,
            _ => continue,
        };
        if seen.contains(&name) {
            return Err(Problem::field(&name, "it is there twice"));
        }
        *field = value;
        seen.push(name);
    }
    Ok(form)
}

fn serde_urlencoded(body: &[u8]) -> Result<Vec<(String, String)>, Problem> {
    // The extractor of the query reads the same form.
    let text = std::str::from_utf8(body).ok();
    let uri = text.and_then(|text| http::Uri::builder().path_and_query(format!("/?{text}")).build().ok());
    let read = uri.and_then(|uri| axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&uri).ok());
    read.map(|query| query.0).ok_or_else(|| Problem::field("", "it is not encoded as a form"))
}
