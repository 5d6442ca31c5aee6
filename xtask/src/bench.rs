//! `cargo xtask bench`: a thin wrapper around the measuring binary.

use crate::error::{Error, Result};
use crate::{assets, cmd, figures, prereq};

/// Builds the measuring binary, runs it, and reads back `target/bench.json`.
pub(crate) fn main(args: &[String]) -> Result<()> {
    let (own, through): (Vec<_>, Vec<_>) = args.iter().partition(|arg| *arg == "--json");
    prereq::check()?;
    assets::build()?;
    // The product too: start-up time and memory are measured on the very binary that people run.
    cmd::run(cmd::cargo().args(["build", "--release", "-p", "wellkept", "--bins"]))?;
    // By itself: the log that it compares with must not be compiled into the product, which would refuse.
    cmd::run(cmd::cargo().args(["build", "--release", "-p", "wellkept-bench", "--features", "instant-log"]))?;
    let binary = cmd::target().join("release/wellkept-bench");
    if !binary.is_file() {
        return Err(Error::Wrong(format!("`{}` was not built; there is nothing to measure with", binary.display())));
    }
    let out = cmd::target().join("bench.json");
    // Figures of an earlier run must never stand in for this one's.
    let _ = std::fs::remove_file(&out);
    cmd::run(
        cmd::command(&binary)
            .arg("--out")
            .arg(&out)
            .args(through)
            .env("WELLKEPT_BIN", cmd::target().join("release/wellkept")),
    )?;
    // An aim that is missed is a fact to publish, not a reason to stop.
    figures::show(&figures::read(&out)?, !own.is_empty())
}
