//! The people: two at the desk who read and change charts, one who books, one who sends claims. Each hears what the server
//! said until it says nothing any more.

use std::sync::mpsc::Sender;
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use crashfs::{Error, Rng};
use wire::{Answer, Browser, Practice, Site};

/// Something that the server told a browser, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// A page about this patient.
    Shown(String),
    /// A patient's record was kept in this version, with this email.
    Kept { patient: String, version: i64, email: String },
    /// A visit was booked.
    Booked(String),
    /// A batch of claims was sent.
    Released(String),
}

/// Signed in once; their sessions must outlive every kill.
pub(crate) struct Staff {
    desk: Browser,
    biller: Browser,
    patients: Vec<String>,
    /// Claims that are ready to be sent. Each is taken once.
    claims: Mutex<Vec<String>>,
}

/// One person at work, until the connection ends.
type Job = fn(&Staff, &mut Browser, &mut Rng, &mut dyn FnMut(Said)) -> Result<(), wire::Error>;
const JOBS: [Job; 6] = [Staff::look, Staff::look, Staff::change, Staff::change, Staff::book, Staff::bill];

impl Staff {
    /// Starts the server, signs everybody in, and kills it: what they were told then must hold as well.
    pub(crate) fn sign_in(practice: &Practice) -> Result<Self, Error> {
        let mut server = practice.serve()?;
        let (mut desk, mut biller) = (Browser::new(server.site()?), Browser::new(server.site()?));
        desk.sign_in(&practice.person("dana")?, now())?;
        biller.sign_in(&practice.person("bea")?, now())?;
        let mut patients = Vec::new();
        for letter in 'a'..='z' {
            patients.extend(desk.get(&format!("/patients?q={letter}"))?.ids("/patients/"));
        }
        let claims = biller.get("/claims?tab=ready")?.ids("/claims/");
        server.kill()?;
        if patients.is_empty() || claims.is_empty() {
            let found = format!("{} patients and {} ready claims", patients.len(), claims.len());
            return Err(Error::Harness(format!("the synthetic practice shows {found}: there is nothing to work on")));
        }
        Ok(Self { desk, biller, patients, claims: Mutex::new(claims) })
    }

    /// Everybody works at `site` until it is dead. `first` hears when the first answer came.
    pub(crate) fn work(&self, site: &Site, seed: u64, first: &Sender<()>) -> Result<Vec<Said>, Error> {
        let said = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            let jobs: Vec<_> = (0_u64..)
                .zip(JOBS)
                .map(|(n, job)| {
                    let (said, first) = (&said, first.clone());
                    scope.spawn(move || {
                        let (mut desk, mut biller) = (self.desk.beside(site), self.biller.beside(site));
                        let browser = if n == 5 { &mut biller } else { &mut desk };
                        let mut rng = Rng::new(seed ^ n.rotate_left(24));
                        let mut hear = |what| {
                            said.lock().unwrap_or_else(PoisonError::into_inner).push(what);
                            // Whoever waited may have gone on.
                            let _ = first.send(());
                        };
                        job(self, browser, &mut rng, &mut hear)
                    })
                })
                .collect();
            for job in jobs {
                match job.join() {
                    // The end of every life.
                    Ok(Err(wire::Error::Connection(_)) | Ok(())) => {}
                    Ok(Err(odd)) => return Err(odd.into()),
                    Err(_) => return Err(Error::Harness("a person of the harness panicked".to_owned())),
                }
            }
            Ok(())
        })?;
        Ok(said.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    fn any_patient(&self, rng: &mut Rng) -> &str {
        self.patients.get(rng.up_to(self.patients.len() - 1)).map_or("", String::as_str)
    }

    fn look(&self, browser: &mut Browser, rng: &mut Rng, hear: &mut dyn FnMut(Said)) -> Result<(), wire::Error> {
        loop {
            let patient = self.any_patient(rng);
            expect(200, &browser.get(&format!("/patients/{patient}"))?)?;
            hear(Said::Shown(patient.to_owned()));
        }
    }

    /// Registers somebody, and changes the record again and again. Needs to know nobody.
    fn change(_: &Self, browser: &mut Browser, rng: &mut Rng, hear: &mut dyn FnMut(Said)) -> Result<(), wire::Error> {
        let family = format!("Synthetic{:x}", rng.next_u64()).replace(|c: char| c.is_ascii_digit(), "");
        let mut email = format!("v1.{:x}@example.com", rng.next_u64());
        let person = |email: &str, rest: &[(&'static str, String)]| {
            let fixed =
                [("family", family.clone()), ("given", "Ada".to_owned()), ("birth_date", "6/9/1984".to_owned())];
            let known = [("sex", "F".to_owned()), ("email", email.to_owned()), ("sure", "yes".to_owned())];
            fixed.into_iter().chain(known).chain(rest.iter().cloned()).collect::<Vec<_>>()
        };
        let answer = browser.post("/patients", &borrowed(&person(&email, &[])))?;
        expect(303, &answer)?;
        let patient = answer.location.trim_start_matches("/patients/").to_owned();
        for version in 1.. {
            hear(Said::Kept { patient: patient.clone(), version, email });
            email = format!("v{}.{:x}@example.com", version + 1, rng.next_u64());
            let form = person(&email, &[("version", version.to_string())]);
            expect(303, &browser.post(&format!("/patients/{patient}"), &borrowed(&form))?)?;
        }
        Ok(())
    }

    /// Takes one of the first openings that the page offers.
    fn book(&self, browser: &mut Browser, rng: &mut Rng, hear: &mut dyn FnMut(Said)) -> Result<(), wire::Error> {
        loop {
            let patient = self.any_patient(rng);
            let page = browser.get(&format!("/schedule/book?patient={patient}&kind=follow_up&minutes=15"))?;
            expect(200, &page)?;
            hear(Said::Shown(patient.to_owned()));
            let text = page.text().replace("&amp;", "&");
            let openings: Vec<&str> =
                text.split("href=\"/schedule/book?").skip(1).filter(|l| l.contains("&time=")).collect();
            let Some(opening) = openings.get(rng.up_to(openings.len().max(1) - 1)).and_then(|l| l.split('"').next())
            else {
                return Err(wire::Error::Refused("the booking page offers nothing".to_owned()));
            };
            let form: Vec<(&str, &str)> = opening.split('&').filter_map(|pair| pair.split_once('=')).collect();
            let answer = browser.post("/schedule/book", &form)?;
            // 422: the patient has a visit then already.
            if answer.status != 422 {
                expect(303, &answer)?;
                hear(Said::Booked(answer.location.trim_start_matches("/schedule/").to_owned()));
            }
        }
    }

    /// Sends one claim a batch, which takes two control numbers each; then looks.
    fn bill(&self, browser: &mut Browser, rng: &mut Rng, hear: &mut dyn FnMut(Said)) -> Result<(), wire::Error> {
        loop {
            let next = self.claims.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some(claim) = next else { break };
            let made = browser.post("/claims/batches", &[("claim", &claim)])?;
            expect(303, &made)?;
            expect(303, &browser.post(&format!("{}/release", made.location), &[])?)?;
            hear(Said::Released(made.location.trim_start_matches("/claims/batches/").to_owned()));
            if rng.chance(50) {
                break;
            }
        }
        loop {
            expect(200, &browser.get("/claims")?)?;
        }
    }
}

fn borrowed<'f>(form: &'f [(&'static str, String)]) -> Vec<(&'f str, &'f str)> {
    form.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

fn expect(status: u16, answer: &Answer) -> Result<(), wire::Error> {
    if answer.status == status {
        return Ok(());
    }
    let text = answer.text();
    let (at, text) = (&answer.location, text.get(..2000).unwrap_or(&text));
    Err(wire::Error::Refused(format!("the server answered {} {at} where {status} is right:\n{text}", answer.status)))
}

#[expect(clippy::disallowed_methods, reason = "an authenticator reads the machine's clock")]
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
