//! A restriction: to whom a patient's record is open, and to whom it never is. The privacy official places it.
//!
//! A restricted record is open to the practice manager, the privacy official, and those whom the restriction names; for
//! everybody else there is emergency access. Whom it names as denied it stays closed to even then.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::access::names;
use crate::clock::Instant;
use crate::form::{Faults, FieldFault, needed, parse_line};
use crate::id::{AccountId, PatientId};

names! {
    /// Why a record is restricted.
    Ground {
        /// The patient works here, or is family of somebody who does.
        Staff = "staff", "Works here, or family of somebody who does";
        /// Many people would be curious.
        WellKnown = "well_known", "Well known here";
        /// The patient asked for limits, and the practice agreed (45 CFR 164.522(a)).
        Asked = "asked", "The patient asked for it";
        /// Somebody might harm the patient.
        Safety = "safety", "The patient's safety";
    }
}

/// A restriction in force, or one that was lifted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restriction {
    /// Whose record.
    pub patient: PatientId,
    /// Why.
    pub ground: Ground,
    /// Why, in words.
    pub words: String,
    /// Accounts that it is open to besides the practice manager and the privacy official.
    pub circle: Vec<AccountId>,
    /// Accounts that it is never open to.
    pub denied: Vec<AccountId>,
    /// Who placed or last changed it.
    pub by: AccountId,
    /// When it was placed or last changed.
    pub at: Instant,
    /// When it was lifted.
    pub lifted_at: Option<Instant>,
}

/// What the form holds; an account is named by at most one of its lists.
#[derive(Clone, Debug, Default)]
pub struct RestrictionForm {
    /// The stored name of a ground.
    pub ground: String,
    /// The words.
    pub words: String,
    /// Ids of accounts that it is open to.
    pub circle: Vec<String>,
    /// Ids of accounts that it is never open to.
    pub denied: Vec<String>,
}

/// What the form says, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestrictionDraft {
    /// Why.
    pub ground: Ground,
    /// Why, in words.
    pub words: String,
    /// Open to these.
    pub circle: Vec<AccountId>,
    /// Never open to these.
    pub denied: Vec<AccountId>,
}

impl RestrictionForm {
    /// Reads the form, or says what is wrong with each field.
    pub fn read(&self) -> Result<RestrictionDraft, Vec<FieldFault>> {
        let mut faults = Faults::new();
        let ground = faults.take("ground", Ground::parse(&self.ground).ok_or("choose why"));
        let words = faults.take("words", needed("words", &self.words, |text| parse_line(text, 500)));
        let accounts = |ids: &[String]| ids.iter().map(|id| AccountId::parse(id)).collect::<Result<Vec<_>, _>>();
        let circle = faults.take("circle", accounts(&self.circle));
        let denied = faults.take("denied", accounts(&self.denied));
        if self.circle.iter().any(|id| self.denied.contains(id)) {
            faults.add(
                "denied",
                "somebody is named in both lists: a record that is never open to a person is not open to that person",
            );
        }
        let draft = match (ground, words, circle, denied) {
            (Some(ground), Some(words), Some(circle), Some(denied)) => {
                Some(RestrictionDraft { ground, words, circle, denied })
            }
            _ => None,
        };
        faults.finish(draft)
    }
}

impl From<&Restriction> for RestrictionForm {
    fn from(known: &Restriction) -> Self {
        let texts = |ids: &[AccountId]| ids.iter().map(ToString::to_string).collect();
        Self {
            ground: known.ground.as_str().to_owned(),
            words: known.words.clone(),
            circle: texts(&known.circle),
            denied: texts(&known.denied),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAM: &str = "01890000-0000-7000-8000-000000000001";

    #[test]
    fn a_restriction_says_why_and_names_nobody_twice() {
        let form = |ground: &str, words: &str, circle: &[&str], denied: &[&str]| {
            let own = |ids: &[&str]| ids.iter().map(ToString::to_string).collect();
            let form = RestrictionForm {
                ground: ground.to_owned(),
                words: words.to_owned(),
                circle: own(circle),
                denied: own(denied),
            };
            form.read().map_err(|faults| faults.into_iter().map(|f| f.field).collect::<Vec<_>>())
        };
        assert!(form("staff", "Sister of our biller", &[SAM], &[]).is_ok());
        assert_eq!(form("", "", &[], &[]), Err(vec!["ground".to_owned(), "words".to_owned()]));
        assert_eq!(form("staff", "x", &[SAM], &[SAM]), Err(vec!["denied".to_owned()]));
        assert_eq!(form("staff", "x", &["sam"], &[]), Err(vec!["circle".to_owned()]));
    }
}
