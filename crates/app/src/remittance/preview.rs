//! What a remittance says, what is in the books of it, and what posting would do.

use std::collections::{BTreeMap, BTreeSet};

use domain::access::Action;
use domain::audit::Act;
use domain::claim::Claim;
use domain::id::{ClaimId, FileId, PatientId, RemittanceId};
use domain::patient::FieldGroup;
use domain::payer::Payer;
use domain::remittance::{RemitPlan, Remittance, RemittanceState};
use domain::work::WorkItem;
use domain::{Cents, Instant};
use store::Disclosed;
use store::ledger::PostingLine;
use store::remittance::{InBooks, Loaded, Stands};

use super::import::planned;
use crate::access::Resource;
use crate::account::Fresh;
use crate::patient::names;
use crate::{App, Cx, Result};

/// What a page says of one of our claims.
#[derive(Clone, Debug)]
pub struct OurClaim {
    /// Its id.
    pub id: ClaimId,
    /// Our number.
    pub control_number: String,
    /// Whose.
    pub patient: PatientId,
    /// The name, last first.
    pub name: String,
    /// The date of birth, beside every name.
    pub birth_date: jiff::civil::Date,
}

/// A remittance, ready to be looked at.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The remittance. Claims of people whom this reader's lists leave out have no names and lines.
    pub remittance: Remittance,
    /// Where it stands.
    pub state: RemittanceState,
    /// The payment that it repeats.
    pub duplicate_of: Option<RemittanceId>,
    /// The copy that stands in its place.
    pub superseded_by: Option<RemittanceId>,
    /// Earlier copies in whose place it stands.
    pub instead_of: Vec<RemittanceId>,
    /// What posting what is left would do.
    pub plan: RemitPlan,
    /// Its claims that are in the books.
    pub in_books: Vec<InBooks>,
    /// Our claims, by id.
    pub ours: BTreeMap<ClaimId, OurClaim>,
    /// Places of claims that are left out.
    pub withheld: BTreeSet<usize>,
    /// What is in the books of it, posting by posting.
    pub postings: Vec<PostingLine>,
    /// The money that no claim took yet.
    pub unapplied: Cents,
    /// Work that waits about it.
    pub work: Vec<WorkItem>,
    /// The payers that it may be from, when it waits for its payer.
    pub payers: Vec<Payer>,
}

/// A file as it came.
#[derive(Clone, Debug)]
pub struct RawFile {
    /// The name that it had.
    pub name: String,
    /// When it came in.
    pub at: Instant,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What the reader had to say.
    pub faults: Vec<String>,
    /// What was in it.
    pub remittances: Vec<RemittanceId>,
}

impl App {
    /// A remittance with everything that a person needs to decide on it.
    pub fn open_remittance(&self, cx: &Cx, id: &RemittanceId) -> Result<Disclosed<Preview>> {
        let preview = self.look(
            cx,
            Action::RemittanceView,
            |_| Ok(Resource::Practice),
            |tx, grant| {
                let loaded = store::remittance::open(tx, grant, id)?;
                let postings = store::ledger::of_remittance(tx, grant, id)?;
                let work = store::work::about(tx, grant, &format!("remittance:{id}"))?;
                let unapplied = store::ledger::unapplied(tx, id)?;
                let payers: Vec<Payer> = store::directory::all(tx)?.into_iter().map(|p| p.value).collect();
                let all = loaded.and(postings).and(work);
                Ok(all.cut(
                    |(((loaded, hidden), postings), work)| {
                        let work = work.into_iter().map(|w| w.value).collect();
                        let shown = cut(loaded, &hidden);
                        let waits = shown.state.is_held() && shown.remittance.payer.is_none();
                        Preview { postings, work, unapplied, payers: if waits { payers } else { Vec::new() }, ..shown }
                    },
                    &names(grant.fields()),
                ))
            },
        )?;
        let event = self.event(cx, Act::RemittanceViewed).object("remittance", id);
        self.disclose_with(cx, event, preview)
    }

    /// A file as it came, byte for byte; refused when anybody in it is closed to the reader.
    pub fn open_remittance_file(&self, cx: &Cx, file: &FileId) -> Result<Disclosed<RawFile>> {
        let found = self.look(
            cx,
            Action::RemittanceView,
            |_| Ok(Resource::Practice),
            |tx, grant| {
                let read = store::remittance::of_file(tx, file)?;
                let bytes = store::file::open(tx, grant, file)?;
                let raw = |bytes| RawFile {
                    name: read.name,
                    at: read.at,
                    bytes,
                    faults: read.faults,
                    remittances: read.remittances,
                };
                // Nothing is cut from a file, so nothing is left out of what its event names.
                Ok(bytes.cut(raw, &names(FieldGroup::ALL)))
            },
        )?;
        self.disclose_with(cx, self.event(cx, Act::RemittanceViewed).object("file", file), found)
    }

    /// The bytes of a file as it came, with the name that it had: an export. Refused when anybody in it is closed to the reader.
    pub fn save_remittance_file(&self, who: Fresh<'_>, file: &FileId) -> Result<(String, Disclosed<Vec<u8>>)> {
        let cx = who.cx();
        let (name, bytes) = self.look(
            cx,
            Action::RemittanceView,
            |_| Ok(Resource::Practice),
            |tx, grant| Ok((store::remittance::of_file(tx, file)?.name, store::file::open(tx, grant, file)?)),
        )?;
        let event = |act| self.event(cx, act).object("file", file);
        Ok((name, self.export(cx, event, bytes)?))
    }
}

fn cut(loaded: Loaded, hidden: &BTreeSet<ClaimId>) -> Preview {
    let plan = planned(&loaded);
    let Loaded { mut remittance, stands, instead_of, ours, in_books, .. } = loaded;
    let Stands { state, duplicate_of, superseded_by } = stands;
    let mine: Vec<Claim> = ours.into_iter().map(|c| c.value).collect();
    let mut withheld = BTreeSet::new();
    let matched = domain::remittance::match_claims(&remittance, &mine);
    let numbers: BTreeMap<&str, &ClaimId> = mine.iter().map(|c| (c.control_number.as_str(), &c.id)).collect();
    for ((index, claim), matched) in remittance.claims.iter_mut().enumerate().zip(matched) {
        let number = || numbers.get(claim.control_number.trim()).copied().cloned();
        if matched.ok().map(|m| m.claim).or_else(number).is_some_and(|id| hidden.contains(&id)) {
            withheld.insert(index);
            (claim.patient_name, claim.corrected) = (None, None);
            claim.lines.clear();
            claim.adjustments.clear();
        }
    }
    if !withheld.is_empty() {
        remittance.unread.clear();
    }
    let shown = mine.iter().filter(|c| !hidden.contains(&c.id)).map(|c| (c.id.clone(), short(c))).collect();
    Preview {
        remittance,
        state,
        duplicate_of,
        superseded_by,
        instead_of,
        plan,
        in_books,
        ours: shown,
        withheld,
        postings: Vec::new(),
        unapplied: Cents::ZERO,
        work: Vec::new(),
        payers: Vec::new(),
    }
}

fn short(claim: &Claim) -> OurClaim {
    OurClaim {
        id: claim.id.clone(),
        control_number: claim.control_number.to_string(),
        patient: claim.patient.id.clone(),
        name: claim.patient.name.sorted(),
        birth_date: claim.patient.birth_date,
    }
}
