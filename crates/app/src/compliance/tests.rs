//! Each probe passes on a sound practice, turns red when what it looks at is broken, and says unknown when that is missing.

mod emergency;
mod reading;
mod workforce;

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;

use domain::access::Role;
use domain::compliance::{Finding, Standing, Verdict, catalogue};
use serde_json::Value;
use store::sql;

use super::probes::{Scan, examine, place, session};
use super::{PROBES, Probe, ProbeEnv};
use crate::access::Policies;
use crate::access::tests::changed;
use crate::account::NewAccount;
use crate::fixture::{Practice, person};
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
fn v_02_says_which_leaked_passwords_are_refused_and_fails_for_no_list() {
    let practice = Practice::new();
    enrolled(&practice, "dana", true);
    let said = || {
        let found = run(&practice.app, "V-02", &ProbeEnv::default());
        (found.verdict, found.observed["leaked_passwords"].clone())
    };
    assert_eq!(said(), (Verdict::Pass, "no list; bring one with `wellkept passwords import`".to_owned()));
    let corpus = practice.folder.path().join("corpus.txt");
    std::fs::write(&corpus, format!("{}:9\n", "0A".repeat(20))).unwrap();
    practice.app.import_leaked(&corpus).unwrap();
    practice.clock.wait(3 * 86_400);
    assert_eq!(said(), (Verdict::Pass, "1 are refused, by a list that was brought 3 days ago".to_owned()));
    std::fs::write(practice.app.store.options().data.join("leaked-passwords"), "half").unwrap();
    assert!(said().1.contains("cannot be read"), "{}", said().1);
}

#[test]
fn v_02_a_password_that_opens_by_itself_is_seen() {
    let mut practice = Practice::new();
    enrolled(&practice, "dana", true);
    assert_eq!(verdict(&practice.app, "V-02"), Verdict::Pass);
    practice.app.policies = without("guard.second_factor");
    let found = run(&practice.app, "V-02", &ProbeEnv::default());
    assert!(found.verdict == Verdict::Fail && found.said.contains("without a second factor"), "{}", found.said);
}

/// The policies in force without one of the guards.
fn without(guard: &str) -> Arc<Policies> {
    let id = format!("@id(\"{guard}\")");
    let cut = |text: &str| {
        let (before, rest) = text.split_once(&id).unwrap();
        format!("{before}{}", rest.split_once(';').unwrap().1)
    };
    Arc::new(changed("guards.cedar", cut).unwrap())
}

/// S-AUD-03, too: the mechanism, not the accounts.
#[test]
fn v_03_policies_that_differ_from_the_matrix_are_seen() {
    let mut practice = Practice::new();
    assert_eq!(verdict(&practice.app, "V-03"), Verdict::Pass);
    let sound = Arc::clone(&practice.app.policies);
    practice.app.policies = without("guard.disabled");
    assert_eq!(verdict(&practice.app, "V-03"), Verdict::Fail, "a disabled account is let in");
    let open = "\n@id(\"test.open\")\npermit (principal in Role::\"security_official\", action == Action::\"patient.view\", resource is Patient);\n";
    practice.app.policies = Arc::new(changed("oversight.cedar", |text| format!("{text}{open}")).unwrap());
    let found = run(&practice.app, "V-03", &ProbeEnv::default());
    assert!(found.verdict == Verdict::Fail && found.said.contains("security_official patient.view"), "{}", found.said);
    let closed =
        |text: &str| text.replace("Action::\"patient.find\", Action::\"patient.edit\"", "Action::\"patient.edit\"");
    practice.app.policies = Arc::new(changed("front_desk.cedar", closed).unwrap());
    assert_eq!(verdict(&practice.app, "V-03"), Verdict::Fail, "somebody lost access");
    practice.app.policies = sound;
    practice.app.store.write("spoil", |tx| store::evidence::plant(tx, "patient", "nobody")).unwrap();
    assert_eq!(verdict(&practice.app, "V-03"), Verdict::NotEvaluable, "its canary is gone");
}

#[test]
fn v_04_a_session_that_is_served_after_its_time_is_seen() {
    let practice = Practice::new();
    assert_eq!(verdict(&practice.app, "V-04"), Verdict::Pass);
    // Something in the server takes whatever happens to a session for its person's activity.
    let touch = sql!(
        "CREATE TRIGGER touch AFTER UPDATE ON session BEGIN
         UPDATE session SET active_at = old.active_at, began_at = old.began_at WHERE id = new.id; END"
    );
    practice.app.store.write("defect", |tx| tx.execute(touch, &[])).unwrap();
    let found = run(&practice.app, "V-04", &ProbeEnv::default());
    assert!(found.verdict == Verdict::Fail && found.said.contains("was served"), "{}", found.said);
    practice.app.store.write("mend", |tx| tx.execute(sql!("DROP TRIGGER touch"), &[])).unwrap();
    assert_eq!(verdict(&practice.app, "V-04"), Verdict::Pass);
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

/// What a scan that gets the bytes in chunks of this size finds.
fn scan(bytes: &[u8], chunk: usize) -> Option<String> {
    let mut scan = Scan::new("canary-1");
    bytes.chunks(chunk).for_each(|chunk| scan.take(chunk));
    scan.readable(false)
}

fn noise() -> Vec<u8> {
    (0..40_000_u32).flat_map(|n| n.wrapping_mul(0x9E37_79B9).to_le_bytes()).collect()
}

/// S-AUD-04, too: the encryption is verified by looking at the bytes.
#[test]
fn v_07_readable_bytes_are_seen() {
    let practice = Practice::new();
    assert_eq!(verdict(&practice.app, "V-07"), Verdict::Pass);
    let folder = practice.app.store.folder();
    let stray = folder.join("copy");
    for (what, bytes) in [
        ("a plain database", [b"SQLite format 3\0", &noise()[..]].concat()),
        ("a list of patients", b"Amaya, Ruth, 3/24/1961\n".to_vec()),
        ("the schema", [&noise()[..], b"CREATE TABLE patient"].concat()),
        ("a picture", vec![7; 20_000]),
    ] {
        std::fs::write(&stray, bytes).unwrap();
        let found = run(&practice.app, "V-07", &ProbeEnv::default());
        assert!(found.verdict == Verdict::Fail && found.said.contains("`copy`"), "{what}: {}", found.said);
    }
    std::fs::remove_file(&stray).unwrap();
    assert_eq!(verdict(&practice.app, "V-07"), Verdict::Pass);
    std::fs::rename(folder.join("keys.db"), practice.folder.path().join("keys.db")).unwrap();
    assert_eq!(verdict(&practice.app, "V-07"), Verdict::NotEvaluable, "a file is not there to be looked at");
}

#[test]
fn v_07_a_planted_marker_is_seen_across_chunks() {
    let noise = noise();
    let planted = [&noise[..], b"canary-1", &noise[..]].concat();
    for chunk in [1, 7, 1000, planted.len()] {
        assert_eq!(scan(&noise, chunk.max(1000)), None);
        assert!(scan(&planted, chunk.max(3)).is_some_and(|why| why.contains("marker")), "{chunk}");
    }
    let plain = tempfile::tempdir().unwrap();
    assert_eq!(examine(plain.path(), "canary-1").unwrap().verdict, Verdict::NotEvaluable, "no file");
    std::fs::write(plain.path().join("practice.db"), &planted).unwrap();
    std::fs::write(plain.path().join("keys.db"), &noise).unwrap();
    assert_eq!(examine(plain.path(), "canary-1").unwrap().verdict, Verdict::Fail);
}

/// Looking at the files drops none of the locks that the database holds on them: closing a descriptor would.
#[test]
fn v_07_looking_drops_no_lock_of_the_database() {
    let practice = Practice::new();
    let inode = std::os::unix::fs::MetadataExt::ino(
        &std::fs::metadata(practice.app.store.folder().join("practice.db")).unwrap(),
    );
    let held = || {
        let locks = std::fs::read_to_string("/proc/locks").unwrap();
        let mine = format!(" {} ", std::process::id());
        locks.lines().filter(|l| l.contains("POSIX") && l.contains(&mine) && l.contains(&format!(":{inode} "))).count()
    };
    let before = held();
    assert!(before > 0, "the database holds no lock that could be lost");
    for _ in 0..3 {
        assert_eq!(verdict(&practice.app, "V-07"), Verdict::Pass);
    }
    assert_eq!(held(), before);
}

#[test]
fn v_08_a_key_beside_the_data_is_seen() {
    let practice = Practice::new();
    let found = run(&practice.app, "V-08", &ProbeEnv::default());
    assert_eq!(found.verdict, Verdict::Fail, "the fixture's key file lies on the data's file system");
    assert!(found.said.contains("own file system"), "{}", found.said);
    let key = practice.app.store.options().kek.path();
    std::fs::set_permissions(key, std::os::unix::fs::PermissionsExt::from_mode(0o640)).unwrap();
    let found = run(&practice.app, "V-08", &ProbeEnv::default());
    assert!(found.verdict == Verdict::Fail && found.said.contains("mode 640"), "{}", found.said);
    std::fs::remove_file(key).unwrap();
    assert_eq!(verdict(&practice.app, "V-08"), Verdict::NotEvaluable, "the key is gone");
    // A file of another file system that only its owner reads.
    let data = practice.folder.path();
    assert_eq!(place::judge("systemd-credential", Path::new("/proc/self/environ"), data).verdict, Verdict::Pass);
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

/// S-TEC-07, too.
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
    assert_eq!(verdict(app, "V-13"), Verdict::Pass, "the first time, everything");
    assert_eq!(verdict(app, "V-13"), Verdict::Pass, "and then what came since");
    let edit = sql!("UPDATE audit_event SET actor = 'account:somebody' WHERE leaf_index = 0");
    app.store.write("tamper", |tx| tx.execute(edit, &[])).unwrap();
    let found = run(app, "V-13", &ProbeEnv::default());
    assert_eq!(found.verdict, Verdict::Fail);
    assert_ne!(found.observed["faults"], "0");
}

/// Adds so many events in one commit.
fn many(app: &App, count: u32) {
    let event = app.system_event(domain::audit::Act::ServerStarted, "test");
    let write = move |tx: &mut store::Tx| {
        for _ in 0..count {
            tx.audit(event.clone());
        }
        Ok(())
    };
    app.store.write("many", write).unwrap();
}

#[test]
fn v_13_hashes_what_is_new_and_a_sample_of_what_is_old() {
    let practice = Practice::new();
    let app = &practice.app;
    many(app, 1500);
    let first = run(app, "V-13", &ProbeEnv::default());
    assert_eq!((first.verdict, first.sample), (Verdict::Pass, first.population));
    let next = run(app, "V-13", &ProbeEnv::default());
    assert_eq!(next.verdict, Verdict::Pass, "{}", next.said);
    assert!(next.population > 1500 && (500..600).contains(&next.sample), "{} of {}", next.sample, next.population);
    many(app, 1500);
    assert!((2000..2200).contains(&run(app, "V-13", &ProbeEnv::default()).sample));
    // An old entry that was not sampled is for the whole check.
    let edit = sql!("UPDATE audit_event SET sealed = leaf WHERE leaf_index = 40");
    app.store.write("tamper", |tx| tx.execute(edit, &[])).unwrap();
    let whole = app.verify_log(&person(Role::SecurityOfficial)).unwrap().finding;
    assert!(whole.verdict == Verdict::Fail && whole.said.contains("leaf 40"), "{}", whole.said);
}

/// What V-13 takes, for docs/verification.md: `WELLKEPT_V13_EVENTS=1000000` and `--nocapture`. It costs what is new, and not
/// what is there.
#[test]
fn v_13_costs_what_is_new() {
    let events = std::env::var("WELLKEPT_V13_EVENTS").ok().and_then(|n| n.parse().ok()).unwrap_or(4000_u32);
    let practice = Practice::new();
    let app = &practice.app;
    let timed = |what: &str, work: &dyn Fn() -> Finding| {
        let begun = std::time::Instant::now();
        let found = work();
        println!("{what}: {} of {} entries in {:?}", found.sample, found.population, begun.elapsed());
        assert_eq!(found.verdict, Verdict::Pass, "{}", found.said);
        found.sample
    };
    (0..events / 2000).for_each(|_| many(app, 2000));
    let whole = timed("everything", &|| app.verify_log(&person(Role::SecurityOfficial)).unwrap().finding);
    many(app, 100);
    let new = timed("from the last checkpoint", &|| run(app, "V-13", &ProbeEnv::default()));
    assert!(whole >= u64::from(events) && (600..700).contains(&new), "{whole}, {new}");
}

/// Whoever has the database and puts back an older, whole log is found out by the checkpoint that was good before.
#[test]
fn v_13_a_log_that_was_put_back_is_seen() {
    let edits: [(&str, &'static store::Sql); 3] = [
        ("its checkpoints", sql!("DELETE FROM audit_checkpoint WHERE note <> ''")),
        ("a tile", sql!("UPDATE audit_tile SET hashes = (SELECT root FROM audit_head) WHERE level = 0")),
        ("an entry", sql!("UPDATE audit_event SET leaf_index = 900 WHERE leaf_index = 1")),
    ];
    for (what, edit) in edits {
        let practice = Practice::new();
        let app = &practice.app;
        run(app, "V-13", &ProbeEnv::default());
        assert_eq!(verdict(app, "V-13"), Verdict::Pass);
        let anchored = app.store.read("size", store::audit::latest_size).unwrap();
        assert!(anchored > 1);
        let tampered = app.store.write("tamper", move |tx| tx.execute(edit, &[]));
        tampered.unwrap();
        let found = app.run_probe(Probe::find("V-13").unwrap(), &ProbeEnv::default());
        // A log that is too broken to write to says nothing good either.
        assert!(found.is_err() || found.is_ok_and(|e| e.finding.verdict == Verdict::Fail), "{what}");
    }
}

/// S-TEC-20, too.
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
fn s_aud_12_only_due_probes_run_again() {
    let practice = Practice::new();
    let env = ProbeEnv::default();
    assert_eq!(practice.app.run_due_probes(&env).unwrap().len(), PROBES.len());
    assert_eq!(practice.app.run_due_probes(&env).unwrap().len(), 0);
    practice.clock.wait(4 * 3600);
    let again: Vec<String> = practice.app.run_due_probes(&env).unwrap().into_iter().map(|e| e.subject).collect();
    assert_eq!(again, ["V-13", "V-15"]);
}

/// What every result says.
const DOCTOR: [&str; 14] = [
    "probe",
    "verdict",
    "title",
    "said",
    "population",
    "sample",
    "expected",
    "observed",
    "observed_digest",
    "safeguards",
    "does_not_show",
    "remedy",
    "at",
    "expires_at",
];

#[test]
fn s_rsk_05_readiness_counts_what_is_stale_as_unknown() {
    let practice = Practice::new();
    let app = &practice.app;
    let official = person(Role::SecurityOfficial);
    let of = |slug: &str| app.safeguard(&official, slug).unwrap().standing;
    assert_eq!(app.readiness(&official).unwrap().count(Standing::Unknown), 14, "nothing is known yet");
    app.run_probes(&ProbeEnv::default()).unwrap();
    assert_eq!((of("automatic-logoff"), of("encryption-at-rest")), (Standing::Proven, Standing::Failing));
    assert_eq!((of("transmission"), of("emergency-access")), (Standing::Unknown, Standing::Unknown));
    app.attest(&official, "emergency-access", "The binder at the desk, tried on March 3 by Dana.").unwrap();
    assert_eq!(of("emergency-access"), Standing::Attested);
    assert!(app.attest(&official, "transmission", "It is surely good, believe me.").is_err());
    practice.clock.wait(25 * 3600);
    assert_eq!((of("automatic-logoff"), of("encryption-at-rest")), (Standing::Unknown, Standing::Failing));
    let doctor = app.doctor(&ProbeEnv::default()).unwrap();
    assert_eq!((doctor[0]["probe"].as_str(), doctor.as_array().map(Vec::len)), (Some("V-02"), Some(PROBES.len())));
    for (check, key) in doctor.as_array().unwrap().iter().flat_map(|check| DOCTOR.map(|key| (check, key))) {
        assert!(check[key] != Value::Null && check[key] != "", "{}: {key}", check["probe"]);
    }
    assert!(matches!(app.readiness(&person(Role::Biller)), Err(Error::Denied { .. })));
}
