//! Batches: claims that leave together, in one file to one partner.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::access::names;
use crate::cents::Cents;
use crate::clock::Instant;
use crate::id::{BatchId, FileId, PartnerId};
use crate::partner::{Basis, Interchange};

/// Most claims in a batch. The guide advises at most 5,000 in a transaction set; fewer keep a rejected file small.
pub const CLAIMS_MAX: usize = 250;

names! {
    /// Where a batch stands.
    BatchState {
        /// Made, not sent: it can be taken apart.
        Open = "open", "Not sent";
        /// Its file was released to the partner; how far it came is its delivery's word.
        Released = "released", "Released";
        /// The partner took the file (TA1, 999).
        Received = "received", "File received";
        /// The partner turned the file back (TA1, 999): nothing in it was judged.
        Rejected = "rejected", "File rejected";
        /// Taken apart before it was sent.
        Undone = "undone", "Taken apart";
    }
}

/// What a partner answered to a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// When we read it.
    pub at: Instant,
    /// The file that said it.
    pub file: FileId,
    /// What it said, in words.
    pub words: String,
}

/// What is known once the file has left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// When.
    pub at: Instant,
    /// On what ground the partner may have it.
    pub basis: Basis,
    /// ISA13, which a TA1 brings back.
    pub interchange: u32,
    /// GS06, which a 999 brings back.
    pub group: u32,
    /// The file's bytes, as they left.
    pub file: FileId,
    /// Whether it was for real (ISA15 is P).
    pub production: bool,
    /// How the file was addressed, which answers turn around; `None` when it left before this was kept.
    #[serde(default)]
    pub addressed: Option<Interchange>,
}

/// A batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// Its id.
    pub id: BatchId,
    /// BHT03: our number, which a 277CA brings back.
    pub reference: String,
    /// Who gets it.
    pub partner: PartnerId,
    /// How many claims.
    pub claims: u32,
    /// What they come to.
    pub total: Cents,
    /// Where it stands.
    pub state: BatchState,
    /// When it was made.
    pub made_at: Instant,
    /// Once it has left.
    pub release: Option<Release>,
    /// What the partner answered, in order.
    pub answers: Vec<Answer>,
}

/// A batch that is no longer where somebody thinks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("batch {0} is not open any more: it is `{1}`, so nothing was done")]
pub struct NotOpen(pub String, pub &'static str);

impl Batch {
    /// A batch that waits for its release.
    pub fn new(id: BatchId, number: i64, partner: PartnerId, claims: u32, total: Cents, made_at: Instant) -> Self {
        let reference = format!("B{number:06}");
        Self {
            id,
            reference,
            partner,
            claims,
            total,
            state: BatchState::Open,
            made_at,
            release: None,
            answers: Vec::new(),
        }
    }

    /// Notes that the file has left. A batch leaves once.
    pub fn released(&mut self, release: Release) -> Result<(), NotOpen> {
        self.must_be_open()?;
        (self.state, self.release) = (BatchState::Released, Some(release));
        Ok(())
    }

    /// Takes it apart.
    pub fn undo(&mut self) -> Result<(), NotOpen> {
        self.must_be_open()?;
        self.state = BatchState::Undone;
        Ok(())
    }

    /// Notes an answer that leaves the batch where it stands.
    pub fn noted(&mut self, answer: Answer) {
        self.answers.push(answer);
    }

    /// Notes what the partner answered. A rejection is the last word; a receipt after it changes nothing.
    pub fn answered(&mut self, answer: Answer, accepted: bool) {
        self.noted(answer);
        self.state = match (self.state, accepted) {
            (BatchState::Released, true) => BatchState::Received,
            (BatchState::Released | BatchState::Received, false) => BatchState::Rejected,
            (state, _) => state,
        };
    }

    fn must_be_open(&self) -> Result<(), NotOpen> {
        if self.state == BatchState::Open { Ok(()) } else { Err(NotOpen(self.reference.clone(), self.state.label())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::uuid;

    #[test]
    fn a_batch_leaves_once_and_a_rejection_is_the_last_word() {
        let mut batch = Batch::new(
            BatchId::parse(&uuid(1)).unwrap(),
            7,
            PartnerId::parse(&uuid(1)).unwrap(),
            1,
            Cents::new(100),
            Instant::from_micros(1),
        );
        assert_eq!(batch.reference, "B000007");
        let agreement = crate::partner::Agreement {
            signed_on: crate::fixture::DAY,
            from: crate::fixture::DAY,
            to: None,
            reference: "BAA-1".to_owned(),
        };
        let release = Release {
            at: Instant::from_micros(2),
            basis: Basis::Agreement(agreement),
            interchange: 1,
            group: 1,
            file: FileId::parse(&uuid(1)).unwrap(),
            production: false,
            addressed: None,
        };
        batch.released(release.clone()).unwrap();
        assert!(batch.released(release).is_err());
        assert!(batch.undo().is_err());
        let answer = |n| Answer {
            at: Instant::from_micros(n),
            file: FileId::parse(&uuid(2)).unwrap(),
            words: "said".to_owned(),
        };
        batch.answered(answer(3), true);
        assert_eq!(batch.state, BatchState::Received);
        batch.answered(answer(4), false);
        batch.answered(answer(5), true);
        assert_eq!((batch.state, batch.answers.len()), (BatchState::Rejected, 3));
    }
}
