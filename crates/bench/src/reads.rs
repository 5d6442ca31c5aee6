//! The audited read: a patient's record is read, its event recorded, and only then opened; against the same over a log that
//! acknowledges at once. Both in turns, so that a neighbour's load falls on both.

use std::path::Path;
use std::time::Duration;

use domain::audit::{Act, Actor, Event, Purpose};
use domain::coverage::Payer;
use domain::id::PatientId;
use domain::patient::FieldGroup;
use store::Store;

use crate::THREADS;
use crate::error::Result;
use crate::figures::{Better, Figures, rate};
use crate::log::for_a_time;
use crate::practice::{self, Desk};

/// Turns of each kind, and the length of one.
const TURNS: u32 = 4;
const TURN: Duration = Duration::from_secs(1);

/// An event about one patient, as a page writes it.
pub(crate) fn event(patient: &PatientId) -> Event {
    let mut event = Event::new(Act::PatientViewed, Actor::System("bench".to_owned()), Purpose::Treatment)
        .about([patient.clone()])
        .showing(FieldGroup::ALL.iter().map(|group| group.as_str()));
    event.policy = "ab".repeat(32);
    event
}

/// Measures both kinds by threads.
pub(crate) fn measure(dir: &Path, figures: &mut Figures) -> Result<()> {
    let store = practice::make(dir, "reads", None)?;
    let desk = Desk::new()?;
    practice::register(&store, &desk)?;
    for threads in THREADS {
        let (mut audited, mut at_once) = ((0, Duration::ZERO), (0, Duration::ZERO));
        for _ in 0..TURNS {
            for (instant, sum) in [(false, &mut audited), (true, &mut at_once)] {
                store::instant::acknowledge_at_once(instant);
                let (n, took) = for_a_time(threads, TURN, |n| look(&store, &desk, n))?;
                sum.0 += n;
                sum.1 += took;
            }
        }
        store::instant::acknowledge_at_once(false);
        let (audited, at_once) = (rate(audited.0, audited.1), rate(at_once.0, at_once.1));
        figures.add(&format!("reads_audited_{threads:02}"), audited, ("reads/s", Better::Higher), None);
        figures.add(&format!("reads_instant_log_{threads:02}"), at_once, ("reads/s", Better::Higher), None);
        // The aim of 0.8 is for whole pages over TLS, which cost more on both sides; at the store alone there is none.
        figures.add(&format!("reads_ratio_{threads:02}"), audited / at_once, ("", Better::Higher), None);
    }
    Ok(())
}

/// One look at one patient, as the patient page does it.
fn look(store: &Store, desk: &Desk, n: u32) -> Result<()> {
    let id = practice::patient(n)?;
    let (patient, payers) = store.read("bench-look", |tx| {
        let subject = store::patient::subject(tx, &id)?;
        let grant = desk.view(&subject);
        let patient = store::patient::open(tx, &grant)?;
        let coverages = store::coverage::of_patient(tx, &grant)?;
        Ok((patient.and(coverages), store::directory::all::<Payer>(tx)?))
    })?;
    let receipt = store.record(event(&id))?;
    let disclosed = patient.release(&receipt)?;
    std::hint::black_box((&*disclosed, payers));
    Ok(())
}
