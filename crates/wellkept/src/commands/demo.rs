//! `wellkept demo`: a synthetic practice, made without serving it.

use std::fs;
use std::path::PathBuf;

use app::App;
use app::demo::personas::Persona;
use domain::Clock as _;
use serde_json::{Value, json};
use store::db::Schema;
use store::keys::Kek;

use crate::cli::Place;
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::practice::{self, write_private};
use crate::system::{SystemClock, SystemEntropy, complain, say};

pub(super) fn run(place: &Place, seed: u64, patients: u32, json: bool) -> Result<Exit, Failure> {
    let config = Config::load(place, None)?;
    let name = practice::name(place, &config.data.value)?;
    let key = practice::key_file(&config, &name);
    if !key.exists() {
        Kek::create_file(&key, &SystemEntropy)?;
    }
    let personas = practice::make(&config, &name, Kek::File(key), |app| fill(&config, &name, app, seed, patients))?;
    if json {
        let people: Vec<Value> = personas.iter().map(|p| json!({"login": p.login, "role": p.role})).collect();
        let file = personas_file(&config, &name);
        let made = json!({
            "practice": name.as_str(), "data": config.data.value, "seed": seed, "patients": patients,
            "people": people, "personas_file": file,
        });
        say(&made.to_string()).map_err(Failure::other)?;
    }
    complain(&persona_lines(&personas)).map_err(Failure::other)?;
    Ok(Exit::Yes)
}

fn fill(config: &Config, name: &Schema, app: &App, seed: u64, patients: u32) -> Result<Vec<Persona>, Failure> {
    let today = SystemClock.now().timestamp().to_zoned(jiff::tz::TimeZone::UTC).date();
    let made = app.make_demo(seed, patients, today, &mut |what| {
        let _ = complain(&format!("making {what}"));
    })?;
    app.store.checkpoint()?;
    let inbox = config.data.value.join("inbox");
    fs::create_dir_all(&inbox).map_err(|e| Failure::file(&inbox, e))?;
    for payment in &made.inbox {
        let path = inbox.join(format!("{}-{}.835", payment.payer, payment.day));
        fs::write(&path, &payment.bytes).map_err(|e| Failure::file(path, e))?;
    }
    let personas = made.personas;
    let text = serde_json::to_vec_pretty(&personas).map_err(Failure::other)?;
    write_private(&personas_file(config, name), &text)?;
    Ok(personas)
}

/// How to sign in, kept with the demonstration key and not with the data.
pub(crate) fn personas_file(config: &Config, name: &Schema) -> PathBuf {
    config.key_dir.value.join(format!("{}.personas.json", name.as_str()))
}

/// The people of a synthetic practice; empty for a real one.
pub(crate) fn personas(config: &Config, name: &Schema) -> Vec<Persona> {
    let bytes = fs::read(personas_file(config, name)).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

/// The list that a person signs in from.
pub(crate) fn persona_lines(personas: &[Persona]) -> String {
    let mut lines = Vec::new();
    if let Some(first) = personas.first() {
        lines.push("This practice is synthetic: nobody in it is real. Sign in as:".to_owned());
        lines.extend(personas.iter().map(|p| format!("  {:<6} {}", p.login, p.role.label())));
        lines.push(format!("Password for all: {}", first.password));
        lines.push("Code: `wellkept user code LOGIN` prints it; give it the same --data and --key-dir.".to_owned());
    }
    lines.join("\n")
}
