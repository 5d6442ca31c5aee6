//! The practice's own setup: what claims say of it, where it sees patients, and who sees them. No ePHI.

use domain::access::{Action, Role};
use domain::audit::Act;
use domain::form::FieldFault;
use domain::id::{AccountId, LocationId, ProviderId};
use domain::place::{Location, LocationForm, Practice, PracticeForm, Provider, ProviderForm};
use store::Tx;
use store::directory::{self, Listed};
use store::record::Versioned;

use super::Facts;
use crate::access::Resource;
use crate::{App, Cx, Error, Result, stamp};

/// Everything that Settings shows.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Its short name and main zone.
    pub facts: Facts,
    /// What claims say of it; nothing until somebody has written it.
    pub practice: Option<Versioned<Practice>>,
    /// Where it sees patients, by name.
    pub locations: Vec<Versioned<Location>>,
    /// Its clinicians, by name.
    pub providers: Vec<Versioned<Provider>>,
    /// Accounts that a clinician may sign in with, with their names.
    pub accounts: Vec<(AccountId, String)>,
}

impl App {
    /// What Settings shows.
    pub fn settings(&self, cx: &Cx) -> Result<Settings> {
        let _ = self.authorize(cx, Action::PracticeEdit, Resource::Practice)?;
        let settings = self.store.read("settings", |tx| {
            Ok(Settings {
                facts: directory::one::<Facts>(tx, "facts")?.value,
                practice: written(tx)?,
                locations: directory::all(tx)?,
                providers: directory::all(tx)?,
                accounts: clinicians(tx)?,
            })
        })?;
        Ok(settings)
    }

    /// Writes the practice's name and what claims say of it. `version` is the one that was shown, 0 where there was none.
    pub fn change_practice(&self, cx: &Cx, version: i64, form: &PracticeForm) -> Result<()> {
        let (name, practice) = form.read().map_err(Error::Invalid)?;
        let (stamp, event) = (stamp(cx, "changed by hand"), self.event(cx, Act::PracticeChanged));
        self.change(
            cx,
            Action::PracticeEdit,
            |_| Ok(Resource::Practice),
            move |tx, _grant| {
                let facts = directory::one::<Facts>(tx, "facts")?;
                if facts.value.name != name {
                    let renamed = Facts { name: name.clone(), ..facts.value };
                    directory::change(tx, &renamed, facts.version, &stamp)?;
                }
                match written(tx)? {
                    None if version == 0 => directory::add(tx, &practice, &stamp)?,
                    _ => directory::change(tx, &practice, version, &stamp)?,
                }
                tx.audit(event.clone().with("what", "practice"));
                Ok(())
            },
        )
    }

    /// Adds a location.
    pub fn add_location(&self, cx: &Cx, form: &LocationForm) -> Result<LocationId> {
        let id = LocationId::new(self.clock.now(), &*self.entropy);
        self.keep_listed(cx, None, form.read(id.clone()).map_err(Error::Invalid)?, |_, _| Ok(None))?;
        Ok(id)
    }

    /// Replaces version `version` of a location. Visits that are booked keep their time and zone.
    pub fn change_location(&self, cx: &Cx, id: &LocationId, version: i64, form: &LocationForm) -> Result<()> {
        self.keep_listed(cx, Some(version), form.read(id.clone()).map_err(Error::Invalid)?, |_, _| Ok(None))
    }

    /// Adds a clinician.
    pub fn add_provider(&self, cx: &Cx, form: &ProviderForm) -> Result<ProviderId> {
        let id = ProviderId::new(self.clock.now(), &*self.entropy);
        self.keep_listed(cx, None, form.read(id.clone()).map_err(Error::Invalid)?, clash)?;
        Ok(id)
    }

    /// Replaces version `version` of a clinician.
    pub fn change_provider(&self, cx: &Cx, id: &ProviderId, version: i64, form: &ProviderForm) -> Result<()> {
        self.keep_listed(cx, Some(version), form.read(id.clone()).map_err(Error::Invalid)?, clash)
    }

    /// Adds a record, or replaces a version of it, unless `clash` finds a fault with what is there.
    fn keep_listed<T: Listed + Clone + Send + 'static>(
        &self,
        cx: &Cx,
        version: Option<i64>,
        record: T,
        clash: fn(&mut Tx, &T) -> store::Result<Option<FieldFault>>,
    ) -> Result<()> {
        let stamp = stamp(cx, if version.is_some() { "changed by hand" } else { "added" });
        let event = self.event(cx, Act::PracticeChanged).with("what", T::KIND).object(T::KIND, record.id());
        let fault = self.change(
            cx,
            Action::PracticeEdit,
            |_| Ok(Resource::Practice),
            move |tx, _grant| {
                if let Some(fault) = clash(tx, &record)? {
                    return Ok(Some(fault));
                }
                match version {
                    None => directory::add(tx, &record, &stamp)?,
                    Some(version) => directory::change(tx, &record, version, &stamp)?,
                }
                tx.audit(event.clone());
                Ok(None)
            },
        )?;
        fault.map_or(Ok(()), |fault| Err(Error::Invalid(vec![fault])))
    }
}

fn written(tx: &mut Tx) -> store::Result<Option<Versioned<Practice>>> {
    Ok(directory::all::<Practice>(tx)?.pop())
}

/// People who may be a clinician's account.
fn clinicians(tx: &mut Tx) -> store::Result<Vec<(AccountId, String)>> {
    let all = store::account::all(tx)?.into_iter().map(|(id, account)| (id, account.value));
    let may = all.filter(|(_, a)| a.role == Role::Clinician && a.disabled_at.is_none() && !a.canary);
    Ok(may.map(|(id, account)| (id, account.name)).collect())
}

/// One NPI is one person, and one account signs for one clinician.
fn clash(tx: &mut Tx, new: &Provider) -> store::Result<Option<FieldFault>> {
    let fault = |field: &str, message: String| Some(FieldFault { field: field.to_owned(), message });
    let all = directory::all::<Provider>(tx)?.into_iter().map(|p| p.value);
    let (before, others): (Vec<_>, Vec<_>) = all.partition(|p| p.id == new.id);
    if let Some(other) = others.iter().find(|p| p.npi == new.npi) {
        return Ok(fault("npi", format!("{} has this NPI: it is a person's own", other.name)));
    }
    let Some(account) = &new.account else { return Ok(None) };
    if let Some(other) = others.iter().find(|p| p.account.as_ref() == Some(account)) {
        return Ok(fault("account", format!("{} signs in with this account", other.name)));
    }
    // Who left keeps what was signed.
    let kept = before.iter().any(|p| p.account.as_ref() == Some(account));
    if kept || clinicians(tx)?.iter().any(|(id, _)| id == account) {
        return Ok(None);
    }
    Ok(fault("account", "choose an account with the role of a clinician".to_owned()))
}
