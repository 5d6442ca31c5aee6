//! Randomness that a seed decides, so that the same seed makes the same practice. Never for keys.

use std::sync::Mutex;

use domain::Entropy;

/// `SplitMix64`: small, fast, and good enough for made-up people.
#[derive(Clone, Debug)]
pub struct Seeded(u64);

impl Seeded {
    /// A stream of its own for each part of the practice, so that a change in one leaves the others as they were.
    pub fn new(seed: u64, part: &str) -> Self {
        let mixed = part.bytes().fold(seed ^ 0x57E1_1CE9, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01B3));
        Self(mixed)
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `n`.
    pub fn below(&mut self, n: u32) -> u32 {
        u32::try_from(self.next_u64() % u64::from(n.max(1))).unwrap_or(0)
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: u32, high: u32) -> u32 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// True `n` times of a hundred.
    pub fn percent(&mut self, n: u32) -> bool {
        self.below(100) < n
    }

    /// One of a list that is not empty.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let at = usize::try_from(self.below(u32::try_from(from.len()).unwrap_or(1))).unwrap_or(0);
        from.get(at)
    }
}

/// The same stream where an [`Entropy`] is asked for: ids.
#[derive(Debug)]
pub struct SeededEntropy(Mutex<Seeded>);

impl SeededEntropy {
    /// Ids of one part of the practice.
    pub fn new(seed: u64, part: &str) -> Self {
        Self(Mutex::new(Seeded::new(seed, part)))
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        let mut stream = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for chunk in bytes.chunks_mut(8) {
            for (to, from) in chunk.iter_mut().zip(stream.next_u64().to_le_bytes()) {
                *to = from;
            }
        }
    }
}
