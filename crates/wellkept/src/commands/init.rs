//! `wellkept init`: a real practice, whose wrapping key must come from outside.

use std::path::Path;

use store::keys::Kek;

use crate::cli::Place;
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::practice;
use crate::system::complain;

pub(super) fn run(
    place: &Place,
    credential: Option<&str>,
    passphrase: Option<&Path>,
    zone: &str,
) -> Result<Exit, Failure> {
    let config = Config::load(place, None)?;
    let kek = match (credential, passphrase) {
        (Some(name), None) => practice::credential(name)?,
        (None, Some(path)) => Kek::Passphrase(path.to_owned()),
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
    let store = practice::create(&config, &name, kek)?;
    let app = practice::app(&config, store)?;
    let facts = app::practice::Facts { name: name.as_str().to_owned(), zone };
    app.found_practice(&facts, None)?;
    let words = format!(
        "The practice `{}` is made. Next: `wellkept user add LOGIN --name NAME --role practice_manager`, then `wellkept serve`.",
        name.as_str()
    );
    complain(&words).map_err(Failure::other)?;
    Ok(Exit::Yes)
}
