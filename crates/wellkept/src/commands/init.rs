//! `wellkept init`: a real practice, whose wrapping key must come from outside.

use std::path::Path;

use serde_json::json;
use store::keys::Kek;

use crate::cli::Place;
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::practice;
use crate::system::{complain, say};

pub(super) fn run(
    place: &Place,
    credential: Option<&str>,
    passphrase: Option<&Path>,
    zone: &str,
    json: bool,
) -> Result<Exit, Failure> {
    let config = Config::load(place, None)?;
    let kek = match (credential, passphrase) {
        (Some(name), None) => practice::credential(name)?,
        // The next command may come from another folder.
        (None, Some(path)) => Kek::Passphrase(std::path::absolute(path).map_err(|e| Failure::file(path, e))?),
        _ => {
            return Err(Failure::Usage(
                "a real practice needs a wrapping key from outside: give --credential NAME (a systemd credential, sealed to \
                 the TPM when made so) or --passphrase-file FILE"
                    .to_owned(),
            ));
        }
    };
    let zone = domain::place::Zone::parse(zone).map_err(|e| Failure::Usage(e.to_string()))?;
    let name = practice::name(place, &config.data.value)?;
    let facts = app::practice::Facts { name: name.as_str().to_owned(), zone, synthetic: None };
    practice::make(&config, &name, kek, |app| Ok(app.found_practice(&facts, None)?))?;
    if json {
        let made = json!({"practice": name.as_str(), "data": config.data.value});
        say(&made.to_string()).map_err(Failure::other)?;
    }
    let words = format!(
        "The practice `{}` is made. Next: `wellkept user add LOGIN --name NAME --role practice_manager`, then `wellkept serve`.",
        name.as_str()
    );
    complain(&words).map_err(Failure::other)?;
    Ok(Exit::Yes)
}
