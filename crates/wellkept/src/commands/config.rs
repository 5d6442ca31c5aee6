//! `wellkept config show`.

use crate::cli::Place;
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::system::say;

pub(super) fn show(place: &Place, origin: bool, json: bool) -> Result<Exit, Failure> {
    let listing = Config::load(place, None)?.listing();
    let mut lines = Vec::new();
    if json {
        let entry = |(name, value, from): (&str, String, &str)| {
            (name.to_owned(), serde_json::json!({"value": value, "origin": from}))
        };
        lines.push(serde_json::Value::Object(listing.into_iter().map(entry).collect()).to_string());
    } else {
        for (name, value, from) in listing {
            lines.push(if origin { format!("{name} = {value}  # {from}") } else { format!("{name} = {value}") });
        }
    }
    say(&lines.join("\n")).map_err(Failure::other)?;
    Ok(Exit::Yes)
}
