//! An empty practice on each engine.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use domain::grant::Authority;
use domain::{Clock, Entropy, Instant};
use store::db::{PostgresTarget, Schema, provision};
use store::keys::Kek;
use store::record::Stamp;
use store::{Engine, Options, Sql, Store};

/// A clock that moves a millisecond each time it is read.
pub(crate) struct Ticking(AtomicI64);

impl Clock for Ticking {
    fn now(&self) -> Instant {
        Instant::from_micros(self.0.fetch_add(1000, Ordering::Relaxed))
    }
}

/// Different bytes each time; predictable, which tests may be.
pub(crate) struct Counting(AtomicU64);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let n = self.0.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes();
            chunk.copy_from_slice(&n[..chunk.len()]);
        }
    }
}

/// Which engine a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum On {
    Sqlite,
    Postgres,
}

/// A practice in a folder of its own.
pub(crate) struct Practice {
    // Removed with everything in it when the test ends.
    _folder: tempfile::TempDir,
    pub(crate) options: Options,
    store: Option<Store>,
}

impl Practice {
    pub(crate) fn new(on: On) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        std::fs::create_dir(&data).unwrap();
        let entropy = Arc::new(Counting(AtomicU64::new(seed())));
        let key = folder.path().join("keys/clinic.kek");
        Kek::create_file(&key, &*entropy).unwrap();
        let name = format!("t{}", seed());
        let schema = Schema::parse(&name).unwrap();
        let engine = match on {
            On::Sqlite => Engine::Sqlite { cache_kib: 8192 },
            On::Postgres => {
                let admin = PostgresTarget::parse(&server().unwrap()).unwrap();
                provision(&admin, &schema, &[7; 16]).unwrap();
                Engine::Postgres(admin.practice(&schema, &[7; 16]))
            }
        };
        let options = Options {
            data,
            practice: schema,
            engine,
            kek: Kek::File(key),
            clock: Arc::new(Ticking(AtomicI64::new(1_780_000_000_000_000))),
            entropy,
            observer: Some(Arc::new(observe)),
            vfs: None,
        };
        let store = Store::create(options.clone()).unwrap();
        Self { _folder: folder, options, store: Some(store) }
    }

    pub(crate) fn store(&self) -> &Store {
        self.store.as_ref().unwrap()
    }

    pub(crate) fn close(&mut self) {
        self.store = None;
    }

    pub(crate) fn reopen(&mut self) {
        self.close();
        self.store = Some(Store::open(self.options.clone()).unwrap());
    }

    /// A connection past the store, to a file of the open practice.
    pub(crate) fn raw(&self, file: &str) -> rusqlite::Connection {
        let key = self.store().derive(file).unwrap();
        let conn = rusqlite::Connection::open(self.options.folder().join(file)).unwrap();
        let open = format!("PRAGMA key = \"x'{}'\"; PRAGMA cipher_hmac_algorithm = HMAC_SHA256;", hex::encode(*key));
        conn.execute_batch(&open).unwrap();
        conn
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.options.folder().join("practice.db")
    }
}

fn seed() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    u64::from(std::process::id()) * 10_000 + NEXT.fetch_add(1, Ordering::Relaxed)
}

fn server() -> Option<String> {
    std::env::var("WELLKEPT_TEST_PG").ok()
}

/// This process's authority to make grants: no policy is loaded here.
pub(crate) fn authority() -> &'static Authority {
    static AUTHORITY: OnceLock<Authority> = OnceLock::new();
    AUTHORITY.get_or_init(|| Authority::claim().unwrap())
}

/// The `n`th id of its kind.
pub(crate) fn id<T, E: std::fmt::Debug>(parse: impl Fn(&str) -> Result<T, E>, n: u8) -> T {
    parse(&format!("01890000-0000-7000-8000-0000000000{n:02x}")).unwrap()
}

/// Who changes what a test changes.
pub(crate) fn stamp() -> Stamp {
    Stamp { actor: "test".into(), reason: "a test".into() }
}

/// Runs a test on each engine that is there. CI always has both: the test command installs the server.
pub(crate) fn on_both(test: impl Fn(Practice)) {
    test(Practice::new(On::Sqlite));
    if server().is_some() {
        test(Practice::new(On::Postgres));
    } else {
        assert!(std::env::var_os("CI").is_none(), "WELLKEPT_TEST_PG is not set: run `cargo xtask test`");
        println!("PostgreSQL not run: WELLKEPT_TEST_PG is not set");
    }
}

/// Notes each statement that ran on an engine, for the test that looks for those that never did.
fn observe(engine: &'static str, sql: &'static Sql) {
    let Ok(path) = std::env::var("WELLKEPT_SQL_COVERAGE") else { return };
    let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
    file.write_all(format!("{engine} {}\n", sql.at()).as_bytes()).unwrap();
}
