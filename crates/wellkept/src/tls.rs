//! The listener's certificate: the practice's own, or one made for this machine.

use std::fs;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::Config;
use crate::exit::Failure;
use crate::practice::write_private;

/// The certificate that the listener shows, DER.
pub(crate) fn certificate(config: &Config) -> Result<Vec<u8>, Failure> {
    let path = config.key_dir.value.join("tls.crt");
    let bytes = fs::read(&path).map_err(|e| Failure::file(&path, e))?;
    let first = CertificateDer::from_pem_slice(&bytes);
    first.map(|c| c.to_vec()).map_err(|e| Failure::other(format!("`{}` is no certificate: {e}", path.display())))
}

/// The configuration of the listener. The certificate and its key are `tls.crt` and `tls.key` in the key directory; a pair for
/// loopback is made when there is none.
pub(crate) fn server(config: &Config) -> Result<Arc<ServerConfig>, Failure> {
    let folder = &config.key_dir.value;
    let (chain, key) = (folder.join("tls.crt"), folder.join("tls.key"));
    if !chain.exists() || !key.exists() {
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
        let made = rcgen::generate_simple_self_signed(names).map_err(Failure::other)?;
        write_private(&chain, made.cert.pem().as_bytes())?;
        write_private(&key, made.signing_key.serialize_pem().as_bytes())?;
    }
    let read = |path: &std::path::Path| fs::read(path).map_err(|e| Failure::file(path, e));
    let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&read(&chain)?)
        .collect::<Result<_, _>>()
        .map_err(|e| Failure::other(format!("`{}` is no certificate: {e}", chain.display())))?;
    let secret = PrivateKeyDer::from_pem_slice(&read(&key)?)
        .map_err(|e| Failure::other(format!("`{}` is no private key: {e}", key.display())))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut server = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(Failure::other)?
        .with_no_client_auth()
        .with_single_cert(certificates, secret)
        .map_err(|e| Failure::other(format!("the certificate and key do not fit: {e}")))?;
    // Of what both sides know, ours comes first: the strongest.
    server.ignore_client_order = true;
    server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(server))
}
