//! Kill -9 of the real server: people use it over TLS, it dies at a random moment, and whatever it had said is looked for.

mod books;
mod people;

use std::path::Path;
use std::sync::mpsc::channel;
use std::time::Duration;

use crashfs::{Error, Rng};
use wire::{Practice, Server};

use crate::judge::{Depth, Findings};
use crate::practice::copy;
pub(crate) use people::Said;
use people::Staff;

/// Kills of one practice before the next begins from the same state.
const PER_PRACTICE: u64 = 15;
/// Each of so many is looked at whole.
const WHOLE_EVERY: u64 = 5;
/// Patients of the synthetic practice.
const PATIENTS: u32 = 40;
/// Longer than any machine needs to start a small practice.
const PATIENCE: Duration = Duration::from_mins(1);

/// What came of it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Outcome {
    /// What the practice showed after each kill.
    pub(crate) findings: Findings,
    /// Servers killed.
    pub(crate) kills: u64,
    /// Of them while they still started.
    pub(crate) early: u64,
    /// Answers that were read whole: pages shown, changes confirmed.
    pub(crate) pages: u64,
    pub(crate) changes: u64,
    pub(crate) bookings: u64,
    pub(crate) releases: u64,
}

/// Kills `cycles` servers.
pub(crate) fn kill(bin: &Path, cycles: u64, seed: u64) -> Result<Outcome, Error> {
    let mut outcome = Outcome::default();
    let mut rng = Rng::new(seed);
    let made = tempfile::tempdir().map_err(Error::at("a temporary directory"))?;
    let template = Practice::make(bin, made.path(), seed, Some(PATIENTS))?;
    can_fail(&template, rng.next_u64())?;
    while outcome.kills < cycles {
        let home = tempfile::tempdir().map_err(Error::at("a temporary directory"))?;
        copy(made.path(), home.path())?;
        let practice =
            Practice { bin: template.bin.clone(), data: home.path().join("data"), keys: home.path().join("keys") };
        let before = books::base(&practice, rng.next_u64())?;
        let staff = Staff::sign_in(&practice)?;
        let mut said = Vec::new();
        for n in 0..PER_PRACTICE.min(cycles - outcome.kills) {
            let lives = Duration::from_millis(u64::try_from(rng.up_to(400)).unwrap_or(1));
            let heard =
                if rng.chance(15) { stillborn(&practice, lives)? } else { life(&practice, &staff, lives, &mut rng)? };
            outcome.kills += 1;
            outcome.early += u64::from(heard.is_empty());
            said.extend(heard);
            let depth = if n % WHOLE_EVERY == WHOLE_EVERY - 1 { Depth::Whole } else { Depth::Usual };
            let place = format!("server {} of seed {seed:#x}", outcome.kills);
            outcome.findings += books::judge(&practice, &before, (&said, depth), &place, rng.next_u64())?;
        }
        let count = |of: fn(&Said) -> bool| u64::try_from(said.iter().filter(|said| of(said)).count()).unwrap_or(0);
        outcome.pages += count(|said| matches!(said, Said::Shown(_)));
        outcome.changes += count(|said| matches!(said, Said::Kept { .. }));
        outcome.bookings += count(|said| matches!(said, Said::Booked(_)));
        outcome.releases += count(|said| matches!(said, Said::Released(_)));
    }
    if [outcome.pages, outcome.changes, outcome.bookings, outcome.releases].contains(&0) {
        return Err(Error::Harness(format!("something was never tried on the server: {outcome:?}")));
    }
    Ok(outcome)
}

/// Lies must be found, or finding none says nothing.
fn can_fail(practice: &Practice, seed: u64) -> Result<(), Error> {
    let nobody = || "01890000-0000-7000-8000-000000000000".to_owned();
    let kept = Said::Kept { patient: nobody(), version: 1, email: "nobody@example.com".to_owned() };
    let lies = [Said::Shown(nobody()), kept, Said::Booked(nobody()), Said::Released(nobody())];
    let before = books::base(practice, seed)?;
    let found = books::judge(practice, &before, (&lies, Depth::Whole), "", seed)?;
    if (found.lost, found.disclosures, found.torn, found.corrupt) == (3, 1, 0, 0) {
        return Ok(());
    }
    Err(Error::Harness(format!("four lies about the practice were told, and this was found: {found:?}")))
}

/// A server that is killed while it starts and recovers what the last one left.
fn stillborn(practice: &Practice, lives: Duration) -> Result<Vec<Said>, Error> {
    let mut command = practice.command("serve");
    command.args(["--listen", "127.0.0.1:0"]).stderr(std::process::Stdio::null());
    let mut child = command.spawn().map_err(Error::at(&practice.bin))?;
    std::thread::sleep(lives);
    if let Some(how) = child.try_wait().map_err(Error::at(&practice.bin))? {
        return Err(Error::Harness(format!("the server would not start again: {how}")));
    }
    child.kill().map_err(Error::at(&practice.bin))?;
    child.wait().map_err(Error::at(&practice.bin))?;
    Ok(Vec::new())
}

/// A server that is killed in the middle of its work.
fn life(practice: &Practice, staff: &Staff, lives: Duration, rng: &mut Rng) -> Result<Vec<Said>, Error> {
    let mut server: Server = practice.serve()?;
    let site = server.site()?.clone();
    let (first, heard) = channel();
    let seed = rng.next_u64();
    std::thread::scope(|scope| {
        let working = scope.spawn(|| staff.work(&site, seed, &first));
        // Where none comes the server refuses everything; what the staff report tells why.
        let _ = heard.recv_timeout(PATIENCE);
        std::thread::sleep(lives);
        server.kill()?;
        working.join().unwrap_or_else(|_| Err(Error::Harness("a person of the harness panicked".to_owned())))
    })
}
