//! The policies against a table that a person wrote: every role, action, thing and flag.

mod clients;
mod duties;
mod matrix;
mod oracle;

use std::collections::BTreeSet;

use cedar_policy::PolicySet;
use domain::access::{Action, Role};
use domain::device::{Missing, Origin};
use domain::id::{AccountId, DeviceId, PatientId, VisitId};

use super::engine::{Answer, Engine, Fault, Target};
use super::{
    AccessError, Decision, Denial, FieldGroup, PatientSubject, Policies, Reason, Request, Resource, VisitSubject, load,
};
use oracle::{expected, expected_fields};

fn text(last: u8) -> String {
    format!("01890000-0000-7000-8000-0000000000{last:02}")
}

/// The account that asks.
fn me() -> AccountId {
    AccountId::parse(&text(1)).unwrap()
}

/// Another account.
fn other() -> AccountId {
    AccountId::parse(&text(2)).unwrap()
}

fn patient(restricted: bool, denied: bool) -> PatientSubject {
    // The other account is denied always: a guard that looks at whether anybody is denied would be wrong.
    let denied = if denied { vec![other(), me()] } else { vec![other()] };
    PatientSubject { id: PatientId::parse(&text(3)).unwrap(), restricted, circle: vec![other()], denied }
}

/// A restricted patient whose record is open to the account that asks.
fn circle() -> PatientSubject {
    PatientSubject { circle: vec![me()], ..patient(true, false) }
}

/// Every variant of a thing, with its name in the matrix.
fn resources() -> Vec<(String, Resource)> {
    let mut all = vec![
        ("practice".to_owned(), Resource::Practice),
        ("audit log".to_owned(), Resource::AuditLog),
        ("own account".to_owned(), Resource::Account(me())),
        ("account".to_owned(), Resource::Account(other())),
        ("compliance".to_owned(), Resource::Compliance),
    ];
    let patients = [
        ("", patient(false, false)),
        (", restricted", patient(true, false)),
        (", restricted, open", circle()),
        (", denied", patient(false, true)),
        (", restricted, denied", patient(true, true)),
        (", restricted, open, denied", PatientSubject { circle: vec![me()], ..patient(true, true) }),
    ];
    for (flags, patient) in patients {
        all.push((format!("patient{flags}"), Resource::Patient(patient.clone())));
        for (whose, clinician) in [("own visit", Some(me())), ("visit", Some(other())), ("visit of nobody", None)] {
            let id = VisitId::parse(&text(4)).unwrap();
            let visit = VisitSubject { id, patient: patient.clone(), clinician };
            all.push((format!("{whose}{flags}"), Resource::Visit(visit)));
        }
    }
    all
}

/// From where a request can come.
fn origins() -> [Origin; 3] {
    [Origin::Premises, Origin::Device(DeviceId::parse(&text(5)).unwrap()), Origin::Unknown(Missing::Device)]
}

/// Every question about an action in a role: each thing with its flags x second factor x standing x emergency x origin.
fn questions_about((role, action): (Role, Action)) -> impl Iterator<Item = Request> {
    let both = [true, false];
    let known = both.into_iter().flat_map(move |mfa| both.into_iter().map(move |disabled| (mfa, disabled)));
    let known = known.flat_map(move |(mfa, disabled)| both.into_iter().map(move |open| (mfa, disabled, open)));
    let known = known.flat_map(|(mfa, disabled, open)| origins().map(|origin| (mfa, disabled, open, origin)));
    resources().into_iter().flat_map(move |(_, resource)| {
        known.clone().map(move |(mfa, disabled, emergency, origin)| Request {
            account: me(),
            role,
            disabled,
            mfa,
            emergency,
            origin,
            action,
            resource: resource.clone(),
        })
    })
}

/// Every question there is.
fn questions() -> impl Iterator<Item = Request> {
    super::engine::pairs().flat_map(questions_about)
}

/// What was decided, in the oracle's terms.
fn outcome(decision: &Decision) -> Result<(), Reason> {
    match decision {
        Decision::Allowed(_) => Ok(()),
        Decision::Denied(denial) => Err(denial.reason),
    }
}

/// Where the policies and the table differ.
fn differences(policies: &Policies) -> impl Iterator<Item = String> {
    questions().filter_map(|request| {
        let (found, expected) = (outcome(&policies.decide(&request)), expected(&request));
        (found != expected).then(|| format!("{request:?}: policies {found:?}, table {expected:?}"))
    })
}

fn field_differences(policies: &Policies) -> impl Iterator<Item = String> {
    super::engine::pairs().filter_map(|(role, action)| {
        let (found, expected) = (policies.fields_for(role, action), expected_fields(role, action));
        (found != expected).then(|| format!("{role} {action}: policies {found:?}, table {expected:?}"))
    })
}

/// A menu that offers less hides work; a route that is closed wrongly locks people out.
#[test]
fn a_role_reaches_the_kinds_of_which_the_table_allows_something() {
    let policies = policies();
    for (role, action) in super::engine::pairs() {
        let allowed = questions_about((role, action)).filter(|request| expected(request).is_ok());
        let kinds: BTreeSet<_> = allowed.map(|request| request.resource.kind()).collect();
        assert_eq!(policies.reach(role, action), &kinds, "{role} {action}");
    }
}

fn policies() -> Policies {
    Policies::load().unwrap()
}

/// The policies with the text of one file changed.
pub(crate) fn changed(file: &str, change: impl Fn(&str) -> String) -> Result<Policies, AccessError> {
    let texts = load::FILES.map(|(name, text)| (name, if name == file { change(text) } else { text.to_owned() }));
    let files: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (*name, text.as_str())).collect();
    Policies::from_sources(load::SCHEMA, &files)
}

#[test]
fn s_adm_03_policies_and_table_agree_on_every_question() {
    let policies = policies();
    let differences: Vec<String> = differences(&policies).collect();
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
    let differences: Vec<String> = field_differences(&policies).collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn the_whole_set_gives_the_answers_of_its_subsets() {
    let policies = policies();
    let answer = |result| match result {
        Ok(Answer::Allow) => "allow".to_owned(),
        Ok(Answer::Deny { reason, policies }) => format!("{reason:?} {policies:?}"),
        Err(Fault::NotApplicable) => "does not apply".to_owned(),
        Err(fault) => panic!("{fault}"),
    };
    for request in questions() {
        let target = Target::Resource(&request.resource);
        let whole = answer(policies.engine.ask_set(&policies.engine.all, &request, &target));
        assert_eq!(whole, answer(policies.engine.ask(&request, &target)), "{request:?}");
    }
}

/// Whether any answer for this role and action, by these policies, differs from the table.
fn differs(engine: &Engine, set: &PolicySet, pair: (Role, Action)) -> bool {
    let fields = questions_about(pair).find(|q| q.mfa && !q.disabled).is_some_and(|request| {
        let fields = expected_fields(pair.0, pair.1);
        FieldGroup::ALL.iter().any(|group| {
            let shows = matches!(engine.ask_set(set, &request, &Target::Field(*group)), Ok(Answer::Allow));
            shows != fields.contains(group)
        })
    });
    fields
        || questions_about(pair).any(|request| {
            let found = match engine.ask_set(set, &request, &Target::Resource(&request.resource)) {
                Ok(Answer::Allow) => Ok(()),
                Ok(Answer::Deny { reason, .. }) => Err(reason),
                Err(Fault::NotApplicable) => Err(Reason::NotApplicable),
                Err(fault) => panic!("{fault}"),
            };
            found != expected(&request)
        })
}

#[test]
fn no_policy_can_be_taken_out_unnoticed() {
    let policies = policies();
    let Engine { all, subsets, client_subsets, .. } = &policies.engine;
    for policy in all.policies() {
        let of_clients = client_subsets.iter().filter(|(_, set)| set.policy(policy.id()).is_some());
        if of_clients.clone().any(|(action, set)| clients::notices(&policies.engine, *action, set, policy.id())) {
            continue;
        }
        let noticed = subsets.iter().filter(|(_, set)| set.policy(policy.id()).is_some()).any(|(pair, set)| {
            let mut without = set.clone();
            without.remove_static(policy.id().clone()).unwrap();
            differs(&policies.engine, &without, *pair)
        });
        assert!(noticed, "nothing notices that `{}` is gone", policy.id());
    }
}

#[test]
fn a_weakened_guard_is_noticed() {
    for (from, to) in [
        ("context.mfa ||", "context.mfa || action in Action::\"chart\" ||"),
        (
            "forbid (principal, action, resource)\nwhen { principal.disabled }",
            "forbid (principal, action, resource)\nwhen { principal.disabled && context.mfa }",
        ),
        ("Role::\"practice_manager\", Role", "Role::\"biller\", Role::\"practice_manager\", Role"),
        ("context.emergency && action in Action::\"emergency_read\"", "context.emergency"),
        ("context.emergency && action in Action::\"emergency_read\"", "action in Action::\"emergency_read\""),
        ("resource.circle.contains(principal)", "!resource.circle.isEmpty()"),
        ("resource.patient.circle.contains(principal)", "!resource.patient.circle.isEmpty()"),
        ("Action::\"account.edit\", Action::\"emergency.review\"", "Action::\"account.edit\""),
        (", Action::\"review.decide\"", ""),
        (", Action::\"alert.review\"", ""),
        ("resource.denied.contains(principal)", "resource.denied.isEmpty()"),
        ("context.remote && !context.device", "context.remote && !context.device && action != Action::\"self.manage\""),
        ("&& action == Action::\"page.print\"", ""),
        ("(principal in Role::\"auditor\" &&", "(principal in [Role::\"auditor\", Role::\"security_official\"] &&"),
    ] {
        let weakened = changed("guards.cedar", |text| {
            assert!(text.contains(from), "nothing to weaken: {from}");
            text.replace(from, to)
        });
        assert!(differences(&weakened.unwrap()).next().is_some(), "{to}");
    }
}

/// A guard that passes validation and fails while it runs, which Cedar would skip.
const FAILING: &str = "\n// Fails.\n@id(\"guard.failing\")\n@reason(\"restricted\")\nforbid (principal, action == \
    Action::\"patient.view\", resource is Patient)\nwhen { resource.restricted && 9223372036854775807 + 1 > 0 };\n";

fn view(restricted: bool) -> Request {
    Request {
        account: me(),
        role: Role::Clinician,
        disabled: false,
        mfa: true,
        emergency: false,
        origin: Origin::Premises,
        action: Action::PatientView,
        resource: Resource::Patient(patient(restricted, false)),
    }
}

#[test]
fn a_failing_guard_refuses_and_alerts() {
    // It fails for restricted patients only, after Cedar's own answer would be to allow.
    let add = |text: &str| {
        format!(
            "{text}{}",
            FAILING.replace("when { resource.restricted &&", "when { resource.denied.containsAll([principal]) &&")
        )
    };
    let policies = changed("guards.cedar", add).unwrap();
    let mut request = view(false);
    assert_eq!(outcome(&policies.decide(&request)), Ok(()));
    request.resource = Resource::Patient(PatientSubject { restricted: false, ..patient(false, true) });
    let Decision::Denied(denial) = policies.decide(&request) else { panic!("a failing guard let it through") };
    let failing = vec!["guard.failing".to_owned()];
    assert_eq!(denial, Denial { reason: Reason::Fault, alert: true, policies: failing });
}

#[test]
fn a_guard_that_always_fails_stops_the_start() {
    let error = changed("guards.cedar", |text| format!("{text}{FAILING}")).unwrap_err();
    assert!(matches!(error, AccessError::Invalid(_)) && error.to_string().contains("guard.failing"), "{error}");
}

#[test]
fn what_does_not_fit_stops_the_start() {
    let refused = |change: &dyn Fn(&str) -> String, says: &str| {
        let error = changed("front_desk.cedar", change).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    };
    let replace = |from: &'static str, to: &'static str| move |text: &str| text.replace(from, to);
    refused(&replace("patient.find", "patient.fnd"), "patient.fnd");
    refused(&replace("Role::\"front_desk\"", "Role::\"frontdesk\""), "frontdesk");
    refused(&replace("FieldGroup::\"guardians\"", "FieldGroup::\"guardian\""), "guardian");
    refused(&replace("@id(\"front_desk.patient\")", ""), "no @id");
    refused(&replace("@id(\"front_desk.patient\")", "@id(\"front_desk.patients\")"), "front_desk.patients");
    refused(&replace("permit (", "permit"), "front_desk.cedar");
    refused(&replace("permit (principal in", "forbid (principal in"), "without a @reason");
    // A policy that can never apply is a mistake, not a refusal.
    refused(
        &replace(
            "action == Action::\"patient.find\", resource is FieldGroup",
            "action == Action::\"patient.find\", resource is AuditLog",
        ),
        "front_desk.fields.find",
    );
    let error = |schema: &str| Policies::from_sources(schema, &load::FILES).unwrap_err().to_string();
    assert!(error(&load::SCHEMA.replace(", \"account_balance\"", "")).contains("account_balance"));
    let more = format!(
        "{}\naction \"patient.sell\" appliesTo {{ principal: [Account], resource: [Patient], context: Session }};",
        load::SCHEMA
    );
    assert!(error(&more).contains("`patient.sell`"), "{}", error(&more));
}

#[test]
fn each_policy_is_explained_in_a_line_above_it() {
    for (file, text) in load::FILES {
        let lines: Vec<&str> = text.lines().collect();
        for (i, line) in lines.iter().enumerate().filter(|(_, line)| line.starts_with("@id(")) {
            let above = lines[i.checked_sub(1).unwrap()];
            assert!(above.starts_with("// ") && above.ends_with('.'), "policies/{file}: {line}");
        }
    }
}

#[test]
fn every_file_is_built_in_and_in_the_order_of_the_hash() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../../policies");
    let mut found: Vec<String> = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.split('.').next_back() == Some("cedar"))
        .collect();
    found.sort();
    assert_eq!(found, load::FILES.map(|(name, _)| name));
    assert_ne!(policies().hash(), changed("everyone.cedar", |text| format!("{text}\n")).unwrap().hash());
}

#[test]
fn a_grant_names_the_rows_patient_the_fields_and_the_lists_limits() {
    let policies = policies();
    let inside = Request { resource: Resource::Patient(circle()), ..view(true) };
    let Decision::Allowed(grant) = policies.decide(&inside) else { panic!("a clinician whom it names opens it") };
    assert!(grant.covers(&circle().id) && grant.account() == &me());
    assert!(grant.shows(FieldGroup::Charges) && !grant.shows(FieldGroup::AccountBalance));
    let list = |role| {
        let request = Request { role, action: Action::PatientFind, resource: Resource::Practice, ..view(false) };
        let Decision::Allowed(grant) = policies.decide(&request) else { panic!("{role} finds patients") };
        assert_eq!(grant.patient(), None);
        grant.includes_restricted()
    };
    assert!(list(Role::PracticeManager) && list(Role::PrivacyOfficial));
    let others = [Role::FrontDesk, Role::Biller, Role::Clinician];
    assert!(!others.into_iter().any(list), "a list must not show what a page would refuse");
}

#[test]
fn a_route_wired_to_the_wrong_thing_is_refused_with_an_alert() {
    let request = Request { resource: Resource::Practice, ..view(false) };
    let Decision::Denied(denial) = policies().decide(&request) else { panic!("the practice is not a patient") };
    assert_eq!(denial, Denial { reason: Reason::NotApplicable, alert: true, policies: Vec::new() });
}
