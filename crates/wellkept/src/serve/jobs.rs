//! What runs beside the pages: checkpoints each second while there are events and each minute otherwise, and probes when due.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use app::App;

use crate::exit::Failure;

/// How often it looks.
const TICK: Duration = Duration::from_secs(1);
/// Ticks without an event after which a checkpoint is signed all the same.
const QUIET: u32 = 60;

/// The running jobs.
pub(super) struct Jobs {
    stop: SyncSender<()>,
    thread: JoinHandle<()>,
}

impl Jobs {
    pub(super) fn stop(self) {
        let _ = self.stop.send(());
        let _ = self.thread.join();
    }
}

pub(super) fn start(app: Arc<App>) -> Result<Jobs, Failure> {
    let (stop, stopped) = sync_channel(1);
    let thread = std::thread::Builder::new().name("jobs".to_owned()).spawn(move || {
        let (mut signed, mut quiet) = (None, 0);
        while stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
            quiet += 1;
            let size = app.store.read("log size", store::audit::latest_size).ok();
            if (size.is_some() && size != signed) || quiet >= QUIET {
                match app.store.checkpoint() {
                    Ok(_) => (signed, quiet) = (size, 0),
                    Err(error) => tracing::error!(%error, "a checkpoint could not be signed"),
                }
            }
        }
        // The last events get their checkpoint before the process ends.
        if let Err(error) = app.store.checkpoint() {
            tracing::error!(%error, "the last checkpoint could not be signed");
        }
    });
    Ok(Jobs { stop, thread: thread.map_err(Failure::other)? })
}
