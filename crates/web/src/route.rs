//! Every page and form there is: method, path, action, kind of resource, handler. Tests walk this table, so a route that is
//! not in it does not exist, and one without an action does not compile.

use domain::access::{Action, ResourceKind};
use http::Method;

use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// Answers a request of a signed-in person whose session is active.
pub type Handler = fn(&Web, &Ask) -> Result<Reply, Failure>;

/// Who may reach a route at all. What they may do there is decided by the policies, with the row at hand.
#[derive(Clone, Copy, Debug)]
pub enum Gate {
    /// An active session with a second factor; the action and the kind that its use case asks the policies about.
    Session(Action, ResourceKind),
    /// A session in any state, or one that still has to give or enrol its second factor.
    HalfOpen,
    /// Anybody: the sign-in page and what it needs. Shows nothing of the practice but its name.
    Open,
}

/// One route.
#[derive(Clone, Copy)]
pub struct Route {
    /// GET shows, POST changes.
    pub method: Verb,
    /// The path, with `{name}` for parts.
    pub path: &'static str,
    /// Who may reach it.
    pub gate: Gate,
    /// What answers.
    pub handler: Handler,
}

/// The two methods that browsers' forms have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Shows; changes nothing but the log.
    Get,
    /// Changes; carries the session's token.
    Post,
}

impl Verb {
    /// As HTTP has it.
    pub fn http(self) -> Method {
        match self {
            Self::Get => Method::GET,
            Self::Post => Method::POST,
        }
    }
}

/// A GET route behind a session.
pub(crate) const fn get(path: &'static str, action: Action, kind: ResourceKind, handler: Handler) -> Route {
    Route { method: Verb::Get, path, gate: Gate::Session(action, kind), handler }
}

/// A POST route behind a session.
pub(crate) const fn post(path: &'static str, action: Action, kind: ResourceKind, handler: Handler) -> Route {
    Route { method: Verb::Post, path, gate: Gate::Session(action, kind), handler }
}

/// The whole table: each noun's own, one after another.
pub fn routes() -> impl Iterator<Item = &'static Route> {
    let nouns = [
        crate::account::ROUTES,
        crate::patients::ROUTES,
        crate::emergency::ROUTES,
        crate::schedule::ROUTES,
        crate::charges::ROUTES,
        crate::claims::ROUTES,
        crate::partners::ROUTES,
        crate::connectors::ROUTES,
        crate::clients::ROUTES,
        crate::devices::ROUTES,
        crate::payers::ROUTES,
        crate::settings::ROUTES,
        crate::payments::ROUTES,
        crate::ledger::ROUTES,
        crate::readiness::ROUTES,
        crate::reviews::ROUTES,
        crate::audit::ROUTES,
        crate::alerts::ROUTES,
        crate::samples::ROUTES,
        crate::blocked::ROUTES,
    ];
    nouns.into_iter().flatten()
}
