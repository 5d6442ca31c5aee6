//! `docs/checklist.md`: each row once, and each test that it names exists and carries the row's id.

use std::collections::BTreeSet;

use super::Finding;
use super::named::{quoted, tests_called};
use super::source::Tree;

/// The page.
const PAGE: &str = "docs/checklist.md";
/// What the last column says when there is no test.
const NOT_YET: &str = "not yet";

/// Applies the rules to the page.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut seen = BTreeSet::new();
    for (index, line) in tree.text(PAGE).unwrap_or_default().lines().enumerate() {
        let mut found = |text: String| findings.push(Finding { path: PAGE.to_owned(), line: index + 1, text });
        let Some(cells) = row(line) else { continue };
        let [id, asks, place, tests] = cells.as_slice() else {
            found(format!("a row has four columns, this one {}", cells.len()));
            continue;
        };
        if !seen.insert((*id).to_owned()) {
            found(format!("`{id}` has a row already"));
        }
        if asks.is_empty() || place.is_empty() {
            found(format!("`{id}` does not say what it asks, or where it is answered"));
        }
        for test in quoted(tests) {
            if let Some(text) = judge(tree, id, test) {
                found(text);
            }
        }
        if *tests != NOT_YET && quoted(tests).next().is_none() {
            found(format!("`{id}` names neither a test in backticks nor `{NOT_YET}`"));
        }
    }
    findings
}

/// Tests that carry the id of a row which does not name them: somebody forgot the page. Worth a look, no failure, because
/// a test may show a part of a row only.
pub(super) fn unnamed(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let page = tree.text(PAGE).unwrap_or_default();
    for cells in page.lines().filter_map(row) {
        let Some(id) = cells.first() else { continue };
        let prefix = format!("{}_", id.to_ascii_lowercase().replace('-', "_"));
        for source in &tree.rust {
            for function in &source.functions {
                let named = cells.last().is_some_and(|tests| tests.contains(&function.name));
                if function.name.starts_with(&prefix) && !named {
                    let text = format!("`{}` carries `{id}`, whose row in {PAGE} does not name it", function.name);
                    findings.push(Finding { path: source.path.clone(), line: function.line, text });
                }
            }
        }
    }
    findings
}

/// The cells of a line that is a row of ours.
fn row(line: &str) -> Option<Vec<&str>> {
    let inner = line.trim().strip_prefix("| ")?.strip_suffix('|')?;
    let cells: Vec<&str> = inner.split(" | ").map(str::trim).collect();
    let id = cells.first()?;
    (id.starts_with("S-") || id.starts_with("V-")).then_some(cells)
}

/// What is wrong with a named test, if anything: its function must exist, with the row's id in its name or right above.
fn judge(tree: &Tree, id: &str, test: &str) -> Option<String> {
    let in_name = id.to_ascii_lowercase().replace('-', "_");
    let mut exists = false;
    for (source, function) in tests_called(tree, test) {
        exists = true;
        let above = tree.text(&source.path).unwrap_or_default().lines();
        let first = function.line.saturating_sub(8);
        if function.name.contains(&in_name)
            || above.skip(first).take(function.line - first).any(|line| line.contains(id))
        {
            return None;
        }
    }
    Some(if exists {
        format!("the test `{test}` does not carry `{id}` in its name or its comment")
    } else {
        format!("there is no test `{test}`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::source::{Source, Text};

    fn check_page(page: &str) -> Vec<String> {
        let code = "/// S-TEC-02\n#[test]\nfn everybody_has_a_factor() {}\nfn v_07_reads_bytes() {}\n";
        let texts = [(PAGE, page), ("crates/app/tests/it/a.rs", code)];
        let texts = texts.map(|(path, text)| Text { path: path.to_owned(), text: text.to_owned() }).into();
        let tree = Tree { texts, rust: vec![Source::parse("crates/app/tests/it/a.rs", code)] };
        check(&tree).into_iter().map(|finding| finding.text).collect()
    }

    #[test]
    fn a_row_names_a_test_that_exists_and_knows_it() {
        assert!(check_page("| S-TEC-02 | factors | /account | `app::it::a::everybody_has_a_factor` |").is_empty());
        assert!(
            check_page("| V-07 | bytes | doctor | `app::it::a::v_07_reads_bytes` |\n| S-A-01 | x | y | not yet |")
                .is_empty()
        );
        assert_eq!(check_page("| V-02 | x | y | `app::it::a::v_07_reads_bytes` |").len(), 1);
        assert_eq!(check_page("| V-02 | x | y | `app::it::a::gone` |"), ["there is no test `app::it::a::gone`"]);
        assert_eq!(check_page("| V-02 | x | y | maybe |").len(), 1);
    }

    #[test]
    fn a_test_that_its_row_forgot_is_noted() {
        let code = "fn v_07_reads_bytes() {}\nfn v_070_is_another() {}\n";
        let tree = |page: &str| {
            let texts = vec![Text { path: PAGE.to_owned(), text: page.to_owned() }];
            Tree { texts, rust: vec![Source::parse("crates/app/tests/it/a.rs", code)] }
        };
        assert_eq!(unnamed(&tree("| V-07 | x | y | not yet |")).len(), 1);
        assert!(unnamed(&tree("| V-07 | x | y | `app::it::a::v_07_reads_bytes` |")).is_empty());
    }

    #[test]
    fn rows_are_unique_and_whole() {
        assert_eq!(check_page("| V-02 | x | y | not yet |\n| V-02 | x | y | not yet |").len(), 1);
        assert_eq!(check_page("| V-02 | x | not yet |").len(), 1);
    }
}
