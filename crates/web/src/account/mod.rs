//! One's own way in and out: sign in, enrol, lock, sign out, one's own sessions and password; and the practice's people.
//!
//! What is refused is refused in the same words, whatever was wrong.
#![expect(clippy::unnecessary_wraps, reason = "every handler has the signature of the route table")]

mod enrol;
pub(crate) mod joining;
pub(crate) mod leaving;
mod me;
mod oidc;
mod passkeys;
mod people;
mod qr;
mod roles;
mod session;
mod sign_in;
pub(crate) mod step_up;
#[cfg(test)]
mod tests;

use app::account::{Knock, SignedIn};
use domain::access::{Action, ResourceKind};
use http::StatusCode;
use maud::Markup;

use crate::components::{FieldError, Script, bare_page};
use crate::reply::Reply;
use crate::request::Ask;
use crate::route::{Gate, Handler, Route, Verb, get, post};
use crate::server::{DEVICE, SESSION};

/// The routes of signing in, of one's own session, and of accounts.
pub(crate) const ROUTES: &[Route] = &[
    open(Verb::Get, "/sign-in", Gate::Open, sign_in::form),
    open(Verb::Post, "/sign-in", Gate::Open, sign_in::password),
    open(Verb::Get, "/sign-in/code", Gate::Open, sign_in::code_form),
    open(Verb::Post, "/sign-in/code", Gate::Open, sign_in::code),
    open(Verb::Get, "/sign-in/question", Gate::Open, passkeys::sign_in_question),
    open(Verb::Post, "/sign-in/passkey", Gate::Open, passkeys::sign_in_answer),
    open(Verb::Get, "/sign-in/code/question", Gate::Open, passkeys::code_question),
    open(Verb::Get, "/sign-in/oidc", Gate::Open, oidc::send),
    open(Verb::Get, "/sign-in/oidc/answer", Gate::Open, oidc::answer),
    open(Verb::Get, "/enrol", Gate::Open, enrol::form),
    open(Verb::Post, "/enrol", Gate::Open, enrol::enrol),
    open(Verb::Get, "/locked", Gate::HalfOpen, session::locked),
    open(Verb::Post, "/session/unlock", Gate::HalfOpen, session::unlock),
    open(Verb::Post, "/session/lock", Gate::HalfOpen, session::lock),
    open(Verb::Post, "/sign-out", Gate::HalfOpen, session::sign_out),
    post("/session/keep", Action::SelfManage, ResourceKind::Account, session::keep),
    post("/step-up", Action::SelfManage, ResourceKind::Account, step_up::go_on),
    get("/step-up/question", Action::SelfManage, ResourceKind::Account, passkeys::step_up_question),
    get("/me", Action::SelfManage, ResourceKind::Account, me::me),
    get("/me/password", Action::SelfManage, ResourceKind::Account, me::password),
    post("/me/password", Action::SelfManage, ResourceKind::Account, me::change_password),
    post("/me/sessions/{id}/end", Action::SelfManage, ResourceKind::Account, me::end),
    post("/me/end-others", Action::SelfManage, ResourceKind::Account, me::end_others),
    post("/me/sign-out-everywhere", Action::SelfManage, ResourceKind::Account, me::everywhere),
    get("/me/passkeys/new", Action::SelfManage, ResourceKind::Account, passkeys::new),
    get("/me/passkeys/question", Action::SelfManage, ResourceKind::Account, passkeys::question),
    post("/me/passkeys", Action::SelfManage, ResourceKind::Account, passkeys::add),
    post("/me/passkeys/{id}/remove", Action::SelfManage, ResourceKind::Account, passkeys::remove),
    post("/me/oidc", Action::SelfManage, ResourceKind::Account, oidc::link),
    post("/me/oidc/unlink", Action::SelfManage, ResourceKind::Account, oidc::unlink),
    get("/people", Action::AccountView, ResourceKind::Practice, people::list),
    get("/people/new", Action::AccountView, ResourceKind::Practice, joining::new),
    post("/people", Action::AccountEdit, ResourceKind::Practice, joining::create),
    get("/people/{id}", Action::AccountView, ResourceKind::Practice, people::person),
    get("/roles", Action::ReadinessView, ResourceKind::Compliance, roles::page),
    get("/roles/print", Action::ReadinessView, ResourceKind::Compliance, roles::print),
    post("/people/{id}/end-access", Action::AccountEdit, ResourceKind::Account, leaving::end),
    post("/people/{id}/enable", Action::AccountEdit, ResourceKind::Account, people::enable),
    post("/people/{id}/role", Action::AccountEdit, ResourceKind::Account, people::role),
    post("/people/{id}/role/confirm", Action::AccountEdit, ResourceKind::Account, joining::confirm),
    post("/people/{id}/role/refuse", Action::AccountEdit, ResourceKind::Account, joining::refuse),
    post("/people/{id}/clearance", Action::AccountEdit, ResourceKind::Account, joining::clearance),
    post("/people/{id}/reset", Action::AccountEdit, ResourceKind::Account, joining::reset),
];

const fn open(method: Verb, path: &'static str, gate: Gate, handler: Handler) -> Route {
    Route { method, path, gate, handler }
}

/// Where the request comes from.
fn knock(ask: &Ask) -> Knock<'_> {
    Knock { source: &ask.source, device: ask.device.as_deref(), agent: &ask.agent }
}

/// A page before anybody is known.
fn bare(ask: &Ask, title: &str, body: &Markup) -> Markup {
    bare_page(&ask.nonce, &ask.page.practice, title, &[Script::Passkey], body)
}

/// The cookies of a new session, on their way with `reply`.
fn signed_in(reply: Reply, signed: SignedIn) -> Reply {
    Reply::Cookies(Box::new(reply), vec![(SESSION, signed.token), (DEVICE, signed.device)])
}

/// Takes the session's cookie away, and what the browser kept of its pages. The browser stays known.
fn signed_out(reply: Reply) -> Reply {
    Reply::Cookies(Box::new(reply.forgotten()), vec![(SESSION, String::new())])
}

/// Too many attempts: how long to wait, or what else to do.
pub(crate) fn wait_words(seconds: Option<i64>) -> String {
    match seconds {
        Some(1) => "Too many attempts. Try again in a second.".to_owned(),
        Some(n) => format!("Too many attempts. Try again in {n} seconds."),
        None => "Too many attempts from other browsers. Use a browser that you have signed in with before, or ask the \
                 security official for help."
            .to_owned(),
    }
}

fn too_many(page: Markup) -> Reply {
    Reply::Html(StatusCode::TOO_MANY_REQUESTS, page)
}

fn field_errors(faults: Vec<domain::form::FieldFault>) -> Vec<FieldError> {
    faults.into_iter().map(FieldError::from).collect()
}
