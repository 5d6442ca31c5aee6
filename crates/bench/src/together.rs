//! The same act over and over, by many at once, for a time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::figures::rate;

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Done {
    /// How long each took.
    pub(crate) each: Vec<Duration>,
    /// How long all of it took.
    pub(crate) took: Duration,
}

impl Done {
    /// How many a second.
    pub(crate) fn rate(&self) -> f64 {
        rate(u64::try_from(self.each.len()).unwrap_or(u64::MAX), self.took)
    }

    /// Adds a later turn.
    pub(crate) fn add(&mut self, other: Self) {
        self.each.extend(other.each);
        self.took += other.took;
    }

    /// The time within which so many percent were done, in milliseconds.
    pub(crate) fn percentile(&mut self, percent: usize) -> f64 {
        self.each.sort_unstable();
        let at = self.each.len().saturating_sub(1) * percent / 100;
        self.each.get(at).copied().unwrap_or_default().as_secs_f64() * 1000.0
    }
}

/// Runs `act` for `time`, once a worker at a time. It gets a number that differs from worker to worker and time to time.
pub(crate) fn for_a_time<W: Send>(
    workers: &mut [W],
    time: Duration,
    act: impl Fn(&mut W, u32) -> Result<()> + Sync,
) -> Result<Done> {
    let stop = AtomicBool::new(false);
    let began = Instant::now();
    let mut all = Done::default();
    std::thread::scope(|scope| {
        let running: Vec<_> = (0_u32..)
            .zip(workers.iter_mut())
            .map(|(n, worker)| {
                let (stop, act) = (&stop, &act);
                scope.spawn(move || -> Result<Vec<Duration>> {
                    let (mut n, mut each) = (n.wrapping_mul(7919), Vec::new());
                    while !stop.load(Ordering::Relaxed) {
                        let began = Instant::now();
                        act(worker, n)?;
                        each.push(began.elapsed());
                        n = n.wrapping_add(1);
                    }
                    Ok(each)
                })
            })
            .collect();
        std::thread::sleep(time);
        stop.store(true, Ordering::Relaxed);
        running.into_iter().try_for_each(|worker| {
            all.each.extend(worker.join().unwrap_or_else(|_| Err(Error::wrong("a thread panicked")))?);
            Ok::<_, Error>(())
        })
    })?;
    all.took = began.elapsed();
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_all_that_was_done() {
        let each = (1..=100).rev().map(Duration::from_millis).collect();
        let mut done = Done { each, took: Duration::from_secs(2) };
        assert_eq!((done.percentile(50).round(), done.percentile(99).round()), (50.0, 99.0));
        assert!((done.rate() - 50.0).abs() < 1e-9);
    }

    #[test]
    fn one_that_fails_fails_the_measurement() {
        let act = |(): &mut (), _| Err(Error::Usage);
        assert!(for_a_time(&mut [()], Duration::from_millis(1), act).is_err());
    }
}
