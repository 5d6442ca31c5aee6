//! Showing the newest checkpoint to everybody who keeps some. Nobody who works waits for it: it is a job of its own, and what it
//! writes is a row for each.

use std::sync::PoisonError;

use domain::Instant;
use domain::audit::Act;
use store::audit::outside::{Seen, WitnessRow, WitnessState, growth, keep_witness, witnesses};
use store::audit::{Verifier, latest_checkpoint};
use tlog::witness::{Submission, cosigned_at};
use tlog::{Checkpoint, Note, WitnessKey};

use super::{Keeper, Place, Reach, Wire};
use crate::{App, Error, Result};

/// Times that a witness is told another size to begin at, before it counts as confused.
const TRIES: usize = 3;

/// Why a checkpoint was not taken.
enum Trouble {
    Down(String),
    Contradicts(String),
}

impl From<Error> for Trouble {
    /// What could not be read here is no word of a witness.
    fn from(error: Error) -> Self {
        Self::Down(format!("this server could not read its log: {error}"))
    }
}

impl App {
    /// Shows the newest checkpoint to everybody, side by side, and keeps what came of it. Returns the names of those who hold a
    /// checkpoint that the log here does not begin with.
    pub fn witness_round(&self, reach: Reach) -> Result<Vec<String>> {
        let newest = self.store.read("newest checkpoint", |tx| {
            let row = latest_checkpoint(tx)?;
            row.map(|row| row.get::<String>("note")).transpose()
        })?;
        let Some(text) = newest else { return Ok(Vec::new()) };
        let note = Note::parse(text.as_bytes()).map_err(|e| wrong(&e))?;
        let rows = self.show_all(&note, |place| reach.includes(place))?;
        let mut contradict = Vec::new();
        for row in rows {
            if row.state == WitnessState::Contradicts {
                contradict.push(row.name.clone());
            }
            self.keep_row(row)?;
        }
        Ok(contradict)
    }

    /// Shows a checkpoint to some, side by side.
    fn show_all(&self, note: &Note, to: impl Fn(&Place) -> bool) -> Result<Vec<WitnessRow>> {
        let head: Checkpoint = note.text().parse().map_err(|e| wrong(&e))?;
        let known = self.store.read("witnesses", witnesses)?;
        let show = |keeper: &Keeper| {
            let before = known.iter().find(|row| row.name == keeper.name).and_then(|row| row.seen.as_ref());
            self.show(keeper, note, &head, before)
        };
        let (show, asked) = (&show, self.outside.keepers.iter().filter(|keeper| to(&keeper.place)));
        Ok(std::thread::scope(|scope| {
            let showing: Vec<_> = asked.map(|keeper| scope.spawn(move || show(keeper))).collect();
            // One that panicked has no row this time; what was known of it stays.
            showing.into_iter().filter_map(|thread| thread.join().ok()).collect()
        }))
    }

    /// The checkpoint with a cosignature of every witness that answers: for whoever gets the log and does not ask us.
    pub(in crate::audit) fn cosigned(&self, checkpoint: &str) -> Result<String> {
        let mut note = Note::parse(checkpoint.as_bytes()).map_err(|e| wrong(&e))?;
        let rows = self.show_all(&note, |place| matches!(place, Place::Witness(..)))?;
        for seen in rows.into_iter().filter_map(|row| row.seen) {
            let theirs = Note::parse(seen.note.as_bytes()).map_err(|e| wrong(&e))?;
            // The first one is the log's own.
            for signature in theirs.signatures().iter().skip(1) {
                note.push(signature.clone()).map_err(|e| wrong(&e))?;
            }
        }
        Ok(note.to_string())
    }

    /// Keeps a row; the first time that somebody contradicts is an event.
    fn keep_row(&self, row: WitnessRow) -> Result<()> {
        let event = self.system_event(Act::LogContradicted, "witness").with("by", &row.name).with("found", &row.said);
        self.store.write("witness", move |tx| {
            let before = keep_witness(tx, &row)?;
            if row.state == WitnessState::Contradicts && before != Some(WitnessState::Contradicts) {
                tx.audit(event.clone());
            }
            Ok(())
        })?;
        Ok(())
    }

    fn show(&self, keeper: &Keeper, note: &Note, head: &Checkpoint, before: Option<&Seen>) -> WitnessRow {
        let shown = match &keeper.place {
            Place::Witness(key, wire) => self.submit(&keeper.place, (key, &**wire), note, head, before),
            place => self.write_down(place, note, head, before),
        };
        let (state, said, seen) = match shown {
            Ok(seen) => (WitnessState::Seen, String::new(), Some(seen)),
            Err(Trouble::Down(why)) => (WitnessState::Down, why, None),
            Err(Trouble::Contradicts(what)) => (WitnessState::Contradicts, what, None),
        };
        WitnessRow { name: keeper.name.clone(), asked_at: self.clock.now(), state, said, seen }
    }

    /// Into a file, unless one there says that the log is not what it was: that one is worth more than this.
    fn write_down(
        &self,
        place: &Place,
        note: &Note,
        head: &Checkpoint,
        before: Option<&Seen>,
    ) -> Result<Seen, Trouble> {
        let (log, now) = (self.store.log(), self.clock.now());
        let _writing = self.outside.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let held = place.held(log, 1).map_err(Trouble::Down)?;
        if let Some(contradiction) = self.contradiction(&held)? {
            return Err(Trouble::Contradicts(contradiction.to_string()));
        }
        let (note, size) = (note.to_string(), head.size);
        if held.contains(head) {
            let at = before.filter(|seen| seen.size == size).map_or(now, |seen| seen.at);
            return Ok(Seen { at, size, note });
        }
        place.write(log, now, &note).map_err(Trouble::Down)?;
        Ok(Seen { at: now, size, note })
    }

    /// To a witness, from the size that it saw last.
    fn submit(
        &self,
        place: &Place,
        (key, wire): (&WitnessKey, &dyn Wire),
        note: &Note,
        head: &Checkpoint,
        before: Option<&Seen>,
    ) -> Result<Seen, Trouble> {
        let mut old = before.map_or(0, |seen| seen.size);
        for _ in 0..TRIES {
            old = if old > head.size { 0 } else { old };
            let proof = growth(&self.store, old, head.size).map_err(Error::from)?;
            let body = Submission { old, proof, checkpoint: note.clone() }.to_string();
            let reply = wire.ask("add-checkpoint", Some(body.as_bytes())).map_err(Trouble::Down)?;
            let told = String::from_utf8_lossy(&reply.body);
            match (reply.status, told.trim_end().parse::<u64>()) {
                (200, _) => return cosigned(note, &told, key).map_err(Trouble::Down),
                (409, Ok(size)) if size != old && size <= head.size => old = size,
                (409 | 422, _) => return Err(self.disagreement(place, &reply.status.to_string())?),
                (404, _) => return Err(Trouble::Down(format!("it does not know this log: {}", self.introduce()?))),
                (403, _) => {
                    return Err(Trouble::Down(format!("it knows another key of this log: {}", self.introduce()?)));
                }
                (status, _) => return Err(Trouble::Down(format!("it answered {status}"))),
            }
        }
        Err(self.disagreement(place, "another size each time")?)
    }

    /// It does not cosign. Its word alone is no proof, for nobody signs a refusal; the checkpoint that it holds is one.
    fn disagreement(&self, place: &Place, answer: &str) -> Result<Trouble> {
        let generation = self.store.read("name of the log", store::audit::name::generation)?;
        let held = match place.held(self.store.log(), generation) {
            Ok(held) => held,
            Err(why) => return Ok(Trouble::Down(why)),
        };
        Ok(match self.contradiction(&held)? {
            Some(contradiction) => Trouble::Contradicts(contradiction.to_string()),
            None => Trouble::Down(format!(
                "it does not cosign (it answered {answer}) and did not show the checkpoint that stands against it"
            )),
        })
    }

    /// What the keeper of a witness types to make this log known to it.
    fn introduce(&self) -> Result<String> {
        Ok(format!("its keeper makes it known with `wellkept witness add {}`", self.store.log_key()?))
    }
}

fn wrong(error: &tlog::Error) -> Error {
    Error::Store(store::Error::Log(error.to_string()))
}

/// The checkpoint with the witness's line, when there is one that verifies.
fn cosigned(note: &Note, lines: &str, key: &WitnessKey) -> Result<Seen, String> {
    let mut note = note.clone();
    // Lines of other keys than the one we know prove nothing to us.
    for line in lines.lines().filter_map(|line| line.parse::<tlog::Signature>().ok()) {
        if line.name == key.name() && line.id == key.id() {
            note.push(line).map_err(|e| e.to_string())?;
        }
    }
    let seconds = cosigned_at(&note, key, &Verifier).map_err(|e| e.to_string())?;
    let head: Checkpoint = note.text().parse().map_err(|e: tlog::Error| e.to_string())?;
    let at = i64::try_from(seconds).ok().and_then(|s| s.checked_mul(1_000_000)).map(Instant::from_micros);
    let at = at.ok_or("its cosignature is from no time")?;
    Ok(Seen { at, size: head.size, note: note.to_string() })
}
