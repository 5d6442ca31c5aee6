//! The ways out: the connections that this server opens by itself, each to an address that the practice named. Nothing follows a
//! redirect, so whoever answers cannot send us on to somebody else.

mod https;
#[cfg(test)]
pub(crate) mod tests;
mod trust;

use std::future::Future;
use std::time::Duration;

use http::{Request, Response};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

pub(crate) use https::Https;
pub(crate) use trust::{Peer, Trust};

/// Waits for `work`, at most `patience` from its first byte to its last. For threads that may wait: never from asynchronous code.
pub(crate) fn within<T>(patience: Duration, work: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
    let answer = runtime.block_on(async { tokio::time::timeout(patience, work).await });
    answer.unwrap_or_else(|_| Err(format!("did not answer within {} s", patience.as_secs_f32())))
}

/// One request and its answer over an open connection. An answer of more than `longest` bytes is refused.
pub(crate) async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    request: Request<Bytes>,
    longest: usize,
) -> Result<Response<Bytes>, String> {
    let broken = |e: hyper::Error| format!("broke off: {e}");
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    tokio::spawn(connection);
    let answer = sender.send_request(request.map(Full::new)).await.map_err(broken)?;
    let (head, body) = answer.into_parts();
    let body = Limited::new(body, longest).collect().await.map_err(|e| format!("broke off: {e}"))?;
    Ok(Response::from_parts(head, body.to_bytes()))
}
