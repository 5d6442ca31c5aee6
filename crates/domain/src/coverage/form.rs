//! The coverage form.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Coverage, FilingIndicator, Priority, Relationship, Subscriber};
use crate::form::{Faults, FieldFault, parse_date};
use crate::id::{CoverageId, PatientId, PayerId};
use crate::name::{NameParts, PersonName};
use crate::patient::{read_birth_date, read_sex};
use crate::payer::Payer;

/// The form as typed; every field is text, blank means not given. The subscriber's fields count only when the relationship is
/// not self.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CoverageForm {
    /// The payer's id.
    pub payer: String,
    /// Member number.
    pub member_id: String,
    /// Group number.
    pub group: String,
    /// A stored name of [`Relationship`]; blank means self.
    pub relationship: String,
    /// A stored name of [`Priority`]; blank means primary.
    pub priority: String,
    /// First day.
    pub from: String,
    /// Last day.
    pub to: String,
    /// A stored name of [`FilingIndicator`]; blank means what the payer usually is.
    pub filing: String,
    /// Subscriber's family name.
    pub subscriber_family: String,
    /// Subscriber's first name.
    pub subscriber_given: String,
    /// Subscriber's date of birth.
    pub subscriber_birth_date: String,
    /// Subscriber's sex.
    pub subscriber_sex: String,
}

/// What a good form says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoverageDraft {
    /// Who pays.
    pub payer: PayerId,
    /// Member number, upper case, without spaces and hyphens.
    pub member_id: String,
    /// Group number.
    pub group: Option<String>,
    /// What the patient is to the subscriber.
    pub relationship: Relationship,
    /// The subscriber, when not the patient.
    pub subscriber: Option<Subscriber>,
    /// Order of payment.
    pub priority: Priority,
    /// First day.
    pub from: Option<Date>,
    /// Last day.
    pub to: Option<Date>,
    /// Kind of plan.
    pub filing: FilingIndicator,
}

impl CoverageDraft {
    /// The coverage of a patient.
    pub fn into_coverage(self, id: CoverageId, patient: PatientId) -> Coverage {
        let Self { payer, member_id, group, relationship, subscriber, priority, from, to, filing } = self;
        Coverage { id, patient, payer, member_id, group, relationship, subscriber, priority, from, to, filing }
    }
}

impl CoverageForm {
    /// Whether nothing was filled in: the patient pays.
    pub fn is_blank(&self) -> bool {
        [&self.payer, &self.member_id, &self.group].iter().all(|t| t.trim().is_empty())
    }

    /// Reads the form on `today`, against the payers that the practice knows.
    pub fn read(&self, payers: &[Payer], today: Date) -> Result<CoverageDraft, Vec<FieldFault>> {
        let mut faults = Faults::new();
        let payer = payers.iter().find(|p| p.id.as_str() == self.payer.trim());
        if payer.is_none() {
            faults.add("payer", "choose a payer from the list");
        }
        let member_id = faults.take("member_id", parse_number(&self.member_id, 2));
        let group = faults.optional("group", &self.group, |t| parse_number(t, 1));
        let relationship =
            listed("relationship", &self.relationship, Relationship::Myself, Relationship::parse, &mut faults);
        let priority = listed("priority", &self.priority, Priority::Primary, Priority::parse, &mut faults);
        let usual = payer.map_or(FilingIndicator::Unknown, |p| p.filing);
        let filing = listed("filing", &self.filing, usual, FilingIndicator::parse, &mut faults);
        let from = faults.optional("from", &self.from, parse_date);
        let to = faults.optional("to", &self.to, parse_date);
        if let (Some(from), Some(to)) = (from, to)
            && to < from
        {
            faults.add("to", "the last day is before the first");
        }
        let subscriber = match relationship {
            None | Some(Relationship::Myself) => Ok(None),
            Some(_) => self.read_subscriber(today, &mut faults).map(Some).ok_or(()),
        };
        let draft = match (payer, member_id, relationship, subscriber, priority, filing) {
            (Some(payer), Some(member_id), Some(relationship), Ok(subscriber), Some(priority), Some(filing)) => {
                let payer = payer.id.clone();
                Some(CoverageDraft { payer, member_id, group, relationship, subscriber, priority, from, to, filing })
            }
            _ => None,
        };
        faults.finish(draft)
    }

    fn read_subscriber(&self, today: Date, faults: &mut Faults) -> Option<Subscriber> {
        let parts =
            NameParts { family: &self.subscriber_family, given: &self.subscriber_given, ..NameParts::default() };
        let name = PersonName::read("subscriber_", parts, faults);
        let birth_date = read_birth_date("subscriber_birth_date", &self.subscriber_birth_date, today, faults);
        let sex = read_sex("subscriber_sex", &self.subscriber_sex, faults);
        Some(Subscriber { name: name?, birth_date: birth_date?, sex: sex?, address: None })
    }
}

impl From<&Coverage> for CoverageForm {
    /// The form as it stands for a coverage that is known, to change.
    fn from(coverage: &Coverage) -> Self {
        let day = |d: Option<Date>| d.map(|d| d.strftime("%m/%d/%Y").to_string()).unwrap_or_default();
        let who = coverage.subscriber.as_ref();
        Self {
            payer: coverage.payer.to_string(),
            member_id: coverage.member_id.clone(),
            group: coverage.group.clone().unwrap_or_default(),
            relationship: coverage.relationship.to_string(),
            priority: coverage.priority.to_string(),
            from: day(coverage.from),
            to: day(coverage.to),
            filing: coverage.filing.to_string(),
            subscriber_family: who.map(|s| s.name.family.to_string()).unwrap_or_default(),
            subscriber_given: who.map(|s| s.name.given.to_string()).unwrap_or_default(),
            subscriber_birth_date: day(who.map(|s| s.birth_date)),
            subscriber_sex: who.map(|s| s.sex.to_string()).unwrap_or_default(),
        }
    }
}

fn listed<T>(field: &str, text: &str, blank: T, parse: impl Fn(&str) -> Option<T>, faults: &mut Faults) -> Option<T> {
    let text = text.trim();
    let value = if text.is_empty() { Some(blank) } else { parse(text) };
    if value.is_none() {
        faults.add(field, "choose a value from the list");
    }
    value
}

/// Reads a number from a card: letters and digits, at least `min`; the spaces and hyphens printed between them are not part of it.
fn parse_number(text: &str, min: usize) -> Result<String, String> {
    let number: String = text.trim().chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    let good = (min..=30).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_alphanumeric());
    if good {
        Ok(number.to_ascii_uppercase())
    } else if number.is_empty() {
        Err("fill in the number on the card".to_owned())
    } else {
        let shown: String = text.trim().chars().take(30).collect();
        Err(format!("`{shown}` is not a number from a card: it has {min} to 30 letters and digits"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn payer() -> Payer {
        Payer {
            id: PayerId::parse("01890000-0000-7000-8000-000000000009").unwrap(),
            name: "Prairie Health".to_owned(),
            x12_id: "PRAIR".to_owned(),
            other_numbers: crate::payer::OtherNumbers::default(),
            filing: FilingIndicator::Ppo,
            timely_filing_days: 180,
            partner: None,
        }
    }

    fn good() -> CoverageForm {
        CoverageForm {
            payer: payer().id.to_string(),
            member_id: "xq-12 34".to_owned(),
            relationship: "19".to_owned(),
            from: "1/1/2026".to_owned(),
            subscriber_family: "Ode".to_owned(),
            subscriber_given: "Per".to_owned(),
            subscriber_birth_date: "3/4/1980".to_owned(),
            subscriber_sex: "M".to_owned(),
            ..CoverageForm::default()
        }
    }

    fn check(change: impl FnOnce(&mut CoverageForm), fields: &[&str]) {
        let mut form = good();
        change(&mut form);
        let faults = form.read(&[payer()], date(2026, 3, 2)).err().unwrap_or_default();
        let named: Vec<&str> = faults.iter().map(|f| f.field.as_str()).collect();
        assert_eq!(named, fields, "{faults:?}");
    }

    #[test]
    fn reads_and_comes_back_the_same() {
        let draft = good().read(&[payer()], date(2026, 3, 2)).unwrap();
        assert_eq!((draft.member_id.as_str(), draft.filing), ("XQ1234", FilingIndicator::Ppo));
        assert!(draft.subscriber.is_some());
        let id = CoverageId::parse("01890000-0000-7000-8000-000000000001").unwrap();
        let patient = PatientId::parse("01890000-0000-7000-8000-000000000002").unwrap();
        let coverage = draft.clone().into_coverage(id, patient);
        assert_eq!(CoverageForm::from(&coverage).read(&[payer()], date(2026, 3, 2)), Ok(draft));
    }

    #[test]
    fn faults_by_field() {
        check(|_| {}, &[]);
        check(|f| f.payer.clear(), &["payer"]);
        check(|f| f.member_id = "12*34".into(), &["member_id"]);
        check(|f| f.to = "12/31/2025".into(), &["to"]);
        check(|f| f.subscriber_birth_date = "1/1/2030".into(), &["subscriber_birth_date"]);
        check(|f| f.relationship = "king".into(), &["relationship"]);
        check(|f| (f.relationship, f.subscriber_family) = ("18".into(), String::new()), &[]);
    }
}
