//! What came in: new, known, the same payment again, or a better copy of one that is held.

use domain::id::RemittanceId;
use domain::remittance::{Remittance, RemittanceState};

use super::{KIND, read_state, set_state};
use crate::db::Tx;
use crate::error::Result;
use crate::record::{Stamp, decode, keep};
use crate::{params, sql};

/// What became of a transaction set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Added {
    /// It is new.
    New(RemittanceId),
    /// The same payment came before in another file: it is kept beside it and never posted.
    Duplicate {
        /// This one.
        id: RemittanceId,
        /// The earlier one.
        of: RemittanceId,
    },
    /// It stands in the place of an earlier copy that was held.
    Instead {
        /// This one.
        id: RemittanceId,
        /// The earlier one.
        of: RemittanceId,
    },
    /// This very set of this very file is here.
    Known(RemittanceId),
}

/// Adds a transaction set of a file. Reading a file again adds nothing. A copy of a payment that is held stands in its place
/// from now on; one of a payment that can be posted, or was, is kept beside it.
pub fn add(tx: &mut Tx, remittance: &Remittance, stamp: &Stamp) -> Result<Added> {
    let set = params![remittance.file, remittance.set];
    let known = tx.query_opt(sql!("SELECT id FROM remittance WHERE file_id = $1 AND set_number = $2"), set)?;
    if let Some(row) = known {
        return Ok(Added::Known(row.get("id")?));
    }
    let id = remittance.id.clone();
    let Some(Copy { id: of, state, held, .. }) = earlier_copy(tx, remittance)? else {
        insert(tx, remittance, None, stamp)?;
        return Ok(Added::New(id));
    };
    if !held.is_some_and(|earlier| remittance.corrects(&earlier, state)) {
        insert(tx, remittance, Some(&of), stamp)?;
        return Ok(Added::Duplicate { id, of });
    }
    // Its fingerprint is free once it says so, and only then can it name the other.
    set_state(tx, &of, RemittanceState::Superseded)?;
    insert(tx, remittance, None, stamp)?;
    tx.execute(sql!("UPDATE remittance SET superseded_by = $2 WHERE id = $1"), params![of, id])?;
    Ok(Added::Instead { id, of })
}

/// An earlier payment under the same number. What it says is read only while it is held: it may be long.
struct Copy {
    id: RemittanceId,
    fingerprint: String,
    state: RemittanceState,
    held: Option<Remittance>,
}

/// The earlier copy of a payment: the same one, or the only one under its number that differs in nothing but amount or date
/// and that this one may correct.
fn earlier_copy(tx: &mut Tx, remittance: &Remittance) -> Result<Option<Copy>> {
    let (from, fingerprint) = (remittance.number_at_bank(), remittance.fingerprint());
    // What begins with `from` stands before what begins with the next letter after its last.
    let to = format!("{}}}", from.strip_suffix('|').unwrap_or(&from));
    let rows = tx.query(
        sql!(
            "SELECT id, fingerprint, state FROM remittance
             WHERE duplicate_of IS NULL AND state <> 'superseded' AND fingerprint >= $1 AND fingerprint < $2
             ORDER BY at, id"
        ),
        params![from, to],
    )?;
    let mut copies = Vec::new();
    for row in &rows {
        let (id, fingerprint, state) = (row.get("id")?, row.get("fingerprint")?, read_state(row)?);
        copies.push(Copy { id, fingerprint, state, held: None });
    }
    let same = copies.iter().position(|c| c.fingerprint == fingerprint);
    let is_same = same.is_some();
    let found = match same {
        Some(at) => Some(copies.swap_remove(at)),
        None if copies.len() == 1 => copies.pop(),
        None => None,
    };
    let Some(mut found) = found else { return Ok(None) };
    if found.state.is_held() {
        let row =
            tx.query_one(sql!("SELECT id, version, body, checksum FROM remittance WHERE id = $1"), params![found.id])?;
        found.held = Some(decode::<Remittance>(&row, KIND)?.value);
    }
    let may = found.held.as_ref().is_some_and(|e| remittance.amends(e) && remittance.corrects(e, found.state));
    Ok((is_same || may).then_some(found))
}

fn insert(tx: &mut Tx, remittance: &Remittance, duplicate_of: Option<&RemittanceId>, stamp: &Stamp) -> Result<()> {
    let state = if duplicate_of.is_some() { RemittanceState::Duplicate } else { RemittanceState::NeedsLook };
    let encoded = keep(tx, KIND, remittance.id.as_str(), 1, remittance, stamp)?;
    let now = tx.now();
    tx.execute(
        sql!(
            "INSERT INTO remittance (id, file_id, set_number, fingerprint, duplicate_of, state, payer_name, trace, method,
                                     paid_on, total, claims, at, version, body, checksum)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1, $14, $15)"
        ),
        params![
            remittance.id,
            remittance.file,
            remittance.set,
            remittance.fingerprint(),
            duplicate_of.cloned(),
            state.as_str(),
            remittance.payer_name,
            remittance.trace,
            remittance.method.as_str(),
            remittance.date,
            remittance.total,
            i64::try_from(remittance.claims.len()).unwrap_or(i64::MAX),
            now,
            encoded.body,
            encoded.checksum
        ],
    )?;
    Ok(())
}
