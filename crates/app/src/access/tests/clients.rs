//! API clients against a table of their own: every scope, action, thing and flag.

use std::collections::BTreeSet;

use cedar_policy::{PolicyId, PolicySet};
use domain::access::Action;
use domain::client::ApiScope;
use domain::id::ClientId;
use domain::patient::FieldGroup;

use super::super::engine::{Answer, Engine, Fault, Target};
use super::super::{ClientRequest, Decision, Reason, Resource};
use super::{me, outcome, policies, resources, text};

/// What each scope is for: the action, and the one thing it is done to. By hand.
const TABLE: [(ApiScope, Action, char); 6] = [
    (ApiScope::ScheduleRead, Action::ScheduleView, 'P'),
    (ApiScope::PatientFind, Action::PatientFind, 'P'),
    (ApiScope::ClaimFileRead, Action::ClaimCollect, 'P'),
    (ApiScope::PostureWrite, Action::PostureReport, 'C'),
    (ApiScope::AlertWrite, Action::AlertRaise, 'C'),
    (ApiScope::EvidenceWrite, Action::EvidenceHandIn, 'C'),
];

/// What a client can do an action to at all.
fn applies(action: Action) -> &'static str {
    match action {
        Action::ScheduleView | Action::PatientFind => "PT",
        Action::ClaimCollect => "P",
        Action::PostureReport | Action::AlertRaise | Action::EvidenceHandIn => "C",
        _ => "",
    }
}

fn expected(request: &ClientRequest) -> Result<(), Reason> {
    let (letter, patient) = match &request.resource {
        Resource::Practice => ('P', None),
        Resource::Patient(patient) => ('T', Some(patient)),
        Resource::Compliance => ('C', None),
        Resource::Visit(_) => ('v', None),
        Resource::AuditLog => ('L', None),
        Resource::Account(_) => ('A', None),
    };
    let given = |(scope, action, thing): &(ApiScope, Action, char)| {
        request.scopes.contains(scope) && *action == request.action && *thing == letter
    };
    if !applies(request.action).contains(letter) {
        Err(Reason::NotApplicable)
    } else if request.disabled {
        Err(Reason::Disabled)
    } else if patient.is_some_and(|p| p.denied.contains(&request.owner)) {
        Err(Reason::DeniedByName)
    } else if patient.is_some_and(|p| p.restricted) {
        Err(Reason::Restricted)
    } else if TABLE.iter().any(given) {
        Ok(())
    } else {
        Err(Reason::NotPermitted)
    }
}

fn expected_fields(scope: ApiScope, action: Action) -> Vec<FieldGroup> {
    use FieldGroup::{Appointments, Charges, Claims, Contact, Coverage, Guardians, Identity};
    match (scope, action) {
        (ApiScope::ScheduleRead, Action::ScheduleView) => vec![Identity, Appointments],
        (ApiScope::PatientFind, Action::PatientFind) => vec![Identity],
        (ApiScope::ClaimFileRead, Action::ClaimCollect) => {
            vec![Identity, Contact, Guardians, Coverage, Charges, Claims]
        }
        _ => Vec::new(),
    }
}

/// No scope, each alone, all together.
fn grants() -> Vec<BTreeSet<ApiScope>> {
    let each = ApiScope::ALL.iter().map(|scope| BTreeSet::from([*scope]));
    [BTreeSet::new(), ApiScope::ALL.iter().copied().collect()].into_iter().chain(each).collect()
}

fn questions(action: Action) -> Vec<ClientRequest> {
    let mut all = Vec::new();
    for scopes in grants() {
        for (_, resource) in resources() {
            for disabled in [false, true] {
                let (client, scopes) = (ClientId::parse(&text(9)).unwrap(), scopes.clone());
                let resource = resource.clone();
                all.push(ClientRequest { client, owner: me(), disabled, scopes, action, resource });
            }
        }
    }
    all
}

fn asked(answer: &Result<Answer, Fault>) -> Result<(), Reason> {
    match answer {
        Ok(Answer::Allow) => Ok(()),
        Ok(Answer::Deny { reason, .. }) => Err(*reason),
        Err(Fault::NotApplicable) => Err(Reason::NotApplicable),
        Err(fault) => panic!("{fault}"),
    }
}

/// Whether the table notices that a policy is gone.
pub(super) fn notices(engine: &Engine, action: Action, set: &PolicySet, gone: &PolicyId) -> bool {
    let mut without = set.clone();
    without.remove_static(gone.clone()).unwrap();
    let questions = questions(action);
    let differs = |request: &ClientRequest| {
        let answer = engine.ask_client_set(&without, request, &Target::Resource(&request.resource));
        asked(&answer) != expected(request)
    };
    let hides = |scope: ApiScope| {
        let request = questions.iter().find(|q| q.scopes == BTreeSet::from([scope]) && !q.disabled).unwrap();
        let fields = expected_fields(scope, action);
        FieldGroup::ALL.iter().any(|group| {
            let answer = engine.ask_client_set(&without, request, &Target::Field(*group));
            matches!(answer, Ok(Answer::Allow)) != fields.contains(group)
        })
    };
    questions.iter().any(differs) || ApiScope::ALL.iter().any(|scope| hides(*scope))
}

#[test]
fn s_tec_17_clients_get_what_their_scopes_are_for_and_nothing_else() {
    let policies = policies();
    for action in Action::ALL {
        for request in questions(*action) {
            assert_eq!(outcome(&policies.decide_client(&request)), expected(&request), "{request:?}");
            let whole =
                policies.engine.ask_client_set(&policies.engine.all, &request, &Target::Resource(&request.resource));
            assert_eq!(asked(&whole), expected(&request), "the whole set: {request:?}");
        }
        for scope in ApiScope::ALL {
            let fields = policies.fields_for_client(&BTreeSet::from([*scope]), *action);
            assert_eq!(fields, expected_fields(*scope, *action), "{scope} {action}");
        }
    }
    for (scope, action, _) in TABLE {
        assert_eq!(scope.action(), action, "a route asks what its scope is for");
        assert_eq!(scope.discloses(), !expected_fields(scope, action).is_empty());
    }
}

#[test]
fn a_client_is_shown_in_its_grant_and_no_list_of_it_has_restricted_rows() {
    let request = ClientRequest {
        client: ClientId::parse(&text(9)).unwrap(),
        owner: me(),
        disabled: false,
        scopes: ApiScope::ALL.iter().copied().collect(),
        action: Action::PatientFind,
        resource: Resource::Practice,
    };
    let Decision::Allowed(grant) = policies().decide_client(&request) else { panic!("it has the scope") };
    assert_eq!((grant.client(), grant.role(), grant.account()), (Some(&request.client), None, &me()));
    assert!(!grant.includes_restricted() && grant.patient().is_none());
    assert_eq!(grant.fields(), [FieldGroup::Identity], "another scope's fields are not this action's");
}
