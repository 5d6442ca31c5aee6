//! The sealed content of an event: whether it opens, and where it does not, whether the log says that it was destroyed.

use std::collections::HashMap;

use domain::audit::{Act, Event, Leaf, Outcome, commitment};
use domain::id::EventId;
use serde::de::DeserializeOwned;

use super::Log;
use crate::db::{Row, Tx};
use crate::error::{Error, Result};
use crate::{params, sql};

/// What is there of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// All of it, as its leaf commits to it.
    Open(Event),
    /// Destroyed under authority: a later event says so.
    Destroyed,
    /// It does not open, or is gone, and nothing says why: its key was lost, or somebody was at it.
    Unreadable,
}

impl Content {
    /// The event, where it can be read.
    pub fn event(&self) -> Option<&Event> {
        if let Self::Open(event) = self { Some(event) } else { None }
    }
}

/// Opens the content of a row with `event_id`, `key_id` and `sealed`, when it is the one that the leaf commits to.
pub(super) fn open<T: DeserializeOwned>(log: &Log, row: &Row, leaf: &Leaf) -> Result<Option<T>> {
    let (id, key_id): (EventId, String) = (row.get("event_id")?, row.get("key_id")?);
    let Some(sealed) = row.get::<Option<Vec<u8>>>("sealed")? else { return Ok(None) };
    let (salt, canonical) = match log.open_body(&key_id, &id, &sealed) {
        Ok(opened) => opened,
        Err(Error::Key(_) | Error::Log(_) | Error::Damaged(_)) => return Ok(None),
        // A disk that does not answer says nothing about the content.
        Err(other) => return Err(other),
    };
    if commitment(&salt, &canonical) != leaf.commitment {
        return Ok(None);
    }
    Ok(serde_json::from_slice(&canonical).ok())
}

/// What the log says was destroyed: keys as `sealing_key:ID` and single events as `event:ID`, each with the place of the last event
/// that says it. What came after that is not covered by it.
pub(super) struct Destroyed(HashMap<String, u64>);

impl Destroyed {
    pub(super) fn load(log: &Log, tx: &mut Tx) -> Result<Self> {
        let rows = tx.query(
            sql!(
                "SELECT event_id, leaf_index, leaf, key_id, sealed FROM audit_event
                 WHERE act = $1 AND leaf_index IS NOT NULL ORDER BY leaf_index"
            ),
            params![Act::Shredded.as_str()],
        )?;
        let mut named = HashMap::new();
        for row in &rows {
            let Some(leaf) = Leaf::decode(&row.get::<Vec<u8>>("leaf")?) else { continue };
            let Some(event) = open::<Event>(log, row, &leaf)? else { continue };
            let said = leaf.act == Act::Shredded && event.act == Act::Shredded && event.outcome == Outcome::Done;
            if let Some(object) = event.object.filter(|_| said) {
                named.insert(object, row.get("leaf_index")?);
            }
        }
        Ok(Self(named))
    }

    /// Whether this event's content, or its key, was destroyed after it was recorded.
    pub(super) fn covers(&self, row: &Row) -> Result<bool> {
        let Some(index) = row.get::<Option<u64>>("leaf_index")? else { return Ok(false) };
        let names = [
            format!("event:{}", row.get::<String>("event_id")?),
            format!("sealing_key:{}", row.get::<String>("key_id")?),
        ];
        Ok(names.iter().any(|name| self.0.get(name).is_some_and(|said| *said > index)))
    }
}
