//! Accounts at the identity provider, and the browsers that were sent there.

use domain::Instant;
use domain::id::{AccountId, SessionId};

use crate::db::{Row, Tx};
use crate::error::Result;
use crate::{params, sql};

/// Whose an account at the provider is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The provider's name for the person (`sub`).
    pub subject: String,
    /// The person's account here.
    pub account: AccountId,
    /// When the person linked it.
    pub linked_at: Instant,
    /// When it was used last.
    pub used_at: Option<Instant>,
}

/// A browser that was sent to the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The session in which somebody links their account; none for signing in.
    pub session: Option<SessionId>,
    /// When.
    pub at: Instant,
}

/// Links an account at the provider; false when it, or the person, is linked already.
pub fn link(tx: &mut Tx, issuer: &str, subject: &str, account: &AccountId) -> Result<bool> {
    let now = tx.now();
    let linked = tx.execute(
        sql!(
            "INSERT INTO oidc_link (issuer, subject, account_id, linked_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT DO NOTHING"
        ),
        params![issuer, subject, account, now],
    )?;
    Ok(linked == 1)
}

/// The link of this subject.
pub fn find(tx: &mut Tx, issuer: &str, subject: &str) -> Result<Option<Link>> {
    let row = tx.query_opt(
        sql!(
            "SELECT subject, account_id, linked_at, used_at FROM oidc_link
             WHERE issuer = $1 AND subject = $2"
        ),
        params![issuer, subject],
    )?;
    row.as_ref().map(read).transpose()
}

/// Every link at this issuer, by account.
pub fn all(tx: &mut Tx, issuer: &str) -> Result<Vec<Link>> {
    let rows = tx.query(
        sql!(
            "SELECT subject, account_id, linked_at, used_at FROM oidc_link
             WHERE issuer = $1 ORDER BY account_id"
        ),
        params![issuer],
    )?;
    rows.iter().map(read).collect()
}

/// The link of a person at this issuer.
pub fn of(tx: &mut Tx, issuer: &str, account: &AccountId) -> Result<Option<Link>> {
    let row = tx.query_opt(
        sql!(
            "SELECT subject, account_id, linked_at, used_at FROM oidc_link
             WHERE issuer = $1 AND account_id = $2"
        ),
        params![issuer, account],
    )?;
    row.as_ref().map(read).transpose()
}

fn read(row: &Row) -> Result<Link> {
    Ok(Link {
        subject: row.get("subject")?,
        account: row.get("account_id")?,
        linked_at: row.get("linked_at")?,
        used_at: row.get("used_at")?,
    })
}

/// Notes that a link was used.
pub fn used(tx: &mut Tx, issuer: &str, subject: &str) -> Result<()> {
    let now = tx.now();
    tx.execute(
        sql!("UPDATE oidc_link SET used_at = $3 WHERE issuer = $1 AND subject = $2"),
        params![issuer, subject, now],
    )?;
    Ok(())
}

/// Removes every link of a person; returns how many.
pub fn unlink(tx: &mut Tx, account: &AccountId) -> Result<u64> {
    tx.execute(sql!("DELETE FROM oidc_link WHERE account_id = $1"), params![account])
}

/// Notes that a browser is sent to the provider now.
pub fn ask(tx: &mut Tx, token: &str, session: Option<&SessionId>) -> Result<()> {
    let now = tx.now();
    let session = session.cloned();
    tx.execute(
        sql!("INSERT INTO oidc_asked (token, session_id, asked_at) VALUES ($1, $2, $3)"),
        params![token, session, now],
    )?;
    Ok(())
}

/// Takes a browser's way back: of two that come with one cookie, one gets it.
pub fn come_back(tx: &mut Tx, token: &str) -> Result<Option<Asked>> {
    let row = tx.query_opt(sql!("SELECT session_id, asked_at FROM oidc_asked WHERE token = $1"), params![token])?;
    let Some(row) = row else { return Ok(None) };
    let taken = tx.execute(sql!("DELETE FROM oidc_asked WHERE token = $1"), params![token])?;
    let asked = Asked { session: row.get("session_id")?, at: row.get("asked_at")? };
    Ok((taken == 1).then_some(asked))
}

/// Forgets the browsers that were sent away before `before`.
pub fn sweep(tx: &mut Tx, before: Instant) -> Result<u64> {
    tx.execute(sql!("DELETE FROM oidc_asked WHERE asked_at < $1"), params![before])
}
