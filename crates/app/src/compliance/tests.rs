//! Each probe passes on a sound practice, turns red when what it looks at is broken, and says unknown when that is missing.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;

use domain::access::{Action, Role};
use domain::compliance::{Finding, Standing, Verdict, catalogue};
use domain::id::VisitId;
use store::sql;

use super::probes::{self, access::Things, examine, judge_access, place, scan, session};
use super::{PROBES, Probe, ProbeEnv};
use crate::access::{Decision, Request};
use crate::account::NewAccount;
use crate::audit::fixture::{Practice, person};
use crate::{App, Error};

fn run(app: &App, id: &str, env: &ProbeEnv) -> Finding {
    app.run_probe(Probe::find(id).unwrap(), env).unwrap().finding
}

fn verdict(app: &App, id: &str) -> Verdict {
    run(app, id, &ProbeEnv::default()).verdict
}

/// Somebody of this role who signed in once, with or without a second factor.
fn enrolled(practice: &Practice, login: &str, factor: bool) {
    let new = NewAccount { login: login.into(), name: "Dana Whitfield".into(), role: "biller".into() };
    let made = practice.app.create_account_by_system("test", &new, false).unwrap();
    if factor {
        let enrol = move |tx: &mut store::Tx| store::account::enrol(tx, &made.id, &[1, 2, 3], 0, &[]);
        practice.app.store.write("enrol", enrol).unwrap();
    }
}

#[test]
fn every_named_probe_exists_and_every_probe_is_named() {
    let named: std::collections::BTreeSet<String> = catalogue().unwrap().into_iter().flat_map(|s| s.probes).collect();
    let built: std::collections::BTreeSet<String> = PROBES.iter().map(|p| p.id.to_owned()).collect();
    assert_eq!(named, built);
    assert!(
        PROBES.iter().all(|p| !p.safeguards().is_empty() && p.what_it_does_not_show.len() > 20 && p.remedy.len() > 20)
    );
    assert_eq!(PROBES.last().map(|p| p.id), Some("V-37"), "the watch looks at the others");
}

#[test]
fn v_02_an_account_without_a_second_factor_is_seen() {
    let practice = Practice::new();
    assert_eq!(verdict(&practice.app, "V-02"), Verdict::NotEvaluable, "nobody is there");
    enrolled(&practice, "dana", true);
    assert_eq!(verdict(&practice.app, "V-02"), Verdict::Pass);
    enrolled(&practice, "bob", false);
    let found = run(&practice.app, "V-02", &ProbeEnv::default());
    assert_eq!((found.verdict, found.observed["without_factor"].as_str()), (Verdict::Fail, "1"));
}

#[test]
fn v_03_a_decision_that_differs_from_the_matrix_is_seen() {
    let practice = Practice::new();
    let app = &practice.app;
    assert_eq!(verdict(app, "V-03"), Verdict::Pass);
    let matrix = include_str!("../../../../policies/matrix.txt");
    let (cx, other) = (app.canary_cx(Role::Auditor), app.canary_cx(Role::Auditor).account);
    let visit = VisitId::new(app.clock.now(), &*app.entropy);
    let things = Things { me: cx.account, other, patient: app.canary_patient().unwrap(), visit };
    let sound = |r: &Request| matches!(app.policies.decide(r), Decision::Allowed(_));
    assert_eq!(judge_access(matrix, &things, sound).verdict, Verdict::Pass);
    let opened = |r: &Request| sound(r) || (r.role == Role::Auditor && r.action == Action::PatientView);
    assert_eq!(judge_access(matrix, &things, opened).verdict, Verdict::Fail, "a canary is let in");
    let disabled = |r: &Request| sound(&Request { disabled: false, ..r.clone() });
    assert_eq!(judge_access(matrix, &things, disabled).verdict, Verdict::Fail, "a disabled account is let in");
    let closed = |r: &Request| sound(r) && r.action != Action::PatientFind;
    assert_eq!(judge_access(matrix, &things, closed).verdict, Verdict::Fail, "somebody lost access");
    assert_eq!(judge_access("", &things, sound).verdict, Verdict::NotEvaluable, "no matrix");
}

#[test]
fn v_04_a_session_that_is_served_after_its_time_is_seen() {
    let practice = Practice::new();
    assert_eq!(verdict(&practice.app, "V-04"), Verdict::Pass);
    assert_eq!(session::replay(&practice.app, 5).unwrap().verdict, Verdict::Fail, "nothing refused it");
    let account = session::canary_account(&practice.app).unwrap();
    let disable = move |tx: &mut store::Tx| {
        let known = store::account::load(tx, &account)?;
        let off = domain::account::Account { disabled_at: Some(tx.now()), ..known.value };
        let stamp = store::record::Stamp { actor: "test".into(), reason: "test".into() };
        store::account::update(tx, &account, known.version, &off, &stamp)
    };
    practice.app.store.write("disable", disable).unwrap();
    assert_eq!(verdict(&practice.app, "V-04"), Verdict::NotEvaluable, "a fresh one is refused too");
}

#[test]
fn v_07_readable_bytes_are_seen() {
    let practice = Practice::new();
    assert_eq!(verdict(&practice.app, "V-07"), Verdict::Pass);
    let noise: Vec<u8> = (0..40_000_u32).flat_map(|n| n.wrapping_mul(0x9E37_79B9).to_le_bytes()).collect();
    assert_eq!(scan(&noise, "canary-1"), None);
    assert!(scan(b"SQLite format 3\0", "canary-1").is_some(), "a plain header");
    assert!(scan(&[&noise[..], b"canary-1", &noise[..]].concat(), "canary-1").is_some(), "the marker");
    assert!(scan(&[&noise[..], b"CREATE TABLE patient"].concat(), "canary-1").is_some(), "the schema");
    assert!(scan("seven green lamps ".repeat(1000).as_bytes(), "canary-1").is_some(), "text");
    let folder = practice.folder.path().join("plain");
    std::fs::create_dir(&folder).unwrap();
    assert_eq!(examine(&folder, "canary-1").unwrap().verdict, Verdict::NotEvaluable, "no file");
    std::fs::write(folder.join("practice.db"), &noise).unwrap();
    std::fs::write(folder.join("keys.db"), b"SQLite format 3\0").unwrap();
    assert_eq!(examine(&folder, "canary-1").unwrap().verdict, Verdict::Fail);
}

#[test]
fn v_08_a_key_beside_the_data_is_seen() {
    let practice = Practice::new();
    let found = run(&practice.app, "V-08", &ProbeEnv::default());
    assert_eq!(found.verdict, Verdict::Fail, "the fixture's key file lies on the data's file system");
    assert!(found.said.contains("own file system"), "{}", found.said);
    let data = practice.folder.path();
    assert_eq!(place::judge("systemd-credential", Path::new("/proc/self/status"), data).verdict, Verdict::Pass);
    assert_eq!(place::judge("file", &data.join("nowhere"), data).verdict, Verdict::NotEvaluable);
}

/// Answers one connection after another in a thread of its own.
fn serve(answer: impl Fn(std::net::TcpStream) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || listener.incoming().flatten().for_each(&answer));
    address
}

/// A TLS server whose certificate ends in that year; its address and certificate.
fn tls_server(end: i32) -> (SocketAddr, Vec<u8>) {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.not_after = rcgen::date_time_ymd(end, 1, 1);
    let certificate = params.self_signed(&key).unwrap().der().to_vec();
    let secret = rustls_pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone().into()], secret)
        .unwrap();
    let config = Arc::new(config);
    let address = serve(move |mut stream| {
        let mut server = rustls::ServerConnection::new(config.clone()).unwrap();
        while server.is_handshaking() {
            if server.complete_io(&mut stream).is_err() {
                let _ = server.write_tls(&mut stream);
                return;
            }
        }
        let _ = server.complete_io(&mut stream);
    });
    (address, certificate)
}

fn on(listener: SocketAddr, certificate: Option<Vec<u8>>) -> ProbeEnv {
    ProbeEnv { listener: Some(listener), certificate, settings: Vec::new() }
}

#[test]
fn v_09_a_weak_or_plain_port_is_seen() {
    let practice = Practice::new();
    let app = &practice.app;
    assert_eq!(verdict(app, "V-09"), Verdict::NotEvaluable, "nothing listens");
    let (address, certificate) = tls_server(2040);
    let found = run(app, "V-09", &on(address, Some(certificate)));
    assert_eq!((found.verdict, found.observed["version"].as_str()), (Verdict::Pass, "TLS 1.3"), "{}", found.said);
    assert_eq!(run(app, "V-09", &on(address, Some(vec![1]))).verdict, Verdict::Fail, "another certificate");
    assert_eq!(run(app, "V-09", &on(tls_server(2020).0, None)).verdict, Verdict::Fail, "a certificate that has ended");
    let say = |words: &'static [u8]| {
        serve(move |mut stream| {
            let _ = stream.read(&mut [0; 512]);
            let _ = stream.write_all(words);
        })
    };
    let plain = run(app, "V-09", &on(say(b"HTTP/1.1 200 OK\r\n\r\n"), None));
    assert!(plain.verdict == Verdict::Fail && plain.said.contains("plain HTTP"), "{}", plain.said);
    let old = run(app, "V-09", &on(say(&[22, 3, 2, 0, 1, 2]), None));
    assert!(old.verdict == Verdict::Fail && old.said.contains("TLS 1.1"), "{}", old.said);
}

#[test]
fn v_13_a_log_that_was_changed_is_seen() {
    let practice = Practice::new();
    let app = &practice.app;
    assert_eq!(verdict(app, "V-13"), Verdict::NotEvaluable, "an empty log");
    assert_eq!(verdict(app, "V-13"), Verdict::Pass);
    let edit = sql!("UPDATE audit_event SET actor = 'account:somebody' WHERE leaf_index = 0");
    app.store.write("tamper", |tx| tx.execute(edit, &[])).unwrap();
    let found = run(app, "V-13", &ProbeEnv::default());
    assert_eq!(found.verdict, Verdict::Fail);
    assert_ne!(found.observed["faults"], "0");
}

#[test]
fn v_20_a_setting_that_nobody_approved_is_seen() {
    let practice = Practice::new();
    let app = &practice.app;
    let setting = |value: &str| ProbeEnv { settings: vec![("listen".into(), value.into())], ..ProbeEnv::default() };
    assert_eq!(verdict(app, "V-20"), Verdict::NotEvaluable, "no settings");
    assert_eq!(run(app, "V-20", &setting("a")).verdict, Verdict::NotEvaluable, "nothing approved");
    let refused = app.approve_baseline(&person(Role::Biller), &setting("a"));
    assert!(matches!(refused, Err(Error::Denied { .. })));
    app.approve_baseline(&person(Role::SecurityOfficial), &setting("a")).unwrap();
    assert_eq!(run(app, "V-20", &setting("a")).verdict, Verdict::Pass);
    let found = run(app, "V-20", &setting("b"));
    assert!(found.verdict == Verdict::Fail && found.said.contains("listen"), "{}", found.said);
}

#[test]
fn v_37_a_silent_probe_is_seen() {
    let practice = Practice::new();
    let app = &practice.app;
    assert_eq!(verdict(app, "V-37"), Verdict::NotEvaluable, "none ever ran");
    let all = app.run_probes(&ProbeEnv::default()).unwrap();
    assert_eq!(all.last().map(|e| e.finding.verdict), Some(Verdict::Pass));
    practice.clock.wait(7 * 3600);
    let found = run(app, "V-37", &ProbeEnv::default());
    assert!(found.verdict == Verdict::Fail && found.said.contains("V-13"), "{}", found.said);
}

#[test]
fn only_due_probes_run_again() {
    let practice = Practice::new();
    let env = ProbeEnv::default();
    assert_eq!(practice.app.run_due_probes(&env).unwrap().len(), PROBES.len());
    assert_eq!(practice.app.run_due_probes(&env).unwrap().len(), 0);
    practice.clock.wait(4 * 3600);
    let again: Vec<String> = practice.app.run_due_probes(&env).unwrap().into_iter().map(|e| e.subject).collect();
    assert_eq!(again, ["V-13"]);
}

#[test]
fn readiness_counts_what_is_stale_as_unknown() {
    let practice = Practice::new();
    let app = &practice.app;
    let official = person(Role::SecurityOfficial);
    let of = |slug: &str| app.safeguard(&official, slug).unwrap().standing;
    assert_eq!(app.readiness(&official).unwrap().count(Standing::Unknown), 12, "nothing is known yet");
    app.run_probes(&ProbeEnv::default()).unwrap();
    assert_eq!((of("automatic-logoff"), of("encryption-at-rest")), (Standing::Proven, Standing::Failing));
    assert_eq!((of("transmission"), of("emergency-access")), (Standing::Unknown, Standing::Unknown));
    app.attest(&official, "emergency-access", "The binder at the desk, tried on March 3 by Dana.").unwrap();
    assert_eq!(of("emergency-access"), Standing::Attested);
    assert!(app.attest(&official, "transmission", "It is surely good, believe me.").is_err());
    practice.clock.wait(25 * 3600);
    assert_eq!((of("automatic-logoff"), of("encryption-at-rest")), (Standing::Unknown, Standing::Failing));
    let doctor = app.doctor(&ProbeEnv::default()).unwrap();
    assert_eq!(doctor[0]["probe"], "V-02");
    assert!(matches!(app.readiness(&person(Role::Biller)), Err(Error::Denied { .. })));
    let _ = probes::PROBES;
}
