//! What became of the visits: charges, claims, the payer's answers, and the books. The newest payments wait as files for
//! whoever takes the tour.

use domain::audit::Act;
use domain::claim::ClaimState;
use domain::id::VisitId;
use domain::schedule::{Appointment, Status};
use domain::visit::Visit;
use jiff::civil::{Date, time};

use super::days;
use super::personas::Persona;
use super::seeded::{Seeded, SeededEntropy};
use crate::remittance::Imported;
use crate::simulated::{Asked, Payment, answer};
use crate::{App, Cx, Error, Result, stamp};

/// Visits stored in one transaction.
const CHUNK: usize = 20;

/// The people whose work the money is.
pub(super) struct Desk<'a> {
    pub(super) clinician: &'a Persona,
    pub(super) clinician_cx: Cx,
    pub(super) biller: Cx,
}

/// The day to which the biller has come: later visits wait for charges, a signature, or a claim.
fn billed_through(today: Date) -> Date {
    today.saturating_sub(jiff::Span::new().days(14))
}

impl App {
    /// Signed charges for every visit that is over; the newest ones wait for the clinician, with no charges yet.
    pub(super) fn demo_charges(&self, seed: u64, desk: &Desk, booked: &[&Appointment], today: Date) -> Result<()> {
        let (mut rng, ids) = (Seeded::new(seed, "charges"), SeededEntropy::new(seed, "charges"));
        let over = booked.iter().filter(|a| matches!(a.status, Status::Seen | Status::CheckedOut));
        let visits: Vec<Visit> = over
            .filter_map(|a| {
                if a.date() >= billed_through(today) {
                    return Some(Visit::of(a, VisitId::new(a.at, &ids)));
                }
                days::visit(&mut rng, &ids, a, &desk.clinician.account)
            })
            .collect();
        let by =
            |act, reason| (stamp(&desk.clinician_cx, reason), self.event(&desk.clinician_cx, act).showing(["charges"]));
        for chunk in visits.chunks(CHUNK) {
            let (signed, seen) = (by(Act::ChargesSigned, "signed"), by(Act::AppointmentChanged, "seen"));
            let chunk = chunk.to_vec();
            self.store.write("demo charges", move |tx| {
                for visit in &chunk {
                    let (stamp, event) = if visit.signed.is_some() { &signed } else { &seen };
                    store::visit::create(tx, visit, stamp)?;
                    tx.audit(event.clone().about([visit.patient.clone()]).object("visit", &visit.id));
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Bills the visits, sends the claims, reads the payer's answers, posts all payments but those of the last and largest batch, and
    /// returns these for the tour.
    pub(super) fn demo_claims(&self, seed: u64, desk: &Desk, today: Date) -> Result<Vec<Payment>> {
        loop {
            let many = self.make_claims(&desk.biller, today)?;
            if many.ready + many.to_work + many.self_pay == 0 {
                break;
            }
        }
        let (mut waiting, mut last, sent_on) = (Vec::new(), Vec::new(), billed_through(today));
        let mut control = 1;
        // A few claims stay behind, so that there is something to send.
        while let Some(ready) = self.demo_ready(40)? {
            let mut answered = Vec::new();
            for batch in self.make_batches(&desk.biller, &ready)? {
                let at = sent_on.to_datetime(time(7, 30, 0, 0));
                let sent = self.release_batch(&desk.biller, &batch, at)?;
                let (_, file) = self.batch_file(&desk.biller, &batch)?;
                let paid_on = sent_on.saturating_add(jiff::Span::new().days(6));
                let asked = Asked { seed, received: sent_on, paid_on, control };
                control += 20;
                let answers = answer(&file, &asked).map_err(|e| Error::Refused(e.to_string()))?;
                let name = |kind: &str| format!("{}.{kind}", sent.batch.reference);
                self.read_acknowledgement(&desk.biller, Some(&sent.batch.partner), &name("ta1"), answers.ta1)?;
                self.read_acknowledgement(&desk.biller, Some(&sent.batch.partner), &name("999"), answers.ack999)?;
                self.read_acknowledgement(&desk.biller, Some(&sent.batch.partner), &name("277"), answers.ack277)?;
                answered.push(answers.payments);
            }
            // What most payers answered waits for whoever takes the tour.
            answered.sort_by_key(Vec::len);
            waiting.append(&mut last);
            last = answered.pop().unwrap_or_default();
            waiting.extend(answered.into_iter().flatten());
        }
        for (n, payment) in waiting.into_iter().enumerate() {
            let name = format!("{}-{n}.835", payment.payer);
            let imported = self.import_remittance(&desk.biller, &name, &payment.bytes)?;
            self.demo_post(&desk.biller, &imported, today)?;
        }
        Ok(last)
    }

    fn demo_post(&self, biller: &Cx, imported: &Imported, today: Date) -> Result<()> {
        for id in &imported.remittances {
            match self.post_remittance(biller, id, today) {
                // What does not balance or fit waits in the queue, as it would at a real practice.
                Ok(_) | Err(Error::Refused(_)) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(())
    }

    /// Up to 200 claims that are ready, while more than `keep` are.
    fn demo_ready(&self, keep: usize) -> Result<Option<Vec<domain::id::ClaimId>>> {
        let ready = self.store.read("demo ready", |tx| store::claim::ids_in(tx, ClaimState::Ready, 200))?;
        Ok((ready.len() > keep).then(|| ready.into_iter().skip(keep).collect()))
    }
}
