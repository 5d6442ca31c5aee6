//! Rules about the tree itself, as a test: what a reviewer would otherwise have to say again and again.

mod asvs;
mod checklist;
mod crosscheck;
mod layers;
mod length;
mod licences;
mod links;
mod manifest;
mod named;
mod packages;
pub(crate) mod source;
mod words;

use std::fmt;

use crate::cmd;
use crate::error::{Error, Result};
use source::Tree;

/// One thing that is not as it must be.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    /// Path from the top of the tree.
    path: String,
    /// Line, from 1; 0 for the file as a whole.
    line: usize,
    /// What is wrong and what to do.
    text: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.text),
            line => write!(f, "{}:{line}: {}", self.path, self.text),
        }
    }
}

/// `cargo xtask tidy`.
pub(crate) fn main(args: &[String]) -> Result<()> {
    match args {
        [] => check(),
        other => Err(Error::Usage(format!("`tidy` does not take `{}`", other.join(" ")))),
    }
}

/// Applies every rule, shows what is wrong, and fails if anything is.
pub(crate) fn check() -> Result<()> {
    let tree = Tree::load(&cmd::root())?;
    for finding in length::soft(&tree).into_iter().chain(checklist::unnamed(&tree)) {
        println!("note: {finding}");
    }
    let findings = findings(&tree)?;
    for finding in &findings {
        println!("{finding}");
    }
    if findings.is_empty() {
        println!("{} files are tidy", tree.texts.len());
        return Ok(());
    }
    Err(Error::Wrong(format!("{} things are not tidy", findings.len())))
}

fn findings(tree: &Tree) -> Result<Vec<Finding>> {
    let metadata = manifest::metadata()?;
    let rules = [
        length::check(tree),
        words::check(tree),
        layers::check(&metadata),
        licences::check(&metadata),
        manifest::check(tree),
        packages::check(tree),
        checklist::check(tree),
        asvs::check(tree),
        crosscheck::check(tree),
        links::check(tree),
    ];
    let mut findings: Vec<Finding> = rules.into_iter().flatten().collect();
    findings.sort();
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_tidy() {
        let tree = Tree::load(&cmd::root()).unwrap();
        let lines: Vec<String> = findings(&tree).unwrap().iter().map(Finding::to_string).collect();
        assert!(lines.is_empty(), "{}", lines.join("\n"));
    }
}
