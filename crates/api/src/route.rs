//! Every route there is: method, path, scope, what it takes, what it answers, and who answers. Tests walk this table and the
//! OpenAPI document is made from it, so a route that is not in it does not exist.

use domain::client::ApiScope;
use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::problem::Problem;
use crate::request::Ask;
use crate::respond::Reply;
use crate::server::Api;
use crate::{claim_files, openapi, read, report, token};

/// Answers a request that got past its gate.
pub(crate) type Handler = fn(&Api, &Ask) -> Result<Reply, Problem>;
/// The schema of a type.
pub(crate) type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// Who gets past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// A client whose token has this scope now.
    Scope(ApiScope),
    /// Anybody. Shows nothing of the practice.
    Open,
}

/// The two methods that are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Reads.
    Get,
    /// Hands something in, or asks with words that are no address's business.
    Post,
}

impl Verb {
    /// As HTTP has it.
    pub const fn http(self) -> http::Method {
        match self {
            Self::Get => http::Method::GET,
            Self::Post => http::Method::POST,
        }
    }
}

/// A parameter of the path or the query.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its name. In the path when the path has it in braces, else in the query and optional.
    pub name: &'static str,
    /// What it says.
    pub words: &'static str,
    /// Its JSON Schema `format`.
    pub format: &'static str,
}

/// What a body is.
#[derive(Clone, Copy)]
pub struct Body {
    /// Its media type.
    pub mime: &'static str,
    /// Its schema.
    pub schema: SchemaOf,
    /// The most bytes that are read.
    pub limit: usize,
}

/// A good answer.
#[derive(Clone, Copy)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// What it says.
    pub words: &'static str,
    /// Its media type and schema.
    pub mime: &'static str,
    /// Its schema; nothing for a file.
    pub schema: Option<SchemaOf>,
}

/// One route.
#[derive(Clone, Copy)]
pub struct Route {
    /// The method.
    pub verb: Verb,
    /// The path, with `{name}` for parts.
    pub path: &'static str,
    /// Who gets past.
    pub gate: Gate,
    /// Its `operationId`.
    pub name: &'static str,
    /// A line on what it does.
    pub summary: &'static str,
    /// What the path and the query take.
    pub parameters: &'static [Parameter],
    /// What the body is.
    pub body: Option<Body>,
    /// The good answers.
    pub answers: &'static [Answer],
    /// Who answers.
    pub(crate) handler: Handler,
}

/// The schema of `T`, by reference.
pub(crate) fn schema<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

pub(crate) const JSON: &str = "application/json";

/// A body in JSON.
pub(crate) const fn json(schema: SchemaOf) -> Option<Body> {
    Some(Body { mime: JSON, schema, limit: 64 * 1024 })
}

/// An answer in JSON.
pub(crate) const fn says(status: u16, words: &'static str, schema: SchemaOf) -> Answer {
    Answer { status, words, mime: JSON, schema: Some(schema) }
}

/// The whole table.
pub fn routes() -> impl Iterator<Item = &'static Route> {
    [token::ROUTES, read::ROUTES, claim_files::ROUTES, report::ROUTES, openapi::ROUTES].into_iter().flatten()
}
