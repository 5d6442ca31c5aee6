//! Accepts connections: TLS, limits of time, and a bound for each source, so that one machine cannot take them all.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use domain::account::throttle::source_prefix;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;
use tower::Service as _;

/// A connection that has not finished its handshake by then is dropped.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long the head of a request may take, the wait for the next one included.
const HEAD: Duration = Duration::from_mins(1);
/// How long open requests may take once the server is told to stop.
pub(super) const DRAIN: Duration = Duration::from_secs(10);
/// A connection that asks for nothing for so long is closed; the next request opens another.
const IDLE: Duration = Duration::from_mins(2);
/// Connections of one source: a practice behind one address, with a few for each of its browsers.
const OF_ONE_SOURCE: usize = 256;
/// Connections of all sources: below the 1,024 files that a process may usually open, for the database needs some too.
const OF_ALL: usize = 768;
/// Requests side by side in one connection; a browser asks for a handful.
const STREAMS: u32 = 64;

/// Serves until `stop`.
pub(super) async fn accept(listener: TcpListener, tls: TlsAcceptor, router: Router, stop: impl Future<Output = ()>) {
    let (graceful, places, builder) = (GracefulShutdown::new(), Arc::new(Places::default()), builder());
    let mut stop = std::pin::pin!(stop);
    loop {
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                // Too many open files, mostly: wait for some to close.
                Err(_) => { tokio::time::sleep(Duration::from_millis(50)).await; continue; }
            },
            () = &mut stop => break,
        };
        let Some(place) = places.take(peer) else { continue };
        let (tls, router, watcher, builder) = (tls.clone(), router.clone(), graceful.watcher(), builder.clone());
        tokio::spawn(async move {
            let _place = place;
            let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE, tls.accept(stream)).await else { return };
            let activity = Arc::new(Activity::default());
            let noted = Arc::clone(&activity);
            let service = hyper::service::service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
                request.extensions_mut().insert(ConnectInfo(peer));
                let (mut router, asking) = (router.clone(), noted.ask());
                async move {
                    let _asking = asking;
                    Ok::<_, Infallible>(router.call(request).await.unwrap_or_else(|never| match never {}))
                }
            });
            let connection = watcher.watch(builder.serve_connection(TokioIo::new(stream), service).into_owned());
            // A peer that goes away in the middle is its own business.
            tokio::select! { _ = connection => {}, () = activity.idle(IDLE) => {} }
        });
    }
    let _ = tokio::time::timeout(DRAIN, graceful.shutdown()).await;
}

fn builder() -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD);
    // A peer that does not answer a ping is gone, however long it keeps the line open.
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(HEAD).max_concurrent_streams(STREAMS);
    builder
}

/// What a connection does: it may hold its place only while somebody asks for something.
struct Activity {
    open: AtomicUsize,
    last: Mutex<Instant>,
}

/// One request that is being answered.
struct Asking(Arc<Activity>);

impl Default for Activity {
    fn default() -> Self {
        Self { open: AtomicUsize::new(0), last: Mutex::new(Instant::now()) }
    }
}

impl Activity {
    fn ask(self: &Arc<Self>) -> Asking {
        self.open.fetch_add(1, Ordering::SeqCst);
        Asking(Arc::clone(self))
    }

    fn last(&self) -> Instant {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends when nothing was asked for so long.
    async fn idle(&self, time: Duration) {
        loop {
            let until = self.last() + time;
            if self.open.load(Ordering::SeqCst) == 0 && Instant::now() >= until {
                return;
            }
            tokio::time::sleep_until(until.max(Instant::now() + Duration::from_secs(1))).await;
        }
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        *self.0.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        self.0.open.fetch_sub(1, Ordering::SeqCst);
    }
}

/// How many connections each source has.
#[derive(Default)]
struct Places(Mutex<HashMap<String, usize>>);

/// One connection's place, given back when it ends.
struct Place {
    places: Arc<Places>,
    source: String,
}

impl Places {
    /// A place, unless the source has all of its own.
    fn take(self: &Arc<Self>, peer: SocketAddr) -> Option<Place> {
        let source = source_prefix(&peer.ip().to_string());
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = taken.values().sum();
        if all >= OF_ALL || taken.get(&source).is_some_and(|count| *count >= OF_ONE_SOURCE) {
            return None;
        }
        *taken.entry(source.clone()).or_default() += 1;
        Some(Place { places: Arc::clone(self), source })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.source) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.source);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_that_asks_for_nothing_ends_and_one_at_work_does_not() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let activity = Arc::new(Activity::default());
            let asking = activity.ask();
            let short = Duration::from_millis(10);
            let ended = tokio::time::timeout(Duration::from_millis(1_500), activity.idle(short)).await;
            assert!(ended.is_err(), "a slow answer is no silence");
            drop(asking);
            tokio::time::timeout(Duration::from_secs(5), activity.idle(short)).await.unwrap();
        });
    }

    #[test]
    fn one_source_cannot_take_the_places_of_others() {
        let places = Arc::new(Places::default());
        let peer = |text: &str| text.parse::<SocketAddr>().unwrap();
        let held: Vec<_> = (0..OF_ONE_SOURCE).map(|_| places.take(peer("192.0.2.1:4000")).unwrap()).collect();
        assert!(places.take(peer("192.0.2.1:4001")).is_none());
        let other = places.take(peer("192.0.2.2:4000"));
        assert!(other.is_some());
        drop(held);
        assert!(places.take(peer("192.0.2.1:4001")).is_some(), "a place that ended is free again");
        drop(other);
        assert!(places.0.lock().unwrap().is_empty(), "nothing is kept of who is gone");
    }
}
