//! Installing what the tests need beyond a build: a browser, PostgreSQL, OpenSSH's server, Go with x/mod, and the referee's Python.

use std::path::{Path, PathBuf};

use super::Outcome;
use crate::cmd;
use crate::error::{Error, Result};

/// Where Debian puts the Go packages that the independent log check is written on.
const GO_MOD: &str = "/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog";

/// The server that files are sent to over SSH; the tests start it with a configuration of their own.
const SSHD: &str = "/usr/sbin/sshd";

/// Installs what is missing, or says the one line that does.
pub(super) fn run() -> Result<Outcome> {
    let missing = missing();
    if !missing.is_empty() {
        install(&missing)?;
        let still = self::missing();
        if !still.is_empty() {
            return Err(Error::Wrong(format!("still missing after installing: {}", still.join(", "))));
        }
    }
    python()?;
    println!("all there");
    Ok(Outcome::Passed)
}

/// Debian packages whose tools are not on this machine.
fn missing() -> Vec<&'static str> {
    let mut packages = Vec::new();
    if chromium().is_none() {
        packages.extend(["chromium", "fonts-liberation"]);
    }
    if postgres_bin().is_none() {
        packages.push("postgresql");
    }
    if cmd::which("go").is_none() {
        packages.push("golang-go");
    }
    if !Path::new(GO_MOD).is_dir() {
        packages.push("golang-golang-x-mod-dev");
    }
    if !Path::new(SSHD).is_file() {
        packages.push("openssh-server");
    }
    if !cmd::succeeds(cmd::command("python3").args(["-c", "import ensurepip, venv"])) {
        packages.push("python3-venv");
    }
    packages
}

fn install(packages: &[&str]) -> Result<()> {
    let by_hand = format!("sudo apt-get update && sudo apt-get install --yes {}", packages.join(" "));
    if cmd::which("apt-get").is_none() {
        let tool = format!("the tests need {}, and there is no apt-get here", packages.join(", "));
        return Err(Error::Missing { tool, install: "them by this system's own means".to_owned() });
    }
    if !is_root() {
        let tool = format!("the tests need {}", packages.join(", "));
        return Err(Error::Missing { tool, install: format!("them with one line: {by_hand}") });
    }
    println!("installing {}", packages.join(" "));
    cmd::run(cmd::command("apt-get").args(["update", "--quiet=2"]))?;
    let flags = ["install", "--yes", "--quiet=2", "--no-install-recommends"];
    cmd::run(cmd::command("apt-get").args(flags).args(packages).env("DEBIAN_FRONTEND", "noninteractive"))
}

/// The referee's Python.
fn python() -> Result<()> {
    let Some(shared) = cmd::conformance_dir() else { return Ok(()) };
    environment(&venv(), &shared.join("tools/requirements.txt"))
}

/// A scanner with what it needs, by the list in `conformance/scanners`; each by itself, for their needs collide.
pub(super) fn scanner(name: &str) -> Result<()> {
    environment(&scanners().join(name), &cmd::root().join(format!("conformance/scanners/{name}.txt")))
}

/// A Python environment in a place of its own, so that the machine's stays as it is; made anew when the list changes.
fn environment(place: &Path, requirements: &Path) -> Result<()> {
    let wanted = cmd::read(requirements)?;
    let stamp = place.join("requirements.txt");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    cmd::run(cmd::command("python3").args(["-m", "venv", "--clear"]).arg(place))?;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
    cmd::run(cmd::command(place.join("bin/python")).args(pip).arg(requirements))?;
    cmd::write(&stamp, &wanted)
}

/// The directory of the scanners.
pub(super) fn scanners() -> PathBuf {
    cmd::target().join("scanners")
}

/// The directory of the referee's Python.
pub(super) fn venv() -> PathBuf {
    cmd::target().join("venv")
}

/// The browser. Debian's, or one of the same family.
pub(super) fn chromium() -> Option<PathBuf> {
    ["chromium", "chromium-browser", "google-chrome"].iter().find_map(|name| cmd::which(name))
}

/// The directory of PostgreSQL's own programs, the newest version's. Debian keeps them off the PATH.
pub(super) fn postgres_bin() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut found: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let version = path.file_name()?.to_str()?.parse().ok()?;
            Some((version, path.join("bin")))
        })
        .filter(|(_, bin)| bin.join("initdb").is_file())
        .collect();
    found.sort();
    let newest = found.pop().map(|(_, bin)| bin);
    newest.or_else(|| cmd::which("initdb")?.canonicalize().ok()?.parent().map(Path::to_path_buf))
}

/// Whether we run as root, which may install packages but may not run PostgreSQL.
pub(super) fn is_root() -> bool {
    cmd::output(cmd::command("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}
