//! Judging the elements of one segment.

use super::guide::{Check, Kind, Spec, Syntax, Word};
use crate::common::npi_is_valid;
use crate::date::{Date, Period, Time};
use crate::fault::{Code, Fault};
use crate::segment::{Segment, text};

/// Checks each element once against its specification, then the rules between elements.
pub(crate) fn check(segment: &Segment<'_>, spec: &Spec, faults: &mut Vec<Fault>) {
    let mut seen = 0;
    let mut present = 0_u64;
    for value in segment.elements() {
        seen += 1;
        if !value.is_empty() && seen < 64 {
            present |= 1 << seen;
        }
        match spec.checks.get(seen - 1) {
            Some(_) if spec.last.is_some_and(|last| seen > last) && !value.is_empty() => {
                faults.push(unexpected(segment, seen));
            }
            Some(check) => element(segment, check, value, seen, faults),
            None if value.is_empty() => {}
            None => faults.push(
                segment.fault(Code::ElementUnexpected, "there are more elements than the segment has").at_element(seen),
            ),
        }
    }
    for (index, check) in spec.checks.iter().enumerate().skip(seen) {
        if check.required {
            faults.push(missing(segment, index + 1));
        }
    }
    for rule in &spec.syntax {
        between(segment, rule, &spec.checks, present, faults);
    }
    match segment.id() {
        b"DTP" => formatted_date(segment, (2, 3), faults),
        b"DMG" => formatted_date(segment, (1, 2), faults),
        b"PAT" => formatted_date(segment, (5, 6), faults),
        b"NM1" => identifier(segment, 9, faults),
        b"N1" => identifier(segment, 4, faults),
        b"N4" => state(segment, faults),
        _ => {}
    }
    if segment.raw.last() == Some(&segment.delims.element) {
        faults.push(segment.fault(Code::TrailingSeparator, "an element separator with nothing after it"));
    }
}

/// Postal codes of the states, territories and military mail of the US, and of Canada's provinces.
const STATES: &str = "AA AE AK AL AP AR AS AZ CA CO CT DC DE FL FM GA GU HI IA ID IL IN KS KY LA MA MD ME MH MI MN MO MP MS MT NC ND NE NH NJ NM NV \
    NY OH OK OR PA PR PW RI SC SD TN TX UM UT VA VI VT WA WI WV WY AB BC MB NB NL NS NT NU ON PE QC SK YT";

fn state(segment: &Segment<'_>, faults: &mut Vec<Fault>) {
    if !matches!(segment.get(4), b"" | b"US" | b"CA") {
        return;
    }
    let code = segment.get(2);
    if code.len() == 2 && !STATES.split(' ').any(|state| state.as_bytes() == code) {
        faults.push(
            segment.fault(Code::BadCode, format!("N402 `{}` is not a state or province", shown(code))).at_element(2),
        );
    }
}

fn missing(segment: &Segment<'_>, n: usize) -> Fault {
    segment.fault(Code::ElementMissing, format!("{}{n:02} is required", text(segment.id()))).at_element(n)
}

fn unexpected(segment: &Segment<'_>, n: usize) -> Fault {
    segment.fault(Code::ElementUnexpected, format!("{}{n:02} is not used here", text(segment.id()))).at_element(n)
}

fn element(segment: &Segment<'_>, check: &Check, value: &[u8], n: usize, faults: &mut Vec<Fault>) {
    if value.is_empty() {
        if check.required {
            faults.push(missing(segment, n));
        }
        return;
    }
    if check.unused {
        faults.push(unexpected(segment, n));
        return;
    }
    match check.kind {
        Kind::Any => {}
        Kind::Composite => composite(segment, check, value, n, faults),
        _ => {
            if let Some((code, why)) = judge(check, value) {
                faults.push(
                    segment.fault(code, format!("{}{n:02} `{}` {why}", text(segment.id()), shown(value))).at_element(n),
                );
            }
        }
    }
}

fn composite(segment: &Segment<'_>, check: &Check, value: &[u8], n: usize, faults: &mut Vec<Fault>) {
    let component = segment.delims.component;
    let mut seen = 0;
    for part in value.split(|b| *b == component) {
        seen += 1;
        let place = |fault: Fault| fault.at_element(n).at_component(seen);
        let name = || format!("{}{n:02}-{seen:02}", text(segment.id()));
        match check.parts.get(seen - 1) {
            None => faults
                .push(place(segment.fault(Code::ElementUnexpected, format!("{} is one component too many", name())))),
            Some(rule) if part.is_empty() => {
                if rule.required {
                    faults.push(place(segment.fault(Code::ElementMissing, format!("{} is required", name()))));
                }
            }
            Some(rule) => {
                if let Some((code, why)) = judge(rule, part) {
                    faults.push(place(segment.fault(code, format!("{} `{}` {why}", name(), shown(part)))));
                }
            }
        }
    }
    for (index, rule) in check.parts.iter().enumerate().skip(seen) {
        if rule.required {
            let fault = segment
                .fault(Code::ElementMissing, format!("{}{n:02}-{:02} is required", text(segment.id()), index + 1));
            faults.push(fault.at_element(n).at_component(index + 1));
        }
    }
}

fn shown(value: &[u8]) -> String {
    crate::segment::shown(value, 40)
}

/// What is wrong with a value, if anything.
fn judge(check: &Check, value: &[u8]) -> Option<(Code, &'static str)> {
    let digits = |value: &[u8]| value.iter().filter(|b| !matches!(b, b'-' | b'.')).count();
    let length = match check.kind {
        Kind::Decimal | Kind::Whole => digits(value),
        _ => value.len(),
    };
    match check.kind {
        Kind::Decimal if !is_number(value, true) => return Some((Code::BadNumber, "is not a decimal number")),
        Kind::Whole if !is_number(value, false) => return Some((Code::BadNumber, "is not a whole number")),
        Kind::Date if !plausible(value) => return Some((Code::BadDate, "is not a calendar date")),
        Kind::Time if Time::parse(value).is_none() => return Some((Code::BadTime, "is not a time of day")),
        _ => {}
    }
    if length > check.max && check.max > 0 {
        return Some((Code::TooLong, "is too long"));
    }
    if length < check.min {
        return Some((Code::TooShort, "is too short"));
    }
    if !check.codes.is_empty() && !Word::new(value).is_some_and(|value| check.codes.contains(&value)) {
        return Some((Code::BadCode, "is not one of the codes allowed here"));
    }
    None
}

/// A day of the calendar, and not a year that only a slip makes.
fn plausible(value: &[u8]) -> bool {
    Date::parse(value).is_some_and(|date| date.year() >= 1800)
}

fn is_number(value: &[u8], point: bool) -> bool {
    let body = value.strip_prefix(b"-").unwrap_or(value);
    let points = memchr::memchr_iter(b'.', body).count();
    let clean = body.iter().all(|b| b.is_ascii_digit() || (point && *b == b'.'));
    clean && points <= 1 && body.iter().any(u8::is_ascii_digit) && body.last() != Some(&b'.')
}

fn between(segment: &Segment<'_>, rule: &Syntax, required: &[Check], present: u64, faults: &mut Vec<Fault>) {
    let has = |n: usize| n < 64 && present & (1 << n) != 0;
    let count = rule.elements.iter().filter(|n| has(**n)).count();
    let Some((&first, rest)) = rule.elements.split_first() else { return };
    let (broken, at) = match rule.rule {
        b'P' => (count > 0 && count < rule.elements.len(), rule.elements.iter().copied().find(|n| !has(*n))),
        b'R' => (count == 0, Some(first)),
        b'C' => (has(first) && rest.iter().any(|n| !has(*n)), rest.iter().copied().find(|n| !has(*n))),
        b'L' => (has(first) && !rest.iter().any(|n| has(*n)), rest.first().copied()),
        _ => (count > 1, Some(first)),
    };
    // A missing element that is required anyway has been told already.
    let told = at.is_some_and(|n| required.get(n - 1).is_some_and(|check| check.required) && !has(n));
    if broken && !told {
        let list: Vec<String> = rule.elements.iter().map(|n| format!("{n:02}")).collect();
        let why = match rule.rule {
            b'P' => "go together",
            b'R' => "need at least one",
            b'E' => "exclude each other",
            _ => "depend on the first",
        };
        let fault = segment
            .fault(Code::ElementConditional, format!("{} elements {} {why}", text(segment.id()), list.join(", ")));
        faults.push(match at {
            Some(n) => fault.at_element(n),
            None => fault,
        });
    }
}

/// A date whose format stands in another element.
fn formatted_date(segment: &Segment<'_>, (format, at): (usize, usize), faults: &mut Vec<Fault>) {
    let value = segment.get(at);
    let bad = match segment.get(format) {
        b"D8" => !plausible(value),
        b"RD8" => Period::parse(b"RD8", value).is_none_or(|period| period.from.year() < 1800),
        _ => false,
    };
    if bad && !value.is_empty() {
        let fault = segment
            .fault(Code::BadDate, format!("{}{at:02} `{}` is not a calendar date", text(segment.id()), shown(value)));
        faults.push(fault.at_element(at));
    }
}

/// NPI check digits: a warning, since receivers differ.
fn identifier(segment: &Segment<'_>, at: usize, faults: &mut Vec<Fault>) {
    let npi = || std::str::from_utf8(segment.get(at).trim_ascii()).is_ok_and(npi_is_valid);
    if segment.get(at - 1) == b"XX" && !npi() {
        let fault = segment.fault(
            Code::CheckDigit,
            format!("`{}` is not a valid NPI (ten digits, the last a check digit)", shown(segment.get(at))),
        );
        faults.push(fault.at_element(at).warning());
    }
}
