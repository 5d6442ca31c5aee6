//! The charge form.

use serde::{Deserialize, Serialize};

use super::{Charge, DIAGNOSES_MAX, Diagnosis, LINES_MAX, Modifier, POINTERS_MAX, Procedure};
use crate::cents::Cents;
use crate::form::{Faults, FieldFault};
use crate::id::ChargeId;

/// Diagnoses and lines as typed. Blank diagnoses and lines are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChargesForm {
    /// Diagnoses in order. Faults are named `diagnosis_1` and so on.
    pub diagnoses: Vec<String>,
    /// Lines. Faults are named `line_1_code` and so on.
    pub lines: Vec<ChargeForm>,
}

/// One line as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChargeForm {
    /// Service code.
    pub code: String,
    /// Modifiers, parted by spaces or commas.
    pub modifiers: String,
    /// Units; blank means one.
    pub units: String,
    /// Price of one unit, in dollars.
    pub price: String,
    /// Pointers to diagnoses: `A B`, `AB` or `1,2`; blank means the first diagnosis.
    pub pointers: String,
}

/// What a good form says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargesDraft {
    /// Unique, at most twelve.
    pub diagnoses: Vec<Diagnosis>,
    /// Lines whose pointers exist.
    pub lines: Vec<ChargeDraft>,
}

/// A line without an id yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargeDraft {
    /// What was done.
    pub code: Procedure,
    /// At most four.
    pub modifiers: Vec<Modifier>,
    /// At least one.
    pub units: u32,
    /// Price of one.
    pub unit_price: Cents,
    /// One to four, counted from 1.
    pub pointers: Vec<u8>,
}

impl ChargeDraft {
    /// The charge.
    pub fn into_charge(self, id: ChargeId) -> Charge {
        let Self { code, modifiers, units, unit_price, pointers } = self;
        Charge { id, code, modifiers, units, unit_price, pointers }
    }
}

impl ChargesForm {
    /// Reads the form. All faults come back at once.
    pub fn read(&self) -> Result<ChargesDraft, Vec<FieldFault>> {
        let mut faults = Faults::new();
        let mut diagnoses: Vec<Diagnosis> = Vec::new();
        let mut filled = Vec::new();
        for (i, text) in self.diagnoses.iter().enumerate().filter(|(_, t)| !t.trim().is_empty()) {
            let field = format!("diagnosis_{}", i + 1);
            filled.push(i + 1);
            match Diagnosis::parse(text) {
                Ok(code) if diagnoses.contains(&code) => faults.add(&field, format!("`{code}` is here twice")),
                Ok(code) => diagnoses.push(code),
                Err(e) => faults.add(&field, e.to_string()),
            }
        }
        if diagnoses.len() > DIAGNOSES_MAX {
            faults.add("diagnosis_13", format!("a claim holds {DIAGNOSES_MAX} diagnoses"));
        }
        let mut lines = Vec::new();
        for (i, line) in self.lines.iter().enumerate().filter(|(_, l)| !l.is_blank()) {
            lines.extend(line.read(&format!("line_{}_", i + 1), &filled, &mut faults));
        }
        if lines.len() > LINES_MAX {
            faults.add("line_51_code", format!("a claim holds {LINES_MAX} lines"));
        }
        faults.finish(Some(ChargesDraft { diagnoses, lines }))
    }
}

impl From<&Charge> for ChargeForm {
    /// The line as it stands, to change.
    fn from(charge: &Charge) -> Self {
        let join = |parts: Vec<String>| parts.join(" ");
        Self {
            code: charge.code.to_string(),
            modifiers: join(charge.modifiers.iter().map(ToString::to_string).collect()),
            units: charge.units.to_string(),
            price: charge.unit_price.to_string(),
            pointers: join(charge.pointers.iter().map(|p| letter(usize::from(*p)).to_string()).collect()),
        }
    }
}

impl ChargeForm {
    fn is_blank(&self) -> bool {
        [&self.code, &self.modifiers, &self.price, &self.pointers].iter().all(|t| t.trim().is_empty())
    }

    fn read(&self, prefix: &str, filled: &[usize], faults: &mut Faults) -> Option<ChargeDraft> {
        let field = |name: &str| format!("{prefix}{name}");
        let code = faults.take(&field("code"), Procedure::parse(&self.code));
        let modifiers = faults.take(&field("modifiers"), read_modifiers(&self.modifiers));
        let units = if self.units.trim().is_empty() { "1" } else { self.units.trim() };
        let units = match units.parse::<u32>() {
            Ok(units) if (1..=9999).contains(&units) => Some(units),
            _ => {
                faults.add(&field("units"), "write a whole number from 1 to 9999");
                None
            }
        };
        let price = faults.take(&field("price"), Cents::parse(&self.price));
        if price.is_some_and(|p| p < Cents::ZERO) {
            faults.add(&field("price"), "a price is not negative");
        }
        let pointers = faults.take(&field("pointers"), read_pointers(&self.pointers, filled));
        Some(ChargeDraft { code: code?, modifiers: modifiers?, units: units?, unit_price: price?, pointers: pointers? })
    }
}

fn read_modifiers(text: &str) -> Result<Vec<Modifier>, String> {
    let mut modifiers: Vec<Modifier> = Vec::new();
    for word in text.split([' ', ',']).filter(|w| !w.is_empty()) {
        let modifier = Modifier::parse(word).map_err(|e| e.to_string())?;
        if modifiers.contains(&modifier) {
            return Err(format!("`{modifier}` is here twice"));
        }
        modifiers.push(modifier);
    }
    if modifiers.len() > POINTERS_MAX { Err("a line holds four modifiers".to_owned()) } else { Ok(modifiers) }
}

/// `A B`, `AB`, `1,2` or `12` (twelve, not one and two). Blank points at the first diagnosis.
/// Pointers as typed, `A B`, `AB` or `1 2`, are to the places on the form. What comes back counts the diagnoses that are filled
/// in: a blank place between two moves nobody's pointer.
fn read_pointers(text: &str, filled: &[usize]) -> Result<Vec<u8>, String> {
    let mut places: Vec<usize> = Vec::new();
    for word in text.split([' ', ',', ':']).filter(|w| !w.is_empty()) {
        if word.chars().all(|c| c.is_ascii_alphabetic()) {
            places.extend(word.bytes().map(|b| usize::from(b.to_ascii_uppercase() - b'A') + 1));
        } else {
            places.push(word.parse().map_err(|_| format!("`{word}` points at no diagnosis: write A, or A B"))?);
        }
    }
    if places.is_empty() {
        places.extend(filled.first().copied().or(Some(1)));
    }
    let mut pointers = Vec::new();
    for place in places {
        let at = filled.iter().position(|f| *f == place).and_then(|at| u8::try_from(at + 1).ok());
        let pointer =
            at.ok_or_else(|| format!("there is no diagnosis {}: fill it in, or point at another", letter(place)))?;
        if pointers.contains(&pointer) {
            return Err(format!("`{}` is here twice", letter(place)));
        }
        pointers.push(pointer);
    }
    if pointers.len() > POINTERS_MAX { Err("a line points at four diagnoses at most".to_owned()) } else { Ok(pointers) }
}

/// `A` for 1: how pointers are written on paper.
pub fn letter(place: usize) -> char {
    let nth = |n: u8| char::from(b'A'.saturating_add(n));
    u8::try_from(place).ok().and_then(|n| n.checked_sub(1)).filter(|n| *n < 26).map_or('?', nth)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> ChargesForm {
        let t = str::to_owned;
        let line = ChargeForm {
            code: t("g0463"),
            modifiers: t("25, GT"),
            units: t("2"),
            price: t("80.50"),
            pointers: t("ba"),
        };
        ChargesForm { diagnoses: vec![t("E11.9"), t("I10"), String::new()], lines: vec![line, ChargeForm::default()] }
    }

    fn check(change: impl FnOnce(&mut ChargesForm), fields: &[&str]) {
        let mut form = good();
        change(&mut form);
        let faults = form.read().err().unwrap_or_default();
        let named: Vec<&str> = faults.iter().map(|f| f.field.as_str()).collect();
        assert_eq!(named, fields, "{faults:?}");
    }

    #[test]
    fn reads_lines_and_pointers() {
        let draft = good().read().unwrap();
        assert_eq!(draft.lines.len(), 1);
        assert_eq!(draft.lines[0].pointers, [2, 1]);
        assert_eq!(draft.lines[0].modifiers.len(), 2);
        let id = ChargeId::parse("01890000-0000-7000-8000-000000000001").unwrap();
        let charge = draft.lines[0].clone().into_charge(id);
        assert_eq!(charge.amount(), Ok(Cents::new(16_100)));
        let again = ChargesForm { lines: vec![ChargeForm::from(&charge)], ..good() };
        assert_eq!(again.read().unwrap(), draft);
    }

    #[test]
    fn a_blank_place_between_diagnoses_moves_no_pointer() {
        let mut form = good();
        form.diagnoses = vec!["I10".into(), String::new(), "E119".into()];
        form.lines[0].pointers = "CA".into();
        let draft = form.read().unwrap();
        assert_eq!((draft.diagnoses.len(), &*draft.lines[0].pointers), (2, &[2, 1][..]));
        form.lines[0].pointers = "B".into();
        let fault = form.read().unwrap_err().remove(0);
        assert!(fault.message.contains("no diagnosis B"), "{}", fault.message);
    }

    #[test]
    fn faults_by_field() {
        check(|_| {}, &[]);
        check(|f| f.diagnoses.push("e119".into()), &["diagnosis_4"]);
        check(|f| f.lines[0].pointers = "3".into(), &["line_1_pointers"]);
        check(|f| f.lines[0].pointers = "A A".into(), &["line_1_pointers"]);
        check(|f| f.lines[0].pointers = "é".into(), &["line_1_pointers"]);
        check(|f| f.diagnoses.clear(), &["line_1_pointers"]);
        check(|f| (f.lines[0].units, f.lines[0].price) = ("0".into(), "-1".into()), &["line_1_units", "line_1_price"]);
        check(|f| f.lines[0].modifiers = "25 25".into(), &["line_1_modifiers"]);
        check(|f| f.diagnoses = (10..25).map(|n| format!("A{n}")).collect(), &["diagnosis_13"]);
    }
}
