//! See partners; no ePHI.

use domain::access::Action;
use domain::id::PartnerId;
use domain::partner::Partner;
use domain::payer::Payer;

use crate::access::Resource;
use crate::{App, Cx, Result};

/// A partner with the payers whose claims go there.
#[derive(Clone, Debug)]
pub struct PartnerPage {
    /// The partner.
    pub partner: Partner,
    /// The record's version, for the form.
    pub version: i64,
    /// Every payer that the practice knows.
    pub payers: Vec<Payer>,
}

impl App {
    /// Every partner, by name.
    pub fn partners(&self, cx: &Cx) -> Result<Vec<Partner>> {
        let _ = self.authorize(cx, Action::PartnerView, Resource::Practice)?;
        let all = self.store.read("partners", store::directory::all::<Partner>)?;
        Ok(all.into_iter().map(|p| p.value).collect())
    }

    /// One partner.
    pub fn open_partner(&self, cx: &Cx, id: &PartnerId) -> Result<PartnerPage> {
        let _ = self.authorize(cx, Action::PartnerView, Resource::Practice)?;
        let (partner, payers) = self.store.read("partner", |tx| {
            Ok((store::directory::one::<Partner>(tx, id.as_str())?, store::directory::all::<Payer>(tx)?))
        })?;
        let payers = payers.into_iter().map(|p| p.value).collect();
        Ok(PartnerPage { partner: partner.value, version: partner.version, payers })
    }
}
