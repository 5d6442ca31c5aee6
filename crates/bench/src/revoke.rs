//! How soon the end of somebody's access holds: while four sessions and an API token of a person ask over and over, access is
//! ended, and each notes its first refusal. The time runs from before the act is asked for, so it holds the act itself.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use app::demo::personas::Persona;
use app::{App, Cx};
use domain::Clock as _;
use domain::access::Role;
use domain::account::leaving::EndForm;
use domain::audit::Purpose;
use domain::client::{ApiScope, Client, Ground};
use domain::id::{ClientId, SessionId, TokenId};
use store::record::Stamp;
use wire::{Browser, Site};

use crate::error::{Error, Result};
use crate::figures::{Better, Figures};
use crate::practice::{self, Machine, random};
use crate::together::Done;

/// How often access is ended.
const ROUNDS: usize = 50;
/// Sessions of the person each time.
const SESSIONS: usize = 4;
/// Nobody waits longer for a refusal: a round that does fails the measurement.
const PATIENCE: Duration = Duration::from_secs(10);

/// Measures on a practice that is served at `site`.
pub(crate) fn measure(app: &App, personas: &[Persona], site: &Site, figures: &mut Figures) -> Result<()> {
    let person = |role| personas.iter().find(|p| p.role == role).ok_or_else(|| Error::wrong("somebody is missing"));
    let (official, leaver) = (person(Role::SecurityOfficial)?, person(Role::Biller)?);
    let client = register(app, leaver)?;
    let mut cx = cx(official);
    let mut done = Done::default();
    for _ in 0..ROUNDS {
        let mut asking = Vec::new();
        for _ in 0..SESSIONS {
            asking.push((Browser::with_session(site, &session(app, leaver)?), "/me"));
        }
        asking.push((Browser::with_bearer(site, &token(app, &client)?), "/api/schedule"));
        done.each.extend(round(app, &cx, leaver, asking)?);
        cx.fresh_at = Some(Machine.now());
        app.enable_account(app.fresh(&cx)?, &leaver.account, "the next round")?;
    }
    for percent in [50, 99] {
        let aim = (percent == 99).then_some(1000.0);
        let name = format!("disable_to_refusal_p{percent}");
        figures.add(&name, done.percentile(percent), ("ms", Better::Lower), aim);
    }
    Ok(())
}

/// One end of access, with how long each of those who ask was still served.
fn round(app: &App, cx: &Cx, leaver: &Persona, asking: Vec<(Browser, &'static str)>) -> Result<Vec<Duration>> {
    let form = EndForm { end_reason: "on_leave".to_owned(), ..EndForm::default() };
    let mut asking = asking;
    // A refusal before the act would count as a quick one.
    asking.iter_mut().try_for_each(|(browser, path)| match browser.get(path)?.status {
        200 => Ok(()),
        other => Err(Error::Wrong(format!("`{path}` was answered with {other} before the act"))),
    })?;
    std::thread::scope(|scope| {
        let began = Instant::now();
        let running: Vec<_> = asking
            .into_iter()
            .map(|(mut browser, path)| {
                scope.spawn(move || -> Result<Duration> {
                    while began.elapsed() < PATIENCE {
                        if browser.get(path)?.status != 200 {
                            return Ok(began.elapsed());
                        }
                    }
                    Err(Error::wrong("somebody whose access was ended is served still"))
                })
            })
            .collect();
        app.end_access(cx, &leaver.account, &form)?;
        running.into_iter().map(|r| r.join().unwrap_or_else(|_| Err(Error::wrong("a thread panicked")))).collect()
    })
}

fn cx(official: &Persona) -> Cx {
    Cx {
        account: official.account.clone(),
        name: official.name.clone(),
        role: official.role,
        disabled: false,
        session: SessionId::new(Machine.now(), &Machine),
        mfa: true,
        fresh_at: None,
        source: "bench".to_owned(),
        origin: domain::device::Origin::Premises,
        canary: false,
        emergency: None,
    }
}

/// A session that begins now; what the browser keeps of it.
fn session(app: &App, of: &Persona) -> Result<String> {
    let token = random();
    let new = store::session::New {
        id: SessionId::new(Machine.now(), &Machine),
        token: app::account::hash_token(&token),
        account: of.account.clone(),
        factor: "totp".to_owned(),
        source: "bench".to_owned(),
        device: String::new(),
        agent: String::new(),
        canary: false,
    };
    app.store.write("bench session", move |tx| store::session::insert(tx, &new))?;
    Ok(token)
}

/// A client that the person answers for.
fn register(app: &App, owner: &Persona) -> Result<ClientId> {
    let id = ClientId::new(Machine.now(), &Machine);
    let client = Client {
        id: id.clone(),
        name: "Bench".to_owned(),
        owner: owner.account.clone(),
        purpose: Purpose::Treatment,
        ground: Ground::OwnProgram,
        scopes: BTreeSet::from([ApiScope::ScheduleRead]),
        keys: Vec::new(),
        expires_on: practice::today().tomorrow().map_err(Error::wrong)?,
        disabled_at: None,
    };
    let stamp = Stamp { actor: "system:bench".to_owned(), reason: "to measure".to_owned() };
    app.store.write("bench client", move |tx| store::directory::add(tx, &client, &stamp))?;
    Ok(id)
}

fn token(app: &App, client: &ClientId) -> Result<String> {
    let secret = random();
    let (hash, now) = (app::account::hash_token(&secret), Machine.now());
    let token = store::client::Token {
        id: TokenId::new(now, &Machine),
        client: client.clone(),
        kid: "bench".to_owned(),
        scopes: BTreeSet::from([ApiScope::ScheduleRead]),
        expires_at: now.plus_seconds(domain::client::TOKEN_SECONDS),
        ended_at: None,
    };
    app.store.write("bench token", move |tx| store::client::give(tx, &token, &hash))?;
    Ok(secret)
}
