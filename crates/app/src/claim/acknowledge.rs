//! Read an acknowledgement: TA1 for the envelope, 999 for the file, 277CA for each claim. What it matches moves; what it does
//! not match is said in words and moves nothing. Nor does a refusal of a file take back what was said of a claim before.

mod words;

use domain::access::Action;
use domain::audit::Act;
use domain::batch::{Answer, Batch, BatchState};
use domain::claim::{Claim, ClaimState, ClaimStep};
use domain::claim::{batch_repeats, envelope_repeats, file_repeats, read_ack, refusal};
use domain::grant::Grant;
use domain::id::{FileId, PatientId, WorkItemId};
use domain::work::{WorkItem, WorkKind};
use store::file::{FileInfo, Kept};
use store::record::{Stamp, Versioned};
use store::{Disclosed, Tx};
use x12::ack::{Ack999, AckClaim, AckProvider, ClaimAck, Ta1, read_277ca, read_999, read_ta1};

use crate::access::Resource;
use crate::patient::names;
use crate::{App, Cx, Error, Result, stamp};
use words::{note_words, noted, short, strangers, summary};

/// The kinds of files that answer ours.
const KINDS: [&str; 3] = ["TA1", "999", "277CA"];

/// What work about acknowledgements begins with.
const WORK: &str = "acknowledgement";

/// Where a claim stands of which a 277CA has not spoken yet.
const UNANSWERED: [ClaimState; 2] = [ClaimState::Released, ClaimState::Received];

/// One thing that an acknowledgement said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AckOutcome {
    /// What it is about: `batch B000007`, `claim 4K2..`.
    pub about: String,
    /// What it said and what that did, as a sentence.
    pub words: String,
    /// Whether it was about something of ours.
    pub matched: bool,
    /// Whether it was an acceptance.
    pub accepted: bool,
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
    envelopes: Vec<Ta1>,
    files: Vec<Ack999>,
    claims: Vec<ClaimAck>,
}

impl Said {
    fn read(bytes: &[u8]) -> Option<Self> {
        let said = Self { envelopes: read_ta1(bytes).0, files: read_999(bytes).0, claims: read_277ca(bytes).0 };
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

/// What is gathered while an acknowledgement is worked off.
struct Reading<'a> {
    /// Whoever reads it is told nothing of patients whom their lists leave out.
    grant: &'a Grant,
    file: FileId,
    stamp: &'a Stamp,
    outcomes: Vec<AckOutcome>,
    patients: Vec<PatientId>,
    /// What a person has to find out, sentence by sentence.
    doubts: Vec<String>,
}

impl App {
    /// Reads an acknowledgement, keeps it, and moves the batches and claims that it is about.
    pub fn read_acknowledgement(&self, cx: &Cx, name: &str, bytes: Vec<u8>) -> Result<AckRead> {
        let said = Said::read(&bytes).ok_or_else(|| {
            let why = "this file holds no TA1, 999 or 277CA: choose the acknowledgement that the partner sent";
            Error::Refused(why.to_owned())
        })?;
        let (name, stamp) = (name.to_owned(), stamp(cx, "acknowledged"));
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
                    if KINDS.contains(&store::file::info(tx, &file)?.kind.as_str()) {
                        tx.audit(event.with("seen_before", true));
                        return Ok(AckRead { file, seen_before: true, outcomes: Vec::new() });
                    }
                    store::file::set_kind(tx, &file, said.kind())?;
                }
                let reading = Reading::work_off(tx, grant, file, &stamp, &said)?;
                let unmatched = reading.outcomes.iter().filter(|o| !o.matched).count();
                if unmatched > 0 {
                    reading.wait(tx, WorkKind::UnmatchedAcknowledgement, strangers(&reading.outcomes, &name))?;
                }
                if !reading.doubts.is_empty() {
                    reading.wait(tx, WorkKind::RejectedClaim, reading.doubts.join("; "))?;
                }
                let Reading { file, outcomes, patients, .. } = reading;
                store::file::about(tx, &file, &patients)?;
                store::file::set_outcome(tx, &file, &summary(&outcomes))?;
                let event = event.with("statements", outcomes.len()).with("unmatched", unmatched).about(patients);
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

    /// Acknowledgements that were read, latest first; no ePHI.
    pub fn acknowledgements(&self, cx: &Cx) -> Result<Vec<FileInfo>> {
        let _ = self.authorize(cx, Action::ClaimView, Resource::Practice)?;
        Ok(self.store.read("acknowledgements", |tx| store::file::inbound(tx, &KINDS, 50))?)
    }
}

impl<'a> Reading<'a> {
    fn work_off(tx: &mut Tx, grant: &'a Grant, file: FileId, stamp: &'a Stamp, said: &Said) -> store::Result<Self> {
        let mut reading = Self { grant, file, stamp, outcomes: Vec::new(), patients: Vec::new(), doubts: Vec::new() };
        for ack in &said.envelopes {
            reading.envelope(tx, ack)?;
        }
        for ack in &said.files {
            reading.group(tx, ack)?;
        }
        for ack in &said.claims {
            reading.claims(tx, ack)?;
        }
        Ok(reading)
    }

    fn say(&mut self, about: String, words: String, matched: bool, accepted: bool) {
        self.outcomes.push(AckOutcome { about, words, matched, accepted });
    }

    /// Leaves something for a person.
    fn wait(&self, tx: &mut Tx, kind: WorkKind, reason: String) -> store::Result<()> {
        let id = WorkItemId::new(tx.now(), tx.entropy());
        let item = WorkItem::new(id, kind, format!("{WORK}/{}", self.file), reason, tx.now());
        store::work::add(tx, &item, self.stamp).map(|_| ())
    }

    fn envelope(&mut self, tx: &mut Tx, ack: &Ta1) -> store::Result<()> {
        let control = short(&ack.control);
        let found = match ack.control.trim().parse() {
            Ok(number) => store::batch::by_interchange(tx, number)?,
            Err(_) => None,
        };
        let Some(found) = found else {
            self.say(format!("interchange {control}"), "no batch of ours has this number".to_owned(), false, false);
            return Ok(());
        };
        if ack.verdict.is_accepted() {
            // An envelope that is taken says nothing of what is in it: that is the 999's to say.
            return self.taken(tx, found, "the envelope was taken (TA1)", None);
        }
        let words = format!("the envelope was turned back (TA1): {}", note_words(&ack.note));
        if envelope_repeats(ack) {
            return self.repeated(tx, found, &words);
        }
        self.turned_back(tx, found, &words, &[ClaimState::Released], None)
    }

    fn group(&mut self, tx: &mut Tx, ack: &Ack999) -> store::Result<()> {
        let control = short(&ack.group_control);
        let found = match (ack.group_kind.as_str(), ack.group_control.trim().parse()) {
            ("HC", Ok(number)) => store::batch::by_group(tx, number)?,
            _ => None,
        };
        let Some(found) = found else {
            let about = format!("group {} {control}", short(&ack.group_kind));
            self.say(about, "no batch of ours has this number".to_owned(), false, false);
            return Ok(());
        };
        if ack.verdict.is_accepted() {
            return self.taken(tx, found, "the file was taken (999)", Some(ClaimStep::Receive));
        }
        let words = format!("the file was turned back (999){}", noted(ack));
        if file_repeats(ack) {
            return self.repeated(tx, found, &words);
        }
        self.turned_back(tx, found, &words, &[ClaimState::Released], None)
    }

    fn answer(&self, tx: &Tx, words: &str) -> Answer {
        Answer { at: tx.now(), file: self.file.clone(), words: words.to_owned() }
    }

    /// Notes that a batch was taken, and moves its claims.
    fn taken(
        &mut self,
        tx: &mut Tx,
        found: Versioned<Batch>,
        words: &str,
        step: Option<ClaimStep>,
    ) -> store::Result<()> {
        let Versioned { value: mut batch, version } = found;
        batch.answered(self.answer(tx, words), true);
        store::batch::change(tx, &batch, version, self.stamp)?;
        let claims = claims_of(tx, &batch)?;
        let moved = match step {
            Some(step) => self.move_on(tx, claims, step, words)?,
            None => 0,
        };
        self.say(format!("batch {}", batch.reference), with_count(words, moved), true, true);
        Ok(())
    }

    /// Notes that a partner turned back what it had before. Whatever it said to the first copy holds.
    fn repeated(&mut self, tx: &mut Tx, found: Versioned<Batch>, words: &str) -> store::Result<()> {
        let Versioned { value: mut batch, version } = found;
        let about = format!("batch {}", batch.reference);
        if batch.state == BatchState::Released {
            // It may have had another file under this number.
            self.doubts
                .push(format!("{about}: {words}; ask the partner whether it has this file, as it took none yet"));
        }
        batch.noted(self.answer(tx, words));
        store::batch::change(tx, &batch, version, self.stamp)?;
        self.say(about, format!("{words}; no claim was moved"), true, false);
        Ok(())
    }

    /// Rejects the claims of a batch, or those that `npi` bills, as far as they are in one of the states `from`. What was said of
    /// a claim itself outweighs what is said of its file: such a claim stays, and a person asks.
    fn turned_back(
        &mut self,
        tx: &mut Tx,
        found: Versioned<Batch>,
        words: &str,
        from: &[ClaimState],
        npi: Option<&str>,
    ) -> store::Result<()> {
        let Versioned { value: mut batch, version } = found;
        let about = format!("batch {}", batch.reference);
        let all = claims_of(tx, &batch)?;
        let count = all.len();
        let meant: Vec<Claim> =
            all.into_iter().filter(|c| npi.is_none_or(|npi| c.billing.npi.as_str() == npi)).collect();
        let whole = meant.len() == count;
        let (open, past): (Vec<Claim>, Vec<Claim>) = meant.into_iter().partition(|c| from.contains(&c.state));
        let settled = |c: &&Claim| !matches!(c.state, ClaimState::Rejected | ClaimState::Superseded);
        let kept = past.iter().filter(settled).count();
        if kept > 0 {
            // It is nobody's work in particular, so it names no claim: the batch's page does, to whoever may see them.
            self.doubts.push(format!(
                "{about}: {words}; but {kept} of its claims were answered before and stay as they are: ask the partner which answer holds"
            ));
        }
        if whole && kept == 0 {
            batch.answered(self.answer(tx, words), false);
        } else {
            batch.noted(self.answer(tx, words));
        }
        store::batch::change(tx, &batch, version, self.stamp)?;
        self.patients.extend(past.iter().map(|c| c.patient.id.clone()));
        let moved = self.move_on(tx, open, ClaimStep::Reject, words)?;
        self.say(about, with_count(words, moved), true, false);
        Ok(())
    }

    fn move_on(&mut self, tx: &mut Tx, claims: Vec<Claim>, step: ClaimStep, words: &str) -> store::Result<usize> {
        let stamp = Stamp { reason: words.to_owned(), ..self.stamp.clone() };
        let mut moved = 0;
        for claim in claims {
            // A claim that somebody has judged since is past this: a late 999 does not take it back.
            if domain::claim::next(claim.state, step).is_ok_and(|next| next != claim.state) {
                super::answered::answered(tx, &claim, step, None, &stamp)?;
                moved += 1;
            }
            self.patients.push(claim.patient.id);
        }
        Ok(moved)
    }

    fn claims(&mut self, tx: &mut Tx, ack: &ClaimAck) -> store::Result<()> {
        let from = short(&ack.source.name.display());
        let answered = ack.claims().count();
        let found = store::batch::by_reference(tx, &ack.batch_reference)?;
        if answered == 0
            && let Some(reasons) = refusal(&ack.statuses)
        {
            let words = format!("{from} turned the whole file back (277CA): {}", reasons.join("; "));
            return match found {
                Some(found) if batch_repeats(&ack.statuses) => self.repeated(tx, found, &words),
                Some(found) => self.turned_back(tx, found, &words, &UNANSWERED, None),
                None => {
                    self.say(format!("batch {}", short(&ack.batch_reference)), words, false, false);
                    Ok(())
                }
            };
        }
        let refused: Vec<(&AckProvider, Vec<String>)> = (ack.providers.iter().filter(|p| p.claims.is_empty()))
            .filter_map(|p| Some((p, refusal(&p.statuses)?)))
            .collect();
        if let Some(Versioned { value: mut batch, version }) = found.filter(|_| answered > 0 || refused.is_empty()) {
            let words = format!("{from} answered for {answered} of its claims (277CA)");
            batch.answered(self.answer(tx, &words), true);
            store::batch::change(tx, &batch, version, self.stamp)?;
        }
        for (provider, reasons) in refused {
            let words = format!("{from} turned the provider's claims back (277CA): {}", reasons.join("; "));
            self.provider(tx, &ack.batch_reference, provider, &words)?;
        }
        ack.claims().try_for_each(|said| self.claim(tx, &from, said))
    }

    /// Rejects the claims of a batch that a provider bills, or leaves it to a person when none are.
    fn provider(&mut self, tx: &mut Tx, batch: &str, provider: &AckProvider, words: &str) -> store::Result<()> {
        let named = provider.provider.id.as_ref().map(|id| id.value.trim());
        if let Some(found) = store::batch::by_reference(tx, batch)?
            && let Some(npi) = named
            && claims_of(tx, &found.value)?.iter().any(|c| c.billing.npi.as_str() == npi)
        {
            return self.turned_back(tx, found, words, &UNANSWERED, Some(npi));
        }
        let name = short(&provider.provider.name.display());
        let about = format!("the claims of {name} in batch {}", short(batch));
        self.say(about, words.to_owned(), false, false);
        Ok(())
    }

    fn claim(&mut self, tx: &mut Tx, from: &str, said: &AckClaim) -> store::Result<()> {
        let meaning = read_ack(said);
        let mut about = format!("claim {}", short(&meaning.control_number));
        let Some(claim) = store::claim::by_control_number(tx, &meaning.control_number)? else {
            self.say(about, format!("no claim of ours has the number that {from} answered"), false, false);
            return Ok(());
        };
        let claim = claim.value;
        let accepted = meaning.step == ClaimStep::Accept;
        let words = if accepted {
            format!("{from} took the claim (277CA)")
        } else {
            format!("{from} turned the claim back (277CA): {}", meaning.reasons.join("; "))
        };
        let mut told = words.clone();
        if let Err(refusal) = domain::claim::next(claim.state, meaning.step) {
            told = format!("{words}; nothing was changed: {refusal}");
        } else {
            let stamp = Stamp { reason: words, ..self.stamp.clone() };
            super::answered::answered(tx, &claim, meaning.step, meaning.payer_number.as_deref(), &stamp)?;
        }
        if !store::patient::is_listed(tx, self.grant, &claim.patient.id)? {
            (about, told) =
                ("a claim".to_owned(), "it is about a record that is not open to you, and was worked off".to_owned());
        }
        self.say(about, told, true, accepted);
        self.patients.push(claim.patient.id);
        Ok(())
    }
}

fn claims_of(tx: &mut Tx, batch: &Batch) -> store::Result<Vec<Claim>> {
    Ok(store::claim::of_batch(tx, &batch.id)?.into_iter().map(|claim| claim.value).collect())
}

fn with_count(words: &str, moved: usize) -> String {
    match moved {
        0 => words.to_owned(),
        1 => format!("{words}: 1 claim moved"),
        _ => format!("{words}: {moved} claims moved"),
    }
}
