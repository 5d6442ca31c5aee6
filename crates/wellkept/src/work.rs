//! What commands do to a practice: here when no server runs, and in the server when one does.

use std::path::PathBuf;

use app::App;
use app::account::NewAccount;
use app::compliance::ProbeEnv;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::cli::Place;
use crate::config::Config;
use crate::control;
use crate::exit::Failure;
use crate::practice;
use crate::serve;

/// One thing to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ask {
    /// Run every safeguard check.
    Doctor,
    /// Write the audit log as a pack into this folder.
    ExportAudit { out: PathBuf },
    /// Check the log against itself, and against what is kept of it elsewhere.
    Verify,
    /// Go on with an older copy that was put back on purpose.
    AcceptRestore { reason: String },
    /// Take a corpus of leaked passwords from this file.
    ImportPasswords { file: PathBuf },
    /// List the accounts.
    Accounts,
    /// Make an account.
    AddAccount(NewAccount),
    /// List the practice's own networks.
    Networks,
    /// Add one of them: its range, then its name.
    AddNetwork { line: String },
}

/// Does it, by the running server when there is one.
pub(crate) fn done(place: &Place, ask: &Ask) -> Result<Value, Failure> {
    let config = Config::load(place, None)?;
    let name = practice::name(place, &config.data.value)?;
    if let Some(value) = control::ask(&config.data.value, &name, ask)? {
        return Ok(value);
    }
    let app = practice::app(&config, practice::open(&config, &name)?)?;
    match ask {
        Ask::Doctor => serve::briefly(&config, app, |app, env| perform(app, env, &Ask::Doctor)),
        other => perform(&app, &ProbeEnv::default(), other),
    }
}

/// Does it to this practice.
pub(crate) fn perform(app: &App, env: &ProbeEnv, ask: &Ask) -> Result<Value, Failure> {
    match ask {
        Ask::Doctor => Ok(app.doctor(env)?),
        Ask::ExportAudit { out } => {
            let made = app.export_audit(out)?;
            Ok(json!({"out": out, "files": made.files, "bytes": made.bytes}))
        }
        Ask::Verify => app.verify_data().or_else(|error| damaged(error.into())),
        Ask::AcceptRestore { reason } => {
            let accepted = app.accept_restore(reason)?;
            Ok(json!({"vkey": accepted.vkey, "against": accepted.contradicted}))
        }
        Ask::ImportPasswords { file } => {
            let imported = app.import_leaked(file)?;
            Ok(json!({"passwords": imported.passwords, "faults": imported.faults}))
        }
        Ask::Accounts => accounts(app),
        Ask::AddAccount(new) => match app.create_account_by_system("command line", new, false) {
            Ok(made) => Ok(json!({"login": new.login, "password": made.passphrase})),
            Err(error) => Err(usage(error)),
        },
        Ask::Networks => Ok(json!(app.networks()?)),
        Ask::AddNetwork { line } => app.add_networks(line).map(|networks| json!(networks)).map_err(usage),
    }
}

/// What was typed wrongly is the command line's fault.
fn usage(error: app::Error) -> Failure {
    match error {
        app::Error::Invalid(faults) => {
            let words: Vec<String> = faults.into_iter().map(|f| format!("{}: {}", f.field, f.message)).collect();
            Failure::Usage(words.join("; "))
        }
        other => other.into(),
    }
}

/// What does not open, or cannot be read, is a fault of the thing that is checked, and is reported as one.
pub(crate) fn damaged(failure: Failure) -> Result<Value, Failure> {
    use store::Error::{CorruptRow, Damaged, Log};
    match failure {
        Failure::Store(error @ (Damaged(_) | CorruptRow { .. } | Log(_)))
        | Failure::App(app::Error::Store(error @ (Damaged(_) | CorruptRow { .. } | Log(_)))) => Ok(json!({
            "ok": false, "entries": 0, "root": "", "checkpoint": "", "vkey": "", "unsequenced": 0,
            "faults": [error.to_string()],
        })),
        other => Err(other),
    }
}

fn accounts(app: &App) -> Result<Value, Failure> {
    let all = app.store.read("accounts", store::account::all)?;
    // A probe's canary is nobody's account, and nobody can sign in with it.
    let people = all.into_iter().map(|(_, account)| account.value).filter(|account| !account.canary);
    Ok(people
        .map(|a| json!({"login": a.login, "name": a.name, "role": a.role, "disabled": a.disabled_at.is_some()}))
        .collect())
}
