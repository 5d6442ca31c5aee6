//! Read an acknowledgement: TA1 for the envelope, 999 for the file, 277CA for each claim. What it matches moves; what it does
//! not match, or what comes from somebody else than it went to, is said in words and moves nothing. Nor does a refusal of a
//! file take back what was said of a claim before.

mod reading;
mod words;

use domain::access::Action;
use domain::audit::Act;
use domain::claim::Envelopes;
use domain::id::{FileId, PartnerId};
use domain::partner::Partner;
use domain::work::{Done, WorkItem, WorkKind};
use store::Disclosed;
use store::file::{FileInfo, Kept};
use x12::ack::{Ack999, ClaimAck, Ta1, read_277ca, read_999, read_ta1};

use crate::access::Resource;
use crate::patient::names;
use crate::{App, Cx, Error, Result, stamp};
use reading::Reading;
use words::{impostors, strangers, summary};

/// The kinds of files that answer ours.
const KINDS: [&str; 3] = ["TA1", "999", "277CA"];

/// What work about acknowledgements begins with.
const WORK: &str = "acknowledgement";

/// One thing that an acknowledgement said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AckOutcome {
    /// What it is about: `batch B000007`, `claim 4K2..`.
    pub about: String,
    /// What it said and what that did, as a sentence.
    pub words: String,
    /// What came of it.
    pub came: Came,
}

/// What came of one thing that an acknowledgement said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Came {
    /// Something of ours was taken.
    Accepted,
    /// Something of ours was turned back.
    Rejected,
    /// It is noted and changed nothing: said twice, or too late.
    Noted,
    /// It is about something of ours, and not from whom that went to: a person has to look.
    Waits,
    /// It is about nothing of ours.
    NotOurs,
}

/// What reading an acknowledgement came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AckRead {
    /// The file, kept.
    pub file: FileId,
    /// The same bytes were read here before: nothing was done again.
    pub seen_before: bool,
    /// Each thing it said, in its order.
    pub outcomes: Vec<AckOutcome>,
}

/// What a file says, read before the transaction begins.
#[derive(Clone)]
struct Said {
    from: Envelopes,
    envelopes: Vec<Ta1>,
    files: Vec<Ack999>,
    claims: Vec<ClaimAck>,
}

impl Said {
    fn read(bytes: &[u8]) -> Option<Self> {
        let from = Envelopes::read(bytes);
        let said = Self { from, envelopes: read_ta1(bytes).0, files: read_999(bytes).0, claims: read_277ca(bytes).0 };
        let any = !(said.envelopes.is_empty() && said.files.is_empty() && said.claims.is_empty());
        any.then_some(said)
    }

    fn kind(&self) -> &'static str {
        match (self.claims.is_empty(), self.files.is_empty()) {
            (false, _) => "277CA",
            (true, false) => "999",
            (true, true) => "TA1",
        }
    }
}

/// Which acknowledgement a file is, when it is one.
pub(crate) fn acknowledgement_kind(bytes: &[u8]) -> Option<&'static str> {
    Said::read(bytes).map(|said| said.kind())
}

impl App {
    /// Reads an acknowledgement, keeps it, and moves the batches and claims that it is about and that went to whom it comes from:
    /// the partner `from`, where somebody says so, and who its envelopes say.
    pub fn read_acknowledgement(
        &self,
        cx: &Cx,
        from: Option<&PartnerId>,
        name: &str,
        bytes: Vec<u8>,
    ) -> Result<AckRead> {
        let said = Said::read(&bytes).ok_or_else(|| {
            let why = "this file holds no TA1, 999 or 277CA: choose the acknowledgement that the partner sent";
            Error::Refused(why.to_owned())
        })?;
        let (name, stamp, from, by) = (name.to_owned(), stamp(cx, "acknowledged"), from.cloned(), cx.account.clone());
        let event = self.event(cx, Act::AcknowledgementRead);
        self.change(
            cx,
            Action::ClaimEdit,
            |_| Ok(Resource::Practice),
            move |tx, grant| {
                let kept = store::file::keep_inbound(tx, &bytes, said.kind(), &name)?;
                let event = event.clone().object("file", kept.id()).with("kind", said.kind());
                let file = kept.id().clone();
                if matches!(kept, Kept::Same(_)) {
                    // The bytes may have come under Payments, where nobody works an acknowledgement off.
                    // Nor is one done with that seemed to come from somebody else: it may be read again as another's.
                    let here = format!("{WORK}/{file}");
                    let known = KINDS.contains(&store::file::info(tx, &file)?.kind.as_str());
                    if known && !store::work::waits(tx, &here, WorkKind::DoubtfulSender)? {
                        tx.audit(event.with("seen_before", true));
                        return Ok(AckRead { file, seen_before: true, outcomes: Vec::new() });
                    }
                    let note = format!("it was read as an acknowledgement ({})", said.kind());
                    let done = Done { by: by.clone(), at: tx.now(), note };
                    store::work::finish_about(tx, &here, &done, &stamp)?;
                    store::work::finish_about(tx, &format!("file:{file}"), &done, &stamp)?;
                    store::file::set_kind(tx, &file, said.kind())?;
                }
                let reading = Reading::work_off(tx, grant, file, from.clone(), &stamp, &said)?;
                let unmatched = reading.outcomes.iter().filter(|o| o.came == Came::NotOurs).count();
                if !reading.impostors.is_empty() {
                    reading.wait(tx, WorkKind::DoubtfulSender, impostors(&reading.impostors, &name))?;
                }
                if unmatched > 0 {
                    reading.wait(tx, WorkKind::UnmatchedAcknowledgement, strangers(&reading.outcomes, &name))?;
                }
                if !reading.doubts.is_empty() {
                    reading.wait(tx, WorkKind::RejectedClaim, reading.doubts.join("; "))?;
                }
                let Reading { file, outcomes, patients, impostors, .. } = reading;
                store::file::about(tx, &file, &patients)?;
                store::file::set_outcome(tx, &file, &summary(&outcomes))?;
                let event = event.with("statements", outcomes.len()).with("unmatched", unmatched);
                let event = event.with("from_another", impostors.len()).about(patients);
                tx.audit(event.showing(["claims"]));
                Ok(AckRead { file, seen_before: false, outcomes })
            },
        )
    }

    /// What acknowledgements left for a person to find out.
    pub fn acknowledgement_work(&self, cx: &Cx) -> Result<Disclosed<Vec<WorkItem>>> {
        let work = self.look(
            cx,
            Action::ClaimView,
            |_| Ok(Resource::Practice),
            |tx, grant| {
                let work = store::work::about(tx, grant, WORK)?;
                Ok(work.cut(|work| work.into_iter().map(|w| w.value).collect(), &names(grant.fields())))
            },
        )?;
        self.disclose(cx, Act::ClaimsViewed, work)
    }

    /// The partners whose answers may come, by name; no ePHI.
    pub fn answering_partners(&self, cx: &Cx) -> Result<Vec<Partner>> {
        let _ = self.authorize(cx, Action::ClaimView, Resource::Practice)?;
        let all = self.store.read("partners", store::directory::all::<Partner>)?.into_iter().map(|p| p.value);
        Ok(all.filter(|p| p.interchange.is_some()).collect())
    }

    /// Acknowledgements that were read, latest first; no ePHI.
    pub fn acknowledgements(&self, cx: &Cx) -> Result<Vec<FileInfo>> {
        let _ = self.authorize(cx, Action::ClaimView, Resource::Practice)?;
        Ok(self.store.read("acknowledgements", |tx| store::file::inbound(tx, &KINDS, 50))?)
    }
}
