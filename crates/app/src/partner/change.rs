//! Add a partner, record its agreement or exemption, and say whose claims go there.

use domain::access::Action;
use domain::audit::Act;
use domain::id::{PartnerId, PayerId};
use domain::partner::Partner;
use domain::payer::Payer;

use super::PartnerForm;
use crate::access::Resource;
use crate::{App, Cx, Error, Result, stamp};

impl App {
    /// Adds a partner.
    pub fn add_partner(&self, cx: &Cx, form: &PartnerForm) -> Result<PartnerId> {
        let id = PartnerId::new(self.clock.now(), &*self.entropy);
        let partner = form.read(id.clone(), None, &cx.account, self.clock.now()).map_err(Error::Invalid)?;
        let (stamp, event) = (stamp(cx, "added"), self.event(cx, Act::PartnerChanged).object("partner", &id));
        self.change(
            cx,
            Action::PartnerEdit,
            |_| Ok(Resource::Practice),
            move |tx, _grant| {
                store::directory::add(tx, &partner, &stamp)?;
                tx.audit(event.clone().with("agreement", partner.agreement.is_some()));
                Ok(())
            },
        )?;
        Ok(id)
    }

    /// Replaces version `version` of a partner. Every version stays readable, so an agreement that was renewed is not lost.
    pub fn change_partner(&self, cx: &Cx, id: &PartnerId, version: i64, form: &PartnerForm) -> Result<()> {
        let _ = self.authorize(cx, Action::PartnerEdit, Resource::Practice)?;
        let old = self.store.read("partner", |tx| store::directory::one::<Partner>(tx, id.as_str()))?.value;
        let partner = form.read(id.clone(), Some(&old), &cx.account, self.clock.now()).map_err(Error::Invalid)?;
        let (stamp, event) = (stamp(cx, "changed by hand"), self.event(cx, Act::PartnerChanged).object("partner", id));
        self.change(
            cx,
            Action::PartnerEdit,
            |_| Ok(Resource::Practice),
            move |tx, _grant| {
                store::directory::change(tx, &partner, version, &stamp)?;
                let event = event.clone().with("agreement", partner.agreement.is_some());
                tx.audit(event.with("exemption", partner.exemption.is_some()));
                Ok(())
            },
        )
    }

    /// Says whose claims go to a partner: those payers and no others that went there before.
    pub fn route_payers(&self, cx: &Cx, id: &PartnerId, payers: &[PayerId]) -> Result<()> {
        let (id, chosen, stamp) = (id.clone(), payers.to_vec(), stamp(cx, "routed"));
        let event = self.event(cx, Act::PartnerChanged).object("partner", &id);
        self.change(
            cx,
            Action::PartnerEdit,
            |_| Ok(Resource::Practice),
            move |tx, _grant| {
                store::directory::one::<Partner>(tx, id.as_str())?;
                for payer in store::directory::all::<Payer>(tx)? {
                    let (mut value, version) = (payer.value, payer.version);
                    let (here, wanted) = (value.partner.as_ref() == Some(&id), chosen.contains(&value.id));
                    if here != wanted {
                        value.partner = wanted.then(|| id.clone());
                        store::directory::change(tx, &value, version, &stamp)?;
                    }
                }
                tx.audit(event.clone().with("payers", chosen.len()));
                Ok(())
            },
        )
    }
}
