//! Serving: TLS, the pages, health, and the jobs that run beside them.

mod headers;
mod jobs;
mod listen;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use api::Api;
use app::App;
use app::compliance::ProbeEnv;
use axum::Router;
use axum::routing::get;
use domain::account::passkey::Site;
use http::StatusCode;
use store::db::Schema;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use web::Web;

use crate::config::Config;
use crate::control::{self, Control};
use crate::exit::Failure;
use crate::siem;
use crate::tls::Shown;
use crate::work;
use listen::{DRAIN, accept};

/// Serves until told to stop. `ready` is called with the address once the port is open.
pub(crate) fn serve(config: &Config, name: &Schema, app: App, ready: impl FnOnce(SocketAddr)) -> Result<(), Failure> {
    let shown = Shown::open(config, app.clock.now())?;
    let tls = TlsAcceptor::from(shown.server()?);
    let app = Arc::new(app);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::other)?;
    let listener = runtime.block_on(bind(config.listen.value))?;
    let address = listener.local_addr().map_err(Failure::other)?;
    let router = router(config, &app, address)?;
    let around = Around::new(config, address, shown);
    let (asked, there) = (Arc::clone(&app), around.clone());
    let work: control::Work = Arc::new(move |ask| work::perform(&asked, &there.env(), ask));
    let control = Control::open(runtime.handle(), &config.data.value, name, work)?;
    let shown = Arc::clone(&around.shown);
    let renew = move |app: &App| {
        if let Err(error) = shown.refresh(app.clock.now()) {
            tracing::error!(%error, "the certificate could not be read or renewed");
        }
    };
    let probes = move |app: &App| {
        if let Err(error) = app.run_due_probes(&around.env()) {
            tracing::error!(%error, "the due safeguard checks could not be run");
        }
    };
    let jobs = jobs::start(Arc::clone(&app), renew, probes)?;
    jobs::show_witnesses(&app, Duration::from_secs(config.witness_seconds.value))?;
    siem::start(&app, &config.siem.value, config.host())?;
    ready(address);
    runtime.block_on(accept(listener, tls, router, stopped()));
    drop(control);
    runtime.shutdown_timeout(DRAIN);
    jobs.stop();
    Ok(())
}

/// Serves on a loopback port as long as `work` runs: for checks of a server by itself.
pub(crate) fn briefly<T: Send + 'static>(
    config: &Config,
    app: App,
    work: impl FnOnce(&App, &ProbeEnv) -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let shown = Shown::open(config, app.clock.now())?;
    let tls = TlsAcceptor::from(shown.server()?);
    let app = Arc::new(app);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::other)?;
    let listener = runtime.block_on(bind(SocketAddr::from(([127, 0, 0, 1], 0))))?;
    let address = listener.local_addr().map_err(Failure::other)?;
    let router = router(config, &app, address)?;
    let env = Around::new(config, address, shown).env();
    let (found, result) = std::sync::mpsc::channel();
    let worked = runtime.spawn_blocking(move || found.send(work(&app, &env)));
    let done = async { drop(worked.await) };
    runtime.block_on(accept(listener, tls, router, done));
    runtime.shutdown_timeout(DRAIN);
    result.recv().map_err(|_| Failure::other("the checks did not end"))?
}

async fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|e| Failure::other(format!("cannot listen on {address}: {e}")))
}

/// What the probes are told about this process.
#[derive(Clone)]
struct Around {
    listener: SocketAddr,
    shown: Arc<Shown>,
    settings: Vec<(String, String)>,
}

impl Around {
    fn new(config: &Config, listener: SocketAddr, shown: Arc<Shown>) -> Self {
        let settings = config.listing().into_iter().map(|(name, value, _)| (name.to_owned(), value)).collect();
        Self { listener, shown, settings }
    }

    /// As it stands now: the certificate is renewed while the server runs.
    fn env(&self) -> ProbeEnv {
        let settings = self.settings.clone();
        ProbeEnv { listener: Some(self.listener), certificate: self.shown.certificate(), settings }
    }
}

fn router(config: &Config, app: &Arc<App>, listener: SocketAddr) -> Result<Router, Failure> {
    let facts = app.practice_facts()?;
    let web = Web::new(Arc::clone(app), facts.name, facts.zone.rules().clone()).at(site(config, listener));
    let web = Arc::new(web);
    let store = Arc::clone(app);
    let ready = move || {
        let app = Arc::clone(&store);
        async move {
            // Ready means: somebody could look at a record now, and that could be recorded.
            let able = tokio::task::spawn_blocking(move || app.store.ready().is_ok()).await;
            if able.unwrap_or(false) {
                (StatusCode::OK, "ready\n")
            } else {
                (StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
            }
        }
    };
    let health = Router::new().route("/livez", get(|| async { "live\n" })).route("/readyz", get(ready));
    let address = config.public_address.value.clone().unwrap_or_else(|| format!("https://{listener}"));
    let api = Arc::new(Api { app: Arc::clone(app), audience: format!("{address}/api/token") });
    Ok(headers::on_all(web::router(&web).merge(api::router(&api)).merge(health)))
}

/// What passkeys are bound to: the public name, or the loopback's own for a server that only this machine reaches.
fn site(config: &Config, listener: SocketAddr) -> Option<Site> {
    match &config.public_address.value {
        Some(address) => Site::parse(address),
        None if listener.ip().is_loopback() => Site::parse(&format!("https://localhost:{}", listener.port())),
        None => None,
    }
}

/// Ends when the process is told to stop.
pub(crate) async fn stopped() {
    use tokio::signal::unix::{SignalKind, signal};
    let interrupt = async { tokio::signal::ctrl_c().await.is_ok() };
    let terminate = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => signal.recv().await.is_some(),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! { _ = interrupt => {}, _ = terminate => {} }
}
