//! The ends of people's access, and what a leaver leaves open: counts only, so no ePHI.

use domain::Instant;
use domain::account::leaving::{AccessEnd, EndReason, Ending};
use domain::audit::Act;
use domain::id::{AccountId, ClientId, EventId, ProviderId};
use domain::place::Provider;
use domain::work::WorkItem;
use jiff::civil::Date;

use crate::audit::read::actor_of;
use crate::db::{Row, Tx};
use crate::directory;
use crate::error::Result;
use crate::record::decode;
use crate::{params, sql};

/// Notes that somebody's access ended.
pub fn insert(tx: &mut Tx, end: &AccessEnd) -> Result<()> {
    let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    tx.execute(
        sql!(
            "INSERT INTO access_end (account_id, ended_at, reason, note, left_at, ended_by, sessions, tokens, accepted_at,
                                     accepted_event, ended_event)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
        ),
        params![
            end.account,
            end.ended_at,
            end.ending.reason.as_str(),
            end.ending.note,
            end.ending.left_at,
            // The column is from before the server ended anything.
            end.ended_by.as_ref().map_or("", AccountId::as_str),
            count(end.sessions),
            count(end.tokens),
            end.accepted_at,
            end.accepted_event,
            end.ended_event
        ],
    )?;
    Ok(())
}

/// Notes the first refusal since the person's access ended last; a later one changes nothing.
pub fn refuse(tx: &mut Tx, account: &AccountId, event: &EventId) -> Result<()> {
    let now = tx.now();
    tx.execute(
        sql!(
            "UPDATE access_end SET refused_at = $2, refused_event = $3
             WHERE account_id = $1 AND refused_at IS NULL
               AND ended_at = (SELECT max(e.ended_at) FROM access_end e WHERE e.account_id = $1)"
        ),
        params![account, now, event],
    )?;
    Ok(())
}

/// Notes that something was accepted later than the act had found: what was in memory only.
pub fn accepted(tx: &mut Tx, account: &AccountId, ended_at: Instant, at: Instant) -> Result<()> {
    tx.execute(
        sql!(
            "UPDATE access_end SET accepted_at = $3
             WHERE account_id = $1 AND ended_at = $2 AND (accepted_at IS NULL OR accepted_at < $3)"
        ),
        params![account, ended_at, at],
    )?;
    Ok(())
}

/// Every end of anybody's access, the newest first.
pub fn all(tx: &mut Tx) -> Result<Vec<AccessEnd>> {
    let rows = tx.query(
        sql!(
            "SELECT account_id, ended_at, reason, note, left_at, ended_by, sessions, tokens, accepted_at, accepted_event,
                    ended_event, refused_at, refused_event
             FROM access_end ORDER BY ended_at DESC, account_id LIMIT 1000"
        ),
        &[],
    )?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<AccessEnd> {
    let refused_at: Option<Instant> = row.get("refused_at")?;
    let refused_event: Option<EventId> = row.get("refused_event")?;
    Ok(AccessEnd {
        account: row.get("account_id")?,
        ending: Ending {
            reason: row.parse("reason", |text| EndReason::parse(text).ok_or(()))?,
            note: row.get("note")?,
            left_at: row.get("left_at")?,
        },
        ended_at: row.get("ended_at")?,
        ended_by: if row.get::<String>("ended_by")?.is_empty() { None } else { Some(row.get("ended_by")?) },
        sessions: row.get("sessions")?,
        tokens: row.get("tokens")?,
        accepted_at: row.get("accepted_at")?,
        accepted_event: row.get("accepted_event")?,
        ended_event: row.get("ended_event")?,
        refused: refused_at.zip(refused_event),
    })
}

/// The last thing in the log that the person did. What the server did to a session is none.
pub fn last_act(tx: &mut Tx, account: &AccountId) -> Result<Option<(Instant, EventId)>> {
    let row = tx.query_opt(
        sql!(
            "SELECT at, event_id FROM audit_event
             WHERE actor = $1 AND outcome = 'done' AND act <> $2 AND act <> $3
             ORDER BY at DESC, event_id DESC LIMIT 1"
        ),
        params![actor_of(account), Act::SessionLocked.as_str(), Act::SessionExpired.as_str()],
    )?;
    row.map(|row| Ok((row.get("at")?, row.get("event_id")?))).transpose()
}

/// When a session of the person was last used.
pub fn last_active(tx: &mut Tx, account: &AccountId) -> Result<Option<Instant>> {
    tx.query_one(sql!("SELECT max(active_at) AS at FROM session WHERE account_id = $1"), params![account])?.get("at")
}

/// When an event was recorded.
pub fn event_at(tx: &mut Tx, event: &EventId) -> Result<Option<Instant>> {
    let row = tx.query_opt(sql!("SELECT at FROM audit_event WHERE event_id = $1"), params![event])?;
    row.map(|row| row.get("at")).transpose()
}

/// What waits for a person and needs somebody else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Open {
    /// Days with visits booked with the person from now on, and how many.
    pub visits: Vec<(Date, u64)>,
    /// Visits whose charges the person has not signed.
    pub unsigned: u64,
    /// Pieces of work that the person had taken.
    pub work: u64,
    /// API clients that the person answers for; they may not call without an owner who works here.
    pub clients: Vec<(ClientId, String)>,
}

impl Open {
    /// Whether nothing is left to hand over.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What this person leaves open.
pub fn open(tx: &mut Tx, account: &AccountId) -> Result<Open> {
    let mut open = Open::default();
    for provider in directory::all::<Provider>(tx)? {
        if provider.value.account.as_ref() == Some(account) {
            booked(tx, &provider.value.id, &mut open)?;
        }
    }
    open.visits.sort_unstable();
    let rows = tx.query(sql!("SELECT id, version, body, checksum FROM work_item WHERE done = 0"), &[])?;
    for row in &rows {
        open.work += u64::from(decode::<WorkItem>(row, "work_item")?.value.owner.as_ref() == Some(account));
    }
    let clients = directory::all::<domain::client::Client>(tx)?.into_iter().map(|c| c.value);
    let own = clients.filter(|c| c.owner == *account && c.disabled_at.is_none());
    open.clients = own.map(|c| (c.id, c.name)).collect();
    Ok(open)
}

fn booked(tx: &mut Tx, provider: &ProviderId, open: &mut Open) -> Result<()> {
    let now = tx.now();
    let rows = tx.query(
        sql!(
            "SELECT day, CAST(count(*) AS BIGINT) AS n FROM appointment
             WHERE provider_id = $1 AND starts_at >= $2 AND status <> 'cancelled' AND status <> 'no_show'
             GROUP BY day ORDER BY day LIMIT 366"
        ),
        params![provider, now],
    )?;
    for row in &rows {
        open.visits.push((row.get("day")?, row.get("n")?));
    }
    let row = tx.query_one(
        sql!(
            "SELECT CAST(count(*) AS BIGINT) AS n FROM visit
             WHERE (stage = 'empty' OR stage = 'draft') AND provider_id = $1"
        ),
        params![provider],
    )?;
    open.unsigned += row.get::<u64>("n")?;
    Ok(())
}
