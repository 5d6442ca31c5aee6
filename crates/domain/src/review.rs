//! Access reviews (45 CFR 164.308(a)(4)(ii)(C)): each quarter somebody else looks at every account and every API client that
//! holds access, and says whether it is still needed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::access::{Action, Role, names};
use crate::client::ApiScope;
use crate::clock::Instant;
use crate::form::{Faults, FieldFault, needed, parse_line};
use crate::id::{AccountId, ClientId, ReviewId, ReviewItemId};

/// Days from the begin of a review to the last one for deciding.
const DECIDE_DAYS: i32 = 14;
/// Days after that until what nobody decided is suspended.
const GRACE_DAYS: i32 = 7;
/// Months from the begin of a review to the begin of the next.
const QUARTER_MONTHS: i32 = 3;
/// Seconds without a sign-in or a call after which access is dormant: 45 days.
const DORMANT: i64 = 45 * 86_400;
/// Characters that the words of a decision have at most.
const WORDS_MAX: usize = 200;

names! {
    /// What somebody who decides should look at.
    Flag {
        /// Nobody signed in or called for 45 days.
        Dormant = "dormant", "Dormant for 45 days";
        /// Nobody ever did.
        NeverUsed = "never_used", "Never used";
        /// Two duties in one hand that should check each other.
        Conflict = "conflict", "Conflicting duties";
        /// More than it should have: a privileged role without a passkey, a scope that was never used.
        OverPrivileged = "over_privileged", "Over-privileged";
        /// A role that takes two people, given by one alone.
        GivenAlone = "given_alone", "Given by one person alone";
        /// Access is open and employment ended: of this person, or of whoever answers for the client.
        LeftButOpen = "left_but_open", "Left, but open";
    }
}

names! {
    /// Duties that should check each other. A small practice may have to leave them in one hand; then somebody says why.
    Conflict {
        /// Gives access, and reads what was done with it.
        PeopleAndLog = "people_and_log", "manages people and reads the log of what they do";
        /// Says who pays, and posts what was paid.
        PayersAndMoney = "payers_and_money", "keeps the payers and posts their payments";
        /// Signs with partners, and sends to them.
        PartnersAndClaims = "partners_and_claims", "keeps the partners and releases claims to them";
    }
}

impl Conflict {
    /// The two duties.
    pub const fn pair(self) -> (Action, Action) {
        match self {
            Self::PeopleAndLog => (Action::AccountEdit, Action::AuditView),
            Self::PayersAndMoney => (Action::PayerEdit, Action::RemittancePost),
            Self::PartnersAndClaims => (Action::PartnerEdit, Action::ClaimRelease),
        }
    }

    /// The conflicts of somebody who may do what `may` says.
    pub fn of(may: impl Fn(Action) -> bool) -> Vec<Self> {
        let both = |conflict: &&Self| may(conflict.pair().0) && may(conflict.pair().1);
        Self::ALL.iter().filter(both).copied().collect()
    }
}

names! {
    /// What became of access that was looked at.
    Choice {
        /// It stays.
        Keep = "keep", "Keep as it is";
        /// The person gets another role.
        ChangeRole = "change_role", "Change the role";
        /// It ended with the decision.
        End = "end", "End access";
        /// Nobody decided in time, so the server suspended it.
        Suspend = "suspend", "Suspend";
        /// It ended by other means before anybody decided.
        Gone = "gone", "Ended by other means";
    }
}

impl Choice {
    /// Those that people have; the server has the others.
    pub const OF_PEOPLE: [Self; 3] = [Self::Keep, Self::ChangeRole, Self::End];
}

/// Whose access it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// A person's.
    Account(AccountId),
    /// A program's.
    Client(ClientId),
}

/// What is known of access at an instant. It holds no ePHI.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// When this was known.
    pub at: Instant,
    /// What the person or the client is called.
    pub name: String,
    /// The person, or who answers for the client: never decides about it.
    pub person: AccountId,
    /// The role of a person; a client has scopes.
    pub role: Option<Role>,
    /// What a client may be given.
    pub scopes: BTreeSet<ApiScope>,
    /// The last sign-in, or the last call.
    pub last_at: Option<Instant>,
    /// Duties that should not be in one hand.
    pub conflicts: Vec<Conflict>,
    /// A role that asks for a passkey, and there is none.
    pub no_passkey: bool,
    /// A role that takes two people, and one gave it alone.
    #[serde(default)]
    pub alone: bool,
    /// Scopes that a client was given and never used.
    pub unused: BTreeSet<ApiScope>,
    /// Employment ended: of the person, or of whoever answers for the client.
    pub left: bool,
}

impl Facts {
    /// What to look at, in the order of [`Flag::ALL`].
    pub fn flags(&self) -> Vec<Flag> {
        let holds = |flag: &&Flag| match flag {
            Flag::Dormant => self.last_at.is_some_and(|last| self.at.seconds_since(last) >= DORMANT),
            Flag::NeverUsed => self.last_at.is_none(),
            Flag::Conflict => !self.conflicts.is_empty(),
            // A client that never called is told of as such.
            Flag::OverPrivileged => self.no_passkey || (self.last_at.is_some() && !self.unused.is_empty()),
            Flag::GivenAlone => self.alone,
            Flag::LeftButOpen => self.left,
        };
        Flag::ALL.iter().filter(holds).copied().collect()
    }

    /// Whether the practice would be without a security official who is there, were this access suspended. One who does not
    /// sign in lets nobody in again.
    pub fn is_last_official<'a>(&self, everybody: impl IntoIterator<Item = &'a Self>) -> bool {
        let official = |facts: &Self| facts.role == Some(Role::SecurityOfficial);
        let there = |facts: &Self| !facts.flags().iter().any(|flag| matches!(flag, Flag::Dormant | Flag::NeverUsed));
        official(self) && !everybody.into_iter().any(|f| f.person != self.person && official(f) && there(f))
    }
}

/// What was decided about one access.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Who decided; nobody where the server did.
    pub by: Option<AccountId>,
    /// When.
    pub at: Instant,
    /// What.
    pub choice: Choice,
    /// The new role of [`Choice::ChangeRole`].
    pub role: Option<Role>,
    /// Why, in words.
    pub words: String,
}

/// One access that a review looks at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its id.
    pub id: ReviewItemId,
    /// Of which review.
    pub review: ReviewId,
    /// Whose.
    pub holder: Holder,
    /// What was known when the review began, and then when it was decided.
    pub facts: Facts,
    /// What was decided.
    pub decision: Option<Decision>,
}

impl Item {
    /// This item with its decision, given what is known now. Nobody decides about their own access, nor did somebody else
    /// decide already.
    pub fn decided(self, now: Facts, decision: Decision) -> Result<Self, &'static str> {
        if self.decision.is_some() {
            return Err("somebody decided about this access already: reload the page");
        }
        if decision.by.as_ref().is_some_and(|by| *by == self.facts.person || *by == now.person) {
            return Err("nobody decides about their own access: ask somebody else who may");
        }
        if decision.choice == Choice::ChangeRole && (now.role.is_none() || decision.role == now.role) {
            return Err("choose another role than the present one; a program has none");
        }
        Ok(Self { facts: now, decision: Some(decision), ..self })
    }

    /// What the server decides by itself, given everybody who holds access now.
    pub fn by_itself(&self, everybody: &BTreeMap<Holder, Facts>, phase: Phase) -> Option<Choice> {
        if self.decision.is_some() {
            return None;
        }
        match everybody.get(&self.holder) {
            None => Some(Choice::Gone),
            Some(now) if phase == Phase::Suspending && !now.is_last_official(everybody.values()) => {
                Some(Choice::Suspend)
            }
            Some(_) => None,
        }
    }

    /// The account, when a person holds it.
    pub const fn account(&self) -> Option<&AccountId> {
        match &self.holder {
            Holder::Account(id) => Some(id),
            Holder::Client(_) => None,
        }
    }

    /// What became of it.
    pub fn choice(&self) -> Option<Choice> {
        self.decision.as_ref().map(|decision| decision.choice)
    }
}

names! {
    /// Where a review stands on a day.
    Phase {
        /// There is time.
        Running = "running", "Under way";
        /// Something should have been decided by now.
        Overdue = "overdue", "Overdue";
        /// What nobody decided is suspended.
        Suspending = "suspending", "Out of time";
        /// All is decided.
        Finished = "finished", "Finished";
    }
}

/// One review of all access. Its days are those of the practice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// Its id.
    pub id: ReviewId,
    /// When it began.
    pub begun_at: Instant,
    /// On which day.
    pub begun_on: Date,
    /// The last day for deciding.
    pub due_on: Date,
    /// Who began it; nobody where the quarter was over.
    pub begun_by: Option<AccountId>,
    /// When the last decision was made.
    pub finished_at: Option<Instant>,
}

impl Review {
    /// One that begins now.
    pub fn begin(id: ReviewId, at: Instant, today: Date, by: Option<AccountId>) -> Self {
        Self { id, begun_at: at, begun_on: today, due_on: after(today, DECIDE_DAYS), begun_by: by, finished_at: None }
    }

    /// The last day before what nobody decided is suspended.
    pub fn grace_ends_on(&self) -> Date {
        after(self.due_on, GRACE_DAYS)
    }

    /// The day on which the next one begins by itself.
    pub fn next_on(&self) -> Date {
        self.begun_on.saturating_add(QUARTER_MONTHS.months())
    }

    /// Where it stands.
    pub fn phase(&self, today: Date) -> Phase {
        if self.finished_at.is_some() {
            Phase::Finished
        } else if today > self.grace_ends_on() {
            Phase::Suspending
        } else if today > self.due_on {
            Phase::Overdue
        } else {
            Phase::Running
        }
    }
}

fn after(day: Date, days: i32) -> Date {
    day.saturating_add(days.days())
}

/// What somebody types to decide.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DecisionForm {
    /// The stored name of a choice.
    pub choice: String,
    /// The stored name of the new role.
    pub role: String,
    /// Why.
    pub words: String,
}

/// What the form says, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// What.
    pub choice: Choice,
    /// The new role, when the choice asks for one.
    pub role: Option<Role>,
    /// Why.
    pub words: String,
}

impl DecisionForm {
    /// Reads the form, or says what is wrong with each field.
    pub fn read(&self) -> Result<Decided, Vec<FieldFault>> {
        let mut faults = Faults::new();
        let choice = Choice::parse(&self.choice).filter(|choice| Choice::OF_PEOPLE.contains(choice));
        let choice = faults.take("choice", choice.ok_or("choose what becomes of this access"));
        let role = match choice {
            Some(Choice::ChangeRole) => faults.take("role", Role::parse(&self.role).ok_or("choose the new role")),
            _ => None,
        };
        let words = faults.take("words", needed("reason", &self.words, |text| parse_line(text, WORDS_MAX)));
        faults.finish(choice.zip(words).map(|(choice, words)| Decided { choice, role, words }))
    }
}

#[cfg(test)]
mod tests;
