//! Connectors: the record in the directory, and the sealed secret that no version of it keeps.

use domain::connector::Connector;
use domain::id::PartnerId;

use crate::db::Tx;
use crate::error::{Error, Result};
use crate::record::Versioned;
use crate::{directory, params, sql};

/// Where a connector's secret is sealed: table, row, column.
pub fn secret_place(partner: &PartnerId) -> String {
    format!("connector_secret|{partner}|sealed")
}

/// The way to a partner, when it has one.
pub fn of(tx: &mut Tx, partner: &PartnerId) -> Result<Option<Versioned<Connector>>> {
    match directory::one::<Connector>(tx, partner.as_str()) {
        Err(Error::NotFound(_)) => Ok(None),
        found => found.map(Some),
    }
}

/// Sets the sealed secret. The one before it is gone.
pub fn set_secret(tx: &mut Tx, partner: &PartnerId, sealed: &[u8]) -> Result<()> {
    tx.execute(
        sql!(
            "INSERT INTO connector_secret (partner_id, sealed) VALUES ($1, $2)
             ON CONFLICT (partner_id) DO UPDATE SET sealed = excluded.sealed"
        ),
        params![partner, sealed],
    )?;
    Ok(())
}

/// The sealed secret.
pub fn secret(tx: &mut Tx, partner: &PartnerId) -> Result<Vec<u8>> {
    let row = tx.query_opt(sql!("SELECT sealed FROM connector_secret WHERE partner_id = $1"), params![partner])?;
    row.ok_or(Error::NotFound("connector"))?.get("sealed")
}
