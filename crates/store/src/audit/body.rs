//! Sealed bodies: each under a key per patient and year, kept in `keys.db`, so that one patient's year can be destroyed by
//! deleting one key while every proof stays good.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::audit::{Act, Event};
use domain::id::EventId;
use domain::{Entropy, Instant};
use rusqlite::{Connection, OptionalExtension, params};

use crate::db::Surroundings;
use crate::error::{Error, Result};
use crate::keys::{self, Key};

/// How many keys are kept opened; beyond it the cache starts anew.
const CACHED: usize = 50_000;

/// The keys of sealed bodies.
pub(crate) struct BodyKeys {
    file: Mutex<Connection>,
    cache: Mutex<HashMap<String, Key>>,
    entropy: Arc<dyn Entropy>,
}

/// Which key seals this event: its patient's of that year, or the practice's when it concerns none or several. What says that a
/// patient's key was destroyed may not lie under that key.
pub(crate) fn key_id(event: &Event, at: Instant) -> String {
    let year = at.timestamp().to_zoned(jiff::tz::TimeZone::UTC).year();
    match event.subjects.as_slice() {
        [one] if event.act != Act::Shredded => format!("{one}/{year}"),
        _ => format!("practice/{year}"),
    }
}

impl BodyKeys {
    /// Takes the opened key file.
    pub(crate) fn new(file: Connection, around: &Surroundings) -> Self {
        Self { file: Mutex::new(file), cache: Mutex::default(), entropy: Arc::clone(&around.entropy) }
    }

    /// Makes the tables and the named keys of a new practice.
    pub(crate) fn found(&self, names: &[&str]) -> Result<()> {
        let made = self.lock_file().execute_batch(
            "CREATE TABLE body_key (id TEXT PRIMARY KEY, key BLOB NOT NULL);
             CREATE TABLE named_key (name TEXT PRIMARY KEY, key BLOB NOT NULL);",
        );
        made.map_err(|e| wrong(&e))?;
        names.iter().try_for_each(|name| self.make(name, "INSERT INTO named_key (name, key) VALUES ($1, $2)").map(drop))
    }

    /// A key of the practice by name (the log's signing seed, the seal of second factors).
    pub(crate) fn named(&self, name: &str) -> Result<Key> {
        let key = self.find(name, "SELECT key FROM named_key WHERE name = $1")?;
        key.ok_or_else(|| {
            Error::Key(format!("`keys.db` has lost the key `{name}`: bring the file back from its backup"))
        })
    }

    /// Seals a body, with a new key for the first of a patient and year. The key is durable before anything is sealed with it: its
    /// commit is its own, and comes first.
    pub(crate) fn seal(&self, key_id: &str, event: &EventId, salt: &[u8; 32], canonical: &[u8]) -> Result<Vec<u8>> {
        let make = || self.make(key_id, "INSERT INTO body_key (id, key) VALUES ($1, $2)").map(Some);
        let key = self.body_key(key_id, make)?.ok_or_else(gone)?;
        keys::seal(&key, context(key_id, event).as_bytes(), &[salt, canonical].concat())
    }

    /// Opens a body; a key that is gone is never made anew.
    pub(crate) fn open(&self, key_id: &str, event: &EventId, sealed: &[u8]) -> Result<([u8; 32], Vec<u8>)> {
        let key = self.body_key(key_id, || Ok(None))?.ok_or_else(gone)?;
        let plain = keys::open(&key, context(key_id, event).as_bytes(), sealed)?;
        let (salt, canonical) =
            plain.split_first_chunk::<32>().ok_or_else(|| Error::Log("a body is too short".into()))?;
        Ok((*salt, canonical.to_vec()))
    }

    /// The key, or else what `missing` makes of it. One thread at a time, so that a key is made once.
    fn body_key(&self, id: &str, missing: impl FnOnce() -> Result<Option<Key>>) -> Result<Option<Key>> {
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = cache.get(id) {
            return Ok(Some(key.clone()));
        }
        let found = self.find(id, "SELECT key FROM body_key WHERE id = $1")?;
        let Some(key) = found.map_or_else(missing, |key| Ok(Some(key)))? else { return Ok(None) };
        if cache.len() >= CACHED {
            cache.clear();
        }
        cache.insert(id.to_owned(), key.clone());
        Ok(Some(key))
    }

    fn find(&self, id: &str, select: &str) -> Result<Option<Key>> {
        let file = self.lock_file();
        let mut statement = file.prepare_cached(select).map_err(|e| wrong(&e))?;
        let bytes = statement.query_row([id], |row| row.get::<_, Vec<u8>>(0)).optional().map_err(|e| wrong(&e))?;
        let Some(bytes) = bytes else { return Ok(None) };
        let key: [u8; 32] =
            bytes.try_into().map_err(|_| Error::Key("a key in keys.db has a wrong length".to_owned()))?;
        Ok(Some(Key::new(key)))
    }

    fn make(&self, id: &str, insert: &str) -> Result<Key> {
        let mut key = Key::new([0; 32]);
        self.entropy.fill(&mut *key);
        self.lock_file().execute(insert, params![id, key.as_slice()]).map_err(|e| wrong(&e))?;
        Ok(key)
    }

    fn lock_file(&self) -> std::sync::MutexGuard<'_, Connection> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn gone() -> Error {
    Error::Key("the sealing key of an event is gone".to_owned())
}

fn wrong(error: &rusqlite::Error) -> Error {
    crate::db::sqlite_error("keys.db", error)
}

fn context(key_id: &str, event: &EventId) -> String {
    format!("audit_event|{event}|sealed|{key_id}")
}
