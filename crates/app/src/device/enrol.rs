//! A registered device becomes known: its owner signs in on it and types its one-time code.

use domain::audit::Act;
use domain::device::Device;
use store::account::throttle;
use store::record::Versioned;
use store::{directory, session};

use super::register::{hashed, write};
use crate::account::{Guess, hash_token, random_token};
use crate::{App, Cx, Result, same_text, stamp};

/// What a typed code leads to.
#[derive(Clone)]
pub enum Enrol {
    /// This browser is the device's now, by this token.
    Done(String),
    /// No device of this person waits for this code.
    Refused,
    /// Too many attempts: after so many seconds.
    Wait(Option<i64>),
    /// Twenty wrong ones in a row: the session has ended.
    Over,
}

impl App {
    /// Makes the browser that asks the one of the device whose code it is. Only the device's owner can, with a session; that
    /// session may be outside, where it opens nothing else.
    pub fn enrol_device(&self, cx: &Cx, code: &str) -> Result<Enrol> {
        let guesses = self.guesses(cx, self.event(cx, Act::DeviceEnrolled));
        let event = self.event(cx, Act::DeviceEnrolled);
        let (stamp, cx, code) = (stamp(cx, "enrolled"), cx.clone(), code.to_owned());
        // The cookie that the browser had was given before anybody knew the device: it gets another.
        let token = random_token(&*self.entropy);
        let done = self.store.write("device.enrol", move |tx| {
            match guesses.pay(tx)? {
                Guess::Try => {}
                Guess::Wait(seconds) => return Ok(Enrol::Wait(seconds)),
                Guess::Over => return Ok(Enrol::Over),
            }
            let now = tx.now();
            let waits = |device: &Device| {
                let open = device.code.as_ref().filter(|kept| now <= kept.ends_at && device.ended_at.is_none());
                device.owner == cx.account && open.is_some_and(|kept| same_text(&kept.hash, &hashed(&device.id, &code)))
            };
            let found = directory::all::<Device>(tx)?.into_iter().find(|device| waits(&device.value));
            let Some(Versioned { value: device, .. }) = found else {
                tx.audit(guesses.wrong("code"));
                return Ok(Enrol::Refused);
            };
            guesses.right(tx)?;
            let browser = hash_token(&token);
            write(tx, &device.id, (&stamp, &event), |tx, device| {
                (device.code, device.enrolled_at) = (None, Some(tx.now()));
                device.browser = Some(browser.clone());
                Ok(())
            })?;
            throttle::remember_device(tx, &browser, &cx.account)?;
            session::set_device(tx, &cx.session, &browser)?;
            Ok(Enrol::Done(token.clone()))
        })?;
        Ok(done.value)
    }
}
