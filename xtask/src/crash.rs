//! `cargo xtask crash`: kill -9 cycles, full disks and power cuts; no acknowledged write may be lost.

use std::path::Path;

use crate::error::{Error, Result};
use crate::figures::{self, Figures};
use crate::{assets, cmd, prereq};

/// How many kill cycles and crash images when nobody says.
const CYCLES: &str = "200";
const IMAGES: &str = "10000";

/// Runs it and reads back `target/crash.json`. A figure on the wrong side of its aim is a failure here.
pub(crate) fn main(args: &[String]) -> Result<()> {
    let (mut cycles, mut images, mut json) = (CYCLES, IMAGES, false);
    let mut rest = args.iter().map(String::as_str);
    while let Some(arg) = rest.next() {
        match arg {
            "--json" => json = true,
            "--cycles" => cycles = number(arg, rest.next())?,
            "--images" => images = number(arg, rest.next())?,
            other => return Err(Error::Usage(format!("`crash` does not take `{other}`"))),
        }
    }
    prereq::check()?;
    assets::build()?;
    build()?;
    let figures = run(cycles, images, &cmd::target().join("crash.json"))?;
    figures::show(&figures, json)?;
    let missed: Vec<&str> = figures.iter().filter(|(_, figure)| !figure.met()).map(|(name, _)| name.as_str()).collect();
    if missed.is_empty() {
        return Ok(());
    }
    Err(Error::Wrong(format!("a promise was broken: {}; the seed is printed above", missed.join(", "))))
}

/// Builds the product and the crash binary in one go: apart, each would have its dependencies with other features, OpenSSL
/// among them.
pub(crate) fn build() -> Result<()> {
    let flags = ["build", "--locked", "--release", "-p", "wellkept", "-p", "crashfs", "--bins"];
    cmd::run(cmd::cargo().args(flags))
}

/// Runs the crash binary, which is built, and reads its figures.
pub(crate) fn run(cycles: &str, images: &str, out: &Path) -> Result<Figures> {
    // Figures of an earlier run must never stand in for this one's.
    let _ = std::fs::remove_file(out);
    cmd::run(
        cmd::command(cmd::target().join("release/crash"))
            .args(["--cycles", cycles, "--images", images, "--out"])
            .arg(out)
            // The server that is killed is the one that people run.
            .env("WELLKEPT_BIN", cmd::target().join("release/wellkept")),
    )?;
    figures::read(out)
}

fn number<'a>(flag: &str, value: Option<&'a str>) -> Result<&'a str> {
    match value {
        Some(value) if value.parse::<u64>().is_ok() => Ok(value),
        _ => Err(Error::Usage(format!("`{flag}` needs a whole number"))),
    }
}
