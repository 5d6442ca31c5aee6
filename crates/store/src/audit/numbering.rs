//! Giving events their place in the tree: once per commit, from the head in the database and never from memory.

use tlog::{Edge, Hash, leaf_hash};

use super::{Log, insert};
use crate::db::{Collected, Tx};
use crate::error::{Error, Result};
use crate::{params, sql};

/// The leaves that one commit of the embedded engine adds.
#[derive(Default)]
pub(crate) struct Pending {
    edge: Option<Edge>,
    grown: bool,
}

impl Pending {
    /// Stores the events of one closure. When it fails, its savepoint is undone and the edge has not moved.
    pub(crate) fn add(&mut self, log: &Log, tx: &mut Tx, events: &[Collected]) -> Result<()> {
        if events.is_empty() {
            return Ok(());
        }
        let edge = match self.edge.take() {
            Some(edge) => edge,
            None => load(tx)?,
        };
        let mut hashes = Vec::with_capacity(events.len());
        let stored = events.iter().zip(edge.size()..).try_for_each(|(collected, index)| {
            let staged = log.stage(collected)?;
            hashes.push(leaf_hash(&staged.leaf));
            insert(tx, collected, &staged, Some(to_i64(index)?))
        });
        let edge = self.edge.insert(edge);
        stored?;
        for hash in hashes {
            edge.push(hash);
        }
        self.grown = true;
        Ok(())
    }

    /// Writes the tiles and the head, as the last thing before COMMIT.
    pub(crate) fn finish(self, tx: &mut Tx) -> Result<()> {
        match self.edge {
            Some(edge) if self.grown => save(tx, &edge),
            _ => Ok(()),
        }
    }
}

/// The right edge as the database has it.
pub(super) fn load(tx: &mut Tx) -> Result<Edge> {
    let Some(head) = tx.query_opt(sql!("SELECT size, root FROM audit_head WHERE id = 1"), &[])? else {
        return Ok(Edge::new());
    };
    let edge = Edge::load(head.get("size")?, |level, index| tile(tx, level, index).map_err(Failure::Store))
        .map_err(Failure::into_error)?;
    let root: Vec<u8> = head.get("root")?;
    if edge.root().0.as_slice() == root {
        Ok(edge)
    } else {
        Err(Error::Log("the head's root is not the root of its tiles".to_owned()))
    }
}

/// Stores the changed tiles and the head.
pub(super) fn save(tx: &mut Tx, edge: &Edge) -> Result<()> {
    for (level, index, hashes) in edge.changed() {
        tx.execute(
            sql!(
                "INSERT INTO audit_tile (level, tile, hashes) VALUES ($1, $2, $3)
                 ON CONFLICT (level, tile) DO UPDATE SET hashes = excluded.hashes"
            ),
            params![i64::from(level), to_i64(index)?, tlog::tile::encode_hashes(hashes)],
        )?;
    }
    tx.execute(
        sql!(
            "INSERT INTO audit_head (id, size, root) VALUES (1, $1, $2)
             ON CONFLICT (id) DO UPDATE SET size = excluded.size, root = excluded.root"
        ),
        params![to_i64(edge.size())?, edge.root().0.to_vec()],
    )?;
    Ok(())
}

/// One stored tile.
pub(super) fn tile(tx: &mut Tx, level: u8, index: u64) -> Result<Option<Vec<Hash>>> {
    let row = tx.query_opt(
        sql!("SELECT hashes FROM audit_tile WHERE level = $1 AND tile = $2"),
        params![i64::from(level), to_i64(index)?],
    )?;
    let Some(row) = row else { return Ok(None) };
    let bytes: Vec<u8> = row.get("hashes")?;
    tlog::tile::decode_hashes(&bytes).map(Some).map_err(|_| row.corrupt("hashes"))
}

pub(super) fn to_i64(n: u64) -> Result<i64> {
    i64::try_from(n).map_err(|_| Error::Log("the log is too large".to_owned()))
}

/// Either side of a failure to read tiles.
pub(super) enum Failure {
    Store(Error),
    Tree(tlog::Error),
}

impl Failure {
    pub(super) fn into_error(self) -> Error {
        match self {
            Self::Store(error) => error,
            Self::Tree(error) => Error::Log(error.to_string()),
        }
    }
}

impl From<tlog::Error> for Failure {
    fn from(error: tlog::Error) -> Self {
        Self::Tree(error)
    }
}
