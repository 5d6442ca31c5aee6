//! `cargo xtask build`: the assets, then the binary that embeds them.

use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::{assets, cmd, prereq};

/// Builds for release, or with `--dev` for debugging.
pub(crate) fn main(args: &[String]) -> Result<()> {
    let dev = match args {
        [] => false,
        [flag] if flag == "--dev" => true,
        other => return Err(Error::Usage(format!("`build` does not take `{}`", other.join(" ")))),
    };
    let binary = build(dev)?;
    println!("built {}", binary.display());
    Ok(())
}

/// Builds and gives the path of the binary.
pub(crate) fn build(dev: bool) -> Result<PathBuf> {
    prereq::check()?;
    assets::build()?;
    let mut cargo = cmd::cargo();
    cargo.args(["build", "-p", "wellkept", "--bin", "wellkept"]);
    if !dev {
        cargo.arg("--release");
    }
    cmd::run(&mut cargo)?;
    Ok(cmd::target().join(if dev { "debug" } else { "release" }).join("wellkept"))
}
