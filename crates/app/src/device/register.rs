//! Register devices, say how they stand, end them: the security official's work (45 CFR 164.310(d)(1)).

use domain::Instant;
use domain::access::Action;
use domain::audit::{Act, Event};
use domain::device::{CODE_HOURS, Code, Device, DeviceForm, PostureForm};
use domain::id::{AccountId, DeviceId, SessionId};
use store::account::throttle;
use store::record::{Stamp, Versioned};
use store::{Tx, directory, session};

use crate::access::Resource;
use crate::account::{Fresh, hash_code, random_code};
use crate::{App, Cx, Error, Result, stamp};

/// Groups of four letters in a one-time code: 80 bits.
const CODE_GROUPS: usize = 4;

/// A one-time code, to be typed on the device. It is shown once, and has no `Debug`: it is a secret.
#[derive(Clone)]
pub struct GivenCode {
    /// The device.
    pub id: DeviceId,
    /// The code.
    pub code: String,
    /// When it stops.
    pub ends_at: Instant,
}

/// What is kept of a device's code.
pub(super) fn hashed(id: &DeviceId, code: &str) -> String {
    hash_code(&format!("device|{id}"), code)
}

impl App {
    /// Registers a device. It counts for nothing until its code is typed on it and somebody said how it stands.
    pub fn register_device(&self, who: Fresh<'_>, form: &DeviceForm) -> Result<GivenCode> {
        let cx = who.cx();
        let _ = self.authorize(cx, Action::DeviceEdit, Resource::Practice)?;
        let given = self.device_code(DeviceId::new(self.clock.now(), &*self.entropy));
        let mut device = form.read(given.id.clone()).map_err(Error::Invalid)?;
        device.code = Some(Code { hash: hashed(&given.id, &given.code), ends_at: given.ends_at });
        let event = self.event(cx, Act::DeviceChanged).object("device", &given.id).with("what", "registered");
        let event = event.with("name", &device.name).with("kind", device.kind).with("owner", &device.owner);
        let stamp = stamp(cx, "registered");
        self.change(
            cx,
            Action::DeviceEdit,
            |_| Ok(Resource::Practice),
            move |tx, _grant| {
                works_here(tx, &device.owner)?;
                directory::add(tx, &device, &stamp)?;
                tx.audit(event.clone());
                Ok(())
            },
        )?;
        Ok(given)
    }

    /// A new one-time code, for a browser that lost its cookie. The one enrolled now goes on until the code is typed.
    pub fn new_device_code(&self, who: Fresh<'_>, id: &DeviceId) -> Result<GivenCode> {
        let given = self.device_code(id.clone());
        let code = Code { hash: hashed(id, &given.code), ends_at: given.ends_at };
        self.edit_device(who.cx(), id, ("code", "a new code"), move |_, device| {
            device.code = Some(code.clone());
            Ok(())
        })?;
        Ok(given)
    }

    /// Says how a device stands, in an official's words.
    pub fn say_posture(&self, who: Fresh<'_>, id: &DeviceId, form: &PostureForm) -> Result<()> {
        let cx = who.cx();
        let posture = form.read(cx.account.clone(), self.clock.now()).map_err(Error::Invalid)?;
        let words = posture.words.clone();
        self.edit_device(cx, id, ("posture", &words), move |_, device| {
            device.posture = Some(posture.clone());
            Ok(())
        })
    }

    /// Ends a registration: every session in the device's browser ends with this commit.
    pub fn end_device(&self, cx: &Cx, id: &DeviceId, reason: &str) -> Result<()> {
        if reason.trim().is_empty() {
            return Err(Error::field("reason", "say why: the reason is kept with the change"));
        }
        let ended = self.edit_device(cx, id, ("ended", reason.trim()), end)?;
        for session in &ended {
            self.activity.forget(session);
        }
        Ok(())
    }

    fn device_code(&self, id: DeviceId) -> GivenCode {
        let ends_at = self.clock.now().plus_seconds(CODE_HOURS * 3600);
        GivenCode { id, code: random_code(&*self.entropy, CODE_GROUPS), ends_at }
    }

    fn edit_device<T: Send + 'static>(
        &self,
        cx: &Cx,
        id: &DeviceId,
        (what, reason): (&str, &str),
        edit: impl Fn(&mut Tx, &mut Device) -> store::Result<T> + Send + 'static,
    ) -> Result<T> {
        let event = self.event(cx, Act::DeviceChanged).with("what", what).with("reason", reason);
        let (stamp, id) = (stamp(cx, reason), id.clone());
        self.change(
            cx,
            Action::DeviceEdit,
            |_| Ok(Resource::Practice),
            move |tx, _grant| write(tx, &id, (&stamp, &event), &edit),
        )
    }
}

/// Nobody gets a device who does not work here.
fn works_here(tx: &mut Tx, owner: &AccountId) -> store::Result<()> {
    let gone = store::account::load(tx, owner)?.value.disabled_at.is_some();
    let why = "this person's access has ended: choose somebody who works here";
    if gone { Err(store::Error::Refused(why.to_owned())) } else { Ok(()) }
}

fn end(tx: &mut Tx, device: &mut Device) -> store::Result<Vec<SessionId>> {
    let mut ended = Vec::new();
    if let Some(browser) = &device.browser {
        ended = session::end_in_browser(tx, browser)?;
        throttle::forget_device(tx, browser, &device.owner)?;
    }
    device.end(tx.now());
    Ok(ended)
}

/// Changes a device that is registered still.
pub(super) fn write<T>(
    tx: &mut Tx,
    id: &DeviceId,
    (stamp, event): (&Stamp, &Event),
    edit: impl Fn(&mut Tx, &mut Device) -> store::Result<T>,
) -> store::Result<T> {
    let Versioned { value: mut device, version } = directory::one::<Device>(tx, id.as_str())?;
    if device.ended_at.is_some() {
        return Err(store::Error::Refused("this device's registration has ended: register it anew".to_owned()));
    }
    let done = edit(tx, &mut device)?;
    directory::change(tx, &device, version, stamp)?;
    tx.audit(event.clone().object("device", id).with("name", &device.name).with("owner", &device.owner));
    Ok(done)
}

/// Ends the registration of every device of somebody whose access ends, in that transaction. The event is of that act.
pub(crate) fn end_all(tx: &mut Tx, owner: &AccountId, stamp: &Stamp, event: &Event) -> store::Result<()> {
    for Versioned { value: device, .. } in directory::all::<Device>(tx)? {
        if device.owner == *owner && device.ended_at.is_none() {
            let event = Event { act: Act::DeviceChanged, ..event.clone() }.with("what", "ended");
            write(tx, &device.id, (stamp, &event), end)?;
        }
    }
    Ok(())
}
