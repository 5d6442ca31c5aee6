//! `cargo xtask test`: everything that must be green, in one command, on a machine that nobody prepared.

mod conformance;
mod count;
mod coverage;
pub(crate) mod postgres;
mod setup;
mod steps;

use std::time::{Duration, Instant};

use crate::cmd;
use crate::error::{Error, Result};
use count::Counts;
use postgres::Postgres;
use steps::{STEPS, Step};

/// What a step did.
enum Outcome {
    /// It ran, and all was well.
    Passed,
    /// It could not run here; why.
    NotRun(String),
}

/// What the steps share.
struct Session {
    /// Tests that ran so far.
    counts: Counts,
    /// The one PostgreSQL server, once a step needed it. Dropping it stops it.
    postgres: Option<Postgres>,
}

/// Which steps to run.
#[derive(Debug, Default, PartialEq, Eq)]
struct Choice {
    only: Vec<String>,
    skip: Vec<String>,
    full: bool,
}

impl Choice {
    fn wants(&self, step: &Step) -> bool {
        let listed = |names: &[String]| names.iter().any(|other| other == step.name);
        let all = self.only.is_empty() && (self.full || !step.full);
        (all || listed(&self.only)) && !listed(&self.skip)
    }

    fn is_partial(&self) -> bool {
        !self.only.is_empty() || !self.skip.is_empty()
    }
}

/// One line of the table at the end.
struct Row {
    name: &'static str,
    result: String,
    took: Duration,
}

/// Runs the chosen steps, all of them by default.
pub(crate) fn main(args: &[String]) -> Result<()> {
    if args.iter().any(|arg| arg == "--list") {
        for step in STEPS {
            println!("{:12} {}", step.name, step.what);
        }
        return Ok(());
    }
    let choice = parse(args)?;
    let mut session = Session { counts: Counts::default(), postgres: None };
    let mut rows = Vec::new();
    let mut failure = None;
    for step in chosen(&choice) {
        let row = one(step, &mut session, &mut failure);
        rows.push(row);
        if failure.is_some() {
            break;
        }
    }
    // Before the table, so that what it prints while stopping does not come last.
    drop(session.postgres.take());
    report(&rows, session.counts, &choice, failure.as_ref())
}

/// The steps to run. Setting up comes along when a chosen step needs what it installs.
fn chosen(choice: &Choice) -> Vec<&'static Step> {
    let needs_setup = STEPS.iter().any(|step| step.needs_setup && choice.wants(step));
    let wants = |step: &&Step| choice.wants(step) || (step.name == "setup" && needs_setup);
    STEPS.iter().filter(wants).collect()
}

/// Runs one step and says how it went.
fn one(step: &'static Step, session: &mut Session, failure: &mut Option<(&'static Step, Error)>) -> Row {
    println!("\n== {}: {}", step.name, step.what);
    let start = Instant::now();
    let before = session.counts;
    let outcome = (step.run)(session).and_then(|outcome| shown(step, outcome, before, session.counts));
    let took = start.elapsed();
    let result = match outcome {
        Ok(Outcome::Passed) => "ok".to_owned(),
        Ok(Outcome::NotRun(why)) => {
            println!("{} not run: {why}", step.name);
            if cmd::in_ci() {
                let why = format!("{} not run, and with CI=true nothing may be left out: {why}", step.name);
                *failure = Some((step, Error::Wrong(why)));
            }
            "not run".to_owned()
        }
        Err(error) => {
            *failure = Some((step, error));
            "FAILED".to_owned()
        }
    };
    println!("-- {}: {result} in {}", step.name, seconds(took));
    Row { name: step.name, result, took }
}

/// A step of tests that ran none has shown nothing.
fn shown(step: &Step, outcome: Outcome, before: Counts, after: Counts) -> Result<Outcome> {
    if step.tests && matches!(outcome, Outcome::Passed) && before.passed == after.passed {
        return Err(Error::Wrong("not one test was run, so nothing was shown".to_owned()));
    }
    Ok(outcome)
}

fn report(rows: &[Row], counts: Counts, choice: &Choice, failure: Option<&(&Step, Error)>) -> Result<()> {
    println!("\n{:12} {:8} {:>9}", "step", "result", "time");
    for row in rows {
        println!("{:12} {:8} {:>9}", row.name, row.result, seconds(row.took));
    }
    let mut failed = counts.failed;
    let bad = failure.is_some();
    if let Some((step, error)) = failure {
        println!("\n{} failed: {error}", step.name);
        println!("what to do: {}", step.remedy);
        println!("again, alone: cargo xtask test --only {}", step.name);
        // A step that fails without counting tests is itself the thing that failed.
        failed = failed.max(1);
    }
    println!("{:12} {:8} {:>9}", "all", "", seconds(rows.iter().map(|row| row.took).sum()));
    if choice.is_partial() {
        let ran = |name: &&str| rows.iter().any(|row| row.name == *name);
        let skipped: Vec<&str> = STEPS.iter().map(|step| step.name).filter(|name| !ran(name)).collect();
        println!("\nthis was a partial run, without: {}", skipped.join(", "));
    }
    println!("\n{} passed, {failed} failed", counts.passed);
    if bad || failed > 0 { Err(Error::Reported) } else { Ok(()) }
}

fn seconds(took: Duration) -> String {
    format!("{:.1} s", took.as_secs_f64())
}

fn parse(args: &[String]) -> Result<Choice> {
    let mut choice = Choice::default();
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        let list = match arg.as_str() {
            "--full" => {
                choice.full = true;
                continue;
            }
            "--only" => &mut choice.only,
            "--skip" => &mut choice.skip,
            other => return Err(Error::Usage(format!("`test` does not take `{other}`"))),
        };
        let Some(names) = rest.next() else {
            return Err(Error::Usage(format!("`{arg}` needs the name of a step; `test --list` shows them")));
        };
        for name in names.split(',') {
            if !STEPS.iter().any(|step| step.name == name) {
                return Err(Error::Usage(format!("there is no step `{name}`; `test --list` shows them")));
            }
            list.push(name.to_owned());
        }
    }
    Ok(choice)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(args: &[&str]) -> Vec<&'static str> {
        let args: Vec<String> = args.iter().map(|&arg| arg.to_owned()).collect();
        chosen(&parse(&args).unwrap()).iter().map(|step| step.name).collect()
    }

    #[test]
    fn only_brings_what_its_step_needs_and_no_more() {
        assert_eq!(names(&["--only", "fmt"]), ["fmt"]);
        assert_eq!(names(&["--only", "test"]), ["setup", "test"]);
        assert_eq!(names(&["--full"]).len(), STEPS.len());
        assert!(!names(&[]).contains(&"scans") && names(&["--only", "scans"]).contains(&"scans"));
        assert!(!names(&["--skip", "crash,browser"]).contains(&"crash"));
    }

    #[test]
    fn a_step_of_tests_that_ran_none_fails() {
        let step = STEPS.iter().find(|step| step.name == "browser").unwrap();
        let (none, one) = (Counts::default(), Counts { passed: 1, failed: 0 });
        assert!(shown(step, Outcome::Passed, none, none).is_err());
        assert!(shown(step, Outcome::Passed, none, one).is_ok());
        assert!(shown(step, Outcome::NotRun("no samples".to_owned()), none, none).is_ok());
        let fmt = STEPS.iter().find(|step| step.name == "fmt").unwrap();
        assert!(shown(fmt, Outcome::Passed, none, none).is_ok());
    }

    #[test]
    fn an_unknown_step_is_refused_rather_than_ignored() {
        assert!(parse(&["--skip".to_owned(), "clipy".to_owned()]).is_err());
        assert!(parse(&["--only".to_owned()]).is_err());
    }
}
