//! Make a claim from a signed visit, judge it, and make it again when what it was made from was corrected.

use domain::access::Action;
use domain::audit::Act;
use domain::claim::{
    Claim, ClaimSource, ClaimState, ClaimStep, ControlNumber, Frequency, Hold, ScrubFault, is_ready, scrub,
};
use domain::coverage::choose;
use domain::grant::Grant;
use domain::id::{ClaimId, VisitId};
use domain::payer::Payer;
use domain::place::{Location, Practice, Provider};
use domain::visit::{Stage, Visit};
use jiff::civil::Date;
use store::Tx;
use store::record::{Stamp, Versioned};

use crate::access::Resource;
use crate::{App, Cx, Error, Result, StoreKind, stamp, store_kind};

/// How many visits are billed at a press.
const AT_ONCE: u32 = 200;

/// What billing a visit came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Made {
    /// A claim, and whether it is ready to be sent.
    Claim(ClaimId, bool),
    /// No coverage on that day: the patient pays.
    SelfPay,
}

/// What billing many visits came to.
#[derive(Clone, Debug, Default)]
pub struct MadeMany {
    /// Claims that are ready to be sent.
    pub ready: usize,
    /// Claims that need work first.
    pub to_work: usize,
    /// Visits that the patient pays.
    pub self_pay: usize,
    /// Visits that could not be billed, each with the reason in words.
    pub refused: Vec<(VisitId, String)>,
}

impl App {
    /// Makes the claim of a signed visit and judges it. `today` is the practice's date.
    pub fn make_claim(&self, cx: &Cx, visit: &VisitId, today: Date) -> Result<Made> {
        let (subject, visit) = (visit.clone(), visit.clone());
        let (stamp, event) = (stamp(cx, "made from the signed charges"), self.event(cx, Act::ClaimChanged));
        self.change(
            cx,
            Action::ClaimEdit,
            move |tx| store::visit::subject(tx, &subject).map(|s| Resource::Patient(s.patient)),
            move |tx, grant| {
                let made = make_in(tx, grant, &visit, today, &stamp)?;
                let event = event.clone().object("visit", &visit).about(grant.patient().cloned());
                let event = match &made {
                    Made::Claim(id, ready) => event.with("claim", id).with("ready", ready),
                    Made::SelfPay => event.with("self_pay", true),
                };
                tx.audit(event.showing(["claims"]));
                Ok(made)
            },
        )
    }

    /// Bills up to 200 signed visits, oldest first. One that cannot be billed stops no other.
    pub fn make_claims(&self, cx: &Cx, today: Date) -> Result<MadeMany> {
        let _ = self.authorize(cx, Action::ClaimEdit, Resource::Practice)?;
        let visits = self.store.read("visits to bill", |tx| store::visit::to_bill(tx, AT_ONCE))?;
        let mut many = MadeMany::default();
        for visit in visits {
            match self.make_claim(cx, &visit, today) {
                Ok(Made::Claim(_, true)) => many.ready += 1,
                Ok(Made::Claim(_, false)) => many.to_work += 1,
                Ok(Made::SelfPay) => many.self_pay += 1,
                Err(Error::Refused(why)) => many.refused.push((visit, why)),
                Err(denied @ Error::Denied { .. }) => many.refused.push((visit, denied.to_string())),
                Err(Error::Store(fault)) if store_kind(&fault) != StoreKind::Unavailable => {
                    tracing::error!(%visit, %fault, "a visit could not be billed");
                    many.refused.push((visit, "its record could not be used: tell whoever runs the server".to_owned()));
                }
                Err(other) => return Err(other),
            }
        }
        Ok(many)
    }

    /// Makes an unsent claim again from the records as they are now, under the same number, and judges it.
    pub fn rebuild_claim(&self, cx: &Cx, id: &ClaimId, today: Date) -> Result<()> {
        self.on_claim(cx, id, "made again from the corrected records", move |tx, grant, old, stamp| {
            let Versioned { value: old, version } = old;
            if !matches!(old.state, ClaimState::Built | ClaimState::Ready) {
                let why = format!(
                    "claim {} is `{}`: only one that is not sent is made again",
                    old.control_number,
                    old.state.label()
                );
                return Err(store::Error::Refused(why));
            }
            let (id, number) = (old.id.clone(), old.control_number.clone());
            let mut new = if old.frequency == Frequency::Void {
                replaced(tx, &old)?.voided_by(id, number).map_err(refused)?
            } else {
                let new = build(tx, grant, &old.visit, id, number)?.ok_or_else(no_coverage)?;
                if old.replaces.is_some() { new.replacing(&replaced(tx, &old)?).map_err(refused)? } else { new }
            };
            new.hold = old.hold;
            let (_, why) = judge(tx, &mut new, today)?;
            store::claim::change(tx, &new, version, &why, stamp)
        })
    }

    /// Keeps an unsent claim from leaving, with the reason in the person's words; a blank reason ends the hold.
    pub fn hold_claim(&self, cx: &Cx, id: &ClaimId, reason: &str, today: Date) -> Result<()> {
        let reason: String = reason.trim().chars().filter(|c| !c.is_control()).take(200).collect();
        let hold = (!reason.is_empty()).then(|| Hold { reason, by: cx.account.clone() });
        let word = if hold.is_some() { "held" } else { "the hold ended" };
        self.on_claim(cx, id, word, move |tx, _grant, old, stamp| {
            let Versioned { value: mut claim, version } = old;
            if !matches!(claim.state, ClaimState::Built | ClaimState::Ready) {
                let (number, state) = (&claim.control_number, claim.state.label());
                return Err(refused(format!(
                    "claim {number} is `{state}`: take it out of its batch before you hold it"
                )));
            }
            claim.hold.clone_from(&hold);
            let (_, why) = judge(tx, &mut claim, today)?;
            store::claim::change(tx, &claim, version, &why, stamp)
        })
    }

    /// Puts a new claim in the place of one that was turned back before anybody judged it: of the same kind, about the same
    /// claim of the payer.
    pub fn resend_claim(&self, cx: &Cx, id: &ClaimId, today: Date) -> Result<()> {
        self.on_claim(cx, id, "sent anew after a rejection", move |tx, grant, old, stamp| {
            let Versioned { value: old, .. } = old;
            if old.state != ClaimState::Rejected {
                let why = format!(
                    "claim {} is `{}`: only a rejected one is sent anew",
                    old.control_number,
                    old.state.label()
                );
                return Err(store::Error::Refused(why));
            }
            store::claim::set_state(tx, &old.id, ClaimStep::Supersede, None, stamp)?;
            if old.frequency == Frequency::Void {
                let of = replaced(tx, &old)?;
                return void_in(tx, &of, today, stamp);
            }
            make_in(tx, grant, &old.visit, today, stamp).map(|_| ())
        })
    }

    /// Makes the claim that takes one back that the payer has (frequency 8).
    pub fn void_claim(&self, cx: &Cx, id: &ClaimId, today: Date) -> Result<()> {
        self.on_claim(cx, id, "takes one back that the payer has", move |tx, _grant, old, stamp| {
            void_in(tx, &old.value, today, stamp)
        })
    }

    fn on_claim(
        &self,
        cx: &Cx,
        id: &ClaimId,
        reason: &'static str,
        change: impl Fn(&mut Tx, &Grant, Versioned<Claim>, &Stamp) -> store::Result<()> + Send + 'static,
    ) -> Result<()> {
        let (subject, id) = (id.clone(), id.clone());
        let (stamp, event) = (stamp(cx, reason), self.event(cx, Act::ClaimChanged).object("claim", &id));
        self.change(
            cx,
            Action::ClaimEdit,
            move |tx| store::claim::subject(tx, &subject).map(Resource::Patient),
            move |tx, grant| {
                let claim = store::claim::record(tx, &id)?;
                change(tx, grant, claim, &stamp)?;
                let event = event.clone().about(grant.patient().cloned()).with("reason", reason);
                tx.audit(event.showing(["claims"]));
                Ok(())
            },
        )
    }
}

/// Makes and judges the claim of a signed visit: a new one, the same one again while it has not left, or one that replaces
/// what the payer has. The grant names the visit's patient.
fn make_in(tx: &mut Tx, grant: &Grant, visit: &VisitId, today: Date, stamp: &Stamp) -> store::Result<Made> {
    let claims = store::claim::of_visit(tx, visit)?;
    if let Some(void) = claims.iter().find(|c| c.value.frequency == Frequency::Void && !c.value.state.is_sent()) {
        let number = &void.value.control_number;
        return Err(refused(format!(
            "claim {number} takes back what the payer has of this visit, and has not left: send it first, then make the new one"
        )));
    }
    let standing = standing(claims);
    let unsent = standing.as_ref().filter(|c| matches!(c.value.state, ClaimState::Built | ClaimState::Ready));
    let (id, number) = unsent.map_or_else(|| numbers(tx), |c| (c.value.id.clone(), c.value.control_number.clone()));
    let Some(mut claim) = build(tx, grant, visit, id, number)? else {
        if standing.is_some() {
            return Err(no_coverage());
        }
        let signed = store::visit::record(tx, visit)?.value;
        store::ledger::post_self_pay(tx, &signed, today, stamp)?;
        store::visit::set_stage(tx, visit, Stage::SelfPay)?;
        return Ok(Made::SelfPay);
    };
    claim.hold = unsent.and_then(|c| c.value.hold.clone());
    let again = unsent.map(|c| c.version);
    if let Some(unsent) = unsent.filter(|c| c.value.replaces.is_some()) {
        claim = claim.replacing(&replaced(tx, &unsent.value)?).map_err(refused)?;
    }
    if let Some(old) = standing.as_ref().map(|c| &c.value).filter(|_| again.is_none()) {
        let number = &old.control_number;
        if old.state == ClaimState::Batched {
            return Err(refused(format!("claim {number} of this visit is in a batch: take the batch apart first")));
        }
        if old.visit_version == claim.visit_version {
            return Err(refused(format!("this visit is billed already with claim {number}")));
        }
        claim = claim.replacing(old).map_err(refused)?;
    }
    let (faults, why) = judge(tx, &mut claim, today)?;
    match again {
        Some(version) => store::claim::change(tx, &claim, version, &why, stamp)?,
        None => store::claim::create(tx, &claim, &why, stamp)?,
    }
    store::visit::set_stage(tx, visit, Stage::Billed)?;
    Ok(Made::Claim(claim.id, is_ready(&faults)))
}

/// The claim of a visit that stands: not turned back, not replaced, and no void.
fn standing(claims: Vec<Versioned<Claim>>) -> Option<Versioned<Claim>> {
    claims.into_iter().rfind(|c| {
        let gone = matches!(c.value.state, ClaimState::Rejected | ClaimState::Superseded);
        !gone && c.value.frequency != Frequency::Void
    })
}

/// The claim that a replacement or void is about.
fn replaced(tx: &mut Tx, claim: &Claim) -> store::Result<Claim> {
    let of = claim.replaces.as_ref().ok_or_else(|| refused(format!("claim {} replaces none", claim.control_number)))?;
    Ok(store::claim::record(tx, of)?.value)
}

fn void_in(tx: &mut Tx, of: &Claim, today: Date, stamp: &Stamp) -> store::Result<()> {
    let open = |c: &Claim| !matches!(c.state, ClaimState::Rejected | ClaimState::Superseded);
    let takes_back = |c: &Claim| c.frequency == Frequency::Void && c.replaces.as_ref() == Some(&of.id) && open(c);
    let claims = store::claim::of_visit(tx, &of.visit)?;
    if let Some(void) = claims.iter().find(|c| takes_back(&c.value)) {
        return Err(refused(format!("claim {} takes it back already", void.value.control_number)));
    }
    if let Some(unsent) = claims.iter().find(|c| !c.value.state.is_sent()) {
        let number = &unsent.value.control_number;
        return Err(refused(format!("claim {number} of this visit has not left yet: send it, and take that one back")));
    }
    let (id, number) = numbers(tx);
    let mut void = of.voided_by(id, number).map_err(refused)?;
    let (_, why) = judge(tx, &mut void, today)?;
    store::claim::create(tx, &void, &why, stamp)
}

fn numbers(tx: &Tx) -> (ClaimId, ControlNumber) {
    (ClaimId::new(tx.now(), tx.entropy()), ControlNumber::new(tx.entropy()))
}

/// The claim of a visit, with copies of everything as it stands now and the coverage of the date of service; `None` when no
/// coverage was in force.
fn build(
    tx: &mut Tx,
    grant: &Grant,
    visit: &VisitId,
    id: ClaimId,
    number: ControlNumber,
) -> store::Result<Option<Claim>> {
    let visit: Visit = store::visit::record(tx, visit)?.value;
    let patient = store::patient::record(tx, grant)?;
    let coverages = store::coverage::records(tx, grant)?;
    let Some(coverage) = choose(&coverages, visit.date_of_service).map_err(refused)? else {
        return if visit.signed.is_some() { Ok(None) } else { Err(refused(domain::claim::ClaimError::NotSigned)) };
    };
    let payer = store::directory::one::<Payer>(tx, coverage.payer.as_str())?.value;
    let practice = store::directory::one::<Practice>(tx, "practice")?.value;
    let provider = store::directory::one::<Provider>(tx, visit.provider.as_str())?.value;
    let location = store::directory::one::<Location>(tx, visit.location.as_str())?.value;
    let source = ClaimSource {
        visit: &visit,
        patient: &patient,
        coverage,
        payer: &payer,
        practice: &practice,
        provider: &provider,
        location: &location,
    };
    Claim::build(source, id, number).map(Some).map_err(refused)
}

/// Scrubs an unsent claim and moves it to where that puts it; the words say why.
pub(super) fn judge(tx: &mut Tx, claim: &mut Claim, today: Date) -> store::Result<(Vec<ScrubFault>, String)> {
    let others = store::claim::others(tx, &claim.patient.id)?;
    let faults = scrub(claim, today, &others);
    let step = if is_ready(&faults) { ClaimStep::Pass } else { ClaimStep::Return };
    claim.step(step).map_err(refused)?;
    let why = faults.first().map_or_else(|| "nothing blocks it".to_owned(), ToString::to_string);
    Ok((faults, why))
}

fn no_coverage() -> store::Error {
    store::Error::Refused("no coverage was in force on the date of service: the patient pays".to_owned())
}

#[expect(clippy::needless_pass_by_value, reason = "the shape of map_err")]
pub(super) fn refused(error: impl ToString) -> store::Error {
    store::Error::Refused(error.to_string())
}
