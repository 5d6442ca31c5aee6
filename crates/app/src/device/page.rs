//! What people see of networks and devices. No ePHI.

use std::collections::BTreeMap;

use domain::Instant;
use domain::access::Action;
use domain::device::{Device, Missing, Networks, SaidBy};
use domain::id::{AccountId, DeviceId};
use store::record::Versioned;
use store::{Tx, directory, session};

use crate::access::Resource;
use crate::account::{name_of, who};
use crate::{App, Cx, Result};

/// One device in the list.
#[derive(Clone, Debug)]
pub struct DeviceRow {
    /// The device.
    pub device: Device,
    /// Its owner's name.
    pub owner: String,
    /// Whether its owner may work from outside with it now.
    pub standing: std::result::Result<(), Missing>,
    /// When somebody last did something in its browser.
    pub seen_at: Option<Instant>,
}

/// Everything on the page of devices.
#[derive(Clone, Debug)]
pub struct Devices {
    /// The devices by name; those whose registration ended last.
    pub rows: Vec<DeviceRow>,
    /// The practice's networks.
    pub networks: Networks,
    /// Their version, for the next change.
    pub version: i64,
}

/// Who said how a device stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SaidOf {
    /// This person.
    Person(String),
    /// This program.
    Program(String),
}

/// One device, whole.
#[derive(Clone, Debug)]
pub struct DevicePage {
    /// The device.
    pub row: DeviceRow,
    /// Who said how it stands, if anybody did.
    pub said_by: Option<SaidOf>,
    /// Whether it waits for its one-time code to be typed.
    pub code_until: Option<Instant>,
}

impl App {
    /// Every device, and the networks.
    pub fn devices(&self, cx: &Cx) -> Result<Devices> {
        self.look(
            cx,
            Action::DeviceView,
            |_| Ok(Resource::Practice),
            |tx, _grant| {
                let Versioned { value: networks, version } = store::device::networks(tx)?;
                let mut rows = rows(tx)?;
                rows.sort_by_key(|row| row.device.ended_at.is_some());
                Ok(Devices { rows, networks, version })
            },
        )
    }

    /// One device.
    pub fn device(&self, cx: &Cx, id: &DeviceId) -> Result<DevicePage> {
        let now = self.clock.now();
        self.look(
            cx,
            Action::DeviceView,
            |_| Ok(Resource::Practice),
            |tx, _grant| {
                let device = directory::one::<Device>(tx, id.as_str())?.value;
                let (people, seen) = (who(tx)?, seen(tx)?);
                let said_by = match device.posture.as_ref().map(|posture| &posture.by) {
                    Some(SaidBy::Person(account)) => Some(SaidOf::Person(name_of(&people, account))),
                    Some(SaidBy::Program(client)) => {
                        let known = store::client::find(tx, client)?;
                        Some(SaidOf::Program(known.map_or_else(String::new, |client| client.value.name)))
                    }
                    None => None,
                };
                let code_until = device.code.as_ref().map(|code| code.ends_at).filter(|end| now <= *end);
                Ok(DevicePage { row: row(device, &people, &seen, now), said_by, code_until })
            },
        )
    }

    /// The devices of one person that are registered now, for that person's page.
    pub fn devices_of(&self, cx: &Cx, owner: &AccountId) -> Result<Vec<DeviceRow>> {
        self.look(
            cx,
            Action::AccountView,
            |_| Ok(Resource::Practice),
            |tx, _grant| {
                let rows = rows(tx)?.into_iter();
                Ok(rows.filter(|row| row.device.owner == *owner && row.device.ended_at.is_none()).collect())
            },
        )
    }

    /// Who a device may be registered for.
    pub fn device_owners(&self, cx: &Cx) -> Result<Vec<(AccountId, String)>> {
        self.look(
            cx,
            Action::DeviceEdit,
            |_| Ok(Resource::Practice),
            |tx, _grant| {
                let all = store::account::all(tx)?.into_iter();
                let here = all.filter(|(_, a)| a.value.disabled_at.is_none() && !a.value.canary);
                Ok(here.map(|(id, account)| (id, account.value.name)).collect())
            },
        )
    }
}

fn rows(tx: &mut Tx) -> store::Result<Vec<DeviceRow>> {
    let (people, seen, now) = (who(tx)?, seen(tx)?, tx.now());
    let all = directory::all::<Device>(tx)?.into_iter();
    Ok(all.map(|device| row(device.value, &people, &seen, now)).collect())
}

fn seen(tx: &mut Tx) -> store::Result<BTreeMap<String, Instant>> {
    Ok(session::last_in_browsers(tx)?.into_iter().collect())
}

fn row(
    device: Device,
    people: &BTreeMap<AccountId, String>,
    seen: &BTreeMap<String, Instant>,
    now: Instant,
) -> DeviceRow {
    DeviceRow {
        owner: name_of(people, &device.owner),
        standing: device.standing(&device.owner, now),
        seen_at: device.browser.as_ref().and_then(|browser| seen.get(browser)).copied(),
        device,
    }
}
