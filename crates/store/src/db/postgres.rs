//! PostgreSQL through the synchronous driver. Clients live and die on blocking threads.

mod target;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use postgres::error::SqlState;
use postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use postgres::{Client, Statement};

use super::permits::Permits;
use super::sqlite::{Outcome, Work};
use super::{Birth, Row, Sql, Statements, Surroundings, Tx, Value, migrate};
use crate::audit::{Log, store_unnumbered};
use crate::error::{Error, Result};

pub use target::Target;

/// The most connections of a practice, readers and writers together; the sequencer has one more of its own.
const CLIENTS: usize = 8;
/// How often a serializable transaction that lost a race is run again.
const RETRIES: u32 = 40;

/// A client with the statements that it has prepared.
pub(crate) struct Session {
    client: Client,
    prepared: HashMap<&'static str, Statement>,
}

impl Session {
    pub(crate) fn open(target: &Target) -> Result<Self> {
        Ok(Self { client: target.connect_durably()?, prepared: HashMap::new() })
    }

    /// Ends a transaction that wrote. Who loses the connection here cannot know what became of it.
    pub(crate) fn commit(&mut self) -> Result<()> {
        self.batch("COMMIT").map_err(|error| match error {
            Error::Unavailable(why) => Error::Unsure(why),
            other => other,
        })
    }

    pub(crate) fn batch(&mut self, text: &str) -> Result<()> {
        self.client.batch_execute(text).map_err(|e| translate(text.split(' ').next().unwrap_or("batch"), &e))
    }
}

/// The engine.
pub(crate) struct Postgres {
    target: Target,
    around: Surroundings,
    log: Arc<Log>,
    idle: Mutex<Vec<Session>>,
    permits: Permits,
}

impl Postgres {
    /// Connects and brings the schema up to date; that of a new practice is made.
    pub(crate) fn open(target: Target, birth: Birth, around: Surroundings, log: Arc<Log>) -> Result<Self> {
        let engine = Self { target, around, log, idle: Mutex::default(), permits: Permits::new(CLIENTS) };
        engine.with_session(|session| migrate_schema(session, birth, &engine.around))?;
        Ok(engine)
    }

    pub(crate) fn target(&self) -> &Target {
        &self.target
    }

    /// Runs `f` on a snapshot.
    pub(crate) fn read<T>(&self, f: impl Fn(&mut Tx) -> Result<T>) -> Result<T> {
        // A server that came back has left dead connections behind; a read is the same on a new one.
        match self.read_once(&f) {
            Err(Error::Unavailable(_)) => self.read_once(&f),
            done => done,
        }
    }

    fn read_once<T>(&self, f: &impl Fn(&mut Tx) -> Result<T>) -> Result<T> {
        self.with_session(|session| {
            session.batch("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
            let mut statements = Prepared { session, around: &self.around };
            let result = f(&mut Tx::new(&mut statements, &self.around));
            session.batch("ROLLBACK")?;
            result
        })
    }

    /// Runs the closure in a serializable transaction, again when it loses a race.
    pub(crate) fn write(&self, mut work: Work) -> Result<Outcome> {
        self.with_session(|session| {
            for attempt in 0..RETRIES {
                match self.attempt(session, &mut work) {
                    Err(Error::Race) => std::thread::sleep(Duration::from_millis(1 << attempt.min(6))),
                    done => return done,
                }
            }
            Err(Error::Race)
        })
    }

    fn attempt(&self, session: &mut Session, work: &mut Work) -> Result<Outcome> {
        session.batch("BEGIN ISOLATION LEVEL SERIALIZABLE")?;
        let mut statements = Prepared { session, around: &self.around };
        let mut tx = Tx::new(&mut statements, &self.around);
        let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| (work.run)(&mut tx)));
        let ran = ran.unwrap_or(Err(Error::Panicked(work.name)));
        let events = tx.take_events();
        let done = ran.and_then(|()| store_unnumbered(&self.log, &mut tx, &events));
        match done {
            Ok(()) => session.commit().map(|()| events),
            Err(error) => {
                // A dead connection cannot roll back, and the server does it by itself then.
                let _ = session.batch("ROLLBACK");
                Err(error)
            }
        }
    }

    fn with_session<T>(&self, f: impl FnOnce(&mut Session) -> Result<T>) -> Result<T> {
        let _permit = self.permits.take();
        let idle = self.lock().pop();
        let mut session = match idle {
            Some(session) if !session.client.is_closed() => session,
            _ => Session::open(&self.target)?,
        };
        let result = f(&mut session);
        if session.client.is_closed() || matches!(result, Err(Error::Unavailable(_) | Error::Unsure(_))) {
            // The others that waited are most likely gone with it.
            self.lock().clear();
        } else {
            self.lock().push(session);
        }
        result
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Session>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // A client that is dropped on an async worker panics, so the connections end on a thread of their own.
        let sessions = std::mem::take(&mut *self.lock());
        let _ = std::thread::spawn(move || drop(sessions)).join();
    }
}

fn migrate_schema(session: &mut Session, birth: Birth, around: &Surroundings) -> Result<()> {
    session.batch("BEGIN")?;
    let done = (|| {
        if birth == Birth::New {
            session.batch(migrate::BOOTSTRAP)?;
        }
        let missing = migrate::migrate(&mut Tx::new(&mut Prepared { session, around }, around))?;
        for (version, name, text) in missing {
            session.batch(text)?;
            migrate::note(&mut Tx::new(&mut Prepared { session, around }, around), version, name, text)?;
        }
        session.batch("COMMIT")
    })();
    if done.is_err() {
        let _ = session.batch("ROLLBACK");
    }
    done
}

/// Statements on a session, prepared once each.
pub(crate) struct Prepared<'s> {
    pub(crate) session: &'s mut Session,
    pub(crate) around: &'s Surroundings,
}

impl Prepared<'_> {
    fn prepare(&mut self, sql: &'static Sql) -> Result<Statement> {
        if let Some(observe) = &self.around.observer {
            observe("postgres", sql);
        }
        if let Some(statement) = self.session.prepared.get(sql.text) {
            return Ok(statement.clone());
        }
        let statement = self.session.client.prepare(sql.text).map_err(|e| translate(&sql.at(), &e))?;
        self.session.prepared.insert(sql.text, statement.clone());
        Ok(statement)
    }
}

fn borrowed(params: &[Value]) -> Result<Vec<&(dyn ToSql + Sync)>> {
    let mut out: Vec<&(dyn ToSql + Sync)> = Vec::with_capacity(params.len());
    for value in params {
        match value {
            Value::Text(text) if text.contains('\0') => return Err(Error::Nul),
            value => out.push(value),
        }
    }
    Ok(out)
}

impl Statements for Prepared<'_> {
    fn execute(&mut self, sql: &'static Sql, params: &[Value]) -> Result<u64> {
        let statement = self.prepare(sql)?;
        self.session.client.execute(&statement, &borrowed(params)?).map_err(|e| translate(&sql.at(), &e))
    }

    fn query(&mut self, sql: &'static Sql, params: &[Value]) -> Result<Vec<Row>> {
        let statement = self.prepare(sql)?;
        let rows = self.session.client.query(&statement, &borrowed(params)?).map_err(|e| translate(&sql.at(), &e))?;
        let names: Arc<[String]> = statement.columns().iter().map(|c| c.name().to_owned()).collect();
        rows.into_iter()
            .map(|row| {
                let values = (0..row.len()).map(|i| row.try_get::<_, Value>(i).map_err(|e| translate(&sql.at(), &e)));
                Ok(Row::new(sql, Arc::clone(&names), values.collect::<Result<_>>()?))
            })
            .collect()
    }
}

type Refused = Box<dyn std::error::Error + Sync + Send>;

impl ToSql for Value {
    fn to_sql(&self, ty: &Type, out: &mut bytes::BytesMut) -> Result<IsNull, Refused> {
        match (self, ty) {
            (Self::Null, _) => Ok(IsNull::Yes),
            (Self::Int(n), &Type::INT8) => n.to_sql(ty, out),
            (Self::Int(n), &Type::INT4) => i32::try_from(*n)?.to_sql(ty, out),
            (Self::Int(n), &Type::INT2) => i16::try_from(*n)?.to_sql(ty, out),
            (Self::Text(text), &Type::TEXT | &Type::VARCHAR) => text.to_sql(ty, out),
            (Self::Bytes(bytes), &Type::BYTEA) => bytes.to_sql(ty, out),
            (value, ty) => {
                let kind = match value {
                    Self::Int(_) => "a number",
                    Self::Text(_) => "a text",
                    _ => "bytes",
                };
                Err(format!("{kind} was bound where the statement takes {ty}: cast the parameter").into())
            }
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Value {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Refused> {
        match *ty {
            Type::INT8 => i64::from_sql(ty, raw).map(Self::Int),
            Type::INT4 => i32::from_sql(ty, raw).map(|n| Self::Int(n.into())),
            Type::INT2 => i16::from_sql(ty, raw).map(|n| Self::Int(n.into())),
            Type::BOOL => bool::from_sql(ty, raw).map(|b| Self::Int(b.into())),
            Type::TEXT | Type::VARCHAR => String::from_sql(ty, raw).map(Self::Text),
            Type::BYTEA => Vec::from_sql(ty, raw).map(Self::Bytes),
            _ => Err(format!("a column of type {ty} cannot be decoded: cast it").into()),
        }
    }

    fn from_sql_null(_: &Type) -> Result<Self, Refused> {
        Ok(Self::Null)
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// The engine's error in our words.
pub(crate) fn translate(at: &str, error: &postgres::Error) -> Error {
    let Some(db) = error.as_db_error() else {
        let lost = error.is_closed()
            || std::error::Error::source(error).is_some_and(<dyn std::error::Error>::is::<std::io::Error>);
        let why = error.to_string();
        return if lost || at == "connect" {
            Error::Unavailable(why)
        } else {
            Error::Statement { at: at.to_owned(), why }
        };
    };
    let why = db.message().to_owned();
    match *db.code() {
        SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED => Error::Race,
        SqlState::DISK_FULL => Error::DiskFull,
        SqlState::DATA_CORRUPTED | SqlState::INDEX_CORRUPTED => Error::Damaged(why),
        SqlState::ADMIN_SHUTDOWN
        | SqlState::CRASH_SHUTDOWN
        | SqlState::CANNOT_CONNECT_NOW
        // A standby, or a primary that was told to take no more: it may answer questions, and nothing can be recorded.
        | SqlState::READ_ONLY_SQL_TRANSACTION
        | SqlState::TOO_MANY_CONNECTIONS => Error::Unavailable(why),
        // Whatever keeps us out is for the operator to mend; no statement of ours is wrong.
        _ if at == "connect" => Error::Unavailable(why),
        ref code if code.code().starts_with("23") => {
            // The constraint's name says what; the message may quote a row.
            Error::Constraint(db.constraint().unwrap_or("a rule of the schema").to_owned())
        }
        _ => Error::Statement { at: at.to_owned(), why },
    }
}
