//! Licences: each package in the product must allow what we do with it.

use super::Finding;
use super::manifest::Metadata;

/// Licences that ask for no more than keeping their notice; MPL-2.0 asks it per file, which we do not change, and
/// `blessing` is the public-domain note of SQLite.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "OpenSSL",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "Unlicense",
    "WTFPL",
    "Zlib",
    "blessing",
];

/// Every package whose licence is missing or not allowed.
pub(super) fn check(metadata: &Metadata) -> Vec<Finding> {
    let refused = metadata.packages.iter().filter(|package| !package.license.as_deref().is_some_and(allowed));
    refused
        .map(|package| {
            let licence = package.license.as_deref().unwrap_or("none named");
            let text = format!("the licence of `{} {}` ({licence}) is not allowed", package.name, package.version);
            Finding { path: "Cargo.lock".to_owned(), line: 0, text }
        })
        .collect()
}

/// Whether an SPDX expression leaves a choice that is allowed: any side of OR, every side of AND.
fn allowed(expression: &str) -> bool {
    // The old way of writing OR.
    let expression = expression.replace('/', " OR ");
    either(expression.trim())
}

fn either(expression: &str) -> bool {
    split(expression, " OR ").iter().any(|side| split(side, " AND ").iter().all(|part| term(part.trim())))
}

fn term(part: &str) -> bool {
    match part.strip_prefix('(').and_then(|part| part.strip_suffix(')')) {
        Some(inner) => either(inner.trim()),
        None => ALLOWED.contains(&part),
    }
}

/// Splits at a word that is not inside parentheses.
fn split<'a>(expression: &'a str, word: &str) -> Vec<&'a str> {
    let mut sides = Vec::new();
    let (mut start, mut search) = (0, 0);
    while let Some(found) = expression.get(search..).and_then(|rest| rest.find(word)) {
        let at = search + found;
        let before = expression.get(start..at).unwrap_or_default();
        search = at + word.len();
        if before.matches('(').count() == before.matches(')').count() {
            sides.push(before);
            start = search;
        }
    }
    sides.push(expression.get(start..).unwrap_or_default());
    sides
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_judged_by_their_choices() {
        for good in ["MIT", "MIT OR GPL-3.0", "GPL-2.0/MIT", "(MIT OR GPL-3.0) AND Unicode-3.0", "ISC AND (MIT OR X)"] {
            assert!(allowed(good), "{good}");
        }
        for bad in ["GPL-3.0", "MIT AND GPL-3.0", "", "(MIT AND X) OR AGPL-3.0", "MIT AND (X OR Y)"] {
            assert!(!allowed(bad), "{bad}");
        }
        assert!(allowed("Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT"));
    }
}
