//! The ways over which released files travel to partners. The core decides what leaves and when; here are the connections.

mod sftp;
#[cfg(test)]
mod tests;

use std::time::Duration;

use app::delivery::{Carrier, Line, Outbound, Parcel};
use domain::connector::Way;
use domain::delivery::Ended;

/// How long a partner may take to get a file, or to say whether it is there. A file of 250 claims is some 300 kB.
const PATIENCE: Duration = Duration::from_secs(90);
/// How long it may take to be tested: somebody waits for the page.
const TEST: Duration = Duration::from_secs(15);

/// The way out of the server.
pub(crate) fn outbound() -> Outbound {
    Outbound::new(Ways { patience: PATIENCE })
}

struct Ways {
    patience: Duration,
}

impl Carrier for Ways {
    fn send(&self, line: &Line, parcel: &Parcel<'_>, committing: &mut dyn FnMut() -> bool) -> Result<Ended, String> {
        let Way::Sftp(to) = &line.way;
        sftp::send(to, &line.secret, parcel, committing, self.patience)
    }

    fn look(&self, line: &Line, parcel: &Parcel<'_>) -> Result<Ended, String> {
        let Way::Sftp(to) = &line.way;
        sftp::look(to, &line.secret, parcel, self.patience)
    }

    fn test(&self, line: &Line) -> Result<String, String> {
        let Way::Sftp(to) = &line.way;
        sftp::test(to, &line.secret, self.patience.min(TEST))
    }
}
