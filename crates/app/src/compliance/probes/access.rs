//! V-03: the live policies against the reviewed matrix, and canaries that must be refused.

use domain::access::{Action, Role};
use domain::compliance::Finding;
use domain::device::Origin;
use domain::id::{AccountId, PatientId, VisitId};

use crate::access::{PatientSubject, Request, Resource, VisitSubject};
use crate::compliance::ProbeEnv;
use crate::{App, Error, Result};

const MATRIX: &str = include_str!("../../../../../policies/matrix.txt");

pub(super) fn run(app: &App, _env: &ProbeEnv) -> Result<Finding> {
    let cx = app.canary_cx(Role::Auditor);
    let other = app.canary_cx(Role::Auditor).account;
    let id = app.canary_patient()?;
    let things = Things {
        me: cx.account.clone(),
        other,
        patient: id.clone(),
        visit: VisitId::new(app.clock.now(), &*app.entropy),
    };
    let found = judge(MATRIX, &things, |request| app.policies.would_allow(request));
    if found.verdict != domain::compliance::Verdict::Pass {
        return Ok(found);
    }
    // Through the whole use case too: these roles open no record.
    let mut refused = 0;
    for role in [Role::SecurityOfficial, Role::Auditor, Role::SystemAdministrator] {
        match app.open_patient(&app.canary_cx(role), &id) {
            Err(Error::Denied { .. }) => refused += 1,
            Err(other) => return Err(other),
            Ok(_) => return Ok(Finding::fail(format!("a canary in the role `{role}` opened a patient's record"))),
        }
    }
    Ok(found.with("records_refused", refused))
}

/// What the questions are about.
struct Things {
    me: AccountId,
    other: AccountId,
    patient: PatientId,
    visit: VisitId,
}

/// Holds every line of the matrix against the decisions, with a second factor, without, and with the account disabled.
fn judge(matrix: &str, things: &Things, decide: impl Fn(&Request) -> bool) -> Finding {
    let Some(lines) = matrix.split("With a second factor\n").nth(1).and_then(|rest| rest.split("\n\n").next()) else {
        return Finding::unknown("the reviewed matrix cannot be read");
    };
    let (mut asked, mut refused, mut wrong) = (0_u32, 0_u32, Vec::new());
    for line in lines.lines().skip(1) {
        let Some((what, cells)) = line.split_at_checked(54) else { continue };
        let (action, name) = what.trim().split_once(' ').unwrap_or((what.trim(), ""));
        let (Some(action), Some(resource)) = (Action::parse(action), things.named(name.trim())) else {
            return Finding::unknown(format!("the reviewed matrix names `{}`, which is unknown", what.trim()));
        };
        for (role, cell) in Role::ALL.iter().zip(cells.split_whitespace()) {
            let ask = |mfa, disabled| {
                let (account, resource) = (things.me.clone(), resource.clone());
                let (role, emergency, origin) = (*role, false, Origin::Premises);
                decide(&Request { account, role, disabled, mfa, emergency, origin, action, resource })
            };
            asked += 1;
            let (expected, off) = (cell == "yes", ask(true, true));
            if !expected {
                refused += 1;
            }
            if ask(true, false) != expected || off || (!expected && ask(false, false)) {
                wrong.push(format!("{role} {}", what.trim()));
            }
        }
    }
    if asked == 0 {
        return Finding::unknown("the reviewed matrix has no lines");
    }
    let found = match wrong.first() {
        None => {
            Finding::pass("the policies answer as the reviewed matrix does, and every canary that should be refused is")
        }
        Some(first) => Finding::fail(format!("the policies differ from the reviewed matrix, first at {first}")),
    };
    found
        .over(u64::from(asked), u64::from(asked))
        .with("questions", asked)
        .with("refused_canaries", refused)
        .with("differences", wrong.len())
}

impl Things {
    /// The thing with this name in the matrix.
    fn named(&self, name: &str) -> Option<Resource> {
        let (base, flags) = name.split_once(", ").unwrap_or((name, ""));
        let named = |flag| if flags.contains(flag) { vec![self.me.clone()] } else { Vec::new() };
        let restricted = flags.contains("restricted");
        let patient =
            PatientSubject { id: self.patient.clone(), restricted, circle: named("open"), denied: named("denied") };
        let visit = |clinician| {
            Some(Resource::Visit(VisitSubject { id: self.visit.clone(), patient: patient.clone(), clinician }))
        };
        match base {
            "practice" => Some(Resource::Practice),
            "audit log" => Some(Resource::AuditLog),
            "own account" => Some(Resource::Account(self.me.clone())),
            "account" => Some(Resource::Account(self.other.clone())),
            "compliance" => Some(Resource::Compliance),
            "patient" => Some(Resource::Patient(patient)),
            "own visit" => visit(Some(self.me.clone())),
            "visit" => visit(Some(self.other.clone())),
            "visit of nobody" => visit(None),
            _ => None,
        }
    }
}
