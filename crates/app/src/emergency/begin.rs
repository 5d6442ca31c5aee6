//! Open a restricted record in an emergency: the reason and a fresh second factor first, then the notice, then the record.

use domain::access::{Action, Role};
use domain::audit::Act;
use domain::emergency::{Asked, Emergency, review_due};
use domain::id::{EmergencyId, PatientId};
use store::{Tx, account, emergency};

use super::end::ended;
use crate::access::Resource;
use crate::account::Fresh;
use crate::{App, Cx, Result, stamp};

impl App {
    /// Whether the person may ask for this record. It says nothing of the record.
    pub fn ask_emergency(&self, cx: &Cx, patient: &PatientId) -> Result<()> {
        let subject = |tx: &mut Tx| store::patient::subject(tx, patient).map(Resource::Patient);
        self.look(cx, Action::EmergencyOpen, subject, |_, _| Ok(()))
    }

    /// Opens the record for reading. The use, its event and the notice to the privacy official are one transaction; where it
    /// cannot be recorded, nothing is opened.
    pub fn open_emergency(&self, who: Fresh<'_>, patient: &PatientId, asked: &Asked) -> Result<EmergencyId> {
        let cx = who.cx();
        let zone = self.practice_facts()?.zone;
        let now = self.clock.now();
        let new = Emergency {
            id: EmergencyId::new(now, &*self.entropy),
            account: cx.account.clone(),
            session: cx.session.clone(),
            patient: patient.clone(),
            cause: asked.cause,
            words: asked.words.clone(),
            opened_at: now,
            ends_at: now.plus_seconds(asked.minutes * 60),
            due_at: review_due(now, zone.rules(), self.review_days),
            ended: None,
            review: None,
        };
        let (id, subject) = (new.id.clone(), patient.clone());
        let (stamp, over) = (stamp(cx, asked.cause.label()), self.event(cx, Act::EmergencyEnded));
        let opened = self.event(cx, Act::EmergencyOpened).about([patient.clone()]).showing(["emergency"]);
        let opened = opened.with("emergency", &id).with("cause", asked.cause).with("minutes", asked.minutes);
        self.change(
            cx,
            Action::EmergencyOpen,
            move |tx| store::patient::subject(tx, &subject).map(Resource::Patient),
            move |tx, grant| {
                for old in &emergency::begin(tx, grant, &new, &stamp)? {
                    tx.audit(ended(over.clone(), old));
                }
                let told = told(tx)?;
                tx.audit(opened.clone().with("told", told));
                Ok(())
            },
        )?;
        Ok(id)
    }
}

/// How many privacy officials have the notice on their first page now.
fn told(tx: &mut Tx) -> store::Result<usize> {
    let (now, all) = (tx.now(), account::all(tx)?);
    let official = |a: &domain::account::Account| a.role == Role::PrivacyOfficial && a.is_open(now);
    Ok(all.iter().filter(|(_, a)| official(&a.value)).count())
}
