//! `wellkept export`: things taken out of a practice, each with an event before its first byte and one after its last.

use std::path::Path;

use crate::cli::Place;
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::practice;
use crate::system::complain;

pub(super) fn audit(place: &Place, out: &Path) -> Result<Exit, Failure> {
    let config = Config::load(place, None)?;
    let name = practice::name(place, &config.data.value)?;
    let app = practice::app(&config, practice::open(&config, &name)?)?;
    app.export_audit(out)?;
    complain(&format!("the pack is in `{0}`; check it with `wellkept verify {0}`", out.display()))
        .map_err(Failure::other)?;
    Ok(Exit::Yes)
}
