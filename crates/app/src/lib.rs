//! Use cases, one file each: authorize, load, decide, store, disclose.
//!
//! Every look at ePHI goes through [`App::look`] and [`App::disclose`], every change through [`App::change`]: the subject is
//! read, the policies decide, the load takes the grant, and nothing is returned before its event is durable.

pub mod access;
pub mod account;
pub mod alert;
pub mod audit;
pub mod claim;
pub mod client;
pub mod compliance;
pub mod connector;
mod cx;
pub mod delivery;
pub mod demo;
pub mod device;
pub mod emergency;
mod error;
#[cfg(test)]
mod fixture;
mod intrusion;
pub mod ledger;
pub mod partner;
pub mod patient;
pub mod payer;
pub mod practice;
pub mod remittance;
pub mod review;
pub mod sample;
pub mod schedule;
mod seen;
pub mod simulated;
pub mod visit;

use std::sync::Arc;

use domain::access::{Action, ResourceKind, Role};
use domain::audit::{Act, Actor, Event, Outcome, Purpose};
use domain::device::Origin;
use domain::grant::Grant;
use domain::id::{AccountId, DeviceId, PatientId};
use domain::{Clock, Entropy};
use store::{Disclosed, Phi, Store, Tx};

use access::{Decision, Denial, Policies, Reason, Resource};
pub use cx::{Asker, Cx};
pub use error::{Error, Result, StoreKind, store_kind};
pub use intrusion::Blocked;
pub use seen::SessionSeen;

/// The running practice: what every use case works on.
pub struct App {
    /// Its store.
    pub store: Store,
    /// The policies in force.
    pub policies: Arc<Policies>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Random bytes.
    pub entropy: Arc<dyn Entropy>,
    /// Seconds of inactivity after which a session locks.
    pub idle_seconds: i64,
    /// Working days within which a use of emergency access is reviewed.
    pub review_days: u8,
    /// When each session's person last did something; begins empty.
    pub activity: account::Activity,
    /// Who keeps checkpoints of the log elsewhere.
    pub outside: audit::outside::Outside,
    /// How released files travel to partners.
    pub outbound: delivery::Outbound,
    /// Who vouches for people who sign in, beside their passwords here; nobody by default.
    pub oidc: Option<account::oidc::Oidc>,
}

impl App {
    /// Reads the subject and then what is asked, in one snapshot, with the decision between. A refusal is recorded.
    pub fn look<T>(
        &self,
        cx: &impl Asker,
        action: Action,
        subject: impl Fn(&mut Tx) -> store::Result<Resource>,
        load: impl Fn(&mut Tx, &Grant) -> store::Result<T>,
    ) -> Result<T> {
        let looked = self.store.read(action.as_str(), |tx| {
            let resource = subject(tx)?;
            let patient = resource.patient().cloned();
            match cx.decide(&self.policies, action, resource.clone()) {
                Decision::Allowed(grant) => load(tx, &grant).map(Ok),
                Decision::Denied(denial) => {
                    let restricted = denial.reason == Reason::Restricted;
                    let opens = restricted && cx.may_open(&self.policies, action, resource);
                    Ok(Err((denial, patient, opens)))
                }
            }
        });
        match looked {
            Ok(Ok(value)) => Ok(value),
            Ok(Err((denial, patient, opens))) => {
                let refused = self.refuse(cx, action, &denial, patient.clone());
                refused.map_err(|error| error.offering(patient.filter(|_| opens)))
            }
            Err(store::Error::Closed(patients)) => self.refuse(cx, action, &Denial::of(Reason::ClosedInside), patients),
            Err(other) => Err(other.into()),
        }
    }

    /// Reads the subject, decides, and changes, in one transaction. `change` adds its events with [`Tx::audit`].
    pub fn change<T: Send + 'static>(
        &self,
        cx: &impl Asker,
        action: Action,
        subject: impl Fn(&mut Tx) -> store::Result<Resource> + Send + 'static,
        change: impl Fn(&mut Tx, &Grant) -> store::Result<T> + Send + 'static,
    ) -> Result<T> {
        let (policies, who) = (Arc::clone(&self.policies), cx.clone());
        let changed = self.store.write(action.as_str(), move |tx| {
            let resource = subject(tx)?;
            let patient = resource.patient().cloned();
            match who.decide(&policies, action, resource) {
                Decision::Allowed(grant) => change(tx, &grant).map(Ok),
                Decision::Denied(denial) => Ok(Err((denial, patient))),
            }
        })?;
        changed.value.or_else(|(denial, patient)| self.refuse(cx, action, &denial, patient))
    }

    /// Decides about something that needs no row: the practice, the log, the compliance program.
    pub fn authorize(&self, cx: &impl Asker, action: Action, resource: Resource) -> Result<Grant> {
        let patient = resource.patient().cloned();
        match cx.decide(&self.policies, action, resource) {
            Decision::Allowed(grant) => Ok(grant),
            Decision::Denied(denial) => self.refuse(cx, action, &denial, patient),
        }
    }

    /// Opens a value: the event that names its subjects and fields is durable before this returns.
    pub fn disclose<T>(&self, cx: &Cx, act: Act, phi: Phi<T>) -> Result<Disclosed<T>> {
        self.disclose_with(cx, self.event(cx, act), phi)
    }

    /// The same with an event that says more.
    pub fn disclose_with<T>(&self, cx: &Cx, event: Event, phi: Phi<T>) -> Result<Disclosed<T>> {
        let event = in_emergency(cx, event.about(phi.subjects()).showing(phi.fields()));
        let receipt = self.store.record(event)?;
        phi.release(&receipt).map_err(|e| Error::Release(e.to_string()))
    }

    /// Opens a file that leaves: the export's begin is on record before a byte is read out, and its end after.
    pub(crate) fn export(
        &self,
        cx: &Cx,
        event: impl Fn(Act) -> Event,
        bytes: Phi<Vec<u8>>,
    ) -> Result<Disclosed<Vec<u8>>> {
        let bytes = self.disclose_with(cx, event(Act::ExportBegun), bytes)?;
        self.store.record(event(Act::ExportEnded).ending(Outcome::Done).with("bytes", bytes.len()))?;
        Ok(bytes)
    }

    /// An event of whoever asks.
    pub fn event(&self, cx: &impl Asker, act: Act) -> Event {
        cx.event(act, self.policies.hash())
    }

    /// An event of the server itself.
    pub fn system_event(&self, act: Act, part: &str) -> Event {
        let mut event = Event::new(act, Actor::System(part.to_owned()), Purpose::Operations);
        self.policies.hash().clone_into(&mut event.policy);
        event
    }

    /// Whether there is a thing of this kind on which the policies let this role do this. For menus, never for decisions.
    pub fn role_may(&self, role: Role, action: Action, kind: ResourceKind) -> bool {
        self.policies.reach(role, action).contains(&kind)
    }

    /// Refuses an action of which [`Policies::reach`] says that there is nothing for this role; the refusal is on record.
    pub fn refuse_role<T>(&self, cx: &Cx, action: Action) -> Result<T> {
        self.refuse(cx, action, &Denial::of(Reason::NotPermitted), None)
    }

    /// Refuses whoever asks from outside without a registered device that stands well; the refusal is on record.
    pub fn refuse_outside<T>(&self, cx: &Cx, action: Action) -> Result<T> {
        self.refuse(cx, action, &Denial::of(Reason::Outside), None)
    }

    /// Whether this role prints, or saves files, on the premises or from outside. For buttons, never for decisions.
    pub fn may_take(&self, role: Role, remote: bool, action: Action) -> bool {
        let nobody = AccountId::new(self.clock.now(), &*self.entropy);
        let device = || Origin::Device(DeviceId::new(self.clock.now(), &*self.entropy));
        self.policies.would_allow(&access::Request {
            account: nobody,
            role,
            disabled: false,
            mfa: true,
            emergency: false,
            origin: if remote { device() } else { Origin::Premises },
            action,
            resource: Resource::Practice,
        })
    }

    /// Who was kept out of whose record is on record with that record: attempts on it show where its looks do.
    fn refuse<T>(
        &self,
        cx: &impl Asker,
        action: Action,
        denial: &Denial,
        patients: impl IntoIterator<Item = PatientId>,
    ) -> Result<T> {
        let event = in_emergency(cx, self.event(cx, Act::Denied).ending(Outcome::Denied).about(patients));
        let event = event.with("action", action).with("reason", denial.reason.as_str()).with("alert", denial.alert);
        self.store.record(event)?;
        Err(Error::Denied { action, reason: denial.reason, emergency: None })
    }
}

/// The event with the use of emergency access that it belongs to, when it is about the record that is open.
fn in_emergency(cx: &impl Asker, event: Event) -> Event {
    match event.subjects.iter().find_map(|patient| cx.emergency(patient)) {
        Some(open) => event.with("emergency", &open.id),
        None => event,
    }
}

/// Compares two secrets in constant time.
pub fn same_text(a: &str, b: &str) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(a.as_bytes(), b.as_bytes()).is_ok()
}

/// A stamp for a record's next version.
pub fn stamp(cx: &Cx, reason: &str) -> store::record::Stamp {
    store::record::Stamp { actor: Actor::Account(cx.account.clone()).to_string(), reason: reason.to_owned() }
}
