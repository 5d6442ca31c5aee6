//! `docs/asvs.md`: each requirement of ASVS 5.0.0 at Levels 1 and 2 once, and what a row names is there.

use std::collections::BTreeSet;

use super::Finding;
use super::named::{quoted, tests_called};
use super::source::Tree;

/// The page.
const PAGE: &str = "docs/asvs.md";
/// How many requirements the standard has at each level (its tag `v5.0.0_release`). Of Level 3 there are as many rows as we like.
const WHOLE: [(&str, usize); 2] = [("1", 70), ("2", 183)];
/// How a row may stand.
const STANDS: [&str; 3] = ["met", "not applicable", "gap"];

/// Applies the rules to the page.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let (mut findings, mut seen, mut levels) = (Vec::new(), BTreeSet::new(), Vec::new());
    for (index, line) in tree.text(PAGE).unwrap_or_default().lines().enumerate() {
        let mut found = |text: String| findings.push(Finding { path: PAGE.to_owned(), line: index + 1, text });
        let Some(cells) = row(line) else { continue };
        let [id, level, asks, stands, why] = cells.as_slice() else {
            found(format!("a row has five columns, this one {}", cells.len()));
            continue;
        };
        levels.push((*level).to_owned());
        if !seen.insert((*id).to_owned()) {
            found(format!("`{id}` has a row already"));
        }
        if asks.is_empty() || why.is_empty() {
            found(format!("`{id}` does not say what it asks, or why it stands so"));
        }
        if !STANDS.contains(stands) {
            found(format!("`{id}` is `{stands}`, and a row is one of: {}", STANDS.join(", ")));
        }
        let names = |place: &&str| place.contains("::") || place.contains('/') || tree.text(place).is_some();
        let places: Vec<&str> = quoted(why).filter(names).collect();
        if *stands == "met" && places.is_empty() {
            found(format!("`{id}` is met and names neither a test nor a file"));
        }
        for place in places.into_iter().filter(|place| !is_there(tree, place)) {
            found(format!("`{id}` names `{place}`, which is not there"));
        }
    }
    for (level, count) in WHOLE {
        let there = levels.iter().filter(|l| *l == level).count();
        if there != count {
            let text = format!("has {there} rows of Level {level}, and the standard {count}");
            findings.push(Finding { path: PAGE.to_owned(), line: 0, text });
        }
    }
    findings
}

/// A test by its name, or a file or folder by its path. What begins with a slash is an address.
fn is_there(tree: &Tree, place: &str) -> bool {
    if place.contains("::") {
        return tests_called(tree, place).next().is_some();
    }
    let folder = format!("{}/", place.trim_end_matches('/'));
    place.starts_with('/') || tree.texts.iter().any(|text| text.path == place || text.path.starts_with(&folder))
}

/// The cells of a line that is a row of ours: `| V6.2.1 | 1 | .. |`.
fn row(line: &str) -> Option<Vec<&str>> {
    let inner = line.trim().strip_prefix("| ")?.strip_suffix('|')?;
    let numbered = inner.strip_prefix('V').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    numbered.then(|| inner.split(" | ").map(str::trim).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::source::{Source, Text};

    fn check_row(row: &str) -> Vec<String> {
        let code = "#[cfg(test)]\nmod tests {\n    #[test]\n    fn it_holds() {}\n}\n";
        let texts = [(PAGE, row), ("crates/a/src/b.rs", code)];
        let texts = texts.map(|(path, text)| Text { path: path.to_owned(), text: text.to_owned() }).into();
        let tree = Tree { texts, rust: vec![Source::parse("crates/a/src/b.rs", code)] };
        check(&tree).into_iter().filter(|finding| finding.line > 0).map(|finding| finding.text).collect()
    }

    #[test]
    fn what_a_row_names_is_there() {
        assert!(check_row("| V1.2.1 | 1 | escapes | met | `a::b::tests::it_holds` |").is_empty());
        assert!(check_row("| V1.2.1 | 1 | escapes | met | `crates/a/src`, no test; `/patients` |").is_empty());
        assert!(check_row("| V1.2.1 | 1 | escapes | gap | nothing |").is_empty());
        assert!(check_row("| V1.2.1 | 1 | escapes | met | `a::b::gone` |")[0].contains("`a::b::gone`"));
        assert_eq!(check_row("| V1.2.1 | 1 | escapes | met | `crates/a/src/c.rs` |").len(), 1);
        assert_eq!(check_row("| V1.2.1 | 1 | escapes | met | by design |").len(), 1);
        assert_eq!(check_row("| V1.2.1 | 1 | escapes | partly | `crates/a/src` |").len(), 1);
        assert_eq!(check_row("| V1.2.1 | 1 | escapes | gap |").len(), 1);
        assert_eq!(check_row("| V1.2.1 | 1 | a | gap | x |\n| V1.2.1 | 1 | a | gap | x |").len(), 1);
    }

    #[test]
    fn a_requirement_without_a_row_is_missed() {
        let text = Text { path: PAGE.to_owned(), text: "| V1.2.1 | 1 | escapes | gap | nothing |".to_owned() };
        let found = check(&Tree { texts: vec![text], rust: Vec::new() });
        let said: Vec<&str> = found.iter().map(|finding| finding.text.as_str()).collect();
        assert_eq!(said, ["has 1 rows of Level 1, and the standard 70", "has 0 rows of Level 2, and the standard 183"]);
    }
}
