//! The one runner of the project's chores: `cargo xtask COMMAND`.
//!
//! Plain Rust over the standard library, so that it builds in seconds on a machine that has nothing else yet.

mod assets;
mod bench;
mod build;
mod cmd;
mod crash;
mod error;
mod figures;
mod pg;
mod prereq;
mod run;
mod test;
mod tidy;

use std::process::ExitCode;

use crate::error::{Error, Result};

const USAGE: &str = "\
usage: cargo xtask COMMAND

  build [--dev]                     browser assets, then the binary (target/release/wellkept; --dev: target/debug)
  run [--data DIR] [ARG..]          build, make a demo practice once, serve it on loopback; ARGs go to `wellkept serve`
  test [--only STEP] [--skip STEP]  everything that must be green; `test --list` names the steps
  pg COMMAND..                      one command with a PostgreSQL server of its own, as `pg cargo test --workspace NAME`
  tidy                              rules about the tree itself: lengths, layers, words, packages, licences, rows
  bench [--json] [--write] [--cold-build SECONDS]
                                    measure, write target/bench.json, and with --write the table in docs/benchmarks.md
  crash [--cycles N] [--images N] [--json]
                                    kill, cut power and count losses; writes target/crash.json
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Error::Reported) => ExitCode::FAILURE,
        Err(error @ Error::Usage(_)) => {
            eprintln!("xtask: {error}\n\n{USAGE}");
            ExitCode::from(2)
        }
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(args: &[String]) -> Result<()> {
    let Some((command, rest)) = args.split_first() else {
        print!("{USAGE}");
        return Ok(());
    };
    match command.as_str() {
        "build" => build::main(rest),
        "run" => run::main(rest),
        "test" => test::main(rest),
        "pg" => pg::main(rest),
        "tidy" => tidy::main(rest),
        "bench" => bench::main(rest),
        "crash" => crash::main(rest),
        "help" | "--help" | "-h" => {
            print!("{USAGE}");
            Ok(())
        }
        other => Err(Error::Usage(format!("there is no command `{other}`"))),
    }
}
