//! Hand the log over to systems elsewhere, in its order, without ePHI, and remember how far each got.

use domain::Instant;
use domain::siem::Message;
use store::audit::siem::{self, Receiver};

use crate::{App, Result};

/// Messages that are handed over at once.
const PART: i64 = 1_000;
/// Seconds after which a receiver that was not given everything is behind.
const BEHIND: i64 = 15 * 60;

/// What a receiver gets next.
#[derive(Clone, Debug)]
pub struct Part {
    /// The place of the first message.
    pub from: u64,
    /// The place after the last one.
    pub next: u64,
    /// The messages, in the order of the log; none where there is nothing new.
    pub messages: Vec<Message>,
    /// Whether there may be more.
    pub more: bool,
}

/// A receiver as the page shows it.
#[derive(Clone, Debug)]
pub struct Handed {
    /// How far it got.
    pub receiver: Receiver,
    /// It was not given everything for a quarter of an hour.
    pub behind: bool,
}

impl App {
    /// Takes these for the receivers, when the server starts.
    pub fn siem_receivers_are(&self, names: &[String]) -> Result<()> {
        let names = names.to_vec();
        Ok(self.store.write("siem.receivers", move |tx| siem::receivers_are(tx, &names)).map(drop)?)
    }

    /// What this receiver gets next.
    pub fn siem_part(&self, name: &str) -> Result<Part> {
        let log = self.store.log().clone();
        let (from, entries, origin) = self.store.read("siem.part", |tx| {
            let receiver = siem::receivers(tx)?.into_iter().find(|one| one.name == name);
            let from = receiver.ok_or(store::Error::NotFound("siem"))?.next;
            let generation = store::audit::name::generation(tx)?;
            Ok((from, siem::numbered(&log, tx, from, PART)?, log.name(generation)))
        })?;
        let next = entries.last().map_or(from, |(place, ..)| place + 1);
        let more = i64::try_from(entries.len()).unwrap_or(PART) >= PART;
        let message = |(place, leaf, event): &siem::Numbered| {
            Message::of(&origin, *place, leaf, event.as_ref(), |patient| log.pseudonym(patient))
        };
        Ok(Part { from, next, messages: entries.iter().map(message).collect(), more })
    }

    /// Notes that a part was handed over. Should the process die before this, the part is handed over again.
    pub fn siem_handed_over(&self, name: &str, part: &Part) -> Result<()> {
        let (name, from, next, all) = (name.to_owned(), part.from, part.next, !part.more);
        Ok(self.store.write("siem.handed_over", move |tx| siem::handed_over(tx, &name, from, next, all)).map(drop)?)
    }

    /// Notes why nothing could be handed over.
    pub fn siem_failed(&self, name: &str, said: &str) -> Result<()> {
        let (name, said) = (name.to_owned(), said.to_owned());
        Ok(self.store.write("siem.failed", move |tx| siem::not_handed_over(tx, &name, &said)).map(drop)?)
    }
}

/// The receivers with whether they are behind now.
pub(super) fn handed(receivers: Vec<Receiver>, size: i64, now: Instant) -> Vec<Handed> {
    let size = u64::try_from(size).unwrap_or(0);
    let handed = |receiver: Receiver| {
        let behind = receiver.next < size && now.seconds_since(receiver.caught_up_at) >= BEHIND;
        Handed { behind, receiver }
    };
    receivers.into_iter().map(handed).collect()
}
