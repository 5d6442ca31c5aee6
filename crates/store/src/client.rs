//! What API clients spend, hold and use. The clients themselves are records of the [`crate::directory`].

use domain::Instant;
use domain::client::{ApiScope, Client, parse_scopes};
use domain::id::{ClientId, TokenId};

use crate::db::{Row, Tx};
use crate::directory;
use crate::error::{Error, Result};
use crate::record::Versioned;
use crate::{params, sql};

/// A token as stored.
#[derive(Clone, Debug)]
pub struct Token {
    /// Its id, which events name; no secret.
    pub id: TokenId,
    /// Whose.
    pub client: ClientId,
    /// The key that proved the client.
    pub kid: String,
    /// What it opens.
    pub scopes: std::collections::BTreeSet<ApiScope>,
    /// When it stops by itself.
    pub expires_at: Instant,
    /// When it was ended before.
    pub ended_at: Option<Instant>,
}

/// How much of a scope a client used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Use {
    /// The scope.
    pub scope: ApiScope,
    /// How often.
    pub uses: u64,
    /// When last.
    pub last_at: Instant,
}

/// The client with this id, or nothing.
pub fn find(tx: &mut Tx, id: &ClientId) -> Result<Option<Versioned<Client>>> {
    match directory::one::<Client>(tx, id.as_str()) {
        Err(Error::NotFound(_)) => Ok(None),
        found => found.map(Some),
    }
}

/// Spends an assertion; false when it was spent before.
pub fn spend(tx: &mut Tx, client: &ClientId, jti: &str, expires_at: Instant) -> Result<bool> {
    let spent = tx.execute(
        sql!(
            "INSERT INTO client_assertion (client_id, jti, expires_at) VALUES ($1, $2, $3)
             ON CONFLICT (client_id, jti) DO NOTHING"
        ),
        params![client, jti, expires_at],
    )?;
    Ok(spent == 1)
}

/// Gives a client a token; `hash` is the SHA-256 of its secret.
pub fn give(tx: &mut Tx, token: &Token, hash: &str) -> Result<()> {
    let now = tx.now();
    let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.as_str()).collect();
    tx.execute(
        sql!(
            "INSERT INTO client_token (id, token, client_id, kid, scopes, made_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)"
        ),
        params![token.id, hash, token.client, token.kid, scopes.join(" "), now, token.expires_at],
    )?;
    Ok(())
}

/// The token with this hash.
pub fn token(tx: &mut Tx, hash: &str) -> Result<Option<Token>> {
    let row = tx.query_opt(
        sql!("SELECT id, client_id, kid, scopes, expires_at, ended_at FROM client_token WHERE token = $1"),
        params![hash],
    )?;
    row.map(|row| {
        Ok(Token {
            id: row.get("id")?,
            client: row.get("client_id")?,
            kid: row.get("kid")?,
            scopes: row.parse("scopes", parse_scopes)?,
            expires_at: row.get("expires_at")?,
            ended_at: row.get("ended_at")?,
        })
    })
    .transpose()
}

/// The hashes of a client's tokens that would be taken now.
pub fn open_tokens(tx: &mut Tx, client: &ClientId) -> Result<Vec<String>> {
    let now = tx.now();
    let rows = tx.query(
        sql!(
            "SELECT token FROM client_token WHERE client_id = $1 AND ended_at IS NULL AND expires_at > $2 ORDER BY id"
        ),
        params![client, now],
    )?;
    rows.iter().map(|row| row.get("token")).collect()
}

/// Ends every token of a client; returns how many were open.
pub fn end_tokens(tx: &mut Tx, client: &ClientId) -> Result<u64> {
    let now = tx.now();
    tx.execute(
        sql!("UPDATE client_token SET ended_at = $2 WHERE client_id = $1 AND ended_at IS NULL AND expires_at > $2"),
        params![client, now],
    )
}

/// Notes that a client used a scope, in a transaction that commits anyway.
pub fn note_use(tx: &mut Tx, client: &ClientId, scope: ApiScope) -> Result<()> {
    let now = tx.now();
    tx.execute(
        sql!(
            "INSERT INTO client_use (client_id, scope, uses, last_at) VALUES ($1, $2, 1, $3)
             ON CONFLICT (client_id, scope) DO UPDATE SET uses = client_use.uses + 1, last_at = excluded.last_at"
        ),
        params![client, scope.as_str(), now],
    )?;
    Ok(())
}

/// What each client used, by client and scope.
pub fn uses(tx: &mut Tx) -> Result<Vec<(ClientId, Use)>> {
    let rows =
        tx.query(sql!("SELECT client_id, scope, uses, last_at FROM client_use ORDER BY client_id, scope"), &[])?;
    rows.iter().map(read_use).collect()
}

fn read_use(row: &Row) -> Result<(ClientId, Use)> {
    let scope = row.parse("scope", |text| ApiScope::parse(text).ok_or(()))?;
    Ok((row.get("client_id")?, Use { scope, uses: row.get("uses")?, last_at: row.get("last_at")? }))
}

/// Drops assertions and tokens whose life was over before `before`.
pub fn sweep(tx: &mut Tx, before: Instant) -> Result<u64> {
    let assertions = tx.execute(sql!("DELETE FROM client_assertion WHERE expires_at < $1"), params![before])?;
    let tokens = tx.execute(sql!("DELETE FROM client_token WHERE expires_at < $1"), params![before])?;
    Ok(assertions + tokens)
}
