//! Open a restricted record in an emergency: the reason and a fresh code first, then the notice, then the record.

use domain::access::{Action, Role};
use domain::audit::{Act, Event};
use domain::emergency::{Emergency, EmergencyForm, review_due};
use domain::id::{EmergencyId, PatientId};
use store::{Tx, account, emergency};

use super::end::ended;
use crate::access::Resource;
use crate::account::Typed;
use crate::account::attempt::{Guess, Guesses};
use crate::{App, Cx, Error, Result, stamp};

/// What became of the code.
enum Checked {
    Right,
    Wrong,
    Wait(Option<i64>),
    Over,
}

impl App {
    /// Whether the person may ask for this record. It says nothing of the record.
    pub fn ask_emergency(&self, cx: &Cx, patient: &PatientId) -> Result<()> {
        let subject = |tx: &mut Tx| store::patient::subject(tx, patient).map(Resource::Patient);
        self.look(cx, Action::EmergencyOpen, subject, |_, _| Ok(()))
    }

    /// Opens the record for reading. `code` is what the person's authenticator shows now, and it works once. The use, its
    /// event and the notice to the privacy official are one transaction; where it cannot be recorded, nothing is opened.
    pub fn open_emergency(
        &self,
        cx: &Cx,
        patient: &PatientId,
        form: &EmergencyForm,
        code: &str,
    ) -> Result<EmergencyId> {
        let asked = form.read().map_err(Error::Invalid)?;
        if code.trim().is_empty() {
            return Err(Error::field("code", "type the code that your authenticator shows now"));
        }
        let known = self.store.read("emergency.secret", |tx| account::with_secret(tx, &cx.account))?;
        let typed = self.typed(&cx.account, &known.secret, code)?;
        if !typed.has_totp() {
            return Err(Error::Refused("set up an authenticator first, under your own name".to_owned()));
        }
        let zone = self.practice_facts()?.zone;
        let now = self.clock.now();
        let new = Emergency {
            id: EmergencyId::new(now, &*self.entropy),
            account: cx.account.clone(),
            session: cx.session.clone(),
            patient: patient.clone(),
            cause: asked.cause,
            words: asked.words,
            opened_at: now,
            ends_at: now.plus_seconds(asked.minutes * 60),
            due_at: review_due(now, zone.rules(), self.review_days),
            ended: None,
            review: None,
        };
        let (id, subject) = (new.id.clone(), patient.clone());
        let log = Log::of(self, cx, &new);
        let stamp = stamp(cx, asked.cause.label());
        let checked = self.change(
            cx,
            Action::EmergencyOpen,
            move |tx| store::patient::subject(tx, &subject).map(Resource::Patient),
            move |tx, grant| {
                let checked = check(tx, &typed, &log.guesses)?;
                if matches!(checked, Checked::Right) {
                    let before = emergency::begin(tx, grant, &new, &stamp)?;
                    for old in &before {
                        tx.audit(ended(log.ended.clone(), old));
                    }
                    let told = told(tx)?;
                    tx.audit(log.opened.clone().with("told", told));
                }
                Ok(checked)
            },
        )?;
        match checked {
            Checked::Right => Ok(id),
            Checked::Wrong => {
                Err(Error::field("code", "this is not the code of now, or it was used already: wait for the next"))
            }
            Checked::Wait(Some(seconds)) => {
                Err(Error::field("code", format!("too many attempts: try again in {seconds} seconds")))
            }
            Checked::Wait(None) | Checked::Over => {
                Err(Error::Refused("too many wrong codes, so this session has ended: sign in again".to_owned()))
            }
        }
    }
}

/// What one attempt leaves in the log.
struct Log {
    opened: Event,
    ended: Event,
    guesses: Guesses,
}

impl Log {
    fn of(app: &App, cx: &Cx, new: &Emergency) -> Self {
        let opened = app.event(cx, Act::EmergencyOpened).about([new.patient.clone()]).showing(["emergency"]);
        let failed = app.event(cx, Act::SignInFailed).with("step", "emergency");
        let minutes = new.ends_at.seconds_since(new.opened_at) / 60;
        Self {
            opened: opened.with("emergency", &new.id).with("cause", new.cause).with("minutes", minutes),
            ended: app.event(cx, Act::EmergencyEnded),
            guesses: app.guesses(cx, failed.about([new.patient.clone()])),
        }
    }
}

fn check(tx: &mut Tx, typed: &Typed, guesses: &Guesses) -> store::Result<Checked> {
    match guesses.pay(tx)? {
        Guess::Try => {}
        Guess::Wait(seconds) => return Ok(Checked::Wait(seconds)),
        Guess::Over => return Ok(Checked::Over),
    }
    if !typed.totp(tx)? {
        tx.audit(guesses.wrong("code"));
        return Ok(Checked::Wrong);
    }
    guesses.right(tx)?;
    Ok(Checked::Right)
}

/// How many privacy officials have the notice on their first page now.
fn told(tx: &mut Tx) -> store::Result<usize> {
    let all = account::all(tx)?;
    let official = |a: &domain::account::Account| a.role == Role::PrivacyOfficial && a.disabled_at.is_none();
    Ok(all.iter().filter(|(_, a)| official(&a.value)).count())
}
