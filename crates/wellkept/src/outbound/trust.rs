//! TLS to somebody else: whom we believe, and who we say we are.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::exit::Failure;
use crate::tls::provider;

/// Whom a connection believes.
#[derive(Clone)]
pub(crate) struct Trust(Arc<ClientConfig>);

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Trust")
    }
}

impl Trust {
    /// The authorities of this file, or without one those that browsers believe too.
    pub(crate) fn new(authorities: Option<&Path>) -> Result<Self, Failure> {
        Self::with(authorities, None)
    }

    /// The same, showing a certificate of ours (its chain and its key) to whoever asks for one.
    pub(crate) fn with(
        authorities: Option<&Path>,
        identity: Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>,
    ) -> Result<Self, Failure> {
        let mut roots = RootCertStore::empty();
        match authorities {
            None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
            Some(file) => add(&mut roots, file)?,
        }
        Self::believing(roots, identity)
    }

    /// The authorities in this text (PEM), or without one those that browsers believe too.
    pub(crate) fn of(authorities: Option<&str>) -> Result<Self, String> {
        let Some(text) = authorities else { return Self::new(None).map_err(|e| e.to_string()) };
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(text.as_bytes()) {
            let certificate = certificate.map_err(|e| format!("the partner's authority cannot be read: {e}"))?;
            roots.add(certificate).map_err(|e| format!("the partner's authority cannot be read: {e}"))?;
        }
        Self::believing(roots, None).map_err(|e| e.to_string())
    }

    fn believing(
        roots: RootCertStore,
        identity: Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>,
    ) -> Result<Self, Failure> {
        let config = ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
            .map_err(Failure::other)?
            .with_root_certificates(roots);
        let config = match identity {
            None => config.with_no_client_auth(),
            Some((chain, key)) => config.with_client_auth_cert(chain, key).map_err(Failure::other)?,
        };
        Ok(Self(Arc::new(config)))
    }
}

fn add(roots: &mut RootCertStore, file: &Path) -> Result<(), Failure> {
    let bad = |why: &dyn fmt::Display| Failure::other(format!("`{}` is no list of authorities: {why}", file.display()));
    for certificate in CertificateDer::pem_file_iter(file).map_err(|e| bad(&e))? {
        roots.add(certificate.map_err(|e| bad(&e))?).map_err(|e| bad(&e))?;
    }
    if roots.is_empty() { Err(bad(&"there is no certificate in it")) } else { Ok(()) }
}

/// Somebody's TLS port.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    /// Its name, which its certificate must have.
    pub(crate) host: String,
    /// Its port.
    pub(crate) port: u16,
    /// Who vouches for it.
    pub(crate) trust: Trust,
}

impl Peer {
    /// Opens a connection. An answer says in words why there is none, and names nobody's secrets.
    pub(crate) async fn connect(&self) -> Result<TlsStream<TcpStream>, String> {
        let name = ServerName::try_from(self.host.clone()).map_err(|_| format!("`{}` is no host name", self.host))?;
        let stream = TcpStream::connect((self.host.as_str(), self.port))
            .await
            .map_err(|e| format!("{}:{} cannot be reached: {e}", self.host, self.port))?;
        // A file of some hundred bytes should not wait for more.
        let _ = stream.set_nodelay(true);
        let secured = TlsConnector::from(Arc::clone(&self.trust.0)).connect(name, stream).await;
        secured.map_err(|e| format!("{}:{} is not whom we trust: {e}", self.host, self.port))
    }
}
