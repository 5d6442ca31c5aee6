//! The product as people run it: how soon it answers, what it holds in memory, how large it and its pages are.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use wire::{Browser, Practice};

use crate::error::{Error, Result};
use crate::figures::{Better, Figures, float};
use crate::practice::seconds;

/// Starts that are timed; the middle one counts.
const STARTS: usize = 5;
/// How long a server is left alone before its memory is read.
const REST: Duration = Duration::from_secs(5);
/// The main pages, each with somebody who works with it. `{}` is filled with the first patient of the list.
const PAGES: [(&str, &str); 11] = [
    ("dana", "/"),
    ("dana", "/schedule"),
    ("dana", "/patients?q=a"),
    ("dana", "/patients/{}"),
    ("bea", "/charges"),
    ("bea", "/claims"),
    ("bea", "/claims/batches"),
    ("bea", "/payments"),
    ("bea", "/ledger"),
    ("sam", "/audit"),
    ("sam", "/readiness"),
];

/// Counts the packages of the lock file.
pub(crate) fn lock_file(path: &Path, figures: &mut Figures) -> Result<()> {
    let text = fs::read_to_string(path).map_err(Error::file(path))?;
    let packages = text.lines().filter(|line| *line == "[[package]]").count();
    let packages = float(u64::try_from(packages).unwrap_or(u64::MAX));
    figures.add("lock_file_packages", packages, ("", Better::Lower), Some(500.0));
    Ok(())
}

/// The load of the machine over the last minute, as the system has it; it says how far to trust the rest.
pub(crate) fn load() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or(0.0)
}

/// Makes a demonstration practice with the product itself, starts it, and measures.
pub(crate) fn measure(bin: &Path, dir: &Path, figures: &mut Figures) -> Result<Practice> {
    let size = fs::metadata(bin).map_err(Error::file(bin))?.len();
    figures.add("binary_size", float(size / 1024) / 1024.0, ("MiB", Better::Lower), None);
    let began = Instant::now();
    let practice = Practice::make(bin, &dir.join("demo"), 7, None)?;
    figures.add("demo_made", began.elapsed().as_secs_f64(), ("s", Better::Lower), Some(30.0));
    let mut starts = Vec::new();
    for n in 1..=STARTS {
        let began = Instant::now();
        let mut server = practice.serve()?;
        let mut browser = Browser::new(server.site()?);
        // Ready is asked for as a browser would: a new connection, a whole handshake.
        let ready = browser.get("/readyz")?;
        starts.push(began.elapsed());
        if ready.status != 200 {
            return Err(Error::Wrong(format!("a server that listens was not ready: {}", ready.status)));
        }
        if n == STARTS {
            std::thread::sleep(REST);
            let kib = resident(server.pid())?;
            figures.add("idle_memory", float(kib) / 1024.0, ("MB", Better::Lower), Some(100.0));
            weigh(&practice, server.site()?, figures)?;
        }
        server.kill()?;
    }
    starts.sort_unstable();
    let middle = starts.get(STARTS / 2).copied().unwrap_or_default();
    figures.add("start_to_first_answer", middle.as_secs_f64(), ("s", Better::Lower), Some(1.0));
    Ok(practice)
}

/// What a first visit to each page carries over the wire: the page, its style and its scripts, as sent.
fn weigh(practice: &Practice, site: &wire::Site, figures: &mut Figures) -> Result<()> {
    let mut nobody = Browser::new(site);
    let mut weights = vec![weight(&mut nobody, "/sign-in")?];
    let mut browsers = Vec::new();
    for login in ["dana", "bea", "sam"] {
        let mut browser = Browser::new(site);
        browser.sign_in(&practice.person(login)?, seconds())?;
        browsers.push((login, browser));
    }
    let mut patient = String::new();
    for (login, page) in PAGES {
        let Some((_, browser)) = browsers.iter_mut().find(|(name, _)| *name == login) else { continue };
        if page.starts_with("/patients?") {
            patient = browser.get(page)?.ids("/patients/").into_iter().next().unwrap_or_default();
        }
        let found = weight(browser, &page.replace("{}", &patient))?;
        let name = page.split('?').next().unwrap_or(page).replace("/{}", "/one").replace('/', "_");
        figures.add(&format!("page_weight{name}"), found, ("KB", Better::Lower), Some(60.0));
        weights.push(found);
    }
    weights.sort_by(f64::total_cmp);
    let middle = weights.get(weights.len() / 2).copied().unwrap_or_default();
    figures.add("page_weight_median", middle, ("KB", Better::Lower), Some(50.0));
    figures.add("page_weight_heaviest", weights.last().copied().unwrap_or_default(), ("KB", Better::Lower), Some(60.0));
    Ok(())
}

/// KB of a page and of all that it names under `/assets/`, heads included.
fn weight(browser: &mut Browser, path: &str) -> Result<f64> {
    let page = browser.get(path)?;
    if page.status != 200 {
        return Err(Error::Wrong(format!("`{path}` was answered with {}", page.status)));
    }
    let mut bytes = page.head + page.body.len();
    let (mut waiting, mut seen) = (assets(&page.text()), BTreeSet::new());
    while let Some(asset) = waiting.pop() {
        if seen.insert(asset.clone()) {
            let part = browser.get(&asset)?;
            bytes += part.head + part.body.len();
            // A style sheet brings its fonts.
            waiting.extend(if asset.contains(".css") { assets(&part.text()) } else { Vec::new() });
        }
    }
    Ok(float(u64::try_from(bytes).unwrap_or(u64::MAX)) / 1024.0)
}

/// The assets that a text names as a source, a link or a `url()`.
fn assets(text: &str) -> Vec<String> {
    let ends = |c: char| matches!(c, '"' | '\'' | ')' | ' ' | '<' | '#');
    let named = text.split("/assets/").skip(1).filter_map(|rest| rest.split(ends).next());
    named.filter(|name| !name.is_empty()).map(|name| format!("/assets/{name}")).collect()
}

/// `VmRSS` of a process, in KiB.
fn resident(pid: u32) -> Result<u64> {
    let path = format!("/proc/{pid}/status");
    let text = fs::read_to_string(&path).map_err(Error::file(Path::new(&path)))?;
    parse_resident(&text).ok_or_else(|| Error::Wrong(format!("`{path}` has no VmRSS")))
}

fn parse_resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_from_the_status_of_a_process() {
        assert_eq!(parse_resident("Name:\tx\nVmRSS:\t   61440 kB\nThreads:\t9\n"), Some(61_440));
        assert_eq!(parse_resident("Name:\tx\n"), None);
    }

    #[test]
    fn what_a_page_loads_is_found() {
        let page = "<script src=\"/assets/a-1.js\"></script><use href=\"/assets/icons.svg#lock\"> url(/assets/f.woff2)";
        assert_eq!(assets(page), ["/assets/a-1.js", "/assets/icons.svg", "/assets/f.woff2"]);
    }
}
