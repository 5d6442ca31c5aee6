//! Payers, and the numbers that they are known by. An 837 names the payer's own number; an 835 may come under another one.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::clock::Instant;
use crate::coverage::FilingIndicator;
use crate::form::{Faults, FieldFault};
use crate::id::{AccountId, PartnerId, PayerId};

/// A health plan or other party that pays for care.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payer {
    /// Its id.
    pub id: PayerId,
    /// Its name.
    pub name: String,
    /// The number that the partner knows it by (NM109 in 2010BB, N104 in an 835).
    pub x12_id: String,
    /// The numbers that remittances may bring instead. A claim's copy of the payer has none.
    #[serde(default, skip_serializing_if = "OtherNumbers::is_empty")]
    pub other_numbers: OtherNumbers,
    /// What kind of plan it usually is.
    pub filing: FilingIndicator,
    /// Days from the date of service in which it takes a claim.
    pub timely_filing_days: u16,
    /// Who gets its claims: the plan itself, or a clearinghouse. `None` until somebody has chosen.
    pub partner: Option<PartnerId>,
}

impl Payer {
    /// The number as it is compared, and kept apart from those of other payers.
    fn own_number(&self) -> String {
        compared(&self.x12_id)
    }

    /// Every number that it is known by today, in the form in which numbers are compared. No two payers share one.
    pub fn numbers(&self) -> Vec<String> {
        let own = self.own_number();
        let others = self.other_numbers.live().map(|n| n.number.0.clone()).filter(|n| *n != own);
        std::iter::once(own.clone()).chain(others).collect()
    }

    /// Whether a number, as a file brings it, is one of its own today.
    pub fn is_known_as(&self, number: &str) -> bool {
        self.numbers().contains(&compared(number))
    }

    /// From now on it is known under this number too.
    pub fn know_as(&mut self, number: &PayerNumber, by: AccountId, at: Instant) -> Result<(), NumberFault> {
        if self.is_known_as(&number.0) {
            return Err(NumberFault::Already(self.name.clone(), number.0.clone()));
        }
        self.other_numbers.0.push(KnownAs { number: number.clone(), added: Mark { by, at }, ended: None });
        Ok(())
    }

    /// From now on it is not known under this number any more. The number stays on record, and is free for another payer.
    pub fn end_number(&mut self, number: &PayerNumber, by: AccountId, at: Instant) -> Result<(), NumberFault> {
        let live = self.other_numbers.0.iter_mut().find(|n| n.ended.is_none() && n.number == *number);
        let live = live.ok_or_else(|| NumberFault::NotLive(self.name.clone(), number.0.clone()))?;
        live.ended = Some(Mark { by, at });
        Ok(())
    }

    /// The payer as a claim keeps it.
    #[must_use]
    pub fn on_claim(&self) -> Self {
        Self { other_numbers: OtherNumbers::default(), ..self.clone() }
    }
}

/// A number of a payer in the form in which numbers are compared: without spaces around it, in capitals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PayerNumber(String);

/// Most characters of a number (N104).
const LONGEST: usize = 80;

impl PayerNumber {
    /// Reads a number as it stands in a file or as somebody typed it.
    pub fn parse(text: &str) -> Result<Self, NumberFault> {
        let number = compared(text);
        let plain = number.bytes().all(|b| (b == b' ' || b.is_ascii_graphic()) && !b"*:~^".contains(&b));
        if plain && (2..=LONGEST).contains(&number.len()) { Ok(Self(number)) } else { Err(NumberFault::NotANumber) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PayerNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for PayerNumber {
    type Error = NumberFault;

    fn try_from(text: String) -> Result<Self, NumberFault> {
        Self::parse(&text)
    }
}

impl From<PayerNumber> for String {
    fn from(number: PayerNumber) -> Self {
        number.0
    }
}

fn compared(number: &str) -> String {
    number.trim().to_ascii_uppercase()
}

/// Who did something, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Who.
    pub by: AccountId,
    /// When.
    pub at: Instant,
}

/// A number that a payer is, or was, known by beside its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownAs {
    /// The number.
    pub number: PayerNumber,
    /// Since when, and who said so.
    pub added: Mark,
    /// Until when, and who ended it; `None` while it lasts.
    pub ended: Option<Mark>,
}

/// The other numbers of a payer, past ones too, in the order in which they came. At most one of a kind lasts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OtherNumbers(Vec<KnownAs>);

impl OtherNumbers {
    /// All of them.
    pub fn all(&self) -> &[KnownAs] {
        &self.0
    }

    /// Those that last.
    pub fn live(&self) -> impl Iterator<Item = &KnownAs> {
        self.0.iter().filter(|n| n.ended.is_none())
    }

    /// Whether there never was one.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What is wrong with a number, or with what was asked of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberFault {
    /// It cannot stand in a file.
    #[error("write the number as the payer's files have it: 2 to 80 letters, digits or signs, without * : ~ or ^")]
    NotANumber,
    /// The payer has it.
    #[error("`{0}` is known as `{1}` already")]
    Already(String, String),
    /// The payer has it not, or no more.
    #[error("`{0}` is not known as `{1}` now, so there is nothing to end")]
    NotLive(String, String),
}

/// Whose the numbers of a file are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found<'p> {
    /// Nobody's that we know.
    Nobody,
    /// One payer's.
    One(&'p Payer),
    /// Those of several, so nobody's for certain.
    Several(Vec<&'p Payer>),
}

/// The payer whom any of the numbers names.
pub fn find<'p>(numbers: &[String], payers: &'p [Payer]) -> Found<'p> {
    let found: Vec<&Payer> = payers.iter().filter(|p| numbers.iter().any(|n| p.is_known_as(n))).collect();
    match found.as_slice() {
        [] => Found::Nobody,
        [one] => Found::One(one),
        _ => Found::Several(found),
    }
}

/// A payer as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PayerForm {
    /// Its name.
    pub name: String,
    /// Its own number.
    pub number: String,
    /// A [`FilingIndicator`].
    pub filing: String,
    /// Days from the date of service in which it takes a claim.
    pub timely_filing_days: String,
}

impl PayerForm {
    /// Reads the form. What it does not have stays as `old` has it.
    pub fn read(&self, id: PayerId, old: Option<&Payer>) -> Result<Payer, Vec<FieldFault>> {
        let mut faults = Faults::new();
        let name = self.name.trim().to_owned();
        if name.is_empty() || name.chars().count() > 60 {
            faults.add("name", "write the payer's name, in at most 60 letters");
        }
        let number = faults.take("number", PayerNumber::parse(&self.number).map_err(|e| e.to_string()));
        let filing =
            faults.take("filing", FilingIndicator::parse(&self.filing).ok_or("choose what kind of plan it is"));
        let days = self.timely_filing_days.trim().parse().ok().filter(|d| (1..=3650).contains(d));
        let days = faults.take("timely_filing_days", days.ok_or("write a number of days, from 1 to 3650"));
        let payer = number.zip(filing).zip(days).map(|((_, filing), timely_filing_days)| Payer {
            id,
            name,
            x12_id: self.number.trim().to_owned(),
            other_numbers: old.map(|p| p.other_numbers.clone()).unwrap_or_default(),
            filing,
            timely_filing_days,
            partner: old.and_then(|p| p.partner.clone()),
        });
        faults.finish(payer)
    }
}

impl From<&Payer> for PayerForm {
    /// The payer as it stands, to change.
    fn from(payer: &Payer) -> Self {
        Self {
            name: payer.name.clone(),
            number: payer.x12_id.clone(),
            filing: payer.filing.as_str().to_owned(),
            timely_filing_days: payer.timely_filing_days.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{payer, uuid};

    fn number(text: &str) -> PayerNumber {
        PayerNumber::parse(text).unwrap()
    }

    fn known(names: &[&str]) -> Payer {
        let mut payer = payer();
        for (at, name) in (1..).zip(names) {
            payer.know_as(&number(name), AccountId::parse(&uuid(1)).unwrap(), Instant::from_micros(at)).unwrap();
        }
        payer
    }

    #[test]
    fn a_payer_answers_to_its_numbers_until_they_end() {
        let (by, at) = (AccountId::parse(&uuid(2)).unwrap(), Instant::from_micros(9));
        let mut payer = known(&["1371234567", "Prair East"]);
        assert_eq!(payer.numbers(), ["PRAIR", "1371234567", "PRAIR EAST"]);
        assert!(payer.is_known_as(" prair ") && payer.is_known_as("prair east") && !payer.is_known_as("137123456"));
        let again = payer.know_as(&number("PRAIR"), by.clone(), at);
        assert!(matches!(again, Err(NumberFault::Already(..))), "its own number is not another one: {again:?}");

        payer.end_number(&number("1371234567"), by.clone(), at).unwrap();
        assert!(!payer.is_known_as("1371234567"));
        assert_eq!(payer.other_numbers.all().len(), 2, "what was stays on record");
        assert_eq!(payer.other_numbers.all()[0].ended, Some(Mark { by: by.clone(), at }));
        assert!(payer.end_number(&number("1371234567"), by.clone(), at).is_err(), "it ends once");
        assert!(payer.end_number(&number("PRAIR"), by.clone(), at).is_err(), "the own number does not end");
        payer.know_as(&number("1371234567"), by, at).unwrap();
        assert_eq!(payer.other_numbers.live().count(), 2, "and it may come back");
    }

    #[test]
    fn a_file_names_one_payer_or_none() {
        let other = Payer { id: PayerId::parse(&uuid(2)).unwrap(), x12_id: "LAKES".into(), ..payer() };
        let all = [known(&["1371234567"]), other];
        let find = |numbers: &[&str]| {
            let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
            match find(&numbers, &all) {
                Found::Nobody => String::new(),
                Found::One(payer) => payer.x12_id.clone(),
                Found::Several(payers) => payers.iter().map(|p| p.x12_id.as_str()).collect::<Vec<_>>().join("+"),
            }
        };
        assert_eq!(find(&["X", "1371234567"]), "PRAIR");
        assert_eq!(find(&["lakes"]), "LAKES");
        assert_eq!(find(&["1371234567", "LAKES"]), "PRAIR+LAKES");
        assert_eq!((find(&["X"]), find(&[])), (String::new(), String::new()));
    }

    #[test]
    fn a_number_is_what_a_file_can_hold() {
        for wrong in ["", " ", "1", "A*B", "A~", "Ä1", "A\u{7}B", &"9".repeat(81)] {
            assert!(PayerNumber::parse(wrong).is_err(), "{wrong:?}");
        }
        assert_eq!(number(" ab-1 ").as_str(), "AB-1");
        let stored: Result<PayerNumber, _> = serde_json::from_str("\"A*B\"");
        assert!(stored.is_err(), "nor does a record bring a wrong one");
    }

    #[test]
    fn the_form_keeps_what_it_does_not_have() {
        let old = known(&["1371234567"]);
        let typed = PayerForm { name: " Prairie Plan ".into(), ..PayerForm::from(&old) };
        let new = typed.read(old.id.clone(), Some(&old)).unwrap();
        assert_eq!(new, Payer { name: "Prairie Plan".into(), ..old.clone() });
        let faults = PayerForm::default().read(old.id.clone(), None).unwrap_err();
        let fields: Vec<&str> = faults.iter().map(|f| f.field.as_str()).collect();
        assert_eq!(fields, ["name", "number", "filing", "timely_filing_days"]);
    }
}
