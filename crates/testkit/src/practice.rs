//! One synthetic practice on one engine.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use api::Api;
use app::App;
use app::access::Policies;
use app::account::oidc::Oidc;
use app::account::{Activity, CodeAnswer, Knock, SignIn, code_at};
use app::audit::outside::Outside;
use app::delivery::Outbound;
use app::demo::personas::Persona;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use domain::access::Role;
use domain::account::passkey::Site;
use domain::{Clock as _, Instant};
use http::Request;
use jiff::civil::Date;
use store::db::{PostgresTarget, Schema, provision};
use store::keys::Kek;
use store::{Engine, Options, Store};
use web::Web;

use crate::browser::Browser;
use crate::outage::Outage;
use crate::source::{Counting, Ticking};

/// Which engine holds the practice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// The embedded file.
    Sqlite,
    /// The server that `WELLKEPT_TEST_PG` names.
    Postgres,
}

/// When tests begin: a Tuesday morning in Ohio.
const START: &str = "2026-06-09T13:00:00Z";
/// From where people come: an address for documentation (RFC 5737).
pub(crate) const SOURCE: &str = "192.0.2.7";
const SEED: u64 = 11;
const PATIENTS: u32 = 40;
/// One code of the authenticator lasts so long, and none works twice.
const CODE_SECONDS: i64 = 30;

/// A synthetic practice, removed with everything in it when the test ends. On PostgreSQL its schema stays with the server,
/// which the test command throws away.
pub struct Practice {
    /// Which engine.
    pub on: On,
    /// Its use cases.
    pub app: Arc<App>,
    /// Who works there.
    pub personas: Vec<Persona>,
    /// What time it is there.
    pub clock: Arc<Ticking>,
    /// The date there when it was made.
    pub today: Date,
    pub(crate) router: Router,
    pub(crate) runtime: tokio::runtime::Runtime,
    outage: Outage,
    folder: tempfile::TempDir,
}

/// Runs a test on each engine that is there. CI always has both: the test command starts the server.
pub fn on_both(test: impl Fn(&Practice)) {
    for on in engines() {
        test(&Practice::new(on));
    }
}

/// The engines that are there.
pub fn engines() -> Vec<On> {
    if server().is_some() {
        return vec![On::Sqlite, On::Postgres];
    }
    assert!(std::env::var_os("CI").is_none(), "WELLKEPT_TEST_PG is not set: run `cargo xtask test`");
    println!("PostgreSQL not run: WELLKEPT_TEST_PG is not set");
    vec![On::Sqlite]
}

impl Practice {
    /// Makes one with its people, patients and whatever else the demonstration has.
    pub fn new(on: On) -> Self {
        Self::with(on, Outbound::default(), None)
    }

    /// The same, whose released files travel by `outbound`.
    pub fn reaching(on: On, outbound: Outbound) -> Self {
        Self::with(on, outbound, None)
    }

    /// The same, whose people may sign in by an identity provider.
    pub fn known_by(on: On, oidc: Oidc) -> Self {
        Self::with(on, Outbound::default(), Some(oidc))
    }

    fn with(on: On, outbound: Outbound, oidc: Option<Oidc>) -> Self {
        // In memory where there is some: these tests are about answers, not about the disk.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let data = folder.path().join("data");
        let start: jiff::Timestamp = START.parse().unwrap();
        let (clock, entropy) = (Arc::new(Ticking::from(Instant::from(start))), Arc::new(Counting::default()));
        let key = folder.path().join("keys/clinic.kek");
        Kek::create_file(&key, &*entropy).unwrap();
        let practice = Schema::parse(&name(folder.path())).unwrap();
        std::fs::create_dir_all(data.join(practice.as_str())).unwrap();
        let (engine, outage) = match on {
            On::Sqlite => (Engine::Sqlite { cache_kib: 8192 }, Outage::of_disk(&data.join(practice.as_str()))),
            On::Postgres => {
                let url = server().unwrap();
                let admin = PostgresTarget::parse(&url).unwrap();
                provision(&admin, &practice, &[7; 16]).unwrap();
                (Engine::Postgres(admin.practice(&practice, &[7; 16])), Outage::of_server(&url, practice.as_str()))
            }
        };
        let options = Options {
            data,
            practice,
            engine,
            kek: Kek::File(key),
            clock: clock.clone(),
            entropy: entropy.clone(),
            observer: Some(Arc::new(observe)),
            vfs: None,
        };
        let app = App {
            store: Store::create(options).unwrap(),
            policies: Arc::new(Policies::load().unwrap()),
            clock: clock.clone(),
            entropy,
            idle_seconds: 900,
            review_days: 2,
            activity: Activity::default(),
            outside: Outside::default(),
            outbound,
            oidc,
        };
        let zone = jiff::tz::TimeZone::get("America/New_York").unwrap();
        let today = start.to_zoned(zone).date();
        let personas = app.make_demo(SEED, PATIENTS, today, &mut |_| {}).unwrap().personas;
        let app = Arc::new(app);
        let facts = app.practice_facts().unwrap();
        let web = Web::new(Arc::clone(&app), facts.name, facts.zone.rules().clone());
        let web = Arc::new(web.at(Site::parse("https://practice.test")));
        let api = Arc::new(Api { app: Arc::clone(&app), audience: crate::caller::AUDIENCE.to_owned() });
        let router = web::router(&web).merge(api::router(&api));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        Self { on, app, personas, clock, today, router, runtime, outage, folder }
    }

    /// The one who has this role.
    pub fn persona(&self, role: Role) -> &Persona {
        self.personas.iter().find(|p| p.role == role).unwrap()
    }

    /// A browser of somebody in this role who has just signed in, with both factors.
    pub fn as_role(&self, role: Role) -> Browser<'_> {
        let persona = self.persona(role);
        let from = Knock { source: SOURCE, device: None, agent: "" };
        let SignIn::Code(ticket) = self.app.sign_in(&persona.login, &persona.password, from).unwrap() else {
            panic!("{} is not asked for a code", persona.login);
        };
        let CodeAnswer::In(signed) = self.app.sign_in_code(&ticket, &self.code(role), from).unwrap() else {
            panic!("the code of {} is refused", persona.login);
        };
        let seen = self.app.session_open(&signed.token, from, true).unwrap().unwrap();
        Browser::signed_in(self, &signed.token, seen.csrf)
    }

    /// A request from this address.
    pub(crate) fn came_from(mut request: Request<Body>, source: &str) -> Request<Body> {
        let peer: SocketAddr = format!("{source}:50000").parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        request
    }

    /// A code of this person's authenticator that was not used yet: the next one.
    pub fn code(&self, role: Role) -> String {
        self.clock.pass(CODE_SECONDS + 1);
        let step = self.clock.now().micros().div_euclid(CODE_SECONDS * 1_000_000);
        code_at(&hex::decode(&self.persona(role).seed).unwrap(), step)
    }

    /// Where everything of it lies: its data and its key.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// A browser of nobody.
    pub fn anonymous(&self) -> Browser<'_> {
        Browser::anonymous(self)
    }

    /// Breaks the database in a real way while `during` runs.
    pub fn cannot_write<T>(&self, during: impl FnOnce() -> T) -> T {
        self.outage.while_unwritable(during)
    }

    /// Takes the PostgreSQL server away while `during` runs; on the embedded engine there is none.
    pub fn server_gone<T>(&self, during: impl FnOnce() -> T) -> T {
        self.outage.while_gone(during)
    }

    /// Loses the connection in each COMMIT of an event while `during` runs; on the embedded engine there is none.
    pub fn commits_die<T>(&self, during: impl FnOnce() -> T) -> T {
        self.outage.while_commits_die(during)
    }
}

/// A name that no other run used: the folder's random letters.
fn name(folder: &std::path::Path) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let random = folder.file_name().unwrap().as_encoded_bytes();
    format!("k{}_{}", hex::encode(random), NEXT.fetch_add(1, Ordering::Relaxed))
}

fn server() -> Option<String> {
    std::env::var("WELLKEPT_TEST_PG").ok()
}

/// Notes each statement that ran on an engine, for the step that looks for those that never did.
fn observe(engine: &'static str, sql: &'static store::Sql) {
    use std::io::Write as _;
    let Ok(path) = std::env::var("WELLKEPT_SQL_COVERAGE") else { return };
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
    file.write_all(format!("{engine} {}\n", sql.at()).as_bytes()).unwrap();
}
