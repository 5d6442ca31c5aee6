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
}

macro_rules! listed {
    ($($type:ty, $kind:literal, $this:ident => $id:expr, $name:expr;)*) => {$(
        impl Listed for $type {
            const KIND: &'static str = $kind;
            fn id(&self) -> String { let $this = self; $id }
            fn name(&self) -> String { let $this = self; $name }
        }
    )*};
}

listed! {
    domain::place::Practice, "practice", _p => "practice".to_owned(), "practice".to_owned();
    domain::place::Location, "location", l => l.id.to_string(), l.name.clone();
    domain::place::Provider, "provider", p => p.id.to_string(), p.name.sorted();
    domain::coverage::Payer, "payer", p => p.id.to_string(), p.name.clone();
    domain::client::Client, "client", c => c.id.to_string(), c.name.clone();
    domain::partner::Partner, "partner", p => p.id.to_string(), p.name.clone();
}

/// Adds a record.
pub fn add<T: Listed>(tx: &mut Tx, record: &T, stamp: &Stamp) -> Result<()> {
    let encoded = keep(tx, T::KIND, &record.id(), 1, record, stamp)?;
    tx.execute(
        sql!("INSERT INTO directory (kind, id, name, version, body, checksum) VALUES ($1, $2, $3, 1, $4, $5)"),
        params![T::KIND, record.id(), record.name(), encoded.body, encoded.checksum],
    )?;
    Ok(())
}

/// Replaces version `version` of a record.
pub fn change<T: Listed>(tx: &mut Tx, record: &T, version: i64, stamp: &Stamp) -> Result<()> {
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
