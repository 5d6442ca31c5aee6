//! Accounts: the versioned record, the secrets beside it, recovery codes.
//!
//! Secrets never travel in the record, so no old version keeps one. Passwords are PHC strings, second factors are sealed by
//! [`crate::Store::seal_column`] at [`totp_place`], codes are hashed.

pub mod leaving;
pub mod oidc;
pub mod passkey;
pub mod throttle;

use domain::Instant;
use domain::account::Account;
use domain::id::AccountId;

use crate::db::{Row, Tx};
use crate::error::{Error, Result};
use crate::record::{self, Stamp, Versioned};
use crate::{params, sql};

/// The kind of record, as its versions name it.
pub const KIND: &str = "account";

/// The second factor and password of an account, as stored.
#[derive(Clone)]
pub struct Secret {
    /// A PHC string.
    pub password: String,
    /// The person has to replace the password at the next sign-in.
    pub must_change: bool,
    /// When the password was set.
    pub set_at: Instant,
    /// The sealed seed; none before enrolment.
    pub totp: Option<Vec<u8>>,
    /// The last time step whose code was accepted.
    pub totp_step: i64,
}

/// An account with its secret.
#[derive(Clone)]
pub struct Known {
    /// Which.
    pub id: AccountId,
    /// The record.
    pub account: Account,
    /// The secret.
    pub secret: Secret,
}

/// Where a second factor is sealed: table, row, column.
pub fn totp_place(id: &AccountId) -> String {
    format!("account_secret|{id}|totp")
}

/// Writes a new account and its password. The login must be free.
pub fn insert(tx: &mut Tx, id: &AccountId, account: &Account, password: &str, stamp: &Stamp) -> Result<()> {
    if tx.query_opt(sql!("SELECT id FROM account WHERE login = $1"), params![account.login])?.is_some() {
        return Err(Error::Refused(format!("the login `{}` is taken: choose another", account.login)));
    }
    let encoded = record::keep(tx, KIND, id.as_str(), 1, account, stamp)?;
    tx.execute(
        sql!("INSERT INTO account (id, login, version, body, checksum) VALUES ($1, $2, 1, $3, $4)"),
        params![id, account.login, encoded.body, encoded.checksum],
    )?;
    let now = tx.now();
    tx.execute(
        sql!(
            "INSERT INTO account_secret (account_id, password, must_change, set_at, totp_step)
             VALUES ($1, $2, 1, $3, 0)"
        ),
        params![id, password, now],
    )?;
    Ok(())
}

/// Writes the next version after `seen`. The login stays what it was: events and people know it.
pub fn update(tx: &mut Tx, id: &AccountId, seen: i64, account: &Account, stamp: &Stamp) -> Result<()> {
    let encoded = record::keep(tx, KIND, id.as_str(), seen + 1, account, stamp)?;
    let changed = tx.execute(
        sql!(
            "UPDATE account SET version = version + 1, body = $3, checksum = $4
             WHERE id = $1 AND version = $2 AND login = $5"
        ),
        params![id, seen, encoded.body, encoded.checksum, account.login],
    )?;
    record::hit(changed, "account")
}

/// One account.
pub fn load(tx: &mut Tx, id: &AccountId) -> Result<Versioned<Account>> {
    let row = tx.query_opt(sql!("SELECT id, version, body, checksum FROM account WHERE id = $1"), params![id])?;
    record::decode(&row.ok_or(Error::NotFound("account"))?, KIND)
}

/// Every account, by login. A practice has tens of them.
pub fn all(tx: &mut Tx) -> Result<Vec<(AccountId, Versioned<Account>)>> {
    let rows = tx.query(sql!("SELECT id, version, body, checksum FROM account ORDER BY login"), &[])?;
    rows.iter().map(|row| Ok((row.get("id")?, record::decode(row, KIND)?))).collect()
}

/// How many accounts there are: none in a practice that nobody was let into yet.
pub fn count(tx: &mut Tx) -> Result<i64> {
    tx.query_one(sql!("SELECT CAST(count(*) AS BIGINT) AS n FROM account"), &[])?.get("n")
}

/// The account with this login and its secret, in one statement.
pub fn by_login(tx: &mut Tx, login: &str) -> Result<Option<Known>> {
    let row = tx.query_opt(
        sql!(
            "SELECT a.id, a.version, a.body, a.checksum, s.password, s.must_change, s.set_at, s.totp, s.totp_step
             FROM account a JOIN account_secret s ON s.account_id = a.id WHERE a.login = $1"
        ),
        params![login],
    )?;
    row.as_ref().map(known).transpose()
}

/// The account with this id and its secret, in one statement.
pub fn with_secret(tx: &mut Tx, id: &AccountId) -> Result<Known> {
    let row = tx.query_opt(
        sql!(
            "SELECT a.id, a.version, a.body, a.checksum, s.password, s.must_change, s.set_at, s.totp, s.totp_step
             FROM account a JOIN account_secret s ON s.account_id = a.id WHERE a.id = $1"
        ),
        params![id],
    )?;
    known(&row.ok_or(Error::NotFound("account"))?)
}

/// Decodes what [`by_login`] selects; the ticket's statement selects the same.
pub(crate) fn known(row: &Row) -> Result<Known> {
    Ok(Known {
        id: row.get("id")?,
        account: record::decode::<Account>(row, KIND)?.value,
        secret: Secret {
            password: row.get("password")?,
            must_change: row.get("must_change")?,
            set_at: row.get("set_at")?,
            totp: row.get("totp")?,
            totp_step: row.get("totp_step")?,
        },
    })
}

/// Sets the password; `must_change` when somebody else chose it.
pub fn set_password(tx: &mut Tx, id: &AccountId, password: &str, must_change: bool) -> Result<()> {
    let now = tx.now();
    let changed = tx.execute(
        sql!("UPDATE account_secret SET password = $2, must_change = $3, set_at = $4 WHERE account_id = $1"),
        params![id, password, must_change, now],
    )?;
    record::hit(changed, "account")
}

/// Sets the sealed second factor and replaces the recovery codes. `step` is the time step of the code that proved it.
pub fn enrol(tx: &mut Tx, id: &AccountId, totp: &[u8], step: i64, recovery: &[String]) -> Result<()> {
    let now = tx.now();
    let changed = tx.execute(
        sql!("UPDATE account_secret SET totp = $2, totp_step = $3, enrolled_at = $4 WHERE account_id = $1"),
        params![id, totp, step, now],
    )?;
    record::hit(changed, "account")?;
    set_recovery(tx, id, recovery)
}

/// Takes the second factor and the recovery codes away: the next sign-in enrols anew.
pub fn unenrol(tx: &mut Tx, id: &AccountId) -> Result<()> {
    tx.execute(
        sql!("UPDATE account_secret SET totp = NULL, totp_step = 0, enrolled_at = NULL WHERE account_id = $1"),
        params![id],
    )?;
    set_recovery(tx, id, &[])
}

/// Uses up a time step: false when it, or a later one, was used before. The statement itself decides, so of two requests
/// with one code only one wins.
pub fn use_step(tx: &mut Tx, id: &AccountId, step: i64) -> Result<bool> {
    let changed = tx.execute(
        sql!("UPDATE account_secret SET totp_step = $2 WHERE account_id = $1 AND totp_step < $2"),
        params![id, step],
    )?;
    Ok(changed == 1)
}

/// Replaces the recovery codes, given by their hashes.
pub fn set_recovery(tx: &mut Tx, id: &AccountId, hashes: &[String]) -> Result<()> {
    tx.execute(sql!("DELETE FROM account_recovery WHERE account_id = $1"), params![id])?;
    for hash in hashes {
        tx.execute(sql!("INSERT INTO account_recovery (account_id, code) VALUES ($1, $2)"), params![id, hash])?;
    }
    Ok(())
}

/// Uses up a recovery code: false when there is none with this hash, or it was used.
pub fn use_recovery(tx: &mut Tx, id: &AccountId, hash: &str) -> Result<bool> {
    let now = tx.now();
    let changed = tx.execute(
        sql!("UPDATE account_recovery SET used_at = $3 WHERE account_id = $1 AND code = $2 AND used_at IS NULL"),
        params![id, hash, now],
    )?;
    Ok(changed == 1)
}
