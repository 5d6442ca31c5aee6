//! A payer's server over real TLS, which asks for an assertion by our key, gives a token for it, and takes files for the token. It does
//! as it is told with what comes.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use app::delivery::Outbound;
use domain::access::Role;
use domain::batch::Batch;
use domain::delivery::{Delivery, DeliveryState};
use domain::id::PartnerId;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use testkit::{On, Practice};

use super::super::Ways;
use super::Dying;
use crate::tls::provider;

/// What it does with the next file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mood {
    Takes,
    Says(u16),
    Babbles,
    Hangs,
}

/// What it has seen.
struct Seen {
    mood: Mood,
    /// The public key that it was given, and who has it.
    known: Option<(Value, String)>,
    /// Assertions that were spent.
    spent: Vec<String>,
    /// Requests of any kind.
    requests: usize,
    /// Files by their idempotency key, each with how often it came.
    files: BTreeMap<String, (Vec<u8>, usize)>,
}

struct Payer {
    port: u16,
    authority: String,
    seen: Arc<Mutex<Seen>>,
}

impl Payer {
    fn start() -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = rustls_pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions().unwrap();
        let config = config.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key).unwrap();
        let (config, listener) = (Arc::new(config), TcpListener::bind("127.0.0.1:0").unwrap());
        let port = listener.local_addr().unwrap().port();
        let seen = Seen { mood: Mood::Takes, known: None, spent: Vec::new(), requests: 0, files: BTreeMap::new() };
        let seen = Arc::new(Mutex::new(seen));
        let shared = Arc::clone(&seen);
        thread::spawn(move || {
            for socket in listener.incoming() {
                let (config, shared) = (Arc::clone(&config), Arc::clone(&shared));
                thread::spawn(move || serve(socket.unwrap(), config, port, &shared));
            }
        });
        Self { port, authority: made.cert.pem(), seen }
    }

    /// Makes the way to it, or changes version `version` of it.
    fn connect(&self, practice: &Practice, partner: &PartnerId, authority: &str, version: &str) {
        let at = |path: &str| format!("https://localhost:{}/{path}", self.port);
        let form = [("url", at("in/claims")), ("token_url", at("token")), ("authority", authority.to_owned())];
        let mut form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        form.extend([("way", "https"), ("client_id", "prac17"), ("scope", "claims.write"), ("version", version)]);
        practice.connect(partner, &form);
    }

    fn now<T>(&self, change: impl FnOnce(&mut Seen) -> T) -> T {
        change(&mut self.seen.lock().unwrap())
    }

    fn is(&self, mood: Mood) {
        self.now(|seen| seen.mood = mood);
    }

    /// How often a file came.
    fn times(&self, delivery: &Delivery) -> usize {
        let same = |bytes: &[u8]| hex::encode(Sha256::digest(bytes)) == delivery.digest;
        self.now(|seen| seen.files.values().filter(|(bytes, _)| same(bytes)).map(|(_, times)| *times).sum())
    }

    /// How many different files it has, and how often any came.
    fn files(&self) -> (usize, usize) {
        self.now(|seen| (seen.files.len(), seen.files.values().map(|(_, times)| times).sum()))
    }
}

type Stream = StreamOwned<ServerConnection, TcpStream>;

fn serve(socket: TcpStream, config: Arc<ServerConfig>, port: u16, seen: &Mutex<Seen>) {
    let mut stream = StreamOwned::new(ServerConnection::new(config).unwrap(), socket);
    let Some((head, body)) = read(&mut stream) else { return };
    let header = |name: &str| {
        let named = |line: &&str| line.to_ascii_lowercase().starts_with(&format!("{name}: "));
        head.lines().find(named).map(|line| line.split_once(": ").unwrap().1.to_owned()).unwrap_or_default()
    };
    let mood = {
        let mut seen = seen.lock().unwrap();
        seen.requests += 1;
        seen.mood
    };
    let (status, answer) = if head.starts_with("POST /token ") {
        token(&String::from_utf8(body).unwrap(), port, &mut seen.lock().unwrap())
    } else if !head.starts_with("POST /in/claims ") || !header("authorization").starts_with("Bearer t-") {
        (401, String::new())
    } else {
        let digest = format!("sha-256=:{}:", base64(&Sha256::digest(&body)));
        assert_eq!(header("content-digest"), digest);
        assert_eq!(header("content-type"), "application/edi-x12");
        match mood {
            Mood::Takes | Mood::Babbles | Mood::Hangs => {
                let mut seen = seen.lock().unwrap();
                seen.files.entry(header("idempotency-key")).or_insert((body, 0)).1 += 1;
                (201, String::new())
            }
            Mood::Says(status) => (status, String::new()),
        }
    };
    match mood {
        Mood::Hangs if status == 201 => thread::sleep(Duration::from_secs(20)),
        Mood::Babbles if status == 201 => drop(stream.write_all(&b"\x00\x01nonsense\r\n".repeat(20))),
        _ => {
            let location = if status == 302 { "Location: https://127.0.0.1:1/\r\n" } else { "" };
            let text = format!("HTTP/1.1 {status} X\r\n{location}Content-Length: {}\r\n\r\n{answer}", answer.len());
            let _ = stream.write_all(text.as_bytes());
        }
    }
    stream.conn.send_close_notify();
    let _ = stream.flush();
}

/// One request: its head, and its body by the length that it names.
fn read(stream: &mut Stream) -> Option<(String, Vec<u8>)> {
    let (mut bytes, mut part) = (Vec::new(), [0; 4096]);
    loop {
        let n = stream.read(&mut part).ok().filter(|n| *n > 0)?;
        bytes.extend_from_slice(&part[..n]);
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let lower = head.to_ascii_lowercase();
        let length: usize =
            lower.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap().parse().unwrap();
        if bytes.len() >= end + 4 + length {
            return Some((head, bytes[end + 4..end + 4 + length].to_vec()));
        }
    }
}

/// A token for an assertion that the known key signed, once (RFC 7523, section 3).
fn token(form: &str, port: u16, seen: &mut Seen) -> (u16, String) {
    let field =
        |name: &str| form.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}="))).unwrap_or_default();
    assert_eq!(field("grant_type"), "client_credentials");
    assert_eq!(field("client_assertion_type"), "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer");
    assert_eq!(field("scope"), "claims.write");
    let Some((jwk, client)) = &seen.known else { return (401, String::new()) };
    assert!(jwk.get("d").is_none(), "a private key");
    let part = |name: &str| jwk[name].as_str().unwrap();
    let key = DecodingKey::from_ec_components(part("x"), part("y")).unwrap();
    let mut rules = Validation::new(Algorithm::ES384);
    rules.validate_exp = false;
    rules.set_audience(&[format!("https://localhost:{port}/token")]);
    let assertion = field("client_assertion");
    let Ok(read) = jsonwebtoken::decode::<Value>(assertion, &key, &rules) else { return (401, String::new()) };
    assert_eq!(read.header.kid.as_deref(), jwk["kid"].as_str());
    let (claims, jti) = (&read.claims, read.claims["jti"].to_string());
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 300);
    if claims["iss"] != *client || claims["sub"] != *client || seen.spent.contains(&jti) {
        return (401, String::new());
    }
    seen.spent.push(jti);
    (200, format!(r#"{{"access_token":"t-{}","token_type":"Bearer","expires_in":300}}"#, seen.spent.len()))
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// Releases a batch of one claim and runs the outbox once; what became of it.
fn sent(practice: &Practice, payer: &Payer, mood: Mood) -> (Batch, DeliveryState) {
    payer.is(mood);
    let batch = practice.open_batch();
    practice.release(&batch.id);
    let _ = practice.app.deliver_due().unwrap();
    let state = practice.delivery(&batch.id).state;
    (batch, state)
}

#[test]
fn s_tec_11_a_file_goes_to_a_payer_over_tls_for_a_token_and_what_is_not_known_waits() {
    let (ways, dies) = Dying::new(Ways { patience: Duration::from_secs(4) }, false);
    let practice = Practice::reaching(On::Sqlite, Outbound::new(ways));
    let payer = Payer::start();
    let first = practice.open_batch();
    let partner = first.partner.clone();
    // Nobody vouches for the payer's certificate yet: it is told nothing.
    payer.connect(&practice, &partner, "", "");
    practice.release(&first.id);
    assert_eq!(practice.app.deliver_due().unwrap(), 1);
    let delivery = practice.delivery(&first.id);
    assert!(delivery.last_words().contains("is not whom we trust"), "{}", delivery.last_words());
    assert_eq!((delivery.state, payer.now(|seen| seen.requests)), (DeliveryState::Waiting, 0));
    payer.connect(&practice, &partner, &payer.authority, "1");
    // It does not know our key yet.
    practice.clock.pass(61);
    assert_eq!(practice.app.deliver_due().unwrap(), 1);
    let delivery = practice.delivery(&first.id);
    assert!(delivery.last_words().contains("does not take our assertion (401)"), "{}", delivery.last_words());
    let connector = practice.app.store.read("connector", |tx| store::connector::of(tx, &partner)).unwrap().unwrap();
    let jwk: Value = serde_json::from_str(&connector.value.our_key).unwrap();
    payer.now(|seen| seen.known = Some((jwk, "prac17".to_owned())));
    let official = practice.as_role(Role::SecurityOfficial);
    let tested = official.post(&format!("/partners/{partner}/connector/test"), &[]).expect(200).text();
    assert!(tested.contains("It works") && payer.files() == (0, 0), "{tested}");
    practice.clock.pass(301);
    assert_eq!(practice.app.deliver_due().unwrap(), 1);
    let delivery = practice.delivery(&first.id);
    assert_eq!((delivery.state, delivery.attempts.len()), (DeliveryState::Delivered, 3));
    let body = payer.now(|seen| seen.files.values().next().unwrap().0.clone());
    assert_eq!(hex::encode(Sha256::digest(&body)), delivery.digest);

    // No clear yes or no: it waits for a person, and is not sent again by itself.
    for mood in [Mood::Babbles, Mood::Hangs, Mood::Says(500), Mood::Says(409)] {
        let (batch, state) = sent(&practice, &payer, mood);
        assert_eq!(state, DeliveryState::Unsure, "{mood:?}");
        let before = payer.files();
        payer.is(Mood::Takes);
        practice.clock.pass(86_400);
        assert_eq!((practice.app.deliver_due().unwrap(), payer.files()), (0, before), "{mood:?}");
        // A person's word lets it go again, under the same key: who has it already knows it.
        let said = [("arrived", "no"), ("reason", "the payer's desk has none")];
        let _ = practice.as_role(Role::Biller).post(&format!("/claims/batches/{}/said", batch.id), &said).expect(303);
        assert_eq!(practice.app.deliver_due().unwrap(), 1);
        assert_eq!(practice.delivery(&batch.id).state, DeliveryState::Delivered);
    }
    assert_eq!(payer.files(), (5, 7), "two came twice, and are known by their keys");
    // A clear no.
    assert_eq!(sent(&practice, &payer, Mood::Says(302)).1, DeliveryState::Refused, "nothing goes elsewhere");
    assert_eq!(sent(&practice, &payer, Mood::Says(503)).1, DeliveryState::Waiting);
    payer.is(Mood::Takes);
    practice.clock.pass(301);
    let _ = practice.app.deliver_due().unwrap();
    assert_eq!(payer.files(), (6, 8), "it asked to come later");
    // The process ends when the payer has it and nothing says so yet.
    let batch = practice.open_batch();
    practice.release(&batch.id);
    dies.store(true, Ordering::Release);
    assert!(catch_unwind(AssertUnwindSafe(|| practice.app.deliver_due().unwrap())).is_err());
    practice.clock.pass(86_400);
    let _ = practice.app.deliver_due().unwrap();
    assert_eq!(practice.delivery(&batch.id).state, DeliveryState::Unsure);
    assert_eq!(payer.times(&practice.delivery(&batch.id)), 1, "once");
}
