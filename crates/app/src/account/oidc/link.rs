//! A person's own account at the provider: linked from a session with a factor given anew, so that who holds a password, or a
//! screen left open, cannot add a way in.

use domain::Instant;
use domain::account::oidc::{OidcFault, Vouched};
use domain::account::passkey::Site;
use domain::audit::Act;
use store::account::oidc;

use super::sign_in::Sent;
use crate::account::attempt::Buckets;
use crate::account::passkey::passkey_only;
use crate::account::{Fresh, Knock};
use crate::{App, Cx, Result};

/// A person's account at the provider.
#[derive(Clone, Debug)]
pub struct OwnLink {
    /// The provider's name for the person.
    pub subject: String,
    /// When it was linked.
    pub linked_at: Instant,
    /// When it signed the person in last.
    pub used_at: Option<Instant>,
}

impl App {
    /// The person's own account at the provider, when one is linked.
    pub fn oidc_own(&self, cx: &Cx) -> Result<Option<OwnLink>> {
        let (account, issuer) = (self.own_account(cx)?, self.provider()?.issuer());
        let link = self.store.read("oidc.own", |tx| oidc::of(tx, issuer, &account))?;
        Ok(link.map(|link| OwnLink { subject: link.subject, linked_at: link.linked_at, used_at: link.used_at }))
    }

    /// Sends the person's browser to the provider, to link the account that the person has there.
    pub fn oidc_link(&self, who: Fresh<'_>, site: &Site, from: Knock<'_>) -> Result<Sent> {
        let cx = who.cx();
        self.own_account(cx)?;
        if passkey_only(cx.role) {
            return Ok(Sent::Refused(OidcFault::PasskeyOnly));
        }
        self.oidc_to(Some(&cx.session), site, from)
    }

    /// Links whom the provider vouches for to the person who asked for it, in the session in which that was.
    pub(super) fn link(&self, cx: Option<&Cx>, vouched: Vouched, buckets: Buckets) -> Result<Result<(), OidcFault>> {
        let Some(cx) = cx else { return Ok(Err(OidcFault::Session)) };
        let (account, issuer) = (self.own_account(cx)?, self.provider()?.issuer().to_owned());
        let event = self.event(cx, Act::OidcLinked).object("account", &account).with("issuer", &issuer);
        let event = event.with("subject", &vouched.subject);
        let done = self.store.write("oidc.link", move |tx| {
            let own = oidc::of(tx, &issuer, &account)?.is_some_and(|link| link.subject == vouched.subject);
            if !own && !oidc::link(tx, &issuer, &vouched.subject, &account)? {
                return Ok(Err(OidcFault::Taken));
            }
            buckets.undo(tx)?;
            if !own {
                tx.audit(event.clone());
            }
            Ok(Ok(()))
        })?;
        Ok(done.value)
    }

    /// Removes the person's own account at the provider: it signs in nobody any more.
    pub fn oidc_unlink(&self, who: Fresh<'_>) -> Result<()> {
        let account = self.own_account(who.cx())?;
        let event = self.event(who.cx(), Act::OidcUnlinked).object("account", &account);
        self.store.write("oidc.unlink", move |tx| {
            if oidc::unlink(tx, &account)? > 0 {
                tx.audit(event.clone());
            }
            Ok(())
        })?;
        Ok(())
    }
}
