//! What runs beside the pages: checkpoints each second while there are events and each minute otherwise, the last activity
//! of sessions, the ends of emergency access and a look for alerts each half minute, a look at the certificate each ten minutes,
//! the outbox each second, probes when due, once a day a look through the books, a part each second, each minute a look at the access
//! review and for a week whose sample is to be drawn, and the newest checkpoint to whoever keeps some elsewhere.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use app::App;
use app::audit::outside::Reach;
use app::ledger::Check;

use super::listen::DRAIN;
use crate::exit::Failure;

/// How often it looks.
const TICK: Duration = Duration::from_secs(1);
/// Between two looks for probes that are due.
const PROBES: Duration = Duration::from_mins(1);
/// Ticks without an event after which a checkpoint is signed all the same.
const QUIET: u32 = 60;
/// Ticks between two writes of the sessions' last activity and of the ends of emergency access, and between two looks for alerts.
const ACTIVITY: u32 = 30;
/// Ticks between two looks at the certificate, which may have been replaced or come near its end.
const CERTIFICATE: u32 = 600;
/// Ticks between looks whether the books are due.
const BOOKS: u32 = 60;
/// Ticks between two looks whether an access review begins, or ran out of time, and whether a week's sample is to be drawn.
const REVIEWS: u32 = 60;
/// Parts of the log that a tick looks at for alerts: a practice writes fewer events in a second.
const PARTS: u32 = 4;
/// Ticks between two sweeps of sessions whose time is up.
const SWEEP: u32 = 300;

/// The running jobs.
pub(super) struct Jobs {
    probing: Job,
    sending: Job,
    signing: Job,
}

/// One thread, and the way to tell it to stop.
struct Job {
    stop: SyncSender<()>,
    thread: JoinHandle<()>,
}

impl Jobs {
    pub(super) fn stop(self) {
        let _ = self.probing.stop.send(());
        let _ = self.sending.stop.send(());
        // A check may hash the whole log; what it has not written by then it does not write. A file on its way may be slow; the next
        // start finds it where this one left it.
        for _ in 0..DRAIN.as_millis() / 50 {
            if self.probing.thread.is_finished() && self.sending.thread.is_finished() {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let _ = self.signing.stop.send(());
        let _ = self.signing.thread.join();
    }
}

/// Starts them. Probes have a thread of their own, and the outbox one: either may take minutes, and checkpoints do not wait for it.
pub(super) fn start(
    app: Arc<App>,
    renew: impl Fn(&App) + Send + 'static,
    mut probes: impl FnMut(&App) + Send + 'static,
) -> Result<Jobs, Failure> {
    let probed = Arc::clone(&app);
    let probing = job("probes", move |stopped| {
        let mut wait = TICK;
        while stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
            probes(&probed);
            wait = PROBES;
        }
    })?;
    let sent = Arc::clone(&app);
    let sending = job("outbox", move |stopped| {
        while stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
            if let Err(error) = sent.deliver_due() {
                tracing::error!(%error, "released files could not be sent");
            }
        }
    })?;
    Ok(Jobs { probing, sending, signing: job("jobs", move |stopped| sign(&app, &renew, stopped))? })
}

fn job(name: &str, work: impl FnOnce(&Receiver<()>) + Send + 'static) -> Result<Job, Failure> {
    let (stop, stopped) = sync_channel(1);
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || work(&stopped));
    Ok(Job { stop, thread: thread.map_err(Failure::other)? })
}

fn sign(app: &App, renew: &impl Fn(&App), stopped: &Receiver<()>) {
    let (mut signed, mut quiet, mut ticks) = (None, 0, 0_u32);
    let (mut look, mut behind) = (None, true);
    while stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
        quiet += 1;
        ticks = ticks.wrapping_add(1);
        sessions(app, ticks.is_multiple_of(ACTIVITY), ticks.is_multiple_of(SWEEP));
        if ticks.is_multiple_of(CERTIFICATE) {
            renew(app);
        }
        if behind || ticks.is_multiple_of(ACTIVITY) {
            behind = alerts(app);
        }
        if ticks % BOOKS == 1 && look.is_none() && app.books_check_is_due().unwrap_or(false) {
            look = Some(Check::default());
        }
        look = look.and_then(|look| books(app, look));
        if ticks % REVIEWS == 1 {
            samples(app);
        }
        if ticks % REVIEWS == 2
            && let Err(error) = app.sweep_reviews()
        {
            tracing::error!(%error, "the access review could not be looked after");
        }
        let size = app.store.read("log size", store::audit::latest_size).ok();
        if (size.is_some() && size != signed) || quiet >= QUIET {
            match app.store.checkpoint() {
                Ok(_) => (signed, quiet) = (size, 0),
                Err(error) => tracing::error!(%error, "a checkpoint could not be signed"),
            }
        }
    }
    sessions(app, true, true);
    // The last events get their checkpoint before the process ends.
    if let Err(error) = app.store.checkpoint() {
        tracing::error!(%error, "the last checkpoint could not be signed");
    }
    // A witness that does not answer may not hold up the end; files do not.
    round(app, Reach::Near);
}

/// Shows the newest checkpoint to whoever keeps some elsewhere. A thread of its own, because a witness may take its time. It ends
/// with the practice. The first checkpoint of this start is there when it begins.
pub(super) fn show_witnesses(app: &Arc<App>, every: Duration) -> Result<(), Failure> {
    let app = Arc::downgrade(app);
    let thread = std::thread::Builder::new().name("witnesses".to_owned()).spawn(move || {
        std::thread::sleep(TICK * 2);
        while let Some(app) = app.upgrade() {
            round(&app, Reach::Everybody);
            drop(app);
            std::thread::sleep(every);
        }
    });
    thread.map(drop).map_err(Failure::other)
}

fn round(app: &App, reach: Reach) {
    match app.witness_round(reach) {
        Ok(contradict) => {
            for who in contradict {
                tracing::error!(who, "the log is not the one that was seen there: see the page Audit log");
            }
        }
        Err(error) => tracing::error!(%error, "the log could not be shown to its witnesses"),
    }
}

/// Goes on with a look through the books; nothing comes back when it ended.
fn books(app: &App, mut look: Check) -> Option<Check> {
    match app.go_on_with_books(&mut look) {
        Ok(None) => return Some(look),
        Ok(Some(found)) if found.broken > 0 => {
            let (entries, broken) = (found.entries, found.broken);
            tracing::error!(entries, broken, "entries of the books are not as they were posted");
        }
        Ok(Some(_)) => {}
        Err(error) => tracing::error!(%error, "the books could not be looked through"),
    }
    None
}

/// Looks at the next parts of the log; whether there may be more.
fn alerts(app: &App) -> bool {
    for _ in 0..PARTS {
        match app.look_for_alerts() {
            Ok(looked) => {
                if looked.alerts > 0 {
                    tracing::warn!(alerts = looked.alerts, "rules over the audit log fired: see the page Alerts");
                }
                if !looked.more {
                    return false;
                }
            }
            Err(error) => {
                tracing::error!(%error, "the audit log could not be looked at for alerts");
                return false;
            }
        }
    }
    true
}

/// Draws the samples of the weeks that are over.
fn samples(app: &App) {
    loop {
        match app.draw_sample() {
            Ok(Some(week)) => tracing::info!(%week, "the weekly sample of the audit log was drawn"),
            Ok(None) => return,
            Err(error) => return tracing::error!(%error, "the weekly sample of the audit log could not be drawn"),
        }
    }
}

fn sessions(app: &App, flush: bool, sweep: bool) {
    if flush && let Err(error) = app.flush_activity() {
        tracing::error!(%error, "the last activity of sessions could not be written");
    }
    if flush && let Err(error) = app.sweep_emergencies() {
        tracing::error!(%error, "the end of emergency access could not be put into the log");
    }
    if sweep && let Err(error) = app.sweep_sessions() {
        tracing::error!(%error, "sessions whose time is up could not be ended");
    }
    if sweep && let Err(error) = app.sweep_clients() {
        tracing::error!(%error, "assertions and tokens of API clients that are over could not be dropped");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use domain::audit::{Act, Actor, Event, Purpose};
    use testkit::{On, Practice};

    use super::*;

    #[test]
    fn checkpoints_do_not_wait_for_a_long_check() {
        let practice = Practice::new(On::Sqlite);
        let (app, (begun, begins), (end, ends)) = (Arc::clone(&practice.app), channel(), channel::<()>());
        let jobs = start(
            Arc::clone(&app),
            |_| {},
            move |_| {
                let _ = begun.send(());
                let _ = ends.recv();
            },
        );
        let jobs = jobs.unwrap();
        begins.recv_timeout(Duration::from_secs(20)).unwrap();
        let newest = || {
            app.store.read("newest", store::audit::latest_checkpoint).unwrap().map(|row| row.get::<i64>("at").unwrap())
        };
        let before = newest();
        app.store.record(Event::new(Act::ServerStarted, Actor::System("test".into()), Purpose::Operations)).unwrap();
        let mut tries = 0..100;
        while newest() == before && tries.next().is_some() {
            std::thread::sleep(Duration::from_millis(100));
        }
        assert!(newest() > before, "no checkpoint was signed while the check ran");
        drop(end);
        jobs.stop();
    }
}
