//! The audit log alone: events a second and the groups they commit in, beside what the disk can flush.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::error::Result;
use crate::figures::{Better, Figures, float, rate};
use crate::{THREADS, disk, practice, reads};

/// How long each number of threads writes.
const TIME: Duration = Duration::from_secs(3);

/// The sizes of groups: the log's head is written once a group, after its events.
#[derive(Default)]
struct Groups {
    open: AtomicU64,
    closed: Mutex<Vec<u64>>,
}

impl Groups {
    fn see(&self, statement: &str) {
        if statement.contains("audit_event (") {
            self.open.fetch_add(1, Ordering::Relaxed);
        } else if statement.contains("audit_head (") {
            let size = self.open.swap(0, Ordering::Relaxed);
            self.closed.lock().unwrap_or_else(PoisonError::into_inner).push(size);
        }
    }

    fn take(&self) -> Vec<u64> {
        let mut sizes = std::mem::take(&mut *self.closed.lock().unwrap_or_else(PoisonError::into_inner));
        sizes.sort_unstable();
        sizes
    }
}

/// Measures events a second by threads.
pub(crate) fn measure(dir: &Path, figures: &mut Figures) -> Result<()> {
    let groups = Arc::new(Groups::default());
    let seen = Arc::clone(&groups);
    let store = practice::make(dir, "log", Some(Arc::new(move |_, sql| seen.see(sql.text))))?;
    // Each patient's first event makes a key, with a commit of its own; that is not what is measured here.
    for n in 0..practice::PATIENTS {
        store.record(reads::event(&practice::patient(n)?))?;
    }
    for threads in THREADS {
        let flushes = disk::flushes(dir, Duration::from_secs(1))?;
        groups.take();
        let (events, took) =
            together(threads, |n| store.record(reads::event(&practice::patient(n)?)).map(drop).map_err(Into::into))?;
        let sizes = groups.take();
        let after = disk::flushes(dir, Duration::from_secs(1))?;
        let value = rate(events, took);
        figures.add(&format!("audit_events_{threads:02}"), value, ("events/s", Better::Higher), None);
        let mean = f64::midpoint(flushes, after);
        figures.add(&format!("audit_flushes_of_disk_{threads:02}"), mean, ("flushes/s", Better::Higher), None);
        figures.add(&format!("audit_events_per_flush_{threads:02}"), value / mean, ("", Better::Higher), None);
        let at = |percent: usize| sizes.get(sizes.len().saturating_sub(1) * percent / 100).copied().unwrap_or(0);
        let commits = u64::try_from(sizes.len()).unwrap_or(0);
        let mean = float(sizes.iter().sum()) / float(commits.max(1));
        figures.add(&format!("audit_group_mean_{threads:02}"), mean, ("events", Better::Higher), None);
        for (name, percent) in [("p10", 10), ("p50", 50), ("p90", 90), ("max", 100)] {
            let name = format!("audit_group_{name}_{threads:02}");
            figures.add(&name, float(at(percent)), ("events", Better::Higher), None);
        }
    }
    Ok(())
}

/// Runs `act` over and over on so many threads for [`TIME`]; returns how often, and how long it really took. `act` gets a
/// number that differs from thread to thread and from time to time.
pub(crate) fn together(threads: usize, act: impl Fn(u32) -> Result<()> + Sync) -> Result<(u64, Duration)> {
    for_a_time(threads, TIME, act)
}

/// The same for another time.
pub(crate) fn for_a_time(
    threads: usize,
    time: Duration,
    act: impl Fn(u32) -> Result<()> + Sync,
) -> Result<(u64, Duration)> {
    let (stop, done) = (AtomicBool::new(false), AtomicU64::new(0));
    let began = Instant::now();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|thread| {
                let (stop, done, act) = (&stop, &done, &act);
                scope.spawn(move || -> Result<()> {
                    let mut n = u32::try_from(thread).unwrap_or(0).wrapping_mul(7919);
                    while !stop.load(Ordering::Relaxed) {
                        act(n)?;
                        done.fetch_add(1, Ordering::Relaxed);
                        n = n.wrapping_add(1);
                    }
                    Ok(())
                })
            })
            .collect();
        std::thread::sleep(time);
        stop.store(true, Ordering::Relaxed);
        workers.into_iter().try_for_each(|worker| {
            worker.join().unwrap_or_else(|_| Err(crate::error::Error::Wrong("a thread panicked".to_owned())))
        })
    })?;
    Ok((done.load(Ordering::Relaxed), began.elapsed()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_ends_with_the_head() {
        let groups = Groups::default();
        for statement in ["INTO audit_event (", "INTO audit_subject (", "INTO audit_event (", "INTO audit_head ("] {
            groups.see(statement);
        }
        groups.see("FROM audit_head WHERE");
        assert_eq!(groups.take(), [2]);
        assert!(groups.take().is_empty());
    }
}
