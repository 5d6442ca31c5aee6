//! Where the server is, and what a connection to it must be: encrypted unless the server is this machine, and durable.

use std::net::IpAddr;
use std::time::Duration;

use postgres::config::{Host, SslMode};
use postgres::{Client, Config, NoTls};

use super::translate;
use crate::db::Schema;
use crate::error::{Error, Result};

/// The one server that may lose what it acknowledged, by its address: that of the tests.
const TESTS: &str = "WELLKEPT_TEST_PG";

/// Where a practice's schema is.
#[derive(Clone, Debug)]
pub struct Target {
    config: Config,
    may_lose: bool,
}

impl Target {
    /// Reads a `postgres://` address.
    pub fn parse(url: &str) -> Result<Self> {
        let config: Config = url.parse().map_err(|_| {
            Error::Refused(
                "the database address cannot be read: write postgres://user:password@host:port/name".to_owned(),
            )
        })?;
        let may_lose = std::env::var(TESTS).is_ok_and(|tests| tests == url);
        Ok(Self { config, may_lose })
    }

    /// The same server, as the role and in the schema of one practice.
    #[must_use]
    pub fn practice(&self, schema: &Schema, password: &[u8; 16]) -> Self {
        let mut config = self.config.clone();
        config.user(schema.as_str()).password(hex::encode(password));
        // Set at connect and never again: a SET inside a transaction that rolls back would silently return elsewhere. What is
        // set here wins over the server's file, and over what was set for the role or the database.
        config.options(&format!("-c search_path={} -c synchronous_commit=on", schema.as_str()));
        Self { config, may_lose: self.may_lose }
    }

    /// A new connection; TLS with verification unless the server is on this machine.
    pub(crate) fn connect(&self) -> Result<Client> {
        let mut config = self.config.clone();
        config.connect_timeout(Duration::from_secs(5)).keepalives(true);
        let client = if self.is_local() {
            config.connect(NoTls)
        } else {
            // Whatever the address says: a server that offers no TLS gets neither the login nor a record.
            config.ssl_mode(SslMode::Require).connect(tls())
        };
        client.map_err(|e| translate("connect", &e))
    }

    /// A new connection whose COMMIT means durable: promises 1 and 2 stand on it.
    pub(super) fn connect_durably(&self) -> Result<Client> {
        let mut client = self.connect()?;
        let row = client.query_one("SELECT current_setting('synchronous_commit'), current_setting('fsync')", &[]);
        let row = row.map_err(|e| translate("connect", &e))?;
        let setting = |at| row.try_get::<_, String>(at).map_err(|e| translate("connect", &e));
        let refused = |name: &str| {
            Err(Error::Refused(format!(
                "the database server runs with `{name}` off, so it would lose what it acknowledged when its machine stops: \
                 set `{name} = on` in postgresql.conf and reload it"
            )))
        };
        if setting(0)? != "on" {
            return refused("synchronous_commit");
        }
        if setting(1)? != "on" && !self.may_lose {
            return refused("fsync");
        }
        Ok(client)
    }

    /// Whether every place that the connection may go to is this machine. A name with an address must be here in both.
    fn is_local(&self) -> bool {
        let loopback = |name: &str| name == "localhost" || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
        let (hosts, addresses) = (self.config.get_hosts(), self.config.get_hostaddrs());
        let named = hosts.iter().all(|host| match host {
            Host::Tcp(name) => loopback(name),
            Host::Unix(_) => true,
        });
        let some = !hosts.is_empty() || !addresses.is_empty();
        some && named && addresses.iter().all(IpAddr::is_loopback)
    }
}

fn tls() -> tokio_postgres_rustls::MakeRustlsConnect {
    let mut roots = rustls::RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let config = rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    tokio_postgres_rustls::MakeRustlsConnect::new(config)
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn only_a_server_on_this_machine_is_local() {
        for (url, local) in [
            ("postgres://u@localhost/d", true),
            ("postgres://u@127.0.0.1,localhost/d", true),
            ("postgres://u@[::1]/d", true),
            ("postgres://u@%2Frun%2Fpostgresql/d", true),
            ("postgres://u@db.example/d", false),
            ("postgres://u@localhost,db.example/d", false),
            ("postgres://u@db.example/d?hostaddr=127.0.0.1", false),
            ("postgres://u@localhost/d?hostaddr=192.0.2.1", false),
            ("postgres://u@/d?hostaddr=192.0.2.1", false),
            ("postgres://u@/d", false),
        ] {
            assert_eq!(Target::parse(url).unwrap().is_local(), local, "{url}");
        }
    }

    /// S-TEC-07: a server, or a man in the middle, that says it has no TLS.
    #[test]
    fn a_server_without_tls_is_told_nothing() {
        for mode in ["", "&sslmode=disable", "&sslmode=prefer"] {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let port = listener.local_addr().unwrap().port();
            let server = std::thread::spawn(move || {
                let (mut stream, _) = listener.accept().unwrap();
                let mut heard = vec![0; 8];
                stream.read_exact(&mut heard).unwrap();
                stream.write_all(b"N").unwrap();
                let _ = stream.read_to_end(&mut heard);
                heard
            });
            let url = format!("postgres://clerk:secret@db.example:{port}/d?hostaddr=127.0.0.1{mode}");
            assert!(Target::parse(&url).unwrap().connect().is_err());
            let heard = server.join().unwrap();
            // The request for TLS (PostgreSQL's protocol, 55.2.10), and not a byte after it.
            assert_eq!(heard, [0, 0, 0, 8, 4, 210, 22, 47], "{mode}");
        }
    }
}
