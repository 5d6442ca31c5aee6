//! The way to a provider that is slow, endless, or sends us elsewhere; and our own proof.

use super::*;
use crate::outbound::tests::server;

fn ask(answer: &'static str, wait: Duration) -> Result<Reply, String> {
    let (port, _folder, file) = server("localhost", answer, wait);
    let request = Request { address: format!("https://localhost:{port}/keys?v=1"), form: None, authorization: None };
    Way(Trust::new(Some(&file)).unwrap()).ask(&request)
}

#[test]
fn a_provider_that_sends_elsewhere_or_never_ends_is_not_followed() {
    let good = ask("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", Duration::ZERO).unwrap();
    assert_eq!((good.status, good.body.as_slice()), (200, b"{}".as_slice()));
    let elsewhere = "HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(ask(elsewhere, Duration::ZERO).unwrap().status, 302);
    let huge = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", LONGEST + 1, "x".repeat(LONGEST + 1));
    assert!(ask(huge.leak(), Duration::ZERO).unwrap_err().contains("limit"));
    let slow = ask("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", PATIENCE + Duration::from_secs(2));
    assert!(slow.unwrap_err().contains("did not answer within"));
    let plain = Request { address: "http://localhost:1/".to_owned(), form: None, authorization: None };
    assert!(Way(Trust::new(None).unwrap()).ask(&plain).is_err());
}

#[test]
fn our_proof_is_for_us_alone() {
    let folder = tempfile::tempdir().unwrap();
    let first = key(folder.path()).unwrap();
    assert_eq!(key(folder.path()).unwrap(), first, "made once");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder.path().join(KEY)), 0o600);
    let public = app::account::oidc::public_key(&first).unwrap();
    assert!(public["kid"].is_string() && public.get("d").is_none(), "{public}");
    let file = folder.path().join(SECRET);
    fs::write(&file, " s3cret\n").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    assert!(secret(&file).unwrap_err().to_string().contains("chmod 600"));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(secret(&file).unwrap(), "s3cret");
    fs::write(&file, "two words\n").unwrap();
    assert!(secret(&file).is_err());
}

#[test]
fn what_is_written_is_looked_at_before_anybody_is_asked() {
    let read = |text: &str| toml::from_str::<OidcFile>(text).map_err(|e| e.to_string());
    let good = "issuer = \"https://login.example/t\"\nclient_id = \"wellkept\"\nname = \"Example\"\n";
    let file = read(good).unwrap();
    file.check().unwrap();
    assert_eq!(file.to_string(), "Example at https://login.example/t as wellkept by a secret, second factor here");
    for wrong in [
        "issuer = \"http://login.example\"\nclient_id = \"w\"\nname = \"E\"\n",
        "issuer = \"https://u@login.example\"\nclient_id = \"w\"\nname = \"E\"\n",
        "issuer = \"https://login.example\"\nclient_id = \"\"\nname = \"E\"\n",
    ] {
        assert!(read(wrong).unwrap().check().is_err(), "{wrong}");
    }
    assert!(read(&format!("{good}hosts = [\"keys.example/x\"]\n")).unwrap().check().is_err());
    assert!(read(&format!("{good}authorities = \"ca.pem\"\n")).unwrap().check().is_err());
    assert!(read(&format!("{good}client_secret = \"x\"\n")).unwrap_err().contains("client_secret"));
}
