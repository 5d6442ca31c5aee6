//! Where people work from: the practice's own networks, and the registered devices that may be used elsewhere (45 CFR
//! 164.310(b), (c), (d)(1)).

pub mod network;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::access::names;
use crate::clock::Instant;
use crate::form::{Faults, FieldFault, needed, parse_line};
use crate::id::{AccountId, ClientId, DeviceId};

pub use network::{Network, Networks, NetworksForm, Range};

/// Days for which a person's word about a device holds.
pub const DAYS_BY_HAND: i64 = 90;
/// Days for which a program's report about a device holds.
pub const DAYS_BY_PROGRAM: i64 = 7;
/// Hours within which the one-time code of a device is typed on it.
pub const CODE_HOURS: i64 = 24;
/// Seconds that two clocks may be apart.
const SKEW: i64 = 60;
const DAY: i64 = 86_400;

names! {
    /// What a device is.
    DeviceKind {
        /// Carried about.
        Laptop = "laptop", "Laptop";
        /// Stands somewhere.
        Desktop = "desktop", "PC";
        /// Without a keyboard.
        Tablet = "tablet", "Tablet";
        /// In a pocket.
        Phone = "phone", "Phone";
    }
}

names! {
    /// What a device has to have before it may be used outside the practice's networks.
    Guard {
        /// Every disk with data is encrypted.
        Disk = "disk_encrypted", "disk encryption";
        /// The screen locks by itself within 15 minutes.
        Lock = "screen_locks", "screen lock";
        /// It reaches the practice through a VPN or a zero-trust gateway.
        Tunnel = "tunnel_on", "VPN or zero trust";
    }
}

/// Who said how a device stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SaidBy {
    /// An official, with words.
    Person(AccountId),
    /// A program that looks after devices.
    Program(ClientId),
}

/// How a device stands. What nobody knows is not there, and is never taken for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posture {
    /// [`Guard::Disk`].
    pub disk: Option<bool>,
    /// [`Guard::Lock`].
    pub lock: Option<bool>,
    /// [`Guard::Tunnel`].
    pub tunnel: Option<bool>,
    /// When it was looked at.
    pub at: Instant,
    /// Who said so.
    pub by: SaidBy,
    /// What was looked at and what it showed; blank when a program said so.
    pub words: String,
}

impl Posture {
    /// What is said of one guard.
    pub fn of(&self, guard: Guard) -> Option<bool> {
        match guard {
            Guard::Disk => self.disk,
            Guard::Lock => self.lock,
            Guard::Tunnel => self.tunnel,
        }
    }

    /// The last instant for which it holds.
    pub fn holds_until(&self) -> Instant {
        let days = match self.by {
            SaidBy::Person(_) => DAYS_BY_HAND,
            SaidBy::Program(_) => DAYS_BY_PROGRAM,
        };
        self.at.plus_seconds(days * DAY)
    }

    /// Whether it is of these days. One from the future was said before the clock was set back.
    pub fn is_fresh(&self, now: Instant) -> bool {
        now <= self.holds_until() && self.at <= now.plus_seconds(SKEW)
    }

    /// The guards that are off or unknown.
    pub fn lacks(&self) -> Vec<Guard> {
        Guard::ALL.iter().copied().filter(|guard| self.of(*guard) != Some(true)).collect()
    }
}

/// A code that waits to be typed on the device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// SHA-256 of the code, hexadecimal.
    pub hash: String,
    /// When it stops.
    pub ends_at: Instant,
}

/// A device that the practice knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// What it is called, or its number in the inventory.
    pub name: String,
    /// What it is.
    pub kind: DeviceKind,
    /// Who uses it. It counts for nobody else.
    pub owner: AccountId,
    /// What it is for.
    pub purpose: String,
    /// The code that its browser becomes known by, until it is typed.
    pub code: Option<Code>,
    /// SHA-256 of its browser's cookie, hexadecimal, once it is enrolled.
    pub browser: Option<String>,
    /// When it was enrolled last.
    pub enrolled_at: Option<Instant>,
    /// How it stands.
    pub posture: Option<Posture>,
    /// When its registration ended.
    pub ended_at: Option<Instant>,
}

/// What is missing for somebody to work from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The browser is not one of a registered device.
    Device,
    /// The device is registered for somebody else.
    Owner,
    /// Nobody has said how the device stands.
    Posture,
    /// What was said is too old.
    Stale,
    /// Something is off, or nobody knows.
    Guards(Vec<Guard>),
}

impl Missing {
    /// The name that the log keeps.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Device => "no_registered_device",
            Self::Owner => "device_of_somebody_else",
            Self::Posture => "posture_unknown",
            Self::Stale => "posture_stale",
            Self::Guards(_) => "posture_poor",
        }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Device => f.write_str("this browser is not one of a device that is registered for you"),
            Self::Owner => f.write_str("this device is registered for somebody else"),
            Self::Posture => f.write_str("nobody has said yet how this device is protected"),
            Self::Stale => f.write_str("what is known of this device's protection is too old"),
            Self::Guards(guards) => {
                let words: Vec<&str> = guards.iter().map(|guard| guard.label()).collect();
                write!(f, "this device lacks {}, as far as the practice knows", words.join(" and "))
            }
        }
    }
}

/// Why a report about a device is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadReport {
    /// It is from the future.
    #[error("the device was looked at later than now: set the clock right and look again")]
    Ahead,
    /// It is no news.
    #[error("something newer is known of this device: look again and send that")]
    Old,
}

/// From where a request comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// From one of the practice's own networks.
    Premises,
    /// From outside, with a registered device that stands well.
    Device(DeviceId),
    /// From outside, without one.
    Unknown(Missing),
}

impl Origin {
    /// What the address and the device that the browser's cookie names come to.
    pub fn of(networks: &Networks, source: &str, account: &AccountId, device: Option<&Device>, now: Instant) -> Self {
        if networks.of(source).is_some() {
            return Self::Premises;
        }
        let Some(device) = device else { return Self::Unknown(Missing::Device) };
        match device.standing(account, now) {
            Ok(()) => Self::Device(device.id.clone()),
            Err(missing) => Self::Unknown(missing),
        }
    }
}

impl Device {
    /// Whether this person may use it outside now, and what is missing if not.
    pub fn standing(&self, account: &AccountId, now: Instant) -> Result<(), Missing> {
        if self.ended_at.is_some() || self.browser.is_none() {
            return Err(Missing::Device);
        }
        if self.owner != *account {
            return Err(Missing::Owner);
        }
        let posture = self.posture.as_ref().ok_or(Missing::Posture)?;
        let lacks = posture.lacks();
        if !lacks.is_empty() {
            return Err(Missing::Guards(lacks));
        }
        if posture.is_fresh(now) { Ok(()) } else { Err(Missing::Stale) }
    }

    /// Takes what a program saw of it; false when that is known already.
    pub fn report(&mut self, seen: Posture, now: Instant) -> Result<bool, BadReport> {
        if seen.at > now.plus_seconds(SKEW) {
            return Err(BadReport::Ahead);
        }
        if self.posture.as_ref().is_some_and(|known| known.at > seen.at) {
            return Err(BadReport::Old);
        }
        let new = self.posture.as_ref() != Some(&seen);
        self.posture = Some(seen);
        Ok(new)
    }

    /// Ends its registration.
    pub fn end(&mut self, now: Instant) {
        (self.ended_at, self.code, self.browser) = (Some(now), None, None);
    }
}

/// A device as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "each field is the text of what `Device` documents")]
pub struct DeviceForm {
    pub name: String,
    pub kind: String,
    pub owner: String,
    pub purpose: String,
}

impl DeviceForm {
    /// Reads it: a device that is registered, and nothing more is known of it.
    pub fn read(&self, id: DeviceId) -> Result<Device, Vec<FieldFault>> {
        let mut faults = Faults::new();
        let name = faults.take("name", needed("device's name", &self.name, |text| parse_line(text, 60)));
        let kind = faults.take("kind", DeviceKind::parse(&self.kind).ok_or("choose what it is"));
        let owner = faults.take("owner", AccountId::parse(&self.owner).map_err(|_| "choose who uses it"));
        let purpose =
            faults.take("purpose", needed("work that it is for", &self.purpose, |text| parse_line(text, 200)));
        let device = (|| {
            let (name, kind, owner, purpose) = (name?, kind?, owner?, purpose?);
            let (code, browser, enrolled_at, posture, ended_at) = Default::default();
            Some(Device { id, name, kind, owner, purpose, code, browser, enrolled_at, posture, ended_at })
        })();
        faults.finish(device)
    }
}

/// How a device stands, as an official types it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "each field is the text of what `Posture` documents")]
pub struct PostureForm {
    pub disk: String,
    pub lock: String,
    pub tunnel: String,
    pub words: String,
}

impl PostureForm {
    /// Reads it, as somebody saw it now.
    pub fn read(&self, by: AccountId, now: Instant) -> Result<Posture, Vec<FieldFault>> {
        let mut faults = Faults::new();
        let mut said = |field: &str, text: &str| {
            let said = match text {
                "yes" => Ok(Some(true)),
                "no" => Ok(Some(false)),
                "unknown" => Ok(None),
                _ => Err("choose what you saw"),
            };
            faults.take(field, said)
        };
        let (disk, lock, tunnel) = (said("disk", &self.disk), said("lock", &self.lock), said("tunnel", &self.tunnel));
        let words =
            faults.take("words", needed("words on what you looked at", &self.words, |text| parse_line(text, 400)));
        let posture = (|| {
            Some(Posture { disk: disk?, lock: lock?, tunnel: tunnel?, at: now, by: SaidBy::Person(by), words: words? })
        })();
        faults.finish(posture)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(last: u8) -> String {
        format!("01890000-0000-7000-8000-0000000000{last:02}")
    }

    fn account(last: u8) -> AccountId {
        AccountId::parse(&id(last)).unwrap()
    }

    fn now() -> Instant {
        Instant::from_micros(1_780_000_000_000_000)
    }

    fn posture(by: SaidBy) -> Posture {
        let yes = Some(true);
        Posture { disk: yes, lock: yes, tunnel: yes, at: now(), by, words: String::new() }
    }

    fn device() -> Device {
        let typed = DeviceForm {
            name: "Bea's laptop".into(),
            kind: "laptop".into(),
            owner: id(1),
            purpose: "billing from home".into(),
        };
        let device = typed.read(DeviceId::parse(&id(9)).unwrap()).unwrap();
        Device { browser: Some("ab".into()), posture: Some(posture(SaidBy::Person(account(2)))), ..device }
    }

    #[test]
    fn s_phy_06_every_way_in_which_a_device_does_not_stand_has_its_words() {
        let good = device();
        assert_eq!(good.standing(&account(1), now()), Ok(()));
        let said = |change: fn(&mut Posture)| {
            let mut posture = posture(SaidBy::Person(account(2)));
            change(&mut posture);
            Device { posture: Some(posture), ..device() }
        };
        for (device, who, expect) in [
            (Device { browser: None, ..device() }, 1, Missing::Device),
            (Device { ended_at: Some(now()), ..device() }, 1, Missing::Device),
            (device(), 2, Missing::Owner),
            (Device { posture: None, ..device() }, 1, Missing::Posture),
            (said(|p| p.disk = Some(false)), 1, Missing::Guards(vec![Guard::Disk])),
            (said(|p| p.lock = None), 1, Missing::Guards(vec![Guard::Lock])),
            (said(|p| (p.disk, p.tunnel) = (None, None)), 1, Missing::Guards(vec![Guard::Disk, Guard::Tunnel])),
            (said(|p| p.at = p.at.plus_seconds(3600)), 1, Missing::Stale),
        ] {
            assert_eq!(device.standing(&account(who), now()), Err(expect.clone()));
            assert!(!expect.to_string().is_empty());
        }
    }

    #[test]
    fn s_phy_06_a_word_about_a_device_goes_stale() {
        for (by, days) in [(SaidBy::Person(account(2)), 90), (SaidBy::Program(ClientId::parse(&id(3)).unwrap()), 7)] {
            let device = Device { posture: Some(posture(by)), ..device() };
            assert_eq!(device.standing(&account(1), now().plus_seconds(days * DAY)), Ok(()));
            assert_eq!(device.standing(&account(1), now().plus_seconds(days * DAY + 1)), Err(Missing::Stale));
        }
    }

    #[test]
    fn s_phy_06_an_address_of_the_practice_needs_no_device_and_any_other_does() {
        let networks =
            NetworksForm { own: "192.0.2.0/24 Main Street".to_owned(), ..Default::default() }.read().unwrap();
        let of = |source, device| Origin::of(&networks, source, &account(1), device, now());
        let good = device();
        assert_eq!(of("192.0.2.1", None), Origin::Premises);
        assert_eq!(of("198.51.100.1", Some(&good)), Origin::Device(good.id.clone()));
        assert_eq!(of("198.51.100.1", None), Origin::Unknown(Missing::Device));
        assert_eq!(of("", None), Origin::Unknown(Missing::Device));
    }

    #[test]
    fn a_form_asks_for_everything() {
        let faults = DeviceForm::default().read(DeviceId::parse(&id(9)).unwrap()).unwrap_err();
        let fields: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["name", "kind", "owner", "purpose"]);
        let faults = PostureForm { disk: "maybe".into(), ..Default::default() }.read(account(1), now()).unwrap_err();
        let fields: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["disk", "lock", "tunnel", "words"]);
        let form =
            PostureForm { disk: "yes".into(), lock: "unknown".into(), tunnel: "no".into(), words: "seen".into() };
        let posture = form.read(account(1), now()).unwrap();
        assert_eq!(posture.lacks(), [Guard::Lock, Guard::Tunnel], "unknown is never good");
    }
}
