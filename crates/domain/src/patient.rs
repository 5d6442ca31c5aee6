//! Patients: who they are, how to reach them, and who speaks for them.

mod alike;
mod form;
mod query;

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use alike::{Identity, LIKELY, Likeness, POSSIBLE, alike};
pub use form::{GuardianForm, PatientDraft, PatientForm, parse_email};
pub(crate) use form::{read_birth_date, read_sex};
pub use query::{PatientQuery, QUERY_WORDS};

use crate::access::names;
use crate::id::PatientId;
use crate::name::PersonName;
use crate::place::{Address, Phone};

names! {
    /// Administrative sex, as payers ask for it (DMG03).
    Sex {
        /// Female.
        Female = "F", "Female";
        /// Male.
        Male = "M", "Male";
        /// Not known or neither; payers accept no other letter.
        Unknown = "U", "Unknown or other";
    }
}

names! {
    /// How a guardian is related to the patient.
    GuardianRelation {
        /// Mother or father.
        Parent = "parent", "Parent";
        /// Appointed by a court.
        LegalGuardian = "legal_guardian", "Legal guardian";
        /// Grandparent in charge.
        Grandparent = "grandparent", "Grandparent";
        /// Holds a power of attorney.
        PowerOfAttorney = "power_of_attorney", "Power of attorney";
        /// Somebody else with authority.
        Other = "other", "Other";
    }
}

names! {
    /// A part of what we hold about a patient. A role sees the groups that its work needs, and the log says which were shown
    /// (45 CFR 164.502(b)).
    FieldGroup {
        /// Name, birth date, sex, record number.
        Identity = "identity", "Identity";
        /// Address, telephone, email.
        Contact = "contact", "Contact";
        /// Who speaks for the patient.
        Guardians = "guardians", "Guardians";
        /// Payers and member numbers.
        Coverage = "coverage", "Coverage";
        /// Booked and past visits: when, where, with whom.
        Appointments = "appointments", "Appointments";
        /// Why a visit was booked.
        VisitReason = "visit_reason", "Reason for visit";
        /// Diagnoses and services.
        Charges = "charges", "Charges and diagnoses";
        /// Claims and what payers said.
        Claims = "claims", "Claims";
        /// What is owed and by whom.
        AccountBalance = "account_balance", "Account balance";
    }
}

/// Somebody who may act for the patient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guardian {
    /// The guardian's name.
    pub name: PersonName,
    /// How related.
    pub relation: GuardianRelation,
    /// How to reach the guardian.
    pub phone: Option<Phone>,
}

/// A patient of the practice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patient {
    /// Its id.
    pub id: PatientId,
    /// The record number that people use.
    pub mrn: String,
    /// Name.
    pub name: PersonName,
    /// Date of birth.
    pub birth_date: Date,
    /// Administrative sex.
    pub sex: Sex,
    /// Where the patient lives; a claim needs it.
    pub address: Option<Address>,
    /// Telephone.
    pub phone: Option<Phone>,
    /// Email.
    pub email: Option<String>,
    /// Who speaks for the patient.
    pub guardians: Vec<Guardian>,
    /// Date of death, when known.
    pub died_on: Option<Date>,
}

/// A patient's age.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Age {
    /// Whole years.
    pub years: i16,
    /// Whole months beyond them.
    pub months: i8,
}

impl Age {
    /// The age on `day` of somebody born on `birth`; a child of February 29 is a year older on March 1 of a common year.
    /// Zero before birth.
    pub fn on(birth: Date, day: Date) -> Self {
        if day < birth {
            return Self { years: 0, months: 0 };
        }
        let mut months =
            (i32::from(day.year()) - i32::from(birth.year())) * 12 + i32::from(day.month()) - i32::from(birth.month());
        if day.day() < birth.day() {
            months -= 1;
        }
        let narrow = |n: i32| i16::try_from(n).unwrap_or(i16::MAX);
        Self { years: narrow(months / 12), months: i8::try_from(months % 12).unwrap_or(0) }
    }

    /// Whether under 18, the age of majority in most states.
    pub fn is_minor(self) -> bool {
        self.years < 18
    }
}

impl fmt::Display for Age {
    /// `42 y`, and months for the small.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.years {
            0 => write!(f, "{} mo", self.months),
            1 | 2 => write!(f, "{} y {} mo", self.years, self.months),
            years => write!(f, "{years} y"),
        }
    }
}

impl Patient {
    /// Age on a day.
    pub fn age_on(&self, day: Date) -> Age {
        Age::on(self.birth_date, day)
    }

    /// What tells this person from another.
    pub fn identity(&self) -> Identity<'_> {
        Identity { name: &self.name, birth_date: self.birth_date, phone: self.phone.as_ref() }
    }

    /// Folded words that the find box searches: names and record number.
    pub fn search_key(&self) -> String {
        format!("{} {}", self.name.search_key(), crate::name::search_key(&self.mrn))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn check(birth: Date, day: Date, shown: &str) {
        assert_eq!(Age::on(birth, day).to_string(), shown, "{birth} on {day}");
    }

    #[test]
    fn age_is_counted_by_the_calendar() {
        check(date(1984, 6, 9), date(2026, 6, 8), "41 y");
        check(date(1984, 6, 9), date(2026, 6, 9), "42 y");
        check(date(2024, 2, 29), date(2025, 2, 28), "11 mo");
        check(date(2024, 2, 29), date(2025, 3, 1), "1 y 0 mo");
        check(date(2026, 1, 31), date(2026, 2, 28), "0 mo");
        check(date(2026, 1, 31), date(2025, 2, 28), "0 mo");
        assert!(Age::on(date(2008, 5, 2), date(2026, 5, 1)).is_minor());
        assert!(!Age::on(date(2008, 5, 1), date(2026, 5, 1)).is_minor());
    }
}
