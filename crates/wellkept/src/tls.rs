//! The listener's certificate: one that the practice put there, or one of the practice's own authority, which is renewed by
//! itself long before it ends.

mod authority;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use domain::Instant;
use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::Config;
use crate::exit::Failure;
pub(crate) use authority::Authority;

/// What the listener shows now. It changes while the server runs.
pub(crate) struct Shown {
    chain: PathBuf,
    key: PathBuf,
    authority: Option<Authority>,
    now: RwLock<Arc<CertifiedKey>>,
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shown").field("chain", &self.chain).finish_non_exhaustive()
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.present())
    }
}

impl Shown {
    /// Reads `tls.crt` and `tls.key` of the key directory. Where there are none the practice gets an authority of its own, and
    /// that a certificate for the names of [`names`].
    pub(crate) fn open(config: &Config, now: Instant) -> Result<Arc<Self>, Failure> {
        let folder = &config.key_dir.value;
        let (chain, key) = (folder.join("tls.crt"), folder.join("tls.key"));
        let given = chain.exists() && key.exists() && !Authority::exists(folder);
        let authority = if given { None } else { Some(Authority::open(folder, names(config), now)?) };
        let shown = match &authority {
            Some(authority) => authority.certificate(&chain, &key, now)?,
            None => read(&chain, &key)?,
        };
        Ok(Arc::new(Self { chain, key, authority, now: RwLock::new(Arc::new(shown)) }))
    }

    /// Takes what stands in the files, renewed first when it is ours and its end comes near. Connections that are open go on.
    pub(crate) fn refresh(&self, now: Instant) -> Result<(), Failure> {
        let shown = match &self.authority {
            Some(authority) => authority.certificate(&self.chain, &self.key, now)?,
            None => read(&self.chain, &self.key)?,
        };
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(shown);
        Ok(())
    }

    /// The configuration of the listener: TLS 1.3 alone, which every browser of the last years speaks.
    pub(crate) fn server(self: &Arc<Self>) -> Result<Arc<ServerConfig>, Failure> {
        let resolver: Arc<dyn ResolvesServerCert> = Arc::<Self>::clone(self);
        let mut server = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(Failure::other)?
            .with_no_client_auth()
            .with_cert_resolver(resolver);
        // Of what both sides know, ours comes first: the strongest.
        server.ignore_client_order = true;
        server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(server))
    }

    /// The certificate that is shown, DER.
    pub(crate) fn certificate(&self) -> Option<Vec<u8>> {
        self.present().cert.first().map(|first| first.to_vec())
    }

    /// The practice's own authority; none when the practice put a certificate of somebody else's there.
    pub(crate) fn authority(&self) -> Option<&Authority> {
        self.authority.as_ref()
    }

    /// The file of the certificate.
    pub(crate) fn file(&self) -> &Path {
        &self.chain
    }

    fn present(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.now.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The names that our own certificate is for: this machine, and the host of `public_address`.
fn names(config: &Config) -> Vec<String> {
    let own = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let public = config.public_address.value.as_deref().and_then(host).filter(|host| !own.iter().any(|o| o == host));
    public.map(str::to_owned).into_iter().chain(own.clone()).collect()
}

/// The host of `https://host:port`.
fn host(address: &str) -> Option<&str> {
    let rest = address.strip_prefix("https://")?;
    match rest.strip_prefix('[') {
        Some(v6) => v6.split(']').next(),
        None => rest.split(':').next(),
    }
}

/// The one cryptography provider.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

/// A certificate with its chain and its key, which must fit.
fn read(chain: &Path, key: &Path) -> Result<CertifiedKey, Failure> {
    let bytes = |path: &Path| fs::read(path).map_err(|e| Failure::file(path, e));
    let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&bytes(chain)?)
        .collect::<Result<_, _>>()
        .map_err(|e| Failure::other(format!("`{}` is no certificate: {e}", chain.display())))?;
    let secret = PrivateKeyDer::from_pem_slice(&bytes(key)?)
        .map_err(|e| Failure::other(format!("`{}` is no private key: {e}", key.display())))?;
    CertifiedKey::from_der(certificates, secret, &provider())
        .map_err(|e| Failure::other(format!("`{}` and its key do not fit: {e}", chain.display())))
}

#[cfg(test)]
mod tests;
