//! `wellkept passwords`: which ones nobody may choose.

use std::fs::File;
use std::path::Path;

use serde_json::Value;

use crate::cli::Place;
use crate::exit::{Exit, Failure};
use crate::system::{complain, say};
use crate::work::{Ask, done};

/// Takes a corpus. 0 when it is in force, 1 when lines of it are wrong, and then nothing has changed.
pub(super) fn import(place: &Place, file: &Path, json: bool) -> Result<Exit, Failure> {
    File::open(file).map_err(|e| Failure::Usage(format!("`{}`: {e}", file.display())))?;
    // The server that may do this has a working directory of its own.
    let file = std::path::absolute(file).map_err(|e| Failure::file(file, e))?;
    let made = done(place, &Ask::ImportPasswords { file: file.clone() })?;
    let faults = made.get("faults").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if json {
        say(&made.to_string()).map_err(Failure::other)?;
    } else if faults.is_empty() {
        let passwords = made.get("passwords").and_then(Value::as_u64).unwrap_or_default();
        complain(&format!("{passwords} leaked passwords are refused from now on")).map_err(Failure::other)?;
    } else {
        let lines: Vec<&str> = faults.iter().filter_map(Value::as_str).collect();
        let words = format!("`{}` was not taken, and nothing has changed:\n  {}", file.display(), lines.join("\n  "));
        complain(&words).map_err(Failure::other)?;
    }
    Ok(Exit::answer(faults.is_empty()))
}
