//! `wellkept-bench`: what the promises cost, measured on the machine it runs on.
//!
//! `wellkept-bench --out FILE` writes `{name: {value, unit, better, aim}}`. With `WELLKEPT_BIN` it also starts the product
//! and measures that. What is compared is measured in the same run, in turns.

mod disk;
mod error;
mod figures;
mod instant;
mod log;
mod pages;
mod practice;
mod product;
mod revoke;
mod serve;
mod together;
mod x12;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::figures::{Better, Figures};

/// How many connections, or threads, each comparison is made with.
const THREADS: [usize; 3] = [1, 16, 64];

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let done = match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        // The program again: only one part of a process may make grants, and here it is not the policies.
        ["--fill", folder, patients] => practice::fill(Path::new(folder), patients),
        args => Asked::read(args).and_then(|asked| run(&asked)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("wellkept-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The command line.
struct Asked {
    out: PathBuf,
    /// How long the first build took, measured by whoever made it.
    cold_build: Option<f64>,
    /// How long each turn of a comparison is.
    turn: Duration,
    /// How many patients are searched.
    patients: u32,
}

impl Asked {
    fn read(args: &[&str]) -> Result<Self> {
        let mut asked = Self { out: PathBuf::new(), cold_build: None, turn: Duration::from_secs(2), patients: 100_000 };
        for pair in args.chunks(2) {
            match pair {
                ["--out", value] => asked.out = PathBuf::from(value),
                ["--cold-build", value] => asked.cold_build = Some(value.parse().map_err(|_| Error::Usage)?),
                ["--seconds", value] => asked.turn = Duration::from_secs(value.parse().map_err(|_| Error::Usage)?),
                ["--patients", value] => asked.patients = value.parse().map_err(|_| Error::Usage)?,
                _ => return Err(Error::Usage),
            }
        }
        if asked.out.as_os_str().is_empty() { Err(Error::Usage) } else { Ok(asked) }
    }
}

fn run(asked: &Asked) -> Result<()> {
    if !instant::THERE {
        return Err(Error::wrong("built without the feature `instant-log`: `cargo xtask bench` builds it right"));
    }
    // Beside the result, so on a disk and not in memory: flushes are what is measured.
    let place = asked.out.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let scratch = tempfile::tempdir_in(place).map_err(Error::file(place))?;
    let dir = scratch.path();
    let mut figures = Figures::default();
    figures.add("load_before", product::load(), ("", Better::Lower), None);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    product::lock_file(&root.join("Cargo.lock"), &mut figures)?;
    if let Some(seconds) = asked.cold_build {
        figures.add("cold_build", seconds / 60.0, ("min", Better::Lower), Some(12.0));
    }
    match std::env::var_os("WELLKEPT_BIN").map(PathBuf::from).filter(|bin| bin.is_file()) {
        Some(bin) => {
            let made = product::measure(&bin, dir, &mut figures)?;
            x12::measure(&made, dir, &mut figures)?;
        }
        None => println!("the product was not measured: WELLKEPT_BIN names no file"),
    }
    log::measure(dir, asked.turn, &mut figures)?;
    pages::measure(dir, asked, &mut figures)?;
    figures.add("load_after", product::load(), ("", Better::Lower), None);
    std::fs::write(&asked.out, figures.json()).map_err(Error::file(&asked.out))
}
