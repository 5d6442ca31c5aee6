//! Checkpoints: the head, signed as a C2SP note with Ed25519.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use tlog::{Checkpoint, Hash, Note, Signer, Verify};

use super::Log;
use crate::db::{Row, Tx};
use crate::error::{Error, Result};
use crate::keys::Key;
use crate::{params, sql};

/// The signing key of a practice's log, or of a witness.
pub struct LogKey(Ed25519KeyPair);

impl LogKey {
    /// The key of a seed (RFC 8032).
    pub fn from_seed(seed: &Key) -> Result<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(&**seed);
        pair.map(Self).map_err(|_| Error::Key("the log's signing key cannot be used".to_owned()))
    }
}

impl Signer for LogKey {
    fn sign(&self, message: &[u8]) -> [u8; 64] {
        // An Ed25519 signature always has 64 bytes; anything else would not verify.
        self.0.sign(message).as_ref().try_into().unwrap_or([0; 64])
    }

    fn public_key(&self) -> [u8; 32] {
        self.0.public_key().as_ref().try_into().unwrap_or([0; 32])
    }
}

/// Ed25519 verification for logs and packs.
#[derive(Clone, Copy, Debug)]
pub struct Verifier;

impl Verify for Verifier {
    fn verify(&self, public: &[u8; 32], message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, public).verify(message, signature).is_ok()
    }
}

/// Signs the head and stores the checkpoint; `None` when nothing has been logged yet.
pub fn sign(log: &Log, tx: &mut Tx) -> Result<Option<String>> {
    let Some(head) = tx.query_opt(sql!("SELECT size, root FROM audit_head WHERE id = 1"), &[])? else {
        return Ok(None);
    };
    let size: u64 = head.get("size")?;
    let root: Vec<u8> = head.get("root")?;
    let root = Hash::from_slice(&root).ok_or_else(|| head.corrupt("root"))?;
    let name = log.name(super::name::generation(tx)?);
    let text = Checkpoint::new(name.clone(), size, root).to_string();
    let note = Note::sign(text, &name, &log.signer).map_err(|e| Error::Log(e.to_string()))?.to_string();
    let now = tx.now();
    tx.execute(
        sql!(
            "INSERT INTO audit_checkpoint (at, size, note) VALUES ($1, $2, $3)
             ON CONFLICT (at) DO UPDATE SET size = excluded.size, note = excluded.note"
        ),
        params![now, super::numbering::to_i64(size)?, note],
    )?;
    Ok(Some(note))
}

/// The newest checkpoint: columns `at`, `size`, `note`.
pub fn latest(tx: &mut Tx) -> Result<Option<Row>> {
    tx.query_opt(sql!("SELECT at, size, note FROM audit_checkpoint ORDER BY at DESC LIMIT 1"), &[])
}

/// Numbered events in the log now.
pub fn latest_size(tx: &mut Tx) -> Result<i64> {
    let head = tx.query_opt(sql!("SELECT size FROM audit_head WHERE id = 1"), &[])?;
    head.map_or(Ok(0), |head| head.get("size"))
}
