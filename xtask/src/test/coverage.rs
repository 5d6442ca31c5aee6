//! Every SQL statement must have run on both engines.
//!
//! There is no compile-time check of SQL here (ADR 0002); this is what pays for it. The store's test build writes a line
//! `ENGINE FILE:LINE` for each statement that it runs into the file named by `WELLKEPT_SQL_COVERAGE`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::cmd;
use crate::error::{Error, Result};
use crate::tidy::source::{self, Source};

/// The engines, as the store names them.
const ENGINES: &[&str] = &["sqlite", "postgres"];

/// Files whose statements belong to one engine by design: numbering after the commit happens on PostgreSQL alone (ADR
/// 0007), and a driver speaks to its own engine.
const OF_ONE_ENGINE: &[(&str, &str)] = &[
    ("crates/store/src/audit/sequencer.rs", "postgres"),
    ("crates/store/src/db/postgres", "postgres"),
    ("crates/store/src/db/sqlite", "sqlite"),
];

/// Where the tests write what they ran.
pub(super) fn file() -> PathBuf {
    cmd::target().join("sql-coverage.txt")
}

/// Fails naming each statement that one of the engines never ran.
pub(super) fn check() -> Result<()> {
    let mut statements = BTreeSet::new();
    for source in source::rust_files(&cmd::root())? {
        if source.path.starts_with("crates/store/src/") && !source.is_test_file() {
            statements.extend(places(&source));
        }
    }
    let ran = std::fs::read_to_string(file()).unwrap_or_default();
    let gaps = gaps(&statements, &ran, &format!("{}/", cmd::root().display()));
    for gap in &gaps {
        println!("{gap}");
    }
    if gaps.is_empty() {
        println!("{} statements, each run on {}", statements.len(), ENGINES.join(" and "));
        return Ok(());
    }
    Err(Error::Wrong(format!("{} statements were never run on an engine", gaps.len())))
}

/// `FILE:LINE` of each statement outside tests. The line is that of the macro's name, as `line!()` gives it.
fn places(source: &Source) -> Vec<String> {
    let mut places = Vec::new();
    for (number, line) in source.code_lines() {
        let uses = line.match_indices("sql!(").filter(|(at, _)| {
            let before = line.get(..*at).unwrap_or_default();
            !before.ends_with(|c: char| c.is_alphanumeric() || c == '_')
        });
        places.extend(uses.map(|_| format!("{}:{number}", source.path)));
    }
    places
}

fn gaps(statements: &BTreeSet<String>, ran: &str, root: &str) -> Vec<String> {
    let ran: BTreeSet<(&str, &str)> = ran
        .lines()
        .filter_map(|line| line.trim().split_once(' '))
        .map(|(engine, place)| (engine, place.strip_prefix(root).unwrap_or(place)))
        .collect();
    let mut gaps = Vec::new();
    for place in statements {
        let own = OF_ONE_ENGINE.iter().find(|(path, _)| place.starts_with(path)).map(|(_, engine)| engine);
        for engine in ENGINES.iter().filter(|engine| own.is_none_or(|own| own == *engine)) {
            if !ran.contains(&(*engine, place.as_str())) {
                gaps.push(format!("{place}: never run on {engine}"));
            }
        }
    }
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_that_one_engine_never_ran_is_named() {
        let statements = BTreeSet::from(["crates/store/src/a.rs:3".to_owned()]);
        let ran = "sqlite crates/store/src/a.rs:3\npostgres /top/crates/store/src/b.rs:9\n";
        assert_eq!(gaps(&statements, ran, "/top/"), ["crates/store/src/a.rs:3: never run on postgres"]);
        let both = "sqlite crates/store/src/a.rs:3\npostgres /top/crates/store/src/a.rs:3";
        assert!(gaps(&statements, both, "/top/").is_empty());
    }

    #[test]
    fn a_statement_of_one_engine_must_run_on_that_one() {
        let statements = BTreeSet::from(["crates/store/src/audit/sequencer.rs:7".to_owned()]);
        assert!(gaps(&statements, "postgres crates/store/src/audit/sequencer.rs:7", "/").is_empty());
        assert_eq!(gaps(&statements, "sqlite crates/store/src/audit/sequencer.rs:7", "/").len(), 1);
    }

    #[test]
    fn statements_in_tests_comments_and_the_macro_itself_do_not_count() {
        let text = "macro_rules! sql { () => {} }\n// sql!(\"no\")\nfn a() { tx.query(sql!(\"yes\")) }\n\
                    #[cfg(test)]\nmod tests {\n fn b() { sql!(\"no\") }\n}\nfn c() { mysql!(1) }\n";
        assert_eq!(places(&Source::parse("x.rs", text)), ["x.rs:3"]);
    }
}
