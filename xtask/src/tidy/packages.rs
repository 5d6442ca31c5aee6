//! The size of what we stand on: packages in the product's lock file.

use super::Finding;
use super::source::Tree;

/// The most packages that the lock file may name. It may be lowered, never raised without an ADR.
const CEILING: usize = 500;

/// Counts them.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let lock = tree.text("Cargo.lock").unwrap_or_default();
    let count = lock.lines().filter(|line| *line == "[[package]]").count();
    let text = match count {
        0 => "names no package at all; is it there?".to_owned(),
        1..=CEILING => return Vec::new(),
        _ => format!("names {count} packages, more than {CEILING}: what can go?"),
    };
    vec![Finding { path: "Cargo.lock".to_owned(), line: 0, text }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::source::Text;

    #[test]
    fn one_package_too_many_is_too_many() {
        let found = |count: usize| {
            let lock = Text { path: "Cargo.lock".to_owned(), text: "[[package]]\nname = \"x\"\n".repeat(count) };
            check(&Tree { texts: vec![lock], rust: Vec::new() }).len()
        };
        assert_eq!((found(CEILING), found(CEILING + 1), found(0)), (0, 1, 1));
    }
}
