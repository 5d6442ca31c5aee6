//! `cargo xtask bench`: a thin wrapper around the measuring binary.

use crate::error::Result;
use crate::{assets, cmd, figures, prereq};

/// Builds the measuring binary, runs it, and reads back `target/bench.json`. Other arguments go to the binary:
/// `--cold-build SECONDS` publishes how long the first build took, which only a fresh clone can tell.
pub(crate) fn main(args: &[String]) -> Result<()> {
    let (own, through): (Vec<_>, Vec<_>) = args.iter().partition(|arg| *arg == "--json");
    prereq::check()?;
    assets::build()?;
    // The product too: start-up time and memory are measured on the very binary that people run.
    cmd::run(cmd::cargo().args(["build", "--locked", "--release", "-p", "wellkept", "--bins"]))?;
    // By itself: the log that it compares with must not be compiled into the product, which would refuse.
    let flags = ["build", "--locked", "--release", "-p", "wellkept-bench", "--features", "instant-log"];
    cmd::run(cmd::cargo().args(flags))?;
    let out = cmd::target().join("bench.json");
    // Figures of an earlier run must never stand in for this one's.
    let _ = std::fs::remove_file(&out);
    let mut bench = cmd::command(cmd::target().join("release/wellkept-bench"));
    bench.arg("--out").arg(&out).args(through).env("WELLKEPT_BIN", cmd::target().join("release/wellkept"));
    cmd::run(&mut bench)?;
    // An aim that is missed is a fact to publish, not a reason to stop.
    figures::show(&figures::read(&out)?, !own.is_empty())
}
