//! How many threads may be at an engine at once.

use std::sync::{Condvar, Mutex, PoisonError};

/// A counting semaphore for blocking threads.
pub(super) struct Permits {
    free: Mutex<usize>,
    freed: Condvar,
}

pub(super) struct Permit<'p>(&'p Permits);

impl Permits {
    pub(super) fn new(free: usize) -> Self {
        Self { free: Mutex::new(free), freed: Condvar::new() }
    }

    pub(super) fn take(&self) -> Permit<'_> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        while *free == 0 {
            free = self.freed.wait(free).unwrap_or_else(PoisonError::into_inner);
        }
        *free -= 1;
        Permit(self)
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.freed.notify_one();
    }
}
