//! Files to a partner's address over TLS. We prove who we are with an assertion that our key signs, and get a token for it (RFC 7523,
//! `private_key_jwt`). Nothing can be looked for there, so a request whose answer is lost waits for a person; its idempotency key lets a
//! partner that reads it refuse a second one by itself.

use std::fmt::Write as _;
use std::time::Duration;

use app::delivery::Parcel;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::connector::Https as To;
use domain::delivery::Ended;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderValue, Request};
use hyper::body::Bytes;

use super::{runtime, within};
use crate::outbound::{Https, Trust, exchange};

/// The longest answer that is read.
const LONGEST: usize = 64 * 1024;

/// Brings a file there.
pub(super) fn send(
    to: &To,
    assertion: &str,
    parcel: &Parcel<'_>,
    committing: &mut dyn FnMut() -> bool,
    patience: Duration,
) -> Result<Ended, String> {
    let (runtime, files) = (runtime()?, address(&to.url, to)?);
    let ready = runtime.block_on(within(patience, async {
        let token = token(to, assertion).await?;
        // The connection stands, and nothing of the file was said.
        Ok::<_, String>((files.open().await?, request(&files, &token, parcel)?))
    }));
    let (stream, request) = match ready.and_then(|ready| ready) {
        Ok(ready) => ready,
        Err(why) => return Ok(Ended::NotArrived(why)),
    };
    if !committing() {
        return Ok(Ended::NotArrived(super::NOT_RECORDED.to_owned()));
    }
    let answered = runtime.block_on(within(patience, exchange(stream, request, LONGEST)));
    Ok(match answered {
        Ok(Ok(answer)) => meaning(answer.status().as_u16()),
        // What it said instead of an answer may be anything, so its words stay out of the record.
        Ok(Err(_)) => Ended::Unsure("the partner's server gave no answer that can be read".to_owned()),
        Err(late) => Ended::Unsure(late),
    })
}

/// Proves who we are, and sends nothing.
pub(super) fn test(to: &To, assertion: &str, patience: Duration) -> Result<String, String> {
    let tested = runtime()?.block_on(within(patience, async {
        let files = address(&to.url, to)?;
        token(to, assertion).await?;
        files.open().await?;
        Ok("the server took our assertion, and the address for files answers".to_owned())
    }));
    tested.unwrap_or_else(Err)
}

/// What a status says of a file that was sent. Only a clear no is a no.
fn meaning(status: u16) -> Ended {
    match status {
        200..=299 => Ended::Delivered(format!("the partner's server answered {status}")),
        429 | 503 => Ended::NotArrived(format!("the partner's server asked to come later ({status})")),
        // Another request under the same key is under way, or was (draft of the header Idempotency-Key).
        408 | 409 => Ended::Unsure(format!("the partner's server answered {status}, which says neither yes nor no")),
        300..=399 => {
            Ended::Refused(format!("the partner's server sent us elsewhere ({status}), and nothing goes there"))
        }
        400..=499 => Ended::Refused(format!("the partner's server refused the file ({status})")),
        _ => Ended::Unsure(format!("the partner's server answered {status}, which says neither yes nor no")),
    }
}

/// A token for the assertion (RFC 6749, section 4.4).
async fn token(to: &To, assertion: &str) -> Result<String, String> {
    let at = address(&to.token_url, to)?;
    let mut form = "grant_type=client_credentials".to_owned();
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    for (name, value) in [("client_assertion_type", kind), ("client_assertion", assertion), ("scope", &to.scope)] {
        if !value.is_empty() {
            let _ = write!(form, "&{name}=");
            for byte in value.bytes() {
                let plain = byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
                let _ = if plain { write!(form, "{}", char::from(byte)) } else { write!(form, "%{byte:02X}") };
            }
        }
    }
    let asked = Request::post("/").header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    let asked = asked.header(ACCEPT, "application/json").body(Bytes::from(form)).map_err(|e| e.to_string())?;
    let answer = exchange(at.open().await?, at.addressed(asked)?, LONGEST).await;
    let answer = answer.map_err(|_| "the partner's token endpoint gave no answer that can be read".to_owned())?;
    if answer.status().as_u16() != 200 {
        let status = answer.status().as_u16();
        return Err(format!(
            "the partner's token endpoint does not take our assertion ({status}): give it the public key"
        ));
    }
    let body: serde_json::Value = serde_json::from_slice(answer.body()).unwrap_or_default();
    let bearer =
        body.get("token_type").and_then(|kind| kind.as_str()).is_some_and(|k| k.eq_ignore_ascii_case("bearer"));
    let token = body.get("access_token").and_then(|token| token.as_str()).filter(|_| bearer);
    token.map(str::to_owned).ok_or_else(|| "the partner's token endpoint answered, and not with a token".to_owned())
}

fn request(files: &Https, token: &str, parcel: &Parcel<'_>) -> Result<Request<Bytes>, String> {
    let digest = STANDARD.encode(hex::decode(parcel.digest).map_err(|e| e.to_string())?);
    let mut bearer = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| "the token cannot be sent back")?;
    bearer.set_sensitive(true);
    let request = Request::post("/")
        .header(AUTHORIZATION, bearer)
        .header(CONTENT_TYPE, "application/edi-x12")
        .header(CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", parcel.name))
        // RFC 9530.
        .header("content-digest", format!("sha-256=:{digest}:"))
        .header("idempotency-key", format!("\"{}\"", parcel.key))
        .body(Bytes::copy_from_slice(parcel.bytes));
    files.addressed(request.map_err(|e| e.to_string())?)
}

fn address(url: &str, to: &To) -> Result<Https, String> {
    Https::parse(url, Trust::of(to.authority.as_deref())?)
}
