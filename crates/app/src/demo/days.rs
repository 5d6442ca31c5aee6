//! Six months of visits behind today, two weeks ahead, and a morning in full swing.

use std::collections::BTreeSet;

use domain::Instant;
use domain::access::Action;
use domain::audit::Act;
use domain::charge::{ChargeForm, ChargesForm};
use domain::id::{AccountId, AppointmentId, ChargeId, VisitId};
use domain::place::Location;
use domain::schedule::{Appointment, Status, VisitKind, resolve};
use domain::visit::Visit;
use jiff::civil::{Date, Weekday, time};

use super::people::Somebody;
use super::seeded::{Seeded, SeededEntropy};
use super::surroundings::Surroundings;
use crate::access::{Decision, Resource};
use crate::{App, Asker as _, Cx, Error, Result, stamp};

/// Visits booked in one transaction.
const CHUNK: usize = 10;
const REASONS: &[&str] =
    &["Blood pressure", "Cough", "Annual exam", "Lab review", "Knee pain", "Rash", "Medication refill", "Well child"];
/// Made-up diagnoses of the ICD-10-CM shape that general practice sees; the code set is public.
const DIAGNOSES: &[&str] = &["I10", "E119", "J069", "M25561", "R51", "Z0000", "L309", "E785"];
/// HCPCS Level II and invented local codes with their fees in dollars.
const SERVICES: &[(&str, &str)] = &[
    ("G0463", "125.00"),
    ("G0439", "180.00"),
    ("LV010", "95.00"),
    ("LV020", "140.00"),
    ("G0008", "32.50"),
    ("J3420", "18.75"),
];

/// Visits from `behind` days before today to `ahead` days after it, on weekdays, in the order of time. No two overlap.
pub(super) fn appointments(
    seed: u64,
    around: &Surroundings,
    people: &[Somebody],
    today: Date,
    now: Instant,
) -> Vec<(Appointment, Location)> {
    let (mut rng, ids) = (Seeded::new(seed, "days"), SeededEntropy::new(seed, "appointments"));
    let (mut made, mut seen) = (Vec::new(), BTreeSet::new());
    // Hundredths of the half hours that are taken: about three visits a patient in the half year.
    let usual = u32::try_from(people.len() * 14 / 400).unwrap_or(14).clamp(2, 14);
    for offset in -182..=14 {
        let day = today.saturating_add(jiff::Span::new().days(offset));
        // Today is always a working day here, whatever the calendar says: a demonstration needs one.
        if offset != 0 && matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
            continue;
        }
        for (n, provider) in around.providers.iter().enumerate() {
            let Some(location) = around.locations.get(n % around.locations.len().max(1)) else { continue };
            for slot in 0..16_u32 {
                // Eight to twelve and one to five, each half hour.
                let hour = if slot < 8 { 8 + slot / 2 } else { 9 + slot / 2 };
                if !rng.percent(if offset == 0 { 60 } else { usual }) {
                    continue;
                }
                let Some(somebody) = rng.pick(people) else { continue };
                // Nobody comes twice on one day: the same services twice would be held as a duplicate.
                if !seen.insert((somebody.patient.id.clone(), day)) {
                    continue;
                }
                let at = time(i8::try_from(hour).unwrap_or(8), i8::try_from(30 * (slot % 2)).unwrap_or(0), 0, 0);
                let start = day.to_datetime(at);
                let Ok(instant) = resolve(start, &location.zone, None) else { continue };
                let kind = *rng
                    .pick(&[VisitKind::FollowUp, VisitKind::SameDay, VisitKind::Nurse, VisitKind::Telehealth])
                    .unwrap_or(&VisitKind::FollowUp);
                let appointment = Appointment {
                    id: AppointmentId::new(instant, &ids),
                    patient: somebody.patient.id.clone(),
                    provider: provider.id.clone(),
                    location: location.id.clone(),
                    start,
                    zone: location.zone.clone(),
                    at: instant,
                    minutes: kind.minutes(),
                    kind,
                    status: status(&mut rng, instant, now),
                    reason: rng.pick(REASONS).map(|r| (*r).to_owned()),
                    overbook_reason: None,
                };
                made.push((appointment, location.clone()));
            }
        }
    }
    made
}

fn status(rng: &mut Seeded, at: Instant, now: Instant) -> Status {
    let ago = now.seconds_since(at);
    match ago {
        7200.. if rng.percent(4) => Status::NoShow,
        7200.. if rng.percent(4) => Status::Cancelled,
        7200.. => Status::CheckedOut,
        3600..7200 => Status::Seen,
        1800..3600 => Status::Roomed,
        0..1800 => Status::Arrived,
        _ if rng.percent(60) => Status::Confirmed,
        _ => Status::Scheduled,
    }
}

/// What was done at a visit that is over: signed charges, except for some that wait.
pub(super) fn visit(rng: &mut Seeded, ids: &SeededEntropy, of: &Appointment, by: &AccountId) -> Option<Visit> {
    let mut visit = Visit::of(of, VisitId::new(of.at, ids));
    let mut form = ChargesForm { diagnoses: Vec::new(), lines: Vec::new() };
    for _ in 0..rng.between(1, 3) {
        let code = (*rng.pick(DIAGNOSES)?).to_owned();
        if !form.diagnoses.contains(&code) {
            form.diagnoses.push(code);
        }
    }
    for _ in 0..rng.between(1, 3) {
        let (code, price) = *rng.pick(SERVICES)?;
        if !form.lines.iter().any(|l| l.code == code) {
            let line = ChargeForm {
                code: code.to_owned(),
                units: "1".to_owned(),
                price: price.to_owned(),
                ..ChargeForm::default()
            };
            form.lines.push(line);
        }
    }
    let draft = form.read().ok()?;
    visit.record(draft, || ChargeId::new(of.at, ids)).ok()?;
    visit.sign(by.clone(), of.ends()).ok()?;
    Some(visit)
}

impl App {
    /// Books them all, each under a grant for its own patient.
    pub(super) fn demo_days(&self, desk: &Cx, booked: &[(Appointment, Location)]) -> Result<()> {
        let chunks: Vec<&[(Appointment, Location)]> = booked.chunks(CHUNK).collect();
        let lanes = chunks.len().div_ceil(4).max(1);
        // Four at a time share their commits; who comes first changes no record.
        std::thread::scope(|scope| {
            let threads: Vec<_> = chunks
                .chunks(lanes)
                .map(|part| scope.spawn(move || part.iter().try_for_each(|chunk| self.book_chunk(desk, chunk))))
                .collect();
            threads
                .into_iter()
                .try_for_each(|t| t.join().unwrap_or_else(|_| Err(Error::Refused("a thread broke".to_owned()))))
        })
    }

    fn book_chunk(&self, desk: &Cx, chunk: &[(Appointment, Location)]) -> Result<()> {
        let (chunk, desk, policies) = (chunk.to_vec(), desk.clone(), std::sync::Arc::clone(&self.policies));
        let (stamp, event) =
            (stamp(&desk, "booked by phone"), self.event(&desk, Act::AppointmentBooked).showing(["appointments"]));
        self.store.write("demo days", move |tx| {
            for (appointment, location) in &chunk {
                let subject = store::patient::subject(tx, &appointment.patient)?;
                let Decision::Allowed(grant) = desk.decide(&policies, Action::ScheduleEdit, Resource::Patient(subject))
                else {
                    return Err(store::Error::Refused("the desk may not book".to_owned()));
                };
                // A visit that runs into the next one is left out.
                if store::schedule::book(tx, &grant, appointment, location, &stamp)?.is_ok() {
                    tx.audit(event.clone().about([appointment.patient.clone()]).object("appointment", &appointment.id));
                }
            }
            Ok(())
        })?;
        Ok(())
    }
}
