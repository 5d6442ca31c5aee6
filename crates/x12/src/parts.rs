//! Segments that mean the same in every transaction, read and written once.

use crate::common::{
    Address, Adjustment, AdjustmentGroup, Amount, Contact, Entity, Identifier, Name, Person, Procedure,
};
use crate::date::{Date, Period};
use crate::fault::{Code, Fault};
use crate::money::{Quantity, parse_cents};
use crate::segment::{Segment, text};
use crate::writer::SetWriter;

// ---- reading -------------------------------------------------------------------------------------------------

/// An amount that may be absent. What cannot be read is a fault and absent, never a guess.
pub(crate) fn maybe_cents(segment: &Segment<'_>, n: usize, faults: &mut Vec<Fault>) -> Option<i64> {
    let bytes = segment.get(n).trim_ascii();
    if bytes.is_empty() {
        return None;
    }
    parse_cents(bytes)
        .map_err(|why| {
            faults.push(
                segment
                    .fault(Code::BadNumber, format!("{}{n:02} is not an amount: {why}", text(segment.id())))
                    .at_element(n),
            );
        })
        .ok()
}

/// An amount that counts as zero when absent.
pub(crate) fn cents(segment: &Segment<'_>, n: usize, faults: &mut Vec<Fault>) -> i64 {
    maybe_cents(segment, n, faults).unwrap_or(0)
}

/// An amount that must be there.
pub(crate) fn required_cents(segment: &Segment<'_>, n: usize, faults: &mut Vec<Fault>) -> i64 {
    if segment.get(n).trim_ascii().is_empty() {
        faults.push(
            segment
                .fault(Code::ElementMissing, format!("{}{n:02}, an amount, is missing", text(segment.id())))
                .at_element(n),
        );
    }
    cents(segment, n, faults)
}

/// A quantity that may be absent.
pub(crate) fn maybe_quantity(segment: &Segment<'_>, n: usize, faults: &mut Vec<Fault>) -> Option<Quantity> {
    let bytes = segment.get(n).trim_ascii();
    if bytes.is_empty() {
        return None;
    }
    Quantity::parse(bytes)
        .map_err(|why| {
            faults.push(
                segment
                    .fault(Code::BadNumber, format!("{}{n:02} is not a quantity: {why}", text(segment.id())))
                    .at_element(n),
            );
        })
        .ok()
}

/// A `CCYYMMDD` element that may be absent.
pub(crate) fn maybe_date(segment: &Segment<'_>, n: usize, faults: &mut Vec<Fault>) -> Option<Date> {
    let bytes = segment.get(n).trim_ascii();
    if bytes.is_empty() {
        return None;
    }
    let date = Date::parse(bytes);
    if date.is_none() {
        faults.push(bad_date(segment, n));
    }
    date
}

fn bad_date(segment: &Segment<'_>, n: usize) -> Fault {
    let shown = segment.text(n).chars().take(24).collect::<String>();
    segment.fault(Code::BadDate, format!("`{shown}` is not a calendar date")).at_element(n)
}

/// DTP: format in element 2, date or range in element 3.
pub(crate) fn period(segment: &Segment<'_>, faults: &mut Vec<Fault>) -> Option<Period> {
    let period = Period::parse(segment.get(2), segment.get(3));
    if period.is_none() {
        faults.push(bad_date(segment, 3));
    }
    period
}

fn identifier(segment: &Segment<'_>, qualifier: usize) -> Option<Identifier> {
    let id = Identifier::new(segment.text(qualifier), segment.text(qualifier + 1));
    (!id.value.is_empty()).then_some(id)
}

/// NM1.
pub(crate) fn entity(segment: &Segment<'_>) -> Entity {
    let name = if segment.get(2) == b"1" {
        Name::Person(Person {
            last: segment.text(3),
            first: segment.optional(4),
            middle: segment.optional(5),
            suffix: segment.optional(7),
        })
    } else {
        Name::Organization(segment.text(3))
    };
    Entity { name, id: identifier(segment, 8) }
}

/// N3 into an address that N4 completes.
pub(crate) fn read_n3(segment: &Segment<'_>, address: &mut Option<Address>) {
    let address = address.get_or_insert_default();
    (address.line1, address.line2) = (segment.text(1), segment.optional(2));
}

/// N4.
pub(crate) fn read_n4(segment: &Segment<'_>, address: &mut Option<Address>) {
    let address = address.get_or_insert_default();
    address.city = segment.text(1);
    (address.state, address.zip, address.country) = (segment.optional(2), segment.optional(3), segment.optional(4));
}

/// REF.
pub(crate) fn reference(segment: &Segment<'_>) -> Identifier {
    Identifier::new(segment.text(1), segment.text(2))
}

/// PER.
pub(crate) fn contact(segment: &Segment<'_>) -> Contact {
    let numbers = [3, 5, 7].into_iter().filter_map(|n| identifier(segment, n)).collect();
    Contact { function: segment.text(1), name: segment.optional(2), numbers }
}

/// AMT.
pub(crate) fn amount(segment: &Segment<'_>, faults: &mut Vec<Fault>) -> Amount {
    Amount { qualifier: segment.text(1), cents: required_cents(segment, 2, faults) }
}

/// CAS: up to six triplets of reason, amount, quantity.
pub(crate) fn adjustments(segment: &Segment<'_>, into: &mut Vec<Adjustment>, faults: &mut Vec<Fault>) {
    let group = AdjustmentGroup::from_code(&segment.text(1));
    for n in (2..=19).step_by(3) {
        let reason = segment.text(n);
        if reason.is_empty() && segment.get(n + 1).is_empty() {
            continue;
        }
        into.push(Adjustment {
            group: group.clone(),
            reason,
            cents: required_cents(segment, n + 1, faults),
            quantity: maybe_quantity(segment, n + 2, faults),
        });
    }
}

/// A procedure composite, whose qualifier is component 1 of element `n`.
pub(crate) fn procedure(segment: &Segment<'_>, n: usize) -> Procedure {
    let mut parts = segment.components(n).map(text);
    let (qualifier, code) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let rest: Vec<String> = parts.collect();
    Procedure {
        qualifier,
        code,
        modifiers: rest.iter().take(4).filter(|m| !m.is_empty()).cloned().collect(),
        description: rest.get(4).filter(|d| !d.is_empty()).cloned(),
    }
}

// ---- writing -------------------------------------------------------------------------------------------------

/// NM1 with its identifier.
pub(crate) fn write_nm1(out: &mut SetWriter, code: &str, name: &Name, id: Option<&Identifier>) {
    let segment = out.segment("NM1").code(code);
    let segment = match name {
        Name::Person(person) => segment
            .code("1")
            .required_text("NM103 last name", &person.last, 60)
            .text(person.first.as_deref().unwrap_or_default(), 35)
            .text(person.middle.as_deref().unwrap_or_default(), 25)
            .skip()
            .text(person.suffix.as_deref().unwrap_or_default(), 10),
        Name::Organization(name) => segment.code("2").required_text("NM103 name", name, 60).skips(4),
    };
    match id.filter(|id| !id.value.trim().is_empty()) {
        Some(id) => segment.required("NM108 qualifier", &id.qualifier, 2).id("NM109 identifier", &id.value, 80).end(),
        None => segment.end(),
    }
}

/// N3 and N4.
pub(crate) fn write_address(out: &mut SetWriter, address: &Address) {
    out.segment("N3")
        .required_text("N301 address line", &address.line1, 55)
        .text(address.line2.as_deref().unwrap_or_default(), 55)
        .end();
    let zip: String = address.zip.as_deref().unwrap_or_default().chars().filter(|c| *c != '-' && *c != ' ').collect();
    out.segment("N4")
        .required_text("N401 city", &address.city, 30)
        .maybe("N402 state", address.state.as_deref(), 2)
        .id("N403 postal code", &zip, 15)
        .maybe("N404 country", address.country.as_deref().filter(|c| !c.eq_ignore_ascii_case("US")), 3)
        .end();
}

/// REF, left out when the value is empty.
pub(crate) fn write_ref(out: &mut SetWriter, qualifier: &str, value: &str) {
    if !value.trim().is_empty() {
        out.segment("REF").required("REF01 qualifier", qualifier, 3).id("REF02 reference", value, 50).end();
    }
}

/// REF for an optional value.
pub(crate) fn write_maybe_ref(out: &mut SetWriter, qualifier: &str, value: Option<&str>) {
    write_ref(out, qualifier, value.unwrap_or_default());
}

/// Several REF.
pub(crate) fn write_refs(out: &mut SetWriter, references: &[Identifier]) {
    for reference in references {
        write_ref(out, &reference.qualifier, &reference.value);
    }
}

/// PER.
pub(crate) fn write_contact(out: &mut SetWriter, contact: &Contact) {
    let function = if contact.function.is_empty() { "IC" } else { &contact.function };
    let segment =
        out.segment("PER").id("PER01 function", function, 2).text(contact.name.as_deref().unwrap_or_default(), 60);
    contact
        .numbers
        .iter()
        .take(3)
        .fold(segment, |segment, number| {
            let value = number.value.trim();
            let digits: String = if matches!(number.qualifier.as_str(), "TE" | "FX" | "EX") {
                value.chars().filter(char::is_ascii_digit).collect()
            } else {
                value.to_owned()
            };
            segment.required("PER03 qualifier", &number.qualifier, 2).required("PER04 number", &digits, 256)
        })
        .end();
}

/// DTP.
pub(crate) fn write_dtp(out: &mut SetWriter, qualifier: &str, period: Period) {
    out.segment("DTP").required("DTP01 qualifier", qualifier, 3).code(period.format()).code(&period.text()).end();
}

/// AMT.
pub(crate) fn write_amt(out: &mut SetWriter, qualifier: &str, cents: i64) {
    out.segment("AMT").required("AMT01 qualifier", qualifier, 3).money(cents).end();
}

/// CAS: one segment a group, six triplets at most, groups in the order of their first reason.
pub(crate) fn write_adjustments(out: &mut SetWriter, adjustments: &[Adjustment]) {
    let mut groups: Vec<&AdjustmentGroup> = Vec::new();
    for adjustment in adjustments {
        if !groups.contains(&&adjustment.group) {
            groups.push(&adjustment.group);
        }
    }
    for group in groups {
        let members: Vec<&Adjustment> = adjustments.iter().filter(|a| a.group == *group).collect();
        for six in members.chunks(6) {
            let segment = out.segment("CAS").required("CAS01 group", group.code(), 2);
            six.iter()
                .fold(segment, |segment, a| {
                    segment.required("CAS02 reason", &a.reason, 5).money(a.cents).quantity(a.quantity)
                })
                .end();
        }
    }
}

/// The components of a procedure.
pub(crate) fn procedure_parts(procedure: &Procedure) -> Vec<&str> {
    let mut parts = vec![procedure.qualifier.as_str(), procedure.code.as_str()];
    parts.extend((0..4).map(|n| procedure.modifiers.get(n).map_or("", String::as_str)));
    parts.extend(procedure.description.as_deref());
    parts
}
