//! `wellkept doctor`: the safeguard checks, against a server of its own on a loopback port.

use std::net::SocketAddr;
use std::sync::mpsc::channel;

use serde_json::Value;

use crate::cli::Place;
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::practice;
use crate::serve;
use crate::system::say;

pub(super) fn run(place: &Place, json: bool) -> Result<Exit, Failure> {
    let mut config = Config::load(place, None)?;
    config.listen.value = SocketAddr::from(([127, 0, 0, 1], 0));
    let name = practice::name(place, &config.data.value)?;
    let app = practice::app(&config, practice::open(&config, &name)?)?;
    let (found, result) = channel();
    serve::briefly(&config, app, move |app, env| {
        // The receiver waits below as long as this runs.
        let _ = found.send(app.doctor(env));
    })?;
    let report = result.recv().map_err(|_| Failure::other("the checks did not end"))??;
    let checks = report.as_array().cloned().unwrap_or_default();
    let passing = !checks.is_empty() && checks.iter().all(|c| text(c, "verdict") != "fail");
    if json {
        say(&report.to_string()).map_err(Failure::other)?;
    } else {
        for check in &checks {
            let line = format!("{:<6} {:<14} {}", text(check, "probe"), text(check, "verdict"), text(check, "title"));
            say(&line).map_err(Failure::other)?;
        }
    }
    Ok(Exit::answer(passing))
}

fn text<'a>(check: &'a Value, key: &str) -> &'a str {
    check.get(key).and_then(Value::as_str).unwrap_or_default()
}
