//! The way to a witness: HTTP without TLS. What goes over it is signed at both ends and says nothing of a patient, so whoever
//! stands between can keep a message back and can neither read ePHI nor change anything unseen (ADR 0009).

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use app::audit::outside::{Reply, Wire};
use http::header::{CONTENT_TYPE, HOST};
use http::uri::Authority;
use http::{Request, Uri};
use hyper::body::Bytes;
use tokio::net::TcpStream;

use crate::outbound::{exchange, within};

/// How long a witness may take, from the first byte to the last.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of the longest answer: a checkpoint with a hundred signatures.
const LONGEST: usize = 64 * 1024;

/// The address of a witness: `http://HOST:PORT` and perhaps a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Http {
    authority: Authority,
    prefix: String,
}

impl fmt::Display for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}{}", self.authority, self.prefix)
    }
}

impl FromStr for Http {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || {
            format!(
                "`{text}` is not the address of a witness: write `http://HOST:PORT`, and let a tunnel encrypt it where that is wanted"
            )
        };
        let uri: Uri = text.parse().map_err(|_| bad())?;
        let authority = uri.authority().filter(|a| a.port().is_some() && !a.as_str().contains('@')).ok_or_else(bad)?;
        if uri.scheme_str() != Some("http") || uri.query().is_some() {
            return Err(bad());
        }
        Ok(Self { authority: authority.clone(), prefix: uri.path().trim_end_matches('/').to_owned() })
    }
}

impl Wire for Http {
    fn ask(&self, path: &str, body: Option<&[u8]>) -> Result<Reply, String> {
        let body = body.map(Bytes::copy_from_slice);
        within(PATIENCE, self.send(path, body))
    }
}

impl Http {
    async fn send(&self, path: &str, body: Option<Bytes>) -> Result<Reply, String> {
        let stream =
            TcpStream::connect(self.authority.as_str()).await.map_err(|e| format!("cannot be reached: {e}"))?;
        let method = if body.is_some() { http::Method::POST } else { http::Method::GET };
        let request = Request::builder()
            .method(method)
            .uri(format!("{}/{path}", self.prefix))
            .header(HOST, self.authority.as_str())
            .header(CONTENT_TYPE, "text/plain; charset=utf-8")
            .body(body.unwrap_or_default())
            .map_err(|e| e.to_string())?;
        let answer = exchange(stream, request, LONGEST).await?;
        Ok(Reply { status: answer.status().as_u16(), body: answer.body().to_vec() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_host_and_a_port_and_no_secrets() {
        for good in ["http://127.0.0.1:8090", "http://witness.example:80/w1"] {
            assert_eq!(good.parse::<Http>().unwrap().to_string(), good);
        }
        assert_eq!("http://a.example:1/w/".parse::<Http>().unwrap().to_string(), "http://a.example:1/w");
        for bad in [
            "https://a.example:443",
            "http://a.example",
            "a.example:80",
            "http://u:p@a.example:80",
            "http://a.example:80/?x=1",
            "",
        ] {
            assert!(bad.parse::<Http>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_witness_that_is_not_there_is_an_answer_in_words() {
        let nobody: Http = "http://127.0.0.1:1".parse().unwrap();
        assert!(nobody.ask("add-checkpoint", Some(b"")).unwrap_err().contains("cannot be reached"));
    }
}
