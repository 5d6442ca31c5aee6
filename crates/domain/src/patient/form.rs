//! The registration form: texts as typed, read into a patient or into faults by field.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Guardian, GuardianRelation, Identity, Patient, Sex};
use crate::form::{Faults, FieldFault, parse_date, parse_line};
use crate::id::PatientId;
use crate::name::{NameParts, PersonName};
use crate::place::{Address, AddressParts, Phone};

/// Nobody on record has lived longer than this many years.
const OLDEST: i16 = 125;

/// The form as typed. Every field is text; blank means not given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PatientForm {
    /// Family name.
    pub family: String,
    /// First name.
    pub given: String,
    /// Middle name.
    pub middle: String,
    /// Suffix.
    pub suffix: String,
    /// Preferred name.
    pub preferred: String,
    /// Date of birth in any usual form.
    pub birth_date: String,
    /// `F`, `M` or `U`.
    pub sex: String,
    /// Street.
    pub line1: String,
    /// Suite, apartment.
    pub line2: String,
    /// City.
    pub city: String,
    /// State.
    pub state: String,
    /// ZIP.
    pub zip: String,
    /// Telephone.
    pub phone: String,
    /// Email.
    pub email: String,
    /// Guardians; blank ones are left out.
    pub guardians: Vec<GuardianForm>,
}

/// One guardian as typed. Its faults are named `guardian_1_family` and so on, counted from 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GuardianForm {
    /// Family name.
    pub family: String,
    /// First name.
    pub given: String,
    /// A stored name of [`GuardianRelation`].
    pub relation: String,
    /// Telephone.
    pub phone: String,
}

/// What a good form says: a patient without an id or record number yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PatientDraft {
    /// Name.
    pub name: PersonName,
    /// Date of birth.
    pub birth_date: Date,
    /// Administrative sex.
    pub sex: Sex,
    /// Address.
    pub address: Option<Address>,
    /// Telephone.
    pub phone: Option<Phone>,
    /// Email.
    pub email: Option<String>,
    /// Guardians.
    pub guardians: Vec<Guardian>,
}

impl PatientDraft {
    /// The patient, with the id and record number given by the system.
    pub fn into_patient(self, id: PatientId, mrn: String) -> Patient {
        let Self { name, birth_date, sex, address, phone, email, guardians } = self;
        Patient { id, mrn, name, birth_date, sex, address, phone, email, guardians, died_on: None }
    }

    /// What tells this person from another.
    pub fn identity(&self) -> Identity<'_> {
        Identity { name: &self.name, birth_date: self.birth_date, phone: self.phone.as_ref() }
    }
}

impl PatientForm {
    /// Reads the form on `today` at the practice. All faults come back at once.
    pub fn read(&self, today: Date) -> Result<PatientDraft, Vec<FieldFault>> {
        let mut faults = Faults::new();
        let parts = NameParts {
            family: &self.family,
            given: &self.given,
            middle: &self.middle,
            suffix: &self.suffix,
            preferred: &self.preferred,
        };
        let name = PersonName::read("", parts, &mut faults);
        let birth_date = read_birth_date("birth_date", &self.birth_date, today, &mut faults);
        let sex = read_sex("sex", &self.sex, &mut faults);
        let address = self.address_parts();
        let address = if address.is_blank() { None } else { Address::read("", address, &mut faults) };
        let phone = faults.optional("phone", &self.phone, Phone::parse);
        let email = faults.optional("email", &self.email, parse_email);
        let rows = self.guardians.iter().enumerate();
        let guardians = rows.filter_map(|(i, g)| g.read(&format!("guardian_{}_", i + 1), &mut faults)).collect();
        let draft = match (name, birth_date, sex) {
            (Some(name), Some(birth_date), Some(sex)) => {
                Some(PatientDraft { name, birth_date, sex, address, phone, email, guardians })
            }
            _ => None,
        };
        faults.finish(draft)
    }

    fn address_parts(&self) -> AddressParts<'_> {
        AddressParts { line1: &self.line1, line2: &self.line2, city: &self.city, state: &self.state, zip: &self.zip }
    }
}

impl From<&Patient> for PatientForm {
    /// The form as it stands for a patient who is known, to change.
    fn from(patient: &Patient) -> Self {
        let opt = |p: Option<&crate::name::NamePart>| p.map(|p| p.as_str().to_owned()).unwrap_or_default();
        let show = |a: Option<&Address>, get: fn(&Address) -> String| a.map(get).unwrap_or_default();
        let address = patient.address.as_ref();
        Self {
            family: patient.name.family.as_str().to_owned(),
            given: patient.name.given.as_str().to_owned(),
            middle: opt(patient.name.middle.as_ref()),
            suffix: opt(patient.name.suffix.as_ref()),
            preferred: opt(patient.name.preferred.as_ref()),
            birth_date: patient.birth_date.strftime("%m/%d/%Y").to_string(),
            sex: patient.sex.as_str().to_owned(),
            line1: show(address, |a| a.line1.clone()),
            line2: show(address, |a| a.line2.clone().unwrap_or_default()),
            city: show(address, |a| a.city.clone()),
            state: show(address, |a| a.state.to_string()),
            zip: show(address, |a| a.zip.to_string()),
            phone: patient.phone.as_ref().map(ToString::to_string).unwrap_or_default(),
            email: patient.email.clone().unwrap_or_default(),
            guardians: patient.guardians.iter().map(GuardianForm::from).collect(),
        }
    }
}

impl From<&Guardian> for GuardianForm {
    fn from(guardian: &Guardian) -> Self {
        Self {
            family: guardian.name.family.as_str().to_owned(),
            given: guardian.name.given.as_str().to_owned(),
            relation: guardian.relation.as_str().to_owned(),
            phone: guardian.phone.as_ref().map(ToString::to_string).unwrap_or_default(),
        }
    }
}

impl GuardianForm {
    fn read(&self, prefix: &str, faults: &mut Faults) -> Option<Guardian> {
        if [&self.family, &self.given, &self.phone].iter().all(|t| t.trim().is_empty()) {
            return None;
        }
        let parts = NameParts { family: &self.family, given: &self.given, ..NameParts::default() };
        let name = PersonName::read(prefix, parts, faults);
        let relation = GuardianRelation::parse(self.relation.trim());
        if relation.is_none() {
            faults.add(&format!("{prefix}relation"), "choose how the guardian is related");
        }
        let phone = faults.optional(&format!("{prefix}phone"), &self.phone, Phone::parse);
        Some(Guardian { name: name?, relation: relation?, phone })
    }
}

/// Reads a date of birth: a real day, not after today, not beyond the longest life on record.
pub(crate) fn read_birth_date(field: &str, text: &str, today: Date, faults: &mut Faults) -> Option<Date> {
    if text.trim().is_empty() {
        faults.add(field, "fill in the date of birth, like 6/9/1984");
        return None;
    }
    let birth = faults.take(field, parse_date(text))?;
    if birth > today {
        faults.add(field, format!("`{}` is in the future", text.trim()));
        return None;
    }
    if super::Age::on(birth, today).years > OLDEST {
        faults.add(field, format!("`{}` is more than {OLDEST} years ago: look at the year again", text.trim()));
        return None;
    }
    Some(birth)
}

/// Reads an administrative sex.
pub(crate) fn read_sex(field: &str, text: &str, faults: &mut Faults) -> Option<Sex> {
    let sex = Sex::parse(&text.trim().to_ascii_uppercase());
    if sex.is_none() {
        faults.add(field, "choose the sex that the payer has on record");
    }
    sex
}

/// Reads an email address: one `@`, a dot in the domain, no spaces. Only a message shows whether it works.
pub fn parse_email(text: &str) -> Result<String, String> {
    let email = parse_line(text, 120).map_err(|e| e.to_string())?;
    let good = email.split_once('@').is_some_and(|(name, domain)| {
        let labels = domain.split('.').all(|l| !l.is_empty() && l.chars().all(|c| c.is_alphanumeric() || c == '-'));
        !name.is_empty() && domain.contains('.') && labels && !email.contains([' ', '<', '>', '"', ',', ';'])
    });
    if good { Ok(email) } else { Err(format!("`{email}` is not an email address")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn good() -> PatientForm {
        let t = str::to_owned;
        PatientForm {
            family: t("O'Brien-Núñez"),
            given: t("Zoë"),
            birth_date: t("2/29/2012"),
            sex: t("f"),
            line1: t("12 Elm St"),
            city: t("Peoria"),
            state: t("IL"),
            zip: t("61602"),
            phone: t("(309) 555-0142"),
            email: t("zoe@example.org"),
            guardians: vec![
                GuardianForm::default(),
                GuardianForm { family: t("Núñez"), given: t("Inés"), relation: t("parent"), phone: String::new() },
            ],
            ..PatientForm::default()
        }
    }

    fn check(change: impl FnOnce(&mut PatientForm), fields: &[&str]) {
        let mut form = good();
        change(&mut form);
        let faults = form.read(date(2026, 3, 2)).err().unwrap_or_default();
        let named: Vec<&str> = faults.iter().map(|f| f.field.as_str()).collect();
        assert_eq!(named, fields, "{faults:?}");
    }

    #[test]
    fn a_good_form_reads_and_comes_back_the_same() {
        let draft = good().read(date(2026, 3, 2)).unwrap();
        assert_eq!((draft.birth_date, draft.guardians.len()), (date(2012, 2, 29), 1));
        let id = PatientId::parse("01890000-0000-7000-8000-000000000001").unwrap();
        let patient = draft.clone().into_patient(id, "1001".to_owned());
        assert_eq!(PatientForm::from(&patient).read(date(2026, 3, 2)), Ok(draft));
        let json = serde_json::to_string(&patient).unwrap();
        assert_eq!(serde_json::from_str::<Patient>(&json).unwrap(), patient);
    }

    #[test]
    fn every_fault_is_told_at_once() {
        check(|_| {}, &[]);
        check(|f| f.birth_date = "2/29/2013".into(), &["birth_date"]);
        check(|f| f.birth_date = "3/3/2026".into(), &["birth_date"]);
        check(|f| f.birth_date = "1/1/1890".into(), &["birth_date"]);
        check(|f| f.family = "a\0".into(), &["family"]);
        check(|f| (f.zip, f.phone, f.email) = ("1".into(), "2".into(), "x@y".into()), &["zip", "phone", "email"]);
        check(|f| f.city = " ".into(), &["city"]);
        check(|f| f.guardians[1].relation = "boss".into(), &["guardian_2_relation"]);
        let empty = PatientForm::default().read(date(2026, 3, 2)).unwrap_err();
        assert_eq!(empty.len(), 4, "family, given, birth date, sex");
    }
}
