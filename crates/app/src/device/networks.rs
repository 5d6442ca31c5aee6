//! The practice's own networks: named by the security official, or at the server itself.

use domain::access::Action;
use domain::audit::{Act, Event};
use domain::device::{Networks, NetworksForm, Origin};
use store::record::{Stamp, Versioned};
use store::{Tx, directory};

use crate::access::Resource;
use crate::account::Fresh;
use crate::{App, Error, Result, stamp};

impl App {
    /// Replaces version `version` of the practice's networks. Nobody shuts themself out.
    pub fn change_networks(&self, who: Fresh<'_>, version: i64, form: &NetworksForm) -> Result<()> {
        let cx = who.cx();
        let _ = self.authorize(cx, Action::DeviceEdit, Resource::Practice)?;
        let networks = form.read().map_err(Error::Invalid)?;
        if cx.origin == Origin::Premises && networks.of(&cx.source).is_none() {
            let why = format!(
                "you come from {}, which none of these holds: with this you would shut yourself out",
                cx.source
            );
            return Err(Error::field("own", why));
        }
        let (stamp, event) = (stamp(cx, "changed by hand"), self.event(cx, Act::NetworksChanged));
        self.change(
            cx,
            Action::DeviceEdit,
            |_| Ok(Resource::Practice),
            move |tx, _grant| put(tx, &networks, version, &stamp, &event),
        )
    }

    /// What the command line shows: the practice's networks.
    pub fn networks(&self) -> Result<Networks> {
        Ok(self.store.read("networks", store::device::networks)?.value)
    }

    /// Adds lines to the networks, by whoever has the server itself.
    pub fn add_networks(&self, lines: &str) -> Result<Networks> {
        let Versioned { value: old, version } = self.store.read("networks", store::device::networks)?;
        let mut form = NetworksForm::from(&old);
        form.own = format!("{}\n{lines}", form.own).trim().to_owned();
        let networks = form.read().map_err(Error::Invalid)?;
        let event = self.system_event(Act::NetworksChanged, "command line");
        let stamp = Stamp { actor: event.actor.to_string(), reason: "at the server".to_owned() };
        let new = networks.clone();
        self.store.write("networks", move |tx| put(tx, &networks, version, &stamp, &event))?;
        Ok(new)
    }
}

fn put(tx: &mut Tx, networks: &Networks, version: i64, stamp: &Stamp, event: &Event) -> store::Result<()> {
    if version == 0 {
        directory::add(tx, networks, stamp)?;
    } else {
        directory::change(tx, networks, version, stamp)?;
    }
    let own: Vec<String> = networks.own.iter().map(|network| network.range.to_string()).collect();
    tx.audit(event.clone().with("networks", own.join(" ")).with("loopback", networks.loopback));
    Ok(())
}
