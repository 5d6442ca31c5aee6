//! Sealed bodies: each under a key per patient and year, kept in `keys.db`, so that one patient's year can be destroyed by
//! deleting one key while every proof stays good.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::audit::Event;
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

/// Which key seals this event: its patient's of that year, or the practice's when it concerns none or several.
pub(crate) fn key_id(event: &Event, at: Instant) -> String {
    let year = at.timestamp().to_zoned(jiff::tz::TimeZone::UTC).year();
    match event.subjects.as_slice() {
        [one] => format!("{one}/{year}"),
        _ => format!("practice/{year}"),
    }
}

impl BodyKeys {
    /// Takes the opened key file and makes its tables when missing.
    pub(crate) fn new(file: Connection, around: &Surroundings) -> Result<Self> {
        let made = file.execute_batch(
            "CREATE TABLE IF NOT EXISTS body_key (id TEXT PRIMARY KEY, key BLOB NOT NULL);
             CREATE TABLE IF NOT EXISTS named_key (name TEXT PRIMARY KEY, key BLOB NOT NULL);",
        );
        made.map_err(|e| crate::db::sqlite_error("keys.db", &e))?;
        Ok(Self { file: Mutex::new(file), cache: Mutex::default(), entropy: Arc::clone(&around.entropy) })
    }

    /// A key of the practice by name, made on first use (the log's signing seed, the seal of second factors).
    pub(crate) fn named(&self, name: &str) -> Result<Key> {
        self.fetch(
            name,
            "SELECT key FROM named_key WHERE name = $1",
            "INSERT OR IGNORE INTO named_key (name, key) VALUES ($1, $2)",
        )
    }

    pub(crate) fn seal(&self, key_id: &str, event: &EventId, salt: &[u8; 32], canonical: &[u8]) -> Result<Vec<u8>> {
        let key = self.body_key(key_id)?;
        keys::seal(&key, context(key_id, event).as_bytes(), &[salt, canonical].concat())
    }

    pub(crate) fn open(&self, key_id: &str, event: &EventId, sealed: &[u8]) -> Result<([u8; 32], Vec<u8>)> {
        let key = self.body_key(key_id)?;
        let plain = keys::open(&key, context(key_id, event).as_bytes(), sealed)?;
        let (salt, canonical) =
            plain.split_first_chunk::<32>().ok_or_else(|| Error::Log("a body is too short".into()))?;
        Ok((*salt, canonical.to_vec()))
    }

    fn body_key(&self, id: &str) -> Result<Key> {
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = cache.get(id) {
            return Ok(key.clone());
        }
        let key = self.fetch(
            id,
            "SELECT key FROM body_key WHERE id = $1",
            "INSERT OR IGNORE INTO body_key (id, key) VALUES ($1, $2)",
        )?;
        if cache.len() >= CACHED {
            cache.clear();
        }
        cache.insert(id.to_owned(), key.clone());
        Ok(key)
    }

    /// The key is durable here before anything is sealed with it: this commit is its own, and comes first.
    fn fetch(&self, id: &str, select: &str, insert: &str) -> Result<Key> {
        let file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let wrong = |e: rusqlite::Error| crate::db::sqlite_error("keys.db", &e);
        let found =
            |file: &Connection| file.prepare_cached(select)?.query_row([id], |row| row.get::<_, Vec<u8>>(0)).optional();
        let bytes = match found(&file).map_err(wrong)? {
            Some(bytes) => bytes,
            None => {
                let mut key = Key::new([0; 32]);
                self.entropy.fill(&mut *key);
                file.execute(insert, params![id, key.as_slice()]).map_err(wrong)?;
                key.to_vec()
            }
        };
        let key: [u8; 32] =
            bytes.try_into().map_err(|_| Error::Key("a key in keys.db has a wrong length".to_owned()))?;
        Ok(Key::new(key))
    }
}

fn context(key_id: &str, event: &EventId) -> String {
    format!("audit_event|{event}|sealed|{key_id}")
}
