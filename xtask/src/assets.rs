//! The browser assets: npm by lockfile, no install scripts, built once per change of their sources.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use crate::cmd;
use crate::error::{Error, Result};

/// Builds `crates/web/assets/dist`, unless the last build was of these very sources.
pub(crate) fn build() -> Result<()> {
    let dir = cmd::root().join("crates/web/assets");
    if !dir.join("package.json").is_file() {
        return Err(Error::Wrong("crates/web/assets/package.json is missing; the tree is incomplete".to_owned()));
    }
    let stamp = cmd::target().join("assets.stamp");
    let wanted = fingerprint(&dir)?;
    if dir.join("dist").is_dir() && std::fs::read_to_string(&stamp).is_ok_and(|built| built == wanted) {
        return Ok(());
    }
    // `ci` takes exactly the lock file, and fails where it and package.json disagree.
    let quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
    cmd::run(cmd::command("npm").current_dir(&dir).args(["ci", "--ignore-scripts"]).args(quiet))?;
    cmd::run(cmd::command("npm").current_dir(&dir).args(["run", "build"]))?;
    cmd::write(&stamp, &wanted)
}

/// A digest of every source file's name and bytes. Times would miss a deleted file and a switched branch.
fn fingerprint(dir: &Path) -> Result<String> {
    let mut files = Vec::new();
    sources(dir, &mut files)?;
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        file.strip_prefix(dir).unwrap_or(&file).hash(&mut hasher);
        let bytes = std::fs::read(&file).map_err(Error::io(format!("reading `{}`", file.display())))?;
        bytes.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn sources(dir: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let doing = || format!("reading the directory `{}`", dir.display());
    for entry in std::fs::read_dir(dir).map_err(Error::io(doing()))? {
        let path = entry.map_err(Error::io(doing()))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            // What is built, what is fetched, and the browser tests do not change what is built.
            if !["dist", "node_modules", "browser"].contains(&name.as_str()) {
                sources(&path, files)?;
            }
        } else {
            files.push(path);
        }
    }
    Ok(())
}
