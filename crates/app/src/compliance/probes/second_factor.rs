//! V-02: nobody sees health information with a password alone.

use domain::access::{Action, Role};
use domain::account::BY_PASSWORD;
use domain::compliance::Finding;
use domain::device::Origin;
use sha2::{Digest, Sha256};

use super::session::{SELF_CHECK, canary_account};
use crate::access::{Decision, Request, Resource};
use crate::compliance::ProbeEnv;
use crate::{App, Result};

pub(super) fn run(app: &App, _env: &ProbeEnv) -> Result<Finding> {
    let (mut able, mut bare) = (0_u32, 0_u32);
    let accounts = app.store.read("accounts with factors", |tx| {
        // Who is invited and may not come in yet sees nothing.
        let now = tx.now();
        let all = store::account::all(tx)?.into_iter().filter(|(_, a)| a.value.is_open(now) && !a.value.canary);
        all.map(|(id, a)| Ok((a.value.role, store::account::with_secret(tx, &id)?.secret.totp.is_some())))
            .collect::<store::Result<Vec<_>>>()
    })?;
    for (role, enrolled) in accounts {
        if sees_ephi(app, role) {
            able += 1;
            bare += u32::from(!enrolled);
        }
    }
    if able == 0 {
        return Ok(Finding::unknown("there is no account that can see health information yet"));
    }
    if let Some(said) = opened_by_password(app)? {
        return Ok(Finding::fail(said));
    }
    let found = if bare == 0 {
        Finding::pass(
            "every account that can see health information has a second factor, and a password alone is refused",
        )
    } else {
        Finding::fail(format!("{bare} of {able} accounts that can see health information have no second factor"))
    };
    let found = found.over(u64::from(able), u64::from(able)).with("accounts", able).with("without_factor", bare);
    Ok(found.with("leaked_passwords", leaked_passwords(app)))
}

/// Which leaked passwords are refused. That there is no list fails nothing: the second factor stands beside every password.
fn leaked_passwords(app: &App) -> String {
    match app.leaked_list() {
        Ok(Some(list)) => {
            let days = app.clock.now().seconds_since(list.at) / 86_400;
            format!("{} are refused, by a list that was brought {days} days ago", list.passwords)
        }
        Ok(None) => "no list; bring one with `wellkept passwords import`".to_owned(),
        Err(_) => {
            "the list cannot be read, so no password can be chosen; bring it again with `wellkept passwords import`"
                .to_owned()
        }
    }
}

fn sees_ephi(app: &App, role: Role) -> bool {
    let shows = |action: &Action| !app.policies.fields_for(role, *action).is_empty();
    Action::ALL.iter().any(shows) || app.role_may(role, Action::AuditView, domain::access::ResourceKind::AuditLog)
}

/// What a password alone opens, if anything: a decision without a second factor, or a ticket used as a session.
fn opened_by_password(app: &App) -> Result<Option<String>> {
    for role in Role::ALL.iter().filter(|role| sees_ephi(app, **role)) {
        let account = app.canary_cx(*role).account;
        for (action, resource) in [(Action::PatientFind, Resource::Practice), (Action::AuditView, Resource::AuditLog)] {
            let request = Request {
                account: account.clone(),
                role: *role,
                disabled: false,
                mfa: false,
                emergency: false,
                origin: Origin::Premises,
                action,
                resource,
            };
            if matches!(app.policies.decide(&request), Decision::Allowed(_)) {
                return Ok(Some(format!("the policies let the role `{role}` in without a second factor")));
            }
        }
    }
    let account = canary_account(app)?;
    let mut bytes = [0_u8; 32];
    app.entropy.fill(&mut bytes);
    let token = hex::encode(bytes);
    let hashed = hex::encode(Sha256::digest(token.as_bytes()));
    let kept = hashed.clone();
    app.store
        .write("canary ticket", move |tx| store::session::insert_ticket(tx, &kept, &account, BY_PASSWORD, None))?;
    let opened = app.session_open(&token, SELF_CHECK, false)?;
    app.store.write("canary ticket", move |tx| store::session::drop_ticket(tx, &hashed))?;
    Ok(opened.map(|_| "a password alone opened a session".to_owned()))
}
