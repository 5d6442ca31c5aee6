//! Judges that nobody here wrote: oracle crates, Go's log library, public samples, and the X12 referee.

use std::path::PathBuf;

use super::steps::{common, server};
use super::{Outcome, Session, setup};
use crate::cmd;
use crate::error::{Error, Result};

/// How many files the referee is given at once; a command line is not endless.
const BATCH: usize = 50;

/// Where tests leave the X12 files that we wrote, for the referee to judge.
pub(super) fn x12_out() -> PathBuf {
    cmd::target().join("x12-out")
}

/// Runs all three, or says why not.
pub(super) fn run(session: &mut Session) -> Result<Outcome> {
    let Some(shared) = cmd::conformance_dir() else {
        return Ok(Outcome::NotRun("WELLKEPT_CONFORMANCE (default ../shared) is not a directory".to_owned()));
    };
    let dir = cmd::root().join("conformance");
    let postgres = server(session)?;
    let counts = &mut session.counts;

    println!("-- oracle crates");
    let mut cargo = cmd::cargo();
    common(&mut cargo, &postgres);
    cmd::run_lines(cargo.current_dir(dir.join("rust")).args(["test", "--locked"]), |line| counts.line(line))?;

    println!("-- independent checks");
    let mut script = cmd::command(dir.join("run"));
    common(&mut script, &postgres);
    cmd::run_lines(&mut script, |line| counts.line(line))?;

    println!("-- the referee on the files that we wrote");
    let files = written()?;
    let referee = shared.join("tools/x12_validate.py");
    for batch in files.chunks(BATCH) {
        cmd::run(cmd::command(setup::venv().join("bin/python")).arg(&referee).args(batch))?;
        counts.add(batch.len(), 0);
    }
    Ok(Outcome::Passed)
}

/// The X12 files that the tests left. None at all means that the referee judged nothing, which is not a pass.
fn written() -> Result<Vec<PathBuf>> {
    let dir = x12_out();
    let entries = std::fs::read_dir(&dir).into_iter().flatten();
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    files.retain(|path| path.is_file());
    files.sort();
    if files.is_empty() {
        return Err(Error::Wrong(format!(
            "no X12 file in `{}`; run `cargo xtask test --only test` first, whose tests write them there",
            dir.display()
        )));
    }
    Ok(files)
}
