//! Put ready claims into batches, look at one before it leaves, take it apart, save its file.

use domain::Cents;
use domain::access::Action;
use domain::audit::Act;
use domain::batch::{Batch, BatchState, CLAIMS_MAX};
use domain::claim::{Claim, ClaimStep};
use domain::id::{BatchId, ClaimId, PartnerId};
use domain::partner::{Basis, Partner, gate};
use jiff::civil::Date;
use store::claim::ListedClaim;
use store::record::{Stamp, Versioned};
use store::{Disclosed, Tx};

use super::make::refused;
use crate::access::Resource;
use crate::account::Fresh;
use crate::delivery::DeliveryShown;
use crate::patient::names;
use crate::practice::Facts;
use crate::{App, Cx, Error, Result, stamp};

/// Most claims that are put into batches at a press.
pub const CHOSEN_MAX: usize = 1000;

/// A batch as it is shown before and after it leaves.
#[derive(Clone, Debug)]
pub struct BatchPage {
    /// The batch.
    pub batch: Batch,
    /// Who gets it; `None` when the partner is not known any more.
    pub partner: Option<Partner>,
    /// On what ground it may leave today, or why not, in words.
    pub ground: Result<Basis, String>,
    /// Its claims.
    pub claims: Vec<ListedClaim>,
    /// Where its file is, when its partner had a connector at the release.
    pub delivery: Option<DeliveryShown>,
    /// The practice is synthetic and the batch has left: its payers are simulated, and answer when they are asked.
    pub simulated: bool,
}

impl App {
    /// Puts ready claims into batches, one for each partner and billing address. Nothing leaves yet.
    pub fn make_batches(&self, cx: &Cx, claims: &[ClaimId]) -> Result<Vec<BatchId>> {
        if claims.is_empty() {
            return Err(Error::Refused("no claim was chosen: tick those that should be sent".to_owned()));
        }
        if claims.len() > CHOSEN_MAX {
            return Err(Error::Refused(format!("{} claims were chosen: choose at most {CHOSEN_MAX}", claims.len())));
        }
        let (claims, stamp) = (claims.to_vec(), stamp(cx, "put into a batch"));
        let event = self.event(cx, Act::ClaimChanged);
        self.change(
            cx,
            Action::ClaimEdit,
            |_| Ok(Resource::Practice),
            move |tx, _grant| {
                let batches = batches_in(tx, &claims, &stamp)?;
                for batch in &batches {
                    let of = store::claim::of_batch(tx, batch)?;
                    let about = of.iter().map(|c| c.value.patient.id.clone());
                    let event = event.clone().object("batch", batch).with("claims", of.len());
                    tx.audit(event.about(about).showing(["claims"]));
                }
                Ok(batches)
            },
        )
    }

    /// Batches, latest first; no ePHI.
    pub fn batches(&self, cx: &Cx, state: Option<BatchState>) -> Result<Vec<(Batch, String)>> {
        let _ = self.authorize(cx, Action::ClaimView, Resource::Practice)?;
        let (batches, partners) = self
            .store
            .read("batches", |tx| Ok((store::batch::list(tx, state, 200)?, store::directory::all::<Partner>(tx)?)))?;
        let name = |id: &PartnerId| {
            let partner = partners.iter().find(|p| p.value.id == *id);
            partner.map(|p| p.value.name.clone()).unwrap_or_default()
        };
        Ok(batches.into_iter().map(|b| (name(&b.partner), b)).map(|(name, b)| (b, name)).collect())
    }

    /// A batch with its claims and the ground on which it may leave. `today` is the practice's date.
    pub fn open_batch(&self, cx: &Cx, id: &BatchId, today: Date) -> Result<Disclosed<BatchPage>> {
        let page = self.look(
            cx,
            Action::ClaimView,
            |_| Ok(Resource::Practice),
            |tx, grant| {
                let batch = store::batch::open(tx, id)?.value;
                let partner = store::directory::one::<Partner>(tx, batch.partner.as_str()).ok().map(|p| p.value);
                let ground = match &partner {
                    Some(partner) => gate(partner, today).map_err(|e| e.to_string()),
                    None => Err("its partner is not on record any more".to_owned()),
                };
                let synthetic = store::directory::one::<Facts>(tx, "facts").is_ok_and(|f| f.value.synthetic.is_some());
                let simulated = synthetic && batch.release.is_some();
                let delivery = crate::delivery::shown(tx, id)?;
                let claims = store::claim::shown_of_batch(tx, grant, id)?;
                let page = |claims| BatchPage { batch, partner, ground, claims, delivery, simulated };
                Ok(claims.cut(page, &names(grant.fields())))
            },
        )?;
        let event = self.event(cx, Act::BatchPreviewed).object("batch", id);
        self.disclose_with(cx, event, page)
    }

    /// Takes an open batch apart: its claims are ready again.
    pub fn undo_batch(&self, cx: &Cx, id: &BatchId) -> Result<()> {
        let (id, stamp) = (id.clone(), stamp(cx, "its batch was taken apart"));
        let event = self.event(cx, Act::ClaimChanged).object("batch", &id);
        self.change(
            cx,
            Action::ClaimEdit,
            |_| Ok(Resource::Practice),
            move |tx, _grant| {
                let Versioned { value: mut batch, version } = store::batch::open(tx, &id)?;
                batch.undo().map_err(refused)?;
                let claims = store::claim::of_batch(tx, &id)?;
                for claim in &claims {
                    store::claim::set_state(tx, &claim.value.id, ClaimStep::Unbatch, None, &stamp)?;
                    store::claim::set_batch(tx, &claim.value.id, None)?;
                }
                store::batch::change(tx, &batch, version, &stamp)?;
                let about = claims.into_iter().map(|c| c.value.patient.id);
                tx.audit(event.clone().about(about).with("undone", true).showing(["claims"]));
                Ok(())
            },
        )
    }

    /// The bytes of a released batch, with the name to save them under: an export. Refused when the record of anybody in it is
    /// closed to whoever asks.
    pub fn download_batch(&self, who: Fresh<'_>, id: &BatchId) -> Result<(String, Disclosed<Vec<u8>>)> {
        self.batch_file(who.cx(), id)
    }

    /// The same for what stands in for the network of a synthetic practice: nothing leaves.
    pub(crate) fn batch_file(&self, cx: &Cx, id: &BatchId) -> Result<(String, Disclosed<Vec<u8>>)> {
        let (reference, bytes) = self.look(
            cx,
            Action::ClaimView,
            |_| Ok(Resource::Practice),
            |tx, grant| {
                let batch = store::batch::open(tx, id)?.value;
                let release = batch.release.ok_or_else(|| refused("the batch has not left: there is no file yet"))?;
                Ok((batch.reference, store::file::open(tx, grant, &release.file)?))
            },
        )?;
        let event = |act| self.event(cx, act).object("batch", id).with("reference", &reference);
        Ok((format!("{reference}.837"), self.export(cx, event, bytes)?))
    }
}

/// Batches of the claims, one for each partner and billing provider, in the transaction at hand.
pub(super) fn batches_in(tx: &mut Tx, claims: &[ClaimId], stamp: &Stamp) -> store::Result<Vec<BatchId>> {
    let mut groups: Vec<(PartnerId, Vec<Claim>)> = Vec::new();
    for id in claims {
        let claim = store::claim::record(tx, id)?.value;
        let partner = claim.payer.partner.clone().ok_or_else(|| {
            let (payer, number) = (&claim.payer.name, &claim.control_number);
            refused(format!("nobody is set to take claims for {payer}, so claim {number} cannot be sent"))
        })?;
        // A file has one billing provider.
        let same = |(known, claims): &&mut (PartnerId, Vec<Claim>)| {
            *known == partner && claims.first().is_some_and(|first| first.billing == claim.billing)
        };
        match groups.iter_mut().find(same) {
            Some((_, claims)) => claims.push(claim),
            None => groups.push((partner, vec![claim])),
        }
    }
    let mut made = Vec::new();
    for (partner, claims) in groups {
        for claims in claims.chunks(CLAIMS_MAX) {
            made.push(batch_in(tx, &partner, claims, stamp)?);
        }
    }
    Ok(made)
}

fn batch_in(tx: &mut Tx, partner: &PartnerId, claims: &[Claim], stamp: &Stamp) -> store::Result<BatchId> {
    let (id, now) = (BatchId::new(tx.now(), tx.entropy()), tx.now());
    let number = store::directory::next_number(tx, "batch")?;
    let total = Cents::sum(claims.iter().map(|c| c.total)).map_err(refused)?;
    let count = u32::try_from(claims.len()).unwrap_or(u32::MAX);
    let batch = Batch::new(id.clone(), number, partner.clone(), count, total, now);
    store::batch::create(tx, &batch, stamp)?;
    for claim in claims {
        store::claim::set_state(tx, &claim.id, ClaimStep::Batch, None, stamp)?;
        store::claim::set_batch(tx, &claim.id, Some(&id))?;
    }
    Ok(id)
}
