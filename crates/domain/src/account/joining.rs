//! The way in: what is noted before somebody's access opens (45 CFR 164.308(a)(3)(ii)(B)), and the roles that two people give.

use std::fmt;

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Account, parse_display_name, parse_login};
use crate::access::{Role, names};
use crate::clock::Instant;
use crate::form::{Faults, FieldFault, needed, parse_date, parse_line};
use crate::id::AccountId;
use crate::place::Zone;

/// Seconds for which a first passphrase works, from when it was made or from the start day on, whichever is later: three days.
pub const CODE: i64 = 3 * 86_400;
/// How far ahead somebody can be invited, in months.
const AHEAD_MONTHS: i32 = 12;
/// Characters that a line of the clearance has at most.
const LINE_MAX: usize = 200;

names! {
    /// How somebody works for the practice. The workforce is all of them, paid or not (45 CFR 160.103).
    Employment {
        /// On the payroll.
        Employee = "employee", "Employee";
        /// By contract, under the practice's direct control.
        Contractor = "contractor", "Contractor";
        /// Sent by an agency.
        Agency = "agency", "From an agency";
        /// In training.
        Student = "student", "Student or trainee";
        /// Unpaid.
        Volunteer = "volunteer", "Volunteer";
    }
}

names! {
    /// Whether an account opens anything at an instant. The stored name is the reason that the log gives for a refusal.
    Access {
        /// It does.
        Open = "open", "May sign in";
        /// It was ended.
        Ended = "disabled", "Access ended";
        /// The start day has not come.
        Early = "before_start", "Before the start day";
        /// Nobody noted the clearance.
        Uncleared = "not_cleared", "Clearance not noted";
        /// The role waits for a second person.
        Unconfirmed = "role_not_confirmed", "Role not confirmed";
    }
}

/// What the clearance came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clearance {
    /// Something was checked.
    Checked {
        /// What: references, licence, exclusion list.
        what: String,
        /// By whom.
        by: String,
        /// On which day.
        on: Date,
        /// Where the paper is.
        paper: String,
    },
    /// Nothing has to be, and why. The specification is addressable: a reason is kept in its place.
    NotNeeded {
        /// Why.
        why: String,
    },
}

/// A clearance with who noted it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cleared {
    /// What it came to.
    pub clearance: Clearance,
    /// Who noted it.
    pub by: AccountId,
    /// When.
    pub at: Instant,
}

/// How somebody came in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joining {
    /// How the person works here.
    pub employment: Employment,
    /// The first day.
    pub starts_on: Date,
    /// When that day begins at the practice: nothing opens before.
    pub opens_at: Instant,
    /// Who invited the person.
    pub by: AccountId,
    /// When.
    pub at: Instant,
}

/// A role that somebody asked for, for another person; it waits for a third.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleAsk {
    /// Which.
    pub role: Role,
    /// Who asked.
    pub by: AccountId,
    /// When.
    pub at: Instant,
    /// Why.
    pub words: String,
}

/// How the person came to a role that takes two.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    /// Which.
    pub role: Role,
    /// Who asked for it.
    pub asked_by: AccountId,
    /// Who confirmed it; nobody, where there was nobody else who could.
    pub confirmed_by: Option<AccountId>,
    /// Since when it holds.
    pub at: Instant,
    /// Why.
    pub words: String,
}

/// Whether two people give this role: the roles that give access to others, or watch over it. They sign in with a passkey only.
pub const fn takes_two(role: Role) -> bool {
    matches!(role, Role::SecurityOfficial | Role::PrivacyOfficial | Role::SystemAdministrator)
}

impl Account {
    /// Whether the account opens anything now.
    pub fn access(&self, now: Instant) -> Access {
        let joining = self.joining.as_ref();
        if self.disabled_at.is_some() {
            Access::Ended
        } else if joining.is_some_and(|joining| now < joining.opens_at) {
            Access::Early
        } else if joining.is_some() && self.cleared.is_none() {
            Access::Uncleared
        } else if self.asked.as_ref().is_some_and(|asked| asked.role == self.role) {
            Access::Unconfirmed
        } else {
            Access::Open
        }
    }

    /// Whether it does.
    pub fn is_open(&self, now: Instant) -> bool {
        self.access(now) == Access::Open
    }

    /// Until when a first passphrase of this account works that was made at `set_at`.
    pub fn code_until(&self, set_at: Instant) -> Instant {
        let opens_at = self.joining.as_ref().map_or(set_at, |joining| joining.opens_at);
        set_at.max(opens_at).plus_seconds(CODE)
    }

    /// Whether one person alone gave the role, though it takes two.
    pub fn is_given_alone(&self) -> bool {
        takes_two(self.role) && self.granted.as_ref().is_some_and(|g| g.role == self.role && g.confirmed_by.is_none())
    }

    /// Gives the role: at once, or with `others` who could confirm it when they do. `asked` is who gives it and why.
    pub fn give(&mut self, asked: RoleAsk, others: bool) -> Given {
        if !takes_two(asked.role) {
            (self.role, self.asked, self.granted) = (asked.role, None, None);
            return Given::Now;
        }
        if others {
            self.asked = Some(asked);
            return Given::Asked;
        }
        self.hold(asked, None);
        Given::Alone
    }

    /// Confirms the role that waits. Who asked for it does not, nor the person whom it is for.
    pub fn confirm(&mut self, own: &AccountId, by: &AccountId, now: Instant) -> Result<(), &'static str> {
        let asked = self.asked.take().ok_or("no role waits for a confirmation: reload the page")?;
        if asked.by == *by {
            return Err("you asked for this role: somebody else confirms it");
        }
        if own == by {
            return Err("nobody confirms a role of their own: somebody else does");
        }
        self.hold(RoleAsk { at: now, ..asked }, Some(by.clone()));
        Ok(())
    }

    /// Turns the role down that waits; the one before stays. Somebody who has none from before does not get in.
    pub fn refuse_role(&mut self, now: Instant) -> Result<RoleAsk, &'static str> {
        let asked = self.asked.take().ok_or("no role waits for a confirmation: reload the page")?;
        if asked.role == self.role {
            self.disabled_at = Some(now);
        }
        Ok(asked)
    }

    fn hold(&mut self, asked: RoleAsk, confirmed_by: Option<AccountId>) {
        let RoleAsk { role, by, at, words } = asked;
        (self.role, self.asked) = (role, None);
        self.granted = Some(Granted { role, asked_by: by, confirmed_by, at, words });
    }
}

/// What became of a role that was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// It holds.
    Now,
    /// It waits for a second person.
    Asked,
    /// It holds, though it takes two: there is nobody else who could confirm it.
    Alone,
}

/// What somebody types to let a new person in.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct InviteForm {
    /// The login.
    pub login: String,
    /// The name that others see.
    pub name: String,
    /// The stored name of a role.
    pub role: String,
    /// Why a role that takes two people.
    pub role_words: String,
    /// The stored name of an employment.
    pub employment: String,
    /// The first day.
    pub starts_on: String,
}

/// What somebody types about the clearance.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ClearanceForm {
    /// `checked`, `not_needed` or, at the invitation only, `later`.
    pub clearance: String,
    /// What was checked.
    pub checked_what: String,
    /// By whom.
    pub checked_by: String,
    /// On which day.
    pub checked_on: String,
    /// Where the paper is.
    pub checked_paper: String,
    /// Why nothing has to be checked.
    pub not_needed_why: String,
}

/// What an invitation says, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invited {
    /// The login.
    pub login: String,
    /// The name.
    pub name: String,
    /// The role.
    pub role: Role,
    /// Why, where it takes two people.
    pub role_words: String,
    /// How the person works here.
    pub employment: Employment,
    /// The first day.
    pub starts_on: Date,
    /// When that day begins.
    pub opens_at: Instant,
    /// What was checked; nothing yet.
    pub clearance: Option<Clearance>,
}

impl InviteForm {
    /// The invitation, or what is wrong with each field.
    pub fn read(&self, cleared: &ClearanceForm, zone: &Zone, now: Instant) -> Result<Invited, Vec<FieldFault>> {
        let mut faults = Faults::new();
        let login = faults.take("login", parse_login(&self.login));
        let name = faults.take("name", parse_display_name(&self.name));
        let role = faults.take("role", Role::parse(&self.role).ok_or("choose a role"));
        let role_words = match role {
            Some(role) if takes_two(role) => faults.take("role_words", words("reason", &self.role_words)),
            _ => Some(String::new()),
        };
        let employment = Employment::parse(&self.employment).ok_or("choose how the person works here");
        let employment = faults.take("employment", employment);
        let starts_on = faults.take("starts_on", starts_on(&self.starts_on, zone.date(now)));
        let clearance = cleared.read_into(&mut faults, zone.date(now), true);
        let opens_at = starts_on.and_then(|day| day.to_zoned(zone.rules().clone()).ok());
        let whole = (login, name, role, role_words, employment, starts_on, opens_at);
        let (Some(login), Some(name), Some(role), Some(role_words), Some(employment), Some(starts_on), Some(opens)) =
            whole
        else {
            return Err(faults.into_inner());
        };
        let opens_at = Instant::from(opens.timestamp());
        faults.finish(Some(Invited { login, name, role, role_words, employment, starts_on, opens_at, clearance }))
    }
}

impl ClearanceForm {
    /// The clearance, or what is wrong with each field.
    pub fn read(&self, today: Date) -> Result<Clearance, Vec<FieldFault>> {
        let mut faults = Faults::new();
        let clearance = self.read_into(&mut faults, today, false);
        faults.finish(clearance)
    }

    fn read_into(&self, faults: &mut Faults, today: Date, may_wait: bool) -> Option<Clearance> {
        match self.clearance.as_str() {
            "later" if may_wait => None,
            "not_needed" => {
                let why = faults.take("not_needed_why", words("reason", &self.not_needed_why))?;
                Some(Clearance::NotNeeded { why })
            }
            "checked" => {
                let what = faults.take("checked_what", words("check", &self.checked_what));
                let by = faults.take("checked_by", words("name", &self.checked_by));
                let on = parse_date(&self.checked_on).map_err(|e| e.to_string());
                let past = |on: Date| if on > today { Err("this day is still to come".to_owned()) } else { Ok(on) };
                let on = faults.take("checked_on", on.and_then(past));
                let paper = faults.take("checked_paper", words("place", &self.checked_paper));
                Some(Clearance::Checked { what: what?, by: by?, on: on?, paper: paper? })
            }
            _ => faults.take("clearance", Err("choose what was done about the clearance")),
        }
    }
}

fn words(what: &str, text: &str) -> Result<String, String> {
    needed(what, text, |text| parse_line(text, LINE_MAX))
}

fn starts_on(text: &str, today: Date) -> Result<Date, String> {
    let day = parse_date(text).map_err(|e| e.to_string())?;
    if day > today.saturating_add(AHEAD_MONTHS.months()) {
        return Err("this is more than a year ahead: invite the person later".to_owned());
    }
    Ok(day)
}

#[cfg(test)]
mod tests;
