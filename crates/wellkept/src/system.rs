//! The real clock, the real randomness, and the two output streams.

use std::io::{self, Write as _};

use domain::{Clock, Entropy, Instant};

/// The machine's clock.
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the machine's clock is read")]
    fn now(&self) -> Instant {
        jiff::Timestamp::now().into()
    }
}

/// The operating system's random source, through the one cryptography provider.
pub(crate) struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        // The provider seeds itself from the kernel; without randomness nothing here may go on.
        if aws_lc_rs::rand::fill(bytes).is_err() {
            std::process::abort();
        }
    }
}

/// Writes a line for programs or people on standard output.
pub(crate) fn say(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(line.as_bytes())?;
    out.write_all(b"\n")?;
    out.flush()
}

/// Writes a line for people on standard error.
pub(crate) fn complain(line: &str) -> io::Result<()> {
    let mut out = io::stderr().lock();
    out.write_all(line.as_bytes())?;
    out.write_all(b"\n")
}
