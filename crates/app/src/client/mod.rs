//! API clients: register them, give them tokens, let them ask. A client is decided by the policies and named in the log like
//! a person; what it is told goes the same way, from `Phi` by a receipt to `Disclosed`.

mod collect;
mod form;
mod keys;
mod open;
mod page;
mod read;
mod register;
mod report;
#[cfg(test)]
mod tests;
mod token;

use std::collections::BTreeSet;

use domain::access::Action;
use domain::audit::{Act, Actor, Event, Purpose};
use domain::client::ApiScope;
use domain::id::{AccountId, ClientId, PartnerId, TokenId};
use store::{Disclosed, Phi};

pub use collect::ReleasedFile;
pub use form::ClientForm;
pub(crate) use open::known;
pub use open::{Opened, Shut};
pub use page::{Choices, ClientPage, ClientRow};
pub use read::{ApiDay, ApiPatient, ApiVisit};
pub(crate) use register::disable;
pub use store::client::Use;
pub use store::intake::{Report, Taken};
pub use token::{TokenAnswer, TokenRefusal, TokenRequest};

use crate::access::{ClientRequest, Decision, Policies, Resource};
use crate::cx::Asker;
use crate::{App, Error, Result};

/// A client's request, once its token is known.
#[derive(Clone, Debug)]
pub struct ClientCx {
    /// Which.
    pub client: ClientId,
    /// What it is called.
    pub name: String,
    /// Who answers for it.
    pub owner: AccountId,
    /// Why it asks.
    pub purpose: Purpose,
    /// Whom it works for, when that is a partner.
    pub partner: Option<PartnerId>,
    /// On what ground it is told anything, in words for the log.
    pub basis: String,
    /// What its token opens now.
    pub scopes: BTreeSet<ApiScope>,
    /// The scope that this request uses.
    pub scope: ApiScope,
    /// Its token.
    pub token: TokenId,
    /// The address it came from.
    pub source: String,
}

impl Asker for ClientCx {
    fn decide(&self, policies: &Policies, action: Action, resource: Resource) -> Decision {
        policies.decide_client(&ClientRequest {
            client: self.client.clone(),
            owner: self.owner.clone(),
            // Who may not call at all is turned away before there is a context.
            disabled: false,
            scopes: self.scopes.clone(),
            action,
            resource,
        })
    }

    fn event(&self, act: Act, policy: &str) -> Event {
        let mut event = Event::new(act, Actor::Client(self.client.clone()), self.purpose);
        event.source = Some(self.source.clone());
        policy.clone_into(&mut event.policy);
        event.with("client", &self.name).with("scope", self.scope).with("basis", &self.basis).with("token", &self.token)
    }
}

impl App {
    /// Opens a value for a client: the event that names its subjects and fields, and the use of the scope, are durable before
    /// this returns.
    fn tell<T>(&self, cx: &ClientCx, event: Event, phi: Phi<T>) -> Result<Disclosed<T>> {
        let event = event.about(phi.subjects()).showing(phi.fields());
        let (client, scope) = (cx.client.clone(), cx.scope);
        let told = self.store.write("client.tell", move |tx| {
            tx.audit(event.clone());
            store::client::note_use(tx, &client, scope)
        })?;
        let receipt = told.receipts.first().ok_or(Error::Store(store::Error::Stopping))?;
        phi.release(receipt).map_err(|e| Error::Release(e.to_string()))
    }

    /// Drops assertions and tokens that have been over for a day: a clock that is set back by less opens nothing.
    pub fn sweep_clients(&self) -> Result<u64> {
        let before = self.clock.now().plus_seconds(-86_400);
        Ok(self.store.write("client.sweep", move |tx| store::client::sweep(tx, before))?.value)
    }
}
