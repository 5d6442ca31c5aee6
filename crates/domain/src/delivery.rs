//! Deliveries: a released file on its way to its partner. A file has one, so it is never sent twice.
//!
//! What surely did not arrive is tried again by itself. Of what may have arrived, nobody but the partner knows: it is looked for
//! where that can be done, and waits for a person where it cannot.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::access::names;
use crate::audit::{Act, Event, Purpose};
use crate::clock::Instant;
use crate::id::{AccountId, BatchId, DeliveryId, EventId, FileId, PartnerId};
use crate::partner::Basis;

names! {
    /// Where a file is.
    DeliveryState {
        /// Here: it has not been sent, or surely did not arrive.
        Waiting = "waiting", "Waiting";
        /// On the way: its sending is on record, and how it ended is not yet.
        Sending = "sending", "Sending";
        /// With the partner.
        Delivered = "delivered", "Delivered";
        /// Not with the partner, and not tried again by itself.
        Refused = "refused", "Not delivered";
        /// Nobody here knows: a person asks the partner.
        Unsure = "unsure", "Unsure";
    }
}

/// Seconds until the next attempt, after each one that did not arrive; after the last of them a person decides.
const PAUSES: [i64; 8] = [60, 300, 900, 3600, 3600, 7200, 14_400, 28_800];
/// Seconds until a file is looked for again at a partner that could not be asked.
const LOOKS: i64 = 300;

/// How an attempt ended, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// The partner has it.
    Delivered(String),
    /// It surely did not arrive, and may later.
    NotArrived(String),
    /// It surely did not arrive, and will not until somebody changes something.
    Refused(String),
    /// It may have arrived.
    Unsure(String),
}

impl Ended {
    /// The words.
    pub fn words(&self) -> &str {
        let (Self::Delivered(words) | Self::NotArrived(words) | Self::Refused(words) | Self::Unsure(words)) = self;
        words
    }
}

/// One attempt to send it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// When it was put on record: before the first byte left.
    pub begun_at: Instant,
    /// The event that says so.
    pub event: EventId,
    /// Whether it came so far that the partner may have it: from here on, silence is no answer.
    pub committing: bool,
    /// When and how it ended.
    pub ended: Option<(Instant, Ended)>,
}

/// What a person said of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// When.
    pub at: Instant,
    /// Who.
    pub by: AccountId,
    /// Whether the partner has it; if not, it is sent again.
    pub arrived: bool,
    /// How they know.
    pub reason: String,
}

/// A released file on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// The file.
    pub file: FileId,
    /// The batch that it came from.
    pub batch: BatchId,
    /// Who gets it.
    pub partner: PartnerId,
    /// What it is called at the partner's.
    pub name: String,
    /// SHA-256, hexadecimal.
    pub digest: String,
    /// Bytes.
    pub size: u64,
    /// On what ground it was released.
    pub basis: Basis,
    /// Who released it, as the log names them.
    pub released_by: String,
    /// When.
    pub queued_at: Instant,
    /// Where it is.
    pub state: DeliveryState,
    /// Before this nothing is tried.
    pub due_at: Instant,
    /// Every attempt, oldest first.
    pub attempts: Vec<Attempt>,
    /// What people said of it, oldest first.
    pub said: Vec<Said>,
    /// Why the file could not be looked for, when it should have been.
    pub look_failed: Option<String>,
}

/// It is not where somebody thinks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the file is not where this page said: it is `{0}` now, so nothing was done")]
pub struct NotThere(pub &'static str);

impl Delivery {
    /// The name of a file at a partner's: our number of the batch, and enough of the digest that another file never has it. No ePHI.
    pub fn name_of(reference: &str, digest: &str) -> String {
        let digest: String = digest.chars().take(12).collect();
        format!("{reference}-{digest}.837")
    }

    /// Begins an attempt, whose event commits with it.
    pub fn begin(&mut self, at: Instant, event: EventId) -> Result<(), NotThere> {
        self.must_be(&[DeliveryState::Waiting])?;
        self.state = DeliveryState::Sending;
        self.attempts.push(Attempt { begun_at: at, event, committing: false, ended: None });
        Ok(())
    }

    /// Notes that from here on the partner may have it.
    pub fn commit(&mut self) -> Result<(), NotThere> {
        self.must_be(&[DeliveryState::Sending])?;
        if let Some(last) = self.attempts.last_mut() {
            last.committing = true;
        }
        Ok(())
    }

    /// Whether the last attempt came so far that the partner may have it.
    pub fn may_be_there(&self) -> bool {
        self.attempts.last().is_some_and(|last| last.committing)
    }

    /// Ends the attempt.
    pub fn end(&mut self, at: Instant, ended: Ended) -> Result<(), NotThere> {
        self.must_be(&[DeliveryState::Sending])?;
        self.look_failed = None;
        let tries = self.tries();
        let (state, due_at) = match &ended {
            Ended::Delivered(_) => (DeliveryState::Delivered, at),
            Ended::Refused(_) => (DeliveryState::Refused, at),
            Ended::Unsure(_) => (DeliveryState::Unsure, at),
            Ended::NotArrived(_) => match PAUSES.get(tries.saturating_sub(1)) {
                Some(pause) => (DeliveryState::Waiting, at.plus_seconds(*pause)),
                None => (DeliveryState::Refused, at),
            },
        };
        (self.state, self.due_at) = (state, due_at);
        if let Some(last) = self.attempts.last_mut() {
            last.ended = Some((at, ended));
        }
        Ok(())
    }

    /// The partner could not be asked whether it is there.
    pub fn not_looked(&mut self, at: Instant, why: String) -> Result<(), NotThere> {
        self.must_be(&[DeliveryState::Sending])?;
        (self.look_failed, self.due_at) = (Some(why), at.plus_seconds(LOOKS));
        Ok(())
    }

    /// A person says what became of it. What has not arrived is sent again.
    pub fn say(&mut self, said: Said) -> Result<(), NotThere> {
        if !self.asks_somebody() {
            return Err(NotThere(self.state.label()));
        }
        self.state = if said.arrived { DeliveryState::Delivered } else { DeliveryState::Waiting };
        (self.due_at, self.look_failed) = (said.at, None);
        if let Some(last) = self.attempts.last_mut().filter(|last| last.ended.is_none()) {
            last.ended = Some((said.at, Ended::Unsure("a person said what became of it".to_owned())));
        }
        self.said.push(said);
        Ok(())
    }

    /// Whether a person may say what became of it.
    pub fn asks_somebody(&self) -> bool {
        match self.state {
            DeliveryState::Unsure | DeliveryState::Refused => true,
            // The way may be gone for good while the file went by another.
            DeliveryState::Waiting => !self.attempts.is_empty(),
            DeliveryState::Sending => self.look_failed.is_some(),
            DeliveryState::Delivered => false,
        }
    }

    /// The words of the last attempt that ended.
    pub fn last_words(&self) -> &str {
        let ended = self.attempts.iter().rev().find_map(|attempt| attempt.ended.as_ref());
        ended.map_or("", |(_, ended)| ended.words())
    }

    /// When the partner had it.
    pub fn delivered_at(&self) -> Option<Instant> {
        (self.state == DeliveryState::Delivered).then_some(self.due_at)
    }

    /// Whether an event says of a sending all that is asked of what leaves: for whom it acted and why, what left about whom, to which
    /// partner, and on what ground.
    pub fn is_told_by(&self, event: &Event) -> bool {
        let told = |key: &str| event.detail.get(key).map(String::as_str);
        let size = self.size.to_string();
        let facts = [
            ("file", self.file.as_str()),
            ("digest", &self.digest),
            ("bytes", &size),
            ("partner", self.partner.as_str()),
            ("released_by", &self.released_by),
        ];
        let right = event.act == Act::FileSending && event.purpose == Purpose::Payment && !event.subjects.is_empty();
        right
            && facts.iter().all(|(key, value)| told(key) == Some(*value))
            && told("basis").is_some_and(|b| !b.is_empty())
    }

    /// Attempts since somebody last said something.
    fn tries(&self) -> usize {
        let since = self.said.last().map_or(self.queued_at, |said| said.at);
        self.attempts.iter().filter(|attempt| attempt.begun_at >= since).count()
    }

    fn must_be(&self, states: &[DeliveryState]) -> Result<(), NotThere> {
        if states.contains(&self.state) { Ok(()) } else { Err(NotThere(self.state.label())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::partner::{Exemption, ExemptionReason};

    fn at(seconds: i64) -> Instant {
        Instant::from_micros(seconds * 1_000_000)
    }

    fn waiting() -> Delivery {
        let id = "01890000-0000-7000-8000-000000000001";
        let exemption = Exemption {
            reason: ExemptionReason::PlanForPayment,
            approved_by: AccountId::parse(id).unwrap(),
            approved_at: at(0),
        };
        Delivery {
            id: DeliveryId::parse(id).unwrap(),
            file: FileId::parse(id).unwrap(),
            batch: BatchId::parse(id).unwrap(),
            partner: PartnerId::parse(id).unwrap(),
            name: Delivery::name_of("B000012", "0123456789abcdef"),
            digest: "0123456789abcdef".to_owned(),
            size: 3,
            basis: Basis::Exemption(exemption),
            released_by: format!("account:{id}"),
            queued_at: at(0),
            state: DeliveryState::Waiting,
            due_at: at(0),
            attempts: Vec::new(),
            said: Vec::new(),
            look_failed: None,
        }
    }

    fn event() -> EventId {
        EventId::parse("01890000-0000-7000-8000-000000000002").unwrap()
    }

    fn said(seconds: i64, arrived: bool) -> Said {
        let by = AccountId::parse("01890000-0000-7000-8000-000000000003").unwrap();
        Said { at: at(seconds), by, arrived, reason: "asked".to_owned() }
    }

    #[test]
    fn s_tec_12_what_may_have_arrived_is_never_sent_again_by_itself() {
        let mut unsure = waiting();
        assert_eq!(unsure.name, "B000012-0123456789ab.837");
        unsure.begin(at(1), event()).unwrap();
        assert!(unsure.begin(at(1), event()).is_err(), "one at a time");
        assert!(!unsure.may_be_there() && unsure.say(said(2, false)).is_err(), "somebody sends it just now");
        unsure.commit().unwrap();
        unsure.end(at(3), Ended::Unsure("no answer".to_owned())).unwrap();
        assert!(unsure.begin(at(100_000), event()).is_err(), "only a person lets it go again");
        let mut again = unsure.clone();
        again.say(said(4, false)).unwrap();
        again.begin(at(5), event()).unwrap();
        assert!(!again.may_be_there(), "the new attempt has not come so far");
        unsure.say(said(4, true)).unwrap();
        assert!(unsure.begin(at(5), event()).is_err() && unsure.say(said(6, false)).is_err(), "delivered is the end");
        assert_eq!(unsure.delivered_at(), Some(at(4)));
    }

    #[test]
    fn what_surely_did_not_arrive_is_tried_again_later_and_later_and_then_asks() {
        let mut delivery = waiting();
        let mut pauses = Vec::new();
        let mut now = 0;
        while delivery.state == DeliveryState::Waiting {
            delivery.begin(at(now), event()).unwrap();
            delivery.end(at(now), Ended::NotArrived("closed".to_owned())).unwrap();
            pauses.push(delivery.due_at.seconds_since(at(now)));
            now += pauses.last().unwrap();
        }
        assert_eq!(pauses, [60, 300, 900, 3600, 3600, 7200, 14_400, 28_800, 0]);
        assert_eq!((delivery.state, delivery.last_words()), (DeliveryState::Refused, "closed"));
        now += 1;
        delivery.say(said(now, false)).unwrap();
        delivery.begin(at(now), event()).unwrap();
        delivery.end(at(now), Ended::NotArrived("closed".to_owned())).unwrap();
        assert_eq!(delivery.due_at, at(now + 60), "a person's word begins anew");
    }

    #[test]
    fn a_partner_that_cannot_be_asked_leaves_it_to_a_person() {
        let mut delivery = waiting();
        delivery.begin(at(1), event()).unwrap();
        delivery.commit().unwrap();
        delivery.not_looked(at(10), "no route".to_owned()).unwrap();
        assert!(delivery.state == DeliveryState::Sending && delivery.due_at == at(310));
        delivery.say(said(20, true)).unwrap();
        assert!(matches!(delivery.attempts.last().unwrap().ended, Some((_, Ended::Unsure(_)))));
        assert!(delivery.end(at(21), Ended::Delivered(String::new())).is_err());
    }
}
