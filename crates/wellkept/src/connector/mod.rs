//! The ways over which released files travel to partners. The core decides what leaves and when; here are the connections.

mod https;
mod sftp;
#[cfg(test)]
mod tests;

use std::future::Future;
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
        match &line.way {
            Way::Sftp(to) => sftp::send(to, &line.secret, parcel, committing, self.patience),
            Way::Https(to) => https::send(to, assertion(line)?, parcel, committing, self.patience),
        }
    }

    fn look(&self, line: &Line, parcel: &Parcel<'_>) -> Result<Ended, String> {
        match &line.way {
            Way::Sftp(to) => sftp::look(to, &line.secret, parcel, self.patience),
            Way::Https(_) => Ok(Ended::Unsure(
                "the server stopped while the file was on its way, and it cannot be looked for there. Ask the partner"
                    .to_owned(),
            )),
        }
    }

    fn test(&self, line: &Line) -> Result<String, String> {
        match &line.way {
            Way::Sftp(to) => sftp::test(to, &line.secret, self.patience.min(TEST)),
            Way::Https(to) => https::test(to, assertion(line)?, self.patience.min(TEST)),
        }
    }
}

fn assertion(line: &Line) -> Result<&str, String> {
    std::str::from_utf8(&line.secret).map_err(|_| "the assertion is no text".to_owned())
}

/// Why a step was not taken.
const NOT_RECORDED: &str =
    "the step after which the partner may have it could not be put on record, so it was not taken";

/// A place to wait for connections in, for a thread that may wait. What is kept in the store is kept outside of it.
fn runtime() -> Result<tokio::runtime::Runtime, String> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())
}

async fn within<T>(patience: Duration, work: impl Future<Output = T>) -> Result<T, String> {
    let late = |_| format!("the partner's server took longer than {} s", patience.as_secs_f32());
    tokio::time::timeout(patience, work).await.map_err(late)
}
