//! Judging a file: envelope, guide rules, money.
//!
//! Guides are data (see `guides/README.md`). A version without a guide is read and counted, and its sets are reported as not judged, as a
//! warning: unknown is said, not passed over.

mod claims;
mod element;
mod guide;
mod remittance;
#[cfg(test)]
mod tests;
mod walk;

use crate::date::{Date, Time};
use crate::envelope::Role;
use crate::fault::{Code, ENOUGH_FAULTS, Fault};
use crate::segment::{Segment, brief, text};
use crate::sets::{Item, Set, each_item};
use claims::{Claims, Levels};
use std::collections::HashSet;

/// Errors of a file: what a receiver may refuse. Empty means valid as far as it is judged.
pub fn validate(bytes: &[u8]) -> Vec<Fault> {
    inspect(bytes).into_iter().filter(Fault::is_error).collect()
}

/// Errors and warnings.
pub fn inspect(bytes: &[u8]) -> Vec<Fault> {
    let mut faults = each_item(bytes, |item| match item {
        Item::Set(set) => judge(set),
        Item::Header(segment, role) => header(segment, role),
    });
    // What the guide calls an error need not be said again as the reader's warning.
    let errors: HashSet<(Option<usize>, Code)> =
        faults.iter().filter(|f| f.is_error()).map(|f| (f.byte, f.code)).collect();
    faults.retain(|f| f.is_error() || f.byte.is_none() || !errors.contains(&(f.byte, f.code)));
    faults
}

fn judge(set: &Set<'_>) -> Vec<Fault> {
    let mut faults = Vec::new();
    let Some(first) = set.segments.first() else { return faults };
    match guide::find(set.version, set.kind()) {
        Some(guide) => by_guide(set, guide, &mut faults),
        None => {
            let message = format!(
                "there is no guide here for set `{}` version `{}`: only its envelope and money were judged",
                brief(set.kind()),
                brief(set.version)
            );
            faults.push(first.fault(Code::GuideUnknown, message).warning());
        }
    }
    match set.kind() {
        b"837" => {
            let mut claims = Claims::default();
            for segment in &set.segments {
                claims.take(segment, &mut faults);
            }
        }
        b"835" => remittance::check(set, &mut faults),
        b"999" => acknowledgment(set, &mut faults),
        _ => {}
    }
    faults
}

fn by_guide(set: &Set<'_>, guide: &'static guide::Guide, faults: &mut Vec<Fault>) {
    let mut walker = walk::Walker::new(guide);
    let mut levels = Levels::default();
    for segment in &set.segments {
        // Nothing more is kept, and a set of noise would only fill the memory.
        if faults.len() >= ENOUGH_FAULTS {
            return;
        }
        if let Some(node) = walker.take(segment, faults) {
            element::check(segment, &node.spec, faults);
        }
        match segment.id() {
            b"HL" => levels.take(segment, faults),
            b"N4" => nine_digits(segment, walker.loop_id(), faults),
            _ => {}
        }
    }
    levels.finish(faults);
    if let Some(last) = set.segments.last().filter(|last| !last.is("SE")) {
        walker.finish(last, faults);
    }
}

/// Where the guide wants all of a ZIP code.
fn nine_digits(segment: &Segment<'_>, place: &str, faults: &mut Vec<Fault>) {
    if matches!(place, "2010AA" | "2310C" | "2420C") && segment.get(3).len() == 5 {
        let message = "the ZIP code of a billing provider or facility must have nine digits";
        faults.push(segment.fault(Code::TooShort, message).at_element(3).warning());
    }
}

fn acknowledgment(set: &Set<'_>, faults: &mut Vec<Fault>) {
    let sets = set.segments.iter().filter(|s| s.is("AK2")).count();
    let accepted = set.segments.iter().filter(|s| s.is("IK5") && matches!(s.get(1), b"A" | b"E")).count();
    let Some(ak9) = set.segments.iter().find(|s| s.is("AK9")).filter(|_| sets > 0) else { return };
    for (element, count) in [(3, sets), (4, accepted)] {
        if ak9.get(element) != count.to_string().as_bytes() {
            let message =
                format!("AK9{element:02} is `{}`, the answers to the sets say {count}", brief(ak9.get(element)));
            faults.push(ak9.fault(Code::Count, message).at_element(element));
        }
    }
    if ak9.get(1) == b"A" && accepted != sets {
        faults.push(ak9.fault(Code::BadCode, "AK901 accepts the group, but a set was rejected").at_element(1));
    }
}

/// ISA, GS and TA1, element by element.
fn header(segment: &Segment<'_>, role: Role) -> Vec<Fault> {
    let mut faults = Vec::new();
    match role {
        Role::Gs => {
            if let Some(spec) = guide::library().segments.get("GS") {
                element::check(segment, spec, &mut faults);
            }
        }
        Role::Isa => interchange(segment, &mut faults),
        Role::Ta1 => {
            if segment.get(1).len() != 9 || !segment.get(1).iter().all(u8::is_ascii_digit) {
                faults.push(segment.fault(Code::ControlFormat, "TA101 is not nine digits").at_element(1));
            }
            date_and_time(segment, (2, 3), &mut faults);
        }
        _ => {}
    }
    faults
}

fn date_and_time(segment: &Segment<'_>, (date, time): (usize, usize), faults: &mut Vec<Fault>) {
    if Date::parse_short(segment.get(date)).is_none() {
        faults.push(
            segment
                .fault(Code::BadDate, format!("{}{date:02} is not a date (YYMMDD)", text(segment.id())))
                .at_element(date),
        );
    }
    if Time::parse(segment.get(time)).is_none() {
        faults.push(
            segment
                .fault(Code::BadTime, format!("{}{time:02} is not a time (HHMM)", text(segment.id())))
                .at_element(time),
        );
    }
}

fn interchange(segment: &Segment<'_>, faults: &mut Vec<Fault>) {
    let parties: &[&[u8]] = &[b"01", b"14", b"20", b"27", b"28", b"29", b"30", b"33", b"ZZ"];
    let lists: [(usize, &[&[u8]]); 6] = [
        (1, &[b"00", b"03"]),
        (3, &[b"00", b"01"]),
        (5, parties),
        (7, parties),
        (14, &[b"0", b"1"]),
        (15, &[b"P", b"T"]),
    ];
    for (element, codes) in lists {
        let value = segment.get(element);
        if !codes.contains(&value) {
            faults.push(
                segment
                    .fault(Code::BadCode, format!("ISA{element:02} `{}` is not one of the codes allowed", brief(value)))
                    .at_element(element),
            );
        }
    }
    date_and_time(segment, (9, 10), faults);
}
