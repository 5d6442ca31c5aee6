//! `wellkept user`: accounts from the command line, for the first one and for a lost phone.

use app::account::NewAccount;
use domain::Clock as _;

use super::demo::personas;
use crate::cli::{Place, UserAct};
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::practice;
use crate::system::{SystemClock, say};

pub(super) fn run(act: &UserAct) -> Result<Exit, Failure> {
    match act {
        UserAct::Add { place, login, name, role } => add(place, login, name, role),
        UserAct::List { place, json } => list(place, *json),
        UserAct::Code { place, login } => code(place, login),
    }
}

fn open(place: &Place) -> Result<app::App, Failure> {
    let config = Config::load(place, None)?;
    let name = practice::name(place, &config.data.value)?;
    practice::app(&config, practice::open(&config, &name)?)
}

fn add(place: &Place, login: &str, name: &str, role: &str) -> Result<Exit, Failure> {
    let new = NewAccount { login: login.to_owned(), name: name.to_owned(), role: role.to_owned() };
    match open(place)?.create_account_by_system("cli", &new, false) {
        Ok(made) => {
            say(&format!("First password of {login}, shown once: {}", made.passphrase)).map_err(Failure::other)?;
            Ok(Exit::Yes)
        }
        Err(app::Error::Invalid(faults)) => {
            let words: Vec<String> = faults.into_iter().map(|f| format!("{}: {}", f.field, f.message)).collect();
            Err(Failure::Usage(words.join("; ")))
        }
        Err(other) => Err(other.into()),
    }
}

fn list(place: &Place, json: bool) -> Result<Exit, Failure> {
    let accounts = open(place)?.store.read("accounts", store::account::all)?;
    let entries: Vec<serde_json::Value> = accounts
        .iter()
        .map(|(_, a)| {
            let a = &a.value;
            serde_json::json!({"login": a.login, "name": a.name, "role": a.role, "disabled": a.disabled_at.is_some()})
        })
        .collect();
    if json {
        return say(&serde_json::Value::Array(entries).to_string()).map(|()| Exit::Yes).map_err(Failure::other);
    }
    for (_, a) in &accounts {
        let state = if a.value.disabled_at.is_some() { " (disabled)" } else { "" };
        say(&format!("{:<16} {}, {}{state}", a.value.login, a.value.name, a.value.role.label()))
            .map_err(Failure::other)?;
    }
    Ok(Exit::Yes)
}

/// The code of a persona now. It reads the list beside the demonstration key, so it works while the server runs.
fn code(place: &Place, login: &str) -> Result<Exit, Failure> {
    let config = Config::load(place, None)?;
    let name = practice::name(place, &config.data.value)?;
    let found = personas(&config, &name).into_iter().find(|p| p.login == login);
    let found = found.ok_or_else(|| Failure::Usage(format!("`{login}` is nobody at a synthetic practice here")))?;
    let seed = hex::decode(&found.seed).map_err(Failure::other)?;
    let step = SystemClock.now().micros() / 30_000_000;
    say(&app::account::code_at(&seed, step)).map_err(Failure::other)?;
    Ok(Exit::Yes)
}
