//! The claims work list, a patient's claims, and one claim with what it has been through.

use std::fmt;

use domain::access::Action;
use domain::audit::Act;
use domain::batch::Batch;
use domain::claim::{ClaimState, ScrubFault, scrub};
use domain::id::{ClaimId, PatientId};
use jiff::civil::Date;
use store::Disclosed;
use store::claim::{ClaimMoment, ListedClaim};

use crate::access::Resource;
use crate::patient::names;
use crate::{App, Cx, Result};

/// How many rows a list shows.
const SHOWN: u32 = 200;

/// A view of the work list: claims that want the same done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimTab {
    /// The scrubber found something.
    Work,
    /// Nothing blocks: put them into a batch.
    Ready,
    /// In a batch that has not left.
    Batched,
    /// With the payer, who has not judged.
    Sent,
    /// Never entered the payer: mend and send anew.
    Rejected,
    /// Judged against us: decide by the deadline.
    Denied,
    /// Settled, in whole or in part.
    Paid,
    /// Another claim stands in its place.
    Superseded,
}

impl ClaimTab {
    /// Every view, in the order in which they want attention.
    pub const ALL: [Self; 8] = [
        Self::Rejected,
        Self::Work,
        Self::Ready,
        Self::Batched,
        Self::Sent,
        Self::Denied,
        Self::Paid,
        Self::Superseded,
    ];

    /// Its name in an address.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Work => "work",
            Self::Ready => "ready",
            Self::Batched => "batched",
            Self::Sent => "sent",
            Self::Rejected => "rejected",
            Self::Denied => "denied",
            Self::Paid => "paid",
            Self::Superseded => "superseded",
        }
    }

    /// The view with this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.as_str() == text)
    }

    /// The states in it.
    pub const fn states(self) -> &'static [ClaimState] {
        use ClaimState as S;
        match self {
            Self::Work => &[S::Built],
            Self::Ready => &[S::Ready],
            Self::Batched => &[S::Batched],
            Self::Sent => &[S::Released, S::Received, S::Accepted, S::Reversed],
            Self::Rejected => &[S::Rejected],
            Self::Denied => &[S::Denied],
            Self::Paid => &[S::Paid, S::PartlyPaid],
            Self::Superseded => &[S::Superseded],
        }
    }
}

/// A view of the work list.
#[derive(Clone, Debug)]
pub struct ClaimList {
    /// Rows; those whose filing limit is nearest come first.
    pub rows: Vec<ListedClaim>,
    /// Counts of the whole practice, by state, as far as [`store::claim::COUNTED`].
    pub counts: Vec<(ClaimState, u64)>,
}

impl ClaimList {
    /// How many claims a view has.
    pub fn count(&self, tab: ClaimTab) -> Count {
        of(&self.counts, tab)
    }
}

/// How many there are, or that there are so many at least: `12`, `1000+`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// So many.
    pub n: u64,
    /// And perhaps more: nobody counted on.
    pub more: bool,
}

impl From<u64> for Count {
    fn from(n: u64) -> Self {
        Self { n, more: false }
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.n, if self.more { "+" } else { "" })
    }
}

fn of(counts: &[(ClaimState, u64)], tab: ClaimTab) -> Count {
    let mine = || counts.iter().filter(|(state, _)| tab.states().contains(state)).map(|(_, n)| *n);
    Count { n: mine().sum(), more: mine().any(|n| n >= u64::from(store::claim::COUNTED)) }
}

/// One claim, whole.
#[derive(Clone, Debug)]
pub struct ClaimPage {
    /// The claim and where it stands.
    pub listed: ListedClaim,
    /// What the scrubber finds now, for a claim that has not left.
    pub faults: Vec<ScrubFault>,
    /// What it has been through, oldest first.
    pub timeline: Vec<ClaimMoment>,
    /// The batch that it is or was last in.
    pub batch: Option<Batch>,
}

/// What waits in billing, for the home page. Counts of the whole practice, of nobody in particular.
#[derive(Clone, Debug)]
pub struct BillingWaits {
    /// Claims by state.
    pub claims: Vec<(ClaimState, u64)>,
    /// Remittances that are not settled.
    pub remittances: u64,
    /// Pieces of work that wait for a person.
    pub work: u64,
}

impl BillingWaits {
    /// How many claims a view has.
    pub fn count(&self, tab: ClaimTab) -> Count {
        of(&self.claims, tab)
    }
}

impl App {
    /// What waits in billing.
    pub fn billing_waits(&self, cx: &Cx) -> Result<Disclosed<BillingWaits>> {
        let waits = self.look(
            cx,
            Action::ClaimView,
            |_| Ok(Resource::Practice),
            |tx, grant| {
                let open = store::remittance::counts(tx)?.into_iter().filter(|(state, _)| !state.is_settled());
                let remittances = open.map(|(_, n)| n).sum();
                let work = store::work::counts(tx)?.into_iter().map(|(_, n)| n).sum();
                let claims = store::claim::waiting(tx, grant)?;
                Ok(claims.cut(|claims| BillingWaits { claims, remittances, work }, &names(grant.fields())))
            },
        )?;
        self.disclose_with(cx, self.event(cx, Act::ClaimsViewed).with("as", "counts"), waits)
    }

    /// A view of the work list.
    pub fn claims(&self, cx: &Cx, tab: ClaimTab) -> Result<Disclosed<ClaimList>> {
        let list = self.look(
            cx,
            Action::ClaimView,
            |_| Ok(Resource::Practice),
            |tx, grant| {
                let counts = store::claim::counts(tx)?;
                let rows = store::claim::list(tx, grant, tab.states(), SHOWN)?;
                Ok(rows.cut(|rows| ClaimList { rows, counts }, &names(grant.fields())))
            },
        )?;
        self.disclose_with(cx, self.event(cx, Act::ClaimsViewed).with("list", tab.as_str()), list)
    }

    /// The claims of a patient, latest service first.
    pub fn claims_of_patient(&self, cx: &Cx, patient: &PatientId) -> Result<Disclosed<Vec<ListedClaim>>> {
        let list = self.look(
            cx,
            Action::ClaimView,
            |tx| store::patient::subject(tx, patient).map(Resource::Patient),
            |tx, grant| Ok(store::claim::of_patient(tx, grant)?.cut(|rows| rows, &names(grant.fields()))),
        )?;
        self.disclose(cx, Act::ClaimsViewed, list)
    }

    /// One claim. `today` is the practice's date.
    pub fn open_claim(&self, cx: &Cx, id: &ClaimId, today: Date) -> Result<Disclosed<ClaimPage>> {
        let page = self.look(
            cx,
            Action::ClaimView,
            |tx| store::claim::subject(tx, id).map(Resource::Patient),
            |tx, grant| {
                let timeline = store::claim::timeline(tx, grant, id)?;
                let claim = store::claim::record(tx, id)?.value;
                let others = store::claim::others(tx, &claim.patient.id)?;
                let faults = if claim.state.is_sent() { Vec::new() } else { scrub(&claim, today, &others) };
                let listed = store::claim::open(tx, grant, id)?;
                let batch = store::claim::batch_of(tx, id)?.map(|batch| store::batch::open(tx, &batch)).transpose()?;
                let batch = batch.map(|b| b.value);
                let cut = |(listed, timeline): (store::record::Versioned<ListedClaim>, _)| ClaimPage {
                    listed: listed.value,
                    faults,
                    timeline,
                    batch,
                };
                Ok(listed.and(timeline).cut(cut, &names(grant.fields())))
            },
        )?;
        self.disclose_with(cx, self.event(cx, Act::ClaimsViewed).object("claim", id), page)
    }
}
