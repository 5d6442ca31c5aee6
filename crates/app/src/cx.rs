//! Who asks, from where: the one context that use cases take.

use domain::Instant;
use domain::access::{Action, Role};
use domain::audit::{Act, Actor, Event, Purpose};
use domain::device::Origin;
use domain::emergency::Open;
use domain::id::{AccountId, PatientId, SessionId};

use crate::access::{Decision, Policies, Request, Resource};

/// Who acts when a probe tries what people do.
pub(crate) const SELF_CHECK: &str = "self-check";

/// Whoever asks a use case for something: a person, or a program. Both are decided by the policies and named in the log.
pub trait Asker: Clone + Send + 'static {
    /// What the policies say.
    fn decide(&self, policies: &Policies, action: Action, resource: Resource) -> Decision;
    /// An event of this asker under the policies with this hash.
    fn event(&self, act: Act, policy: &str) -> Event;
    /// The emergency access to this patient that the asker has open. Programs have none.
    fn emergency(&self, _patient: &PatientId) -> Option<&Open> {
        None
    }
    /// Whether emergency access would allow what was refused, and the asker may open it.
    fn may_open(&self, _policies: &Policies, _action: Action, _resource: Resource) -> bool {
        false
    }
}

/// A signed-in person's request.
#[derive(Clone, Debug)]
pub struct Cx {
    /// Who.
    pub account: AccountId,
    /// The short name that pages show: `Dana W.`
    pub name: String,
    /// The role now, from the row.
    pub role: Role,
    /// Whether the account is disabled now.
    pub disabled: bool,
    /// In which session.
    pub session: SessionId,
    /// Whether the session gave a second factor.
    pub mfa: bool,
    /// When it last did.
    pub fresh_at: Option<Instant>,
    /// The address it came from.
    pub source: String,
    /// What that address and the browser's device come to, for this very request.
    pub origin: Origin,
    /// A probe's canary, whose events say so.
    pub canary: bool,
    /// The emergency access that the session has open, by its row, when the request began.
    pub emergency: Option<Open>,
}

impl Asker for Cx {
    fn decide(&self, policies: &Policies, action: Action, resource: Resource) -> Decision {
        let emergency = resource.patient().is_some_and(|patient| self.emergency(patient).is_some());
        policies.decide(&self.request(emergency, action, resource))
    }

    fn emergency(&self, patient: &PatientId) -> Option<&Open> {
        self.emergency.as_ref().filter(|open| open.patient == *patient)
    }

    fn may_open(&self, policies: &Policies, action: Action, resource: Resource) -> bool {
        let allowed = |request| matches!(policies.decide(&request), Decision::Allowed(_));
        allowed(self.request(true, action, resource.clone()))
            && allowed(self.request(false, Action::EmergencyOpen, resource))
    }

    fn event(&self, act: Act, policy: &str) -> Event {
        // Nobody is behind a canary, and the public part of its events says so: they are not drawn for people to read.
        let person = || Actor::Account(self.account.clone());
        let actor = if self.canary { Actor::System(SELF_CHECK.to_owned()) } else { person() };
        let mut event = Event::new(act, actor, self.purpose());
        event.role = Some(self.role);
        event.session = Some(self.session.clone());
        event.source = Some(self.source.clone());
        policy.clone_into(&mut event.policy);
        match &self.origin {
            Origin::Premises => event,
            Origin::Device(device) => event.with("device", device),
            Origin::Unknown(missing) => event.with("missing", missing.as_str()),
        }
    }
}

impl Cx {
    fn request(&self, emergency: bool, action: Action, resource: Resource) -> Request {
        let (account, origin) = (self.account.clone(), self.origin.clone());
        let Self { role, disabled, mfa, .. } = *self;
        Request { account, role, disabled, mfa, emergency, origin, action, resource }
    }

    /// Whether it comes from outside the practice's networks.
    pub fn is_remote(&self) -> bool {
        self.origin != Origin::Premises
    }

    /// The usual purpose of the role's work (45 CFR 164.506).
    fn purpose(&self) -> Purpose {
        if self.canary {
            return Purpose::SelfCheck;
        }
        match self.role {
            Role::FrontDesk | Role::Clinician => Purpose::Treatment,
            Role::Biller => Purpose::Payment,
            _ => Purpose::Operations,
        }
    }
}
