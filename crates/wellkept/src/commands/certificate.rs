//! `wellkept certificate`.

use domain::Clock as _;
use serde_json::json;

use crate::cli::Place;
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::system::{SystemClock, say};
use crate::tls::Shown;

/// Says what the listener shows and who vouches for it, and makes both where there are none yet.
pub(super) fn run(place: &Place, json: bool) -> Result<Exit, Failure> {
    let config = Config::load(place, None)?;
    let shown = Shown::open(&config, SystemClock.now())?;
    let end = shown.certificate().as_deref().and_then(app::compliance::certificate_end);
    let end = end.map(|end| end.timestamp().to_string());
    let (file, authority) = (shown.file(), shown.authority());
    if json {
        let own = authority.map(|a| json!({"file": a.file(), "sha256": a.fingerprint(), "names": a.names()}));
        let line = json!({"file": file, "ends": end, "authority": own});
        say(&line.to_string()).map_err(Failure::other)?;
        return Ok(Exit::Yes);
    }
    let ends = end.unwrap_or_else(|| "at a time that cannot be read".to_owned());
    let mut lines = vec![format!("certificate {}, ends {ends}", file.display())];
    match authority {
        None => lines.push(
            "It was put there by the practice, which renews it; the server takes a new one within ten minutes."
                .to_owned(),
        ),
        Some(own) => {
            lines.push(format!("for         {}", own.names().join(", ")));
            lines.push(format!("authority   {}", own.file().display()));
            lines.push(format!("SHA-256     {}", own.fingerprint()));
            lines.push(ENROL.to_owned());
        }
    }
    say(&lines.join("\n")).map_err(Failure::other)?;
    Ok(Exit::Yes)
}

/// What to do at a PC.
const ENROL: &str = "
The server renews its certificate by itself. Each PC must be told once to trust the authority, which can name this practice alone.
Carry the authority's file (not its key) there, compare the SHA-256 with the one above, and then:

  Windows   certutil -addstore -f Root authority.crt          as an administrator; Edge and Chrome follow
  macOS     security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain authority.crt
  Linux     copy it to /usr/local/share/ca-certificates/ and run update-ca-certificates
  Firefox   Settings, Privacy & Security, Certificates, View Certificates, Authorities, Import

PCs reach the server by the host of `public_address` in wellkept.toml: set it first, since the authority is made for it.";
