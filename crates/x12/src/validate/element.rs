//! Judging the elements of one segment.

use super::guide::{Check, Kind, Spec, Syntax, Word};
use crate::common::npi_is_valid;
use crate::date::{Date, Period, Time};
use crate::fault::{Code, Fault};
use crate::segment::{Segment, brief, text};

/// The longest segments have 24 elements; more than these are not looked at.
const FIELDS: usize = 32;

/// The elements of a segment, found in one pass.
struct Fields<'a> {
    values: [&'a [u8]; FIELDS + 1],
    /// The number of the last.
    last: usize,
    /// Whether any of them holds the repetition separator.
    repeats: bool,
}

impl<'a> Fields<'a> {
    fn of(segment: &Segment<'a>) -> Self {
        let mut fields = Self { values: [b""; FIELDS + 1], last: 0, repeats: false };
        let element = segment.delims.element;
        let repetition = segment.delims.repetition.filter(|r| *r != segment.delims.component).unwrap_or(element);
        let mut start = 0;
        for (at, &byte) in segment.raw.iter().enumerate() {
            if byte == element {
                fields.put(segment.raw.get(start..at).unwrap_or_default());
                (start, fields.last) = (at + 1, fields.last + 1);
            } else if byte == repetition {
                fields.repeats = true;
            }
        }
        fields.put(segment.raw.get(start..).unwrap_or_default());
        fields
    }

    fn put(&mut self, value: &'a [u8]) {
        if let Some(place) = self.values.get_mut(self.last) {
            *place = value;
        }
    }

    fn get(&self, n: usize) -> &'a [u8] {
        self.values.get(n).copied().unwrap_or_default()
    }
}

/// Checks each element once against its specification, then the rules between elements.
pub(crate) fn check(segment: &Segment<'_>, spec: &Spec, faults: &mut Vec<Fault>) {
    let fields = Fields::of(segment);
    let present = elements(segment, spec, &fields, faults);
    for (index, check) in spec.checks.iter().enumerate().skip(fields.last) {
        if check.required {
            faults.push(missing(segment, index + 1));
        }
    }
    for rule in &spec.syntax {
        between(segment, rule, &spec.checks, present, faults);
    }
    match segment.id() {
        b"DTP" => formatted_date(segment, &fields, (2, 3), faults),
        b"DMG" => formatted_date(segment, &fields, (1, 2), faults),
        b"PAT" => formatted_date(segment, &fields, (5, 6), faults),
        b"NM1" => identifier(segment, &fields, 9, faults),
        b"N1" => identifier(segment, &fields, 4, faults),
        b"N4" => state(segment, &fields, faults),
        _ => {}
    }
    if segment.raw.last() == Some(&segment.delims.element) {
        faults.push(segment.fault(Code::TrailingSeparator, "an element separator with nothing after it"));
    }
}

/// Each element by itself; returns which are there, one bit each.
fn elements(segment: &Segment<'_>, spec: &Spec, fields: &Fields<'_>, faults: &mut Vec<Fault>) -> u64 {
    let mut present = 0_u64;
    for (value, n) in fields.values.iter().skip(1).zip(1..=fields.last) {
        if !value.is_empty() {
            present |= 1 << n;
        }
        match spec.checks.get(n - 1) {
            Some(_) if spec.last.is_some_and(|last| n > last) && !value.is_empty() => {
                faults.push(unexpected(segment, n));
            }
            Some(check) if fields.repeats => repeated(segment, check, value, n, faults),
            Some(check) => element(segment, check, value, n, faults),
            None if value.is_empty() && n < FIELDS => {}
            // Said once: there may be as many as fit into a file.
            None => {
                let fault = segment.fault(Code::ElementUnexpected, "there are more elements than the segment has");
                faults.push(fault.at_element(n));
                break;
            }
        }
    }
    present
}

/// An element of a segment in which something is repeated.
fn repeated(segment: &Segment<'_>, check: &Check, value: &[u8], n: usize, faults: &mut Vec<Fault>) {
    let separator = segment.delims.repetition;
    let mut parts = value.split(|b| Some(*b) == separator);
    let several = parts.clone().nth(1).is_some();
    if check.kind == Kind::Any || !several {
        return element(segment, check, value, n, faults);
    }
    if !check.repeats {
        let message = format!("{}{n:02} is repeated, and comes once only", text(segment.id()));
        faults.push(segment.fault(Code::ElementUnexpected, message).at_element(n));
    } else if parts.clone().any(<[u8]>::is_empty) {
        let message = format!("{}{n:02} `{}` has a repetition with nothing in it", text(segment.id()), brief(value));
        faults.push(segment.fault(Code::ElementMissing, message).at_element(n));
    } else if let Some((code, part, why)) =
        parts.find_map(|part| judge(check, part).map(|(code, why)| (code, part, why)))
    {
        let message = format!("{}{n:02} `{}` {why}", text(segment.id()), brief(part));
        faults.push(segment.fault(code, message).at_element(n));
    }
}

/// Postal codes of the states, territories and military mail of the US, and of Canada's provinces.
const STATES: &str = "AA AE AK AL AP AR AS AZ CA CO CT DC DE FL FM GA GU HI IA ID IL IN KS KY LA MA MD ME MH MI MN MO MP MS MT NC ND NE NH NJ NM NV \
    NY OH OK OR PA PR PW RI SC SD TN TX UM UT VA VI VT WA WI WV WY AB BC MB NB NL NS NT NU ON PE QC SK YT";

fn state(segment: &Segment<'_>, fields: &Fields<'_>, faults: &mut Vec<Fault>) {
    if !matches!(fields.get(4), b"" | b"US" | b"CA") {
        return;
    }
    let code = fields.get(2);
    if code.len() == 2 && !STATES.split(' ').any(|state| state.as_bytes() == code) {
        faults.push(
            segment.fault(Code::BadCode, format!("N402 `{}` is not a state or province", brief(code))).at_element(2),
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
                    segment.fault(code, format!("{}{n:02} `{}` {why}", text(segment.id()), brief(value))).at_element(n),
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
            None => {
                faults.push(place(
                    segment.fault(Code::ElementUnexpected, format!("{} is one component too many", name())),
                ));
                break;
            }
            Some(rule) if part.is_empty() => {
                if rule.required {
                    faults.push(place(segment.fault(Code::ElementMissing, format!("{} is required", name()))));
                }
            }
            Some(rule) if rule.unused => {
                faults.push(place(segment.fault(Code::ElementUnexpected, format!("{} is not used here", name()))));
            }
            Some(rule) => {
                if let Some((code, why)) = judge(rule, part) {
                    faults.push(place(segment.fault(code, format!("{} `{}` {why}", name(), brief(part)))));
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

/// What is wrong with a value, if anything.
fn judge(check: &Check, value: &[u8]) -> Option<(Code, &'static str)> {
    let mut length = value.len();
    match check.kind {
        Kind::Decimal => match digits(value, true) {
            Some(digits) => length = digits,
            None => return Some((Code::BadNumber, "is not a decimal number")),
        },
        Kind::Whole => match digits(value, false) {
            Some(digits) => length = digits,
            None => return Some((Code::BadNumber, "is not a whole number")),
        },
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

/// How many digits a number has; none when it is no number.
fn digits(value: &[u8], point: bool) -> Option<usize> {
    let body = value.strip_prefix(b"-").unwrap_or(value);
    let (mut digits, mut points) = (0, 0);
    for byte in body {
        match byte {
            b'0'..=b'9' => digits += 1,
            b'.' if point => points += 1,
            _ => return None,
        }
    }
    (digits > 0 && points <= 1 && body.last() != Some(&b'.')).then_some(digits)
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
fn formatted_date(segment: &Segment<'_>, fields: &Fields<'_>, (format, at): (usize, usize), faults: &mut Vec<Fault>) {
    let value = fields.get(at);
    let bad = match fields.get(format) {
        b"D8" => !plausible(value),
        b"RD8" => Period::parse(b"RD8", value).is_none_or(|period| period.from.year() < 1800),
        b"DT" => !value.split_at_checked(8).is_some_and(|(day, time)| plausible(day) && Time::parse(time).is_some()),
        b"TM" => Time::parse(value).is_none(),
        _ => false,
    };
    if bad && !value.is_empty() {
        let fault = segment.fault(
            Code::BadDate,
            format!("{}{at:02} `{}` is not a date or time in that form", text(segment.id()), brief(value)),
        );
        faults.push(fault.at_element(at));
    }
}

/// NPI check digits: a warning, since receivers differ.
fn identifier(segment: &Segment<'_>, fields: &Fields<'_>, at: usize, faults: &mut Vec<Fault>) {
    let npi = || std::str::from_utf8(fields.get(at).trim_ascii()).is_ok_and(npi_is_valid);
    if fields.get(at - 1) == b"XX" && !npi() {
        let fault = segment.fault(
            Code::CheckDigit,
            format!("`{}` is not a valid NPI (ten digits, the last a check digit)", brief(fields.get(at))),
        );
        faults.push(fault.at_element(at).warning());
    }
}
