//! Registered devices and the practice's networks. Both are records of the [`crate::directory`] and hold no ePHI.

use domain::device::{Device, Networks, Origin};
use domain::id::AccountId;

use crate::db::Tx;
use crate::directory;
use crate::error::{Error, Result};
use crate::record::Versioned;

/// The practice's networks; version 0 until somebody has named any.
pub fn networks(tx: &mut Tx) -> Result<Versioned<Networks>> {
    match directory::one::<Networks>(tx, "networks") {
        Err(Error::NotFound(_)) => Ok(Versioned { value: Networks::default(), version: 0 }),
        found => found,
    }
}

/// The device whose browser has the cookie with this SHA-256.
pub fn of_browser(tx: &mut Tx, hash: &str) -> Result<Option<Versioned<Device>>> {
    directory::by_key(tx, hash)
}

/// From where a request of this person comes. `browser` is the SHA-256 of the cookie that it brought.
pub fn origin(tx: &mut Tx, source: &str, browser: Option<&str>, account: &AccountId) -> Result<Origin> {
    let networks = networks(tx)?.value;
    // On the premises any browser will do, so nothing is looked up.
    let device = match browser {
        Some(hash) if networks.of(source).is_none() => of_browser(tx, hash)?,
        _ => None,
    };
    Ok(Origin::of(&networks, source, account, device.map(|d| d.value).as_ref(), tx.now()))
}
