//! A practice's store: opened once, shared by everybody.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use domain::audit::Event;
use domain::{Clock, Entropy};
use tlog::VerifierKey;

use crate::audit::sequencer::Sequencer;
use crate::audit::{self, BodyKeys, Log, LogKey};
use crate::db::{self, Birth, Observer, Postgres, PostgresTarget, Schema, Sqlite, Surroundings, Tx, Work};
use crate::error::{Error, Result};
use crate::keys::{self, Kek, Key};
use crate::phi::{Committed, Receipt};
use crate::sql;

/// The embedded database, in the practice's folder.
const DATABASE: &str = "practice.db";
/// The file of sealing keys beside it, on either engine.
const KEYS: &str = "keys.db";

/// Which database holds the practice.
#[derive(Clone, Debug)]
pub enum Engine {
    /// The embedded encrypted file.
    Sqlite {
        /// Memory for pages over all connections, in KiB.
        cache_kib: i64,
    },
    /// A schema on a PostgreSQL server, reached as the practice's own role.
    Postgres(PostgresTarget),
}

/// How to open a practice.
#[derive(Clone)]
pub struct Options {
    /// The data directory; the practice lives in a folder of it.
    pub data: PathBuf,
    /// The practice's folder, schema and role name.
    pub practice: Schema,
    /// Its database.
    pub engine: Engine,
    /// Where the wrapping key comes from.
    pub kek: Kek,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Random bytes.
    pub entropy: Arc<dyn Entropy>,
    /// Sees each statement; tests only.
    pub observer: Option<Observer>,
    /// A VFS other than the default; crash tests only.
    pub vfs: Option<String>,
}

enum Opened {
    Sqlite(Sqlite),
    Postgres(Postgres, Sequencer),
}

/// An open practice.
pub struct Store {
    opened: Opened,
    log: Arc<Log>,
    data_key: Key,
    options: Options,
    bodies_seal: Key,
    // Held as long as the store lives: one process owns a data directory.
    _lock: Arc<File>,
}

impl Store {
    /// Makes a new practice: its folder, its keys, its empty database.
    pub fn create(options: Options) -> Result<Self> {
        let folder = options.folder();
        fs::create_dir_all(&folder).map_err(|e| Error::file(&folder, &e))?;
        if folder.join(keys::WRAPPED).exists() {
            return Err(Error::Refused(format!("there is a practice in `{}` already", folder.display())));
        }
        let lock = lock(&options.data)?;
        let key = keys::create(&folder, &options.data, options.practice.as_str(), &options.kek, &*options.entropy)?;
        Self::start(options, Birth::New, key, lock)
    }

    /// Opens a practice that exists, with all that belongs to it.
    pub fn open(options: Options) -> Result<Self> {
        let folder = options.folder();
        if !folder.join(keys::WRAPPED).exists() {
            return Err(Error::Refused(format!(
                "there is no practice in `{}`: make one with `wellkept init` or `wellkept demo`",
                folder.display()
            )));
        }
        let lock = lock(&options.data)?;
        let key = keys::unlock(&folder, &options.data, options.practice.as_str(), &options.kek)?;
        must_be_there(&folder.join(KEYS), "the keys of all sealed content and the log's signing key")?;
        if matches!(options.engine, Engine::Sqlite { .. }) {
            must_be_there(&folder.join(DATABASE), "the practice's records")?;
        }
        Self::start(options, Birth::Old, key, lock)
    }

    fn start(options: Options, birth: Birth, data_key: Key, lock: Arc<File>) -> Result<Self> {
        let around = Surroundings {
            clock: Arc::clone(&options.clock),
            entropy: Arc::clone(&options.entropy),
            observer: options.observer.clone(),
        };
        let folder = options.folder();
        let keys_key = keys::derive(&data_key, KEYS)?;
        let keys_file = db::open_keys(&folder.join(KEYS), &keys_key, birth, options.vfs.clone())?;
        let bodies = BodyKeys::new(keys_file, &around);
        if birth == Birth::New {
            bodies.found(&["log-signing", "columns"])?;
        }
        let signer = LogKey::from_seed(&bodies.named("log-signing")?)?;
        let bodies_seal = bodies.named("columns")?;
        let practice = options.practice.as_str().to_owned();
        let log = Arc::new(Log::new(practice, signer, bodies, Arc::clone(&options.entropy)));
        let opened = match &options.engine {
            Engine::Sqlite { cache_kib } => {
                let config = db::SqliteConfig {
                    path: folder.join(DATABASE),
                    key: keys::derive(&data_key, DATABASE)?,
                    cache_kib: *cache_kib,
                    vfs: options.vfs.clone(),
                };
                Opened::Sqlite(Sqlite::open(config, birth, around, Arc::clone(&log))?)
            }
            Engine::Postgres(target) => {
                let engine = Postgres::open(target.clone(), birth, around.clone(), Arc::clone(&log))?;
                let sequencer = Sequencer::start(engine.target().clone(), around)?;
                Opened::Postgres(engine, sequencer)
            }
        };
        Ok(Self { opened, log, data_key, options, bodies_seal, _lock: lock })
    }

    /// Runs `f` on one snapshot. What it returns about patients should be [`crate::Phi`].
    pub fn read<T>(&self, name: &'static str, f: impl Fn(&mut Tx) -> Result<T>) -> Result<T> {
        let result = match &self.opened {
            Opened::Sqlite(engine) => engine.read(f),
            Opened::Postgres(engine, _) => engine.read(f),
        };
        if let Err(error) = &result {
            tracing::debug!(name, error = %error, "read failed");
        }
        result
    }

    /// Runs `f` in a transaction and returns once it is durable, events and all. `f` may run more than once.
    pub fn write<T: Send + 'static>(
        &self,
        name: &'static str,
        f: impl Fn(&mut Tx) -> Result<T> + Send + 'static,
    ) -> Result<Committed<T>> {
        let slot = Arc::new(Mutex::new(None));
        let filled = Arc::clone(&slot);
        let work = Work {
            name,
            run: Box::new(move |tx| {
                let value = f(tx)?;
                *filled.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
                Ok(())
            }),
        };
        let events = match &self.opened {
            Opened::Sqlite(engine) => engine.write(work)?,
            Opened::Postgres(engine, sequencer) => {
                let events = engine.write(work)?;
                if !events.is_empty() {
                    sequencer.wake();
                }
                events
            }
        };
        let value = slot.lock().unwrap_or_else(PoisonError::into_inner).take().ok_or(Error::Panicked(name))?;
        Ok(Committed { value, receipts: events.iter().map(Receipt::new).collect() })
    }

    /// Puts one event into the log and returns when it is durable: what a disclosure waits for.
    pub fn record(&self, event: Event) -> Result<Receipt> {
        #[cfg(feature = "instant-log")]
        if let Some(receipt) = crate::instant::receipt(self, &event) {
            return Ok(receipt);
        }
        let committed = self.write("record", move |tx| {
            tx.audit(event.clone());
            Ok(())
        })?;
        committed.receipts.into_iter().next().ok_or(Error::Stopping)
    }

    /// Whether it can answer and record now: the log's head is read, and a write that changes nothing goes the way of all others.
    pub fn ready(&self) -> Result<()> {
        self.read("ready", |tx| audit::latest_size(tx).map(drop))?;
        let nothing = sql!("UPDATE audit_head SET size = size WHERE id = 0");
        self.write("ready", |tx| tx.execute(nothing, &[])).map(drop)
    }

    /// Signs and stores a checkpoint of the log as it is now.
    pub fn checkpoint(&self) -> Result<Option<String>> {
        let log = Arc::clone(&self.log);
        Ok(self.write("checkpoint", move |tx| audit::sign_checkpoint(&log, tx))?.value)
    }

    /// The name that the log has now and the public key that verifies it, in the form that Go calls a `vkey`.
    pub fn log_key(&self) -> Result<VerifierKey> {
        self.log.key(self.read("name of the log", audit::name::generation)?)
    }

    /// The log: its name, its key, its bodies.
    pub fn log(&self) -> &Arc<Log> {
        &self.log
    }

    /// The key that seals single columns (second factors, credentials).
    pub(crate) fn column_key(&self) -> &Key {
        &self.bodies_seal
    }

    /// Seals one column's content, bound to its table, row and column.
    pub fn seal_column(&self, place: &str, plain: &[u8]) -> Result<Vec<u8>> {
        keys::seal(self.column_key(), place.as_bytes(), plain)
    }

    /// Opens what [`Store::seal_column`] sealed at the same place.
    pub fn open_column(&self, place: &str, sealed: &[u8]) -> Result<Vec<u8>> {
        keys::open(self.column_key(), place.as_bytes(), sealed)
    }

    /// A key for one purpose, derived from the practice's data key.
    pub fn derive(&self, purpose: &str) -> Result<Key> {
        keys::derive(&self.data_key, purpose)
    }

    /// How it was opened.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// The practice's folder.
    pub fn folder(&self) -> PathBuf {
        self.options.folder()
    }
}

impl Options {
    /// `DATA/PRACTICE`.
    pub fn folder(&self) -> PathBuf {
        self.data.join(self.practice.as_str())
    }
}

/// Making it anew would look like a good start, and what it held would be missed much later.
fn must_be_there(path: &Path, holds: &str) -> Result<()> {
    if fs::metadata(path).is_ok_and(|file| file.len() > 0) {
        return Ok(());
    }
    Err(Error::Refused(format!(
        "`{}` is missing or empty, and with it {holds}: bring it back from the backup that the rest of the folder came from, \
         then start again; nothing was changed",
        path.display()
    )))
}

/// Locks the data directory for this process as long as the file is kept; the same process may open several practices in it.
pub fn lock(data: &Path) -> Result<Arc<File>> {
    static HELD: Mutex<Vec<(PathBuf, std::sync::Weak<File>)>> = Mutex::new(Vec::new());
    let path = data.join("wellkept.lock");
    let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
    held.retain(|(_, file)| file.strong_count() > 0);
    if let Some(file) = held.iter().find(|(p, _)| *p == path).and_then(|(_, file)| file.upgrade()) {
        return Ok(file);
    }
    let file = File::options().create(true).append(true).open(&path).map_err(|e| Error::file(&path, &e))?;
    file.try_lock().map_err(|_| {
        Error::Refused(format!(
            "`{}` is in use by another Wellkept process: stop it, or ask the running server",
            data.display()
        ))
    })?;
    let file = Arc::new(file);
    held.push((path, Arc::downgrade(&file)));
    Ok(file)
}
