//! Files that came in and went out, byte for byte. A file is ePHI whole: it opens as [`Phi`] about everybody in it.

use domain::Instant;
use domain::access::Action;
use domain::grant::Grant;
use domain::id::{FileId, PatientId};
use domain::patient::FieldGroup;
use sha2::{Digest, Sha256};

use crate::db::{Row, Tx};
use crate::error::{Error, Result};
use crate::patient::may_list;
use crate::phi::Phi;
use crate::{params, sql};

const KIND: &str = "file";
/// What a claim file tells: addresses, and subscribers who are parents, too.
const FIELDS: [FieldGroup; 6] = [
    FieldGroup::Identity,
    FieldGroup::Contact,
    FieldGroup::Guardians,
    FieldGroup::Coverage,
    FieldGroup::Claims,
    FieldGroup::Charges,
];

/// What keeping a file came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It was not here before.
    New(FileId),
    /// The same bytes came the same way before.
    Same(FileId),
}

impl Kept {
    /// The file, new or not.
    pub const fn id(&self) -> &FileId {
        match self {
            Self::New(id) | Self::Same(id) => id,
        }
    }
}

/// What is known of a file without opening it. Names given by partners may say anything, so they are shown and never used
/// as a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileInfo {
    /// Its id.
    pub id: FileId,
    /// `837P`, `999`, `835`.
    pub kind: String,
    /// The name it came with, or that we gave it.
    pub name: String,
    /// SHA-256, hexadecimal.
    pub digest: String,
    /// Bytes.
    pub size: u64,
    /// When it was kept.
    pub kept_at: Instant,
    /// What it came to, in words.
    pub outcome: String,
}

/// Keeps a file that came in. The same bytes twice are one file.
pub fn keep_inbound(tx: &mut Tx, bytes: &[u8], kind: &str, name: &str) -> Result<Kept> {
    keep(tx, "in", bytes, kind, name)
}

/// Keeps a file that goes out, in the transaction that says that it left.
pub fn keep_outbound(tx: &mut Tx, bytes: &[u8], kind: &str, name: &str) -> Result<Kept> {
    keep(tx, "out", bytes, kind, name)
}

fn keep(tx: &mut Tx, direction: &str, bytes: &[u8], kind: &str, name: &str) -> Result<Kept> {
    let digest = hex::encode(Sha256::digest(bytes));
    let id = FileId::new(tx.now(), tx.entropy());
    let now = tx.now();
    let size = i64::try_from(bytes.len()).map_err(|_| Error::Refused("the file is too large".to_owned()))?;
    let name: String = name.chars().filter(|c| !c.is_control()).take(120).collect();
    let row = tx.query_opt(
        sql!(
            "INSERT INTO file (id, direction, kind, name, digest, size, kept_at, outcome, bytes)
             VALUES ($1, $2, $3, $4, $5, $6, $7, '', $8)
             ON CONFLICT (direction, digest) DO NOTHING RETURNING id"
        ),
        params![id, direction, kind, name, digest, size, now, bytes],
    )?;
    if row.is_some() {
        return Ok(Kept::New(id));
    }
    let row =
        tx.query_one(sql!("SELECT id FROM file WHERE direction = $1 AND digest = $2"), params![direction, digest])?;
    Ok(Kept::Same(row.get("id")?))
}

/// Names whose records a file speaks of. Naming somebody twice is naming once.
pub fn about(tx: &mut Tx, file: &FileId, patients: &[PatientId]) -> Result<()> {
    for patient in patients {
        tx.execute(
            sql!(
                "INSERT INTO file_subject (file_id, patient_id) VALUES ($1, $2)
                 ON CONFLICT (file_id, patient_id) DO NOTHING"
            ),
            params![file, patient],
        )?;
    }
    Ok(())
}

/// Says of what kind a file is, when it came as something else.
pub fn set_kind(tx: &mut Tx, file: &FileId, kind: &str) -> Result<()> {
    tx.execute(sql!("UPDATE file SET kind = $2 WHERE id = $1"), params![file, kind])?;
    Ok(())
}

/// Says what a file came to, in words without ePHI.
pub fn set_outcome(tx: &mut Tx, file: &FileId, outcome: &str) -> Result<()> {
    tx.execute(sql!("UPDATE file SET outcome = $2 WHERE id = $1"), params![file, outcome])?;
    Ok(())
}

/// What is known of a file.
pub fn info(tx: &mut Tx, id: &FileId) -> Result<FileInfo> {
    let row = tx.query_opt(
        sql!("SELECT id, kind, name, digest, size, kept_at, outcome FROM file WHERE id = $1"),
        params![id],
    )?;
    read_info(&row.ok_or(Error::NotFound(KIND))?)
}

/// The files that were released since, oldest first.
pub fn released_since(tx: &mut Tx, since: Instant) -> Result<Vec<FileId>> {
    let rows = tx.query(
        sql!("SELECT id FROM file WHERE direction = 'out' AND kept_at >= $1 ORDER BY kept_at, id"),
        params![since],
    )?;
    rows.iter().map(|row| row.get("id")).collect()
}

/// Files of some kinds that came in, latest first: `kinds` is matched as a whole word of the list, such as `TA1 999 277CA`.
pub fn inbound(tx: &mut Tx, kinds: &[&str], limit: u32) -> Result<Vec<FileInfo>> {
    let [first, second, third] = [0, 1, 2].map(|n| kinds.get(n).copied().unwrap_or_default());
    let rows = tx.query(
        sql!(
            "SELECT id, kind, name, digest, size, kept_at, outcome FROM file
             WHERE direction = 'in' AND kind IN ($1, $2, $3) ORDER BY kept_at DESC, id DESC LIMIT $4"
        ),
        params![first, second, third, i64::from(limit)],
    )?;
    rows.iter().map(read_info).collect()
}

fn read_info(row: &Row) -> Result<FileInfo> {
    Ok(FileInfo {
        id: row.get("id")?,
        kind: row.get("kind")?,
        name: row.get("name")?,
        digest: row.get("digest")?,
        size: row.get("size")?,
        kept_at: row.get("kept_at")?,
        outcome: row.get("outcome")?,
    })
}

/// The bytes of a released file in a row with `id`, `digest` and `bytes`, about everybody in it.
pub(crate) fn released(tx: &mut Tx, row: &Row) -> Result<Phi<Vec<u8>>> {
    let bytes = checked(row)?;
    let file: FileId = row.get("id")?;
    let rows =
        tx.query(sql!("SELECT patient_id FROM file_subject WHERE file_id = $1 ORDER BY patient_id"), params![file])?;
    let subjects: Result<Vec<PatientId>> = rows.iter().map(|row| row.get("patient_id")).collect();
    Ok(Phi::new(bytes, subjects?, FIELDS.map(FieldGroup::as_str)))
}

fn checked(row: &Row) -> Result<Vec<u8>> {
    let (digest, bytes): (String, Vec<u8>) = (row.get("digest")?, row.get("bytes")?);
    if hex::encode(Sha256::digest(&bytes)) == digest { Ok(bytes) } else { Err(row.corrupt("digest")) }
}

/// The bytes of a file, checked against their digest. The grant is for the list that the file belongs to.
///
/// A file opens whole or not at all: [`Error::Closed`] when the record of anybody in it is closed to the reader. A partner
/// that picks up a claim file is the one exception: a person released that file, with everybody in it, to that partner.
pub fn open(tx: &mut Tx, grant: &Grant, id: &FileId) -> Result<Phi<Vec<u8>>> {
    if !matches!(
        grant.action(),
        Action::ClaimView | Action::ClaimCollect | Action::RemittanceView | Action::RemittancePost
    ) {
        return Err(Error::NotFound(KIND));
    }
    let row = tx.query_opt(sql!("SELECT id, digest, bytes FROM file WHERE id = $1"), params![id])?;
    let bytes = checked(&row.ok_or(Error::NotFound(KIND))?)?;
    let subjects = subjects(tx, grant, id)?;
    Ok(Phi::new(bytes, subjects, FIELDS.map(FieldGroup::as_str)))
}

/// Everybody in a file, when all of them are open to the reader.
fn subjects(tx: &mut Tx, grant: &Grant, file: &FileId) -> Result<Vec<PatientId>> {
    let rows = tx.query(
        sql!(
            "SELECT patient.id AS id, restricted, circle, denied FROM file_subject JOIN patient ON patient.id = patient_id
             WHERE file_id = $1 ORDER BY patient.id"
        ),
        params![file],
    )?;
    let (mut open, mut closed) = (Vec::new(), Vec::new());
    for row in &rows {
        let listed = grant.action() == Action::ClaimCollect || may_list(row, grant)?;
        if listed { open.push(row.get("id")?) } else { closed.push(row.get("id")?) }
    }
    if closed.is_empty() { Ok(open) } else { Err(Error::Closed(closed)) }
}
