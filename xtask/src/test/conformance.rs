//! Judges that nobody here wrote: oracle crates, Go's log library, public samples, and the X12 referee.

use std::path::PathBuf;
use std::process::Command;

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

    println!("-- oracle crates");
    let mut cargo = cmd::cargo();
    cargo.current_dir(dir.join("rust")).args(["test", "--locked"]);
    // One build directory, so that our own crates are not built again beside it.
    cargo.env("CARGO_TARGET_DIR", cmd::target());
    judged(&mut cargo, &postgres, session)?;

    println!("-- independent checks");
    let mut script = cmd::command(dir.join("run"));
    script.env("WELLKEPT_PACK_WRITER", cmd::target().join("debug/examples/write_pack"));
    judged(&mut script, &postgres, session)?;

    println!("-- the referee on the files that we wrote");
    let files = written()?;
    let referee = shared.join("tools/x12_validate.py");
    for batch in files.chunks(BATCH) {
        cmd::run(cmd::command(setup::venv().join("bin/python")).arg(&referee).args(batch))?;
        session.counts.add(batch.len(), 0);
    }
    Ok(Outcome::Passed)
}

/// Runs one judge, who must have judged something.
fn judged(command: &mut Command, postgres: &str, session: &mut Session) -> Result<()> {
    common(command, postgres);
    let before = session.counts.passed;
    let counts = &mut session.counts;
    cmd::run_lines(command, |line| counts.line(line))?;
    if session.counts.passed == before {
        return Err(Error::Wrong("this judge ran no test, so nothing was shown".to_owned()));
    }
    Ok(())
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
