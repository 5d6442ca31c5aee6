//! Between HTTP and handlers: reads the request, finds the session, checks the token, runs the handler on a blocking thread,
//! and puts the security headers on whatever comes back.

mod read;
mod respond;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use app::account::Knock;
use app::{App, SessionSeen};
use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use axum::routing::{MethodFilter, on};
use domain::access::{Action, Role};
use domain::account::SessionState;
use domain::account::passkey::Site;
use domain::device::Origin;
use domain::emergency::Open;
use tokio::sync::Semaphore;

pub(crate) use read::{DEVICE, OIDC, SESSION};

use crate::account::step_up;
use crate::assets;
use crate::components::{EmergencyBar, Nav, NavEntry, Nonce, PageContext, Preferences, Takes};
use crate::failure::Failure;
use crate::reply::{Outside, Reply};
use crate::request::Ask;
use crate::route::{Gate, Route, Verb, routes};

/// The pages over one practice.
pub struct Web {
    /// Its use cases.
    pub app: Arc<App>,
    /// The practice's name in the top bar, which Settings may change.
    practice: RwLock<String>,
    /// The practice's zone: what "today" means.
    pub zone: jiff::tz::TimeZone,
    /// What passkeys are bound to; without it there are none.
    pub site: Option<Site>,
    /// What the side bar shows to each role, decided once.
    nav: BTreeMap<Role, Vec<NavEntry>>,
    /// What each role may take away, on the premises and from outside.
    takes: BTreeMap<(Role, bool), Takes>,
}

/// Every route, ready to serve. The listener must provide `ConnectInfo<SocketAddr>`.
pub fn router(web: &Arc<Web>) -> Router {
    let mut router = Router::new().route("/assets/{file}", axum::routing::get(assets::get));
    for route in routes() {
        let web = Arc::clone(web);
        let filter = match route.method {
            Verb::Get => MethodFilter::GET,
            Verb::Post => MethodFilter::POST,
        };
        let answer = move |request: Request| serve(Arc::clone(&web), route, request);
        router = router.route(route.path, on(filter, answer));
    }
    // A method that a page has not is a page that is not there; the framework's own answer would lack our headers.
    let (missing, other) = (Arc::clone(web), Arc::clone(web));
    router
        .fallback(move |request: Request| serve(Arc::clone(&missing), &MISSING, request))
        .method_not_allowed_fallback(move |request: Request| serve(Arc::clone(&other), &MISSING, request))
        .layer(axum::extract::DefaultBodyLimit::max(read::UPLOAD))
}

static MISSING: Route =
    Route { method: Verb::Get, path: "", gate: Gate::HalfOpen, handler: |_, _| Err(Failure::NotFound) };

/// How many uploads are in memory at once, each of [`read::UPLOAD`] bytes at most.
static UPLOADS: Semaphore = Semaphore::const_new(4);
/// How long an upload may take, and any other form.
const UPLOAD_TIME: Duration = Duration::from_mins(5);
const FORM_TIME: Duration = Duration::from_secs(30);
/// How many requests ask the network at once. The others wait without a thread, and not for long: the network may not answer.
static OUTSIDE: Semaphore = Semaphore::const_new(8);
const OUTSIDE_TIME: Duration = Duration::from_secs(15);

/// Reads a request whole. What a live session is needed for is not read without one: a stranger could fill the memory. The
/// session is looked up again when the body is there, which may take minutes in which access can end.
async fn read(web: &Arc<Web>, route: &Route, mut request: Request, source: &str) -> Result<read::Parts, Failure> {
    let mut parts = read::head(&mut request).await;
    let upload = read::is_upload(&request);
    let known = matches!(route.gate, Gate::Session(..));
    if route.method == Verb::Post && (upload || known) {
        let (web, token) = (Arc::clone(web), parts.token.clone().ok_or(Failure::SignIn)?);
        let (source, device, active) = (source.to_owned(), parts.device.clone(), !parts.poll);
        let seen = tokio::task::spawn_blocking(move || {
            let from = Knock { source: &source, device: device.as_deref(), agent: "" };
            web.app.session_open(&token, from, active)
        });
        let seen = seen.await;
        match seen.map_err(|_| Failure::SignIn)??.map(|seen| seen.state) {
            Some(SessionState::Active) => {}
            Some(SessionState::Locked) => return Err(Failure::Locked),
            Some(SessionState::Ended) | None => return Err(Failure::SignIn),
        }
    }
    let time = if upload {
        parts.turn = Some(UPLOADS.acquire().await.map_err(|_| Failure::SignIn)?);
        UPLOAD_TIME
    } else {
        FORM_TIME
    };
    let limit = if known { read::FORM } else { read::STRANGERS_FORM };
    within(time, read::body(request, limit, &mut parts)).await.map(|()| parts)
}

async fn within(time: Duration, reading: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    const SLOW: Failure = Failure::BadRequest("it took too long to arrive, and nothing was saved: send it again");
    tokio::time::timeout(time, reading).await.unwrap_or(Err(SLOW))
}

async fn serve(web: Arc<Web>, route: &'static Route, request: Request) -> Response {
    let source = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|c| c.0.ip().to_canonical().to_string());
    let source = source.unwrap_or_default();
    let mut parts = read(&web, route, request, &source).await;
    // Held until the handler is done with the bytes.
    let turn = parts.as_mut().ok().and_then(|parts| parts.turn.take());
    let nonce = Nonce::new(&web.random_text());
    let sent = nonce.clone();
    let inner = Arc::clone(&web);
    let handled = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let mut ask = inner.blank(nonce, source);
        let reply = match parts {
            Ok(parts) => inner.handle(route, parts, &mut ask),
            Err(failure) => Err(failure),
        };
        (reply, ask)
    });
    let handled = match handled.await {
        Ok((Ok(Reply::Outside(rest)), ask)) => outside(&web, rest, ask).await,
        other => other,
    };
    match handled {
        Ok((reply, ask)) => respond::respond(finish(&web, reply, &ask), &sent, ask.partial),
        // A panic in a handler is a bug; the person gets an answer all the same.
        Err(_) => respond::broken(&sent),
    }
}

type Handled = Result<(Result<Reply, Failure>, Ask), tokio::task::JoinError>;

/// Does what asks the network, when there is room for it.
async fn outside(web: &Arc<Web>, rest: Outside, ask: Ask) -> Handled {
    const BUSY: Failure = Failure::BadRequest("too many people wait for the same answer: try again in a moment");
    let Ok(Ok(turn)) = tokio::time::timeout(OUTSIDE_TIME, OUTSIDE.acquire()).await else { return Ok((Err(BUSY), ask)) };
    let web = Arc::clone(web);
    tokio::task::spawn_blocking(move || {
        let _turn = turn;
        ((rest.0)(&web, &ask), ask)
    })
    .await
}

/// The answer in words. Whatever came of the request, the session goes on under its next token.
fn finish(web: &Web, reply: Result<Reply, Failure>, ask: &Ask) -> Reply {
    let reply = reply.unwrap_or_else(|failure| failure.reply(ask, &web.random_text()));
    match &ask.renewed {
        Some(token) => Reply::Cookies(Box::new(reply), vec![(SESSION, token.clone())]),
        None => reply,
    }
}

impl Web {
    /// The pages over `app`.
    pub fn new(app: Arc<App>, practice: String, zone: jiff::tz::TimeZone) -> Self {
        let nav = Role::ALL.iter().map(|role| (*role, reachable(&app, *role))).collect();
        let places = Role::ALL.iter().flat_map(|role| [false, true].map(|remote| (*role, remote)));
        let takes = places.map(|(role, remote)| ((role, remote), takes(&app, role, remote))).collect();
        Self { app, practice: RwLock::new(practice), zone, site: None, nav, takes }
    }

    /// The same at this site.
    #[must_use]
    pub fn at(mut self, site: Option<Site>) -> Self {
        self.site = site;
        self
    }

    /// The practice's name.
    pub(crate) fn practice(&self) -> String {
        self.practice.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The practice is called so from now on.
    pub(crate) fn rename(&self, name: &str) {
        name.clone_into(&mut self.practice.write().unwrap_or_else(PoisonError::into_inner));
    }

    fn handle(&self, route: &Route, parts: read::Parts, ask: &mut Ask) -> Result<Reply, Failure> {
        let seen = match &parts.token {
            Some(token) => {
                let from = Knock { source: &ask.source, device: parts.device.as_deref(), agent: "" };
                self.app.session_open(token, from, !parts.poll)?
            }
            None => None,
        };
        let (poll, foreign) = (parts.poll, parts.foreign);
        parts.fill(ask);
        if let Some(seen) = &seen {
            self.dress(&mut ask.page, seen);
        }
        let state = seen.as_ref().map(|s| s.state);
        ask.seen = seen.filter(|s| s.state != SessionState::Ended);
        if route.method == Verb::Post {
            let own = if foreign { Err(Failure::Forged) } else { check_token(ask, route.gate) };
            own.map_err(|failure| self.noted(ask, route, failure))?;
        }
        match (route.gate, state) {
            (Gate::Session(..), Some(SessionState::Locked)) => Err(Failure::Locked),
            (Gate::Session(..), Some(SessionState::Active)) if ask.seen.as_ref().is_some_and(|s| s.cx.mfa) => {
                self.admit(route.gate, ask)?;
                step_up::take(self, ask)?;
                let reply = (route.handler)(self, ask)?;
                // A part of a page that a person asked for: the page's clock begins again, with the server's.
                let more = ask.page.locks_in.to_string();
                let counts = ask.partial && !poll && !matches!(reply, Reply::Outside(_));
                Ok(if counts { Reply::Headers(Box::new(reply), vec![("wellkept-locks-in", more)]) } else { reply })
            }
            (Gate::Session(..), _) => Err(Failure::SignIn),
            (Gate::HalfOpen | Gate::Open, _) => (route.handler)(self, ask),
        }
    }

    /// A forged form in somebody's session is put on record: somebody else made the browser send it, or the form is old.
    fn noted(&self, ask: &Ask, route: &Route, failure: Failure) -> Failure {
        match (&failure, ask.cx()) {
            (Failure::Forged, Ok(cx)) => self.app.note_forged(cx, route.path).map_or_else(Failure::from, |()| failure),
            _ => failure,
        }
    }

    /// Closes a route to whoever is outside without a registered device, and to a role that may do nothing there, before the
    /// handler looks at the request. The policies would refuse the first in every use case, too.
    fn admit(&self, gate: Gate, ask: &Ask) -> Result<(), Failure> {
        let (Gate::Session(action, _), cx) = (gate, ask.cx()?) else { return Ok(()) };
        if matches!(cx.origin, Origin::Unknown(_)) {
            return Ok(self.app.refuse_outside(cx, action)?);
        }
        let closed = self.app.policies.reach(cx.role, action).is_empty();
        if closed { Ok(self.app.refuse_role(cx, action)?) } else { Ok(()) }
    }

    fn blank(&self, nonce: Nonce, source: String) -> Ask {
        let page = PageContext {
            nonce: nonce.clone(),
            practice: self.practice(),
            user: String::new(),
            role: String::new(),
            nav: Vec::new(),
            active: None,
            csrf: String::new(),
            locks_in: 0,
            preferences: Preferences::default(),
            takes: Takes::default(),
            emergency: None,
        };
        let today = self.app.clock.now().timestamp().to_zoned(self.zone.clone()).date();
        let (parts, query, form, uploads) = Default::default();
        let (seen, token, device, oidc, partial, agent) = (None, None, None, None, false, String::new());
        let foreign = false;
        let (path, posted, renewed) = (String::new(), false, None);
        Ask {
            parts,
            query,
            form,
            uploads,
            seen,
            token,
            device,
            oidc,
            foreign,
            source,
            agent,
            path,
            posted,
            renewed,
            partial,
            nonce,
            page,
            today,
        }
    }

    /// What the shell shows of this person.
    fn dress(&self, page: &mut PageContext, seen: &SessionSeen) {
        page.user.clone_from(&seen.cx.name);
        seen.cx.role.label().clone_into(&mut page.role);
        page.csrf.clone_from(&seen.csrf);
        page.locks_in = seen.locks_in;
        // Whoever is nowhere known sees nothing of the practice.
        if matches!(seen.cx.origin, Origin::Unknown(_)) {
            return;
        }
        page.takes = self.takes.get(&(seen.cx.role, seen.cx.is_remote())).copied().unwrap_or_default();
        page.nav = self.nav.get(&seen.cx.role).cloned().unwrap_or_default();
        page.emergency = seen.cx.emergency.as_ref().map(|open| self.emergency_bar(open));
        // What waits for a review: on every page of those who review it.
        for entry in &mut page.nav {
            let waiting = match entry.nav {
                Nav::Emergency => self.app.emergencies_waiting(&seen.cx),
                Nav::Alerts => self.app.alerts_waiting(&seen.cx),
                _ => continue,
            };
            entry.waiting = waiting.ok().flatten().map(|waiting| waiting.all);
        }
    }

    fn emergency_bar(&self, open: &Open) -> EmergencyBar {
        let ends = open.ends_at.timestamp().to_zoned(self.zone.clone()).time();
        let minutes = (open.ends_at.seconds_since(self.app.clock.now()) + 59) / 60;
        EmergencyBar { record: format!("/patients/{}", open.patient), ends, minutes: minutes.max(1) }
    }

    fn random_text(&self) -> String {
        let mut bytes = [0_u8; 16];
        self.app.entropy.fill(&mut bytes);
        hex::encode(bytes)
    }
}

/// The pages of the side bar whose route exists and whose action the policies allow the role.
fn reachable(app: &App, role: Role) -> Vec<NavEntry> {
    let open = |nav: &&Nav| {
        let route = routes().find(|r| r.path == nav.href() && r.method == Verb::Get);
        route.is_some_and(|r| matches!(r.gate, Gate::Session(action, kind) if app.role_may(role, action, kind)))
    };
    Nav::ALL.iter().filter(open).map(|nav| NavEntry::from(*nav)).collect()
}

fn takes(app: &App, role: Role, remote: bool) -> Takes {
    let may = |action| app.may_take(role, remote, action);
    Takes { print: may(Action::PagePrint), save: may(Action::FileDownload) }
}

/// A POST carries the token of its session. The sign-in form has no session yet; the cookie's same-site rule guards it.
fn check_token(ask: &Ask, gate: Gate) -> Result<(), Failure> {
    let sent = ask.field("csrf");
    match (&ask.seen, gate) {
        (_, Gate::Open) => Ok(()),
        (Some(seen), _) if app::same_text(sent, &seen.csrf) => Ok(()),
        (None, _) => Err(Failure::SignIn),
        (Some(_), _) => Err(Failure::Forged),
    }
}
