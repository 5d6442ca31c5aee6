//! Systems elsewhere that are sent the audit log: syslog over TLS (RFC 5425), a thread each, beside the practice and never in
//! its way.

#[cfg(test)]
mod tests;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use app::App;
use domain::siem::Format;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use serde::Deserialize;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::exit::Failure;
use crate::outbound::{Peer, Trust, within};

const ADDRESS: &str = "its `address` is like `tls://siem.example:6514`";

/// Between two looks for new entries.
const LOOK: Duration = Duration::from_secs(5);
/// The longest time between two attempts.
const LONGEST: Duration = Duration::from_mins(5);
/// For one part, from the first byte to the receiver's end of the connection.
const PATIENCE: Duration = Duration::from_mins(1);

/// A receiver as written in the configuration.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SiemFile {
    name: String,
    address: String,
    format: Format,
    ca: Option<PathBuf>,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
}

/// A system elsewhere that is sent the audit log.
#[derive(Clone, Debug)]
pub(crate) struct Siem {
    pub(crate) name: String,
    format: Format,
    peer: Peer,
    /// What the approved settings say of whom it believes and who it says it is.
    with: String,
}

impl Siem {
    /// Reads a receiver. Its certificates are read when the server starts, so that a wrong one is said then.
    pub(crate) fn read(file: &SiemFile) -> Result<Self, Failure> {
        let SiemFile { name, address, format, ca, certificate, key } = file;
        let wrong = |why: &str| Failure::Usage(format!("the siem `{name}`: {why}"));
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if name.is_empty() || name.len() > 60 || !name.chars().all(plain) {
            return Err(wrong("a name has up to 60 letters, digits, dots and dashes"));
        }
        let (host, port) = address.strip_prefix("tls://").and_then(|at| at.rsplit_once(':')).ok_or(wrong(ADDRESS))?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = port.parse().map_err(|_| wrong(ADDRESS))?;
        if host.is_empty() || !host.chars().all(|c| plain(c) || c == ':') {
            return Err(wrong(ADDRESS));
        }
        let identity = match (certificate, key) {
            (None, None) => None,
            (Some(certificate), Some(key)) => {
                let chain = CertificateDer::pem_file_iter(certificate).and_then(Iterator::collect);
                let chain = chain.map_err(|e| wrong(&format!("`{}`: {e}", certificate.display())))?;
                let key = PrivateKeyDer::from_pem_file(key).map_err(|e| wrong(&format!("`{}`: {e}", key.display())))?;
                Some((chain, key))
            }
            _ => return Err(wrong("`certificate` and `key` go together")),
        };
        let trust = Trust::with(ca.as_deref(), identity).map_err(|e| wrong(&e.to_string()))?;
        let shown = |what: &str, path: &Option<PathBuf>| {
            path.as_ref().map_or_else(String::new, |path| format!(", {what} {}", path.display()))
        };
        let with = [shown("believing", ca), shown("as", certificate)].concat();
        Ok(Self { name: name.clone(), format: *format, peer: Peer { host, port, trust }, with })
    }

    /// Hands the next part over; whether there may be more.
    fn send(&self, app: &App, host: &str) -> Result<bool, String> {
        let part = app.siem_part(&self.name).map_err(|e| e.to_string())?;
        if !part.messages.is_empty() {
            let bytes: Vec<u8> = part.messages.iter().flat_map(|message| message.framed(self.format, host)).collect();
            if let Err(why) = self.deliver(&bytes) {
                app.siem_failed(&self.name, &why).map_err(|e| e.to_string())?;
                return Err(why);
            }
        }
        app.siem_handed_over(&self.name, &part).map_err(|e| e.to_string())?;
        Ok(part.more)
    }

    /// Syslog knows no receipt. So we say that we are done, and wait until the other end is done too: it has read all by then, or
    /// the connection breaks and the part is handed over again.
    fn deliver(&self, bytes: &[u8]) -> Result<(), String> {
        within(PATIENCE, async {
            let mut stream = self.peer.connect().await?;
            let broken = |e: std::io::Error| format!("broke off: {e}");
            stream.write_all(bytes).await.map_err(broken)?;
            stream.shutdown().await.map_err(broken)?;
            let mut answer = [0; 1024];
            loop {
                match stream.read(&mut answer).await {
                    Ok(0) => return Ok(()),
                    Ok(_) => {}
                    // It closed without saying so first, as some do.
                    Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(()),
                    Err(e) => return Err(broken(e)),
                }
            }
        })
    }
}

impl fmt::Display for Siem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Peer { host, port, .. } = &self.peer;
        write!(f, "{} at tls://{host}:{port} as {}{}", self.name, self.format, self.with)
    }
}

/// Sends the log to each receiver, from a thread of its own that ends with the practice. `host` is what the server calls itself.
pub(crate) fn start(app: &Arc<App>, receivers: &[Siem], host: &str) -> Result<(), Failure> {
    let names: Vec<String> = receivers.iter().map(|siem| siem.name.clone()).collect();
    app.siem_receivers_are(&names)?;
    for siem in receivers {
        let (app, siem, host) = (Arc::downgrade(app), siem.clone(), host.to_owned());
        let work = move || {
            let mut wait = LOOK;
            loop {
                std::thread::sleep(wait);
                let Some(app) = app.upgrade() else { return };
                wait = match siem.send(&app, &host) {
                    Ok(true) => Duration::ZERO,
                    Ok(false) => LOOK,
                    Err(why) => {
                        tracing::warn!(siem = siem.name, why, "the audit log could not be handed over");
                        (wait * 2).clamp(LOOK, LONGEST)
                    }
                };
            }
        };
        let thread = std::thread::Builder::new().name("siem".to_owned()).spawn(work);
        thread.map(drop).map_err(Failure::other)?;
    }
    Ok(())
}
