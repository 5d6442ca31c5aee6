//! `wellkept oidc`.

use app::account::oidc::{public_key, redirect};
use domain::account::passkey::Site;
use serde_json::json;

use crate::cli::Place;
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::oidc;
use crate::system::say;

/// Says what the identity provider has to be told of us, and makes our key where there is none yet. Asks nobody.
pub(super) fn run(place: &Place, json: bool) -> Result<Exit, Failure> {
    let config = Config::load(place, None)?;
    let site = match config.public_address.value.as_deref() {
        Some(address) => Site::parse(address),
        None => Site::parse(&format!("https://localhost:{}", config.listen.value.port())),
    };
    let site = site.ok_or_else(|| {
        Failure::Usage("set `public_address` to a name first: the provider sends browsers back to it".to_owned())
    })?;
    let key = public_key(&oidc::key(&config.key_dir.value)?);
    let key = key.ok_or_else(|| Failure::other("`oidc.key` in the key directory is no P-256 key"))?;
    let (redirect, file) = (redirect(&site), &config.oidc.value);
    if json {
        let provider = file.as_ref().map(ToString::to_string);
        let line = json!({"redirect_uri": redirect, "provider": provider, "jwks": {"keys": [key]}});
        say(&line.to_string()).map_err(Failure::other)?;
        return Ok(Exit::Yes);
    }
    let set = file.as_ref().map_or_else(|| "none; see docs/cli.md".to_owned(), ToString::to_string);
    let lines = [
        format!("provider      {set}"),
        format!("redirect URI  {redirect}"),
        "kind          confidential web client; authorization code with PKCE (S256); scope openid".to_owned(),
        format!("public key    for `client_auth = \"key\"` (private_key_jwt, ES256): {}", json!({"keys": [key]})),
    ];
    say(&lines.join("\n")).map_err(Failure::other)?;
    Ok(Exit::Yes)
}
