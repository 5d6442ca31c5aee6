//! `wellkept user`: accounts from the command line, for the first one and for a lost phone.

use app::account::NewAccount;
use domain::Clock as _;
use serde_json::{Value, json};

use super::demo::personas;
use crate::cli::{Place, UserAct};
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::practice;
use crate::system::{SystemClock, say};
use crate::work::{Ask, done};

pub(super) fn run(act: &UserAct, json: bool) -> Result<Exit, Failure> {
    let line = match act {
        UserAct::Add { place, login, name, role } => add(place, login, name, role, json)?,
        UserAct::List { place } => list(place, json)?,
        UserAct::Code { place, login } => code(place, login, json)?,
    };
    say(&line).map_err(Failure::other)?;
    Ok(Exit::Yes)
}

fn add(place: &Place, login: &str, name: &str, role: &str, json: bool) -> Result<String, Failure> {
    let new = NewAccount { login: login.to_owned(), name: name.to_owned(), role: role.to_owned() };
    let made = done(place, &Ask::AddAccount(new))?;
    Ok(if json {
        made.to_string()
    } else {
        format!("First password of {login}, shown once: {}", text(&made, "password"))
    })
}

fn list(place: &Place, json: bool) -> Result<String, Failure> {
    let accounts = done(place, &Ask::Accounts)?;
    if json {
        return Ok(accounts.to_string());
    }
    let line = |account: &Value| {
        let disabled = account.get("disabled").and_then(Value::as_bool).unwrap_or(false);
        let (login, name, role) = (text(account, "login"), text(account, "name"), text(account, "role"));
        format!("{login:<16} {name}, {}{}", role.replace('_', " "), if disabled { " (disabled)" } else { "" })
    };
    let lines: Vec<String> = accounts.as_array().map(Vec::as_slice).unwrap_or_default().iter().map(line).collect();
    Ok(lines.join("\n"))
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// The code of a persona now. It reads the list beside the demonstration key, so it works while the server runs.
fn code(place: &Place, login: &str, json: bool) -> Result<String, Failure> {
    let config = Config::load(place, None)?;
    let name = practice::name(place, &config.data.value)?;
    let found = personas(&config, &name).into_iter().find(|p| p.login == login);
    let found = found.ok_or_else(|| Failure::Usage(format!("`{login}` is nobody at a synthetic practice here")))?;
    let seed = hex::decode(&found.seed).map_err(Failure::other)?;
    let step = SystemClock.now().micros() / 30_000_000;
    let code = app::account::code_at(&seed, step);
    Ok(if json { json!({"login": login, "code": code}).to_string() } else { code })
}
