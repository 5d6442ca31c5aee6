//! Witnesses: cosignatures (C2SP `tlog-cosignature`, the Ed25519 kind) and what a witness answers to a new checkpoint (C2SP
//! `tlog-witness`, `add-checkpoint`), without I/O.
//!
//! A witness holds the newest checkpoint that it cosigned of each log. It cosigns another one only when a proof shows that
//! the log has grown from the one it holds, and keeps that before it signs. So it never vouches for two histories.

use std::fmt;

use crate::hash::{Hash, empty_root};
use crate::note::{Note, Signature, Signer, VerifierKey, Verify, WitnessKey};
use crate::proof::verify_consistency;
use crate::{Checkpoint, Error};

/// Hashes in the longest consistency proof that a submission may carry.
pub const MAX_PROOF: usize = 63;

/// A checkpoint handed to a witness, with proof that the log grew to it from the one that the witness holds. Displays and
/// parses as the body of `add-checkpoint`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// Size of the checkpoint that the proof begins at; 0 when the witness has none.
    pub old: u64,
    /// The consistency proof; empty when it begins at 0 or nothing was added.
    pub proof: Vec<Hash>,
    /// The signed checkpoint.
    pub checkpoint: Note,
}

impl fmt::Display for Submission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old)?;
        self.proof.iter().try_for_each(|hash| writeln!(f, "{}", hash.to_base64()))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

impl Submission {
    /// Reads the body of `add-checkpoint`. [`Error::Malformed`] for anything but the one right spelling.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let text = std::str::from_utf8(bytes)
            .map_err(|_| Error::malformed("submission", &String::from_utf8_lossy(bytes), "it is not UTF-8"))?;
        let bad = |why| Error::malformed("submission", text, why);
        let (head, note) = text.split_once("\n\n").ok_or_else(|| bad("it has no empty line before the checkpoint"))?;
        let mut lines = head.split('\n');
        let size = lines.next().and_then(|line| line.strip_prefix("old "));
        let size = size.ok_or_else(|| bad("its first line is not `old` and a size"))?;
        let old: u64 = size.parse().map_err(|_| bad("its old size is not a number"))?;
        if old.to_string() != size {
            return Err(bad("its old size is not plain decimal"));
        }
        let proof: Vec<Hash> = lines.map(Hash::from_base64).collect::<Result<_, _>>()?;
        if proof.len() > MAX_PROOF {
            return Err(bad("its proof is longer than any proof is"));
        }
        Ok(Self { old, proof, checkpoint: Note::parse(note.as_bytes())? })
    }
}

/// Why a witness does not cosign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is not spelt as it should be, or its old size is beyond its checkpoint.
    Malformed(Error),
    /// No log of this name is known.
    UnknownLog,
    /// The log's key did not sign it.
    NotSigned(Error),
    /// The proof begins at another size than the one that the witness holds.
    Stale {
        /// What the witness holds.
        held: u64,
    },
    /// The same size as what the witness holds, and another root: two histories.
    OtherRoot,
    /// The proof does not show that the log grew from what the witness holds.
    NotGrown(Error),
}

impl Refusal {
    /// The HTTP status that says so.
    pub fn status(&self) -> u16 {
        match self {
            Self::Malformed(_) => 400,
            Self::NotSigned(_) => 403,
            Self::UnknownLog => 404,
            Self::Stale { .. } | Self::OtherRoot => 409,
            Self::NotGrown(_) => 422,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownLog => f.write_str("this witness does not know that log; its keeper adds it by its key"),
            Self::Malformed(error) | Self::NotSigned(error) | Self::NotGrown(error) => error.fmt(f),
            Self::Stale { held } => write!(f, "this witness holds a checkpoint over {held} entries"),
            Self::OtherRoot => f.write_str("this witness holds a checkpoint of that size with another root"),
        }
    }
}

/// What a witness does with a submission: the checkpoint that it must keep and may then cosign, or why not.
///
/// `known` are the logs that it witnesses; `held` gives size and root of the newest checkpoint that it cosigned of one.
pub fn judge(
    submission: &Submission,
    known: &[VerifierKey],
    held: impl FnOnce(&VerifierKey) -> Option<(u64, Hash)>,
    verify: &dyn Verify,
) -> Result<Checkpoint, Refusal> {
    let note = &submission.checkpoint;
    let new: Checkpoint = note.text().parse().map_err(Refusal::Malformed)?;
    let key = known.iter().find(|key| key.name() == new.origin).ok_or(Refusal::UnknownLog)?;
    note.verify(key, verify).map_err(Refusal::NotSigned)?;
    if submission.old > new.size {
        let error = Error::OutOfRange { asked: submission.old, size: new.size };
        return Err(Refusal::Malformed(error));
    }
    let (size, root) = held(key).unwrap_or((0, empty_root()));
    if submission.old != size {
        return Err(Refusal::Stale { held: size });
    }
    if size == new.size && root != new.root {
        return Err(Refusal::OtherRoot);
    }
    verify_consistency((size, root), (new.size, new.root), &submission.proof).map_err(Refusal::NotGrown)?;
    Ok(new)
}

/// Cosigns a checkpoint: a statement that as of `seconds` since 1970 this is the largest checkpoint that the witness has seen of
/// its log, and that it grew from those before. [`Error::Malformed`] when the text is no checkpoint.
pub fn cosign(checkpoint: &Note, name: &str, signer: &dyn Signer, seconds: u64) -> Result<Signature, Error> {
    let _: Checkpoint = checkpoint.text().parse()?;
    let key = WitnessKey::new(name, signer.public_key())?;
    let signature = signer.sign(message(checkpoint.text(), seconds).as_bytes());
    let bytes = [seconds.to_be_bytes().as_slice(), &signature].concat();
    Ok(Signature { name: name.to_owned(), id: key.id(), bytes })
}

/// When this witness cosigned the checkpoint, in seconds since 1970: the newest when it did so several times.
/// [`Error::Unsigned`] when it did not, or when a cosignature under its name does not verify.
pub fn cosigned_at(checkpoint: &Note, key: &WitnessKey, verify: &dyn Verify) -> Result<u64, Error> {
    let unsigned = |why| Error::Unsigned { key: key.to_string(), why };
    let mut newest = None;
    for signature in checkpoint.signatures().iter().filter(|signature| key.names(signature)) {
        let parts = signature.bytes.split_first_chunk::<8>();
        let (seconds, bytes) = parts.ok_or_else(|| unsigned("its cosignature is too short"))?;
        let seconds = u64::from_be_bytes(*seconds);
        if i64::try_from(seconds).is_err()
            || !verify.verify(key.public(), message(checkpoint.text(), seconds).as_bytes(), bytes)
        {
            return Err(unsigned("its cosignature does not verify"));
        }
        newest = newest.max(Some(seconds));
    }
    newest.ok_or_else(|| unsigned("it carries no cosignature by that key"))
}

fn message(checkpoint: &str, seconds: u64) -> String {
    format!("cosignature/v1\ntime {seconds}\n{checkpoint}")
}
