//! Putting one question to Cedar: our types in, its answer out.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;

use cedar_policy::{
    Authorizer, Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicySet, RestrictedExpression, Schema,
};
use domain::access::{Action, Role};
use domain::device::Origin;
use domain::grant::{PatientSubject, VisitSubject};
use domain::id::AccountId;
use domain::patient::FieldGroup;

use super::{ClientRequest, Reason, Request, Resource};

/// What a question is about: a thing, or a part of a patient's record.
#[derive(Debug)]
pub(super) enum Target<'a> {
    /// May the action be done to this?
    Resource(&'a Resource),
    /// Does the action show this?
    Field(FieldGroup),
}

/// What the policies said.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// A policy permits it, and none forbids it.
    Allow,
    /// It is refused.
    Deny { reason: Reason, policies: Vec<String> },
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Fault {
    /// The schema has no such action on such a thing.
    NotApplicable,
    /// These policies failed while they ran, so Cedar skipped them.
    Policies(Vec<String>),
    /// The question does not fit the schema.
    Question(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotApplicable => f.write_str("the action does not apply to this kind of thing"),
            Self::Policies(ids) => write!(f, "policies failed while they ran: {}", ids.join(", ")),
            Self::Question(problem) => write!(f, "the question does not fit the schema: {problem}"),
        }
    }
}

fn question(problem: impl fmt::Display) -> Fault {
    Fault::Question(problem.to_string())
}

/// Every role with every action.
pub(super) fn pairs() -> impl Iterator<Item = (Role, Action)> {
    Role::ALL.iter().flat_map(|role| Action::ALL.iter().map(|action| (*role, *action)))
}

/// The Cedar types, read once.
#[derive(Debug)]
pub(super) struct Types {
    pub(super) role: EntityTypeName,
    pub(super) account: EntityTypeName,
    pub(super) scope: EntityTypeName,
    pub(super) client: EntityTypeName,
    pub(super) practice: EntityTypeName,
    pub(super) patient: EntityTypeName,
    pub(super) visit: EntityTypeName,
    pub(super) audit_log: EntityTypeName,
    pub(super) compliance: EntityTypeName,
    pub(super) field_group: EntityTypeName,
}

/// The validated policies, sorted so that a question meets only those that can answer it.
#[derive(Debug)]
pub(super) struct Engine {
    pub(super) schema: Schema,
    pub(super) types: Types,
    /// Every policy.
    pub(super) all: PolicySet,
    /// Those whose scope can match the role and the action: a tenth of them, so a decision takes a fraction of the time.
    /// What is left out could neither apply nor fail, and a test compares the answers.
    pub(super) subsets: BTreeMap<(Role, Action), PolicySet>,
    /// The same for clients.
    pub(super) client_subsets: BTreeMap<Action, PolicySet>,
    pub(super) actions: BTreeMap<Action, EntityUid>,
    /// Which types of principal do an action to which types of thing.
    pub(super) applies: BTreeSet<(EntityTypeName, Action, EntityTypeName)>,
    pub(super) reasons: HashMap<String, Reason>,
}

/// An entity's name in Cedar.
pub(super) fn uid(kind: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id))
}

impl Engine {
    /// Asks the policies that matter for the role and the action.
    pub(super) fn ask(&self, request: &Request, target: &Target<'_>) -> Result<Answer, Fault> {
        let policies = self.subsets.get(&(request.role, request.action)).unwrap_or(&self.all);
        self.ask_set(policies, request, target)
    }

    /// Asks these policies.
    pub(super) fn ask_set(&self, set: &PolicySet, request: &Request, target: &Target<'_>) -> Result<Answer, Fault> {
        let role = uid(&self.types.role, request.role.as_str());
        let attributes = HashMap::from([disabled(request.disabled)]);
        let account = uid(&self.types.account, request.account.as_str());
        let account = Entity::new(account, attributes, HashSet::from([role])).map_err(question)?;
        let session = [
            ("mfa", request.mfa),
            ("emergency", request.emergency),
            ("remote", request.origin != Origin::Premises),
            ("device", matches!(request.origin, Origin::Device(_))),
        ];
        self.put(set, account, session, request.action, target)
    }

    /// Asks the policies that matter for a client and the action.
    pub(super) fn ask_client(&self, request: &ClientRequest, target: &Target<'_>) -> Result<Answer, Fault> {
        let policies = self.client_subsets.get(&request.action).unwrap_or(&self.all);
        self.ask_client_set(policies, request, target)
    }

    /// Asks these policies about a client. A client has no second factor and no emergencies, and its keys stand in for a place.
    pub(super) fn ask_client_set(
        &self,
        set: &PolicySet,
        request: &ClientRequest,
        target: &Target<'_>,
    ) -> Result<Answer, Fault> {
        let scopes = request.scopes.iter().map(|scope| uid(&self.types.scope, scope.as_str())).collect();
        let owner = ("owner".to_owned(), self.account(&request.owner));
        let client = uid(&self.types.client, request.client.as_str());
        let attributes = HashMap::from([disabled(request.disabled), owner]);
        let client = Entity::new(client, attributes, scopes).map_err(question)?;
        let session = ["mfa", "emergency", "remote", "device"].map(|name| (name, false));
        self.put(set, client, session, request.action, target)
    }

    fn put(
        &self,
        set: &PolicySet,
        principal: Entity,
        session: [(&str, bool); 4],
        action: Action,
        target: &Target<'_>,
    ) -> Result<Answer, Fault> {
        let (resource, mut entities) = self.target(target)?;
        let name = principal.uid();
        if !self.applies.contains(&(name.type_name().clone(), action, resource.type_name().clone())) {
            return Err(Fault::NotApplicable);
        }
        entities.push(principal);
        let action = self.actions.get(&action).ok_or(Fault::NotApplicable)?.clone();
        let known = session.map(|(name, holds)| (name.to_owned(), RestrictedExpression::new_bool(holds)));
        let context = Context::from_pairs(known).map_err(question)?;
        let query = cedar_policy::Request::new(name, action, resource, context, Some(&self.schema));
        let query = query.map_err(question)?;
        let entities = Entities::from_entities(entities, Some(&self.schema)).map_err(question)?;
        self.answer(&Authorizer::new().is_authorized(&query, set, &entities))
    }

    fn answer(&self, response: &cedar_policy::Response) -> Result<Answer, Fault> {
        let failed = response.diagnostics().errors().map(|error| match error {
            cedar_policy::AuthorizationError::PolicyEvaluationError(e) => e.policy_id().to_string(),
        });
        let failed = sorted(failed);
        if !failed.is_empty() {
            return Err(Fault::Policies(failed));
        }
        if response.decision() == cedar_policy::Decision::Allow {
            return Ok(Answer::Allow);
        }
        let policies = sorted(response.diagnostics().reason().map(ToString::to_string));
        let reason = policies.iter().filter_map(|id| self.reasons.get(id)).min();
        Ok(Answer::Deny { reason: reason.copied().unwrap_or(Reason::NotPermitted), policies })
    }

    /// The thing's name, and the entities with what is known of it. An account that is acted on is a name only: a policy
    /// that looks inside it fails, which is a refusal.
    fn target(&self, target: &Target<'_>) -> Result<(EntityUid, Vec<Entity>), Fault> {
        let types = &self.types;
        Ok(match target {
            Target::Field(group) => (uid(&types.field_group, group.as_str()), Vec::new()),
            Target::Resource(Resource::Practice) => (uid(&types.practice, "practice"), Vec::new()),
            Target::Resource(Resource::AuditLog) => (uid(&types.audit_log, "audit_log"), Vec::new()),
            Target::Resource(Resource::Compliance) => (uid(&types.compliance, "compliance"), Vec::new()),
            Target::Resource(Resource::Account(id)) => (uid(&types.account, id.as_str()), Vec::new()),
            Target::Resource(Resource::Patient(patient)) => {
                let patient = self.patient(patient)?;
                (patient.uid(), vec![patient])
            }
            Target::Resource(Resource::Visit(visit)) => {
                let patient = self.patient(&visit.patient)?;
                let visit = self.visit(visit, patient.uid())?;
                (visit.uid(), vec![visit, patient])
            }
        })
    }

    fn account(&self, id: &AccountId) -> RestrictedExpression {
        RestrictedExpression::new_entity_uid(uid(&self.types.account, id.as_str()))
    }

    fn patient(&self, patient: &PatientSubject) -> Result<Entity, Fault> {
        let accounts = |ids: &[AccountId]| RestrictedExpression::new_set(ids.iter().map(|id| self.account(id)));
        let attributes = HashMap::from([
            ("restricted".to_owned(), RestrictedExpression::new_bool(patient.restricted)),
            ("circle".to_owned(), accounts(&patient.circle)),
            ("denied".to_owned(), accounts(&patient.denied)),
        ]);
        let name = uid(&self.types.patient, patient.id.as_str());
        Entity::new(name, attributes, HashSet::new()).map_err(question)
    }

    fn visit(&self, visit: &VisitSubject, patient: EntityUid) -> Result<Entity, Fault> {
        let mut attributes = HashMap::from([("patient".to_owned(), RestrictedExpression::new_entity_uid(patient))]);
        if let Some(clinician) = &visit.clinician {
            attributes.insert("clinician".to_owned(), self.account(clinician));
        }
        let name = uid(&self.types.visit, visit.id.as_str());
        Entity::new(name, attributes, HashSet::new()).map_err(question)
    }
}

fn disabled(disabled: bool) -> (String, RestrictedExpression) {
    ("disabled".to_owned(), RestrictedExpression::new_bool(disabled))
}

fn sorted(ids: impl Iterator<Item = String>) -> Vec<String> {
    let mut ids: Vec<String> = ids.collect();
    ids.sort();
    ids
}
