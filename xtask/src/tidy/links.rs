//! Links between pages: what they point at must be there.

use super::Finding;
use super::source::{Text, Tree, extension};

/// Every relative link of every page.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let exists = |path: &str| {
        let folder = format!("{path}/");
        path.is_empty() || tree.texts.iter().any(|text| text.path == path || text.path.starts_with(&folder))
    };
    let pages = tree.texts.iter().filter(|text| extension(&text.path) == "md");
    pages.flat_map(|page| broken(page, &exists)).collect()
}

fn broken(page: &Text, exists: &dyn Fn(&str) -> bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, line) in page.text.lines().enumerate() {
        for target in line.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = target.split('#').next().unwrap_or_default();
            let outside = target.contains("://") || target.starts_with("mailto:");
            if outside || path.is_empty() || exists(&resolve(&page.path, path)) {
                continue;
            }
            let text = format!("a link to `{target}`, which is not there");
            findings.push(Finding { path: page.path.clone(), line: index + 1, text });
        }
    }
    findings
}

/// The path from the top of what a page points at.
fn resolve(page: &str, target: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_to_nothing_is_found() {
        let text = "[a](adr/1.md), [b](../README.md#x) [c](https://example.org/y) [d](#here)\n[e](gone.md)\n";
        let page = Text { path: "docs/x.md".to_owned(), text: text.to_owned() };
        let found = broken(&page, &|path| ["docs/adr/1.md", "README.md"].contains(&path));
        assert_eq!(found.iter().map(|finding| finding.line).collect::<Vec<_>>(), [2]);
    }
}
