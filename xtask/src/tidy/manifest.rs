//! Manifests: one table of dependencies with reasons, one set of lints; and what cargo knows about the packages.

use serde::Deserialize;
use toml::Table;

use super::Finding;
use super::source::Tree;
use crate::cmd;
use crate::error::{Error, Result};

/// What `cargo metadata` says, as far as the rules need it.
#[derive(Debug, Deserialize)]
pub(super) struct Metadata {
    /// Every package in the graph for this platform.
    pub(super) packages: Vec<Package>,
    /// Which packages are ours.
    pub(super) workspace_members: Vec<String>,
}

/// One package.
#[derive(Debug, Deserialize)]
pub(super) struct Package {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) version: String,
    pub(super) license: Option<String>,
    pub(super) dependencies: Vec<Dependency>,
}

/// One line of a package's dependencies.
#[derive(Debug, Deserialize)]
pub(super) struct Dependency {
    pub(super) name: String,
    /// None for a normal one, else `dev` or `build`.
    pub(super) kind: Option<String>,
}

impl Metadata {
    /// Our own packages.
    pub(super) fn ours(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| self.workspace_members.contains(&package.id))
    }
}

/// Asks cargo. Only this platform's packages: the others are never built here.
pub(super) fn metadata() -> Result<Metadata> {
    let version = cmd::output(cmd::command("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default();
    let flags = ["metadata", "--format-version", "1", "--locked", "--filter-platform", host];
    serde_json::from_str(&cmd::output(cmd::cargo().args(flags))?)
        .map_err(|error| Error::Wrong(format!("`cargo metadata` said something unexpected: {error}")))
}

/// Every member takes its dependencies and lints from the workspace, so that they are weighed in one place.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let manifests = tree.texts.iter().filter(|text| {
        let member = text.path.starts_with("crates/") || text.path.starts_with("xtask/");
        member && text.path.ends_with("/Cargo.toml")
    });
    manifests.flat_map(|text| member(&text.path, &text.text)).chain(reasons(tree)).collect()
}

fn member(path: &str, text: &str) -> Vec<Finding> {
    let finding = |text: String| Finding { path: path.to_owned(), line: 0, text };
    let table: Table = match text.parse() {
        Ok(table) => table,
        Err(error) => return vec![finding(format!("is no TOML: {error}"))],
    };
    let mut findings = Vec::new();
    for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
        let Some(dependencies) = table.get(kind).and_then(|value| value.as_table()) else { continue };
        for (name, value) in dependencies {
            let shared = value.get("workspace").and_then(toml::Value::as_bool) == Some(true);
            if !shared {
                findings.push(finding(format!("`{name}` is not taken from the workspace's table")));
            }
        }
    }
    let lints = table.get("lints").and_then(|lints| lints.get("workspace")).and_then(toml::Value::as_bool);
    // The recording VFS must implement C callbacks; everything else is under the workspace's lints.
    if lints != Some(true) && path != "crates/crashfs/Cargo.toml" {
        findings.push(finding("does not take the workspace's lints".to_owned()));
    }
    findings
}

/// The workspace's table begins each group of dependencies with a comment that says why.
fn reasons(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let (mut inside, mut explained) = (false, false);
    for (index, line) in tree.text("Cargo.toml").unwrap_or_default().lines().enumerate() {
        if line.starts_with('[') {
            inside = line == "[workspace.dependencies]";
        } else if line.starts_with('#') {
            explained = true;
        } else if line.trim().is_empty() {
            explained = false;
        } else if inside && !explained && !line.contains("path = ") {
            let text = "a dependency without a comment that says why it is worth its weight".to_owned();
            findings.push(Finding { path: "Cargo.toml".to_owned(), line: index + 1, text });
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_of_ones_own_and_missing_lints_are_found() {
        let good = "[lints]\nworkspace = true\n[dependencies]\nserde.workspace = true\n";
        assert!(member("crates/a/Cargo.toml", good).is_empty());
        assert_eq!(member("crates/a/Cargo.toml", &good.replace("serde.workspace = true", "serde = \"1\"")).len(), 1);
        assert_eq!(member("crates/a/Cargo.toml", "[dependencies]\n").len(), 1);
    }
}
