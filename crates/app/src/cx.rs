//! Who asks, from where: the one context that use cases take.

use domain::access::Role;
use domain::audit::{Act, Actor, Event, Purpose};
use domain::id::{AccountId, SessionId};

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
    /// The address it came from.
    pub source: String,
    /// A probe's canary, whose events say so.
    pub canary: bool,
}

impl Cx {
    /// An event of this person under the policies with this hash.
    pub fn event(&self, act: Act, policy: &str) -> Event {
        let mut event = Event::new(act, Actor::Account(self.account.clone()), self.purpose());
        event.role = Some(self.role);
        event.session = Some(self.session.clone());
        event.source = Some(self.source.clone());
        policy.clone_into(&mut event.policy);
        event
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
