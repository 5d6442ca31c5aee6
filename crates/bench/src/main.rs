//! `wellkept-bench`: what the promises cost, measured on the machine it runs on.
//!
//! `wellkept-bench --out FILE` writes `{name: {value, unit, better, aim}}`. With `WELLKEPT_BIN` it also starts the product
//! and measures that. Everything that is compared is measured in the same run, in turns.

mod disk;
mod error;
mod figures;
mod log;
mod practice;
mod product;
mod reads;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::error::{Error, Result};
use crate::figures::{Better, Figures};

/// How many connections, or threads here, each comparison is made with.
const THREADS: [usize; 3] = [1, 16, 64];

fn main() -> ExitCode {
    match run(&std::env::args().skip(1).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("wellkept-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &[String]) -> Result<()> {
    let out = match args {
        [flag, out] if flag == "--out" => PathBuf::from(out),
        _ => return Err(Error::Usage),
    };
    // Beside the result, so on a disk and not in memory: flushes are what is measured.
    let place = out.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let scratch = tempfile::tempdir_in(place).map_err(Error::file(place))?;
    let mut figures = Figures::default();
    log::measure(scratch.path(), &mut figures)?;
    reads::measure(scratch.path(), &mut figures)?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    product::lock_file(&root.join("Cargo.lock"), &mut figures)?;
    match std::env::var_os("WELLKEPT_BIN").map(PathBuf::from).filter(|bin| bin.is_file()) {
        Some(bin) => product::measure(&bin, scratch.path(), &mut figures)?,
        None => println!("the product was not measured: WELLKEPT_BIN names no file"),
    }
    figures.add("load_average", product::load(), ("", Better::Lower), None);
    std::fs::write(&out, figures.json()).map_err(Error::file(&out))
}
