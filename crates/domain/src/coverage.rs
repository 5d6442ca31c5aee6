//! Coverages: who pays for a patient on a day.

mod form;

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use form::{CoverageDraft, CoverageForm};

use crate::access::names;
use crate::id::{CoverageId, PatientId, PayerId};
use crate::name::PersonName;
use crate::patient::Sex;
use crate::place::Address;

names! {
    /// What the patient is to the subscriber. The stored name is the X12 code (SBR02, PAT01).
    Relationship {
        /// The patient is the subscriber.
        Myself = "18", "Self";
        /// Husband or wife.
        Spouse = "01", "Spouse";
        /// Child.
        Child = "19", "Child";
        /// Employee.
        Employee = "20", "Employee";
        /// Not known.
        Unknown = "21", "Unknown";
        /// Organ donor.
        OrganDonor = "39", "Organ donor";
        /// Cadaver donor.
        CadaverDonor = "40", "Cadaver donor";
        /// Life partner.
        LifePartner = "53", "Life partner";
        /// Any other.
        Other = "G8", "Other";
    }
}

names! {
    /// The order in which coverages pay. The stored name is the X12 code (SBR01).
    Priority {
        /// Pays first.
        Primary = "P", "Primary";
        /// Pays second.
        Secondary = "S", "Secondary";
        /// Pays third.
        Tertiary = "T", "Tertiary";
    }
}

names! {
    /// What kind of plan pays. The stored name is the X12 code (SBR09).
    FilingIndicator {
        /// Commercial insurance.
        Commercial = "CI", "Commercial";
        /// Blue Cross or Blue Shield.
        BlueCross = "BL", "Blue Cross or Blue Shield";
        /// Medicare Part B.
        MedicareB = "MB", "Medicare Part B";
        /// Medicaid.
        Medicaid = "MC", "Medicaid";
        /// Medicare managed by a health plan.
        MedicareAdvantage = "16", "Medicare Advantage";
        /// Health maintenance organization.
        Hmo = "HM", "HMO";
        /// Preferred provider organization.
        Ppo = "12", "PPO";
        /// Point of service.
        PointOfService = "13", "Point of service";
        /// Exclusive provider organization.
        Epo = "14", "EPO";
        /// TRICARE, under its old name in the code list.
        Tricare = "CH", "TRICARE";
        /// Veterans Affairs.
        VeteransAffairs = "VA", "Veterans Affairs";
        /// Workers' compensation.
        WorkersCompensation = "WC", "Workers' compensation";
        /// Automobile insurance.
        Automobile = "AM", "Automobile";
        /// Federal employees.
        FederalEmployees = "FI", "Federal employees";
        /// Other federal.
        OtherFederal = "OF", "Other federal";
        /// Other, not federal.
        OtherNonFederal = "11", "Other, not federal";
        /// Not known.
        Unknown = "ZZ", "Unknown";
    }
}

/// The person who holds the policy, when that is not the patient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscriber {
    /// Name.
    pub name: PersonName,
    /// Date of birth.
    pub birth_date: Date,
    /// Administrative sex.
    pub sex: Sex,
    /// Address, when it is not the patient's.
    pub address: Option<Address>,
}

/// A policy that covers a patient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Its id.
    pub id: CoverageId,
    /// Whom it covers.
    pub patient: PatientId,
    /// Who pays.
    pub payer: PayerId,
    /// The member number on the card.
    pub member_id: String,
    /// The group number.
    pub group: Option<String>,
    /// What the patient is to the subscriber.
    pub relationship: Relationship,
    /// The subscriber; `None` exactly when the relationship is self.
    pub subscriber: Option<Subscriber>,
    /// Where it stands in the order of payment.
    pub priority: Priority,
    /// First day, when known.
    pub from: Option<Date>,
    /// Last day, when known.
    pub to: Option<Date>,
    /// What kind of plan it is.
    pub filing: FilingIndicator,
}

/// Two coverages claim the same place on one day. The desk has to say which is right; we do not guess.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("two {} coverages are in force on {day}: end one of them, or change its order", .priority.label().to_lowercase())]
pub struct CoverageConflict {
    /// The place they both have.
    pub priority: Priority,
    /// The day.
    pub day: Date,
    /// The coverages.
    pub coverages: [CoverageId; 2],
}

impl Coverage {
    /// Whether it is in force on a day.
    pub fn is_in_force(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }
}

/// The coverages in force on a date of service, in the order in which they pay.
pub fn in_force(coverages: &[Coverage], day: Date) -> Vec<&Coverage> {
    let mut found: Vec<&Coverage> = coverages.iter().filter(|c| c.is_in_force(day)).collect();
    found.sort_by(|a, b| (a.priority, &a.id).cmp(&(b.priority, &b.id)));
    found
}

/// The coverage that pays first for a date of service; `None` means that the patient pays.
pub fn choose(coverages: &[Coverage], day: Date) -> Result<Option<&Coverage>, CoverageConflict> {
    match in_force(coverages, day).as_slice() {
        [a, b, ..] if a.priority == b.priority => {
            let coverages = [a.id.clone(), b.id.clone()];
            Err(CoverageConflict { priority: a.priority, day, coverages })
        }
        found => Ok(found.first().copied()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn coverage(n: u8, priority: Priority, from: Option<Date>, to: Option<Date>) -> Coverage {
        let id = format!("01890000-0000-7000-8000-0000000000{n:02}");
        Coverage {
            id: CoverageId::parse(&id).unwrap(),
            patient: PatientId::parse(&id).unwrap(),
            payer: PayerId::parse(&id).unwrap(),
            member_id: format!("M{n}"),
            group: None,
            relationship: Relationship::Myself,
            subscriber: None,
            priority,
            from,
            to,
            filing: FilingIndicator::Commercial,
        }
    }

    fn check(coverages: &[Coverage], day: Date, member: Option<&str>) {
        let chosen = choose(coverages, day).unwrap();
        assert_eq!(chosen.map(|c| c.member_id.as_str()), member, "{day}");
    }

    #[test]
    fn chosen_as_of_the_date_of_service() {
        let (new_year, eve) = (date(2026, 1, 1), date(2025, 12, 31));
        let all = [
            coverage(1, Priority::Primary, Some(new_year), None),
            coverage(2, Priority::Primary, None, Some(eve)),
            coverage(3, Priority::Secondary, Some(date(2025, 1, 1)), None),
        ];
        check(&all, new_year, Some("M1"));
        check(&all, eve, Some("M2"));
        check(&all[2..], new_year, Some("M3"));
        check(&all[2..], date(2024, 12, 31), None);
    }

    #[test]
    fn two_primaries_are_not_guessed_between() {
        let all = [coverage(1, Priority::Primary, None, None), coverage(2, Priority::Primary, None, None)];
        let conflict = choose(&all, date(2026, 1, 1)).unwrap_err();
        assert_eq!(
            conflict.to_string(),
            "two primary coverages are in force on 2026-01-01: end one of them, or change its order"
        );
    }
}
