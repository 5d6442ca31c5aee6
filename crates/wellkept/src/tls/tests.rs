//! The certificate over the years: made, kept, renewed, replaced, and never for anybody else's name.

use std::path::Path;

use super::*;

fn config(folder: &Path, address: Option<&str>) -> Config {
    let file = folder.join("wellkept.toml");
    let line = address.map_or(String::new(), |address| format!("public_address = \"{address}\"\n"));
    fs::write(&file, line).unwrap();
    let place = crate::cli::Place {
        data: Some(folder.to_owned()),
        practice: None,
        key_dir: Some(folder.join("keys")),
        config: Some(file),
        database_url: None,
    };
    Config::load(&place, None).unwrap()
}

fn day(n: i64) -> Instant {
    Instant::from_micros(1_780_000_000_000_000).plus_seconds(n * 86_400)
}

fn days_left(shown: &Shown, now: Instant) -> i64 {
    let end = app::compliance::certificate_end(&shown.certificate().unwrap()).unwrap();
    end.seconds_since(now).div_euclid(86_400)
}

#[test]
fn s_tec_07_our_own_certificate_is_renewed_long_before_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path(), Some("https://front.example:8443"));
    let shown = Shown::open(&config, day(0)).unwrap();
    let first = shown.certificate().unwrap();
    assert_eq!(days_left(&shown, day(0)), 59);
    let authority = fs::read(shown.authority().unwrap().file()).unwrap();
    shown.refresh(day(29)).unwrap();
    assert_eq!(shown.certificate().unwrap(), first, "half of its time is left");
    let again = Shown::open(&config, day(29)).unwrap();
    assert_eq!(again.certificate().unwrap(), first, "a restart keeps it");
    shown.refresh(day(31)).unwrap();
    assert_ne!(shown.certificate().unwrap(), first);
    assert_eq!(days_left(&shown, day(31)), 59);
    assert_eq!(fs::read(shown.authority().unwrap().file()).unwrap(), authority, "no PC has to be visited again");
    // Nobody looked for half a year.
    let late = Shown::open(&config, day(200)).unwrap();
    assert_eq!(days_left(&late, day(200)), 59);
}

#[test]
fn a_pair_that_does_not_fit_is_made_anew_and_another_name_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let at = config(folder.path(), Some("https://front.example"));
    let shown = Shown::open(&at, day(0)).unwrap();
    let key = folder.path().join("keys/tls.key");
    let other = rcgen::KeyPair::generate().unwrap().serialize_pem();
    // As when the machine stops between the two files.
    fs::write(&key, other).unwrap();
    let again = Shown::open(&at, day(0)).unwrap();
    assert_ne!(again.certificate(), shown.certificate());
    assert_eq!(again.authority().unwrap().names(), ["front.example", "localhost", "127.0.0.1", "::1"]);
    let elsewhere = config(folder.path(), Some("https://bank.example"));
    let refused = Shown::open(&elsewhere, day(0)).unwrap_err().to_string();
    assert!(refused.contains("`bank.example`") && refused.contains("Move `authority.*`"), "{refused}");
}

#[test]
fn a_certificate_that_the_practice_put_there_is_shown_and_its_successor_taken() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path(), None);
    let keys = folder.path().join("keys");
    fs::create_dir_all(&keys).unwrap();
    let put = || {
        let made = rcgen::generate_simple_self_signed(["front.example".to_owned()]).unwrap();
        fs::write(keys.join("tls.crt"), made.cert.pem()).unwrap();
        fs::write(keys.join("tls.key"), made.signing_key.serialize_pem()).unwrap();
        made.cert.der().to_vec()
    };
    let first = put();
    let shown = Shown::open(&config, day(0)).unwrap();
    assert!(shown.authority().is_none());
    assert_eq!(shown.certificate(), Some(first.clone()));
    let second = put();
    assert_eq!(shown.certificate(), Some(first));
    shown.refresh(day(0)).unwrap();
    assert_eq!(shown.certificate(), Some(second.clone()));
    fs::write(keys.join("tls.crt"), "no certificate").unwrap();
    assert!(shown.refresh(day(0)).is_err());
    assert_eq!(shown.certificate(), Some(second), "what cannot be read does not end the service");
}

#[test]
fn the_host_of_an_address_is_found() {
    for (address, found) in [
        ("https://front.example", Some("front.example")),
        ("https://front.example:8443", Some("front.example")),
        ("https://[2001:db8::7]:8443", Some("2001:db8::7")),
        ("http://front.example", None),
    ] {
        assert_eq!(host(address), found);
    }
}
