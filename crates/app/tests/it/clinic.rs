//! A clinic in a folder: the synthetic surroundings, and people in each role.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use app::demo::surroundings::{Surroundings, surroundings};
use app::patient::Registered;
use app::practice::Facts;
use app::{App, Cx};
use domain::access::Role;
use domain::coverage::CoverageForm;
use domain::id::{AccountId, PatientId, SessionId};
use domain::patient::PatientForm;
use domain::{Clock, Entropy, Instant};
use jiff::civil::{Date, date};
use store::db::Schema;
use store::keys::Kek;
use store::record::Stamp;
use store::{Engine, Options, Store, directory};

pub(crate) const TODAY: Date = date(2026, 5, 28);

struct Ticking(AtomicI64);

impl Clock for Ticking {
    fn now(&self) -> Instant {
        Instant::from_micros(self.0.fetch_add(1000, Ordering::Relaxed))
    }
}

struct Counting(AtomicU64);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let n = self.0.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes();
            chunk.copy_from_slice(&n[..chunk.len()]);
        }
    }
}

pub(crate) struct Clinic {
    pub(crate) app: App,
    pub(crate) around: Surroundings,
    clinician: AccountId,
    _folder: tempfile::TempDir,
}

impl Clinic {
    /// A synthetic one.
    pub(crate) fn new() -> Self {
        Self::found(Some(1))
    }

    /// A real one: its claims may not leave as tests, and nobody simulates its payers.
    pub(crate) fn real() -> Self {
        Self::found(None)
    }

    fn found(synthetic: Option<u64>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        std::fs::create_dir(&data).unwrap();
        let entropy: Arc<dyn Entropy> = Arc::new(Counting(AtomicU64::new(1)));
        // 2026-05-28T20:26:40Z.
        let clock: Arc<dyn Clock> = Arc::new(Ticking(AtomicI64::new(1_780_000_000_000_000)));
        let key = folder.path().join("keys/clinic.kek");
        Kek::create_file(&key, &*entropy).unwrap();
        let store = Store::create(Options {
            data,
            practice: Schema::parse("clinic").unwrap(),
            engine: Engine::Sqlite { cache_kib: 4096 },
            kek: Kek::File(key),
            clock: Arc::clone(&clock),
            entropy: Arc::clone(&entropy),
            observer: None,
            vfs: None,
        })
        .unwrap();
        let policies = Arc::new(app::access::Policies::load().unwrap());
        let (official, clinician) = (account(0xa1), account(0xa2));
        let around = surroundings(clock.now(), &*entropy, TODAY, &official, &clinician).unwrap();
        let (made, stamp) = (around.clone(), Stamp { actor: "system:test".into(), reason: "a test".into() });
        store
            .write("surroundings", move |tx| {
                directory::add(tx, &made.practice, &stamp)?;
                made.locations.iter().try_for_each(|x| directory::add(tx, x, &stamp))?;
                made.providers.iter().try_for_each(|x| directory::add(tx, x, &stamp))?;
                made.payers.iter().try_for_each(|x| directory::add(tx, x, &stamp))?;
                made.partners.iter().try_for_each(|x| directory::add(tx, x, &stamp))
            })
            .unwrap();
        let app = App {
            store,
            policies,
            clock,
            entropy,
            idle_seconds: 600,
            review_days: 2,
            activity: app::account::Activity::default(),
            outside: app::audit::outside::Outside::default(),
            outbound: app::delivery::Outbound::default(),
            oidc: None,
        };
        let zone = domain::place::Zone::parse("America/New_York").unwrap();
        app.found_practice(&Facts { name: "Northside".to_owned(), zone, synthetic }, None).unwrap();
        Self { app, around, clinician, _folder: folder }
    }

    /// Somebody in a role; the clinician is the one of the first provider.
    pub(crate) fn cx(&self, role: Role) -> Cx {
        let account = if role == Role::Clinician { self.clinician.clone() } else { account(0xa1) };
        Cx {
            account,
            name: "A. Test".to_owned(),
            role,
            disabled: false,
            session: SessionId::parse("01890000-0000-7000-8000-0000000000ff").unwrap(),
            mfa: true,
            fresh_at: Some(self.app.clock.now()),
            source: "192.0.2.1".to_owned(),
            origin: domain::device::Origin::Premises,
            canary: false,
            emergency: None,
        }
    }

    /// A patient with a coverage of the payer at a place in the list.
    pub(crate) fn patient(&self, family: &str, payer: usize) -> PatientId {
        let form = PatientForm {
            family: family.to_owned(),
            given: "Zoe".to_owned(),
            birth_date: "6/9/1984".to_owned(),
            sex: "F".to_owned(),
            line1: "12 Elm St".to_owned(),
            city: "Dayton".to_owned(),
            state: "OH".to_owned(),
            zip: "45402".to_owned(),
            ..PatientForm::default()
        };
        let coverage = CoverageForm {
            payer: self.around.payers[payer].id.to_string(),
            member_id: format!("XQ{family}").to_uppercase(),
            relationship: "18".to_owned(),
            priority: "P".to_owned(),
            from: "1/1/2026".to_owned(),
            filing: self.around.payers[payer].filing.as_str().to_owned(),
            ..CoverageForm::default()
        };
        match self.app.register_patient(&self.cx(Role::FrontDesk), &form, &coverage, true, TODAY) {
            Ok(Registered::New(id)) => id,
            Ok(Registered::PerhapsKnown(_)) => panic!("somebody alike"),
            Err(e) => panic!("{e:?}"),
        }
    }
}

fn account(n: u8) -> AccountId {
    AccountId::parse(&format!("01890000-0000-7000-8000-0000000000{n:02x}")).unwrap()
}
