//! Take a remittance file in: the bytes first, durable with their event, and only then a reader.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::access::Action;
use domain::audit::Act;
use domain::id::{FileId, PatientId, RemittanceId, WorkItemId};
use domain::remittance::{RemitPlan, Remittance, RemittanceState, plan_rest, read_file};
use domain::work::{Done, WorkItem, WorkKind};
use sha2::{Digest, Sha256};
use store::Tx;
use store::file::Kept;
use store::record::Stamp;
use store::remittance::{Added, Loaded};

use crate::access::Resource;
use crate::claim::acknowledgement_kind;
use crate::{App, Cx, Error, Result, stamp};

/// The largest file that is taken in.
const LARGEST: usize = 32 * 1024 * 1024;
/// How much of what the reader says is kept.
const FAULTS: usize = 200;
/// People who are named in one transaction.
const NAMED: usize = 100;

/// What taking a file in came to.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The file.
    pub file: FileId,
    /// Whether these bytes are here for the first time.
    pub is_new: bool,
    /// What is in it, in its order.
    pub remittances: Vec<RemittanceId>,
}

impl App {
    /// Takes a file in. The same bytes again are known again: nothing is added, and what they came to is returned.
    pub fn import_remittance(&self, cx: &Cx, name: &str, bytes: &[u8]) -> Result<Imported> {
        let _ = self.authorize(cx, Action::RemittancePost, Resource::Practice)?;
        let name: String = name.chars().filter(|c| !c.is_control()).take(120).collect();
        if bytes.is_empty() {
            return Err(Error::Refused(format!("`{name}` is empty: choose the file that the payer sent")));
        }
        if bytes.len() > LARGEST {
            let size = bytes.len() / (1024 * 1024);
            return Err(Error::Refused(format!(
                "`{name}` has {size} MB, and 32 MB is the most: ask the payer for smaller files. It was not kept"
            )));
        }
        let digest = hex::encode(Sha256::digest(bytes));
        let event = self.event(cx, Act::RemittanceImported).with("sha256", digest).with("bytes", bytes.len());
        let (sent, title) = (bytes.to_vec(), name);
        let kept = self.change(
            cx,
            Action::RemittancePost,
            |_| Ok(Resource::Practice),
            move |tx, _grant| {
                let kept = store::file::keep_inbound(tx, &sent, "835", &title)?;
                store::remittance::take_in(tx, kept.id(), &title)?;
                let known = matches!(kept, Kept::Same(_));
                tx.audit(event.clone().object("file", kept.id()).with("same_as_before", known));
                Ok(kept)
            },
        )?;
        let file = kept.id().clone();
        let (is_new, known) = (matches!(kept, Kept::New(_)), self.of_file(cx, &file)?);
        if !is_new && known.0 {
            return Ok(Imported { file, is_new, remittances: known.1 });
        }
        let remittances = self.read_remittances(cx, &file, bytes)?;
        Ok(Imported { file, is_new, remittances })
    }

    /// Reads a file that was taken in when the server stopped before it could be read.
    pub fn read_remittance_file(&self, cx: &Cx, file: &FileId) -> Result<Vec<RemittanceId>> {
        let bytes = self.look(
            cx,
            Action::RemittancePost,
            |_| Ok(Resource::Practice),
            |tx, grant| {
                store::remittance::of_file(tx, file)?;
                store::file::open(tx, grant, file)
            },
        )?;
        let bytes = self.disclose_with(cx, self.event(cx, Act::RemittanceViewed).object("file", file), bytes)?;
        self.read_remittances(cx, file, &bytes)
    }

    /// Whether a file was read, and what is in it.
    fn of_file(&self, cx: &Cx, file: &FileId) -> Result<(bool, Vec<RemittanceId>)> {
        let found = self.look(
            cx,
            Action::RemittancePost,
            |_| Ok(Resource::Practice),
            |tx, _| store::remittance::of_file(tx, file),
        )?;
        Ok((found.read_at.is_some(), found.remittances))
    }

    fn read_remittances(&self, cx: &Cx, file: &FileId, bytes: &[u8]) -> Result<Vec<RemittanceId>> {
        let payers = self.payers()?;
        let (found, faults) = read_file(file, bytes, &payers, || RemittanceId::new(self.clock.now(), &*self.entropy));
        let mut said: Vec<String> = faults.iter().take(FAULTS).map(ToString::to_string).collect();
        if found.is_empty() {
            said.insert(0, without(bytes));
        }
        // The payers of a synthetic practice are simulated, and their files are tests: there they count.
        let synthetic = self.practice_facts().is_ok_and(|facts| facts.synthetic.is_some());
        let mut ids = Vec::new();
        for mut remittance in found {
            remittance.is_test &= !synthetic;
            ids.push(self.keep_set(cx, &remittance)?);
        }
        let (file, empty) = (file.clone(), ids.is_empty());
        let (stamp, event) = (stamp(cx, "read"), self.event(cx, Act::RemittanceImported).object("file", &file));
        self.change(
            cx,
            Action::RemittancePost,
            |_| Ok(Resource::Practice),
            move |tx, _| {
                store::remittance::mark_read(tx, &file, &said)?;
                if empty {
                    let reason = said.first().cloned().unwrap_or_default();
                    add_work(tx, WorkKind::UnreadableFile, format!("file:{file}"), reason, &stamp)?;
                }
                tx.audit(event.clone().with("faults", said.len()).with("unreadable", empty));
                Ok(())
            },
        )?;
        Ok(ids)
    }

    /// Decides again where a remittance stands, after what is known around it has changed; not one that is in the books.
    pub(crate) fn settle_again(&self, cx: &Cx, id: &RemittanceId, why: &str) -> Result<()> {
        let (state, reasons) = self.look(
            cx,
            Action::RemittancePost,
            |_| Ok(Resource::Practice),
            |tx, grant| {
                let loaded = store::remittance::record(tx, grant, id)?;
                Ok(stands(&loaded.remittance, &planned(&loaded)))
            },
        )?;
        let (id, stamp, event) = (id.clone(), stamp(cx, why), self.event(cx, Act::PayerChanged));
        self.change(
            cx,
            Action::RemittancePost,
            |_| Ok(Resource::Practice),
            move |tx, _| {
                let state = settle(tx, &id, state, reasons.as_deref(), &stamp)?;
                tx.audit(event.clone().object("remittance", &id).with("state", state));
                Ok(())
            },
        )
    }

    /// One transaction set, with where it stands.
    fn keep_set(&self, cx: &Cx, remittance: &Remittance) -> Result<RemittanceId> {
        // Its claims are looked up and planned beside the writer, and its people named a few hundred at a time: a file may have
        // ten thousand of each.
        let (remittance, patients, plan) = self.look(
            cx,
            Action::RemittancePost,
            |_| Ok(Resource::Practice),
            |tx, grant| {
                let loaded = store::remittance::gather(tx, grant, remittance.clone())?;
                let patients: BTreeSet<PatientId> = loaded.ours.iter().map(|c| c.value.patient.id.clone()).collect();
                let plan = planned(&loaded);
                Ok((Arc::new(loaded.remittance), Vec::from_iter(patients), plan))
            },
        )?;
        let (rest, last) = patients.split_at(patients.len().saturating_sub(NAMED));
        for some in rest.chunks(NAMED) {
            let (file, some) = (remittance.file.clone(), some.to_vec());
            let event = self.event(cx, Act::RemittanceImported).object("file", &file);
            self.change(
                cx,
                Action::RemittancePost,
                |_| Ok(Resource::Practice),
                move |tx, _| {
                    store::file::about(tx, &file, &some)?;
                    tx.audit(event.clone().about(some.iter().cloned()).showing(["claims"]));
                    Ok(())
                },
            )?;
        }
        let (last, event) = (last.to_vec(), self.event(cx, Act::RemittanceImported));
        let ((state, reasons), stamp) = (stands(&remittance, &plan), stamp(cx, "imported"));
        let by = cx.account.clone();
        self.change(
            cx,
            Action::RemittancePost,
            |_| Ok(Resource::Practice),
            move |tx, _| {
                let added = store::remittance::add(tx, &remittance, &stamp)?;
                store::file::about(tx, &remittance.file, &last)?;
                let mut event = event.clone();
                let id = match added {
                    Added::New(id) | Added::Known(id) | Added::Duplicate { id, .. } => id,
                    Added::Instead { id, of } => {
                        // What waited about the earlier copy waits about this one now, if it is still so.
                        let note = "another copy of the payment took its place".to_owned();
                        let done = Done { by: by.clone(), at: tx.now(), note };
                        store::work::finish_about(tx, &format!("remittance:{of}"), &done, &stamp)?;
                        event = event.with("instead_of", of);
                        id
                    }
                };
                let state = settle(tx, &id, state, reasons.as_deref(), &stamp)?;
                let event = event.object("remittance", &id).with("state", state);
                let event = event.with("claims", remittance.claims.len()).with("total", remittance.total);
                tx.audit(event.about(last.iter().cloned()).showing(["claims"]));
                Ok(id)
            },
        )
    }
}

/// Where a plan leaves a remittance, with the reasons when that is work.
fn stands(remittance: &Remittance, plan: &RemitPlan) -> (RemittanceState, Option<String>) {
    let state = RemittanceState::of_plan(remittance, plan);
    (state, (state == RemittanceState::Unbalanced).then(|| reasons(remittance, plan)))
}

/// Says where a remittance stands that is not posted yet, and makes its work.
fn settle(
    tx: &mut Tx,
    id: &RemittanceId,
    planned: RemittanceState,
    reasons: Option<&str>,
    stamp: &Stamp,
) -> store::Result<RemittanceState> {
    let state = store::remittance::standing(tx, id)?.state;
    if state.is_settled() || state == RemittanceState::PartlyPosted {
        return Ok(state);
    }
    store::remittance::set_state(tx, id, planned)?;
    // What waits of one that can be posted is known claim by claim once it is.
    if let Some(reasons) = reasons {
        add_work(tx, WorkKind::Unbalanced, format!("remittance:{id}"), reasons.to_owned(), stamp)?;
    }
    Ok(planned)
}

/// The plan for what is left of a remittance.
pub(super) fn planned(loaded: &Loaded) -> RemitPlan {
    let rest = |practice| plan_rest(&loaded.remittance, practice, &loaded.claims(), &loaded.posted, &loaded.done());
    loaded.practice.as_ref().map_or_else(without_practice, rest)
}

/// Without a practice nothing can be posted.
pub(super) fn without_practice() -> RemitPlan {
    RemitPlan {
        blocked: vec!["the practice is not set up yet: its NPI and tax number are missing".to_owned()],
        ..RemitPlan::default()
    }
}

fn reasons(remittance: &Remittance, plan: &RemitPlan) -> String {
    let mut all = plan.blocked.clone();
    // What does not add up in its claims is said on its page, claim by claim, to whoever may see them.
    if all.is_empty() {
        let claims: BTreeSet<usize> = remittance.differences.iter().filter_map(|d| d.claim).collect();
        let of = remittance.claims.len();
        all.push(format!("the amounts of {} of its {of} claims do not add up as sent", claims.len()));
    }
    all.truncate(5);
    all.join("; ")
}

/// Makes a piece of work about something that concerns nobody in particular.
pub(super) fn add_work(
    tx: &mut Tx,
    kind: WorkKind,
    subject: String,
    reason: String,
    stamp: &Stamp,
) -> store::Result<()> {
    let id = WorkItemId::new(tx.now(), tx.entropy());
    let item = WorkItem::new(id, kind, subject, reason, tx.now());
    store::work::add(tx, &item, stamp).map(|_| ())
}

/// What a file without an 835 holds instead.
fn without(bytes: &[u8]) -> String {
    let stats = x12::stats(bytes);
    let kinds: Vec<String> = stats.transactions.keys().cloned().collect();
    match (stats.segments, kinds.is_empty()) {
        (0, _) => "this is not an X12 file: it has no ISA segment that can be read. It is kept as it came".to_owned(),
        _ if let Some(kind) = acknowledgement_kind(bytes) => format!(
            "this is an acknowledgement ({kind}), not a remittance: read it under Claims, Acknowledgements. It is kept as it came"
        ),
        (_, true) => "there is no transaction in this file. It is kept as it came".to_owned(),
        (_, false) => {
            format!("there is no remittance (835) in this file, but {}. It is kept as it came", kinds.join(", "))
        }
    }
}
