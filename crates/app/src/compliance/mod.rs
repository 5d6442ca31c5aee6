//! Safeguards against the running system: probes, what they found, and how each safeguard stands.

mod canary;
mod engine;
mod measures;
mod probes;
mod readiness;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use domain::Instant;

pub use engine::Probe;
pub use measures::{Leaver, Measures, QuarterFigures};
pub use probes::PROBES;
pub use readiness::{Check, Readiness, SafeguardView};

/// What probes need to know that the practice's store does not: where the server listens, and how it is set up.
#[derive(Clone, Debug, Default)]
pub struct ProbeEnv {
    /// Where this server listens; none when it does not.
    pub listener: Option<SocketAddr>,
    /// The certificate that it must show, DER.
    pub certificate: Option<Vec<u8>>,
    /// Effective settings by name. Values are only ever hashed.
    pub settings: Vec<(String, String)>,
}

/// Where this process listens and how it is set up, as its jobs said last. One process has one listener, whatever number of
/// practices it serves.
static PROCESS: Mutex<Option<ProbeEnv>> = Mutex::new(None);

impl ProbeEnv {
    /// Notes this as the process's own, for checks that somebody starts from a page.
    pub fn remember(&self) {
        *PROCESS.lock().unwrap_or_else(PoisonError::into_inner) = Some(self.clone());
    }

    /// What was noted last; nothing known when nothing was.
    pub fn of_process() -> Self {
        PROCESS.lock().unwrap_or_else(PoisonError::into_inner).clone().unwrap_or_default()
    }
}

/// Until when a certificate (DER) is good; nothing when it cannot be read.
pub fn certificate_end(certificate: &[u8]) -> Option<Instant> {
    Some(Instant::default().plus_seconds(probes::der::not_after(certificate)?))
}
