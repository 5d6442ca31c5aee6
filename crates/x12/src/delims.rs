//! Delimiters, and how to find them in an ISA segment of any style.

use memchr::memchr;
use serde::{Deserialize, Serialize};

/// The four characters that give an interchange its structure (ISA, bytes 3, 82, 104 and 105).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delimiters {
    /// Between elements.
    pub element: u8,
    /// Between the repetitions of an element; none before version 00402, where ISA11 means something else.
    pub repetition: Option<u8>,
    /// Between the components of an element.
    pub component: u8,
    /// After a segment.
    pub terminator: u8,
}

impl Default for Delimiters {
    /// `* ^ : ~`, which nearly everybody uses.
    fn default() -> Self {
        Self { element: b'*', repetition: Some(b'^'), component: b':', terminator: b'~' }
    }
}

impl Delimiters {
    /// Whether the byte has a structural meaning.
    pub fn has(&self, byte: u8) -> bool {
        byte == self.element || byte == self.component || byte == self.terminator || Some(byte) == self.repetition
    }

    /// Whether the four differ and none of them is a letter, a digit or a space.
    pub fn usable(&self) -> bool {
        let mut all = vec![self.element, self.component, self.terminator];
        all.extend(self.repetition);
        let distinct = all.iter().enumerate().all(|(i, a)| all.iter().skip(i + 1).all(|b| a != b));
        distinct && all.iter().all(|b| !b.is_ascii_alphanumeric() && *b != b' ' && *b != b'-' && *b != b'.')
    }
}

/// Widths of ISA01 to ISA16.
const WIDTHS: [usize; 16] = [2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1];
/// Bytes of an ISA segment up to its terminator.
pub(crate) const LENGTH: usize = 105;
/// The longest ISA that is looked at; real ones have 106 bytes.
const LONGEST: usize = 400;

/// An ISA segment as found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Isa {
    pub(crate) delims: Delimiters,
    /// Bytes from `I` up to the terminator.
    pub(crate) len: usize,
    /// Whether it has the fixed layout.
    pub(crate) fixed: bool,
}

/// Whether an ISA segment may start here.
pub(crate) fn starts_isa(bytes: &[u8]) -> bool {
    matches!(bytes, [b'I', b'S', b'A', sep, ..] if !sep.is_ascii_alphanumeric() && *sep != b' ')
}

/// Reads the delimiters of an ISA that starts at the first byte. `None` when not even a guess is possible.
pub(crate) fn detect(bytes: &[u8]) -> Option<Isa> {
    if !starts_isa(bytes) {
        return None;
    }
    let element = *bytes.get(3)?;
    let window = bytes.get(..bytes.len().min(LONGEST))?;
    let separators: Vec<usize> = memchr::memchr_iter(element, window).take(16).collect();
    let counted = separators.get(15).and_then(|&last| by_count(window, element, &separators, last));
    counted.or_else(|| by_next_segment(window, element))
}

fn plausible(byte: u8) -> bool {
    !byte.is_ascii_alphanumeric() && byte != b' '
}

/// The ordinary way: after the sixteenth separator come ISA16 and the terminator.
fn by_count(window: &[u8], element: u8, separators: &[usize], last: usize) -> Option<Isa> {
    let component = *window.get(last + 1)?;
    let terminator = *window.get(last + 2)?;
    let fixed = last == 103 && is_fixed(separators);
    let sound = plausible(component) && plausible(terminator) && terminator != element;
    if !fixed && !sound {
        return None;
    }
    // `~` and a line end here: either ISA16 is missing and `~` is the terminator, or the terminator is the line end. What ends
    // the next segment decides.
    if component == b'~' && matches!(terminator, b'\r' | b'\n') && !line_ends_follow(window.get(last + 3..)?) {
        return None;
    }
    let from = separators.get(10)? + 1;
    let to = *separators.get(11)?;
    let version = window.get(to + 1..*separators.get(12)?).unwrap_or_default();
    let repetition = match window.get(from..to) {
        Some([one]) if version >= b"00402".as_slice() && !one.is_ascii_alphanumeric() && *one != b' ' => Some(*one),
        _ => None,
    };
    Some(Isa { delims: Delimiters { element, repetition, component, terminator }, len: last + 2, fixed })
}

/// Whether the segment that follows ends with a line end and not with `~`.
fn line_ends_follow(rest: &[u8]) -> bool {
    let rest = rest.trim_ascii_start();
    rest.iter().find(|b| matches!(b, b'~' | b'\r' | b'\n')).is_some_and(|end| *end != b'~')
}

fn is_fixed(separators: &[usize]) -> bool {
    let mut at = 3;
    for (index, &found) in separators.iter().enumerate() {
        if found != at {
            return false;
        }
        at += 1 + WIDTHS.get(index).copied().unwrap_or(0);
    }
    true
}

/// The rescue for a broken ISA: the byte before the next segment is the terminator.
fn by_next_segment(window: &[u8], element: u8) -> Option<Isa> {
    let next = [b"GS".as_slice(), b"TA1", b"IEA", b"ST"].into_iter().filter_map(|id| {
        let mut from = 4;
        while let Some(hit) = window.get(from..).and_then(|rest| memchr::memmem::find(rest, id)) {
            let at = from + hit;
            let before = window.get(at.wrapping_sub(1)).copied().unwrap_or(b'A');
            if window.get(at + id.len()) == Some(&element) && plausible_end(before) && before != element {
                return Some(at);
            }
            from = at + 1;
        }
        None
    });
    let at = next.min()?;
    let head = window.get(..at)?;
    let trimmed = head.trim_ascii_end();
    let (terminator, len) = match trimmed.last() {
        Some(&last) if plausible(last) && last != element && trimmed.len() > 4 => (last, trimmed.len() - 1),
        _ => {
            let end = memchr(b'\r', head).or_else(|| memchr(b'\n', head))?;
            (*head.get(end)?, end)
        }
    };
    let isa = window.get(..len)?;
    let component = isa.rsplit(|b| *b == element).next().and_then(|last| match last {
        [one] if plausible(*one) => Some(*one),
        _ => None,
    });
    let component = component.filter(|c| *c != terminator).unwrap_or(if element == b':' { b'>' } else { b':' });
    Some(Isa {
        delims: Delimiters {
            element,
            repetition: Some(b'^').filter(|r| *r != element && *r != component && *r != terminator),
            component,
            terminator,
        },
        len,
        fixed: false,
    })
}

fn plausible_end(byte: u8) -> bool {
    !byte.is_ascii_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISA: &str =
        "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *261006*0800*^*00501*000000001*0*T*:~";

    #[track_caller]
    fn check(text: &str, terminator: u8, component: u8, fixed: bool) {
        let isa = detect(text.as_bytes()).expect("an ISA");
        assert_eq!(
            (char::from(isa.delims.terminator), char::from(isa.delims.component), isa.fixed),
            (char::from(terminator), char::from(component), fixed)
        );
    }

    #[test]
    fn the_fixed_layout() {
        check(ISA, b'~', b':', true);
        check(&ISA.replace('~', "\r"), b'\r', b':', true);
        check(&ISA.replace('*', "|").replace(':', ">").replace('~', "\x1d"), 0x1d, b'>', true);
    }

    #[test]
    fn an_unpadded_isa() {
        check("ISA*00**00**ZZ*SENDER*ZZ*RECEIVER*261006*0800*^*00501*000000001*0*T*:~GS*HC", b'~', b':', false);
    }

    #[test]
    fn a_missing_component_separator() {
        check(&format!("{}\nGS*HC*A", ISA.replace(":~", "~")), b'~', b':', false);
    }

    #[test]
    fn a_tilde_between_components_and_line_ends_after_segments() {
        let text = ISA.replace(":~", "~\r\n");
        check(&format!("{text}GS*HP*A\r\nST*835"), b'\r', b'~', true);
        check(&format!("{text}GS*HP*A~\r\nST*835"), b'~', b':', false);
        check(&format!("{}GS*HP*A\nST*835", ISA.replace(":~", "~\n")), b'\n', b'~', true);
    }

    #[test]
    fn too_few_elements() {
        check(
            "ISA*00*ZZ*SENDER*ZZ*RECEIVER*261006*0800*:~\r\nGS*HC*A*B*20261006*0800*1*X*005010X222A1~",
            b'~',
            b':',
            false,
        );
    }

    #[test]
    fn an_old_version_has_no_repetition() {
        let isa = detect(ISA.replace("*^*00501", "*U*00401").as_bytes()).expect("an ISA");
        assert_eq!(isa.delims.repetition, None);
    }

    #[test]
    fn what_is_no_isa() {
        for text in ["", "ISA", "ISAAC*NEWTON", "GS*HC", "ISA*", "ISA*00*12"] {
            assert_eq!(detect(text.as_bytes()), None, "{text}");
        }
    }
}
