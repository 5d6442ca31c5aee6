//! Guides as data: `guides/*.guide`, embedded, parsed once, keyed by GS08.

use std::collections::BTreeMap;
use std::sync::OnceLock;

const SEGMENTS: &str = include_str!("../../../../guides/segments.guide");
const GUIDES: [&str; 9] = [
    include_str!("../../../../guides/005010X222A1.guide"),
    include_str!("../../../../guides/005010X223A2.guide"),
    include_str!("../../../../guides/005010X221A1.guide"),
    include_str!("../../../../guides/005010X231A1.guide"),
    include_str!("../../../../guides/005010X214.guide"),
    include_str!("../../../../guides/005010X279A1.270.guide"),
    include_str!("../../../../guides/005010X279A1.271.guide"),
    include_str!("../../../../guides/005010X212.276.guide"),
    include_str!("../../../../guides/005010X212.277.guide"),
];

/// What an element holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Date,
    Time,
    Decimal,
    Whole,
    Composite,
    /// Not looked into.
    #[default]
    Any,
}

/// A segment's name or a code: at most four bytes, compared as one number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Word([u8; 4]);

impl Word {
    /// None when it is too long to be one.
    pub(crate) fn new(bytes: &[u8]) -> Option<Self> {
        let mut word = [0; 4];
        word.get_mut(..bytes.len())?.copy_from_slice(bytes);
        Some(Self(word))
    }

    /// One of 64 bits.
    pub(crate) fn bit(self) -> u64 {
        1 << (u32::from_le_bytes(self.0).wrapping_mul(0x9e37_79b1) >> 26)
    }
}

impl std::fmt::Display for Word {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(String::from_utf8_lossy(&self.0).trim_end_matches('\0'))
    }
}

/// What is asked of one element or component.
#[derive(Clone, Debug, Default)]
pub(crate) struct Check {
    pub(crate) kind: Kind,
    pub(crate) min: usize,
    pub(crate) max: usize,
    pub(crate) required: bool,
    pub(crate) unused: bool,
    /// Whether it may come several times, with the repetition separator between.
    pub(crate) repeats: bool,
    pub(crate) codes: Vec<Word>,
    pub(crate) parts: Vec<Check>,
}

/// A rule between elements: P, R, C, L or E, and the elements.
#[derive(Clone, Debug)]
pub(crate) struct Syntax {
    pub(crate) rule: u8,
    pub(crate) elements: Vec<usize>,
}

/// A segment's elements.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spec {
    pub(crate) checks: Vec<Check>,
    pub(crate) syntax: Vec<Syntax>,
    /// Nothing may follow this element.
    pub(crate) last: Option<usize>,
}

/// A segment or loop of a guide.
#[derive(Clone, Debug, Default)]
pub(crate) struct Node {
    pub(crate) id: String,
    pub(crate) is_loop: bool,
    pub(crate) required: bool,
    /// 0 is without limit.
    pub(crate) max: u32,
    /// Neighbours of the same name share a rank and may come in any order.
    pub(crate) rank: usize,
    /// The first of its neighbours of the same rank.
    pub(crate) rank_start: usize,
    pub(crate) children: Vec<Node>,
    /// Which of the children are required.
    pub(crate) required_children: Vec<usize>,
    /// The names by which the children are known, one bit each; names may share one.
    pub(crate) names: u64,
    pub(crate) spec: Spec,
    /// The segment by which it is known: itself, or the first of the loop.
    pub(crate) known_by: Known,
}

/// What tells a node from others of the same segment name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    /// The segment's name.
    pub(crate) id: Word,
    /// Values of its qualifier; any when empty.
    pub(crate) codes: Vec<Word>,
}

/// One guide.
#[derive(Clone, Debug, Default)]
pub(crate) struct Guide {
    /// The version and its aliases.
    pub(crate) versions: Vec<String>,
    pub(crate) set: String,
    pub(crate) root: Node,
}

type Dictionary = BTreeMap<String, Spec>;

/// All guides and the dictionary of segments.
#[derive(Debug, Default)]
pub(crate) struct Library {
    pub(crate) guides: Vec<Guide>,
    pub(crate) segments: Dictionary,
    /// What could not be understood; a test holds this empty.
    #[cfg_attr(not(test), expect(dead_code, reason = "read by the test that keeps the data sound"))]
    pub(crate) errors: Vec<String>,
}

/// The embedded guides.
pub(crate) fn library() -> &'static Library {
    static LIBRARY: OnceLock<Library> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let mut errors = Vec::new();
        let segments = dictionary(SEGMENTS, &mut errors);
        let guides = GUIDES.iter().map(|text| parse(text, &segments, &mut errors)).collect();
        Library { guides, segments, errors }
    })
}

/// The guide for a version and a set.
pub(crate) fn find(version: &[u8], set: &[u8]) -> Option<&'static Guide> {
    library()
        .guides
        .iter()
        .find(|guide| guide.set.as_bytes() == set && guide.versions.iter().any(|v| v.as_bytes() == version))
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim_end).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn dictionary(text: &str, errors: &mut Vec<String>) -> Dictionary {
    let mut all = Dictionary::new();
    for line in lines(text) {
        let (head, rules) = line.split_once(';').unwrap_or((line, ""));
        let Some((id, elements)) = head.split_once(' ') else {
            errors.push(line.to_owned());
            continue;
        };
        let checks = split_specs(elements).into_iter().flat_map(|word| checks(&word, errors)).collect();
        let syntax = rules.split_whitespace().filter_map(|word| syntax(word, errors)).collect();
        all.insert(id.to_owned(), Spec { checks, syntax, last: None });
    }
    all
}

/// Splits at blanks outside parentheses.
fn split_specs(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut depth = 0_usize;
    for ch in text.trim().chars() {
        match ch {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if ch == ' ' && depth == 0 {
            words.push(String::new());
        } else if let Some(word) = words.last_mut() {
            word.push(ch);
        }
    }
    words
}

/// `ID:2:3!`, or `12*ID:2:3` for twelve of a kind.
fn checks(word: &str, errors: &mut Vec<String>) -> Vec<Check> {
    match word.split_once('*').and_then(|(count, word)| Some((count.parse().ok()?, word))) {
        Some((count, word)) => vec![check(word, errors); count],
        None => vec![check(word, errors)],
    }
}

fn check(word: &str, errors: &mut Vec<String>) -> Check {
    let required = word.ends_with('!');
    let word = word.trim_end_matches('!');
    if let Some(inner) = word.strip_prefix("C(").and_then(|rest| rest.strip_suffix(')')) {
        let parts = split_specs(inner).into_iter().map(|part| check(&part, errors)).collect();
        return Check { kind: Kind::Composite, required, parts, ..Check::default() };
    }
    let repeats = word.ends_with('^');
    let mut fields = word.trim_end_matches('^').split(':');
    let kind = match fields.next() {
        Some("ID" | "AN") => Kind::Text,
        Some("DT") => Kind::Date,
        Some("TM") => Kind::Time,
        Some("R") => Kind::Decimal,
        Some("N") => Kind::Whole,
        Some("X") => Kind::Any,
        _ => {
            errors.push(word.to_owned());
            Kind::Any
        }
    };
    let mut number = || fields.next().and_then(|n| n.parse().ok()).unwrap_or(0);
    Check { kind, min: number(), max: number(), required, repeats, ..Check::default() }
}

fn syntax(word: &str, errors: &mut Vec<String>) -> Option<Syntax> {
    let mut chars = word.chars();
    let rule = chars.next().and_then(|c| u8::try_from(c).ok())?;
    let elements: Vec<usize> = chars.as_str().split(',').filter_map(|n| n.parse().ok()).collect();
    if !b"PRCLE".contains(&rule) || elements.len() < 2 {
        errors.push(word.to_owned());
        return None;
    }
    Some(Syntax { rule, elements })
}

struct Parser<'t> {
    lines: Vec<(usize, &'t str)>,
    pos: usize,
    defined: BTreeMap<String, Vec<Node>>,
    segments: &'t Dictionary,
    errors: &'t mut Vec<String>,
}

fn parse(text: &str, segments: &Dictionary, errors: &mut Vec<String>) -> Guide {
    let mut guide = Guide::default();
    let mut body = Vec::new();
    for line in lines(text) {
        let indent = line.len() - line.trim_start().len();
        let mut words = line.split_whitespace();
        match words.next() {
            Some("guide") => guide.versions = words.map(str::to_owned).collect(),
            Some("set") => guide.set = words.next().map(str::to_owned).unwrap_or_default(),
            _ => body.push((indent / 2, line.trim_start())),
        }
    }
    let mut parser = Parser { lines: body, pos: 0, defined: BTreeMap::new(), segments, errors };
    let body = parser.block(0);
    guide.root = Node { is_loop: true, ..Node::default() }.with(body);
    guide
}

fn ranked(mut nodes: Vec<Node>) -> Vec<Node> {
    let (mut rank, mut start) = (0, 0);
    let mut last: Option<(bool, String)> = None;
    for (index, node) in nodes.iter_mut().enumerate() {
        let lead = node.lead().id.clone();
        if last.as_ref() != Some(&(node.is_loop, lead.clone())) {
            (rank, start) = (rank + 1, index);
        }
        (node.rank, node.rank_start) = (rank, start);
        node.known_by =
            Known { codes: node.lead().qualifiers().to_vec(), id: Word::new(lead.as_bytes()).unwrap_or_default() };
        last = Some((node.is_loop, lead));
    }
    nodes
}

impl Node {
    /// The same node with what is in it.
    fn with(mut self, body: Vec<Node>) -> Self {
        self.children = ranked(body);
        self.required_children =
            self.children.iter().enumerate().filter(|(_, child)| child.required).map(|(index, _)| index).collect();
        self.names = self.children.iter().fold(0, |names, child| names | child.known_by.id.bit());
        self
    }

    /// The segment that begins a loop, or the segment itself.
    pub(crate) fn lead(&self) -> &Node {
        match self.children.first() {
            Some(first) if self.is_loop => first.lead(),
            _ => self,
        }
    }
}

impl Parser<'_> {
    fn block(&mut self, indent: usize) -> Vec<Node> {
        let mut nodes = Vec::new();
        while let Some(&(depth, line)) = self.lines.get(self.pos) {
            if depth < indent {
                break;
            }
            self.pos += 1;
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                ["define", name] => {
                    let body = self.block(indent + 1);
                    self.defined.insert((*name).to_owned(), body);
                }
                ["loop", name, usage, max] => {
                    let body = self.block(indent + 1);
                    nodes.push(repeated(name, usage, max, body));
                }
                ["use", name] => nodes.extend(self.body_of(name)),
                ["use", name, usage, max] => {
                    let body = self.body_of(name);
                    nodes.push(repeated(name, usage, max, body));
                }
                [id, usage, max, elements @ ..] => nodes.push(self.segment(id, usage, max, elements)),
                _ => self.errors.push(line.to_owned()),
            }
        }
        nodes
    }

    fn body_of(&mut self, name: &str) -> Vec<Node> {
        if !self.defined.contains_key(name) {
            self.errors.push(format!("use {name}"));
        }
        self.defined.get(name).cloned().unwrap_or_default()
    }

    fn segment(&mut self, entry: &str, usage: &str, max: &str, elements: &[&str]) -> Node {
        let mut spec = self.segments.get(entry).cloned().unwrap_or_default();
        // `HI/I` is HI by another entry of the dictionary.
        let id = entry.split('/').next().unwrap_or(entry);
        if spec.checks.is_empty() {
            self.errors.push(format!("{id} is not in the dictionary"));
        }
        for word in elements {
            if let Some(last) = word.strip_prefix("..") {
                spec.last = last.parse().ok();
            } else if refine(&mut spec, word).is_none() {
                self.errors.push(format!("{id} {word}"));
            }
        }
        Node { id: id.to_owned(), required: usage == "R", max: limit(max), spec, ..Node::default() }
    }
}

fn limit(max: &str) -> u32 {
    max.parse().unwrap_or(0)
}

fn repeated(name: &str, usage: &str, max: &str, body: Vec<Node>) -> Node {
    let empty = Node { id: name.to_owned(), is_loop: true, required: usage == "R", max: limit(max), ..Node::default() };
    empty.with(body)
}

/// Applies `n!=A,B`, `nx`, `n-m!`, or `*-m!` for component m of every element, to a copy of the dictionary's entry.
fn refine(spec: &mut Spec, word: &str) -> Option<()> {
    let (place, codes) = word.split_once('=').unwrap_or((word, ""));
    let (required, unused) = (place.ends_with('!'), place.ends_with('x'));
    let codes: Vec<Word> = match codes {
        "" => Vec::new(),
        list => list.split(',').map(|code| Word::new(code.as_bytes())).collect::<Option<_>>()?,
    };
    let apply = |check: &mut Check| {
        check.required |= required;
        check.unused |= unused;
        if !codes.is_empty() {
            check.codes.clone_from(&codes);
        }
    };
    let place = place.trim_end_matches(['!', 'x']);
    let (element, part) = place.split_once('-').map_or((place, None), |(element, part)| (element, Some(part)));
    let index = |number: &str| number.parse::<usize>().ok()?.checked_sub(1);
    match (element, part) {
        ("*", Some(part)) => {
            let part = index(part)?;
            spec.checks.iter_mut().filter_map(|check| check.parts.get_mut(part)).for_each(apply);
        }
        (element, Some(part)) => {
            let check = spec.checks.get_mut(index(element)?)?;
            // A required component makes its element required only where the guide says so of component 1.
            check.required |= required && part == "1";
            apply(check.parts.get_mut(index(part)?)?);
        }
        (element, None) => apply(spec.checks.get_mut(index(element)?)?),
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_guides_are_sound() {
        let library = library();
        assert_eq!(library.errors, Vec::<String>::new());
        assert!(library.segments.len() > 50);
        assert!(find(b"005010X222A2", b"837").is_some(), "an alias");
        assert!(find(b"005010X222A1", b"835").is_none());
        assert!(find(b"", b"").is_none());
    }

    #[test]
    fn nonsense_is_reported_and_not_a_panic() {
        let mut errors = Vec::new();
        let segments = dictionary("NM1\nN3 QQ:1\nREF AN:1:2 ; Z1 P2", &mut errors);
        let guide = parse("guide\n  loop\nuse nothing\nN3 R x 99!=A 0- ..z\nZZZ", &segments, &mut errors);
        assert!(errors.len() >= 6, "{errors:?}");
        assert!(guide.versions.is_empty());
    }
}
