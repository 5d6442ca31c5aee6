//! The synthetic practice: deterministic by seed, messy on purpose, with six months of history. Nobody in it is real.

mod days;
mod devices;
mod money;
pub mod people;
pub mod personas;
pub mod seeded;
pub mod surroundings;

use domain::access::{Action, Role};
use domain::audit::Act;
use domain::place::Location;
use domain::schedule::Appointment;
use jiff::civil::Date;
use store::{coverage, directory, patient};

use self::money::Desk;
use self::people::Somebody;
use self::personas::Persona;
use self::seeded::SeededEntropy;
use self::surroundings::{Surroundings, surroundings};
use crate::access::Resource;
use crate::practice::Facts;
use crate::simulated::Payment;
use crate::{App, Cx, Error, Result, stamp};

/// What was made, beside the practice itself.
#[derive(Debug)]
pub struct Demo {
    /// How to sign in.
    pub personas: Vec<Persona>,
    /// Payments that came and nobody has imported yet.
    pub inbox: Vec<Payment>,
}

/// Patients registered in one transaction: a closure does little, so that others get their turn.
const CHUNK: usize = 20;

impl App {
    /// Fills an empty practice. `progress` hears what is being made.
    pub fn make_demo(&self, seed: u64, patients: u32, today: Date, progress: &mut dyn FnMut(&str)) -> Result<Demo> {
        let ids = SeededEntropy::new(seed, "ids");
        let now = self.clock.now();
        progress("accounts");
        let personas = self.make_personas(seed)?;
        let account = |role| personas.iter().find(|p| p.role == role).map(|p| p.account.clone());
        let (Some(official), Some(clinician)) = (account(Role::PrivacyOfficial), account(Role::Clinician)) else {
            return Err(Error::Refused("the synthetic practice has no officials".to_owned()));
        };
        progress("the practice, its clinicians, payers and partners");
        let around = surroundings(now, &ids, today, &official, &clinician);
        let around = around.map_err(|e| Error::Refused(format!("the synthetic practice cannot be made: {e}")))?;
        self.demo_directory(&around, seed)?;
        self.demo_devices(seed, &personas)?;
        progress("patients");
        let people = people::people(seed, patients, &around.payers, now, &ids, today);
        let desk = personas.iter().find(|p| p.role == Role::FrontDesk).map(|p| p.cx(&ids, now));
        let desk = desk.ok_or_else(|| Error::Refused("nobody at the desk".to_owned()))?;
        self.demo_patients(&desk, &people)?;
        progress("six months of visits");
        let booked = days::appointments(seed, &around, &people, today, now);
        self.demo_days(&desk, &booked)?;
        let inbox = self.demo_money(seed, &personas, &booked, today, progress)?;
        Ok(Demo { personas, inbox })
    }

    fn demo_money(
        &self,
        seed: u64,
        personas: &[Persona],
        booked: &[(Appointment, Location)],
        today: Date,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Vec<Payment>> {
        let (ids, now) = (SeededEntropy::new(seed, "sessions"), self.clock.now());
        let who = |role| personas.iter().find(|p| p.role == role);
        let (Some(clinician), Some(biller)) = (who(Role::Clinician), who(Role::Biller)) else {
            return Err(Error::Refused("the synthetic practice has no clinician or biller".to_owned()));
        };
        let desk = Desk { clinician, clinician_cx: clinician.cx(&ids, now), biller: biller.cx(&ids, now) };
        progress("charges");
        let kept = self.store.read("demo booked", |tx| {
            let kept = booked.iter().filter(|(a, _)| store::schedule::one(tx, &a.id).is_ok());
            Ok(kept.map(|(a, _)| a).collect::<Vec<_>>())
        })?;
        self.demo_charges(seed, &desk, &kept, today)?;
        progress("claims, answers and payments");
        self.demo_claims(seed, &desk, today)
    }

    fn demo_directory(&self, around: &Surroundings, seed: u64) -> Result<()> {
        let zone = around.locations.first().map(|l| l.zone.clone());
        let zone = zone.ok_or_else(|| Error::Refused("the synthetic practice has no location".to_owned()))?;
        let facts = Facts { name: around.practice.legal_name.clone(), zone, synthetic: Some(seed) };
        self.found_practice(&facts, Some(&around.practice))?;
        let around = around.clone();
        let stamp = store::record::Stamp { actor: "system:demo".to_owned(), reason: "synthetic".to_owned() };
        self.store.write("demo directory", move |tx| {
            around.locations.iter().try_for_each(|x| directory::add(tx, x, &stamp))?;
            around.providers.iter().try_for_each(|x| directory::add(tx, x, &stamp))?;
            around.partners.iter().try_for_each(|x| directory::add(tx, x, &stamp))?;
            around.payers.iter().try_for_each(|x| directory::add(tx, x, &stamp))
        })?;
        Ok(())
    }

    fn demo_patients(&self, desk: &Cx, people: &[Somebody]) -> Result<()> {
        for chunk in people.chunks(CHUNK) {
            let (chunk, stamp) = (chunk.to_vec(), stamp(desk, "registered"));
            let event =
                self.event(desk, Act::PatientRegistered).showing(["identity", "contact", "guardians", "coverage"]);
            self.change(
                desk,
                Action::PatientEdit,
                |_| Ok(Resource::Practice),
                move |tx, grant| {
                    for somebody in &chunk {
                        let mrn = format!("P-{}", 1000 + directory::next_number(tx, "mrn")?);
                        let record = domain::patient::Patient { mrn, ..somebody.patient.clone() };
                        patient::register(tx, grant, &record, false, &stamp)?;
                        somebody.coverages.iter().try_for_each(|c| coverage::add(tx, grant, c, &stamp))?;
                        tx.audit(event.clone().about([record.id.clone()]));
                    }
                    Ok(())
                },
            )?;
        }
        Ok(())
    }
}
