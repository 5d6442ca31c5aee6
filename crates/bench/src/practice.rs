//! A practice to measure on, with some patients in it.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use domain::access::{Action, Role};
use domain::grant::{Allowed, Authority, Grant, PatientSubject, Scope};
use domain::id::{AccountId, PatientId};
use domain::name::PersonName;
use domain::patient::{FieldGroup, Patient, Sex};
use domain::{Clock, Entropy, Instant};
use jiff::civil::date;
use store::db::Schema;
use store::keys::Kek;
use store::record::Stamp;
use store::{Engine, Options, Store};

use crate::error::{Error, Result};

/// How many patients there are to look at.
pub(crate) const PATIENTS: u32 = 500;

struct Machine;

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

/// A new practice in `dir/name`; `observer` sees its statements.
pub(crate) fn make(dir: &Path, name: &str, observer: Option<store::db::Observer>) -> Result<Store> {
    let data = dir.join(name);
    fs::create_dir_all(&data).map_err(Error::file(&data))?;
    let kek = dir.join("keys").join(format!("{name}.kek"));
    Kek::create_file(&kek, &Machine)?;
    let options = Options {
        data,
        practice: Schema::parse("bench")?,
        engine: Engine::Sqlite { cache_kib: 64 * 1024 },
        kek: Kek::File(kek),
        clock: Arc::new(Machine),
        entropy: Arc::new(Machine),
        observer,
        vfs: None,
    };
    Ok(Store::create(options)?)
}

/// The id of the `n`th patient.
pub(crate) fn patient(n: u32) -> Result<PatientId> {
    let n = n % PATIENTS;
    PatientId::parse(&format!("01890000-0000-7000-8000-{n:012}")).map_err(|e| Error::Wrong(e.to_string()))
}

/// Makes grants where no policy is loaded.
pub(crate) struct Desk {
    authority: Authority,
    account: AccountId,
    fields: Arc<[FieldGroup]>,
}

impl Desk {
    pub(crate) fn new() -> Result<Self> {
        let authority = Authority::claim().ok_or_else(|| Error::Wrong("the authority was claimed twice".to_owned()))?;
        Ok(Self { authority, account: AccountId::new(Machine.now(), &Machine), fields: FieldGroup::ALL.into() })
    }

    /// Leave to do `action` on `scope`.
    pub(crate) fn grant(&self, action: Action, scope: Scope) -> Grant {
        self.authority.grant(Allowed {
            account: self.account.clone(),
            role: Role::FrontDesk,
            action,
            scope,
            fields: Arc::clone(&self.fields),
            includes_restricted: false,
        })
    }

    /// Leave to view the patient that was read.
    pub(crate) fn view(&self, subject: &PatientSubject) -> Grant {
        self.grant(Action::PatientView, Scope::Patient(subject.id.clone()))
    }
}

/// Registers the patients, and signs one event about each, so that each has its key.
pub(crate) fn register(store: &Store, desk: &Desk) -> Result<()> {
    for n in 0..PATIENTS {
        let patient = person(n)?;
        let grant = desk.grant(Action::PatientEdit, Scope::Practice);
        let stamp = Stamp { actor: "system:bench".to_owned(), reason: "to measure".to_owned() };
        store.write("bench-register", move |tx| {
            tx.audit(crate::reads::event(&patient.id));
            store::patient::register(tx, &grant, &patient, false, &stamp)
        })?;
    }
    Ok(())
}

fn person(n: u32) -> Result<Patient> {
    Ok(Patient {
        id: patient(n)?,
        mrn: format!("P-{n:06}"),
        name: PersonName::new("Okafor", "Ngozi").map_err(|e| Error::Wrong(e.to_string()))?,
        birth_date: date(1980, 2, 29),
        sex: Sex::Female,
        address: None,
        phone: None,
        email: Some("someone@example.com".to_owned()),
        guardians: Vec::new(),
        died_on: None,
    })
}
