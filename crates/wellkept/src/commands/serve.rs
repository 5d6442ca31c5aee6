//! `wellkept serve`.

use std::net::SocketAddr;

use crate::cli::Place;
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::practice;
use crate::serve;
use crate::system::{complain, say};
use crate::witness;

pub(super) fn run(place: &Place, listen: Option<SocketAddr>, json: bool) -> Result<Exit, Failure> {
    let config = Config::load(place, listen)?;
    log_to_stderr();
    let name = practice::name(place, &config.data.value)?;
    let app = practice::app(&config, practice::open(&config, &name)?)?;
    witness::same_log(&app, &config)?;
    let people = super::demo::persona_lines(&super::demo::personas(&config, &name));
    serve::serve(&config, &name, app, move |address| {
        if json {
            let _ = say(&serde_json::json!({"address": format!("https://{address}/")}).to_string());
        }
        let lines = format!("Wellkept serves https://{address}/ (stop with Ctrl C)\n{people}");
        // Standard error may be closed; the server serves all the same.
        let _ = complain(&lines);
    })?;
    Ok(Exit::Yes)
}

/// One JSON object a line on standard error; `WELLKEPT_LOG` chooses the level. Nothing logged carries ePHI.
pub(super) fn log_to_stderr() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("WELLKEPT_LOG");
    let filter = filter.unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    let made = tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).try_init();
    // A second subscriber in one process happens in tests only.
    drop(made);
}
