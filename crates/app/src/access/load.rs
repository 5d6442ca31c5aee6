//! Reading the policies: parse, check their form, validate against the schema, compare with `domain`, sort.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::str::FromStr;
use std::sync::Arc;

use cedar_policy::{
    ActionConstraint, Effect, EntityTypeName, EntityUid, Policy, PolicyId, PolicySet, PrincipalConstraint, Schema,
    ValidationMode, Validator,
};
use domain::access::{Action, ResourceKind, Role};
use domain::client::ApiScope;
use domain::device::Origin;
use domain::grant::{PatientSubject, VisitSubject};
use domain::id::{AccountId, ClientId, PatientId, VisitId};
use domain::patient::FieldGroup;
use sha2::{Digest, Sha256};

use super::engine::{Answer, Engine, Fault, Target, Types, pairs, uid};
use super::{AccessError, ClientFields, ClientRequest, Reason, Request, Resource};

/// The vocabulary.
pub(super) const SCHEMA: &str = include_str!("../../../../policies/wellkept.cedarschema");

/// The policies, in the order of their names.
pub(super) const FILES: [(&str, &str); 9] = [
    ("biller.cedar", include_str!("../../../../policies/biller.cedar")),
    ("clients.cedar", include_str!("../../../../policies/clients.cedar")),
    ("clinician.cedar", include_str!("../../../../policies/clinician.cedar")),
    ("everyone.cedar", include_str!("../../../../policies/everyone.cedar")),
    ("front_desk.cedar", include_str!("../../../../policies/front_desk.cedar")),
    ("guards.cedar", include_str!("../../../../policies/guards.cedar")),
    ("officials.cedar", include_str!("../../../../policies/officials.cedar")),
    ("oversight.cedar", include_str!("../../../../policies/oversight.cedar")),
    ("practice_manager.cedar", include_str!("../../../../policies/practice_manager.cedar")),
];

/// SHA-256 of the texts, one after another.
pub(super) fn hash(schema: &str, files: &[(&str, &str)]) -> String {
    let mut hash = Sha256::new();
    hash.update(schema);
    for (_, text) in files {
        hash.update(text);
    }
    hex::encode(hash.finalize())
}

/// Everything that a decision needs, or what is wrong.
pub(super) fn engine(schema: &str, files: &[(&str, &str)]) -> Result<Engine, AccessError> {
    let (schema, warnings) = Schema::from_cedarschema_str(schema).map_err(|e| AccessError::Schema(chain(&e)))?;
    if let Some(warning) = warnings.into_iter().next() {
        return Err(AccessError::Schema(warning.to_string()));
    }
    let mut all = PolicySet::new();
    let mut reasons = HashMap::new();
    for (file, text) in files {
        for policy in parse(file, text)? {
            if let Some(reason) = guard(file, &policy)? {
                reasons.insert(policy.id().to_string(), reason);
            }
            all.add(policy).map_err(|e| form(file, chain(&e)))?;
        }
    }
    let validation = Validator::new(schema.clone()).validate(&all, ValidationMode::Strict);
    // A warning is a policy that can never apply, or a name that looks like another: a mistake in either case.
    if !validation.validation_passed_without_warnings() {
        let errors = validation.validation_errors().map(ToString::to_string);
        let found: Vec<String> = errors.chain(validation.validation_warnings().map(ToString::to_string)).collect();
        return Err(AccessError::Invalid(found.join("; ")));
    }
    let types = types()?;
    let actions = actions(&schema)?;
    let applies = applies(&schema, &actions);
    let (subsets, client_subsets) = subsets(&schema, &types, &all, &actions)?;
    Ok(Engine { schema, types, all, subsets, client_subsets, actions, applies, reasons })
}

fn form(file: &str, problem: impl Into<String>) -> AccessError {
    AccessError::Form { file: file.to_owned(), problem: problem.into() }
}

/// An error with what lies under it: Cedar keeps the place in the source.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        source = inner.source();
    }
    text
}

/// The policies of one file, each under its own `@id`: Cedar would number them.
fn parse(file: &str, text: &str) -> Result<Vec<Policy>, AccessError> {
    let set =
        PolicySet::from_str(text).map_err(|e| AccessError::Unreadable { file: file.to_owned(), problem: chain(&e) })?;
    if set.num_of_templates() > 0 {
        return Err(form(file, "a template has no place here"));
    }
    let mut policies = Vec::new();
    for policy in set.policies() {
        let id = policy.annotation("id").filter(|id| !id.is_empty());
        let id = id.ok_or_else(|| form(file, format!("a policy has no @id: `{policy}`")))?;
        policies.push(policy.new_id(PolicyId::new(id)));
    }
    Ok(policies)
}

/// The reason of a guard. Every `forbid` has one, or a refusal could not be explained; no `permit` has one.
fn guard(file: &str, policy: &Policy) -> Result<Option<Reason>, AccessError> {
    let (id, reason) = (policy.id(), policy.annotation("reason"));
    match (policy.effect(), reason) {
        (Effect::Permit, None) => Ok(None),
        (Effect::Permit, Some(_)) => Err(form(file, format!("`{id}` permits, so it has no use for a @reason"))),
        (Effect::Forbid, None) => Err(form(file, format!("`{id}` forbids without a @reason"))),
        (Effect::Forbid, Some(text)) => match Reason::of_guard(text) {
            Some(reason) => Ok(Some(reason)),
            None => Err(form(file, format!("`{id}` has the @reason `{text}`, which the program does not know"))),
        },
    }
}

fn types() -> Result<Types, AccessError> {
    let name = |text: &str| EntityTypeName::from_str(text).map_err(|_| AccessError::Vocabulary(format!("`{text}`")));
    Ok(Types {
        role: name("Role")?,
        account: name("Account")?,
        scope: name("Scope")?,
        client: name("Client")?,
        practice: name("Practice")?,
        patient: name("Patient")?,
        visit: name("Visit")?,
        audit_log: name("AuditLog")?,
        compliance: name("Compliance")?,
        field_group: name("FieldGroup")?,
    })
}

/// The schema's actions. They are those of `domain`, no more and no less; groups of actions are the schema's own.
fn actions(schema: &Schema) -> Result<BTreeMap<Action, EntityUid>, AccessError> {
    let groups: BTreeSet<&EntityUid> = schema.action_groups().collect();
    let mut found = BTreeMap::new();
    for action in schema.actions().filter(|action| !groups.contains(action)) {
        let name = action.id().unescaped();
        let known = Action::parse(name).ok_or_else(|| AccessError::Vocabulary(format!("the action `{name}`")))?;
        found.insert(known, action.clone());
    }
    match Action::ALL.iter().find(|action| !found.contains_key(action)) {
        Some(missing) => Err(AccessError::Vocabulary(format!("the action `{missing}`"))),
        None => Ok(found),
    }
}

fn applies(
    schema: &Schema,
    actions: &BTreeMap<Action, EntityUid>,
) -> BTreeSet<(EntityTypeName, Action, EntityTypeName)> {
    let mut all = BTreeSet::new();
    for (action, name) in actions {
        for who in schema.principals_for_action(name).into_iter().flatten() {
            let things = schema.resources_for_action(name).into_iter().flatten();
            all.extend(things.map(|thing| (who.clone(), *action, thing.clone())));
        }
    }
    all
}

type Subsets = (BTreeMap<(Role, Action), PolicySet>, BTreeMap<Action, PolicySet>);

/// For each role and action, and for a client and each action, the policies whose principal and action can match.
fn subsets(
    schema: &Schema,
    types: &Types,
    all: &PolicySet,
    actions: &BTreeMap<Action, EntityUid>,
) -> Result<Subsets, AccessError> {
    let hierarchy = schema.action_entities().map_err(|e| AccessError::Schema(chain(&e)))?;
    let matching = |action_name: &EntityUid, who: &dyn Fn(&PrincipalConstraint) -> bool| {
        let within = |group: &EntityUid| group == action_name || hierarchy.is_ancestor_of(group, action_name);
        let matching = all.policies().filter(|policy| {
            let action_can = match policy.action_constraint() {
                ActionConstraint::Any => true,
                ActionConstraint::Eq(name) => name == *action_name,
                ActionConstraint::In(groups) => groups.iter().any(within),
            };
            who(&policy.principal_constraint()) && action_can
        });
        PolicySet::from_policies(matching.cloned()).map_err(|e| AccessError::Invalid(chain(&e)))
    };
    // Whatever else a policy says of the principal is left to Cedar.
    let mut people = BTreeMap::new();
    for (role, action) in pairs() {
        let Some(name) = actions.get(&action) else { continue };
        let role_name = uid(&types.role, role.as_str());
        let role_can = |constraint: &PrincipalConstraint| match constraint {
            PrincipalConstraint::In(group) | PrincipalConstraint::IsIn(_, group) => *group == role_name,
            PrincipalConstraint::Any | PrincipalConstraint::Eq(_) | PrincipalConstraint::Is(_) => true,
        };
        people.insert((role, action), matching(name, &role_can)?);
    }
    let mut clients = BTreeMap::new();
    let client_can = |constraint: &PrincipalConstraint| match constraint {
        PrincipalConstraint::In(group) | PrincipalConstraint::IsIn(_, group) => *group.type_name() == types.scope,
        PrincipalConstraint::Any | PrincipalConstraint::Eq(_) | PrincipalConstraint::Is(_) => true,
    };
    for (action, name) in actions {
        clients.insert(*action, matching(name, &client_can)?);
    }
    Ok((people, clients))
}

/// Somebody in this role who gave a second factor, asking about something of no patient in particular.
fn anybody(role: Role, action: Action) -> Result<Request, AccessError> {
    let account = AccountId::parse(NOBODY).map_err(|e| AccessError::Vocabulary(e.to_string()))?;
    let (origin, resource) = (Origin::Premises, Resource::Practice);
    Ok(Request { account, role, disabled: false, mfa: true, emergency: false, origin, action, resource })
}

const NOBODY: &str = "00000000-0000-0000-0000-000000000000";
const SOMEBODY: &str = "00000000-0000-0000-0000-000000000001";

/// An answer at start. "Does not apply" is a no; a failure is a reason not to start.
fn answer(engine: &Engine, request: &Request, target: &Target<'_>) -> Result<bool, AccessError> {
    answered(engine.ask(request, target))
}

fn answered(answer: Result<Answer, Fault>) -> Result<bool, AccessError> {
    match answer {
        Ok(answer) => Ok(answer == Answer::Allow),
        Err(Fault::NotApplicable) => Ok(false),
        Err(fault @ Fault::Question(_)) => Err(AccessError::Vocabulary(fault.to_string())),
        Err(fault @ Fault::Policies(_)) => Err(AccessError::Invalid(fault.to_string())),
    }
}

/// The parts of a patient's record that the action shows to the role.
pub(super) fn fields(engine: &Engine, role: Role, action: Action) -> Result<Arc<[FieldGroup]>, AccessError> {
    let request = anybody(role, action)?;
    let mut fields = Vec::new();
    for group in FieldGroup::ALL {
        if answer(engine, &request, &Target::Field(*group))? {
            fields.push(*group);
        }
    }
    Ok(fields.into())
}

/// The parts of a patient's record that each scope shows to a client in each action.
pub(super) fn client_fields(engine: &Engine) -> Result<ClientFields, AccessError> {
    let client = ClientId::parse(NOBODY).map_err(|e| AccessError::Vocabulary(e.to_string()))?;
    let owner = AccountId::parse(NOBODY).map_err(|e| AccessError::Vocabulary(e.to_string()))?;
    let mut all = ClientFields::new();
    for scope in ApiScope::ALL {
        let request = ClientRequest {
            client: client.clone(),
            owner: owner.clone(),
            disabled: false,
            scopes: BTreeSet::from([*scope]),
            action: scope.action(),
            resource: Resource::Practice,
        };
        let mut fields = Vec::new();
        for group in FieldGroup::ALL {
            if answered(engine.ask_client(&request, &Target::Field(*group)))? {
                fields.push(*group);
            }
        }
        all.insert((*scope, scope.action()), fields);
    }
    Ok(all)
}

/// Whether a list that the action shows to the role may have rows about restricted patients.
pub(super) fn includes_restricted(engine: &Engine, role: Role, action: Action) -> Result<bool, AccessError> {
    let request = anybody(role, action)?;
    let id = PatientId::parse(NOBODY).map_err(|e| AccessError::Vocabulary(e.to_string()))?;
    let patient = Resource::Patient(PatientSubject { id, restricted: true, circle: Vec::new(), denied: Vec::new() });
    answer(engine, &request, &Target::Resource(&patient))
}

/// The kinds of thing of which the policies let the role do the action to at least one, with nothing held against anybody.
pub(super) fn reach(engine: &Engine, role: Role, action: Action) -> Result<BTreeSet<ResourceKind>, AccessError> {
    let vocabulary = |e: domain::id::BadId| AccessError::Vocabulary(e.to_string());
    let request = anybody(role, action)?;
    let id = PatientId::parse(NOBODY).map_err(vocabulary)?;
    let patient = PatientSubject { id, restricted: false, circle: Vec::new(), denied: Vec::new() };
    let restricted = PatientSubject { restricted: true, ..patient.clone() };
    let visit = VisitSubject {
        id: VisitId::parse(NOBODY).map_err(vocabulary)?,
        patient: patient.clone(),
        clinician: Some(request.account.clone()),
    };
    let anything = [
        Resource::Practice,
        Resource::Patient(patient),
        Resource::Patient(restricted),
        Resource::Visit(visit),
        Resource::AuditLog,
        Resource::Compliance,
        Resource::Account(request.account.clone()),
        Resource::Account(AccountId::parse(SOMEBODY).map_err(vocabulary)?),
    ];
    let mut reach = BTreeSet::new();
    for resource in anything {
        if answer(engine, &request, &Target::Resource(&resource))? {
            reach.insert(resource.kind());
        }
    }
    Ok(reach)
}
