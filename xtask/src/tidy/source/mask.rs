//! Blanking out comments and strings, so that rules about code are not fooled by prose.

use super::{Literal, is_word};

/// The code with comments and the inside of strings as spaces, and the strings.
pub(super) fn mask(text: &str) -> (Vec<char>, Vec<Literal>) {
    let mut mask = Mask { text: text.chars().collect(), at: 0, line: 1, code: Vec::new(), literals: Vec::new() };
    while let Some(c) = mask.peek(0) {
        mask.step(c);
    }
    (mask.code, mask.literals)
}

struct Mask {
    text: Vec<char>,
    at: usize,
    line: usize,
    code: Vec<char>,
    literals: Vec<Literal>,
}

impl Mask {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.text.get(self.at + ahead).copied()
    }

    /// Takes one character over as it is.
    fn keep(&mut self) -> Option<char> {
        let c = self.peek(0)?;
        self.code.push(c);
        self.advance(c);
        Some(c)
    }

    /// Takes one character over as a space; a line break stays, so that line numbers do.
    fn blank(&mut self) -> Option<char> {
        let c = self.peek(0)?;
        self.code.push(if c == '\n' { '\n' } else { ' ' });
        self.advance(c);
        Some(c)
    }

    fn advance(&mut self, c: char) {
        self.at += 1;
        self.line += usize::from(c == '\n');
    }

    fn step(&mut self, c: char) {
        let after_word = self.code.last().copied().is_some_and(is_word);
        match (c, self.peek(1)) {
            ('/', Some('/')) => {
                while self.peek(0).is_some_and(|c| c != '\n') {
                    self.blank();
                }
            }
            ('/', Some('*')) => self.block_comment(),
            ('"', _) => self.string(),
            ('r', Some('"' | '#')) if !after_word => self.raw_string(1),
            ('b' | 'c', Some('r')) if !after_word && matches!(self.peek(2), Some('"' | '#')) => self.raw_string(2),
            ('\'', _) => self.quote(),
            _ => {
                self.keep();
            }
        }
    }

    fn block_comment(&mut self) {
        let mut depth = 0_usize;
        loop {
            match (self.peek(0), self.peek(1)) {
                (Some('/'), Some('*')) => depth += 1,
                (Some('*'), Some('/')) => depth -= 1,
                (None, _) => return,
                _ => {
                    self.blank();
                    continue;
                }
            }
            self.blank();
            self.blank();
            if depth == 0 {
                return;
            }
        }
    }

    fn string(&mut self) {
        let line = self.line;
        self.keep();
        let mut text = String::new();
        while let Some(c) = self.peek(0) {
            if c == '"' {
                self.keep();
                break;
            }
            text.push(c);
            self.blank();
            if c == '\\'
                && let Some(escaped) = self.blank()
            {
                text.push(escaped);
            }
        }
        self.literals.push(Literal { line, text });
    }

    /// `r"..."` and `r#"..."#`; a raw name such as `r#type` is no string.
    fn raw_string(&mut self, prefix: usize) {
        let hashes = self.text.iter().skip(self.at + prefix).take_while(|c| **c == '#').count();
        if self.peek(prefix + hashes) != Some('"') {
            self.keep();
            return;
        }
        let line = self.line;
        for _ in 0..=prefix + hashes {
            self.keep();
        }
        let mut text = String::new();
        while let Some(c) = self.peek(0) {
            let closes = c == '"' && (1..=hashes).all(|ahead| self.peek(ahead) == Some('#'));
            if closes {
                for _ in 0..=hashes {
                    self.keep();
                }
                break;
            }
            text.push(c);
            self.blank();
        }
        self.literals.push(Literal { line, text });
    }

    /// A character, or the tick of a lifetime.
    fn quote(&mut self) {
        let escaped = self.peek(1) == Some('\\');
        if !escaped && self.peek(2) != Some('\'') {
            self.keep();
            return;
        }
        self.keep();
        if escaped {
            self.blank();
        }
        self.blank();
        while let Some(c) = self.peek(0) {
            if c == '\'' {
                self.keep();
                return;
            }
            self.blank();
        }
    }
}
