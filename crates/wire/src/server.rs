//! The product as a child process on a synthetic practice.

use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName};

use crate::error::Error;
use crate::person::Person;

/// A synthetic practice that the product has made, and where it is.
#[derive(Clone, Debug)]
pub struct Practice {
    /// The product.
    pub bin: PathBuf,
    /// The data directory.
    pub data: PathBuf,
    /// The key directory.
    pub keys: PathBuf,
}

impl Practice {
    /// Makes one with `patients` patients; the product's usual number without.
    pub fn make(bin: &Path, folder: &Path, seed: u64, patients: Option<u32>) -> Result<Self, Error> {
        let practice = Self { bin: bin.to_owned(), data: folder.join("data"), keys: folder.join("keys") };
        std::fs::create_dir_all(&practice.data).map_err(Error::file(&practice.data))?;
        let mut command = practice.command("demo");
        command.args(["--seed", &seed.to_string()]);
        if let Some(patients) = patients {
            command.args(["--patients", &patients.to_string()]);
        }
        let made = command.stderr(Stdio::null()).status().map_err(Error::file(bin))?;
        if made.success() {
            return Ok(practice);
        }
        Err(Error::Refused(format!("`{} demo` failed: {made}", bin.display())))
    }

    /// A command of the product for this practice, silent on standard output.
    pub fn command(&self, name: &str) -> Command {
        let mut command = Command::new(&self.bin);
        command.arg(name).arg("--data").arg(&self.data).arg("--key-dir").arg(&self.keys);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command
    }

    /// The people who can sign in.
    pub fn people(&self) -> Result<Vec<Person>, Error> {
        let path = self.keys.join("practice.personas.json");
        let text = std::fs::read(&path).map_err(Error::file(&path))?;
        serde_json::from_slice(&text).map_err(|why| Error::Refused(format!("`{}`: {why}", path.display())))
    }

    /// The one with this login.
    pub fn person(&self, login: &str) -> Result<Person, Error> {
        let found = self.people()?.into_iter().find(|person| person.login == login);
        found.ok_or_else(|| Error::Refused(format!("nobody here is called `{login}`")))
    }

    /// Starts the server on a port of its choice and waits until it says which.
    pub fn serve(&self) -> Result<Server, Error> {
        let mut command = self.command("serve");
        command.args(["--listen", "127.0.0.1:0"]).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(Error::file(&self.bin))?;
        let said = child.stderr.take();
        let mut server = Server { child, site: None };
        let Some(said) = said else { return Err(Error::Refused("the server cannot be heard".to_owned())) };
        let mut lines = BufReader::new(said);
        let mut last = String::new();
        let address = loop {
            let mut line = String::new();
            if lines.read_line(&mut line)? == 0 {
                let how = server.child.wait()?;
                return Err(Error::Refused(format!("the server ended before it listened ({how}): {}", last.trim())));
            }
            if let Some(address) = address(&line) {
                break address;
            }
            last = line;
        };
        // What it says later must have somewhere to go, or it would stop at a full pipe.
        std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        server.site = Some(Site::new(address, &self.keys.join("authority.crt"))?);
        Ok(server)
    }
}

/// The address in a line of what the server says.
fn address(line: &str) -> Option<SocketAddr> {
    let (_, after) = line.split_once("https://")?;
    let host: String = after.chars().take_while(|c| !c.is_whitespace() && *c != '/' && *c != '"').collect();
    host.parse().ok()
}

/// A server that runs. Dropping it kills it.
#[derive(Debug)]
pub struct Server {
    child: Child,
    site: Option<Site>,
}

impl Server {
    /// Where it listens.
    pub fn site(&self) -> Result<&Site, Error> {
        self.site.as_ref().ok_or(Error::Answer("the server does not listen"))
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Kills it without a word (SIGKILL). An error when it had ended by itself.
    pub fn kill(&mut self) -> Result<(), Error> {
        if let Some(how) = self.child.try_wait()? {
            return Err(Error::Refused(format!("the server had ended by itself: {how}")));
        }
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be dead already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An address, and the one authority that is believed there.
#[derive(Clone, Debug)]
pub struct Site {
    address: SocketAddr,
    tls: Arc<ClientConfig>,
}

impl Site {
    /// The practice's own authority is the only one trusted; a certificate that vouches for itself may stand in for it.
    pub fn new(address: SocketAddr, certificate: &Path) -> Result<Self, Error> {
        let pem = std::fs::read(certificate).map_err(Error::file(certificate))?;
        let bad = |why: &dyn std::fmt::Display| Error::Refused(format!("`{}`: {why}", certificate.display()));
        let mut roots = RootCertStore::empty();
        for found in CertificateDer::pem_slice_iter(&pem) {
            roots.add(found.map_err(|why| bad(&why))?).map_err(|why| bad(&why))?;
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let tls = tls.map_err(|why| bad(&why))?.with_root_certificates(roots).with_no_client_auth();
        Ok(Self { address, tls: Arc::new(tls) })
    }

    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    /// A connection, its handshake done.
    pub(crate) fn connect(&self, patience: Duration) -> Result<StreamOwned<ClientConnection, TcpStream>, Error> {
        let mut socket = TcpStream::connect(self.address)?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(patience))?;
        let name = ServerName::from(self.address.ip());
        let mut tls = ClientConnection::new(Arc::clone(&self.tls), name).map_err(std::io::Error::other)?;
        while tls.is_handshaking() {
            tls.complete_io(&mut socket)?;
        }
        Ok(StreamOwned::new(tls, socket))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_found_in_what_the_server_says() {
        let found = address("Wellkept listens on https://127.0.0.1:40123/ for");
        assert_eq!(found, Some(SocketAddr::from(([127, 0, 0, 1], 40123))));
        assert_eq!(address("making patients"), None);
    }
}
