//! The product's pages over TLS on a loopback port of this process: the same router, and a listener like the product's.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use api::Api;
use app::App;
use axum::extract::ConnectInfo;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rustls::ServerConfig;
use rustls_pki_types::PrivateKeyDer;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;
use tower::Service as _;
use web::Web;
use wire::Site;

use crate::error::{Error, Result};

/// A server of this process. It ends when it is dropped.
pub(crate) struct Serving {
    /// Where it listens.
    pub(crate) site: Site,
    _runtime: Runtime,
}

/// Serves the practice.
pub(crate) fn serve(app: &Arc<App>, dir: &Path) -> Result<Serving> {
    // The product's own log goes to standard error, from warnings up; one that is there already stays.
    let filter = tracing_subscriber::EnvFilter::new("warn");
    drop(tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).try_init());
    let facts = app.practice_facts()?;
    let web = Arc::new(Web::new(Arc::clone(app), facts.name, facts.zone.rules().clone()));
    let api = Arc::new(Api { app: Arc::clone(app), audience: String::new() });
    let router = web::router(&web).merge(api::router(&api));
    let (certificate, tls) = certificate(dir)?;
    let acceptor = TlsAcceptor::from(Arc::new(tls));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Error::wrong)?;
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).map_err(Error::wrong)?;
    let address = listener.local_addr().map_err(Error::wrong)?;
    runtime.spawn(async move {
        while let Ok((stream, peer)) = listener.accept().await {
            tokio::spawn(connection(acceptor.clone(), router.clone(), stream, peer));
        }
    });
    Ok(Serving { site: Site::new(address, &certificate)?, _runtime: runtime })
}

async fn connection(tls: TlsAcceptor, router: axum::Router, stream: tokio::net::TcpStream, peer: SocketAddr) {
    let Ok(stream) = tls.accept(stream).await else { return };
    let service = hyper::service::service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        let mut router = router.clone();
        async move { Ok::<_, Infallible>(router.call(request).await.unwrap_or_else(|never| match never {})) }
    });
    // Whoever measured has gone.
    let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
}

fn certificate(dir: &Path) -> Result<(PathBuf, ServerConfig)> {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).map_err(Error::wrong)?;
    let path = dir.join("bench.crt");
    std::fs::write(&path, made.cert.pem()).map_err(Error::file(&path))?;
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).map_err(Error::wrong)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let tls = tls.map_err(Error::wrong)?.with_no_client_auth();
    let tls = tls.with_single_cert(vec![made.cert.der().clone()], key).map_err(Error::wrong)?;
    Ok((path, tls))
}
