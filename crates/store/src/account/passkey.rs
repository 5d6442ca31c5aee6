//! Passkeys: public keys, and which questions were answered.

use domain::Instant;
use domain::account::passkey::Passkey;
use domain::id::{AccountId, PasskeyId};

use crate::db::{Row, Tx};
use crate::error::{Error, Result};
use crate::{params, sql};

/// A passkey as stored.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its id.
    pub id: PasskeyId,
    /// Whose.
    pub account: AccountId,
    /// The authenticator's own name for it, base64url.
    pub credential: String,
    /// What the person calls it.
    pub name: String,
    /// Its key and counter.
    pub passkey: Passkey,
    /// When it was added.
    pub added_at: Instant,
    /// When it was used last.
    pub used_at: Option<Instant>,
}

fn body(passkey: &Passkey) -> Result<String> {
    serde_json::to_string(passkey).map_err(|e| Error::Refused(format!("a passkey cannot be stored: {e}")))
}

/// Adds a passkey; false when somebody has this very one already.
pub fn insert(tx: &mut Tx, new: &Stored) -> Result<bool> {
    let added = tx.execute(
        sql!(
            "INSERT INTO passkey (id, account_id, credential, name, body, added_at) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (credential) DO NOTHING"
        ),
        params![new.id, new.account, new.credential, new.name, body(&new.passkey)?, new.added_at],
    )?;
    Ok(added == 1)
}

/// A person's passkeys, the oldest first.
pub fn of(tx: &mut Tx, account: &AccountId) -> Result<Vec<Stored>> {
    let rows = tx.query(
        sql!(
            "SELECT id, account_id, credential, name, body, added_at, used_at FROM passkey
             WHERE account_id = $1 ORDER BY added_at, id"
        ),
        params![account],
    )?;
    rows.iter().map(read).collect()
}

/// The passkey that an authenticator calls by this name.
pub fn find(tx: &mut Tx, credential: &str) -> Result<Option<Stored>> {
    let row = tx.query_opt(
        sql!("SELECT id, account_id, credential, name, body, added_at, used_at FROM passkey WHERE credential = $1"),
        params![credential],
    )?;
    row.as_ref().map(read).transpose()
}

/// How many passkeys each account has that has any.
pub fn counts(tx: &mut Tx) -> Result<Vec<(AccountId, u64)>> {
    let rows = tx.query(
        sql!("SELECT account_id, CAST(count(*) AS BIGINT) AS n FROM passkey GROUP BY account_id ORDER BY account_id"),
        &[],
    )?;
    rows.iter().map(|row| Ok((row.get("account_id")?, row.get("n")?))).collect()
}

fn read(row: &Row) -> Result<Stored> {
    Ok(Stored {
        id: row.get("id")?,
        account: row.get("account_id")?,
        credential: row.get("credential")?,
        name: row.get("name")?,
        passkey: row.parse("body", |text| serde_json::from_str(text))?,
        added_at: row.get("added_at")?,
        used_at: row.get("used_at")?,
    })
}

/// Notes that a passkey was used, with the counter that it showed.
pub fn used(tx: &mut Tx, id: &PasskeyId, passkey: &Passkey) -> Result<()> {
    let now = tx.now();
    tx.execute(sql!("UPDATE passkey SET body = $2, used_at = $3 WHERE id = $1"), params![id, body(passkey)?, now])?;
    Ok(())
}

/// Removes one passkey of a person; false when it is not theirs or not there.
pub fn remove(tx: &mut Tx, account: &AccountId, id: &PasskeyId) -> Result<bool> {
    Ok(tx.execute(sql!("DELETE FROM passkey WHERE id = $1 AND account_id = $2"), params![id, account])? == 1)
}

/// Removes every passkey of a person; returns how many.
pub fn remove_all(tx: &mut Tx, account: &AccountId) -> Result<u64> {
    tx.execute(sql!("DELETE FROM passkey WHERE account_id = $1"), params![account])
}

/// Notes that a question was answered, by the SHA-256 of its challenge; false when it was before. The statement decides, so of
/// two requests with one answer one wins.
pub fn answer(tx: &mut Tx, challenge: &str) -> Result<bool> {
    let now = tx.now();
    let noted = tx.execute(
        sql!(
            "INSERT INTO passkey_answered (challenge, answered_at) VALUES ($1, $2)
             ON CONFLICT (challenge) DO NOTHING"
        ),
        params![challenge, now],
    )?;
    Ok(noted == 1)
}

/// Drops answers from before `before`, whose questions have been over since.
pub fn sweep(tx: &mut Tx, before: Instant) -> Result<u64> {
    tx.execute(sql!("DELETE FROM passkey_answered WHERE answered_at < $1"), params![before])
}
