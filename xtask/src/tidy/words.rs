//! Words that may not stand in the tree: unfinished work, silenced lints, SQL outside the store, one machine's paths.

use super::Finding;
use super::source::{self, Source, Text, Tree};

/// Code that is unfinished, or a check that is switched off: what, and what to do instead.
const CODE: &[(&str, &str)] = &[
    ("#[ignore", "a test that does not run shows nothing: mend it or remove it"),
    ("todo!(", "finish it, or return an error that says what is missing"),
    ("unimplemented!(", "finish it, or return an error that says what is missing"),
    ("#[allow(", "use `#[expect(.., reason = \"..\")]`"),
    ("#![allow(", "use `#[expect(.., reason = \"..\")]`"),
    ("dbg!(", "remove it"),
];

/// The same in the browser's languages.
const SCRIPT: &[(&str, &str)] = &[
    (".skip(", "a test that does not run shows nothing: mend it or remove it"),
    (".only(", "it silences every other test"),
    ("debugger;", "remove it"),
];

/// Words that belong to one machine. They are put together here so that the rule does not find itself.
const MACHINE: &[&str] = &[concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/fa", "rm/")];

/// Addresses of package registries: those are the reader's own setting, not ours.
const REGISTRIES: &[&str] = &[
    concat!("crates", ".io-index"),
    concat!("index.", "crates.io"),
    concat!("static.", "crates.io"),
    concat!("registry.", "npmjs"),
    concat!("py", "pi.org"),
    concat!("files.python", "hosted"),
    concat!("deb.", "debian.org"),
    concat!("proxy.", "golang.org"),
];

/// Notes to oneself. A mark in the code is forgotten; an issue is not.
const MARKS: &[&str] = &[concat!("FIX", "ME"), concat!("TO", "DO:"), concat!("TO", "DO(")];

/// Beginnings of SQL, each with a word that must follow for it to be SQL and not prose.
const SQL: &[(&str, &str)] = &[
    ("SELECT ", " FROM "),
    ("INSERT INTO ", " "),
    ("UPDATE ", " SET "),
    ("DELETE FROM ", ""),
    ("CREATE TABLE ", ""),
    ("ALTER TABLE ", ""),
    ("DROP TABLE ", ""),
    ("PRAGMA ", ""),
];

/// Where SQL may stand: the store; the crash harness, which drives the engine itself; this rule.
const SQL_HOMES: &[&str] = &["crates/store/", "crates/crashfs/", "xtask/"];

/// Applies all of it.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in &tree.rust {
        findings.extend(rust(source));
    }
    for text in &tree.texts {
        findings.extend(plain(text));
    }
    findings
}

fn rust(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (line, code) in source.all_lines() {
        for (word, advice) in CODE.iter().filter(|(word, _)| has(&code, word)) {
            findings.push(Finding { path: source.path.clone(), line, text: format!("`{word}..`: {advice}") });
        }
    }
    if SQL_HOMES.iter().any(|home| source.path.starts_with(home)) {
        return findings;
    }
    for literal in source.literals.iter().filter(|literal| !source.is_test(literal.line) && is_sql(&literal.text)) {
        let text = "SQL lives in crates/store alone".to_owned();
        findings.push(Finding { path: source.path.clone(), line: literal.line, text });
    }
    findings
}

/// Whether the word stands there, and not as the end of another: `xtodo!(` is not `todo!(`.
fn has(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        let before = code.get(..at).unwrap_or_default();
        !before.ends_with(|c: char| c.is_alphanumeric() || c == '_')
    })
}

fn is_sql(text: &str) -> bool {
    SQL.iter().any(|(start, then)| text.split_once(start).is_some_and(|(_, rest)| rest.contains(then)))
}

fn plain(text: &Text) -> Vec<Finding> {
    let lock = text.path == "Cargo.lock" || text.path.ends_with("/Cargo.lock");
    let npm_lock = text.path.ends_with("package-lock.json");
    let script = ["ts", "mjs", "js"].contains(&source::extension(&text.path));
    let mut findings = Vec::new();
    for (index, line) in text.text.lines().enumerate() {
        let mut found = |said: String| findings.push(Finding { path: text.path.clone(), line: index + 1, text: said });
        for path in MACHINE.iter().filter(|path| line.contains(**path)) {
            found(format!("`{path}` is a path of one machine"));
        }
        // Cargo writes its registry's name into the lock file itself.
        for host in REGISTRIES.iter().filter(|host| !lock && line.contains(**host)) {
            found(format!("`{host}` is a registry's address, which is the reader's own setting"));
        }
        if npm_lock && line.trim_start().starts_with("\"resolved\"") {
            found("an address in the lock file: run npm with omit-lockfile-registry-resolved".to_owned());
        }
        for mark in MARKS.iter().filter(|mark| line.contains(**mark)) {
            found(format!("`{mark}`: do it now, or write an issue"));
        }
        for (word, advice) in SCRIPT.iter().filter(|(word, _)| script && line.contains(*word)) {
            found(format!("`{word}`: {advice}"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(findings: &[Finding]) -> Vec<usize> {
        findings.iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn sql_is_found_outside_the_store_and_prose_is_not() {
        let text = "fn f() {\n q(\"SELECT id FROM patient\");\n w(\"DELETE FROM x\");\n p(\"Select a day from the list\");\n \
                    p(\"PLEASE SELECT ONE\"); }\n#[cfg(test)]\nmod tests { fn t() { q(\"DROP TABLE x\") } }\n";
        assert_eq!(lines(&rust(&Source::parse("crates/web/src/a.rs", text))), [2, 3]);
        assert!(rust(&Source::parse("crates/store/src/a.rs", text)).is_empty());
    }

    #[test]
    fn unfinished_code_is_found_and_talk_of_it_is_not() {
        let text = "// todo!() is for cowards\n#[ignore]\nfn f() { todo!(\"x\") }\nfn g() { s(\"#[allow(x)]\") }\n";
        assert_eq!(lines(&rust(&Source::parse("crates/web/src/a.rs", text))), [2, 3]);
    }

    #[test]
    fn addresses_and_paths_are_found() {
        let npm = format!("{{\n  \"resolved\": \"x\",\n  \"u\": \"https://{}/x\"\n}}", REGISTRIES.get(3).unwrap());
        assert_eq!(lines(&plain(&Text { path: "a/package-lock.json".to_owned(), text: npm })), [2, 3]);
        let path = format!("cd {}x", MACHINE.first().unwrap());
        assert_eq!(lines(&plain(&Text { path: "README.md".to_owned(), text: path })), [1]);
        let lock = format!("source = \"{}\"", REGISTRIES.first().unwrap());
        assert!(plain(&Text { path: "Cargo.lock".to_owned(), text: lock }).is_empty());
    }
}
