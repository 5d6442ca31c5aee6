//! Nobody reads a long file twice: 400 lines is enough, 700 is too much, and a function fits on a screen.

use super::Finding;
use super::source::{self, Text, Tree};

/// Past this, think of splitting.
const SOFT: usize = 400;
/// Past this, split.
const HARD: usize = 700;
/// Lines of a function, from `fn` to its closing brace.
const FUNCTION: usize = 70;
/// Kinds of files that people read as code.
const CODE: &[&str] = &["rs", "ts", "mjs", "js", "css", "sql", "go", "py", "cedar", "sh"];

/// Files past the soft limit; worth a look, no failure.
pub(super) fn soft(tree: &Tree) -> Vec<Finding> {
    longer(&tree.texts, SOFT, "think of splitting it")
}

/// Files and functions past the hard limits.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = longer(&tree.texts, HARD, "split it by what changes together");
    for source in &tree.rust {
        for function in &source.functions {
            if function.length > FUNCTION {
                findings.push(Finding {
                    path: source.path.clone(),
                    line: function.line,
                    text: format!("`{}` has {} lines, more than {FUNCTION}", function.name, function.length),
                });
            }
        }
    }
    findings
}

fn longer(texts: &[Text], limit: usize, advice: &str) -> Vec<Finding> {
    let code = texts.iter().filter(|text| CODE.contains(&source::extension(&text.path)));
    code.filter_map(|text| {
        let lines = text.text.lines().count();
        let said = format!("{lines} lines, more than {limit}: {advice}");
        (lines > limit).then(|| Finding { path: text.path.clone(), line: 0, text: said })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::source::Source;

    #[test]
    fn the_limits_are_at_the_line() {
        let text = |lines| Text { path: "a.rs".to_owned(), text: "x\n".repeat(lines) };
        assert!(longer(&[text(HARD)], HARD, "").is_empty());
        assert_eq!(longer(&[text(HARD + 1)], HARD, "").len(), 1);
        let function = |lines: usize| format!("fn f() {{\n{}}}\n", "x;\n".repeat(lines - 2));
        let found = |lines| {
            let rust = vec![Source::parse("a.rs", &function(lines))];
            check(&Tree { texts: Vec::new(), rust }).len()
        };
        assert_eq!((found(FUNCTION), found(FUNCTION + 1)), (0, 1));
    }
}
