//! The payers of a synthetic practice, who answer when they are asked: what a network would bring to a real one.

use domain::id::BatchId;

use super::AckRead;
use crate::simulated::{Answers, Asked, Payment, answer};
use crate::{App, Cx, Error, Result};

/// The payer answers with a few interchanges; their control numbers come after twenty times ours.
const NUMBERS: u32 = 20;

impl App {
    /// Lets the simulated payers acknowledge a batch that has left, and reads what they say: TA1, 999, 277CA.
    pub fn simulated_acknowledgements(&self, cx: &Cx, id: &BatchId) -> Result<Vec<AckRead>> {
        let (reference, answers) = self.simulated_answers(cx, id)?;
        let partner = self.store.read("batch", |tx| store::batch::open(tx, id))?.value.partner;
        [("ta1", answers.ta1), ("999", answers.ack999), ("277", answers.ack277)]
            .into_iter()
            .map(|(kind, bytes)| self.read_acknowledgement(cx, Some(&partner), &format!("{reference}.{kind}"), bytes))
            .collect()
    }

    /// The remittances with which the simulated payers pay a batch: the name of each file, and the file.
    pub fn simulated_payments(&self, cx: &Cx, id: &BatchId) -> Result<Vec<(String, Payment)>> {
        let (reference, answers) = self.simulated_answers(cx, id)?;
        let first = answers.payments.iter().map(|p| p.day).min();
        let now = answers.payments.into_iter().filter(|p| Some(p.day) == first);
        Ok(now.map(|p| (format!("{reference}-{}.835", p.payer), p)).collect())
    }

    /// The same bytes each time: everything in them comes from the batch and the practice's seed.
    fn simulated_answers(&self, cx: &Cx, id: &BatchId) -> Result<(String, Answers)> {
        let refused = |why: &str| Error::Refused(why.to_owned());
        let facts = self.practice_facts()?;
        let seed = facts.synthetic.ok_or_else(|| {
            refused("this practice is real, so nobody simulates its payers: upload what the partner sends")
        })?;
        let batch = self.store.read("batch", |tx| store::batch::open(tx, id))?.value;
        let release =
            batch.release.ok_or_else(|| refused("the batch has not left, so no payer has it: send it first"))?;
        let day = release.at.timestamp().to_zoned(facts.zone.rules().clone()).date();
        let asked = Asked { seed, received: day, paid_on: day, control: release.interchange.saturating_mul(NUMBERS) };
        let (_, file) = self.batch_file(cx, id)?;
        let answers = answer(&file, &asked).map_err(|e| Error::Refused(e.to_string()))?;
        Ok((batch.reference, answers))
    }
}
