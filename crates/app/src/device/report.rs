//! What a program that looks after devices saw of one.

use domain::Instant;
use domain::access::Action;
use domain::audit::{Act, Actor};
use domain::client::IntakeKind;
use domain::device::{Device, Posture, SaidBy};
use domain::id::DeviceId;
use store::directory;
use store::intake::Taken;
use store::record::Stamp;

use super::register::write;
use crate::access::Resource;
use crate::client::ClientCx;
use crate::{App, Result};

/// What was seen. What the program does not know is not there, and is never taken for good.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// When.
    pub at: Instant,
    /// Whether every disk with data is encrypted.
    pub disk: Option<bool>,
    /// Whether the screen locks by itself.
    pub lock: Option<bool>,
    /// Whether it comes through a VPN or zero trust.
    pub tunnel: Option<bool>,
}

impl App {
    /// Keeps a report byte for byte, and says of the device what it says, in one transaction.
    pub fn report_posture(&self, cx: &ClientCx, id: &DeviceId, seen: Seen, body: &str) -> Result<Taken> {
        let Seen { at, disk, lock, tunnel } = seen;
        let by = SaidBy::Program(cx.client.clone());
        let posture = Posture { disk, lock, tunnel, at, by, words: String::new() };
        let kept = self.event(cx, Act::ReportTaken).with("kind", IntakeKind::Posture).with("device", id);
        let said = self.event(cx, Act::DeviceChanged).with("what", "posture").with("reason", "reported");
        let stamp = Stamp { actor: Actor::Client(cx.client.clone()).to_string(), reason: "reported".to_owned() };
        let (id, body, who) = (id.clone(), body.to_owned(), cx.clone());
        self.change(
            cx,
            Action::PostureReport,
            |_| Ok(Resource::Compliance),
            move |tx, _grant| {
                let mut device = directory::one::<Device>(tx, id.as_str())?.value;
                store::client::note_use(tx, &who.client, who.scope)?;
                let taken = store::intake::take(tx, &who.client, IntakeKind::Posture, &body, kept.clone())?;
                let refused = |why: domain::device::BadReport| store::Error::Refused(why.to_string());
                if device.report(posture.clone(), tx.now()).map_err(refused)? {
                    write(tx, &id, (&stamp, &said), |_, device| {
                        device.posture = Some(posture.clone());
                        Ok(())
                    })?;
                }
                Ok(taken)
            },
        )
    }
}
