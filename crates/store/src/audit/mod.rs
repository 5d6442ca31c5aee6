//! The audit log: events become leaves of a Merkle tree in the transaction of the act itself.
//!
//! On SQLite the writer numbers the events of a group and writes tiles just before its COMMIT. On PostgreSQL events commit
//! unnumbered and the [`sequencer`] numbers them within milliseconds. A receipt means *durable* on both.

mod body;
mod checkpoint;
mod content;
mod due;
pub mod name;
mod numbering;
pub mod outside;
mod pack;
pub mod read;
mod rows;
pub mod sequencer;
pub mod siem;
pub mod verify;

use std::sync::Arc;

use domain::Entropy;
use domain::audit::{Leaf, commitment};
use domain::id::EventId;

pub(crate) use body::BodyKeys;
pub use checkpoint::{LogKey, Verifier, latest as latest_checkpoint, latest_size, sign as sign_checkpoint};
pub use content::Content;
pub(crate) use numbering::Pending;
pub use pack::{place, write_pack};

use crate::db::{Collected, Tx};
use crate::error::Result;
use crate::{params, sql};

/// What turns events into leaves and sealed bodies.
pub struct Log {
    /// Whose log it is: a part of its name in checkpoints.
    practice: String,
    pub(crate) signer: LogKey,
    bodies: BodyKeys,
    entropy: Arc<dyn Entropy>,
}

/// An event ready to be stored.
struct Staged {
    leaf: Vec<u8>,
    sealed: Vec<u8>,
    key_id: String,
}

impl Log {
    pub(crate) fn new(practice: String, signer: LogKey, bodies: BodyKeys, entropy: Arc<dyn Entropy>) -> Self {
        Self { practice, signer, bodies, entropy }
    }

    fn stage(&self, collected: &Collected) -> Result<Staged> {
        let event = &collected.event;
        let canonical = event.canonical();
        let mut salt = [0_u8; 32];
        self.entropy.fill(&mut salt);
        let leaf = Leaf {
            id: collected.id.clone(),
            at: collected.at,
            act: event.act,
            actor: event.actor.to_string(),
            policy: event.policy.clone(),
            commitment: commitment(&salt, &canonical),
        };
        let key_id = body::key_id(event, collected.at);
        let sealed = self.bodies.seal(&key_id, &collected.id, &salt, &canonical)?;
        Ok(Staged { leaf: leaf.encode(), sealed, key_id })
    }

    /// The salt and canonical bytes of an event.
    pub(crate) fn open_body(&self, key_id: &str, id: &EventId, sealed: &[u8]) -> Result<([u8; 32], Vec<u8>)> {
        self.bodies.open(key_id, id, sealed)
    }
}

/// Stores one event's row and its subjects; `index` is `None` where a sequencer numbers later.
fn insert(tx: &mut Tx, collected: &Collected, staged: &Staged, index: Option<i64>) -> Result<()> {
    let event = &collected.event;
    tx.execute(
        sql!(
            "INSERT INTO audit_event (event_id, leaf_index, at, act, actor, outcome, leaf, key_id, sealed)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        ),
        params![
            collected.id,
            index,
            collected.at,
            event.act.as_str(),
            event.actor.to_string(),
            event.outcome.as_str(),
            staged.leaf,
            staged.key_id,
            staged.sealed
        ],
    )?;
    for patient in &event.subjects {
        tx.execute(
            sql!("INSERT INTO audit_subject (patient_id, event_id) VALUES ($1, $2)"),
            params![patient, collected.id],
        )?;
    }
    Ok(())
}

/// Stores the events of a PostgreSQL transaction; the sequencer gives them their place.
pub(crate) fn store_unnumbered(log: &Log, tx: &mut Tx, events: &[Collected]) -> Result<()> {
    for collected in events {
        let staged = log.stage(collected)?;
        insert(tx, collected, &staged, None)?;
    }
    Ok(())
}
