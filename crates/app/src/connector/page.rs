//! See the way to a partner, and what went over it; no ePHI.

use domain::access::Action;
use domain::connector::Connector;
use domain::delivery::Delivery;
use domain::id::PartnerId;
use domain::partner::Partner;

use crate::access::Resource;
use crate::account::{name_of, who};
use crate::{App, Cx, Result};

/// How many files the page shows.
const SHOWN: u32 = 50;

/// The way to a partner.
#[derive(Clone, Debug)]
pub struct ConnectorPage {
    /// Whose.
    pub partner: Partner,
    /// The connector and its version, when there is one.
    pub connector: Option<(Connector, i64)>,
    /// Who paused it.
    pub paused_by: String,
    /// What went over it, or waits to: latest first.
    pub deliveries: Vec<Delivery>,
}

impl App {
    /// The way to a partner, and what went over it.
    pub fn open_connector(&self, cx: &Cx, partner: &PartnerId) -> Result<ConnectorPage> {
        let _ = self.authorize(cx, Action::PartnerView, Resource::Practice)?;
        let page = self.store.read("connector", |tx| {
            let connector = store::connector::of(tx, partner)?;
            let paused = connector.as_ref().and_then(|c| c.value.paused.as_ref());
            let paused_by = match paused {
                Some(paused) => name_of(&who(tx)?, &paused.by),
                None => String::new(),
            };
            Ok(ConnectorPage {
                partner: store::directory::one::<Partner>(tx, partner.as_str())?.value,
                paused_by,
                connector: connector.map(|c| (c.value, c.version)),
                deliveries: store::delivery::of_partner(tx, partner, SHOWN)?,
            })
        })?;
        Ok(page)
    }
}
