//! The only place that knows an engine. Everything above it speaks one SQL text.
//!
//! Rules of the portable text, each seen to bite: `$n` binds by name; sums are `CAST(sum(..) AS BIGINT)`; a parameter that
//! is only compared with NULL is `CAST($1 AS TEXT)`; ids are TEXT, instants BIGINT microseconds, dates ISO TEXT, money
//! BIGINT cents; NULLS FIRST/LAST is always said.

mod dialect;
mod migrate;
mod permits;
mod postgres;
mod row;
mod sqlite;
mod value;

use std::sync::Arc;

use domain::audit::Event;
use domain::id::EventId;
use domain::{Clock, Entropy, Instant};

pub use self::postgres::Target as PostgresTarget;
pub use self::row::{FromValue, Row};
pub use self::value::{ToValue, Value};
pub use dialect::{Schema, provision, unprovision};
pub(crate) use postgres::{Postgres, Prepared, Session};
pub(crate) use sqlite::{Config as SqliteConfig, Sqlite, Work, open_keys, opens_with, translate as sqlite_error};

use crate::error::{Error, Result};

/// A statement: a constant with the place it was written, so that a test can tell which were never run.
#[derive(Clone, Copy, Debug)]
pub struct Sql {
    /// The text.
    pub text: &'static str,
    /// Source file.
    pub file: &'static str,
    /// Source line.
    pub line: u32,
}

/// A statement constant.
#[macro_export]
macro_rules! sql {
    ($text:expr) => {
        &const { $crate::Sql { text: $text, file: file!(), line: line!() } }
    };
}

/// Parameters of a statement, in order `$1`, `$2`, ...
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { &[$($crate::db::ToValue::to_value(&$value)),*] };
}

impl Sql {
    /// `file:line`.
    pub fn at(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }

    /// The first table that the text names; for messages.
    pub(crate) fn table(&self) -> &'static str {
        let mut words = self.text.split_whitespace();
        while let Some(word) = words.next() {
            if matches!(word, "FROM" | "INTO" | "UPDATE") {
                return words.next().unwrap_or("?").split('(').next().unwrap_or("?");
            }
        }
        "?"
    }
}

/// Sees each statement that runs: tests use it to find statements that never ran on an engine.
pub type Observer = Arc<dyn Fn(&'static str, &'static Sql) + Send + Sync>;

/// What an engine does for a transaction.
pub(crate) trait Statements {
    fn execute(&mut self, sql: &'static Sql, params: &[Value]) -> Result<u64>;
    fn query(&mut self, sql: &'static Sql, params: &[Value]) -> Result<Vec<Row>>;
}

/// Whether a practice is made now, or was made before. Only what belongs to a new one is ever made: an old one that lacks it lost
/// it, and must say so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Birth {
    New,
    Old,
}

/// What every transaction needs from outside.
#[derive(Clone)]
pub(crate) struct Surroundings {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) observer: Option<Observer>,
}

/// An event collected by a transaction, with the id that its leaf will carry.
pub(crate) struct Collected {
    pub(crate) id: EventId,
    pub(crate) at: Instant,
    pub(crate) event: Event,
}

/// A transaction. It lives as long as its closure, and the closure may run more than once.
pub struct Tx<'a> {
    statements: &'a mut dyn Statements,
    around: &'a Surroundings,
    events: Vec<Collected>,
    now: Instant,
}

impl<'a> Tx<'a> {
    pub(crate) fn new(statements: &'a mut dyn Statements, around: &'a Surroundings) -> Self {
        Self { now: around.clock.now(), statements, around, events: Vec::new() }
    }

    /// Runs a statement that changes rows; returns how many.
    pub fn execute(&mut self, sql: &'static Sql, params: &[Value]) -> Result<u64> {
        self.statements.execute(sql, params)
    }

    /// Runs a statement that returns rows.
    pub fn query(&mut self, sql: &'static Sql, params: &[Value]) -> Result<Vec<Row>> {
        self.statements.query(sql, params)
    }

    /// The only row, or `None`.
    pub fn query_opt(&mut self, sql: &'static Sql, params: &[Value]) -> Result<Option<Row>> {
        Ok(self.query(sql, params)?.into_iter().next())
    }

    /// The first row of a statement that always has one, such as a count.
    pub fn query_one(&mut self, sql: &'static Sql, params: &[Value]) -> Result<Row> {
        self.query_opt(sql, params)?.ok_or_else(|| Error::Statement { at: sql.at(), why: "no row".to_owned() })
    }

    /// Adds an event to the log, in this very transaction. It is durable exactly when the transaction is.
    pub fn audit(&mut self, event: Event) -> EventId {
        let id = EventId::new(self.now, self.entropy());
        self.events.push(Collected { id: id.clone(), at: self.now, event });
        id
    }

    /// The instant of this transaction.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// The source of new ids.
    pub fn entropy(&self) -> &'a dyn Entropy {
        &*self.around.entropy
    }

    pub(crate) fn take_events(&mut self) -> Vec<Collected> {
        std::mem::take(&mut self.events)
    }
}
