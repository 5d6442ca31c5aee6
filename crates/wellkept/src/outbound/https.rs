//! Requests over TLS to one address.

use std::fmt;
use std::time::Duration;

use http::header::{CONTENT_LENGTH, HOST};
use http::{HeaderValue, Request, Response, Uri};
use hyper::body::Bytes;
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::{Peer, Trust, exchange, within};

/// An address that requests go to, `https://HOST[:PORT][/PATH]`.
#[derive(Clone, Debug)]
pub(crate) struct Https {
    peer: Peer,
    /// As the header `Host` has it.
    authority: String,
    /// The path without a slash at its end.
    prefix: String,
}

impl fmt::Display for Https {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "https://{}{}", self.authority, self.prefix)
    }
}

impl Https {
    /// Reads an address. Refused with words: another scheme, a user or password, a query.
    pub(crate) fn parse(address: &str, trust: Trust) -> Result<Self, String> {
        let bad = || format!("`{address}` is not an address that we send to: write `https://HOST/PATH`");
        let uri: Uri = address.parse().map_err(|_| bad())?;
        let authority = uri.authority().filter(|a| !a.as_str().contains('@')).ok_or_else(bad)?;
        if uri.scheme_str() != Some("https") || uri.query().is_some() || address.contains('#') {
            return Err(bad());
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = match authority.port() {
            None => 443,
            Some(port) => port.as_str().parse().map_err(|_| bad())?,
        };
        let prefix = uri.path().trim_end_matches('/').to_owned();
        Ok(Self { peer: Peer { host, port, trust }, authority: authority.to_string(), prefix })
    }

    /// Sends a request whose address is a path below ours, and waits for the answer: at most `patience` and `longest` bytes.
    /// A redirect is an answer like any other.
    pub(crate) fn send(
        &self,
        request: Request<Bytes>,
        patience: Duration,
        longest: usize,
    ) -> Result<Response<Bytes>, String> {
        let request = self.addressed(request)?;
        within(patience, async { exchange(self.open().await?, request, longest).await })
    }

    /// Opens a connection, and says nothing over it yet.
    pub(crate) async fn open(&self) -> Result<TlsStream<TcpStream>, String> {
        self.peer.connect().await
    }

    /// The request as it goes over the connection: its address is a path below ours, or `/` for ours itself.
    pub(crate) fn addressed(&self, request: Request<Bytes>) -> Result<Request<Bytes>, String> {
        let (mut head, body) = request.into_parts();
        let below = Some(head.uri.to_string()).filter(|path| path != "/" || self.prefix.is_empty()).unwrap_or_default();
        head.uri = format!("{}{below}", self.prefix).parse().map_err(|_| format!("`{}` is no path", head.uri))?;
        head.headers.insert(HOST, HeaderValue::from_str(&self.authority).map_err(|e| e.to_string())?);
        head.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        Ok(Request::from_parts(head, body))
    }
}
