//! A witness's HTTP: `POST /add-checkpoint` (C2SP `tlog-witness`), and `GET /checkpoint/HASH` for the newest one that it holds.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use tlog::witness::Refusal;
use tokio::net::TcpListener;

use super::held::Signing;
use crate::exit::Failure;

/// Bytes of the longest submission: 63 hashes and a checkpoint with a hundred signatures.
const LONGEST: usize = 64 * 1024;

/// Serves until `stop`. `ready` is called with the address once the port is open.
pub(crate) fn serve(
    signing: Signing,
    address: SocketAddr,
    ready: impl FnOnce(SocketAddr),
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    runtime.map_err(Failure::other)?.block_on(async {
        let failed = |e| Failure::other(format!("cannot listen on {address}: {e}"));
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let router = Router::new()
            .route("/add-checkpoint", post(add_checkpoint))
            .route("/checkpoint/{hash}", get(newest))
            .layer(DefaultBodyLimit::max(LONGEST))
            .with_state(Arc::new(signing));
        ready(listener.local_addr().map_err(Failure::other)?);
        axum::serve(listener, router).with_graceful_shutdown(stop).await.map_err(Failure::other)
    })
}

async fn add_checkpoint(State(signing): State<Arc<Signing>>, body: Bytes) -> Response {
    let answered = tokio::task::spawn_blocking(move || signing.add_checkpoint(&body)).await;
    match flat(answered) {
        Ok(Ok(signature)) => format!("{signature}\n").into_response(),
        Ok(Err(Refusal::Stale { held })) => {
            (StatusCode::CONFLICT, [(CONTENT_TYPE, "text/x.tlog.size")], format!("{held}\n")).into_response()
        }
        Ok(Err(refusal)) => {
            let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::BAD_REQUEST);
            (status, format!("{refusal}\n")).into_response()
        }
        Err(failure) => failed(&failure),
    }
}

async fn newest(State(signing): State<Arc<Signing>>, Path(hash): Path<String>) -> Response {
    match flat(tokio::task::spawn_blocking(move || signing.newest(&hash)).await) {
        Ok(Some(note)) => note.to_string().into_response(),
        Ok(None) => (StatusCode::NOT_FOUND, "nothing was seen of that log\n").into_response(),
        Err(failure) => failed(&failure),
    }
}

fn flat<T>(answered: Result<Result<T, Failure>, tokio::task::JoinError>) -> Result<T, Failure> {
    answered.unwrap_or_else(|e| Err(Failure::other(e)))
}

/// What the keeper has to mend, in the log of the witness; outside, that it cannot.
fn failed(failure: &Failure) -> Response {
    tracing::error!(%failure, "a checkpoint could not be judged");
    (StatusCode::INTERNAL_SERVER_ERROR, "this witness needs its keeper\n").into_response()
}
