//! Whole pages over TLS: the patient page as it is, against the same page over a log that acknowledges at once, in turns, so
//! that a neighbour's load falls on both; and the search among many patients. The browsers run in this process too, on the
//! same processors, so their work counts on both sides.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use wire::{Browser, Person};

use crate::error::{Error, Result};
use crate::figures::{Better, Figures};
use crate::together::{Done, for_a_time};
use crate::{Asked, THREADS, instant, practice, revoke, serve};

/// Turns of each kind.
const TURNS: usize = 4;
/// What people type: the beginning of a name, two names, a birthday, the end of a telephone number, a record number.
const SEARCHES: [&str; 8] = ["kow", "okafor ada", "gar", "6/9/1984", "smith", "4417", "P-1007", "zzz"];

/// Measures on a practice of `asked.patients`.
pub(crate) fn measure(dir: &Path, asked: &Asked, figures: &mut Figures) -> Result<()> {
    let folder = dir.join("pages");
    let own = std::env::current_exe().map_err(Error::wrong)?;
    let filled = Command::new(&own).arg("--fill").arg(&folder).arg(asked.patients.to_string()).status();
    if !filled.map_err(Error::file(&own))?.success() {
        return Err(Error::wrong("the practice could not be filled with patients"));
    }
    let (app, personas) = practice::open(&folder)?;
    let serving = serve::serve(&app, dir)?;
    let dana =
        personas.iter().find(|p| p.login == "dana").cloned().ok_or_else(|| Error::wrong("nobody at the desk"))?;
    let dana =
        Person { login: dana.login, password: dana.password, seed: dana.seed, account: dana.account.to_string() };
    let mut browser = Browser::new(&serving.site);
    browser.sign_in(&dana, practice::seconds())?;
    let mut patients = Vec::new();
    for number in 1001..1001 + practice::WITH_HISTORY {
        patients.extend(browser.get(&format!("/patients?q=P-{number}"))?.ids("/patients/").into_iter().take(1));
    }
    if patients.is_empty() {
        return Err(Error::wrong("no patient with a history was found"));
    }
    let look = |browser: &mut Browser, n: u32| {
        let at = usize::try_from(n).unwrap_or(0) % patients.len();
        let path = format!("/patients/{}", patients.get(at).map_or("", String::as_str));
        right(browser.get(&path)?.status)
    };
    // Each patient's first event makes a key, with a commit of its own.
    (0_u32..).zip(&patients).try_for_each(|(n, _)| look(&mut browser, n))?;
    for connections in THREADS {
        let mut browsers: Vec<Browser> = (0..connections).map(|_| browser.beside(&serving.site)).collect();
        // Handshakes are not pages.
        browsers.iter_mut().try_for_each(|browser| look(browser, 0))?;
        let (mut audited, mut at_once) = (Done::default(), Done::default());
        for _ in 0..TURNS {
            for (instant, sum) in [(false, &mut audited), (true, &mut at_once)] {
                instant::acknowledge_at_once(instant);
                sum.add(for_a_time(&mut browsers, asked.turn, look)?);
            }
        }
        instant::acknowledge_at_once(false);
        compare(connections, audited, &at_once, figures);
    }
    search(&mut browser, asked, figures)?;
    revoke::measure(&app, &personas, &serving.site, figures)
}

fn compare(connections: usize, mut audited: Done, at_once: &Done, figures: &mut Figures) {
    let (pages, ms) = (("pages/s", Better::Higher), ("ms", Better::Lower));
    figures.add(&format!("page_audited_{connections:02}"), audited.rate(), pages, None);
    figures.add(&format!("page_instant_log_{connections:02}"), at_once.rate(), pages, None);
    let aim = (connections == 64).then_some(0.8);
    figures.add(&format!("page_ratio_{connections:02}"), audited.rate() / at_once.rate(), ("", Better::Higher), aim);
    for percent in [50, 99] {
        let name = format!("page_p{percent}_{connections:02}");
        figures.add(&name, audited.percentile(percent), ms, None);
    }
}

fn search(browser: &mut Browser, asked: &Asked, figures: &mut Figures) -> Result<()> {
    let find = |browser: &mut Browser, n: u32| {
        let text = SEARCHES.get(usize::try_from(n).unwrap_or(0) % SEARCHES.len()).copied().unwrap_or_default();
        let text = text.replace(' ', "+").replace('/', "%2F");
        right(browser.get(&format!("/patients?q={text}"))?.status)
    };
    let mut found = for_a_time(std::slice::from_mut(browser), asked.turn.max(Duration::from_secs(2)), find)?;
    for percent in [50, 99] {
        let name = format!("search_p{percent}_of_{}_patients", asked.patients);
        figures.add(&name, found.percentile(percent), ("ms", Better::Lower), None);
    }
    Ok(())
}

fn right(status: u16) -> Result<()> {
    if status == 200 { Ok(()) } else { Err(Error::Wrong(format!("a page was answered with {status}"))) }
}
