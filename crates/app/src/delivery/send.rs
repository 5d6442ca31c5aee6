//! Take what is due from the outbox, send it, and record what came of it.

use std::sync::TryLockError;

use domain::Instant;
use domain::audit::{Act, Event, Outcome, Purpose};
use domain::delivery::{Delivery, DeliveryState, Ended};
use domain::id::DeliveryId;
use jiff::civil::Date;
use sha2::{Digest as _, Sha256};
use store::Tx;
use store::record::{Stamp, Versioned};

use super::{Line, Parcel, ready};
use crate::practice::Facts;
use crate::{App, Error, Result};

/// The part of the server that sends.
const PART: &str = "outbox";

impl App {
    /// Sends what is due and looks for what was interrupted, one file after another. Returns how many attempts ended. Called
    /// while another call runs, it does nothing.
    pub fn deliver_due(&self) -> Result<usize> {
        let _alone = match self.outbound.running.try_lock() {
            Err(TryLockError::WouldBlock) => return Ok(0),
            // A call that panicked left its file where the row says.
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Ok(alone) => alone,
        };
        let (now, mut ended) = (self.clock.now(), 0);
        let due = self.store.read("delivery.due", |tx| store::delivery::due(tx, now))?;
        for delivery in due {
            let tried = match delivery.state {
                DeliveryState::Sending => self.find_out(&delivery),
                _ => self.send(&delivery),
            };
            match tried {
                Ok(tried) => ended += usize::from(tried),
                // One file that cannot be sent holds up no other.
                Err(error) => tracing::error!(%error, delivery = %delivery.id, "a released file could not be sent"),
            }
        }
        Ok(ended)
    }

    /// Sends a file that waits; whether it was tried.
    fn send(&self, delivery: &Delivery) -> Result<bool> {
        let waits = |tx: &mut Tx| {
            let today = today(tx, self.clock.now())?;
            Ok(ready(tx, delivery, today)?.is_err())
        };
        if self.store.read("delivery.ready", waits)? {
            return Ok(false);
        }
        // Decided, recorded and read in one transaction: what leaves is what the event names.
        let (id, event, now) = (delivery.id.clone(), self.sending_event(Act::FileSending), self.clock.now());
        let begun = self.store.write("delivery.begin", move |tx| {
            let Versioned { value: mut delivery, version } = store::delivery::open(tx, &id)?;
            let today = today(tx, now)?;
            let Ok(ready) = ready(tx, &delivery, today)? else { return Ok(None) };
            if delivery.state != DeliveryState::Waiting {
                return Ok(None);
            }
            let bytes = store::delivery::bytes(tx, &id)?;
            let sealed = store::connector::secret(tx, &delivery.partner)?;
            let event = named(&event, &delivery).with("basis", &ready.basis).with("to", &ready.partner.name);
            let event = event.with("place", ready.connector.way.place()).with("attempt", delivery.attempts.len() + 1);
            let event = tx.audit(event.about(bytes.subjects()).showing(bytes.fields()));
            delivery.begin(tx.now(), event).map_err(refused)?;
            store::delivery::change(tx, &delivery, version, &by("sending"))?;
            Ok(Some((delivery, ready.connector, sealed, bytes)))
        })?;
        let Some((delivery, connector, sealed, bytes)) = begun.value else { return Ok(false) };
        let receipt = begun.receipts.first().ok_or(Error::Store(store::Error::Stopping))?;
        let bytes = bytes.release(receipt).map_err(|e| Error::Release(e.to_string()))?;
        let line = self.line(&connector, &sealed)?;
        let mut committing = || self.note_committing(&delivery.id);
        let key = key_of(&delivery);
        match self.outbound.carrier().send(&line, &parcel(&delivery, &key, &bytes), &mut committing) {
            Ok(ended) => self.record_end(&delivery.id, ended).map(|()| true),
            Err(why) => self.record_not_looked(&delivery, why),
        }
    }

    /// Finds out what became of an attempt that was interrupted.
    fn find_out(&self, delivery: &Delivery) -> Result<bool> {
        if !delivery.may_be_there() {
            let why = "the server stopped before the partner could have it".to_owned();
            self.record_end(&delivery.id, Ended::NotArrived(why))?;
            return Ok(true);
        }
        match self.way_to_look(delivery)? {
            Ok(line) => match self.outbound.carrier().look(&line, &parcel(delivery, &key_of(delivery), &[])) {
                Ok(ended) => self.record_end(&delivery.id, ended).map(|()| true),
                Err(why) => self.record_not_looked(delivery, why),
            },
            Err(why) => self.record_not_looked(delivery, why),
        }
    }

    fn way_to_look(&self, delivery: &Delivery) -> Result<Result<Line, String>> {
        let found = self.store.read("delivery.look", |tx| {
            let Some(connector) = store::connector::of(tx, &delivery.partner)? else { return Ok(None) };
            Ok(Some((connector.value, store::connector::secret(tx, &delivery.partner)?)))
        })?;
        match found {
            Some((connector, _)) if connector.paused.is_some() => Ok(Err("the connector is paused".to_owned())),
            Some((connector, sealed)) => self.line(&connector, &sealed).map(Ok),
            None => Ok(Err("its partner has no connector any more".to_owned())),
        }
    }

    /// From here on the partner may have it; false when that could not be kept, or when somebody else took the file over.
    fn note_committing(&self, id: &DeliveryId) -> bool {
        let id = id.clone();
        let noted = self.store.write("delivery.commit", move |tx| {
            let Versioned { value: mut delivery, version } = store::delivery::open(tx, &id)?;
            delivery.commit().map_err(refused)?;
            store::delivery::change(tx, &delivery, version, &by("nearly there"))
        });
        noted.is_ok()
    }

    fn record_end(&self, id: &DeliveryId, ended: Ended) -> Result<()> {
        let (act, outcome) = match &ended {
            Ended::Delivered(_) => (Act::FileDelivered, Outcome::Done),
            _ => (Act::FileNotDelivered, Outcome::Failed),
        };
        let unsure = matches!(ended, Ended::Unsure(_));
        let event = self.sending_event(act).ending(outcome).with("why", ended.words()).with("unsure", unsure);
        let id = id.clone();
        self.store.write("delivery.end", move |tx| {
            let Versioned { value: mut delivery, version } = store::delivery::open(tx, &id)?;
            delivery.end(tx.now(), ended.clone()).map_err(refused)?;
            store::delivery::change(tx, &delivery, version, &by(ended.words()))?;
            tx.audit(named(&event, &delivery).with("state", delivery.state).with("attempt", delivery.attempts.len()));
            Ok(())
        })?;
        Ok(())
    }

    /// Nothing is known still: it is looked for again later, and a person may say what became of it.
    fn record_not_looked(&self, delivery: &Delivery, why: String) -> Result<bool> {
        let id = delivery.id.clone();
        self.store.write("delivery.not_looked", move |tx| {
            let Versioned { value: mut delivery, version } = store::delivery::open(tx, &id)?;
            delivery.not_looked(tx.now(), why.clone()).map_err(refused)?;
            store::delivery::change(tx, &delivery, version, &by(&why))
        })?;
        Ok(false)
    }

    fn sending_event(&self, act: Act) -> Event {
        Event { purpose: Purpose::Payment, ..self.system_event(act, PART) }
    }
}

/// The event with what V-17 asks of every file that leaves: who released it, to whom, on what ground, and its digest.
fn named(event: &Event, delivery: &Delivery) -> Event {
    let event = event.clone().object("delivery", &delivery.id).with("file", &delivery.file);
    let event = event.with("batch", &delivery.batch).with("partner", &delivery.partner).with("name", &delivery.name);
    let event = event.with("digest", &delivery.digest).with("bytes", delivery.size);
    event.with("released_by", &delivery.released_by).with("released_on", &delivery.basis)
}

fn parcel<'a>(delivery: &'a Delivery, key: &'a str, bytes: &'a [u8]) -> Parcel<'a> {
    Parcel { name: &delivery.name, digest: &delivery.digest, size: delivery.size, key, bytes }
}

/// Of this file and no other, and the same at every attempt.
fn key_of(delivery: &Delivery) -> String {
    let digest = Sha256::digest(format!("{}|{}", delivery.file, delivery.digest));
    hex::encode(digest).chars().take(32).collect()
}

/// The practice's date.
pub(super) fn today(tx: &mut Tx, now: Instant) -> store::Result<Date> {
    Ok(store::directory::one::<Facts>(tx, "facts")?.value.zone.date(now))
}

fn by(reason: &str) -> Stamp {
    Stamp { actor: format!("system:{PART}"), reason: reason.to_owned() }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape of map_err")]
pub(super) fn refused(error: impl ToString) -> store::Error {
    store::Error::Refused(error.to_string())
}
