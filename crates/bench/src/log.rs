//! The audit log alone: events a second and the groups they commit in, beside what the disk can flush.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::audit::{Act, Actor, Event, Purpose};
use domain::id::PatientId;
use domain::patient::FieldGroup;

use crate::error::{Error, Result};
use crate::figures::{Better, Figures, float};
use crate::together::for_a_time;
use crate::{THREADS, disk, practice};

/// How many patients the events are about; each has a key.
const PATIENTS: u32 = 500;

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
pub(crate) fn measure(dir: &Path, turn: Duration, figures: &mut Figures) -> Result<()> {
    let groups = Arc::new(Groups::default());
    let seen = Arc::clone(&groups);
    let folder = dir.join("log");
    let store = practice::make(&folder, Some(Arc::new(move |_, sql| seen.see(sql.text))))?;
    // Each patient's first event makes a key, with a commit of its own; that is not what is measured here.
    for n in 0..PATIENTS {
        store.record(event(n)?)?;
    }
    for threads in THREADS {
        let flushes = disk::flushes(dir, Duration::from_secs(1))?;
        groups.take();
        let record = |(): &mut (), n| store.record(event(n)?).map(drop).map_err(Into::into);
        let value = for_a_time(&mut vec![(); threads], turn * 2, record)?.rate();
        let sizes = groups.take();
        let flushes = f64::midpoint(flushes, disk::flushes(dir, Duration::from_secs(1))?);
        figures.add(&format!("audit_events_{threads:02}"), value, ("events/s", Better::Higher), None);
        figures.add(&format!("audit_flushes_of_disk_{threads:02}"), flushes, ("flushes/s", Better::Higher), None);
        figures.add(&format!("audit_events_per_flush_{threads:02}"), value / flushes, ("", Better::Higher), None);
        let at = |percent: usize| sizes.get(sizes.len().saturating_sub(1) * percent / 100).copied().unwrap_or(0);
        let commits = u64::try_from(sizes.len()).unwrap_or(0);
        let mean = float(sizes.iter().sum()) / float(commits.max(1));
        figures.add(&format!("audit_group_mean_{threads:02}"), mean, ("events", Better::Higher), None);
        figures.add(&format!("audit_group_p50_{threads:02}"), float(at(50)), ("events", Better::Higher), None);
        figures.add(&format!("audit_group_max_{threads:02}"), float(at(100)), ("events", Better::Higher), None);
    }
    Ok(())
}

/// An event about one patient, as a page writes it.
fn event(n: u32) -> Result<Event> {
    let patient = format!("01890000-0000-7000-8000-{:012}", n % PATIENTS);
    let mut event = Event::new(Act::PatientViewed, Actor::System("bench".to_owned()), Purpose::Treatment)
        .about([PatientId::parse(&patient).map_err(Error::wrong)?])
        .showing(FieldGroup::ALL.iter().map(|group| group.as_str()));
    event.policy = "ab".repeat(32);
    Ok(event)
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
