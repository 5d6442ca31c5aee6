//! An empty practice for the tests of this crate.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use domain::access::Role;
use domain::id::{AccountId, SessionId};
use domain::{Clock, Entropy, Instant};
use store::db::Schema;
use store::keys::Kek;
use store::{Engine, Options, Store};

use crate::access::Policies;
use crate::{App, Cx};

/// A clock that moves a millisecond each time it is read, and further when it is told to.
pub(crate) struct Ticking(AtomicI64);

impl Ticking {
    /// Moves on by this many seconds.
    pub(crate) fn wait(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }
}

impl Clock for Ticking {
    fn now(&self) -> Instant {
        Instant::from_micros(self.0.fetch_add(1000, Ordering::Relaxed))
    }
}

/// Different bytes each time, and the same in every run.
struct Counting(AtomicU64);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let n = self.0.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes();
            chunk.copy_from_slice(&n[..chunk.len()]);
        }
    }
}

/// A practice in a folder of its own.
pub(crate) struct Practice {
    pub(crate) app: App,
    pub(crate) clock: Arc<Ticking>,
    pub(crate) folder: tempfile::TempDir,
}

impl Practice {
    pub(crate) fn new() -> Self {
        Self::with(key)
    }

    /// The same with the wrapping key that `kek` makes in the folder.
    pub(crate) fn with(kek: impl FnOnce(&Path) -> Kek) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(Ticking(AtomicI64::new(START)));
        let app = app(folder.path(), kek(folder.path()), clock.clone());
        Self { app, clock, folder }
    }
}

/// When practices begin, in microseconds: 2026-05-28T20:26:40Z.
pub(crate) const START: i64 = 1_780_000_000_000_000;

/// A wrapping key in the folder, outside its data.
pub(crate) fn key(folder: &Path) -> Kek {
    let path = folder.join("keys/clinic.kek");
    Kek::create_file(&path, &Counting(AtomicU64::new(77))).unwrap();
    Kek::File(path)
}

/// An empty practice in the folder, by this clock.
pub(crate) fn app(folder: &Path, kek: Kek, clock: Arc<dyn Clock>) -> App {
    let data = folder.join("data");
    std::fs::create_dir(&data).unwrap();
    let entropy = Arc::new(Counting(AtomicU64::new(1)));
    let options = Options {
        data,
        practice: Schema::parse("clinic").unwrap(),
        engine: Engine::Sqlite { cache_kib: 4096 },
        kek,
        clock: Arc::clone(&clock),
        entropy: entropy.clone(),
        observer: None,
        vfs: None,
    };
    let store = Store::create(options).unwrap();
    // The documentation's networks (RFC 5737) are this practice's own: people of most tests come from there.
    let own = ["192.0.2.0/24 Main Street", "198.51.100.0/24 Elm Street", "203.0.113.0/24 Oak Street"].join("\n");
    let networks = domain::device::NetworksForm { own, loopback: String::new() }.read().unwrap();
    let stamp = store::record::Stamp { actor: "system:test".to_owned(), reason: "test".to_owned() };
    store.write("networks", move |tx| store::directory::add(tx, &networks, &stamp)).unwrap();
    let policies = Arc::new(Policies::load().unwrap());
    let activity = crate::account::Activity::default();
    App {
        store,
        policies,
        clock,
        entropy,
        idle_seconds: 600,
        review_days: 2,
        activity,
        outside: crate::audit::outside::Outside::default(),
        outbound: crate::delivery::Outbound::default(),
        oidc: None,
    }
}

/// A signed-in person of this role.
pub(crate) fn person(role: Role) -> Cx {
    let id = "01890000-0000-7000-8000-0000000000aa";
    Cx {
        account: AccountId::parse(id).unwrap(),
        name: "Dana W.".to_owned(),
        role,
        disabled: false,
        session: SessionId::parse(id).unwrap(),
        mfa: true,
        fresh_at: Some(Instant::from_micros(START)),
        source: "192.0.2.1".to_owned(),
        origin: domain::device::Origin::Premises,
        canary: false,
        emergency: None,
    }
}
