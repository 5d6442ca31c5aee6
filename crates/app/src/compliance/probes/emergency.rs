//! V-06: each use of emergency access had a reason, an end, one record and a review in time; one without a reason is refused,
//! and it never lets anybody change anything.

use domain::Instant;
use domain::access::{Action, Role};
use domain::audit::Act;
use domain::compliance::Finding;
use domain::device::Origin;
use domain::emergency::{Emergency, EmergencyForm, LONGEST_MINUTES, State, reason};
use domain::id::PatientId;

use super::DAY;
use crate::access::{Decision, PatientSubject, Request, Resource};
use crate::compliance::ProbeEnv;
use crate::{App, Result};

/// How far back uses are looked at; one that has no review yet is, however old.
const BACK: i64 = 90 * DAY;
/// Seconds that the event of an opening may come after its instant.
const APART: i64 = 120;

pub(super) fn run(app: &App, _env: &ProbeEnv) -> Result<Finding> {
    let now = app.clock.now();
    let from = now.plus_seconds(-BACK);
    let (used, counted) = app.store.read("uses of emergency access", |tx| {
        let counted = store::audit::read::counts(tx, from)?;
        let opened = counted.into_iter().find(|(act, _)| act == Act::EmergencyOpened.as_str()).map_or(0, |(_, n)| n);
        Ok((store::emergency::since(tx, from.plus_seconds(-APART))?, usize::try_from(opened).unwrap_or(0)))
    })?;
    let patient = app.canary_patient()?;
    if let Some(said) = without_a_reason().or_else(|| more_than_reading(app, &patient)) {
        return Ok(Finding::fail(said));
    }
    let wrong: Vec<&str> = used.iter().filter_map(|one| fault(one, now)).collect();
    let since = |from: Instant| used.iter().filter(|one| one.opened_at >= from).count();
    let recent = since(from);
    let n = u64::try_from(used.len()).unwrap_or(u64::MAX);
    let found = match wrong.first() {
        Some(first) => {
            Finding::fail(format!("{} of {n} uses are not in order, the first because {first}", wrong.len()))
        }
        None if !(recent..=since(from.plus_seconds(-APART))).contains(&counted) => {
            Finding::fail(format!("the log has {counted} openings of the last 90 days, and {recent} uses are kept"))
        }
        None => Finding::pass(
            "every use had a reason, an end, one record and a review in time, and a canary without a reason was refused",
        ),
    };
    let open = used.iter().filter(|one| one.state(now) == State::Open).count();
    let waiting = used.iter().filter(|one| one.review.is_none()).count();
    Ok(found
        .over(n, n)
        .with("uses", n)
        .with("open", open)
        .with("without_review", waiting)
        .with("not_in_order", wrong.len()))
}

/// What is wrong with a use.
fn fault(one: &Emergency, now: Instant) -> Option<&'static str> {
    let minutes = one.ends_at.seconds_since(one.opened_at) / 60;
    let late_end = one.ended.as_ref().is_some_and(|ended| ended.at > one.ends_at);
    if reason(&one.words).is_err() {
        Some("its reason is none")
    } else if !(1..=LONGEST_MINUTES).contains(&minutes) || late_end {
        Some("it lasted longer than it may")
    } else if one.review.as_ref().is_some_and(|review| review.by == one.account) {
        Some("the person reviewed it")
    } else if one.review.as_ref().map_or(now, |review| review.at) >= one.due_at {
        Some("its review is late")
    } else {
        None
    }
}

/// A form without a reason must come to nothing: what opens a record takes a form that was read, and no other.
fn without_a_reason() -> Option<String> {
    let form = EmergencyForm { cause: "care".to_owned(), words: String::new(), minutes: "15".to_owned() };
    let told = form.read().is_err_and(|faults| faults.iter().any(|fault| fault.field == "words"));
    (!told).then(|| "a canary without a reason got further than the form".to_owned())
}

/// What emergency access would let a role do beyond reading a restricted record, by the policies in force.
fn more_than_reading(app: &App, patient: &PatientId) -> Option<String> {
    let allows = |role, action, emergency| {
        let subject = PatientSubject { id: patient.clone(), restricted: true, circle: Vec::new(), denied: Vec::new() };
        let (account, resource) = (app.canary_cx(role).account, Resource::Patient(subject));
        let origin = Origin::Premises;
        let request = Request { account, role, disabled: false, mfa: true, emergency, origin, action, resource };
        matches!(app.policies.decide(&request), Decision::Allowed(_))
    };
    let reads = [Action::PatientView, Action::ScheduleView, Action::ChargeView];
    let pairs = Role::ALL.iter().flat_map(|role| Action::ALL.iter().map(move |action| (*role, *action)));
    let mut more = pairs.filter(|(role, action)| {
        !reads.contains(action) && allows(*role, *action, true) != allows(*role, *action, false)
    });
    more.next().map(|(role, action)| format!("emergency access lets the role `{role}` {}", action.label()))
}
