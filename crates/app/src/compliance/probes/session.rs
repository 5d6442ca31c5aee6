//! V-04: a canary session is left idle past the limit and used again.

use domain::access::Role;
use domain::account::SessionState;
use domain::compliance::Finding;
use domain::id::{AccountId, SessionId};
use sha2::{Digest, Sha256};

use crate::account::{Knock, NewAccount};
use crate::compliance::ProbeEnv;
use crate::{App, Error, Result};

/// From where a probe's own requests come.
pub(super) const SELF_CHECK: Knock<'static> = Knock { source: "self-check", device: None, agent: "" };

/// Seconds past the limit.
const PAST: i64 = 60;

pub(super) fn run(app: &App, _env: &ProbeEnv) -> Result<Finding> {
    replay(app, app.idle_seconds.min(domain::account::IDLE_MAX) + PAST)
}

/// Begins a canary session, leaves it for `idle` seconds, and uses it again.
pub(in crate::compliance) fn replay(app: &App, idle: i64) -> Result<Finding> {
    let account = canary_account(app)?;
    let mut bytes = [0_u8; 32];
    app.entropy.fill(&mut bytes);
    let token = hex::encode(bytes);
    let id = SessionId::new(app.clock.now(), &*app.entropy);
    let new = store::session::New {
        id: id.clone(),
        token: hex::encode(Sha256::digest(token.as_bytes())),
        account,
        factor: "totp".to_owned(),
        source: "self-check".to_owned(),
        device: String::new(),
        agent: String::new(),
        canary: true,
    };
    app.store.write("canary session", move |tx| store::session::insert(tx, &new))?;
    let state = |app: &App| Ok::<_, Error>(app.session_open(&token, SELF_CHECK, false)?.map(|seen| seen.state));
    // A session that never worked would be refused later for another reason.
    let fresh = state(app)?;
    let moved = id.clone();
    app.store.write("canary idle", move |tx| store::evidence::leave_idle(tx, &moved, idle))?;
    let later = state(app)?;
    app.store.write("canary end", move |tx| store::session::end(tx, &id))?;
    let found = if fresh != Some(SessionState::Active) {
        Finding::unknown("a fresh canary session was refused too, so that an idle one is says nothing")
    } else if later == Some(SessionState::Active) {
        Finding::fail(format!("a session that nobody used for {idle} seconds was served"))
    } else {
        Finding::pass("a session left idle past the limit was refused when it was used again")
    };
    Ok(found.over(1, 1).with("idle_seconds", idle).with("limit_seconds", app.idle_seconds))
}

/// The account of canary sessions, made on first use: an auditor without a second factor, so nobody can sign in as it.
pub(in crate::compliance) fn canary_account(app: &App) -> Result<AccountId> {
    let known = app.store.read("canary account", |tx| store::evidence::canary(tx, "account"))?;
    if let Some(known) = known {
        return AccountId::parse(&known).map_err(|e| Error::Refused(e.to_string()));
    }
    let mut bytes = [0_u8; 4];
    app.entropy.fill(&mut bytes);
    let login = format!("self-check-{}", hex::encode(bytes));
    let new = NewAccount { login, name: "Self-check".to_owned(), role: Role::Auditor.as_str().to_owned() };
    let made = app.create_account_by_system("probe", &new, true)?;
    let id = made.id.clone();
    app.store.write("canary account", move |tx| store::evidence::plant(tx, "account", id.as_str()))?;
    Ok(made.id)
}
