//! Time and randomness that tests decide.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use domain::{Clock, Entropy, Instant};

/// A clock that moves a millisecond each time it is read, and further when a test says so.
#[derive(Debug)]
pub struct Ticking(AtomicI64);

impl Ticking {
    /// Begins at an instant.
    pub fn from(start: Instant) -> Self {
        Self(AtomicI64::new(start.micros()))
    }

    /// Moves it on.
    pub fn pass(&self, seconds: i64) {
        self.0.fetch_add(seconds.saturating_mul(1_000_000), Ordering::Relaxed);
    }
}

impl Clock for Ticking {
    fn now(&self) -> Instant {
        Instant::from_micros(self.0.fetch_add(1000, Ordering::Relaxed))
    }
}

/// Different bytes each time; predictable, which tests may be.
#[derive(Debug, Default)]
pub struct Counting(AtomicU64);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let n = self.0.fetch_add(1, Ordering::Relaxed).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            for (to, from) in chunk.iter_mut().zip(n.to_le_bytes()) {
                *to = from;
            }
        }
    }
}
