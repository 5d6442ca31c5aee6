//! Make the way to a partner, change it, give it a new key pair, stop it and let it go on. The private half of our key pair is
//! made here, sealed at once, and shown to nobody.

use domain::Instant;
use domain::access::Action;
use domain::audit::{Act, Event, Outcome};
use domain::connector::{Connector, Paused, Way};
use domain::id::PartnerId;
use domain::partner::Partner;
use store::Tx;
use store::record::Stamp;
use zeroize::Zeroizing;

use super::{ConnectorForm, keys};
use crate::access::Resource;
use crate::account::Fresh;
use crate::practice::Facts;
use crate::{App, Cx, Error, Result, stamp};

/// A new key pair: the public half in the partner's form, the private one sealed.
struct Pair {
    public: String,
    sealed: Vec<u8>,
    made_at: Instant,
}

impl App {
    /// Makes the way to a partner, or replaces version `version` of it. Our key pair stays when it has one.
    pub fn set_connector(
        &self,
        who: Fresh<'_>,
        partner: &PartnerId,
        version: Option<i64>,
        form: &ConnectorForm,
    ) -> Result<()> {
        let cx = who.cx();
        let _ = self.authorize(cx, Action::ConnectorEdit, Resource::Practice)?;
        let way = form.read().map_err(Error::Invalid)?;
        // Another way wants another kind of key.
        let old = self.store.read("connector", |tx| store::connector::of(tx, partner))?;
        let same = old.is_some_and(|old| std::mem::discriminant(&old.value.way) == std::mem::discriminant(&way));
        let pair = (!same).then(|| self.new_pair(partner, &way)).transpose()?;
        let (id, stamp) = (partner.clone(), stamp(cx, "set by hand"));
        let event = self.event(cx, Act::ConnectorChanged).with("what", "set");
        self.change(
            cx,
            Action::ConnectorEdit,
            |_| Ok(Resource::Practice),
            move |tx, _grant| {
                store::directory::one::<Partner>(tx, id.as_str())?;
                let old = store::connector::of(tx, &id)?;
                if old.as_ref().map(|old| old.version) != version {
                    return Err(store::Error::Stale("connector"));
                }
                let (our_key, key_made_at) = match (&pair, &old) {
                    (Some(pair), _) => (pair.public.clone(), pair.made_at),
                    (None, Some(old)) => (old.value.our_key.clone(), old.value.key_made_at),
                    (None, None) => return Err(store::Error::Stale("connector")),
                };
                let paused = old.as_ref().and_then(|old| old.value.paused.clone());
                let connector = Connector { partner: id.clone(), way: way.clone(), our_key, key_made_at, paused };
                match &old {
                    Some(old) => store::directory::change(tx, &connector, old.version, &stamp)?,
                    None => store::directory::add(tx, &connector, &stamp)?,
                }
                if let Some(pair) = &pair {
                    store::connector::set_secret(tx, &id, &pair.sealed)?;
                }
                tx.audit(told(&event, &connector));
                Ok(())
            },
        )
    }

    /// A new key pair. The one before it signs nothing from now on.
    pub fn renew_connector_key(&self, who: Fresh<'_>, partner: &PartnerId) -> Result<()> {
        let _ = self.authorize(who.cx(), Action::ConnectorEdit, Resource::Practice)?;
        let old = self.store.read("connector", |tx| store::connector::of(tx, partner))?;
        let old = old.ok_or(store::Error::NotFound("connector"))?;
        let pair = self.new_pair(partner, &old.value.way)?;
        self.edit_connector(who.cx(), partner, ("new_key", "new key pair"), move |tx, connector, _| {
            if connector.way != old.value.way {
                return Err(store::Error::Stale("connector"));
            }
            (connector.our_key, connector.key_made_at) = (pair.public.clone(), pair.made_at);
            store::connector::set_secret(tx, &connector.partner, &pair.sealed)
        })
    }

    /// Stops it: what is released waits. This asks for no second factor, as what protects must be easy.
    pub fn pause_connector(&self, cx: &Cx, partner: &PartnerId, reason: &str) -> Result<()> {
        let by = cx.account.clone();
        self.edit_connector(cx, partner, ("paused", reason), move |tx, connector, stamp| {
            connector.paused = Some(Paused { at: tx.now(), by: by.clone(), reason: stamp.reason.clone() });
            Ok(())
        })
    }

    /// Lets it go on: what waits is sent.
    pub fn resume_connector(&self, who: Fresh<'_>, partner: &PartnerId, reason: &str) -> Result<()> {
        self.edit_connector(who.cx(), partner, ("resumed", reason), |_, connector, _| {
            connector.paused = None;
            Ok(())
        })
    }

    /// Connects, proves who we are, opens the folder, and ends: nothing is sent. Says what was found, or what failed.
    pub fn test_connector(&self, cx: &Cx, partner: &PartnerId) -> Result<Result<String, String>> {
        let _ = self.authorize(cx, Action::ConnectorEdit, Resource::Practice)?;
        let (connector, sealed) = self.store.read("connector.test", |tx| {
            let connector = store::connector::of(tx, partner)?.ok_or(store::Error::NotFound("connector"))?;
            Ok((connector.value, store::connector::secret(tx, partner)?))
        })?;
        let line = self.line(&connector, &sealed)?;
        let found = self.outbound.carrier().test(&line);
        let outcome = if found.is_ok() { Outcome::Done } else { Outcome::Failed };
        let (Ok(words) | Err(words)) = &found;
        let event = self.event(cx, Act::ConnectorTested).with("found", words).ending(outcome);
        self.store.record(told(&event, &connector))?;
        Ok(found)
    }

    fn edit_connector(
        &self,
        cx: &Cx,
        partner: &PartnerId,
        (what, reason): (&str, &str),
        edit: impl Fn(&mut Tx, &mut Connector, &Stamp) -> store::Result<()> + Send + 'static,
    ) -> Result<()> {
        let reason = reason.trim();
        if reason.is_empty() {
            return Err(Error::field("reason", "say why: the reason is kept with the change"));
        }
        let event = self.event(cx, Act::ConnectorChanged).with("what", what).with("reason", reason);
        let (stamp, id) = (stamp(cx, reason), partner.clone());
        self.change(
            cx,
            Action::ConnectorEdit,
            |_| Ok(Resource::Practice),
            move |tx, _grant| {
                let old = store::connector::of(tx, &id)?.ok_or(store::Error::NotFound("connector"))?;
                let (mut connector, version) = (old.value, old.version);
                edit(tx, &mut connector, &stamp)?;
                store::directory::change(tx, &connector, version, &stamp)?;
                tx.audit(told(&event, &connector));
                Ok(())
            },
        )
    }

    fn new_pair(&self, partner: &PartnerId, way: &Way) -> Result<Pair> {
        let mut seed = Zeroizing::new(vec![0_u8; keys::seed_bytes(way)]);
        self.entropy.fill(&mut seed);
        let practice = self.store.read("facts", |tx| Ok(store::directory::one::<Facts>(tx, "facts")?.value.name))?;
        let public = keys::public_half(way, &seed, &practice)?;
        let sealed = self.store.seal_column(&store::connector::secret_place(partner), &seed)?;
        Ok(Pair { public, sealed, made_at: self.clock.now() })
    }
}

/// The event with where the connector leads and which keys are taken there.
fn told(event: &Event, connector: &Connector) -> Event {
    let event = event.clone().object("partner", &connector.partner).with("way", connector.way.label());
    event.with("place", connector.way.place()).with("our_key", &connector.our_key)
}
