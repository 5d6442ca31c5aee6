//! The tree as text, and Rust files read just far enough: code without its comments and strings, and what is a test.

use std::path::Path;

use crate::cmd;
use crate::error::{Error, Result};

/// What holds nothing we wrote.
const SKIP: &[&str] = &["target", "node_modules", "dist", ".git", "demo-data"];
/// Kinds of files that hold text we wrote.
const KINDS: &[&str] = &[
    "rs", "ts", "mjs", "js", "css", "sql", "toml", "lock", "md", "json", "cedar", "html", "sh", "py", "go", "yaml", "",
];

/// One text file.
#[derive(Debug)]
pub(crate) struct Text {
    /// Path from the top, with `/`.
    pub(crate) path: String,
    /// What it says.
    pub(crate) text: String,
}

/// Everything we wrote.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    /// All text files, sorted by path.
    pub(crate) texts: Vec<Text>,
    /// The Rust files among them, read further.
    pub(crate) rust: Vec<Source>,
}

impl Tree {
    /// Reads the tree under a directory.
    pub(crate) fn load(root: &Path) -> Result<Self> {
        let mut texts = Vec::new();
        walk(root, root, &mut texts)?;
        texts.sort_by(|a, b| a.path.cmp(&b.path));
        let rust = texts.iter().filter(|text| is_rust(&text.path)).map(|text| Source::parse(&text.path, &text.text));
        Ok(Self { rust: rust.collect(), texts })
    }

    /// The text of a file.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.texts.iter().find(|text| text.path == path).map(|text| text.text.as_str())
    }
}

/// The Rust files under a directory.
pub(crate) fn rust_files(root: &Path) -> Result<Vec<Source>> {
    Ok(Tree::load(root)?.rust)
}

fn is_rust(path: &str) -> bool {
    extension(path) == "rs"
}

/// What follows the last dot of a path's last part; empty where there is none.
pub(crate) fn extension(path: &str) -> &str {
    Path::new(path).extension().and_then(|extension| extension.to_str()).unwrap_or_default()
}

fn walk(root: &Path, dir: &Path, texts: &mut Vec<Text>) -> Result<()> {
    let doing = || format!("reading the directory `{}`", dir.display());
    for entry in std::fs::read_dir(dir).map_err(Error::io(doing()))? {
        let path = entry.map_err(Error::io(doing()))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // In a second work tree `.git` is a file.
        if SKIP.contains(&name.as_str()) {
            continue;
        }
        if path.is_dir() {
            walk(root, &path, texts)?;
        } else if path.is_file() && KINDS.contains(&extension(&name)) {
            let relative = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            // A file that is not text (a sample in another encoding) has no lines to judge.
            if let Ok(text) = cmd::read(&path) {
                texts.push(Text { path: relative, text });
            }
        }
    }
    Ok(())
}

/// A string literal.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Literal {
    /// The line where it begins, from 1.
    pub(crate) line: usize,
    /// What stands between its quotes, escapes as written.
    pub(crate) text: String,
}

/// A function.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Function {
    /// Its name.
    pub(crate) name: String,
    /// The line of its `fn`, from 1.
    pub(crate) line: usize,
    /// Lines from `fn` to its closing brace.
    pub(crate) length: usize,
}

/// A Rust file, read just far enough.
#[derive(Debug)]
pub(crate) struct Source {
    /// Path from the top, with `/`.
    pub(crate) path: String,
    /// The code, with comments and the inside of strings blanked out; lines stand where they stood.
    code: Vec<char>,
    /// Every string literal.
    pub(crate) literals: Vec<Literal>,
    /// Every function with a body.
    pub(crate) functions: Vec<Function>,
    /// Lines under `#[cfg(test)]`: first and last.
    tests: Vec<(usize, usize)>,
}

impl Source {
    /// Reads a file.
    pub(crate) fn parse(path: &str, text: &str) -> Self {
        let (code, literals) = super::source::mask::mask(text);
        let mut source = Self { path: path.to_owned(), code, literals, functions: Vec::new(), tests: Vec::new() };
        source.functions = source.find_functions();
        source.tests = source.test_regions();
        source
    }

    /// Whether the whole file is a test.
    pub(crate) fn is_test_file(&self) -> bool {
        self.path.split('/').any(|part| part == "tests" || part == "tests.rs" || part == "testkit")
    }

    /// Whether a line is part of a test.
    pub(crate) fn is_test(&self, line: usize) -> bool {
        self.is_test_file() || self.tests.iter().any(|(first, last)| (*first..=*last).contains(&line))
    }

    /// Lines of code outside tests, with their numbers.
    pub(crate) fn code_lines(&self) -> Vec<(usize, String)> {
        self.all_lines().into_iter().filter(|(number, _)| !self.is_test(*number)).collect()
    }

    /// All lines of code, with their numbers.
    pub(crate) fn all_lines(&self) -> Vec<(usize, String)> {
        let code: String = self.code.iter().collect();
        code.lines().map(str::to_owned).enumerate().map(|(index, line)| (index + 1, line)).collect()
    }

    fn find_functions(&self) -> Vec<Function> {
        let mut functions = Vec::new();
        for at in self.find("fn") {
            let name: String =
                self.code.iter().skip(at + 2).skip_while(|c| c.is_whitespace()).take_while(|c| is_word(**c)).collect();
            let (Some(end), false) = (self.item_end(at), name.is_empty()) else { continue };
            if self.code.get(end) == Some(&'}') {
                let (line, last) = (self.line(at), self.line(end));
                functions.push(Function { name, line, length: last - line + 1 });
            }
        }
        functions
    }

    fn test_regions(&self) -> Vec<(usize, usize)> {
        let attribute: Vec<char> = "#[cfg(test)]".chars().collect();
        let starts = self.code.windows(attribute.len()).enumerate().filter(|(_, window)| *window == attribute);
        starts.filter_map(|(at, _)| Some((self.line(at), self.line(self.item_end(at + attribute.len())?)))).collect()
    }

    /// Where a word stands by itself.
    fn find(&self, word: &str) -> Vec<usize> {
        let word: Vec<char> = word.chars().collect();
        let bounded = |at: usize| {
            let before = at.checked_sub(1).and_then(|before| self.code.get(before));
            let after = self.code.get(at + word.len());
            !before.is_some_and(|c| is_word(*c)) && after.is_some_and(|c| c.is_whitespace())
        };
        let windows = self.code.windows(word.len()).enumerate();
        windows.filter(|(at, window)| *window == word && bounded(*at)).map(|(at, _)| at).collect()
    }

    /// The end of the item that begins here: its closing brace, or its semicolon when it has no body.
    fn item_end(&self, from: usize) -> Option<usize> {
        let (mut braces, mut others) = (0_usize, 0_usize);
        for (at, c) in self.code.iter().enumerate().skip(from) {
            match c {
                '(' | '[' => others += 1,
                ')' | ']' => others = others.saturating_sub(1),
                '{' => braces += 1,
                '}' => {
                    braces = braces.saturating_sub(1);
                    if braces == 0 && others == 0 {
                        return Some(at);
                    }
                }
                ';' if braces == 0 && others == 0 => return Some(at),
                _ => {}
            }
        }
        None
    }

    fn line(&self, at: usize) -> usize {
        self.code.iter().take(at).filter(|c| **c == '\n').count() + 1
    }
}

/// Whether a character can be part of a name.
fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

mod mask;

#[cfg(test)]
mod tests;
