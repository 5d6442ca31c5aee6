//! What probes plant in the practice: a patient whom no list shows, and requests in the name of nobody.

use domain::access::{Action, Role};
use domain::audit::Act;
use domain::device::Origin;
use domain::id::{AccountId, PatientId, SessionId};
use domain::patient::PatientForm;

use crate::access::Resource;
use crate::{App, Cx, Error, Result, stamp};

impl App {
    /// A request of this role by a probe. It belongs to no account, and its events say that they are a self-check.
    pub(super) fn canary_cx(&self, role: Role) -> Cx {
        let now = self.clock.now();
        Cx {
            account: AccountId::new(now, &*self.entropy),
            name: "Self-check".to_owned(),
            role,
            disabled: false,
            session: SessionId::new(now, &*self.entropy),
            mfa: true,
            fresh_at: None,
            source: "self-check".to_owned(),
            origin: Origin::Premises,
            canary: true,
            emergency: None,
        }
    }

    /// The canary patient, made on first use.
    pub(super) fn canary_patient(&self) -> Result<PatientId> {
        let known = self.store.read("canary patient", |tx| store::evidence::canary(tx, "patient"))?;
        if let Some(known) = known {
            return PatientId::parse(&known).map_err(|e| Error::Refused(e.to_string()));
        }
        let text = |text: &str| text.to_owned();
        let form = PatientForm {
            family: text("Canary"),
            given: text("Selfcheck"),
            birth_date: text("1/1/1970"),
            sex: text("U"),
            ..PatientForm::default()
        };
        let today = self.clock.now().timestamp().to_zoned(jiff::tz::TimeZone::UTC).date();
        let draft = form.read(today).map_err(Error::Invalid)?;
        let id = PatientId::new(self.clock.now(), &*self.entropy);
        let cx = self.canary_cx(Role::FrontDesk);
        let (made, stamp, event) = (id.clone(), stamp(&cx, "canary"), self.event(&cx, Act::PatientRegistered));
        self.change(
            &cx,
            Action::PatientEdit,
            |_| Ok(Resource::Practice),
            move |tx, grant| {
                let patient = draft.clone().into_patient(made.clone(), "P-CANARY".to_owned());
                store::patient::register(tx, grant, &patient, true, &stamp)?;
                store::evidence::plant(tx, "patient", made.as_str())?;
                tx.audit(event.clone().about([made.clone()]).showing(["identity"]));
                Ok(())
            },
        )?;
        Ok(id)
    }
}
