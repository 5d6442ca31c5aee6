//! Sessions and the tickets before them, both found by the SHA-256 of a token that only the browser has.

use domain::Instant;
use domain::account::{Account, BY_OIDC, SessionTimes};
use domain::emergency::Open;
use domain::id::{AccountId, SessionId};

use crate::account::{self, Known};
use crate::db::{Row, Tx};
use crate::emergency;
use crate::error::Result;
use crate::record;
use crate::{params, sql};

/// A session to be stored.
#[derive(Clone, Debug)]
pub struct New {
    /// Its id, which events name; no secret.
    pub id: SessionId,
    /// SHA-256 of its token, hexadecimal.
    pub token: String,
    /// Whose.
    pub account: AccountId,
    /// What proved the person: `totp`, `recovery`, `passkey`, or [`BY_OIDC`], which is no factor given here.
    pub factor: String,
    /// The address it began from.
    pub source: String,
    /// SHA-256 of the browser's cookie, hexadecimal.
    pub device: String,
    /// What kind of browser it is, as people recognise it; empty when it does not say.
    pub agent: String,
    /// A probe's.
    pub canary: bool,
}

/// A session with the person it belongs to.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its id.
    pub id: SessionId,
    /// Whose.
    pub account_id: AccountId,
    /// The account's record now.
    pub account: Account,
    /// What proved the person.
    pub factor: String,
    /// The instants that decide its state.
    pub times: SessionTimes,
    /// The address it began from.
    pub source: String,
    /// What kind of browser it began in.
    pub agent: String,
    /// When the person last gave a second factor in it.
    pub fresh_at: Option<Instant>,
    /// When it was first tried after the person's access was ended.
    pub refused_at: Option<Instant>,
    /// The use of emergency access that it has open, by its row.
    pub emergency: Option<Open>,
}

/// A ticket with the person whose password was right, or whom the identity provider knows.
#[derive(Clone)]
pub struct Ticket {
    /// The person.
    pub known: Known,
    /// What it was given for: [`domain::account::BY_PASSWORD`] or [`BY_OIDC`].
    pub way: String,
    /// When it was given.
    pub made_at: Instant,
    /// Codes tried.
    pub tries: i64,
    /// The sealed second factor that is being enrolled.
    pub offer: Option<Vec<u8>>,
}

/// Where the second factor of a ticket is sealed.
pub fn ticket_place(token: &str) -> String {
    format!("sign_in_ticket|{token}|totp")
}

/// Begins a session now.
pub fn insert(tx: &mut Tx, new: &New) -> Result<()> {
    let now = tx.now();
    let fresh = (new.factor != BY_OIDC).then_some(now);
    tx.execute(
        sql!(
            "INSERT INTO session (id, token, account_id, factor, began_at, active_at, fresh_at, source, device, canary, agent)
             VALUES ($1, $2, $3, $4, $5, $5, $10, $6, $7, $8, $9)"
        ),
        params![new.id, new.token, new.account, new.factor, now, new.source, new.device, new.canary, new.agent, fresh],
    )?;
    Ok(())
}

/// The session with this token and its account, in one statement.
pub fn find(tx: &mut Tx, token: &str) -> Result<Option<Found>> {
    let row = tx.query_opt(
        sql!(
            "SELECT s.id AS session_id, s.factor, s.began_at, s.active_at, s.locked_at, s.ended_at, s.source,
                    s.agent, s.fresh_at, s.refused_at, a.id, a.version, a.body, a.checksum,
                    e.id AS emergency_id, e.patient_id, e.opened_at, e.ends_at
             FROM session s JOIN account a ON a.id = s.account_id
                  LEFT JOIN emergency e ON e.session_id = s.id AND e.ended = 0
             WHERE s.token = $1"
        ),
        params![token],
    )?;
    row.as_ref().map(found).transpose()
}

/// The sessions of an account that were not ended, the newest first.
pub fn open(tx: &mut Tx, account: &AccountId) -> Result<Vec<Found>> {
    let rows = tx.query(
        sql!(
            "SELECT s.id AS session_id, s.factor, s.began_at, s.active_at, s.locked_at, s.ended_at, s.source,
                    s.agent, s.fresh_at, s.refused_at, a.id, a.version, a.body, a.checksum,
                    e.id AS emergency_id, e.patient_id, e.opened_at, e.ends_at
             FROM session s JOIN account a ON a.id = s.account_id
                  LEFT JOIN emergency e ON e.session_id = s.id AND e.ended = 0
             WHERE s.account_id = $1 AND s.ended_at IS NULL ORDER BY s.began_at DESC, s.id"
        ),
        params![account],
    )?;
    rows.iter().map(found).collect()
}

/// When each account that ever signed in did so last.
pub fn last_begun(tx: &mut Tx) -> Result<Vec<(AccountId, Instant)>> {
    let rows = tx.query(
        sql!("SELECT account_id, max(began_at) AS began_at FROM session GROUP BY account_id ORDER BY account_id"),
        &[],
    )?;
    rows.iter().map(|row| Ok((row.get("account_id")?, row.get("began_at")?))).collect()
}

fn found(row: &Row) -> Result<Found> {
    Ok(Found {
        id: row.get("session_id")?,
        account_id: row.get("id")?,
        account: record::decode::<Account>(row, account::KIND)?.value,
        factor: row.get("factor")?,
        times: SessionTimes {
            began_at: row.get("began_at")?,
            active_at: row.get("active_at")?,
            locked_at: row.get("locked_at")?,
            ended_at: row.get("ended_at")?,
        },
        source: row.get("source")?,
        agent: row.get("agent")?,
        fresh_at: row.get("fresh_at")?,
        refused_at: row.get("refused_at")?,
        emergency: emergency::open_in(row)?,
    })
}

/// The hashes of the tokens of an account's sessions that were not ended.
pub fn tokens(tx: &mut Tx, account: &AccountId) -> Result<Vec<String>> {
    let rows = tx.query(
        sql!("SELECT token FROM session WHERE account_id = $1 AND ended_at IS NULL ORDER BY began_at, id"),
        params![account],
    )?;
    rows.iter().map(|row| row.get("token")).collect()
}

/// Notes that a session of somebody whose access was ended was tried; false when that was noted before.
pub fn refuse(tx: &mut Tx, id: &SessionId) -> Result<bool> {
    let now = tx.now();
    let changed =
        tx.execute(sql!("UPDATE session SET refused_at = $2 WHERE id = $1 AND refused_at IS NULL"), params![id, now])?;
    Ok(changed == 1)
}

/// Moves the last activity forward; never back, and never into a session that is locked or ended. It rides in a
/// transaction that commits anyway.
pub fn touch(tx: &mut Tx, id: &SessionId, at: Instant) -> Result<()> {
    tx.execute(
        sql!(
            "UPDATE session SET active_at = $2
             WHERE id = $1 AND active_at < $2 AND locked_at IS NULL AND ended_at IS NULL"
        ),
        params![id, at],
    )?;
    Ok(())
}

/// Locks a session; false when it was locked or ended already.
pub fn lock(tx: &mut Tx, id: &SessionId) -> Result<bool> {
    let now = tx.now();
    let changed = tx.execute(
        sql!("UPDATE session SET locked_at = $2 WHERE id = $1 AND locked_at IS NULL AND ended_at IS NULL"),
        params![id, now],
    )?;
    Ok(changed == 1)
}

/// Opens a locked session, which goes on under another token; false when it was ended meanwhile.
pub fn unlock(tx: &mut Tx, id: &SessionId, token: &str) -> Result<bool> {
    let now = tx.now();
    let changed = tx.execute(
        sql!("UPDATE session SET locked_at = NULL, active_at = $2, token = $3 WHERE id = $1 AND ended_at IS NULL"),
        params![id, now, token],
    )?;
    Ok(changed == 1)
}

/// Notes that the person gave a second factor anew; the session goes on under another token. False when it was ended meanwhile.
pub fn renew(tx: &mut Tx, id: &SessionId, token: &str) -> Result<bool> {
    let now = tx.now();
    let changed = tx.execute(
        sql!("UPDATE session SET token = $2, fresh_at = $3 WHERE id = $1 AND ended_at IS NULL"),
        params![id, token, now],
    )?;
    Ok(changed == 1)
}

/// Ends a session, and the emergency access in it; false when it was ended already.
pub fn end(tx: &mut Tx, id: &SessionId) -> Result<bool> {
    let now = tx.now();
    emergency::end_session(tx, id)?;
    let changed =
        tx.execute(sql!("UPDATE session SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL"), params![id, now])?;
    Ok(changed == 1)
}

/// Notes that a session goes on in a browser with another cookie.
pub fn set_device(tx: &mut Tx, id: &SessionId, device: &str) -> Result<()> {
    tx.execute(sql!("UPDATE session SET device = $2 WHERE id = $1"), params![id, device])?;
    Ok(())
}

/// Ends every session in the browser with this cookie, with the emergency access in them; returns which.
pub fn end_in_browser(tx: &mut Tx, device: &str) -> Result<Vec<SessionId>> {
    let rows = tx.query(
        sql!("SELECT id FROM session WHERE device = $1 AND ended_at IS NULL ORDER BY began_at, id"),
        params![device],
    )?;
    let ids: Vec<SessionId> = rows.iter().map(|row| row.get("id")).collect::<Result<_>>()?;
    for id in &ids {
        end(tx, id)?;
    }
    Ok(ids)
}

/// When somebody last did something in each browser that has the cookie of a device.
pub fn last_in_browsers(tx: &mut Tx) -> Result<Vec<(String, Instant)>> {
    let rows = tx.query(
        sql!(
            "SELECT device, max(active_at) AS active_at FROM session
             WHERE device IN (SELECT key FROM directory_key WHERE kind = 'device') GROUP BY device ORDER BY device"
        ),
        &[],
    )?;
    rows.iter().map(|row| Ok((row.get("device")?, row.get("active_at")?))).collect()
}

/// Ends every session of an account but `keep`, with the emergency access in them, and its tickets; returns how many sessions.
pub fn end_all(tx: &mut Tx, account: &AccountId, keep: Option<&SessionId>) -> Result<u64> {
    let now = tx.now();
    emergency::end_sessions(tx, account, keep)?;
    tx.execute(sql!("DELETE FROM sign_in_ticket WHERE account_id = $1"), params![account])?;
    let keep = keep.map_or("", SessionId::as_str);
    tx.execute(
        sql!("UPDATE session SET ended_at = $2 WHERE account_id = $1 AND ended_at IS NULL AND id <> $3"),
        params![account, now, keep],
    )
}

/// The sessions, not yet ended, that began before `before` or that seem to have begun after `after`: time is over for them.
pub fn overdue(tx: &mut Tx, before: Instant, after: Instant) -> Result<Vec<(SessionId, AccountId)>> {
    let rows = tx.query(
        sql!(
            "SELECT id, account_id FROM session
             WHERE ended_at IS NULL AND (began_at <= $1 OR began_at > $2) ORDER BY began_at LIMIT 200"
        ),
        params![before, after],
    )?;
    rows.iter().map(|row| Ok((row.get("id")?, row.get("account_id")?))).collect()
}

/// Stores a ticket made now; `way` says for what.
pub fn insert_ticket(tx: &mut Tx, token: &str, account: &AccountId, way: &str, offer: Option<&[u8]>) -> Result<()> {
    let now = tx.now();
    tx.execute(
        sql!(
            "INSERT INTO sign_in_ticket (token, account_id, made_at, tries, totp, way) VALUES ($1, $2, $3, 0, $4, $5)"
        ),
        params![token, account, now, offer, way],
    )?;
    Ok(())
}

/// The ticket with this token, its account and secret, in one statement.
pub fn ticket(tx: &mut Tx, token: &str) -> Result<Option<Ticket>> {
    let row = tx.query_opt(
        sql!(
            "SELECT t.made_at, t.tries, t.way, t.totp AS offer, a.id, a.version, a.body, a.checksum,
                    s.password, s.must_change, s.set_at, s.totp, s.totp_step
             FROM sign_in_ticket t JOIN account a ON a.id = t.account_id JOIN account_secret s ON s.account_id = a.id
             WHERE t.token = $1"
        ),
        params![token],
    )?;
    row.map(|row| {
        Ok(Ticket {
            known: account::known(&row)?,
            way: row.get("way")?,
            made_at: row.get("made_at")?,
            tries: row.get("tries")?,
            offer: row.get("offer")?,
        })
    })
    .transpose()
}

/// Counts a code tried with a ticket.
pub fn try_ticket(tx: &mut Tx, token: &str) -> Result<()> {
    tx.execute(sql!("UPDATE sign_in_ticket SET tries = tries + 1 WHERE token = $1"), params![token])?;
    Ok(())
}

/// Uses a ticket up; false when it is gone already.
pub fn drop_ticket(tx: &mut Tx, token: &str) -> Result<bool> {
    Ok(tx.execute(sql!("DELETE FROM sign_in_ticket WHERE token = $1"), params![token])? == 1)
}

/// Drops the tickets made before `before`.
pub fn sweep_tickets(tx: &mut Tx, before: Instant) -> Result<u64> {
    tx.execute(sql!("DELETE FROM sign_in_ticket WHERE made_at < $1"), params![before])
}
