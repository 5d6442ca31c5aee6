//! `wellkept verify`: a data directory or a pack, offline.

use std::path::Path;

use serde_json::{Value, json};

use crate::cli::Place;
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::practice;
use crate::system::say;

pub(super) fn run(path: &Path, place: &Place, vkey: Option<&str>, json: bool) -> Result<Exit, Failure> {
    let report = if path.join("manifest").exists() || !is_data(path) { pack(path, vkey)? } else { data(path, place)? };
    let ok = report.get("ok").and_then(Value::as_bool).unwrap_or(false);
    if json {
        say(&report.to_string()).map_err(Failure::other)?;
    } else {
        say(&words(&report, ok)).map_err(Failure::other)?;
    }
    Ok(Exit::answer(ok))
}

fn is_data(path: &Path) -> bool {
    path.join("wellkept.lock").exists()
}

fn data(path: &Path, place: &Place) -> Result<Value, Failure> {
    let place = Place { data: Some(path.to_owned()), ..place.clone() };
    let config = Config::load(&place, None)?;
    let name = practice::name(&place, path)?;
    let store = match practice::open(&config, &name) {
        Ok(store) => store,
        // A file that does not open is a fault of the thing that is checked, and is reported as one.
        Err(Failure::Store(
            error @ (store::Error::Damaged(_) | store::Error::CorruptRow { .. } | store::Error::Log(_)),
        )) => {
            return Ok(fault(&error.to_string()));
        }
        Err(other) => return Err(other),
    };
    let log = std::sync::Arc::clone(store.log());
    match store.read("verify", |tx| store::audit::verify::verify(&log, tx)) {
        Ok(report) => Ok(json!({
            "ok": report.ok(),
            "entries": report.entries,
            "root": report.root,
            "checkpoint": report.checkpoint,
            "unsequenced": report.unsequenced,
            "faults": report.faults,
        })),
        Err(error) => Ok(fault(&error.to_string())),
    }
}

fn pack(path: &Path, vkey: Option<&str>) -> Result<Value, Failure> {
    if !path.is_dir() {
        return Err(Failure::Usage(format!("`{}` is neither a data directory nor a pack", path.display())));
    }
    Ok(app::audit::verify_pack(path, vkey)?)
}

fn fault(words: &str) -> Value {
    json!({"ok": false, "entries": 0, "root": Value::Null, "checkpoint": Value::Null, "faults": [words]})
}

fn words(report: &Value, ok: bool) -> String {
    let entries = report.get("entries").and_then(Value::as_u64).unwrap_or(0);
    let root = report.get("root").and_then(Value::as_str).unwrap_or("unknown");
    let mut lines = vec![format!("{}: {entries} entries, root {root}", if ok { "whole" } else { "NOT WHOLE" })];
    let faults = report.get("faults").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    lines.extend(faults.iter().filter_map(Value::as_str).map(|f| format!("  {f}")));
    lines.join("\n")
}
