//! What the practice knows about itself and its surroundings: the practice, locations, providers, payers, partners. These
//! records hold no ePHI, so they come out plain. And counters.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::db::Tx;
use crate::error::{Error, Result};
use crate::record::{Stamp, Versioned, decode, hit, keep};
use crate::{params, sql};

/// A record of the directory: its kind and what finds it.
pub trait Listed: Serialize + DeserializeOwned {
    /// The kind, as stored.
    const KIND: &'static str;
    /// The id, as stored.
    fn id(&self) -> String;
    /// What lists sort by.
    fn name(&self) -> String;
    /// What no other record of the kind may have at the same time.
    fn keys(&self) -> Vec<String> {
        Vec::new()
    }
}

macro_rules! listed {
    ($($type:ty, $kind:literal, $this:ident => $id:expr, $name:expr $(, $keys:expr)?;)*) => {$(
        impl Listed for $type {
            const KIND: &'static str = $kind;
            fn id(&self) -> String { let $this = self; $id }
            fn name(&self) -> String { let $this = self; $name }
            $(fn keys(&self) -> Vec<String> { let $this = self; $keys })?
        }
    )*};
}

listed! {
    domain::place::Practice, "practice", _p => "practice".to_owned(), "practice".to_owned();
    domain::place::Location, "location", l => l.id.to_string(), l.name.clone();
    domain::place::Provider, "provider", p => p.id.to_string(), p.name.sorted();
    domain::payer::Payer, "payer", p => p.id.to_string(), p.name.clone(), p.numbers();
    domain::client::Client, "client", c => c.id.to_string(), c.name.clone();
    domain::partner::Partner, "partner", p => p.id.to_string(), p.name.clone();
    domain::connector::Connector, "connector", c => c.partner.to_string(), c.partner.to_string();
    domain::device::Networks, "networks", _n => "networks".to_owned(), "networks".to_owned();
    domain::device::Device, "device", d => d.id.to_string(), d.name.clone(), d.browser.iter().cloned().collect();
}

/// Adds a record. Refused when another one has a key of it.
pub fn add<T: Listed>(tx: &mut Tx, record: &T, stamp: &Stamp) -> Result<()> {
    hold_keys(tx, record)?;
    let encoded = keep(tx, T::KIND, &record.id(), 1, record, stamp)?;
    tx.execute(
        sql!("INSERT INTO directory (kind, id, name, version, body, checksum) VALUES ($1, $2, $3, 1, $4, $5)"),
        params![T::KIND, record.id(), record.name(), encoded.body, encoded.checksum],
    )?;
    Ok(())
}

/// Replaces version `version` of a record. Refused when another one has a key of it.
pub fn change<T: Listed>(tx: &mut Tx, record: &T, version: i64, stamp: &Stamp) -> Result<()> {
    hold_keys(tx, record)?;
    let encoded = keep(tx, T::KIND, &record.id(), version + 1, record, stamp)?;
    let changed = tx.execute(
        sql!(
            "UPDATE directory SET name = $3, version = $4 + 1, body = $5, checksum = $6
             WHERE kind = $1 AND id = $2 AND version = $4"
        ),
        params![T::KIND, record.id(), record.name(), version, encoded.body, encoded.checksum],
    )?;
    hit(changed, T::KIND)
}

/// Gives a record the keys that it has now, and takes those away that it had before.
fn hold_keys<T: Listed>(tx: &mut Tx, record: &T) -> Result<()> {
    let keys = record.keys();
    if keys.is_empty() {
        return Ok(());
    }
    // Records from before there were keys get theirs here; the first of two that share one keeps it.
    let without = tx.query(
        sql!(
            "SELECT id, version, body, checksum FROM directory WHERE kind = $1 AND NOT EXISTS
                 (SELECT 1 FROM directory_key WHERE directory_key.kind = directory.kind AND directory_key.id = directory.id)
             ORDER BY id"
        ),
        params![T::KIND],
    )?;
    for row in &without {
        let old: T = decode(row, T::KIND)?.value;
        for key in old.keys() {
            hold(tx, &old, &key)?;
        }
    }
    tx.execute(sql!("DELETE FROM directory_key WHERE kind = $1 AND id = $2"), params![T::KIND, record.id()])?;
    for key in keys {
        if !hold(tx, record, &key)? {
            let owner = tx.query_one(
                sql!(
                    "SELECT name FROM directory JOIN directory_key
                         ON directory_key.kind = directory.kind AND directory_key.id = directory.id
                     WHERE directory_key.kind = $1 AND key = $2"
                ),
                params![T::KIND, key],
            )?;
            let owner: String = owner.get("name")?;
            return Err(Error::Refused(format!("`{key}` is a number of `{owner}` already: end it there first")));
        }
    }
    Ok(())
}

fn hold<T: Listed>(tx: &mut Tx, record: &T, key: &str) -> Result<bool> {
    let held = tx.execute(
        sql!("INSERT INTO directory_key (kind, key, id) VALUES ($1, $2, $3) ON CONFLICT (kind, key) DO NOTHING"),
        params![T::KIND, key, record.id()],
    )?;
    Ok(held == 1)
}

/// Every record of a kind, by name.
pub fn all<T: Listed>(tx: &mut Tx) -> Result<Vec<Versioned<T>>> {
    let rows = tx.query(
        sql!("SELECT id, version, body, checksum FROM directory WHERE kind = $1 ORDER BY name, id"),
        params![T::KIND],
    )?;
    rows.iter().map(|row| decode(row, T::KIND)).collect()
}

/// One record.
pub fn one<T: Listed>(tx: &mut Tx, id: &str) -> Result<Versioned<T>> {
    let row = tx.query_opt(
        sql!("SELECT id, version, body, checksum FROM directory WHERE kind = $1 AND id = $2"),
        params![T::KIND, id],
    )?;
    row.map_or(Err(Error::NotFound(T::KIND)), |row| decode(&row, T::KIND))
}

/// The record that has this key now.
pub fn by_key<T: Listed>(tx: &mut Tx, key: &str) -> Result<Option<Versioned<T>>> {
    let row = tx.query_opt(
        sql!(
            "SELECT directory.id, version, body, checksum FROM directory_key JOIN directory
                 ON directory.kind = directory_key.kind AND directory.id = directory_key.id
             WHERE directory_key.kind = $1 AND key = $2"
        ),
        params![T::KIND, key],
    )?;
    row.map(|row| decode(&row, T::KIND)).transpose()
}

/// The next number of a counter, from 1. It is given once: a transaction that is undone leaves a gap or gives it again, and
/// nothing was sent with it.
pub fn next_number(tx: &mut Tx, counter: &str) -> Result<i64> {
    let row = tx.query_one(
        sql!(
            "INSERT INTO counter (name, next) VALUES ($1, 2)
             ON CONFLICT (name) DO UPDATE SET next = counter.next + 1 RETURNING next"
        ),
        params![counter],
    )?;
    Ok(row.get::<i64>("next")? - 1)
}
