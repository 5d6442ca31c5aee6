//! Take a remittance file in: the bytes first, durable with their event, and only then a reader.

use domain::access::Action;
use domain::audit::{Act, Event};
use domain::id::{FileId, RemittanceId, WorkItemId};
use domain::remittance::{RemitPlan, Remittance, RemittanceState, plan_rest, read_file};
use domain::work::{WorkItem, WorkKind};
use sha2::{Digest, Sha256};
use store::Tx;
use store::file::Kept;
use store::record::Stamp;
use store::remittance::Loaded;

use crate::access::Resource;
use crate::claim::acknowledgement_kind;
use crate::{App, Cx, Error, Result, stamp};

/// The largest file that is taken in.
const LARGEST: usize = 32 * 1024 * 1024;
/// How much of what the reader says is kept.
const FAULTS: usize = 200;

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
            ids.push(self.keep_set(cx, remittance)?);
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

    /// One transaction set, with where it stands.
    fn keep_set(&self, cx: &Cx, remittance: Remittance) -> Result<RemittanceId> {
        let (stamp, event) = (stamp(cx, "imported"), self.event(cx, Act::RemittanceImported));
        self.change(
            cx,
            Action::RemittancePost,
            |_| Ok(Resource::Practice),
            move |tx, grant| {
                let added = store::remittance::add(tx, &remittance, &stamp)?;
                let id = match &added {
                    store::remittance::Added::New(id) | store::remittance::Added::Known(id) => id.clone(),
                    store::remittance::Added::Duplicate { id, .. } => id.clone(),
                };
                let loaded = store::remittance::record(tx, grant, &id)?;
                let patients: Vec<_> = loaded.ours.iter().map(|c| c.value.patient.id.clone()).collect();
                store::file::about(tx, &remittance.file, &patients)?;
                let state = settle(tx, &loaded, &stamp)?;
                tx.audit(said_of(event.clone(), &loaded.remittance, state).about(patients).showing(["claims"]));
                Ok(id)
            },
        )
    }
}

fn said_of(event: Event, remittance: &Remittance, state: RemittanceState) -> Event {
    let event = event.object("remittance", &remittance.id).with("state", state);
    event.with("claims", remittance.claims.len()).with("total", remittance.total)
}

/// Says where a remittance stands that is not posted yet, and makes its work.
fn settle(tx: &mut Tx, loaded: &Loaded, stamp: &Stamp) -> store::Result<RemittanceState> {
    let id = &loaded.remittance.id;
    if loaded.duplicate_of.is_some() || !loaded.in_books.is_empty() {
        return Ok(loaded.state);
    }
    let plan = planned(loaded);
    let state = RemittanceState::of_plan(&loaded.remittance, &plan);
    store::remittance::set_state(tx, id, state)?;
    // What waits of one that can be posted is known claim by claim once it is.
    if state == RemittanceState::Unbalanced {
        add_work(tx, WorkKind::Unbalanced, format!("remittance:{id}"), reasons(loaded, &plan), stamp)?;
    }
    Ok(state)
}

/// The plan for what is left of a remittance. Without a practice nothing can be posted.
pub(super) fn planned(loaded: &Loaded) -> RemitPlan {
    match &loaded.practice {
        Some(practice) => plan_rest(&loaded.remittance, practice, &loaded.claims(), &loaded.posted, &loaded.done()),
        None => RemitPlan {
            blocked: vec!["the practice is not set up yet: its NPI and tax number are missing".to_owned()],
            ..RemitPlan::default()
        },
    }
}

fn reasons(loaded: &Loaded, plan: &RemitPlan) -> String {
    let mut all = plan.blocked.clone();
    // What blocks the whole is the reason of each of its claims too.
    if all.is_empty() {
        all.extend(loaded.remittance.differences.iter().map(|d| d.message.clone()));
        all.extend(plan.exceptions().map(|(_, e)| e.reason.clone()));
        all.dedup();
    }
    all.truncate(5);
    if all.is_empty() { "a person has to look at it".to_owned() } else { all.join("; ") }
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
