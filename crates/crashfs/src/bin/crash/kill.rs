//! Kill -9: a child process serves many writers and tells a pipe what was acknowledged; it is killed at a random moment.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use crashfs::{Error, Rng};
use domain::id::EventId;
use store::Store;

use crate::judge::{Depth, Findings, judge};
use crate::practice::{Template, options};
use crate::workload::{Ack, Load, run};

/// Kills of one practice before the next begins from an empty one.
const PER_PRACTICE: u64 = 20;
/// Each of so many is looked at whole.
const WHOLE_EVERY: u64 = 10;
/// Writers in the child.
const THREADS: usize = 16;

/// What came of it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Outcome {
    /// What the practice showed after each kill.
    pub(crate) findings: Findings,
    /// Children killed.
    pub(crate) kills: u64,
    /// Of them before the first acknowledgement: while opening and recovering.
    pub(crate) early: u64,
    /// Acknowledgements heard.
    pub(crate) acked: u64,
}

/// Kills `cycles` children. On the real disk: what a dead process handed to the system is the system's to keep.
pub(crate) fn kill(template: &Template, cycles: u64, seed: u64) -> Result<Outcome, Error> {
    let mut outcome = Outcome::default();
    let mut rng = Rng::new(seed);
    while outcome.kills < cycles {
        let home = tempfile::tempdir().map_err(Error::at("a temporary directory"))?;
        let data = home.path().join("data");
        template.place(&data)?;
        let mut acks = Vec::new();
        for n in 0..PER_PRACTICE.min(cycles - outcome.kills) {
            // Now and then so soon that it dies while it opens what the last one left.
            let life = if rng.chance(15) { Life::FromStart } else { Life::FromFirstAck };
            let millis = Duration::from_millis(u64::try_from(rng.up_to(150)).unwrap_or(1));
            let heard = one(&data, &template.kek(), rng.next_u64(), (life, millis))?;
            outcome.kills += 1;
            outcome.early += u64::from(heard.is_empty());
            outcome.acked += u64::try_from(heard.len()).unwrap_or(0);
            acks.extend(heard);
            let depth = if n % WHOLE_EVERY == WHOLE_EVERY - 1 { Depth::Whole } else { Depth::Usual };
            let due: Vec<&Ack> = acks.iter().collect();
            let place = format!("kill {} of seed {seed:#x}", outcome.kills);
            outcome.findings += judge(options(&data, &template.kek(), None, rng.next_u64())?, &due, depth, &place);
        }
    }
    if outcome.acked == 0 {
        return Err(Error::Harness(
            "no child acknowledged anything before it was killed: nothing was tried".to_owned(),
        ));
    }
    Ok(outcome)
}

/// From when a child's life is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    FromStart,
    FromFirstAck,
}

/// Longer than any machine needs to open a small practice.
const PATIENCE: Duration = Duration::from_mins(1);

/// Starts a child, kills it at the end of its life, and returns what it had acknowledged.
fn one(data: &Path, kek: &Path, seed: u64, (from, life): (Life, Duration)) -> Result<Vec<Ack>, Error> {
    let own = std::env::current_exe().map_err(Error::at("the crash binary"))?;
    let mut child = Command::new(&own)
        .arg("--victim")
        .args([data, kek])
        .arg(seed.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(Error::at(&own))?;
    let pipe = child.stdout.take();
    let (first, heard) = channel();
    let reader = std::thread::spawn(move || pipe.map(|pipe| listen(pipe, &first)).unwrap_or_default());
    if from == Life::FromFirstAck {
        // Where none comes the child has ended or hangs; its status below tells which.
        let _ = heard.recv_timeout(PATIENCE);
    }
    std::thread::sleep(life);
    child.kill().map_err(Error::at(&own))?;
    let status = child.wait().map_err(Error::at(&own))?;
    if status.code().is_some() {
        return Err(Error::Harness(format!("the child ended by itself ({status}); see its message above")));
    }
    Ok(reader.join().unwrap_or_default())
}

/// Reads acknowledgements until the pipe ends, and reports the first. A last line cut off in the middle was not said.
fn listen(pipe: impl std::io::Read, first: &Sender<()>) -> Vec<Ack> {
    let mut pipe = BufReader::new(pipe);
    let mut acks = Vec::new();
    let mut line = String::new();
    while pipe.read_line(&mut line).is_ok_and(|n| n > 0) {
        if let Some(ack) = line.strip_suffix('\n').and_then(parse) {
            if acks.is_empty() {
                // Whoever waited may have lost patience.
                let _ = first.send(());
            }
            acks.push(ack);
        }
        line.clear();
    }
    acks
}

fn parse(line: &str) -> Option<Ack> {
    let (kind, rest) = line.split_once(' ')?;
    match kind {
        "disclosed" => Some(Ack::Disclosure(EventId::parse(rest).ok()?)),
        "signed" => Some(Ack::Note(rest.replace('|', "\n"))),
        "changed" => {
            let mut words = rest.split(' ');
            let (row, event, number) = (words.next()?, words.next()?, words.next()?);
            Some(Ack::Act { row: row.to_owned(), event: EventId::parse(event).ok()?, number: number.parse().ok()? })
        }
        _ => None,
    }
}

fn say(ack: &Ack) -> String {
    match ack {
        Ack::Disclosure(event) => format!("disclosed {event}\n"),
        Ack::Note(note) => format!("signed {}\n", note.replace('\n', "|")),
        Ack::Act { row, event, number } => format!("changed {row} {event} {number}\n"),
    }
}

/// What the child does: opens the practice and writes until it is killed.
pub(crate) fn victim(data: &Path, kek: &Path, seed: u64) -> Result<(), Error> {
    let store = Store::open(options(data, kek, None, seed)?)?;
    let load = Load { threads: THREADS, each: usize::MAX, seed, run: format!("{seed:x}") };
    let done = run(&store, &load, &|ack| {
        // One write a line: the pipe takes it whole. Where nobody listens any more there is nobody to tell.
        let _ = std::io::stdout().lock().write_all(say(&ack).as_bytes());
    });
    Err(Error::Harness(done.why.unwrap_or_else(|| "the victim ran out of work".to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_acknowledgement_survives_the_pipe_and_half_a_line_is_none() {
        let event = EventId::parse("01890000-0000-7000-8000-000000000001").unwrap();
        let acks = [
            Ack::Disclosure(event.clone()),
            Ack::Note("origin\n3\nroot\n\n— key sig\n".to_owned()),
            Ack::Act { row: "a-1-2".to_owned(), event, number: 7 },
        ];
        let said: String = acks.iter().map(say).collect();
        assert_eq!(listen(said.as_bytes(), &channel().0), acks);
        assert_eq!(listen(&said.as_bytes()[..said.len() - 1], &channel().0), acks[..2]);
    }
}
