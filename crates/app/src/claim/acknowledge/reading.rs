//! Work an acknowledgement off, statement by statement. A number is anybody's: what moves claims must come from whom they went to.

use std::collections::BTreeMap;

use domain::batch::{Answer, Batch, BatchState};
use domain::claim::{
    Claim, ClaimState, ClaimStep, Envelopes, batch_repeats, envelope_repeats, file_repeats, read_ack, refusal,
};
use domain::grant::Grant;
use domain::id::{BatchId, FileId, PartnerId, PatientId, WorkItemId};
use domain::partner::Partner;
use domain::work::{WorkItem, WorkKind};
use store::Tx;
use store::record::{Stamp, Versioned};
use x12::ack::{Ack999, AckClaim, AckProvider, ClaimAck, Ta1};

use super::words::{note_words, noted, short};
use super::{AckOutcome, Came, Said, WORK};
use crate::claim::answered::answered;

/// Where a claim stands of which a 277CA has not spoken yet.
const UNANSWERED: [ClaimState; 2] = [ClaimState::Released, ClaimState::Received];

/// What is gathered while an acknowledgement is worked off.
pub(super) struct Reading<'a> {
    /// Whoever reads it is told nothing of patients whom their lists leave out.
    grant: &'a Grant,
    pub(super) file: FileId,
    stamp: &'a Stamp,
    /// Whose answer it is, as whoever reads it says.
    from: Option<PartnerId>,
    /// Whose it is by its own words.
    envelopes: Envelopes,
    /// Why a batch's answer is not from whom the batch went to, once that was looked up.
    looked_up: BTreeMap<BatchId, Option<String>>,
    pub(super) outcomes: Vec<AckOutcome>,
    pub(super) patients: Vec<PatientId>,
    /// What a person has to find out, sentence by sentence.
    pub(super) doubts: Vec<String>,
    /// What was said by somebody who had no say in it.
    pub(super) impostors: Vec<String>,
}

impl<'a> Reading<'a> {
    /// Works a file off that is kept as `file`, as an answer of the partner `from`.
    pub(super) fn work_off(
        tx: &mut Tx,
        grant: &'a Grant,
        file: FileId,
        from: Option<PartnerId>,
        stamp: &'a Stamp,
        said: &Said,
    ) -> store::Result<Self> {
        let mut reading = Self {
            grant,
            file,
            stamp,
            from,
            envelopes: said.from.clone(),
            looked_up: BTreeMap::new(),
            outcomes: Vec::new(),
            patients: Vec::new(),
            doubts: Vec::new(),
            impostors: Vec::new(),
        };
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

    fn say(&mut self, about: String, words: String, came: Came) {
        self.outcomes.push(AckOutcome { about, words, came });
    }

    /// Leaves to a person what came from somebody whom we did not send the batch to, and says whether it did. `with_groups`: the
    /// groups are the partner's own as well as the interchange.
    fn is_from_another(
        &mut self,
        tx: &mut Tx,
        batch: &Batch,
        about: &str,
        words: &str,
        with_groups: bool,
    ) -> store::Result<bool> {
        let why = match self.looked_up.get(&batch.id) {
            Some(known) => known.clone(),
            None => {
                let why = self.not_theirs(tx, batch, with_groups)?;
                if why.is_some() {
                    // The file may speak of them all the same, whoever wrote it.
                    self.patients.extend(claims_of(tx, batch)?.into_iter().map(|claim| claim.patient.id));
                }
                self.looked_up.insert(batch.id.clone(), why.clone());
                why
            }
        };
        let Some(why) = why else { return Ok(false) };
        self.say(about.to_owned(), format!("{words}, but {why}; nothing was moved"), Came::Waits);
        // It is nobody's work in particular, so it names the batch and no claim.
        let work = format!("{}: {words}, but {why}", named(batch));
        if !self.impostors.contains(&work) {
            self.impostors.push(work);
        }
        Ok(true)
    }

    fn not_theirs(&self, tx: &mut Tx, batch: &Batch, with_groups: bool) -> store::Result<Option<String>> {
        let theirs = store::directory::one::<Partner>(tx, batch.partner.as_str())?.value;
        if let Some(from) = self.from.as_ref().filter(|from| **from != batch.partner) {
            let other = store::directory::one::<Partner>(tx, from.as_str())?.value.name;
            return Ok(Some(format!("it was read as an answer of {other}, and the file went to {}", theirs.name)));
        }
        let kept = batch.release.as_ref().and_then(|r| r.addressed.clone());
        let Some(sent) = kept.or(theirs.interchange) else {
            return Ok(Some(format!("nobody knows any more how files to {} were addressed", theirs.name)));
        };
        let found = if with_groups { self.envelopes.answer_with_groups(&sent) } else { self.envelopes.answer(&sent) };
        Ok(found.err().map(|why| why.to_string()))
    }

    /// Leaves something for a person.
    pub(super) fn wait(&self, tx: &mut Tx, kind: WorkKind, reason: String) -> store::Result<()> {
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
            self.say(format!("interchange {control}"), "no batch of ours has this number".to_owned(), Came::NotOurs);
            return Ok(());
        };
        let accepted = ack.verdict.is_accepted();
        let words = if accepted {
            "the envelope was taken (TA1)".to_owned()
        } else {
            format!("the envelope was turned back (TA1): {}", note_words(&ack.note))
        };
        if self.is_from_another(tx, &found.value, &named(&found.value), &words, true)? {
            return Ok(());
        }
        if accepted {
            // An envelope that is taken says nothing of what is in it: that is the 999's to say.
            return self.taken(tx, found, &words, None);
        }
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
            self.say(about, "no batch of ours has this number".to_owned(), Came::NotOurs);
            return Ok(());
        };
        let accepted = ack.verdict.is_accepted();
        let words = if accepted {
            "the file was taken (999)".to_owned()
        } else {
            format!("the file was turned back (999){}", noted(ack))
        };
        if self.is_from_another(tx, &found.value, &named(&found.value), &words, true)? {
            return Ok(());
        }
        if accepted {
            return self.taken(tx, found, &words, Some(ClaimStep::Receive));
        }
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
        self.say(named(&batch), with_count(words, moved), Came::Accepted);
        Ok(())
    }

    /// Notes that a partner turned back what it had before. Whatever it said to the first copy holds.
    fn repeated(&mut self, tx: &mut Tx, found: Versioned<Batch>, words: &str) -> store::Result<()> {
        let Versioned { value: mut batch, version } = found;
        let about = named(&batch);
        if batch.state == BatchState::Released {
            // It may have had another file under this number.
            self.doubts
                .push(format!("{about}: {words}; ask the partner whether it has this file, as it took none yet"));
        }
        batch.noted(self.answer(tx, words));
        store::batch::change(tx, &batch, version, self.stamp)?;
        self.say(about, format!("{words}; no claim was moved"), Came::Noted);
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
        let about = named(&batch);
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
        let came = if moved == 0 && kept > 0 { Came::Noted } else { Came::Rejected };
        self.say(about, with_count(words, moved), came);
        Ok(())
    }

    fn move_on(&mut self, tx: &mut Tx, claims: Vec<Claim>, step: ClaimStep, words: &str) -> store::Result<usize> {
        let stamp = Stamp { reason: words.to_owned(), ..self.stamp.clone() };
        let mut moved = 0;
        for claim in claims {
            // A claim that somebody has judged since is past this: a late 999 does not take it back.
            if domain::claim::next(claim.state, step).is_ok_and(|next| next != claim.state) {
                answered(tx, &claim, step, None, &stamp)?;
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
            let Some(found) = found else {
                self.say(format!("batch {}", short(&ack.batch_reference)), words, Came::NotOurs);
                return Ok(());
            };
            if self.is_from_another(tx, &found.value, &named(&found.value), &words, false)? {
                return Ok(());
            }
            return if batch_repeats(&ack.statuses) {
                self.repeated(tx, found, &words)
            } else {
                self.turned_back(tx, found, &words, &UNANSWERED, None)
            };
        }
        let refused: Vec<(&AckProvider, Vec<String>)> = (ack.providers.iter().filter(|p| p.claims.is_empty()))
            .filter_map(|p| Some((p, refusal(&p.statuses)?)))
            .collect();
        if let Some(found) = found.filter(|_| answered > 0 || refused.is_empty()) {
            let words = format!("{from} answered for {answered} of its claims (277CA)");
            if self.is_from_another(tx, &found.value, &named(&found.value), &words, false)? {
                return Ok(());
            }
            let Versioned { value: mut batch, version } = found;
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
        let npi = provider.provider.id.as_ref().map(|id| id.value.trim());
        let name = short(&provider.provider.name.display());
        if let Some(found) = store::batch::by_reference(tx, batch)?
            && let Some(npi) = npi
            && claims_of(tx, &found.value)?.iter().any(|c| c.billing.npi.as_str() == npi)
        {
            if self.is_from_another(tx, &found.value, &named(&found.value), words, false)? {
                return Ok(());
            }
            return self.turned_back(tx, found, words, &UNANSWERED, Some(npi));
        }
        let about = format!("the claims of {name} in batch {}", short(batch));
        self.say(about, words.to_owned(), Came::NotOurs);
        Ok(())
    }

    fn claim(&mut self, tx: &mut Tx, from: &str, said: &AckClaim) -> store::Result<()> {
        let meaning = read_ack(said);
        let about = format!("claim {}", short(&meaning.control_number));
        let Some(claim) = store::claim::by_control_number(tx, &meaning.control_number)? else {
            self.say(about, format!("no claim of ours has the number that {from} answered"), Came::NotOurs);
            return Ok(());
        };
        let claim = claim.value;
        let closed = !store::patient::is_listed(tx, self.grant, &claim.patient.id)?;
        let about = if closed { "a claim".to_owned() } else { about };
        let accepted = meaning.step == ClaimStep::Accept;
        let words = if accepted {
            format!("{from} took the claim (277CA)")
        } else {
            format!("{from} turned the claim back (277CA): {}", meaning.reasons.join("; "))
        };
        if let Some(batch) = store::claim::batch_of(tx, &claim.id)? {
            let batch = store::batch::open(tx, &batch)?.value;
            let said = if closed { "it spoke of a claim (277CA)" } else { &words };
            if self.is_from_another(tx, &batch, &about, said, false)? {
                return Ok(());
            }
        }
        let (mut told, came) = match domain::claim::next(claim.state, meaning.step) {
            Err(refusal) => (format!("{words}; nothing was changed: {refusal}"), Came::Noted),
            Ok(_) => {
                let stamp = Stamp { reason: words.clone(), ..self.stamp.clone() };
                answered(tx, &claim, meaning.step, meaning.payer_number.as_deref(), &stamp)?;
                (words, if accepted { Came::Accepted } else { Came::Rejected })
            }
        };
        if closed {
            "it is about a record that is not open to you, and was worked off".clone_into(&mut told);
        }
        self.say(about, told, came);
        self.patients.push(claim.patient.id);
        Ok(())
    }
}

/// What a batch is called in words.
fn named(batch: &Batch) -> String {
    format!("batch {}", batch.reference)
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
