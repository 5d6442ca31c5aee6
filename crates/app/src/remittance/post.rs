//! Post a remittance: its money first, then its claims one by one, each decided again where it is posted. What cannot be
//! posted becomes work with its reason, and nothing is posted twice.

use std::sync::Arc;

use domain::Cents;
use domain::access::Action;
use domain::audit::Act;
use domain::claim::{Claim, ClaimState, next};
use domain::coverage::{Coverage, Priority};
use domain::id::{EntryId, PatientId, RemittanceId, WorkItemId};
use domain::ledger::{Cause, Entry, Posting};
use domain::payer::Payer;
use domain::remittance::{
    Decision, Exception, Plan, PlanKind, Posted, RemitPlan, Remittance, RemittanceState, decide_posting, match_claim,
    plan_payment, posting_order,
};
use domain::work::{WorkItem, WorkKind};
use jiff::civil::Date;
use store::record::Stamp;
use store::remittance::Stands;
use store::{Tx, ledger};

use super::import::without_practice;
use crate::access::Resource;
use crate::{App, Cx, Result, stamp};

/// Claims in one transaction.
const CHUNK: usize = 5;

/// What posting came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PostedRemittance {
    /// Claims that are in the books now.
    pub posted: usize,
    /// Claims that wait for a person.
    pub waiting: usize,
}

/// Where and when something is posted.
struct Books<'a> {
    remittance: &'a Remittance,
    today: Date,
    stamp: &'a Stamp,
}

impl App {
    /// Posts what can be posted of a remittance. `today` is the practice's date. Doing it again posts what could not be posted
    /// before, and nothing else.
    pub fn post_remittance(&self, cx: &Cx, id: &RemittanceId, today: Date) -> Result<PostedRemittance> {
        // Read and planned beside the writer: what it says never changes, and a large one takes long to decode.
        let (remittance, plan) = self.look(
            cx,
            Action::RemittancePost,
            |_| Ok(Resource::Practice),
            |tx, _| {
                let remittance = store::remittance::one(tx, id)?.remittance;
                let practice = store::remittance::practice(tx)?;
                let plan = practice.map_or_else(without_practice, |practice| plan_payment(&remittance, &practice));
                Ok((Arc::new(remittance), plan))
            },
        )?;
        self.post_payment(cx, &remittance, plan, today)?;
        let mut result = PostedRemittance { posted: 0, waiting: 0 };
        for chunk in posting_order(&remittance).chunks(CHUNK) {
            let (posted, waiting) = self.post_claims(cx, &remittance, chunk.to_vec(), today)?;
            result.posted += posted;
            result.waiting += waiting;
        }
        if result.waiting == 0 {
            let id = id.clone();
            self.change(
                cx,
                Action::RemittancePost,
                |_| Ok(Resource::Practice),
                move |tx, _| store::remittance::set_state(tx, &id, RemittanceState::Posted),
            )?;
        }
        Ok(result)
    }

    /// The deposit and the payment-level adjustments.
    fn post_payment(&self, cx: &Cx, remittance: &Arc<Remittance>, plan: RemitPlan, today: Date) -> Result<()> {
        let remittance = Arc::clone(remittance);
        let (stamp, event) = (stamp(cx, "posted"), self.event(cx, Act::RemittancePosted));
        self.change(
            cx,
            Action::RemittancePost,
            |_| Ok(Resource::Practice),
            move |tx, _| {
                let id = &remittance.id;
                let Stands { state, duplicate_of, superseded_by } = store::remittance::standing(tx, id)?;
                if let Some(of) = &duplicate_of {
                    return Err(refused(format!("this payment came before as {of}: it is not posted again")));
                }
                if let Some(by) = &superseded_by {
                    return Err(refused(format!("another copy of this payment took its place: post that one, {by}")));
                }
                if state == RemittanceState::Posted {
                    return Err(refused("this remittance is posted already".to_owned()));
                }
                if !plan.blocked.is_empty() {
                    return Err(refused(format!("nothing was posted: {}", plan.blocked.join("; "))));
                }
                let books = Books { remittance: &remittance, today, stamp: &stamp };
                books.once(tx, Cause::Deposit { remittance: id.clone() }, plan.deposit.clone())?;
                for adjustment in &plan.provider {
                    let index = index_of(adjustment.index);
                    let cause = Cause::ProviderAdjustment { remittance: id.clone(), index };
                    books.once(tx, cause, adjustment.postings.clone())?;
                }
                if let Some(payer) = &plan.payer {
                    store::remittance::settle_payer(tx, id, payer)?;
                }
                store::remittance::set_state(tx, id, RemittanceState::PartlyPosted)?;
                tx.audit(event.clone().object("remittance", id).with("total", remittance.total));
                Ok(())
            },
        )
    }

    /// A few claims, each with its postings, its state and its work: that is what stands or falls together.
    fn post_claims(
        &self,
        cx: &Cx,
        remittance: &Arc<Remittance>,
        chunk: Vec<usize>,
        today: Date,
    ) -> Result<(usize, usize)> {
        let remittance = Arc::clone(remittance);
        let (stamp, event) = (stamp(cx, "posted"), self.event(cx, Act::RemittancePosted));
        self.change(
            cx,
            Action::RemittancePost,
            |_| Ok(Resource::Practice),
            move |tx, _| {
                let books = Books { remittance: &remittance, today, stamp: &stamp };
                let (mut posted, mut waiting, mut patients) = (0, 0, Vec::new());
                for index in chunk.iter().copied() {
                    if store::remittance::is_posted(tx, &remittance.id, index_of(index))? {
                        continue;
                    }
                    match books.claim(tx, index)? {
                        Some(patient) => {
                            posted += 1;
                            patients.push(patient);
                        }
                        None => waiting += 1,
                    }
                }
                let event = event.clone().object("remittance", &remittance.id);
                let event = event.with("claims", posted).with("waiting", waiting);
                tx.audit(event.about(patients).showing(["claims", "account_balance"]));
                Ok((posted, waiting))
            },
        )
    }
}

impl Books<'_> {
    /// The day the money moved. Without one nothing is posted at all.
    fn effective(&self) -> Date {
        self.remittance.date.unwrap_or(self.today)
    }

    /// Posts for a cause that is not in the books yet.
    fn once(&self, tx: &mut Tx, cause: Cause, postings: Vec<Posting>) -> store::Result<Option<EntryId>> {
        if postings.is_empty() || ledger::entry_of(tx, &cause)?.is_some() {
            return Ok(None);
        }
        let id = ledger::next_id(tx)?;
        let entry = Entry::new(id.clone(), cause, self.effective(), self.today, postings).map_err(ledger::refused)?;
        ledger::post(tx, &entry, self.stamp)?;
        Ok(Some(id))
    }

    /// Decides on one claim as everything stands now, and posts it or makes work of it. Returns whose it is when it is posted.
    fn claim(&self, tx: &mut Tx, index: usize) -> store::Result<Option<PatientId>> {
        let Some(remit) = self.remittance.claims.get(index) else { return Ok(None) };
        let ours: Vec<_> = store::remittance::ours_of(tx, remit)?.into_iter().map(|c| c.value).collect();
        let mut posted = Vec::new();
        for claim in &ours {
            posted.extend(store::remittance::posted_of(tx, &claim.id)?);
        }
        let matched = match_claim(index, remit, &ours);
        let plan = match decide_posting(self.remittance, index, matched.as_ref(), &ours, &posted) {
            Decision::Ask(exception) => return self.ask(tx, index, exception).map(|()| None),
            Decision::Post(plan) => plan,
        };
        let Some(claim) = ours.iter().find(|c| c.id == plan.claim) else { return Ok(None) };
        if let Err(refusal) = next(claim.state, plan.step) {
            let exception = Exception {
                kind: WorkKind::Other,
                reason: refusal.to_string(),
                claim: Some(claim.id.clone()),
                patient: Some(plan.patient.clone()),
            };
            return self.ask(tx, index, exception).map(|()| None);
        }
        ledger::post_missing_charges(tx, claim, self.today, self.stamp)?;
        self.apply(tx, index, &plan)?;
        self.next_payer(tx, index, claim, &plan)?;
        Ok(Some(plan.patient.clone()))
    }

    /// What one payer leaves to the patient is another payer's first, when the patient has one and nobody sent it on.
    fn next_payer(&self, tx: &mut Tx, index: usize, claim: &Claim, plan: &Plan) -> store::Result<()> {
        use domain::remittance::RemitStatus as S;
        let Some(remit) = self.remittance.claims.get(index) else { return Ok(()) };
        let sent_on = remit.crossover.is_some()
            || matches!(remit.status, S::PrimaryForwarded | S::SecondaryForwarded | S::TertiaryForwarded);
        if plan.kind != PlanKind::Payment || plan.split.patient <= Cents::ZERO || sent_on {
            return Ok(());
        }
        let order = |c: &Coverage| Priority::ALL.iter().position(|p| *p == c.priority);
        let coverages = store::coverage::all(tx, &claim.patient.id)?;
        let after = coverages
            .iter()
            .filter(|c| c.is_in_force(claim.date_of_service) && order(c) > order(&claim.coverage))
            .min_by_key(|c| order(c));
        let Some(after) = after else { return Ok(()) };
        let payer = store::directory::one::<Payer>(tx, after.payer.as_str())?.value;
        let reason = format!(
            "{} pays after {}, which left {}. A claim to a second payer is not made here yet: send it on that payer's own \
             site with this remittance, and do not bill the patient before it has answered",
            payer.name, claim.payer.name, plan.split.patient
        );
        let (claim, patient) = (Some(claim.id.clone()), Some(claim.patient.id.clone()));
        self.ask(tx, index, Exception { kind: WorkKind::NextPayer, reason, claim, patient })
    }

    fn apply(&self, tx: &mut Tx, index: usize, plan: &Plan) -> store::Result<()> {
        let (id, place) = (self.remittance.id.clone(), index_of(index));
        let cause = Cause::RemitClaim { remittance: id.clone(), index: place };
        let (kind, entry) = match &plan.kind {
            PlanKind::Payment => ("payment", self.once(tx, cause, plan.postings.clone())?),
            PlanKind::Denial => ("denial", None),
            PlanKind::Reversal { remittance, index, entry } => {
                store::remittance::take_back(tx, remittance, *index)?;
                let days = (self.effective(), self.today);
                let turned = match entry {
                    Some(entry) => Some(ledger::reverse(tx, entry, cause, days, self.stamp)?),
                    None => None,
                };
                ("reversal", turned)
            }
        };
        let remit = self.remittance.claims.get(index);
        let posted = Posted {
            claim: plan.claim.clone(),
            remittance: id,
            index: place,
            payer_claim_number: remit.and_then(|r| r.payer_claim_number.clone()),
            charge: remit.map(|r| r.charge).unwrap_or_default(),
            paid: remit.map(|r| r.paid).unwrap_or_default(),
            is_denial: plan.kind == PlanKind::Denial,
            entry,
            is_reversed: false,
        };
        store::remittance::note(tx, &posted, kind)?;
        let why = plan.work.as_ref().map_or_else(|| plan.step.label().to_owned(), |work| work.reason.clone());
        let stamp = Stamp { actor: self.stamp.actor.clone(), reason: why };
        let _: ClaimState = store::claim::set_state(tx, &plan.claim, plan.step, plan.payer_number.as_deref(), &stamp)?;
        match &plan.work {
            Some(work) => self.ask(tx, index, work.clone()),
            None => Ok(()),
        }
    }

    fn ask(&self, tx: &mut Tx, index: usize, exception: Exception) -> store::Result<()> {
        let id = WorkItemId::new(tx.now(), tx.entropy());
        let subject = format!("remittance:{}/{index}", self.remittance.id);
        let mut item = WorkItem::new(id, exception.kind, subject, exception.reason, tx.now());
        item.patient = exception.patient;
        store::work::add(tx, &item, self.stamp).map(|_| ())
    }
}

fn index_of(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

fn refused(why: String) -> store::Error {
    store::Error::Refused(why)
}
