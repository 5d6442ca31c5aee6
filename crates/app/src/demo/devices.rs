//! Where the synthetic practice's people work from: one network, and three devices that stand as devices do.

use domain::Instant;
use domain::access::Role;
use domain::device::{Device, DeviceKind, Network, Networks, Posture, SaidBy};
use domain::id::{AccountId, DeviceId};
use store::directory;

use super::personas::Persona;
use super::seeded::SeededEntropy;
use crate::{App, Error, Result};

/// Addresses for documentation (RFC 5737), so that nobody real is at this practice.
const OFFICE: &str = "192.0.2.0/24";
const DAY: i64 = 86_400;

impl App {
    pub(super) fn demo_devices(&self, seed: u64, personas: &[Persona]) -> Result<()> {
        let broken = |e: String| Error::Refused(format!("the synthetic practice cannot be made: {e}"));
        let range = OFFICE.parse().map_err(|e: domain::device::network::BadRange| broken(e.to_string()))?;
        let networks = Networks { own: vec![Network { range, name: "Main Street".to_owned() }], loopback: true };
        let who = |role| personas.iter().find(|p| p.role == role).map(|p| p.account.clone());
        let (Some(official), Some(biller), Some(clinician)) =
            (who(Role::SecurityOfficial), who(Role::Biller), who(Role::Clinician))
        else {
            return Err(broken("somebody is missing".to_owned()));
        };
        let now = self.clock.now();
        let said = |days: i64, lock| Posture {
            disk: Some(true),
            lock,
            tunnel: Some(true),
            at: now.plus_seconds(-days * DAY),
            by: SaidBy::Person(official.clone()),
            words: "Looked at its settings and at the report of the VPN together with its user.".to_owned(),
        };
        let ids = SeededEntropy::new(seed, "devices");
        let one = |name: &str, kind, owner: &AccountId, purpose: &str, posture| {
            known(DeviceId::new(now, &ids), (name, kind), owner, purpose, posture, now)
        };
        let devices = [
            one("Laptop 3", DeviceKind::Laptop, &biller, "billing from home", said(12, Some(true))),
            one("Tablet 1", DeviceKind::Tablet, &clinician, "visits to nursing homes", said(20, None)),
            one("Laptop 1", DeviceKind::Laptop, &clinician, "on call", said(104, Some(true))),
        ];
        let stamp = store::record::Stamp { actor: "system:demo".to_owned(), reason: "synthetic".to_owned() };
        self.store.write("demo devices", move |tx| {
            directory::add(tx, &networks, &stamp)?;
            devices.iter().try_for_each(|device| directory::add(tx, device, &stamp))
        })?;
        Ok(())
    }
}

/// A device whose browser is nowhere.
fn known(
    id: DeviceId,
    (name, kind): (&str, DeviceKind),
    owner: &AccountId,
    purpose: &str,
    posture: Posture,
    now: Instant,
) -> Device {
    Device {
        browser: Some(crate::account::hash_token(id.as_str())),
        id,
        name: name.to_owned(),
        kind,
        owner: owner.clone(),
        purpose: purpose.to_owned(),
        code: None,
        enrolled_at: Some(now.plus_seconds(-150 * DAY)),
        posture: Some(posture),
        ended_at: None,
    }
}
