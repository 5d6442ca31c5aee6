//! The embedded engine: SQLCipher in WAL mode with `synchronous=FULL`, one writer thread with group commit, and a pool of
//! read-only connections.

mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::types::{Value as SqlValue, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use zeroize::Zeroizing;

use super::permits::Permits;
use super::{Birth, Row, Sql, Statements, Surroundings, Tx, Value, dialect, migrate};
use crate::audit::Log;
use crate::error::{Error, Result};

pub(crate) use writer::{Outcome, Work};

/// The most read-only connections: a page takes one for milliseconds, and a whole look at the log takes one for minutes.
const READERS: usize = 6;

/// How to open the file.
#[derive(Clone)]
pub(crate) struct Config {
    pub(crate) path: PathBuf,
    pub(crate) key: Zeroizing<[u8; 32]>,
    /// One budget for all connections, in KiB.
    pub(crate) cache_kib: i64,
    /// A VFS other than the default: crash tests record through one.
    pub(crate) vfs: Option<String>,
}

/// The engine.
pub(crate) struct Sqlite {
    config: Config,
    around: Surroundings,
    readers: Mutex<Vec<Connection>>,
    permits: Permits,
    writer: writer::Handle,
}

impl Sqlite {
    /// Opens the file, or makes that of a new practice, brings its schema up to date, and starts the writer.
    pub(crate) fn open(config: Config, birth: Birth, around: Surroundings, log: Arc<Log>) -> Result<Self> {
        let mut conn = connect(&config, Access::of(birth))?;
        migrate_file(&mut conn, birth, &around)?;
        let writer = writer::start(conn, around.clone(), log)?;
        Ok(Self { config, around, readers: Mutex::default(), permits: Permits::new(READERS), writer })
    }

    /// Runs `f` on a snapshot.
    pub(crate) fn read<T>(&self, f: impl Fn(&mut Tx) -> Result<T>) -> Result<T> {
        let _permit = self.permits.take();
        let idle = self.lock().pop();
        let conn = match idle {
            Some(conn) => conn,
            None => connect(&self.config, Access::Read)?,
        };
        let result = (|| {
            batch(&conn, "BEGIN DEFERRED")?;
            let mut statements = Cached { conn: &conn, around: &self.around };
            let result = f(&mut Tx::new(&mut statements, &self.around));
            batch(&conn, "ROLLBACK")?;
            result
        })();
        // After a page that fails its check the cipher refuses the whole connection.
        if conn.is_autocommit() && !matches!(result, Err(Error::Damaged(_))) {
            self.lock().push(conn);
        }
        result
    }

    /// Hands `work` to the writer and waits for its commit.
    pub(crate) fn write(&self, work: Work) -> Result<Outcome> {
        self.writer.submit(work)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        // A panic while the list was held leaves a list of good connections.
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The cipher sets its provider up with the first key of a process, and two threads doing so at once fail each other.
static KEYING: Mutex<()> = Mutex::new(());

/// What a connection may do to its file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Create,
    Write,
    Read,
}

impl Access {
    fn of(birth: Birth) -> Self {
        if birth == Birth::New { Self::Create } else { Self::Write }
    }
}

/// Opens a connection with every setting made before the first read.
fn connect(config: &Config, access: Access) -> Result<Connection> {
    let mode = match access {
        Access::Create => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        Access::Write => OpenFlags::SQLITE_OPEN_READ_WRITE,
        Access::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
    };
    let flags = mode | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let _keying = KEYING.lock().unwrap_or_else(PoisonError::into_inner);
    let opened = match &config.vfs {
        Some(vfs) => Connection::open_with_flags_and_vfs(&config.path, flags, vfs.as_str()),
        None => Connection::open_with_flags(&config.path, flags),
    };
    let conn = opened.map_err(|e| translate("open", &e))?;
    conn.set_prepared_statement_cache_capacity(256);
    let share = config.cache_kib / (i64::try_from(READERS).unwrap_or(4) + 1);
    // The key comes first; the page check before the first page is read.
    batch(&conn, &Zeroizing::new(dialect::pragma_key(&config.key)))?;
    batch(&conn, "PRAGMA cipher_hmac_algorithm = HMAC_SHA256; PRAGMA cipher_log_level = NONE;")?;
    batch(&conn, &format!("PRAGMA cache_size = -{share}; PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = ON;"))?;
    if access == Access::Read {
        batch(&conn, "PRAGMA query_only = ON;")?;
    } else {
        batch(&conn, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;")?;
        batch(&conn, "PRAGMA wal_autocheckpoint = 4000;")?;
    }
    conn.busy_timeout(std::time::Duration::from_secs(5)).map_err(|e| translate("open", &e))?;
    // The first read: a wrong key or a changed first page shows here and not in the middle of somebody's work.
    conn.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())).map_err(|e| translate("open", &e))?;
    Ok(conn)
}

/// Opens the small key file with the same cipher settings.
pub(crate) fn open_keys(path: &Path, key: &[u8; 32], birth: Birth, vfs: Option<String>) -> Result<Connection> {
    let config = Config { path: path.to_owned(), key: Zeroizing::new(*key), cache_kib: 2048, vfs };
    connect(&config, Access::of(birth))
}

/// Whether the file can be read with this key.
pub(crate) fn opens_with(path: &Path, key: &[u8; 32]) -> bool {
    let config = Config { path: path.to_owned(), key: Zeroizing::new(*key), cache_kib: 64, vfs: None };
    connect(&config, Access::Read).is_ok()
}

fn migrate_file(conn: &mut Connection, birth: Birth, around: &Surroundings) -> Result<()> {
    batch(conn, "BEGIN IMMEDIATE")?;
    let done = (|| {
        if birth == Birth::New {
            batch(conn, migrate::BOOTSTRAP)?;
        }
        let mut statements = Cached { conn, around };
        for (version, name, text) in migrate::migrate(&mut Tx::new(&mut statements, around))? {
            batch(conn, text)?;
            let mut statements = Cached { conn, around };
            migrate::note(&mut Tx::new(&mut statements, around), version, name, text)?;
        }
        batch(conn, "COMMIT")
    })();
    if done.is_err() && !conn.is_autocommit() {
        batch(conn, "ROLLBACK")?;
    }
    done
}

fn batch(conn: &Connection, text: &str) -> Result<()> {
    conn.execute_batch(text).map_err(|e| translate(text.split(' ').next().unwrap_or("batch"), &e))
}

/// Statements on a connection, prepared once each.
struct Cached<'c> {
    conn: &'c Connection,
    around: &'c Surroundings,
}

impl Cached<'_> {
    fn prepare(&self, sql: &'static Sql, params: &[Value]) -> Result<rusqlite::CachedStatement<'_>> {
        if let Some(observe) = &self.around.observer {
            observe("sqlite", sql);
        }
        let mut statement = self.conn.prepare_cached(sql.text).map_err(|e| translate(&sql.at(), &e))?;
        for (i, value) in params.iter().enumerate() {
            bind(&mut statement, i + 1, value, sql)?;
        }
        Ok(statement)
    }
}

/// Binds by *name*: SQLite numbers `$2` in `$2||$1` first, so binding by position would swap them.
fn bind(statement: &mut rusqlite::Statement, n: usize, value: &Value, sql: &'static Sql) -> Result<()> {
    let index = statement.parameter_index(&format!("${n}")).map_err(|e| translate(&sql.at(), &e))?;
    let index = index.ok_or_else(|| Error::Statement { at: sql.at(), why: format!("there is no parameter ${n}") })?;
    let value = match value {
        Value::Null => SqlValue::Null,
        Value::Int(n) => SqlValue::Integer(*n),
        Value::Text(text) if text.contains('\0') => return Err(Error::Nul),
        Value::Text(text) => SqlValue::Text(text.clone()),
        Value::Bytes(bytes) => SqlValue::Blob(bytes.clone()),
    };
    statement.raw_bind_parameter(index, value).map_err(|e| translate(&sql.at(), &e))
}

impl Statements for Cached<'_> {
    fn execute(&mut self, sql: &'static Sql, params: &[Value]) -> Result<u64> {
        let mut statement = self.prepare(sql, params)?;
        let changed = statement.raw_execute().map_err(|e| translate(&sql.at(), &e))?;
        Ok(u64::try_from(changed).unwrap_or(u64::MAX))
    }

    fn query(&mut self, sql: &'static Sql, params: &[Value]) -> Result<Vec<Row>> {
        let mut statement = self.prepare(sql, params)?;
        let names: Arc<[String]> = statement.column_names().map(str::to_owned).collect();
        let mut found = Vec::new();
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next().map_err(|e| translate(&sql.at(), &e))? {
            let mut values = Vec::with_capacity(names.len());
            for i in 0..names.len() {
                values.push(decode(row.get_ref(i).map_err(|e| translate(&sql.at(), &e))?, sql)?);
            }
            found.push(Row::new(sql, Arc::clone(&names), values));
        }
        Ok(found)
    }
}

fn decode(value: ValueRef<'_>, sql: &'static Sql) -> Result<Value> {
    let strange = |why: &str| Error::Statement { at: sql.at(), why: why.to_owned() };
    match value {
        ValueRef::Null => Ok(Value::Null),
        ValueRef::Integer(n) => Ok(Value::Int(n)),
        ValueRef::Text(text) => {
            String::from_utf8(text.to_vec()).map(Value::Text).map_err(|_| strange("a text is not UTF-8"))
        }
        ValueRef::Blob(bytes) => Ok(Value::Bytes(bytes.to_vec())),
        ValueRef::Real(_) => Err(strange("a column gave a floating number")),
    }
}

/// The engine's error in our words.
pub(crate) fn translate(at: &str, error: &rusqlite::Error) -> Error {
    let why = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => Error::DiskFull,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Error::Damaged(why),
        Some(ErrorCode::ConstraintViolation) => Error::Constraint(why),
        Some(
            ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked,
        ) => Error::Unavailable(why),
        _ => Error::Statement { at: at.to_owned(), why },
    }
}
