//! Who may do what, decided by the Cedar policies in `policies/`.
//!
//! A use case asks [`Policies::decide`] once, with flags read from the database in the same snapshot, and gets a [`Grant`]
//! that the load takes, or a [`Denial`]. Three rules hold everywhere:
//!
//! - Nothing is allowed unless a policy permits it, and a `forbid` beats every `permit`.
//! - Cedar skips a policy that fails while it runs, a `forbid` too, so a failing guard would open what it guards. Here any
//!   failure is a refusal and an alert.
//! - Policies that do not fit their schema, or the vocabulary of `domain`, stop the server from starting.

mod duties;
mod engine;
mod load;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, OnceLock};

use domain::access::{Action, ResourceKind, Role};
use domain::client::ApiScope;
use domain::device::Origin;
use domain::grant::{Allowed, Authority, Scope};
use domain::id::{AccountId, ClientId, PatientId};

pub use domain::grant::{Grant, PatientSubject, VisitSubject};
pub use domain::patient::FieldGroup;
pub use duties::{Duties, Duty, Limits, TERMS};

use engine::{Answer, Engine, Fault, Target};

/// What a request acts on. Ids and flags come from the database, never from a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    /// The practice as a whole: lists, settings, new records.
    Practice,
    /// One patient's record.
    Patient(PatientSubject),
    /// One visit and its charges.
    Visit(VisitSubject),
    /// The audit log.
    AuditLog,
    /// One account.
    Account(AccountId),
    /// Safeguards and evidence.
    Compliance,
}

impl Resource {
    /// The kind that the route table names. A visit is a part of a patient's record.
    pub fn kind(&self) -> ResourceKind {
        match self {
            Self::Practice => ResourceKind::Practice,
            Self::Patient(_) | Self::Visit(_) => ResourceKind::Patient,
            Self::AuditLog => ResourceKind::AuditLog,
            Self::Account(_) => ResourceKind::Account,
            Self::Compliance => ResourceKind::Compliance,
        }
    }

    /// Whose record it is, or is a part of.
    pub fn patient(&self) -> Option<&PatientId> {
        match self {
            Self::Patient(patient) | Self::Visit(VisitSubject { patient, .. }) => Some(&patient.id),
            Self::Practice | Self::AuditLog | Self::Account(_) | Self::Compliance => None,
        }
    }

    fn scope(&self) -> Scope {
        match self {
            Self::Practice => Scope::Practice,
            Self::Patient(patient) => Scope::Patient(patient.id.clone()),
            Self::Visit(visit) => Scope::Visit { visit: visit.id.clone(), patient: visit.patient.id.clone() },
            Self::AuditLog => Scope::AuditLog,
            Self::Account(account) => Scope::Account(account.clone()),
            Self::Compliance => Scope::Compliance,
        }
    }
}

/// A question to the policies.
#[derive(Clone, Debug)]
pub struct Request {
    /// Who asks.
    pub account: AccountId,
    /// The role of the account now, from its row.
    pub role: Role,
    /// Whether the account is disabled now, from its row.
    pub disabled: bool,
    /// Whether this session gave a second factor.
    pub mfa: bool,
    /// Whether this session has emergency access, now, to the patient whom it is about.
    pub emergency: bool,
    /// From where it comes.
    pub origin: Origin,
    /// What for.
    pub action: Action,
    /// On what.
    pub resource: Resource,
}

/// A question about a program that calls the API.
#[derive(Clone, Debug)]
pub struct ClientRequest {
    /// Which.
    pub client: ClientId,
    /// Who answers for it.
    pub owner: AccountId,
    /// Whether it may not call at all now.
    pub disabled: bool,
    /// The scopes of its token.
    pub scopes: BTreeSet<ApiScope>,
    /// What for.
    pub action: Action,
    /// On what.
    pub resource: Resource,
}

/// The answer. A refusal is an event of the audit log too.
#[derive(Debug)]
#[must_use = "a decision that nobody reads has refused nothing"]
pub enum Decision {
    /// Go on, with this.
    Allowed(Grant),
    /// Stop.
    Denied(Denial),
}

/// Why it was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// The first reason, in the order of [`Reason`].
    pub reason: Reason,
    /// Something is wrong with the policies or with our own code: tell the security official.
    pub alert: bool,
    /// The `@id`s of the policies that decided or failed, sorted. Empty when nothing permitted it.
    pub policies: Vec<String>,
}

impl Denial {
    /// A refusal that no policy was asked about.
    pub(crate) fn of(reason: Reason) -> Self {
        Self { reason, alert: false, policies: Vec::new() }
    }
}

/// Why a request was refused. Where several hold, the first in this order is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The policies could not be asked, or one of them failed.
    Fault,
    /// The action has no meaning for this kind of thing: a route is wired wrongly.
    NotApplicable,
    /// The account is disabled.
    Disabled,
    /// The session has no second factor.
    SecondFactor,
    /// The session is outside the practice's networks, without a registered device that stands well.
    Outside,
    /// The role is kept from this, whatever any policy permits.
    NeverForRole,
    /// Nobody does this to their own account.
    OwnAccount,
    /// The patient's record denies this account by name.
    DeniedByName,
    /// The patient's record is restricted.
    Restricted,
    /// The session is outside the practice's networks, and this leaves paper or a file there.
    Remote,
    /// A file holds records that are closed to this account. No policy says so: the store finds it when it opens the file.
    ClosedInside,
    /// No policy permits it to this role.
    NotPermitted,
}

impl Reason {
    /// The name that the log keeps, and that a guard's `@reason` gives.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fault => "fault",
            Self::NotApplicable => "not_applicable",
            Self::Disabled => "disabled",
            Self::SecondFactor => "second_factor",
            Self::Outside => "outside",
            Self::NeverForRole => "never_for_role",
            Self::OwnAccount => "own_account",
            Self::DeniedByName => "denied_by_name",
            Self::Restricted => "restricted",
            Self::Remote => "remote",
            Self::ClosedInside => "closed_inside",
            Self::NotPermitted => "not_permitted",
        }
    }

    /// The reason that a guard names. The ones that a policy cannot give are not among them.
    fn of_guard(text: &str) -> Option<Self> {
        [
            Self::Disabled,
            Self::SecondFactor,
            Self::Outside,
            Self::NeverForRole,
            Self::OwnAccount,
            Self::DeniedByName,
            Self::Restricted,
            Self::Remote,
        ]
        .into_iter()
        .find(|reason| reason.as_str() == text)
    }
}

impl fmt::Display for Reason {
    /// What the page says. It does not tell one refused patient from another: that would say something about the patient.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fault | Self::NotApplicable => {
                "access could not be decided, so it is refused; the failure is recorded"
            }
            Self::Disabled => "this account is disabled",
            Self::SecondFactor => "this needs your second factor",
            Self::Outside => "this needs one of the practice's networks, or a registered device that stands well",
            Self::Remote => "from outside the practice's networks your role does not print, save or export",
            Self::NeverForRole | Self::NotPermitted => "your role does not include this",
            Self::OwnAccount => "nobody decides this about themselves; ask somebody else who may",
            Self::DeniedByName | Self::Restricted => {
                "this record is not open to you; the privacy official can tell you more"
            }
            Self::ClosedInside => "this file holds records that are not open to you; ask the privacy official",
        })
    }
}

/// Why the policies cannot be used. The server does not start.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// The schema is not Cedar.
    #[error("policies/wellkept.cedarschema cannot be read: {0}; correct the schema and start again")]
    Schema(String),
    /// A policy file is not Cedar.
    #[error("policies/{file} cannot be read: {problem}; correct the file and start again")]
    Unreadable {
        /// Name of the file.
        file: String,
        /// What Cedar says.
        problem: String,
    },
    /// A policy is not written by our rules: an `@id` each, a `@reason` on a guard.
    #[error("policies/{file}: {problem}; correct the policy and start again")]
    Form {
        /// Name of the file.
        file: String,
        /// Which policy, and which rule.
        problem: String,
    },
    /// A policy does not fit the schema.
    #[error(
        "the policies do not fit policies/wellkept.cedarschema: {0}; correct the policy or the schema and start again"
    )]
    Invalid(String),
    /// The schema and `domain` name different things.
    #[error("policies/wellkept.cedarschema and the program disagree on {0}; bring them together and build again")]
    Vocabulary(String),
    /// Somebody else holds the authority to make grants.
    #[error(
        "the authority to make grants was claimed outside `app::access`; look for another call of `Authority::claim`"
    )]
    Authority,
}

/// The fields that each role sees in each action.
type Fields = BTreeMap<(Role, Action), Arc<[FieldGroup]>>;
/// The fields that each scope shows to a client in each action.
type ClientFields = BTreeMap<(ApiScope, Action), Vec<FieldGroup>>;

/// The policy set in force: validated, with the answers that never change computed. Share one in an `Arc`.
pub struct Policies {
    engine: Engine,
    hash: String,
    fields: Fields,
    restricted: BTreeMap<(Role, Action), bool>,
    reach: BTreeMap<(Role, Action), BTreeSet<ResourceKind>>,
    client_fields: ClientFields,
    duties: OnceLock<Arc<Duties>>,
    authority: &'static Authority,
}

impl fmt::Debug for Policies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Policies").field("hash", &self.hash).finish_non_exhaustive()
    }
}

/// The process's one authority, or nothing when something else was first.
fn authority() -> Result<&'static Authority, AccessError> {
    static AUTHORITY: OnceLock<Option<Authority>> = OnceLock::new();
    AUTHORITY.get_or_init(Authority::claim).as_ref().ok_or(AccessError::Authority)
}

impl Policies {
    /// Reads and validates the policies that are built into the program. Takes some milliseconds; call it once, at start.
    pub fn load() -> Result<Self, AccessError> {
        Self::from_sources(load::SCHEMA, &load::FILES)
    }

    fn from_sources(schema: &str, files: &[(&str, &str)]) -> Result<Self, AccessError> {
        let authority = authority()?;
        let engine = load::engine(schema, files)?;
        let (mut fields, mut restricted, mut reach) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for (role, action) in engine::pairs() {
            fields.insert((role, action), load::fields(&engine, role, action)?);
            restricted.insert((role, action), load::includes_restricted(&engine, role, action)?);
            reach.insert((role, action), load::reach(&engine, role, action)?);
        }
        let client_fields = load::client_fields(&engine)?;
        let hash = load::hash(schema, files);
        let duties = OnceLock::new();
        Ok(Self { engine, hash, fields, restricted, reach, client_fields, duties, authority })
    }

    /// SHA-256, in hex, of the schema and the policy files, one after another in the order of their names. Every event
    /// carries it. `cat wellkept.cedarschema *.cedar | sha256sum` in `policies/` gives the same.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The parts of a patient's record that `action` shows to `role`, in the order of [`FieldGroup::ALL`].
    pub fn fields_for(&self, role: Role, action: Action) -> &[FieldGroup] {
        self.fields.get(&(role, action)).map_or(&[], |fields| fields)
    }

    /// The kinds of thing that somebody in this role, with a second factor, may do this to, as far as the role goes. For menus,
    /// and to close a route to a role for which there is nothing; never for decisions.
    pub fn reach(&self, role: Role, action: Action) -> &BTreeSet<ResourceKind> {
        const NOTHING: &BTreeSet<ResourceKind> = &BTreeSet::new();
        self.reach.get(&(role, action)).unwrap_or(NOTHING)
    }

    /// The parts of a patient's record that `action` shows to a client with these scopes, in the order of
    /// [`FieldGroup::ALL`].
    pub fn fields_for_client(&self, scopes: &BTreeSet<ApiScope>, action: Action) -> Vec<FieldGroup> {
        let sees = |group: &&FieldGroup| {
            scopes.iter().any(|scope| self.client_fields.get(&(*scope, action)).is_some_and(|f| f.contains(group)))
        };
        FieldGroup::ALL.iter().filter(sees).copied().collect()
    }

    /// Decides. It never fails: what cannot be decided is refused, with [`Denial::alert`] set.
    pub fn decide(&self, request: &Request) -> Decision {
        let Request { account, role, action, resource, .. } = request;
        let answer = self.engine.ask(request, &Target::Resource(resource));
        decision(answer, role.as_str(), *action, resource, || {
            self.authority.grant(Allowed {
                account: account.clone(),
                role: Some(*role),
                client: None,
                action: *action,
                scope: resource.scope(),
                fields: self.fields.get(&(*role, *action)).cloned().unwrap_or_default(),
                includes_restricted: self.restricted.get(&(*role, *action)).copied().unwrap_or(false),
            })
        })
    }

    /// Whether [`Policies::decide`] would allow this. It grants nothing and logs nothing, so that a check may also ask what
    /// nobody ever would.
    pub(crate) fn would_allow(&self, request: &Request) -> bool {
        matches!(self.engine.ask(request, &Target::Resource(&request.resource)), Ok(Answer::Allow))
    }

    /// Decides about a client. No list that a client gets has rows about restricted patients.
    pub fn decide_client(&self, request: &ClientRequest) -> Decision {
        let ClientRequest { client, owner, scopes, action, resource, .. } = request;
        let answer = self.engine.ask_client(request, &Target::Resource(resource));
        decision(answer, "client", *action, resource, || {
            self.authority.grant(Allowed {
                account: owner.clone(),
                role: None,
                client: Some(client.clone()),
                action: *action,
                scope: resource.scope(),
                fields: self.fields_for_client(scopes, *action).into(),
                includes_restricted: false,
            })
        })
    }
}

fn decision(
    answer: Result<Answer, Fault>,
    who: &str,
    action: Action,
    resource: &Resource,
    grant: impl FnOnce() -> Grant,
) -> Decision {
    match answer {
        Ok(Answer::Allow) => Decision::Allowed(grant()),
        Ok(Answer::Deny { reason, policies }) => Decision::Denied(Denial { reason, alert: false, policies }),
        Err(fault) => {
            // No ids of patients or accounts: this goes to the process's log.
            tracing::error!(who, %action, resource = %resource.kind(), %fault, "an access decision failed");
            let (reason, policies) = match fault {
                Fault::NotApplicable => (Reason::NotApplicable, Vec::new()),
                Fault::Policies(policies) => (Reason::Fault, policies),
                Fault::Question(_) => (Reason::Fault, Vec::new()),
            };
            Decision::Denied(Denial { reason, alert: true, policies })
        }
    }
}
