//! Where a batch's file is, and what a person says of one whose arrival is not known.

use domain::access::Action;
use domain::audit::Act;
use domain::batch::Batch;
use domain::delivery::{Delivery, DeliveryState, Said};
use domain::id::{BatchId, FileId};
use store::Tx;
use store::record::Versioned;

use super::ready;
use super::send::{refused, today};
use crate::access::Resource;
use crate::account::{name_of, who};
use crate::{App, Cx, Error, Result, stamp};

/// Where a batch's file is.
#[derive(Clone, Debug)]
pub struct DeliveryShown {
    /// The delivery.
    pub delivery: Delivery,
    /// Why it waits, when it may not leave now.
    pub waits: Option<String>,
    /// Who said each thing in `delivery.said`.
    pub said_by: Vec<String>,
}

/// What a person says of a file.
#[derive(Clone, Copy, Debug)]
pub struct Words<'a> {
    /// Whether the partner has it; if not, it is sent again.
    pub arrived: bool,
    /// How they know.
    pub reason: &'a str,
}

impl App {
    /// A person says what became of a batch's file: the partner has it, or it is sent again.
    pub fn say_of_delivery(&self, cx: &Cx, batch: &BatchId, words: Words<'_>) -> Result<()> {
        let (arrived, reason) = (words.arrived, words.reason.trim().to_owned());
        if reason.is_empty() {
            return Err(Error::field("reason", "say how you know: the reason is kept with the file"));
        }
        let event = self.event(cx, Act::FileSettled).with("arrived", arrived).with("reason", &reason);
        let (batch, by, stamp) = (batch.clone(), cx.account.clone(), stamp(cx, &reason));
        self.change(
            cx,
            Action::ClaimRelease,
            |_| Ok(Resource::Practice),
            move |tx, _grant| {
                let found = store::delivery::of_batch(tx, &batch)?.ok_or(store::Error::NotFound("delivery"))?;
                let Versioned { value: mut delivery, version } = found;
                let before = delivery.state;
                let (at, by, reason) = (tx.now(), by.clone(), reason.clone());
                delivery.say(Said { at, by, arrived, reason }).map_err(refused)?;
                store::delivery::change(tx, &delivery, version, &stamp)?;
                let event = event.clone().object("delivery", &delivery.id).with("was", before);
                let event = event.with("file", &delivery.file).with("partner", &delivery.partner);
                tx.audit(event.with("digest", &delivery.digest));
                Ok(())
            },
        )
    }
}

/// Where a batch's file is; nothing when its partner had no connector at the release.
pub(crate) fn shown(tx: &mut Tx, batch: &BatchId) -> store::Result<Option<DeliveryShown>> {
    let Some(found) = store::delivery::of_batch(tx, batch)? else { return Ok(None) };
    let delivery = found.value;
    let waits = if delivery.state == DeliveryState::Waiting {
        let now = tx.now();
        let today = today(tx, now)?;
        ready(tx, &delivery, today)?.err()
    } else {
        delivery.look_failed.clone()
    };
    let people = who(tx)?;
    let said_by = delivery.said.iter().map(|said| name_of(&people, &said.by)).collect();
    Ok(Some(DeliveryShown { delivery, waits, said_by }))
}

/// Puts a released batch's file into the outbox, when its partner has a connector.
pub(crate) fn queue(tx: &mut Tx, batch: &Batch, file: &FileId, stamp: &store::record::Stamp) -> store::Result<()> {
    let Some(release) = &batch.release else { return Ok(()) };
    if store::connector::of(tx, &batch.partner)?.is_none() {
        return Ok(());
    }
    let (info, now) = (store::file::info(tx, file)?, tx.now());
    let delivery = Delivery {
        id: domain::id::DeliveryId::new(now, tx.entropy()),
        file: file.clone(),
        batch: batch.id.clone(),
        partner: batch.partner.clone(),
        name: Delivery::name_of(&batch.reference, &info.digest),
        digest: info.digest,
        size: info.size,
        basis: release.basis.clone(),
        released_by: stamp.actor.clone(),
        queued_at: now,
        state: DeliveryState::Waiting,
        due_at: now,
        attempts: Vec::new(),
        said: Vec::new(),
        look_failed: None,
    };
    store::delivery::queue(tx, &delivery, stamp)
}
