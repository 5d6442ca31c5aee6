//! Permission as a value. A [`Grant`] says that the policies allowed one account one action on one thing, and a load that
//! shows or changes a patient's information takes one. What cannot be made by hand cannot be forgotten.
//!
//! # Why the type is here, and who can make one
//!
//! The store asks for a grant and must not depend on `app`, which decides; so the type lives below both. Privacy by module
//! ends at the crate's border, so a token does the rest: only an [`Authority`] makes grants, and a process gets one
//! authority, once. `app::access` claims it when it loads the policies, before the server answers anything. Code that tries
//! to claim it afterwards gets `None`; code that claims it earlier stops the server from starting. A grant cannot be cloned,
//! deserialized or built from parts elsewhere.
//!
//! The grant names the patient that the *row* names. `store::x::subject` reads it from the database in the same snapshot,
//! so a patient's id in a URL decides nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::access::{Action, Role};
use crate::id::{AccountId, ClientId, PatientId, VisitId};
use crate::patient::FieldGroup;

/// Who a patient is, for a decision: an id and flags, no names. `store::patient::subject` returns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatientSubject {
    /// The patient, from the row.
    pub id: PatientId,
    /// The patient asked for limits (45 CFR 164.522(a)), or the record needs extra care.
    pub restricted: bool,
    /// Accounts to which the record is open although it is restricted.
    pub circle: Vec<AccountId>,
    /// Accounts that must never see this patient.
    pub denied: Vec<AccountId>,
}

/// Whose visit it is, for a decision. `store::visit::subject` returns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisitSubject {
    /// The visit, from the row.
    pub id: VisitId,
    /// Its patient.
    pub patient: PatientSubject,
    /// The account of the clinician who renders the care, when that person has one.
    pub clinician: Option<AccountId>,
}

/// What a grant is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Lists and settings of the practice. Which rows a list may hold is [`Grant::includes_restricted`].
    Practice,
    /// One patient.
    Patient(PatientId),
    /// One visit of one patient.
    Visit {
        /// The visit.
        visit: VisitId,
        /// Its patient.
        patient: PatientId,
    },
    /// The audit log.
    AuditLog,
    /// One account, not the one that acts unless they are the same.
    Account(AccountId),
    /// Safeguards and evidence.
    Compliance,
}

/// What the policies allowed: the parts of a grant before it is one.
#[derive(Clone, Debug)]
pub struct Allowed {
    /// Who acts, or who answers for the client that acts.
    pub account: AccountId,
    /// In which role; a client has none.
    pub role: Option<Role>,
    /// The client that acts, when it is one.
    pub client: Option<ClientId>,
    /// Doing what.
    pub action: Action,
    /// On what.
    pub scope: Scope,
    /// Which parts of a patient's record the action shows to this role, in the order of [`FieldGroup::ALL`].
    pub fields: Arc<[FieldGroup]>,
    /// Whether rows about restricted patients may be in a list.
    pub includes_restricted: bool,
}

/// The right to make grants. There is one in a process.
#[derive(Debug)]
pub struct Authority(());

static CLAIMED: AtomicBool = AtomicBool::new(false);

impl Authority {
    /// The authority, the first time in this process; `None` ever after.
    ///
    /// Only `app::access` calls this in the product. A test of the store that needs grants claims it in a `OnceLock` of its own:
    /// no policy is loaded in that process.
    pub fn claim() -> Option<Self> {
        (!CLAIMED.swap(true, Ordering::AcqRel)).then_some(Self(()))
    }

    /// Makes the grant. The caller has the policies' answer.
    pub fn grant(&self, allowed: Allowed) -> Grant {
        Grant(allowed)
    }
}

/// Proof that the policies allowed this account this action on this thing. See the module for who can make one.
#[derive(Debug)]
#[must_use = "a grant that no load takes has authorized nothing"]
pub struct Grant(Allowed);

impl Grant {
    /// Who acts, or who answers for the client that acts: a record that is closed to this account stays closed.
    pub fn account(&self) -> &AccountId {
        &self.0.account
    }

    /// In which role; a client has none.
    pub fn role(&self) -> Option<Role> {
        self.0.role
    }

    /// The client that acts, when it is one.
    pub fn client(&self) -> Option<&ClientId> {
        self.0.client.as_ref()
    }

    /// Doing what.
    pub fn action(&self) -> Action {
        self.0.action
    }

    /// On what.
    pub fn scope(&self) -> &Scope {
        &self.0.scope
    }

    /// The one patient that it is about; `None` for lists and for things that are no patient's.
    pub fn patient(&self) -> Option<&PatientId> {
        match &self.0.scope {
            Scope::Patient(patient) | Scope::Visit { patient, .. } => Some(patient),
            Scope::Practice | Scope::AuditLog | Scope::Account(_) | Scope::Compliance => None,
        }
    }

    /// The one visit that it is about.
    pub fn visit(&self) -> Option<&VisitId> {
        match &self.0.scope {
            Scope::Visit { visit, .. } => Some(visit),
            _ => None,
        }
    }

    /// Whether it is about this patient and no other.
    pub fn covers(&self, patient: &PatientId) -> bool {
        self.patient() == Some(patient)
    }

    /// The parts of a patient's record that may be loaded and shown, in the order of [`FieldGroup::ALL`].
    pub fn fields(&self) -> &[FieldGroup] {
        &self.0.fields
    }

    /// Whether this part may be loaded and shown.
    pub fn shows(&self, group: FieldGroup) -> bool {
        self.0.fields.contains(&group)
    }

    /// Whether a list under it may have rows about a patient with these flags. This is the rule: the store's statements that have
    /// to keep it before they count to a limit say the same.
    pub fn may_list(&self, restricted: bool, circle: &[AccountId], denied: &[AccountId]) -> bool {
        let inside = || circle.iter().any(|id| id.as_str() == self.person());
        (self.includes_restricted() || !restricted || inside()) && !denied.contains(self.account())
    }

    /// Whether rows about restricted patients may be in a list, whoever their records are open to.
    pub fn includes_restricted(&self) -> bool {
        self.0.includes_restricted
    }

    /// The person whom a restricted record may be open to by name. A client is nobody in this: no list that it gets has rows
    /// about restricted patients.
    pub fn person(&self) -> &str {
        if self.0.client.is_some() { "" } else { self.0.account.as_str() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id<T>(read: impl Fn(&str) -> Result<T, crate::id::BadId>, last: u8) -> T {
        read(&format!("01890000-0000-7000-8000-0000000000{last:02}")).unwrap()
    }

    #[test]
    fn one_authority_a_process_and_a_grant_covers_its_patient_alone() {
        let authority = Authority::claim().unwrap();
        assert!(Authority::claim().is_none(), "a second authority could forge grants");
        let (ada, bo) = (id(PatientId::parse, 1), id(PatientId::parse, 2));
        let allowed = |scope| Allowed {
            account: id(AccountId::parse, 3),
            role: Some(Role::FrontDesk),
            client: None,
            action: Action::PatientView,
            scope,
            fields: Arc::from([FieldGroup::Identity]),
            includes_restricted: false,
        };
        let grant = authority.grant(allowed(Scope::Patient(ada.clone())));
        assert!(grant.covers(&ada) && !grant.covers(&bo));
        assert!(grant.shows(FieldGroup::Identity) && !grant.shows(FieldGroup::Claims));
        let list = authority.grant(allowed(Scope::Practice));
        assert!(!list.covers(&ada), "a grant for lists opens nobody's record");
        let visit = id(VisitId::parse, 4);
        let grant = authority.grant(allowed(Scope::Visit { visit: visit.clone(), patient: bo.clone() }));
        assert!(grant.covers(&bo) && grant.visit() == Some(&visit));
    }
}
