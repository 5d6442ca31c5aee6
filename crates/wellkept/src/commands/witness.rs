//! `wellkept witness`: somebody else's machine, which remembers how far a log had come.

use serde_json::{Value, json};
use tlog::VerifierKey;

use crate::cli::{WitnessAct, WitnessPlace};
use crate::config::key_dir;
use crate::exit::{Exit, Failure};
use crate::serve::stopped;
use crate::system::{complain, say};
use crate::witness::{Witness, serve};

pub(super) fn run(act: &WitnessAct, json: bool) -> Result<Exit, Failure> {
    match act {
        WitnessAct::Init { place, name } => {
            let made = Witness::make(&place.dir, &key_dir(place.key_dir.clone(), None)?.value, name)?;
            tell(json, &json!({"vkey": made.key().to_string()}), &made.key().to_string())?;
            let next = "Give this key to the practice. Make its log known with `wellkept witness add VKEY`, then `wellkept witness serve`.";
            complain(next).map_err(Failure::other)?;
        }
        WitnessAct::Add { place, vkey } => {
            let log: VerifierKey = vkey.trim().parse().map_err(|e: tlog::Error| Failure::Usage(e.to_string()))?;
            Witness::open(&place.dir)?.add(&log)?;
            tell(json, &json!({"log": log.name()}), &format!("knows {}", log.name()))?;
        }
        WitnessAct::Show { place } => show(place, json)?,
        WitnessAct::Serve { place, listen } => {
            super::serve::log_to_stderr();
            let witness = Witness::open(&place.dir)?;
            let vkey = witness.key().to_string();
            let signing = witness.signing(&key_dir(place.key_dir.clone(), None)?.value)?;
            let ready = |address| {
                if json {
                    let _ = say(&json!({"address": format!("http://{address}"), "vkey": vkey}).to_string());
                }
                let _ = complain(&format!("The witness {vkey} listens on http://{address} (stop with Ctrl C)"));
            };
            serve(signing, *listen, ready, stopped())?;
        }
    }
    Ok(Exit::Yes)
}

fn show(place: &WitnessPlace, json: bool) -> Result<(), Failure> {
    let witness = Witness::open(&place.dir)?;
    let mut lines = vec![witness.key().to_string()];
    let mut logs = Vec::new();
    for log in witness.logs()? {
        let (size, root) = match witness.held(&log)? {
            Some((checkpoint, _)) => (checkpoint.size, checkpoint.root.to_string()),
            None => (0, String::new()),
        };
        lines.push(format!("  {}: {size} entries {root}", log.name()));
        logs.push(json!({"name": log.name(), "size": size, "root": root}));
    }
    tell(json, &json!({"vkey": witness.key().to_string(), "logs": logs}), &lines.join("\n"))
}

fn tell(json: bool, value: &Value, words: &str) -> Result<(), Failure> {
    say(&if json { value.to_string() } else { words.to_owned() }).map_err(Failure::other)
}
