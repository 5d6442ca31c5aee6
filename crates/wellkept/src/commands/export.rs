//! `wellkept export`: things taken out of a practice, each with an event before its first byte and one after its last.

use std::fs;
use std::path::Path;

use crate::cli::Place;
use crate::exit::{Exit, Failure};
use crate::system::{complain, say};
use crate::work::{Ask, done};

pub(super) fn audit(place: &Place, out: &Path, json: bool) -> Result<Exit, Failure> {
    if fs::read_dir(out).is_ok_and(|mut inside| inside.next().is_some()) {
        return Err(Failure::Usage(format!("`{}` is not empty: give a new folder", out.display())));
    }
    // The server that may do this has a working directory of its own.
    let out = std::path::absolute(out).map_err(|e| Failure::file(out, e))?;
    let made = done(place, &Ask::ExportAudit { out: out.clone() })?;
    if json {
        say(&made.to_string()).map_err(Failure::other)?;
    } else {
        complain(&format!("the pack is in `{0}`; check it with `wellkept verify {0}`", out.display()))
            .map_err(Failure::other)?;
    }
    Ok(Exit::Yes)
}
