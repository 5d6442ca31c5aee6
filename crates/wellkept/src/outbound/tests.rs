//! What goes out goes to whom it should, or nowhere. The other end is a real TLS server.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use http::Request;
use hyper::body::Bytes;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::*;
use crate::tls::provider;

/// A server for one connection that shows a certificate of `name` and answers any request with `answer` after `wait`.
pub(crate) fn server(name: &str, answer: &'static str, wait: Duration) -> (u16, tempfile::TempDir, PathBuf) {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let key = rustls_pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (socket, _) = listener.accept().unwrap();
        let mut stream = StreamOwned::new(ServerConnection::new(Arc::new(config)).unwrap(), socket);
        if stream.read(&mut [0; 4096]).is_ok() {
            thread::sleep(wait);
            let _ = stream.write_all(answer.as_bytes());
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("authority.crt");
    std::fs::write(&file, made.cert.pem()).unwrap();
    (port, folder, file)
}

fn ask(port: u16, trust: Trust) -> Result<(u16, String), String> {
    let https = Https::parse(&format!("https://localhost:{port}/in/"), trust)?;
    assert_eq!(https.to_string(), format!("https://localhost:{port}/in"));
    let request = Request::post("/claims").body(Bytes::from_static(b"hello")).unwrap();
    let answer = https.send(request, Duration::from_secs(2), 64)?;
    Ok((answer.status().as_u16(), String::from_utf8(answer.body().to_vec()).unwrap()))
}

#[test]
fn an_answer_comes_from_whom_the_practice_trusts_and_a_redirect_is_not_followed() {
    let (port, _folder, file) = server("localhost", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone", Duration::ZERO);
    assert_eq!(ask(port, Trust::new(Some(&file)).unwrap()).unwrap(), (200, "done".to_owned()));
    let elsewhere = "HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n";
    let (port, _folder, file) = server("localhost", elsewhere, Duration::ZERO);
    assert_eq!(ask(port, Trust::new(Some(&file)).unwrap()).unwrap().0, 302);
}

#[test]
fn nobody_else_is_believed() {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    let (port, _folder, file) = server("elsewhere.example", answer, Duration::ZERO);
    let why = ask(port, Trust::new(Some(&file)).unwrap()).unwrap_err();
    assert!(why.contains("is not whom we trust"), "{why}");
    let (port, _folder, _) = server("localhost", answer, Duration::ZERO);
    let why = ask(port, Trust::new(None).unwrap()).unwrap_err();
    assert!(why.contains("is not whom we trust"), "{why}");
}

#[test]
fn an_answer_that_is_too_long_or_too_late_is_none() {
    let long = "HTTP/1.1 200 OK\r\nContent-Length: 70\r\n\r\n\
                0123456789012345678901234567890123456789012345678901234567890123456789";
    let (port, _folder, file) = server("localhost", long, Duration::ZERO);
    let why = ask(port, Trust::new(Some(&file)).unwrap()).unwrap_err();
    assert!(why.contains("limit"), "{why}");
    let (port, _folder, file) = server("localhost", "HTTP/1.1 200 OK\r\n\r\n", Duration::from_secs(4));
    let why = ask(port, Trust::new(Some(&file)).unwrap()).unwrap_err();
    assert!(why.contains("within 2 s"), "{why}");
}

#[test]
fn an_address_has_no_secrets_and_no_other_scheme() {
    let trust = Trust::new(None).unwrap();
    for good in ["https://a.example", "https://a.example:8443/claims", "https://[2001:db8::7]:1/x"] {
        assert_eq!(Https::parse(good, trust.clone()).unwrap().to_string(), good);
    }
    for bad in
        ["http://a.example", "https://u:p@a.example", "https://a.example/?q=1", "https://a.example/#x", "a.example", ""]
    {
        assert!(Https::parse(bad, trust.clone()).is_err(), "{bad}");
    }
    let empty = tempfile::NamedTempFile::new().unwrap();
    assert!(Trust::new(Some(empty.path())).unwrap_err().to_string().contains("no certificate"));
}
