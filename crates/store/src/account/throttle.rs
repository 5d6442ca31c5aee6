//! Buckets of failed sign-ins, and the browsers that a person has signed in with before.

use domain::Instant;
use domain::account::throttle::Bucket;
use domain::id::AccountId;

use crate::db::Tx;
use crate::error::Result;
use crate::{params, sql};

/// A bucket as stored.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stored {
    /// How full it is.
    pub bucket: Bucket,
    /// When the log last heard that it refuses.
    pub noted_at: Option<Instant>,
}

/// A bucket; an empty one when there is none of this name.
pub fn load(tx: &mut Tx, name: &str) -> Result<Stored> {
    let row =
        tx.query_opt(sql!("SELECT failures, until, noted_at FROM sign_in_throttle WHERE bucket = $1"), params![name])?;
    row.map_or(Ok(Stored::default()), |row| {
        let bucket = Bucket { failures: row.get("failures")?, until: row.get("until")? };
        Ok(Stored { bucket, noted_at: row.get("noted_at")? })
    })
}

/// Stores how full a bucket is.
pub fn save(tx: &mut Tx, name: &str, bucket: Bucket) -> Result<()> {
    let now = tx.now();
    tx.execute(
        sql!(
            "INSERT INTO sign_in_throttle (bucket, failures, until, touched_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (bucket) DO UPDATE SET failures = excluded.failures, until = excluded.until,
                 touched_at = excluded.touched_at"
        ),
        params![name, bucket.failures, bucket.until, now],
    )?;
    Ok(())
}

/// Notes that the log was told that this bucket refuses.
pub fn note(tx: &mut Tx, name: &str) -> Result<()> {
    let now = tx.now();
    tx.execute(sql!("UPDATE sign_in_throttle SET noted_at = $2 WHERE bucket = $1"), params![name, now])?;
    Ok(())
}

/// Empties a bucket.
pub fn clear(tx: &mut Tx, name: &str) -> Result<()> {
    tx.execute(sql!("DELETE FROM sign_in_throttle WHERE bucket = $1"), params![name])?;
    Ok(())
}

/// Drops buckets untouched since `before`. Those at `stop` failures or more stay: time alone does not open them.
pub fn sweep(tx: &mut Tx, before: Instant, stop: i64) -> Result<u64> {
    tx.execute(sql!("DELETE FROM sign_in_throttle WHERE touched_at < $1 AND failures < $2"), params![before, stop])
}

/// Whether this person signed in with this browser before.
pub fn knows_device(tx: &mut Tx, token: &str, account: &AccountId) -> Result<bool> {
    let row =
        tx.query_opt(sql!("SELECT seen_at FROM device WHERE token = $1 AND account_id = $2"), params![token, account])?;
    Ok(row.is_some())
}

/// Whether anybody signed in with this browser before: only then does it keep its cookie.
pub fn device_exists(tx: &mut Tx, token: &str) -> Result<bool> {
    Ok(tx.query_opt(sql!("SELECT token FROM device WHERE token = $1 LIMIT 1"), params![token])?.is_some())
}

/// Notes that this person signed in with this browser.
pub fn remember_device(tx: &mut Tx, token: &str, account: &AccountId) -> Result<()> {
    let now = tx.now();
    tx.execute(
        sql!(
            "INSERT INTO device (token, account_id, seen_at) VALUES ($1, $2, $3)
             ON CONFLICT (token, account_id) DO UPDATE SET seen_at = excluded.seen_at"
        ),
        params![token, account, now],
    )?;
    Ok(())
}

/// Makes one browser a stranger's.
pub fn forget_device(tx: &mut Tx, token: &str, account: &AccountId) -> Result<()> {
    tx.execute(sql!("DELETE FROM device WHERE token = $1 AND account_id = $2"), params![token, account])?;
    Ok(())
}

/// Makes every browser of this person a stranger's.
pub fn forget_devices(tx: &mut Tx, account: &AccountId) -> Result<()> {
    tx.execute(sql!("DELETE FROM device WHERE account_id = $1"), params![account])?;
    Ok(())
}
