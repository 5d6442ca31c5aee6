//! How fast the product reads X12: a large file made of the payments that the synthetic practice waits for.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Instant;

use wire::Practice;

use crate::error::{Error, Result};
use crate::figures::{Better, Figures, float};

/// How large the file is made.
const SIZE: usize = 64 << 20;

/// Measures both commands on the same file.
pub(crate) fn measure(practice: &Practice, dir: &Path, figures: &mut Figures) -> Result<()> {
    let inbox = practice.data.join("inbox");
    let mut sample = Vec::new();
    for entry in fs::read_dir(&inbox).map_err(Error::file(&inbox))? {
        let path = entry.map_err(Error::file(&inbox))?.path();
        sample.extend(fs::read(&path).map_err(Error::file(&path))?);
    }
    if sample.is_empty() {
        return Err(Error::wrong("the synthetic practice waits for no payment, so there is no X12 to read"));
    }
    let large = dir.join("large.835");
    fs::write(&large, sample.repeat(SIZE.div_ceil(sample.len()))).map_err(Error::file(&large))?;
    let size = fs::metadata(&large).map_err(Error::file(&large))?.len();
    for command in ["stats", "validate"] {
        let mut program = std::process::Command::new(&practice.bin);
        program.args(["x12", command, "--json"]).arg(&large).stdout(Stdio::null()).stderr(Stdio::null());
        let began = Instant::now();
        let ended = program.status().map_err(Error::file(&practice.bin))?;
        let took = began.elapsed().as_secs_f64();
        // 1: read, with something to say about it. 2: not read.
        if ended.code().is_none_or(|code| code > 1) {
            return Err(Error::Wrong(format!("`x12 {command}` ended with {ended}")));
        }
        let rate = float(size / 1024) / 1024.0 / took;
        figures.add(&format!("x12_{command}"), rate, ("MB/s", Better::Higher), None);
    }
    Ok(())
}
