//! V-09: the server shakes hands with itself.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use domain::compliance::Finding;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, ProtocolVersion, SignatureScheme};

use super::der::not_after;
use crate::compliance::ProbeEnv;
use crate::{App, Error, Result};

/// How long the server may take for each step.
const PATIENCE: Duration = Duration::from_secs(5);
/// Fewer days left than this is a failure: renewal takes a while.
const DAYS: i64 = 21;
/// A hello that offers TLS 1.1 and nothing newer, with one old suite.
const OLD_HELLO: &[u8] = &[
    0x16, 0x03, 0x01, 0x00, 0x2f, 0x01, 0x00, 0x00, 0x2b, 0x03, 0x02, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
    7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 0x00, 0x00, 0x04, 0xc0, 0x13, 0x00, 0x2f, 0x01, 0x00,
];

pub(super) fn run(app: &App, env: &ProbeEnv) -> Result<Finding> {
    let Some(address) = env.listener else {
        return Ok(Finding::unknown("no server listens, so there is nothing to shake hands with"));
    };
    let now = app.clock.now().micros() / 1_000_000;
    if answers_plainly(address)? {
        return Ok(Finding::fail("the port answers plain HTTP"));
    }
    if answers_old(address)? {
        return Ok(Finding::fail("the port answers a TLS 1.1 hello"));
    }
    let (version, certificate) = match shake(address) {
        Ok(shaken) => shaken,
        Err(Error::Refused(why)) => return Ok(Finding::fail(format!("the handshake failed: {why}"))),
        Err(other) => return Err(other),
    };
    if env.certificate.as_ref().is_some_and(|expected| *expected != certificate) {
        return Ok(Finding::fail("the port shows another certificate than the server's own"));
    }
    let Some(end) = not_after(&certificate) else {
        return Ok(Finding::unknown("the certificate's end cannot be read"));
    };
    let days = (end - now).div_euclid(86_400);
    let found = if days < DAYS {
        Finding::fail(format!("the certificate ends in {days} days"))
    } else {
        Finding::pass(
            "the handshake is current, the certificate is the server's own, and neither TLS 1.1 nor plain HTTP is answered",
        )
    };
    Ok(found.over(3, 3).with("version", version).with("days_left", days))
}

fn connect(address: SocketAddr) -> Result<TcpStream> {
    let failed = |e: std::io::Error| Error::Refused(format!("the server's own port cannot be reached: {e}"));
    let stream = TcpStream::connect_timeout(&address, PATIENCE).map_err(failed)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(failed)?;
    stream.set_write_timeout(Some(PATIENCE)).map_err(failed)?;
    Ok(stream)
}

/// The first bytes that come back for these; nothing when the port just closes.
fn first_bytes(address: SocketAddr, sent: &[u8]) -> Result<Vec<u8>> {
    let mut stream = connect(address)?;
    let mut back = vec![0_u8; 16];
    let read = stream.write_all(sent).and_then(|()| stream.read(&mut back)).unwrap_or(0);
    back.truncate(read);
    Ok(back)
}

fn answers_plainly(address: SocketAddr) -> Result<bool> {
    Ok(first_bytes(address, b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?.starts_with(b"HTTP/"))
}

/// A handshake record (22) instead of an alert (21) is a `ServerHello`.
fn answers_old(address: SocketAddr) -> Result<bool> {
    Ok(first_bytes(address, OLD_HELLO)?.first() == Some(&22))
}

/// A whole handshake: the version, and the certificate that was shown.
fn shake(address: SocketAddr) -> Result<(String, Vec<u8>)> {
    let refused = |e: &dyn std::fmt::Display| Error::Refused(e.to_string());
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|e| refused(&e))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Shown(provider)))
        .with_no_client_auth();
    let name = ServerName::IpAddress(address.ip().into());
    let mut client = ClientConnection::new(Arc::new(config), name).map_err(|e| refused(&e))?;
    let mut stream = connect(address)?;
    while client.is_handshaking() {
        client.complete_io(&mut stream).map_err(|e| refused(&e))?;
    }
    let version = match client.protocol_version() {
        Some(ProtocolVersion::TLSv1_3) => "TLS 1.3",
        Some(ProtocolVersion::TLSv1_2) => "TLS 1.2",
        _ => return Err(Error::Refused("an unknown version was agreed on".to_owned())),
    };
    let shown = client.peer_certificates().and_then(<[_]>::first).map(|c| c.to_vec());
    client.send_close_notify();
    let _ = client.complete_io(&mut stream);
    Ok((version.to_owned(), shown.ok_or_else(|| Error::Refused("no certificate was shown".to_owned()))?))
}

/// Takes the certificate that is shown, to compare it with the server's own; the handshake's signature is checked, so the
/// other side has its key.
#[derive(Debug)]
struct Shown(Arc<CryptoProvider>);

impl ServerCertVerifier for Shown {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
