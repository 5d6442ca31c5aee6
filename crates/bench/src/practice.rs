//! Practices to measure on.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use app::App;
use app::access::Policies;
use app::account::Activity;
use app::audit::outside::Outside;
use app::demo::people::people;
use app::demo::personas::Persona;
use domain::access::{Action, Role};
use domain::grant::{Allowed, Authority, Scope};
use domain::id::AccountId;
use domain::patient::{FieldGroup, Patient};
use domain::{Clock, Entropy, Instant};
use jiff::tz::TimeZone;
use store::db::{Observer, Schema};
use store::keys::Kek;
use store::record::Stamp;
use store::{Engine, Options, Store};

use crate::error::{Error, Result};

/// Patients of the synthetic practice who have a history, and whose pages are asked for: record numbers from P-1001.
pub(crate) const WITH_HISTORY: u32 = 60;
/// Patients registered in one transaction.
const CHUNK: usize = 250;
const SEED: u64 = 20_261_122;

pub(crate) struct Machine;

impl Clock for Machine {
    #[expect(clippy::disallowed_methods, reason = "a program of its own has to read the clock somewhere")]
    fn now(&self) -> Instant {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Instant::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}

impl Entropy for Machine {
    fn fill(&self, bytes: &mut [u8]) {
        // The same work as the product's generator, near enough: one call of the system.
        let read = File::open("/dev/urandom").and_then(|mut file| file.read_exact(bytes));
        debug_assert!(read.is_ok());
    }
}

fn options(folder: &Path, observer: Option<Observer>) -> Result<Options> {
    let data = folder.join("data");
    fs::create_dir_all(&data).map_err(Error::file(&data))?;
    Ok(Options {
        data,
        practice: Schema::parse("bench")?,
        engine: Engine::Sqlite { cache_kib: 64 * 1024 },
        kek: Kek::File(folder.join("keys/bench.kek")),
        clock: Arc::new(Machine),
        entropy: Arc::new(Machine),
        observer,
        vfs: None,
    })
}

/// A new, empty practice in `folder`; `observer` sees its statements.
pub(crate) fn make(folder: &Path, observer: Option<Observer>) -> Result<Store> {
    let options = options(folder, observer)?;
    Kek::create_file(&folder.join("keys/bench.kek"), &Machine)?;
    Ok(Store::create(options)?)
}

/// A token that nobody guesses.
pub(crate) fn random() -> String {
    let mut bytes = [0_u8; 32];
    Machine.fill(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Seconds since 1970, as an authenticator counts them.
pub(crate) fn seconds() -> u64 {
    u64::try_from(Machine.now().micros() / 1_000_000).unwrap_or(0)
}

/// A synthetic practice over one that [`fill`] has filled, in this process.
pub(crate) fn open(folder: &Path) -> Result<(Arc<App>, Vec<Persona>)> {
    let app = App {
        store: Store::open(options(folder, None)?)?,
        policies: Arc::new(Policies::load().map_err(Error::wrong)?),
        clock: Arc::new(Machine),
        entropy: Arc::new(Machine),
        idle_seconds: 900,
        review_days: 2,
        activity: Activity::default(),
        outside: Outside::default(),
        outbound: app::delivery::Outbound::default(),
        oidc: None,
    };
    let made = app.make_demo(SEED, WITH_HISTORY, today(), &mut |_| {})?;
    Ok((Arc::new(app), made.personas))
}

pub(crate) fn today() -> jiff::civil::Date {
    Machine.now().timestamp().to_zoned(TimeZone::UTC).date()
}

/// Makes a practice in `folder` and registers so many made-up patients in it, without policies: a process of its own.
pub(crate) fn fill(folder: &Path, patients: &str) -> Result<()> {
    let count = patients.parse().map_err(|_| Error::Usage)?;
    let store = make(folder, None)?;
    let authority = Authority::claim().ok_or_else(|| Error::wrong("the authority was claimed twice"))?;
    let account = AccountId::new(Machine.now(), &Machine);
    let people: Vec<Patient> =
        people(SEED, count, &[], Machine.now(), &Machine, today()).into_iter().map(|p| p.patient).collect();
    for (n, chunk) in people.chunks(CHUNK).enumerate() {
        let grant = authority.grant(Allowed {
            account: account.clone(),
            role: Some(Role::FrontDesk),
            client: None,
            action: Action::PatientEdit,
            scope: Scope::Practice,
            fields: FieldGroup::ALL.into(),
            includes_restricted: false,
        });
        let stamp = Stamp { actor: "system:bench".to_owned(), reason: "to measure".to_owned() };
        let chunk = chunk.to_vec();
        store.write("bench-fill", move |tx| {
            for (i, patient) in chunk.iter().enumerate() {
                let patient = Patient { mrn: format!("F-{}", 1_000_000 + n * CHUNK + i), ..patient.clone() };
                store::patient::register(tx, &grant, &patient, false, &stamp)?;
            }
            Ok(())
        })?;
    }
    Ok(())
}
