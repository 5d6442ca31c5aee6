//! Whole, in order, and without anybody's name: to a real TLS server, which may fail in the middle.

use std::io::Read as _;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use domain::access::Role;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use testkit::{On, Practice};

use super::*;
use crate::tls::provider;

const BORN: &str = "6/9/1984";

/// A receiver of this name that passes on what each connection brought. The first `cut` connections break after some bytes. With
/// `known` it asks for a certificate and takes this one alone.
struct Receives {
    port: u16,
    folder: tempfile::TempDir,
    got: Receiver<Vec<u8>>,
}

fn certificate(folder: &std::path::Path, name: &str, file: &str) -> (PathBuf, PathBuf) {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let (certificate, key) = (folder.join(format!("{file}.crt")), folder.join(format!("{file}.key")));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    (certificate, key)
}

impl Receives {
    fn new(mut cut: usize, asks: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (own, key) = certificate(folder.path(), "localhost", "siem");
        let (client, _) = certificate(folder.path(), "practice.example", "practice");
        let chain = CertificateDer::pem_file_iter(&own).unwrap().collect::<Result<Vec<_>, _>>().unwrap();
        let config = ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions().unwrap();
        let config = if asks {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from_pem_file(&client).unwrap()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider()).build().unwrap();
            config.with_client_cert_verifier(verifier)
        } else {
            config.with_no_client_auth()
        };
        let config = Arc::new(config.with_single_cert(chain, PrivateKeyDer::from_pem_file(&key).unwrap()).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (gives, got) = channel();
        thread::spawn(move || {
            while let Ok((socket, _)) = listener.accept() {
                let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), socket);
                let mut bytes = Vec::new();
                if cut > 0 {
                    cut -= 1;
                    let mut part = vec![0; 5_000];
                    let n = stream.read(&mut part).unwrap_or(0);
                    bytes.extend_from_slice(&part[..n]);
                } else if stream.read_to_end(&mut bytes).is_ok() {
                    stream.conn.send_close_notify();
                    let _ = stream.conn.write_tls(&mut stream.sock);
                }
                let _ = gives.send(bytes);
            }
        });
        Self { port, folder, got }
    }

    fn siem(&self, format: Format, ca: &str, own: bool) -> Result<Siem, Failure> {
        let path = |file: &str| self.folder.path().join(file);
        Siem::read(&SiemFile {
            name: "central".to_owned(),
            address: format!("tls://localhost:{}", self.port),
            format,
            ca: Some(path(ca)),
            certificate: own.then(|| path("practice.crt")),
            key: own.then(|| path("practice.key")),
        })
    }
}

/// The messages of a stream, each by its length; what is left when the last one was cut.
fn messages(mut bytes: &[u8]) -> (Vec<String>, usize) {
    let mut all = Vec::new();
    loop {
        let length: String = bytes.iter().take_while(|b| b.is_ascii_digit()).map(|b| char::from(*b)).collect();
        let whole = length.parse::<usize>().ok().and_then(|n| bytes.get(length.len() + 1..length.len() + 1 + n));
        let Some(message) = whole else { return (all, bytes.len()) };
        all.push(String::from_utf8(message.to_vec()).unwrap());
        bytes = &bytes[length.len() + 1 + message.len()..];
    }
}

fn entry(message: &str) -> u64 {
    message.split("entry=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap()
}

/// A practice in which somebody was registered and looked at.
fn practice() -> Practice {
    let practice = Practice::new(On::Sqlite);
    let desk = practice.as_role(Role::FrontDesk);
    let form = [("family", "Quetzalcoatl"), ("given", "Xochitl"), ("birth_date", BORN), ("sex", "F")];
    let at = desk.post("/patients", &form).expect(303).location().to_owned();
    let _ = desk.get(&at).expect(200);
    let _ = desk.get("/patients?q=quetzalcoatl").expect(200);
    practice.app.siem_receivers_are(&["central".to_owned()]).unwrap();
    practice
}

fn size(practice: &Practice) -> u64 {
    u64::try_from(practice.app.store.read("size", store::audit::latest_size).unwrap()).unwrap()
}

#[test]
fn s_tec_13_the_log_reaches_another_system_whole_and_in_order_and_names_nobody() {
    let practice = practice();
    for format in Format::ALL {
        practice.app.siem_receivers_are(&[]).unwrap();
        practice.app.siem_receivers_are(&["central".to_owned()]).unwrap();
        let receives = Receives::new(0, false);
        let siem = receives.siem(*format, "siem.crt", false).unwrap();
        assert!(!siem.send(&practice.app, "practice.example").unwrap());
        let bytes = receives.got.recv().unwrap();
        let (all, left) = messages(&bytes);
        assert_eq!((all.iter().map(|m| entry(m)).collect::<Vec<_>>(), left), ((0..size(&practice)).collect(), 0));
        let text = String::from_utf8(bytes).unwrap().to_lowercase();
        for secret in ["quetzalcoatl", "xochitl", BORN, "1984-06-09", "whitfield"] {
            assert!(!text.contains(secret), "{format}: {secret}");
        }
        for patient in practice.patients() {
            assert!(!text.contains(patient.id.as_str()) && !text.contains(&patient.birth_date.to_string()), "{format}");
            assert!(!text.contains(&patient.name.to_string().to_lowercase()), "{format}");
        }
        let own = practice
            .patients()
            .iter()
            .map(|p| practice.app.store.log().pseudonym(p.id.as_str()))
            .find(|hash| text.contains(hash));
        assert!(own.is_some() || *format == Format::Plain, "the same patient is told by the same hash");
        // Nothing new, nothing sent.
        assert!(!siem.send(&practice.app, "-").unwrap());
        assert!(receives.got.try_recv().is_err());
    }
}

#[test]
fn s_tec_13_a_receiver_that_breaks_off_gets_the_same_again_and_loses_nothing() {
    let practice = practice();
    let receives = Receives::new(2, false);
    let siem = receives.siem(Format::Ocsf, "siem.crt", false).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..2 {
        let why = siem.send(&practice.app, "-").unwrap_err();
        assert!(why.contains("broke off"), "{why}");
        seen.extend(messages(&receives.got.recv().unwrap()).0.iter().map(|m| entry(m)));
    }
    let handed = |practice: &Practice| practice.app.store.read("to", store::audit::siem::receivers).unwrap().remove(0);
    assert_eq!((handed(&practice).next, handed(&practice).said.contains("broke off")), (0, true));
    let official = practice.as_role(Role::SecurityOfficial);
    assert!(!official.get("/audit").expect(200).text().contains("The log is not handed over"));
    practice.clock.pass(16 * 60);
    let official = practice.as_role(Role::SecurityOfficial);
    let page = official.get("/audit").expect(200).text();
    assert!(page.contains("The log is not handed over") && page.contains("central: broke off"), "{page}");

    while siem.send(&practice.app, "-").unwrap() {}
    seen.extend(messages(&receives.got.recv().unwrap()).0.iter().map(|m| entry(m)));
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), (0..handed(&practice).next).collect::<Vec<_>>());
    let page = official.get("/audit").expect(200).text();
    assert!(!page.contains("The log is not handed over") && page.contains("In step"), "{page}");
}

#[test]
fn s_tec_13_the_log_goes_to_nobody_else() {
    let practice = practice();
    let receives = Receives::new(0, true);
    let wrong = receives.siem(Format::Cef, "practice.crt", true).unwrap();
    assert!(wrong.send(&practice.app, "-").unwrap_err().contains("is not whom we trust"));
    assert!(
        receives.siem(Format::Cef, "siem.crt", false).unwrap().send(&practice.app, "-").is_err(),
        "it asks who we are"
    );
    while receives.got.try_recv().is_ok() {}
    receives.siem(Format::Cef, "siem.crt", true).unwrap().send(&practice.app, "-").unwrap();
    let all = std::iter::from_fn(|| receives.got.recv_timeout(Duration::from_secs(5)).ok()).find(|got| !got.is_empty());
    assert!(messages(&all.unwrap()).0.len() > 100);
}

#[test]
fn a_receiver_is_a_setting_that_says_all() {
    let receives = Receives::new(0, true);
    let good = receives.siem(Format::Fhir, "siem.crt", true).unwrap().to_string();
    assert!(good.starts_with(&format!("central at tls://localhost:{} as fhir, believing /", receives.port)), "{good}");
    assert!(good.contains(", as /") && good.ends_with("practice.crt"), "{good}");
    let read = |name: &str, address: &str| {
        let (name, address) = (name.to_owned(), address.to_owned());
        Siem::read(&SiemFile { name, address, format: Format::Plain, ca: None, certificate: None, key: None })
    };
    assert!(read("a", "tls://siem.example:6514").is_ok() && read("a", "tls://[2001:db8::7]:6514").is_ok());
    for (name, address) in [
        ("a", "tcp://siem.example:514"),
        ("a", "tls://siem.example"),
        ("a", "tls://:6514"),
        ("a", "tls://u@siem.example:1"),
        ("", "tls://siem.example:1"),
        ("a b", "tls://siem.example:1"),
    ] {
        assert!(matches!(read(name, address), Err(Failure::Usage(_))), "{name} {address}");
    }
    assert!(receives.siem(Format::Plain, "none.crt", false).is_err());
}
