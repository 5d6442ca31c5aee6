//! Read an acknowledgement: TA1 for the envelope, 999 for the file, 277CA for each claim. What it matches moves; what it does
//! not match is said in words and moves nothing.

use domain::access::Action;
use domain::audit::Act;
use domain::batch::Answer;
use domain::claim::{ClaimStep, read_ack};
use domain::id::{BatchId, FileId, PatientId, WorkItemId};
use domain::work::{WorkItem, WorkKind};
use store::file::{FileInfo, Kept};
use store::record::{Stamp, Versioned};
use store::{Disclosed, Tx};
use x12::ack::{Ack999, ClaimAck, SegmentNote, Ta1, read_277ca, read_999, read_ta1};
use x12::plain;

use crate::access::Resource;
use crate::patient::names;
use crate::{App, Cx, Error, Result, stamp};

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
    /// The same bytes were read before: nothing was done again.
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
    fn read(bytes: &[u8]) -> Result<Self> {
        let said = Self { envelopes: read_ta1(bytes).0, files: read_999(bytes).0, claims: read_277ca(bytes).0 };
        if said.envelopes.is_empty() && said.files.is_empty() && said.claims.is_empty() {
            let why = "this file holds no TA1, 999 or 277CA: choose the acknowledgement that the partner sent";
            return Err(Error::Refused(why.to_owned()));
        }
        Ok(said)
    }

    fn kind(&self) -> &'static str {
        match (self.claims.is_empty(), self.files.is_empty()) {
            (false, _) => "277CA",
            (true, false) => "999",
            (true, true) => "TA1",
        }
    }
}

/// What is gathered while an acknowledgement is worked off.
struct Reading<'a> {
    file: FileId,
    stamp: &'a Stamp,
    outcomes: Vec<AckOutcome>,
    patients: Vec<PatientId>,
}

impl App {
    /// Reads an acknowledgement, keeps it, and moves the batches and claims that it is about.
    pub fn read_acknowledgement(&self, cx: &Cx, name: &str, bytes: Vec<u8>) -> Result<AckRead> {
        let said = Said::read(&bytes)?;
        let (name, stamp) = (name.to_owned(), stamp(cx, "acknowledged"));
        let event = self.event(cx, Act::AcknowledgementRead);
        self.change(
            cx,
            Action::ClaimEdit,
            |_| Ok(Resource::Practice),
            move |tx, _grant| {
                let kept = store::file::keep_inbound(tx, &bytes, said.kind(), &name)?;
                let event = event.clone().object("file", kept.id()).with("kind", said.kind());
                let Kept::New(file) = kept else {
                    let file = kept.id().clone();
                    tx.audit(event.with("seen_before", true));
                    return Ok(AckRead { file, seen_before: true, outcomes: Vec::new() });
                };
                let mut reading = Reading { file, stamp: &stamp, outcomes: Vec::new(), patients: Vec::new() };
                reading.work_off(tx, &said)?;
                let Reading { file, outcomes, patients, .. } = reading;
                store::file::about(tx, &file, &patients)?;
                store::file::set_outcome(tx, &file, &summary(&outcomes))?;
                let unmatched = outcomes.iter().filter(|o| !o.matched).count();
                if unmatched > 0 {
                    let reason = strangers(&outcomes, &name);
                    let id = WorkItemId::new(tx.now(), tx.entropy());
                    let subject = format!("{WORK}/{file}");
                    let item = WorkItem::new(id, WorkKind::UnmatchedAcknowledgement, subject, reason, tx.now());
                    store::work::add(tx, &item, &stamp)?;
                }
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

fn summary(outcomes: &[AckOutcome]) -> String {
    let count = |f: fn(&AckOutcome) -> bool| outcomes.iter().filter(|o| f(o)).count();
    let accepted = count(|o| o.matched && o.accepted);
    let rejected = count(|o| o.matched && !o.accepted);
    format!("{accepted} accepted, {rejected} rejected, {} not ours", count(|o| !o.matched))
}

/// What a person has to find out about statements that are about nothing of ours.
fn strangers(outcomes: &[AckOutcome], name: &str) -> String {
    let strangers: Vec<&AckOutcome> = outcomes.iter().filter(|o| !o.matched).collect();
    let first: Vec<&str> = strangers.iter().take(3).map(|o| o.about.as_str()).collect();
    let more = if strangers.len() > first.len() { " and others" } else { "" };
    format!(
        "`{name}` answers for {}{more}, which we did not send: ask the partner whose file it is, and whether ours was lost",
        first.join(", ")
    )
}

impl Reading<'_> {
    fn work_off(&mut self, tx: &mut Tx, said: &Said) -> store::Result<()> {
        for ack in &said.envelopes {
            self.envelope(tx, ack)?;
        }
        for ack in &said.files {
            self.group(tx, ack)?;
        }
        for ack in &said.claims {
            self.claims(tx, ack)?;
        }
        Ok(())
    }

    fn say(&mut self, about: String, words: String, matched: bool, accepted: bool) {
        self.outcomes.push(AckOutcome { about, words, matched, accepted });
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
        let accepted = ack.verdict.is_accepted();
        let words = if accepted {
            "the envelope was taken (TA1)".to_owned()
        } else {
            format!("the envelope was turned back (TA1): {}", note_words(&ack.note))
        };
        // An envelope that is taken says nothing of what is in it: that is the 999's to say.
        let step = (!accepted).then_some(ClaimStep::Reject);
        self.batch(tx, found, &words, accepted, step)
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
        let accepted = ack.verdict.is_accepted();
        let words = if accepted {
            "the file was taken (999)".to_owned()
        } else {
            format!("the file was turned back (999){}", noted(ack))
        };
        let step = if accepted { ClaimStep::Receive } else { ClaimStep::Reject };
        self.batch(tx, found, &words, accepted, Some(step))
    }

    /// Notes an answer with a batch, and moves its claims.
    fn batch(
        &mut self,
        tx: &mut Tx,
        found: Versioned<domain::batch::Batch>,
        words: &str,
        accepted: bool,
        step: Option<ClaimStep>,
    ) -> store::Result<()> {
        let Versioned { value: mut batch, version } = found;
        batch.answered(Answer { at: tx.now(), file: self.file.clone(), words: words.to_owned() }, accepted);
        store::batch::change(tx, &batch, version, self.stamp)?;
        let moved = match step {
            Some(step) => self.move_all(tx, &batch.id, step, words)?,
            None => 0,
        };
        let told = if moved == 0 { words.to_owned() } else { format!("{words}: {moved} claims moved") };
        self.say(format!("batch {}", batch.reference), told, true, accepted);
        Ok(())
    }

    fn move_all(&mut self, tx: &mut Tx, batch: &BatchId, step: ClaimStep, words: &str) -> store::Result<usize> {
        let stamp = Stamp { reason: words.to_owned(), ..self.stamp.clone() };
        let mut moved = 0;
        for claim in store::claim::of_batch(tx, batch)? {
            // A claim that somebody has judged since is past this: a late 999 does not take it back.
            if domain::claim::next(claim.value.state, step).is_ok_and(|next| next != claim.value.state) {
                super::answered::answered(tx, &claim.value, step, None, &stamp)?;
                moved += 1;
            }
            self.patients.push(claim.value.patient.id);
        }
        Ok(moved)
    }

    fn claims(&mut self, tx: &mut Tx, ack: &ClaimAck) -> store::Result<()> {
        let from = short(&ack.source.name.display());
        if let Some(Versioned { value: mut batch, version }) = store::batch::by_reference(tx, &ack.batch_reference)? {
            let words = format!("{from} answered for {} of its claims (277CA)", ack.claims().count());
            batch.answered(Answer { at: tx.now(), file: self.file.clone(), words }, true);
            store::batch::change(tx, &batch, version, self.stamp)?;
        }
        for said in ack.claims() {
            let meaning = read_ack(said);
            let about = format!("claim {}", short(&meaning.control_number));
            let Some(claim) = store::claim::by_control_number(tx, &meaning.control_number)? else {
                self.say(about, format!("no claim of ours has the number that {from} answered"), false, false);
                continue;
            };
            let claim = claim.value;
            let accepted = meaning.step == ClaimStep::Accept;
            let words = if accepted {
                format!("{from} took the claim (277CA)")
            } else {
                format!("{from} turned the claim back (277CA): {}", meaning.reasons.join("; "))
            };
            if let Err(refusal) = domain::claim::next(claim.state, meaning.step) {
                self.say(about, format!("{words}; nothing was changed: {refusal}"), true, accepted);
            } else {
                let stamp = Stamp { reason: words.clone(), ..self.stamp.clone() };
                super::answered::answered(tx, &claim, meaning.step, meaning.payer_number.as_deref(), &stamp)?;
                self.say(about, words, true, accepted);
            }
            self.patients.push(claim.patient.id);
        }
        Ok(())
    }
}

fn note_words(note: &str) -> String {
    match plain::interchange_note(note.trim()) {
        Some(words) if words.action.is_empty() => format!("{} [{}]", words.meaning, short(note)),
        Some(words) => format!("{}. {} [{}]", words.meaning, words.action, short(note)),
        None => format!("ask the partner what its note means [{}]", short(note)),
    }
}

/// Where a 999 found fault: segments and why, and never the values that it echoes.
fn noted(ack: &Ack999) -> String {
    let place = |note: &SegmentNote| {
        let why = plain::segment_error(note.code.trim()).unwrap_or("it is wrong");
        format!("{} at {}: {why} [{}]", short(&note.id), note.position, short(&note.code))
    };
    let places: Vec<String> = ack.sets.iter().flat_map(|s| &s.segments).take(5).map(place).collect();
    if places.is_empty() { String::new() } else { format!(": {}", places.join("; ")) }
}

fn short(text: &str) -> String {
    text.trim().chars().take(40).collect()
}
