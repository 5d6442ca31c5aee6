//! `wellkept verify`: a data directory or a pack, offline.

use std::path::Path;

use serde_json::Value;

use crate::cli::Place;
use crate::exit::{Exit, Failure};
use crate::practice;
use crate::system::say;
use crate::work::{Ask, damaged, done};

pub(super) fn run(path: &Path, place: &Place, vkey: Option<&str>, json: bool) -> Result<Exit, Failure> {
    if !path.is_dir() {
        return Err(Failure::Usage(format!("`{}` is neither a data directory nor a pack", path.display())));
    }
    let report = if practice::is_data(path) { data(path, place, vkey)? } else { app::audit::verify_pack(path, vkey)? };
    let ok = report.get("ok").and_then(Value::as_bool).unwrap_or(false);
    say(&if json { report.to_string() } else { words(&report, ok) }).map_err(Failure::other)?;
    Ok(Exit::answer(ok))
}

fn data(path: &Path, place: &Place, vkey: Option<&str>) -> Result<Value, Failure> {
    let place = Place { data: Some(path.to_owned()), ..place.clone() };
    let mut report = done(&place, &Ask::Verify).or_else(damaged)?;
    if let Some(expected) = vkey.map(str::trim)
        && report.get("vkey").and_then(Value::as_str) != Some(expected)
        && let Some(found) = report.as_object_mut()
    {
        found.insert("ok".to_owned(), Value::Bool(false));
        if let Some(faults) = found.get_mut("faults").and_then(Value::as_array_mut) {
            faults.push(Value::from(format!("the log's key is not the expected key `{}`", expected.escape_debug())));
        }
    }
    Ok(report)
}

pub(super) fn words(report: &Value, ok: bool) -> String {
    let text = |key| report.get(key).and_then(Value::as_str).unwrap_or_default();
    let entries = report.get("entries").and_then(Value::as_u64).unwrap_or(0);
    let mut lines =
        vec![format!("{}: {entries} entries, root {}", if ok { "whole" } else { "NOT WHOLE" }, text("root"))];
    let faults = report.get("faults").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    lines.extend(faults.iter().filter_map(Value::as_str).map(|f| format!("  {f}")));
    if !text("vkey").is_empty() {
        lines.push(format!("signed by {}", text("vkey")));
    }
    lines.join("\n")
}
