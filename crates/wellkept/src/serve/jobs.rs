//! What runs beside the pages: checkpoints each second while there are events and each minute otherwise, the last activity
//! of sessions each half minute, and probes when due.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use app::App;
use app::compliance::ProbeEnv;

use crate::exit::Failure;

/// How often it looks.
const TICK: Duration = Duration::from_secs(1);
/// Ticks between looks for probes that are due.
const PROBES: u32 = 60;
/// Ticks without an event after which a checkpoint is signed all the same.
const QUIET: u32 = 60;
/// Ticks between two writes of the sessions' last activity.
const ACTIVITY: u32 = 30;
/// Ticks between two sweeps of sessions whose time is up.
const SWEEP: u32 = 300;

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

pub(super) fn start(app: Arc<App>, env: ProbeEnv) -> Result<Jobs, Failure> {
    let (stop, stopped) = sync_channel(1);
    let thread = std::thread::Builder::new().name("jobs".to_owned()).spawn(move || {
        let (mut signed, mut quiet, mut ticks) = (None, 0, 0_u32);
        while stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
            quiet += 1;
            ticks = ticks.wrapping_add(1);
            sessions(&app, ticks.is_multiple_of(ACTIVITY), ticks.is_multiple_of(SWEEP));
            if ticks % PROBES == 1 {
                probes(&app, &env);
            }
            let size = app.store.read("log size", store::audit::latest_size).ok();
            if (size.is_some() && size != signed) || quiet >= QUIET {
                match app.store.checkpoint() {
                    Ok(_) => (signed, quiet) = (size, 0),
                    Err(error) => tracing::error!(%error, "a checkpoint could not be signed"),
                }
            }
        }
        sessions(&app, true, true);
        // The last events get their checkpoint before the process ends.
        if let Err(error) = app.store.checkpoint() {
            tracing::error!(%error, "the last checkpoint could not be signed");
        }
    });
    Ok(Jobs { stop, thread: thread.map_err(Failure::other)? })
}

fn probes(app: &App, env: &ProbeEnv) {
    if let Err(error) = app.run_due_probes(env) {
        tracing::error!(%error, "the due safeguard checks could not be run");
    }
}

fn sessions(app: &App, flush: bool, sweep: bool) {
    if flush && let Err(error) = app.flush_activity() {
        tracing::error!(%error, "the last activity of sessions could not be written");
    }
    if sweep && let Err(error) = app.sweep_sessions() {
        tracing::error!(%error, "sessions whose time is up could not be ended");
    }
    if sweep && let Err(error) = app.sweep_clients() {
        tracing::error!(%error, "assertions and tokens of API clients that are over could not be dropped");
    }
}
