//! Versioned records: every change writes the next version with who, when, why and a checksum; old versions stay readable
//! (45 CFR 164.312(c)(1)).

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::db::{Row, Sql, Tx};
use crate::error::{Error, Result};
use crate::{params, sql};

/// Who changes a record, and why.
#[derive(Clone, Debug)]
pub struct Stamp {
    /// The actor, as the log names it.
    pub actor: String,
    /// The reason, in a few words.
    pub reason: String,
}

/// A record ready to be stored: its text and the checksum over kind, id, version and text.
pub struct Encoded {
    /// JSON.
    pub body: String,
    /// SHA-256, hexadecimal.
    pub checksum: String,
}

/// A stored record with its version, which the next change must name.
#[derive(Clone, Debug)]
pub struct Versioned<T> {
    /// The record.
    pub value: T,
    /// Its version, from 1.
    pub version: i64,
}

/// Encodes `value` and keeps this version for ever. Call it in the transaction that writes the noun's own row.
pub fn keep<T: Serialize>(
    tx: &mut Tx,
    kind: &str,
    id: &str,
    version: i64,
    value: &T,
    stamp: &Stamp,
) -> Result<Encoded> {
    let body = serde_json::to_string(value).map_err(|e| Error::Refused(format!("a {kind} cannot be stored: {e}")))?;
    let checksum = checksum(kind, id, version, &body);
    let now = tx.now();
    // The version is there already when somebody else wrote it since this one was read.
    let kept = tx.execute(
        sql!(
            "INSERT INTO record_version (kind, id, version, at, actor, reason, body, checksum)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (kind, id, version) DO NOTHING"
        ),
        params![kind, id, version, now, stamp.actor, stamp.reason, body, checksum],
    )?;
    hit(kept, "record")?;
    Ok(Encoded { body, checksum })
}

/// Decodes a row with the columns `id`, `version`, `body` and `checksum`, and checks the checksum.
pub fn decode<T: DeserializeOwned>(row: &Row, kind: &str) -> Result<Versioned<T>> {
    decode_as(row, kind, ["id", "version", "body", "checksum"])
}

/// The same for a row of two tables, whose columns `[id, version, body, checksum]` have other names.
pub fn decode_as<T: DeserializeOwned>(row: &Row, kind: &str, columns: [&str; 4]) -> Result<Versioned<T>> {
    let [id, version, body, stored] = columns;
    let (id, version): (String, i64) = (row.get(id)?, row.get(version)?);
    let (text, sum): (String, String) = (row.get(body)?, row.get(stored)?);
    if checksum(kind, &id, version, &text) != sum {
        return Err(row.corrupt(stored));
    }
    let value = serde_json::from_str(&text).map_err(|_| row.corrupt(body))?;
    Ok(Versioned { value, version })
}

/// Every version of a record, oldest first, each with who, when and why.
pub fn history(tx: &mut Tx, kind: &str, id: &str) -> Result<Vec<Row>> {
    tx.query(
        sql!(
            "SELECT id, version, at, actor, reason, body, checksum FROM record_version
             WHERE kind = $1 AND id = $2 ORDER BY version"
        ),
        params![kind, id],
    )
}

/// How many rows wait, and how many of them are late by now, for a statement that takes the instant and says `waiting` and `late`.
pub(crate) fn waiting_and_late(tx: &mut Tx, statement: &'static Sql) -> Result<(u32, u32)> {
    let now = tx.now();
    let row = tx.query_one(statement, params![now])?;
    Ok((row.get("waiting")?, row.get("late")?))
}

/// `Stale` unless the update that `changed` counts hit the version it named.
pub fn hit(changed: u64, kind: &'static str) -> Result<()> {
    if changed == 1 { Ok(()) } else { Err(Error::Stale(kind)) }
}

fn checksum(kind: &str, id: &str, version: i64, body: &str) -> String {
    let mut hash = Sha256::new();
    for part in [kind, id, &version.to_string(), body] {
        hash.update(part.as_bytes());
        hash.update(b"\n");
    }
    hex::encode(hash.finalize())
}
