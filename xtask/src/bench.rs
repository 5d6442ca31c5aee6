//! `cargo xtask bench`: a thin wrapper around the measuring binary, and the table that it leaves in the documents.

use std::fmt::Write as _;

use crate::error::{Error, Result};
use crate::figures::{Better, Figures};
use crate::{assets, cmd, figures, prereq};

/// Where the table stands, and the lines around it.
const DOCUMENT: &str = "docs/benchmarks.md";
const BEGIN: &str = "<!-- figures -->\n";
const END: &str = "<!-- end of figures -->";

/// Builds the measuring binary, runs it, and reads back `target/bench.json`. Other arguments go to the binary:
/// `--cold-build SECONDS` publishes how long the first build took, which only a fresh clone can tell.
pub(crate) fn main(args: &[String]) -> Result<()> {
    let ours = |arg: &&String| ["--json", "--write"].contains(&arg.as_str());
    let (own, through): (Vec<_>, Vec<_>) = args.iter().partition(ours);
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
    let measured = figures::read(&out)?;
    if own.iter().any(|arg| *arg == "--write") {
        write(&measured)?;
    }
    // An aim that is missed is a fact to publish, not a reason to stop.
    figures::show(&measured, own.iter().any(|arg| *arg == "--json"))
}

/// Puts the table into the document.
fn write(measured: &Figures) -> Result<()> {
    let path = cmd::root().join(DOCUMENT);
    let text = cmd::read(&path)?;
    let commit = cmd::output(cmd::command("git").args(["rev-parse", "--short", "HEAD"]))?;
    let day = cmd::output(cmd::command("date").args(["-u", "+%F"]))?;
    let about = format!("Machine: {}. Commit: {}. Date: {}.", machine(), commit.trim(), day.trim());
    let replaced = replaced(&text, &format!("\n{about}\n\n{}\n", table(measured)));
    cmd::write(
        &path,
        &replaced.ok_or_else(|| Error::Wrong(format!("`{DOCUMENT}` has lost the lines around its table")))?,
    )
}

/// The document with another table.
fn replaced(text: &str, table: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}{table}{END}{after}"))
}

fn table(measured: &Figures) -> String {
    let mut text = "| What | Measured | Aim |\n|---|---|---|\n".to_owned();
    for (name, figure) in measured {
        let aim = figure.aim.map_or(String::new(), |aim| {
            let words = if figure.better == Better::Higher { "or more" } else { "or less" };
            format!("{aim} {words}: {}", if figure.met() { "met" } else { "**missed**" })
        });
        let _ = writeln!(text, "| `{name}` | {} {} | {aim} |", figure.value, figure.unit);
    }
    text
}

/// What the system says of its processors.
fn machine() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    format!("{cores} cores, {}", model.trim_start_matches([' ', '\t', ':']).trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::Figure;

    #[test]
    fn the_table_takes_the_place_of_the_old_one_and_says_what_was_missed() {
        let figure = Figure { value: 61.5, unit: "KB".to_owned(), better: Better::Lower, aim: Some(60.0) };
        let table = table(&Figures::from([("page_weight".to_owned(), figure)]));
        assert!(table.ends_with("| `page_weight` | 61.5 KB | 60 or less: **missed** |\n"));
        let text = format!("a\n{BEGIN}old\n{END}\nb\n");
        assert_eq!(replaced(&text, "new\n").unwrap(), format!("a\n{BEGIN}new\n{END}\nb\n"));
        assert!(replaced("a\nb\n", "new").is_none());
    }
}
