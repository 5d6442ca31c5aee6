//! The steps, in order. Quick ones first, so that a slip of the pen is known within a minute.

use std::path::PathBuf;
use std::process::Command;

use super::postgres::Postgres;
use super::{Outcome, Session, conformance, coverage, setup};
use crate::error::{Error, Result};
use crate::{assets, cmd, crash, figures, prereq, tidy};

/// One step.
pub(super) struct Step {
    /// What `--only` and `--skip` call it.
    pub(super) name: &'static str,
    /// What it does, for its heading.
    pub(super) what: &'static str,
    /// What to do when it fails.
    pub(super) remedy: &'static str,
    /// Whether it uses something that `setup` installs.
    pub(super) needs_setup: bool,
    /// Whether it consists of tests: one that ran none has shown nothing, and fails.
    pub(super) tests: bool,
    /// Whether it takes too long for each change: only `--full` and `--only` run it.
    pub(super) full: bool,
    /// Does it.
    pub(super) run: fn(&mut Session) -> Result<Outcome>,
}

const fn step(
    name: &'static str,
    what: &'static str,
    remedy: &'static str,
    run: fn(&mut Session) -> Result<Outcome>,
) -> Step {
    Step { name, what, remedy, needs_setup: false, tests: false, full: false, run }
}

impl Step {
    const fn with_setup(self) -> Self {
        Self { needs_setup: true, ..self }
    }

    const fn of_tests(self) -> Self {
        Self { tests: true, ..self }
    }

    const fn in_full(self) -> Self {
        Self { full: true, ..self }
    }
}

/// Every step. The assets come before anything that compiles them in.
pub(super) const STEPS: &[Step] = &[
    step("setup", "install what the tests need", "install the packages named above, then run it again", |_| {
        setup::run()
    }),
    step("fmt", "formatting", "run `cargo fmt --all`", fmt),
    step("assets", "browser assets by lock file", "run `npm ci && npm run build` in crates/web/assets", |_| {
        prereq::check()?;
        assets::build()?;
        Ok(Outcome::Passed)
    }),
    step("clippy", "lints, warnings denied", "mend each warning above; STYLE.md says why", clippy),
    step("doc", "documentation, warnings denied", "mend the doc comments named above", doc),
    step("tidy", "rules about the tree itself", "mend each line above; STYLE.md says why", |_| {
        tidy::check()?;
        Ok(Outcome::Passed)
    }),
    step("test", "all tests, on both engines", "run the failing test alone with `cargo test --workspace NAME`", tests)
        .with_setup()
        .of_tests(),
    step("sql", "every statement ran on both engines", "write a store test that runs the statement", |_| {
        coverage::check()?;
        Ok(Outcome::Passed)
    }),
    step("release", "the binaries that are tried whole", "mend the build error above", release),
    step("browser", "the main flows in a real browser", "look at the pictures in target/screenshots", browser)
        .with_setup()
        .of_tests(),
    step(
        "conformance",
        "oracles, samples and referees that nobody here wrote",
        "read conformance/README.md; get the samples, or set WELLKEPT_CONFORMANCE",
        conformance::run,
    )
    .with_setup()
    .of_tests(),
    step(
        "crash",
        "kills, full disks and power cuts",
        "run `cargo xtask crash` with the seed printed above",
        short_crash,
    )
    .of_tests(),
    step("scans", "scanners of TLS, the pages and the API", "read what the scanner said above", scans)
        .with_setup()
        .of_tests()
        .in_full(),
];

fn fmt(_: &mut Session) -> Result<Outcome> {
    cmd::run(cmd::cargo().args(["fmt", "--all", "--check"]))?;
    Ok(Outcome::Passed)
}

fn clippy(_: &mut Session) -> Result<Outcome> {
    let flags = ["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"];
    cmd::run(cmd::cargo().args(flags))?;
    Ok(Outcome::Passed)
}

fn doc(_: &mut Session) -> Result<Outcome> {
    // With the examples come the features that tests ask for: the same ones that clippy has just checked everything with.
    let flags = ["doc", "--locked", "--workspace", "--no-deps", "--lib", "--bins", "--examples"];
    cmd::run(cmd::cargo().args(flags).env("RUSTDOCFLAGS", "-D warnings"))?;
    Ok(Outcome::Passed)
}

fn tests(session: &mut Session) -> Result<Outcome> {
    let postgres = server(session)?;
    // What an earlier run left must not speak for this one.
    let _ = std::fs::remove_file(coverage::file());
    let _ = std::fs::remove_dir_all(conformance::x12_out());
    let mut cargo = cmd::cargo();
    cargo.args(["test", "--locked", "--workspace", "--no-fail-fast"]);
    cargo.env("WELLKEPT_SQL_COVERAGE", coverage::file());
    // A snapshot that differs is a failure, never a new snapshot.
    cargo.env("INSTA_UPDATE", "no");
    common(&mut cargo, &postgres);
    let counts = &mut session.counts;
    cmd::run_lines(&mut cargo, |line| counts.line(line))?;
    Ok(Outcome::Passed)
}

fn release(_: &mut Session) -> Result<Outcome> {
    crash::build()?;
    Ok(Outcome::Passed)
}

fn browser(session: &mut Session) -> Result<Outcome> {
    node(session, "flows")
}

fn scans(session: &mut Session) -> Result<Outcome> {
    for name in ["schemathesis", "sslyze", "wapiti"] {
        setup::scanner(name)?;
    }
    node(session, "scans")
}

/// Runs the flows of one folder.
fn node(session: &mut Session, folder: &str) -> Result<Outcome> {
    let dir = cmd::root().join("crates/web/assets/browser").join(folder);
    let mut flows: Vec<PathBuf> = std::fs::read_dir(&dir)
        .map_err(Error::io(format!("reading the directory `{}`", dir.display())))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "mjs"))
        .collect();
    flows.sort();
    if flows.is_empty() {
        return Err(Error::Wrong(format!("`{}` holds no flows (*.mjs)", dir.display())));
    }
    // Files by name: newer Nodes no longer take a directory. One at a time: two cores, one server, one browser.
    let mut node = cmd::command("node");
    node.args(["--test", "--test-reporter=tap", "--test-concurrency=1"]).args(&flows);
    let postgres = server(session)?;
    common(&mut node, &postgres);
    let counts = &mut session.counts;
    cmd::run_lines(&mut node, |line| counts.line(line))?;
    Ok(Outcome::Passed)
}

fn short_crash(session: &mut Session) -> Result<Outcome> {
    let figures = crash::run("200", "10000", &cmd::target().join("crash.json"))?;
    figures::show(&figures, false)?;
    // Each promise counts as one test, so that the total says that it was put to the proof.
    let kept = figures.values().filter(|figure| figure.met()).count();
    session.counts.add(kept, figures.len() - kept);
    if kept < figures.len() {
        return Err(Error::Wrong("a promise was broken; see the figures above".to_owned()));
    }
    Ok(Outcome::Passed)
}

/// The address of the test server, which starts at the first call.
pub(super) fn server(session: &mut Session) -> Result<String> {
    if let Ok(url) = std::env::var("WELLKEPT_TEST_PG") {
        return Ok(url);
    }
    if let Some(postgres) = &session.postgres {
        return Ok(postgres.url());
    }
    let postgres = Postgres::start()?;
    let url = postgres.url();
    session.postgres = Some(postgres);
    Ok(url)
}

/// What every program under test may look for in its environment.
pub(super) fn common(command: &mut Command, postgres: &str) {
    command.env("WELLKEPT_TEST_PG", postgres);
    command.env("WELLKEPT_BIN", cmd::target().join("release/wellkept"));
    command.env("WELLKEPT_PYTHON", setup::venv().join("bin/python"));
    command.env("WELLKEPT_SCANNERS", setup::scanners());
    command.env("WELLKEPT_X12_OUT", conformance::x12_out());
    if let Some(dir) = cmd::conformance_dir() {
        command.env("WELLKEPT_CONFORMANCE", dir);
    }
    if let Some(chromium) = setup::chromium() {
        command.env("WELLKEPT_CHROMIUM", chromium);
    }
}
