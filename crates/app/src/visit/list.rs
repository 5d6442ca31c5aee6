//! The visits that wait for charges, a signature or a claim, and the charges of one.

use domain::Cents;
use domain::access::Action;
use domain::audit::Act;
use domain::claim::ClaimState;
use domain::id::{ClaimId, PatientId, ProviderId, VisitId};
use domain::name::PersonName;
use domain::patient::Patient;
use domain::place::{Location, Provider};
use domain::visit::{Stage, Visit};
use jiff::civil::Date;
use store::Disclosed;
use store::visit::ListedVisit;

use crate::access::Resource;
use crate::patient::names;
use crate::{App, Cx, Result};

/// How many rows a list shows.
const SHOWN: u32 = 200;

/// One visit in a list: who, when, with whom, how much.
#[derive(Clone, Debug)]
pub struct VisitRow {
    /// The visit.
    pub id: VisitId,
    /// Its patient.
    pub patient: PatientId,
    /// The name.
    pub name: PersonName,
    /// The date of birth.
    pub birth_date: Date,
    /// With whom; empty when the clinician is not known any more.
    pub provider: String,
    /// The local date.
    pub date: Date,
    /// How many lines.
    pub lines: usize,
    /// What they come to; `None` when it does not fit.
    pub total: Option<Cents>,
    /// Where it stands.
    pub stage: Stage,
}

/// A list of visits with how many there are at each stage.
#[derive(Clone, Debug)]
pub struct VisitList {
    /// Rows, oldest first.
    pub rows: Vec<VisitRow>,
    /// Counts of the whole practice.
    pub counts: Vec<(Stage, u64)>,
}

/// A visit with its charges, and the claims made of it.
#[derive(Clone, Debug)]
pub struct ChargesPage {
    /// The visit.
    pub visit: Visit,
    /// The record's version, for the form.
    pub version: i64,
    /// Where it stands.
    pub stage: Stage,
    /// The patient's name.
    pub name: PersonName,
    /// The patient's date of birth.
    pub birth_date: Date,
    /// The record number.
    pub mrn: String,
    /// The clinician, when still known.
    pub provider: Option<Provider>,
    /// The place, when still known.
    pub location: Option<Location>,
    /// The claims that bill it, oldest first.
    pub claims: Vec<(ClaimId, ClaimState)>,
    /// Whether this person may record charges here.
    pub may_edit: bool,
    /// Whether this person may sign them.
    pub may_sign: bool,
    /// Whether this person may make the claim.
    pub may_bill: bool,
}

impl App {
    /// Up to 200 visits at a stage, oldest first.
    pub fn visits(&self, cx: &Cx, stage: Stage) -> Result<Disclosed<VisitList>> {
        let list = self.look(
            cx,
            Action::ChargeView,
            |_| Ok(Resource::Practice),
            |tx, grant| {
                let providers = store::directory::all::<Provider>(tx)?;
                let counts = store::visit::counts(tx)?;
                let name = |id: &ProviderId| {
                    let known = providers.iter().find(|p| p.value.id == *id);
                    known.map(|p| p.value.name.sorted()).unwrap_or_default()
                };
                let rows = store::visit::list(tx, grant, stage, SHOWN)?;
                let cut = |all: Vec<ListedVisit>| VisitList {
                    rows: all.into_iter().map(|v| row(v, &name)).collect(),
                    counts,
                };
                Ok(rows.cut(cut, &names(grant.fields())))
            },
        )?;
        let event = self.event(cx, Act::ChargesViewed).with("list", stage);
        self.disclose_with(cx, event, list)
    }

    /// The charges of a visit.
    pub fn open_charges(&self, cx: &Cx, id: &VisitId) -> Result<Disclosed<ChargesPage>> {
        let page = self.look(
            cx,
            Action::ChargeView,
            |tx| store::visit::subject(tx, id).map(Resource::Visit),
            |tx, grant| {
                let seen = store::visit::open(tx, grant)?;
                let subject = store::visit::subject(tx, id)?;
                let may_bill = self.may(cx, Action::ClaimEdit, Resource::Patient(subject.patient.clone()));
                let may_edit = self.may(cx, Action::ChargeEdit, Resource::Visit(subject.clone()));
                let may_sign = self.may(cx, Action::ChargeSign, Resource::Visit(subject));
                let (provider, location) = {
                    let visit = store::visit::record(tx, id)?.value;
                    let provider = store::directory::one::<Provider>(tx, visit.provider.as_str());
                    (provider.ok(), store::directory::one::<Location>(tx, visit.location.as_str()).ok())
                };
                let claims = store::claim::of_visit(tx, id)?;
                let claims = claims.into_iter().map(|c| (c.value.id, c.value.state)).collect();
                let cut = |listed: ListedVisit| {
                    let ListedVisit { visit, version, stage, patient } = listed;
                    let Patient { name, birth_date, mrn, .. } = patient;
                    let (provider, location) = (provider.map(|p| p.value), location.map(|l| l.value));
                    ChargesPage {
                        visit,
                        version,
                        stage,
                        name,
                        birth_date,
                        mrn,
                        provider,
                        location,
                        claims,
                        may_edit,
                        may_sign,
                        may_bill,
                    }
                };
                Ok(seen.cut(cut, &names(grant.fields())))
            },
        )?;
        self.disclose_with(cx, self.event(cx, Act::ChargesViewed).object("visit", id), page)
    }

    /// Whether the policies would allow it: for buttons, never for decisions.
    fn may(&self, cx: &Cx, action: Action, resource: Resource) -> bool {
        matches!(crate::Asker::decide(cx, &self.policies, action, resource), crate::access::Decision::Allowed(_))
    }

    /// The clinicians and places of the practice, for the form of a new visit; no ePHI.
    pub fn places(&self) -> Result<(Vec<Provider>, Vec<Location>)> {
        let read = self.store.read("places", |tx| {
            Ok((store::directory::all::<Provider>(tx)?, store::directory::all::<Location>(tx)?))
        })?;
        let (providers, locations) = read;
        Ok((providers.into_iter().map(|p| p.value).collect(), locations.into_iter().map(|l| l.value).collect()))
    }
}

fn row(listed: ListedVisit, provider: &impl Fn(&ProviderId) -> String) -> VisitRow {
    let ListedVisit { visit, stage, patient, .. } = listed;
    VisitRow {
        provider: provider(&visit.provider),
        lines: visit.charges.len(),
        total: visit.total().ok(),
        id: visit.id,
        patient: patient.id,
        name: patient.name,
        birth_date: patient.birth_date,
        date: visit.date_of_service,
        stage,
    }
}
