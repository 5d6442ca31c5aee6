//! Puts an answer on the wire, with the headers that every response carries.

use std::io::Write as _;

use axum::body::Body;
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_TYPE, LOCATION, SET_COOKIE};
use http::{HeaderName, HeaderValue, StatusCode};

use crate::components::Nonce;
use crate::reply::Reply;

const HTML: &str = "text/html; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";
/// Below this, packing costs more than it saves.
const WORTH_PACKING: usize = 1024;

pub(super) fn respond(reply: Reply, nonce: &Nonce, partial: bool) -> Response {
    let mut response = match reply {
        Reply::Html(status, markup) => html(status, &markup.into_string()),
        // htmx follows a redirect inside its swap; its own header makes the browser go.
        Reply::See(path) if partial => with(StatusCode::NO_CONTENT, Body::empty(), "hx-redirect", &path),
        Reply::See(path) => with(StatusCode::SEE_OTHER, Body::empty(), LOCATION.as_str(), &path),
        Reply::Away(address) => with(StatusCode::SEE_OTHER, Body::empty(), LOCATION.as_str(), &address),
        // Taken out before an answer is sent; one inside of another would never be run.
        Reply::Outside(_) => return broken(nonce),
        Reply::Json(text) => with(StatusCode::OK, Body::from(text), CONTENT_TYPE.as_str(), "application/json"),
        Reply::File(saved) => {
            let (name, mime, bytes) = saved.into_parts();
            file(&name, mime, bytes)
        }
        Reply::Cookies(inner, cookies) => {
            let mut response = respond(*inner, nonce, partial);
            for (name, value) in cookies {
                put(&mut response, SET_COOKIE.as_str(), &cookie(name, &value), true);
            }
            return response;
        }
        Reply::Headers(inner, headers) => {
            let mut response = respond(*inner, nonce, partial);
            for (name, value) in headers {
                put(&mut response, name, &value, false);
            }
            return response;
        }
    };
    secure(&mut response, nonce);
    response
}

pub(super) fn broken(nonce: &Nonce) -> Response {
    let words = "Something went wrong here. Nothing was shown or saved. Try again.";
    let mut response = with(StatusCode::INTERNAL_SERVER_ERROR, Body::from(words), CONTENT_TYPE.as_str(), TEXT);
    secure(&mut response, nonce);
    response
}

fn html(status: StatusCode, text: &str) -> Response {
    if text.len() < WORTH_PACKING {
        return with(status, Body::from(text.to_owned()), CONTENT_TYPE.as_str(), HTML);
    }
    let mut packer = GzEncoder::new(Vec::with_capacity(text.len() / 4), Compression::fast());
    let zipped = packer.write_all(text.as_bytes()).and_then(|()| packer.finish());
    match zipped {
        Ok(bytes) => {
            let mut response = with(status, Body::from(bytes), CONTENT_TYPE.as_str(), HTML);
            put(&mut response, CONTENT_ENCODING.as_str(), "gzip", false);
            response
        }
        Err(_) => with(status, Body::from(text.to_owned()), CONTENT_TYPE.as_str(), HTML),
    }
}

fn file(name: &str, mime: &str, bytes: Vec<u8>) -> Response {
    let safe: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect();
    let mut response = with(StatusCode::OK, Body::from(bytes), CONTENT_TYPE.as_str(), mime);
    put(&mut response, CONTENT_DISPOSITION.as_str(), &format!("attachment; filename=\"{safe}\""), false);
    response
}

/// `Lax`, so that a link in a message to a page here still finds the session; forms carry a token besides.
fn cookie(name: &str, value: &str) -> String {
    let life = match (value.is_empty(), name) {
        (true, _) => "; Max-Age=0",
        // A known browser stays known for a year; a session's cookie goes with the window, and the server ends it before.
        (false, super::read::DEVICE) => "; Max-Age=31536000",
        (false, super::read::OIDC) => "; Max-Age=600",
        (false, _) => "",
    };
    format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax{life}")
}

fn with(status: StatusCode, body: Body, name: &str, value: &str) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    put(&mut response, name, value, false);
    response
}

fn put(response: &mut Response, name: &str, value: &str, append: bool) {
    let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) else { return };
    if append {
        response.headers_mut().append(name, value);
    } else {
        response.headers_mut().insert(name, value);
    }
}

/// Every response, partials too: without the policy htmx's extension strips what a partial's attributes ask for.
fn secure(response: &mut Response, nonce: &Nonce) {
    let headers = [
        ("content-security-policy", nonce.content_security_policy()),
        (CACHE_CONTROL.as_str(), "no-store".to_owned()),
        ("x-content-type-options", "nosniff".to_owned()),
        ("referrer-policy", "same-origin".to_owned()),
        ("cross-origin-opener-policy", "same-origin".to_owned()),
        ("cross-origin-resource-policy", "same-origin".to_owned()),
        ("strict-transport-security", "max-age=31536000; includeSubDomains".to_owned()),
        ("permissions-policy", "camera=(), microphone=(), geolocation=(), payment=()".to_owned()),
    ];
    for (name, value) in headers {
        put(response, name, &value, false);
    }
}
